package machine

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// State is what Status says of one process.
type State struct {
	Name    string
	PID     int
	Running bool
	Memory  int64 // resident, in bytes
	Log     string
}

// Status says of each process that was started, by name, whether it still runs.
func (c *Cluster) Status() []State {
	var all []State
	for _, r := range c.records() {
		s := State{Name: r.Name, PID: r.PID, Running: r.alive(), Log: c.Log(r.Name)}
		if s.Running {
			s.Memory = memoryOf(r.PID)
		}
		all = append(all, s)
	}
	return all
}

// memoryOf is the second field of /proc/PID/statm, in bytes (proc_pid_statm(5)).
func memoryOf(pid int) int64 {
	data, err := os.ReadFile(filepath.Join("/proc", strconv.Itoa(pid), "statm"))
	f := strings.Fields(string(data))
	if err != nil || len(f) < 2 {
		return 0
	}
	pages, _ := strconv.ParseInt(f[1], 10, 64)
	return pages * int64(os.Getpagesize())
}
