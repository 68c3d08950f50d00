package machine

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"time"
)

// Mark is the environment variable by which the processes of a cluster are found again,
// whoever started them and whatever became of their process files. Its value is Cluster.Dir.
const Mark = "SLIPWAY_CLUSTER"

// Process is a program to run beside the control plane.
type Process struct {
	Name string   // of its log and process files, unique in the cluster
	Path string   // the executable; without a slash it is looked up in Bin, then in PATH
	Args []string // without the program's name
	Env  []string // added to what environment gives every process
	// Memory is the soft limit of a Go program's memory, as GOMEMLIMIT has it; empty is
	// 256MiB.
	Memory string
}

// record is what a process file says: enough to know the process again.
type record struct {
	Name  string
	PID   int
	Start string // field 22 of /proc/PID/stat: clock ticks since the machine started
}

// Start starts a process in a session of its own, with its output in Log. It outlives the
// caller.
func (c *Cluster) Start(p Process) error {
	if r, err := c.record(p.Name); err == nil && r.alive() {
		return fmt.Errorf("start %s: it runs already, as process %d", p.Name, r.PID)
	}
	path, err := c.lookup(p.Path)
	if err != nil {
		return fmt.Errorf("start %s: %w", p.Name, err)
	}
	log, err := os.OpenFile(c.Log(p.Name), os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		return fmt.Errorf("start %s: %w", p.Name, err)
	}
	defer log.Close()
	cmd := exec.Command(path, p.Args...)
	cmd.Dir = c.path("tmp")
	cmd.Env = c.environment(p)
	cmd.Stdout, cmd.Stderr = log, log
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	if err := cmd.Start(); err != nil {
		return fmt.Errorf("start %s: %w", p.Name, err)
	}
	r := record{Name: p.Name, PID: cmd.Process.Pid, Start: startOf(cmd.Process.Pid)}
	go cmd.Wait() // so that it does not stay behind as a zombie of ours
	data, err := json.Marshal(r)
	if err != nil {
		panic(err)
	}
	if err := os.WriteFile(c.path("process", p.Name+".json"), data, 0o600); err != nil {
		return errors.Join(fmt.Errorf("start %s: %w", p.Name, err), r.signal(syscall.SIGKILL))
	}
	return nil
}

// environment is small on purpose: neither proxies nor credentials of who started the
// cluster reach its processes. Later entries win.
func (c *Cluster) environment(p Process) []string {
	memory := p.Memory
	if memory == "" {
		memory = "256MiB"
	}
	return append([]string{
		"PATH=" + c.Bin + ":/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
		"HOME=" + c.path("home"),
		"TMPDIR=" + c.path("tmp"),
		"LANG=C.UTF-8",
		"GOMAXPROCS=" + fmt.Sprint(min(runtime.NumCPU(), 4)),
		"GOMEMLIMIT=" + memory,
		"SSL_CERT_FILE=" + c.CA(),
		Mark + "=" + c.Dir,
	}, p.Env...)
}

func (c *Cluster) lookup(path string) (string, error) {
	if strings.Contains(path, "/") {
		return path, nil
	}
	if own := filepath.Join(c.Bin, path); isFile(own) {
		return own, nil
	}
	return exec.LookPath(path)
}

func isFile(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.Mode().IsRegular()
}

// Stop ends a process: it is asked, and after ten seconds killed. A process that does not
// run is no error.
func (c *Cluster) Stop(ctx context.Context, name string) error {
	r, err := c.record(name)
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	if err := end(ctx, []record{r}); err != nil {
		return fmt.Errorf("stop %s: %w", name, err)
	}
	return os.Remove(c.path("process", name+".json"))
}

// Wait asks again and again whether a process is ready. It gives up when the process has
// ended, with the end of its log, or when ctx has.
func (c *Cluster) Wait(ctx context.Context, name string, ready func(context.Context) error) error {
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	for {
		err := ready(ctx)
		if err == nil {
			return nil
		}
		if r, rerr := c.record(name); rerr == nil && !r.alive() {
			return fmt.Errorf("%s ended before it was ready (%w); the end of %s:\n%s", name, err, c.Log(name), c.logEnd(name))
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("%s is not ready: %w (%w); the end of %s:\n%s", name, err, context.Cause(ctx), c.Log(name), c.logEnd(name))
		case <-tick.C:
		}
	}
}

// LogEnd is the last lines of a process's log, indented.
func (c *Cluster) LogEnd(name string) string { return c.logEnd(name) }

// logEnd is the last lines of a log, indented.
func (c *Cluster) logEnd(name string) string {
	data, err := os.ReadFile(c.Log(name))
	if err != nil {
		return "  " + err.Error()
	}
	lines := strings.Split(strings.TrimSpace(string(data)), "\n")
	return "  " + strings.Join(lines[max(0, len(lines)-8):], "\n  ")
}

func (c *Cluster) record(name string) (record, error) {
	data, err := os.ReadFile(c.path("process", name+".json"))
	if err != nil {
		return record{}, err
	}
	var r record
	if err := json.Unmarshal(data, &r); err != nil {
		return record{}, fmt.Errorf("read process file of %s: %w", name, err)
	}
	return r, nil
}

// records returns what Start wrote, by name. A file that was cut short by a kill is left
// out: Down finds its process by the mark.
func (c *Cluster) records() []record {
	files, _ := filepath.Glob(c.path("process", "*.json")) // sorted; the pattern is fine
	var all []record
	for _, f := range files {
		if r, err := c.record(strings.TrimSuffix(filepath.Base(f), ".json")); err == nil {
			all = append(all, r)
		}
	}
	return all
}
