package node

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"

	"golang.org/x/sys/unix"

	"slipway.dev/golden/cluster/machine"
)

// Supported says why a node cannot run on this machine with its cluster's data in dir; nil
// when nothing is known to be in the way.
func Supported(dir string) error {
	if runtime.GOOS != "linux" {
		return fmt.Errorf("pods run on Linux only, and this is %s", runtime.GOOS)
	}
	var errs []error
	if os.Geteuid() != 0 {
		errs = append(errs, errors.New("it needs root: containers are made with mounts, namespaces and control groups"))
	}
	if missing := machine.MissingPackages(true); len(missing) > 0 {
		errs = append(errs, fmt.Errorf("these Debian packages are missing: %s", strings.Join(missing, " ")))
	}
	for _, hidden := range []string{"/run", "/var/lib", "/var/log"} {
		if strings.HasPrefix(dir+"/", hidden+"/") {
			errs = append(errs, fmt.Errorf("the data cannot be in %s, which the node sees empty", hidden))
		}
	}
	errs = append(errs, groupsSupported())
	if os.Geteuid() == 0 {
		errs = append(errs, mountSupported())
	}
	if err := errors.Join(errs...); err != nil {
		return fmt.Errorf("this machine cannot run pods: %w", err)
	}
	return nil
}

// mountSupported tries a mount in a namespace of this thread alone: root in a container may
// not be allowed to.
func mountSupported() error {
	result := make(chan error)
	go func() {
		// Never unlocked: the thread ends with this goroutine, and its namespace with it.
		runtime.LockOSThread()
		result <- func() error {
			if err := unix.Unshare(unix.CLONE_NEWNS); err != nil {
				return fmt.Errorf("it may not make a mount namespace: %w", err)
			}
			if err := unix.Mount("", "/", "", unix.MS_REC|unix.MS_PRIVATE, ""); err != nil {
				return fmt.Errorf("it may not change mounts: %w", err)
			}
			if err := unix.Mount("tmpfs", "/tmp", "tmpfs", 0, ""); err != nil {
				return fmt.Errorf("it may not mount: %w", err)
			}
			return nil
		}()
	}()
	return <-result
}

// mountBelow returns the first mount at or below a folder in the format of
// /proc/self/mountinfo (proc_pid_mountinfo(5)); empty for none.
func mountBelow(mountinfo, dir string) string {
	// The kernel writes spaces and the like as octal numbers.
	escaped := strings.NewReplacer(`\`, `\134`, " ", `\040`, "\t", `\011`, "\n", `\012`).Replace(filepath.Clean(dir))
	for line := range strings.Lines(mountinfo) {
		if f := strings.Fields(line); len(f) > 4 && strings.HasPrefix(f[4]+"/", escaped+"/") {
			return f[4]
		}
	}
	return ""
}
