package machine

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// alive says whether the process still runs, and is not another that got its number.
func (r record) alive() bool { return r.Start != "" && startOf(r.PID) == r.Start }

// signal sends a signal to this process and to no other: the handle that FindProcess takes
// stays with the process, and who that is is checked after it was taken.
func (r record) signal(s syscall.Signal) error {
	p, err := os.FindProcess(r.PID)
	if err != nil {
		return nil // it is gone
	}
	defer p.Release()
	if !r.alive() {
		return nil
	}
	if err := p.Signal(s); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return fmt.Errorf("signal process %d (%s): %w", r.PID, r.Name, err)
	}
	return nil
}

// end asks processes to end, all at once, and kills what is left after ten seconds.
func end(ctx context.Context, rs []record) error {
	for _, r := range rs {
		if err := r.signal(syscall.SIGTERM); err != nil {
			return err
		}
	}
	if gone(ctx, rs, 10*time.Second) {
		return nil
	}
	for _, r := range rs {
		if err := r.signal(syscall.SIGKILL); err != nil {
			return err
		}
	}
	if !gone(context.Background(), rs, 10*time.Second) {
		return errors.New("processes outlive being killed")
	}
	return nil
}

// gone waits until none of the processes runs.
func gone(ctx context.Context, rs []record, limit time.Duration) bool {
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for {
		left := 0
		for _, r := range rs {
			if r.alive() {
				left++
			}
		}
		if left == 0 {
			return true
		}
		select {
		case <-ctx.Done():
			return false
		case <-tick.C:
		}
	}
}

// startOf is when a process started, as its stat file has it; empty when there is none, or
// when it has ended and only waits to be buried.
func startOf(pid int) string {
	data, err := os.ReadFile(filepath.Join("/proc", strconv.Itoa(pid), "stat"))
	if err != nil {
		return ""
	}
	// pid (name) state ppid …; the name may hold blanks and brackets (proc_pid_stat(5)).
	_, rest, ok := strings.Cut(string(data[max(0, bytes.LastIndexByte(data, ')')):]), " ")
	f := strings.Fields(rest)
	if !ok || len(f) < 20 || f[0] == "Z" || f[0] == "X" {
		return ""
	}
	return f[19]
}

// marked returns all processes that carry the mark of this cluster in their environment:
// what Start started, and what those started. Only the own user's can be read, unless that
// is root.
func (c *Cluster) marked() []record {
	mark := []byte(Mark + "=" + c.Dir)
	entries, _ := os.ReadDir("/proc") // sorted by name
	var all []record
	for _, e := range entries {
		pid, err := strconv.Atoi(e.Name())
		if err != nil || pid == os.Getpid() {
			continue
		}
		start := startOf(pid)
		env, err := os.ReadFile(filepath.Join("/proc", e.Name(), "environ"))
		if err != nil || start == "" {
			continue
		}
		for v := range bytes.SplitSeq(env, []byte{0}) {
			if bytes.Equal(v, mark) {
				name, _ := os.ReadFile(filepath.Join("/proc", e.Name(), "comm"))
				all = append(all, record{Name: strings.TrimSpace(string(name)), PID: pid, Start: start})
				break
			}
		}
	}
	return all
}
