package machine

import (
	"os/exec"
	"syscall"
	"time"
)

// inGroup makes a command and what it starts one group, which ends as a whole when the
// command's context does.
func inGroup(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGTERM) }
	cmd.WaitDelay = 5 * time.Second
}
