package machine

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"sync"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// Options say where a cluster lives. The zero value is the one cluster of this checkout.
type Options struct {
	// Module is the folder of the Go module slipway.dev/golden/cluster; empty looks for it
	// from the working directory upwards. CRDs and configurations come from the modules
	// that it requires.
	Module string
	// Dir holds the data; empty is .cache/cluster/run of the checkout.
	Dir string
	// Bin holds the programs; empty is .cache/cluster/bin of the checkout.
	Bin string
	// Port is the first of the cluster's ports; 0 is DefaultPort.
	Port int
	// Bridge is the address on which the Git server and the registry answer pods, beside
	// loopback. It need not exist yet.
	Bridge string
	// APIOnly starts what judges objects and nothing that acts on them: the API server with
	// Tekton's webhook, and the CRDs of the operators that Slipway emits objects for as well.
	APIOnly bool
	// Log gets a line for everything that is ready; nil for none.
	Log io.Writer
}

// ErrRunning is returned by Up when a cluster runs with the same data already.
var ErrRunning = errors.New("a cluster runs already")

// Up starts a cluster and returns when all of it is ready. What is left of an earlier one
// in the same folder, except its processes, is removed first. When anything fails or ctx
// ends, everything is stopped again and only the logs stay.
func Up(ctx context.Context, o Options) (*Cluster, error) {
	if err := o.Complete(); err != nil {
		return nil, err
	}
	c := &Cluster{Dir: o.Dir, Bin: o.Bin, Port: o.Port, Bridge: o.Bridge}
	if err := c.check(); err != nil {
		return nil, err
	}
	unlock, err := c.lock()
	if err != nil {
		return nil, err
	}
	defer unlock()
	if len(c.marked()) > 0 {
		return nil, fmt.Errorf("%w, or what is left of one, in %s: stop it first", ErrRunning, c.Dir)
	}
	if err := c.prepare(); err != nil {
		return nil, errors.Join(err, c.Down())
	}
	if err := c.start(ctx, &starting{c: c, module: o.Module, apiOnly: o.APIOnly, log: o.Log, since: time.Now()}); err != nil {
		return nil, errors.Join(err, c.Down())
	}
	return c, nil
}

// Open returns the cluster that Up started in a folder; os.ErrNotExist when there is none.
func Open(dir string) (*Cluster, error) {
	data, err := os.ReadFile(filepath.Join(dir, "cluster.json"))
	if err != nil {
		return nil, err
	}
	c := &Cluster{}
	if err := json.Unmarshal(data, c); err != nil {
		return nil, fmt.Errorf("read cluster.json: %w", err)
	}
	c.Dir = dir
	return c, nil
}

// Complete fills in what is not said; Up does it too.
func (o *Options) Complete() error {
	if o.Module == "" {
		module, err := FindModule()
		if err != nil {
			return err
		}
		o.Module = module
	}
	if o.Dir == "" {
		o.Dir = filepath.Join(o.Module, "..", "..", ".cache", "cluster", "run")
	}
	if o.Bin == "" {
		o.Bin = filepath.Join(o.Module, "..", "..", ".cache", "cluster", "bin")
	}
	if o.Port == 0 {
		o.Port = DefaultPort
	}
	var err error
	if o.Dir, err = filepath.Abs(o.Dir); err != nil {
		return err
	}
	o.Bin, err = filepath.Abs(o.Bin)
	return err
}

// check says what is missing before anything is started or removed.
func (c *Cluster) check() error {
	missing := Missing(c.Bin, false)
	var busy []error
	patience := time.Now().Add(5 * time.Second) // what just ended may not have gone yet
	for p := c.Port; p < c.Port+ports; p++ {
		l, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", p))
		for err != nil && time.Now().Before(patience) {
			time.Sleep(250 * time.Millisecond)
			l, err = net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", p))
		}
		if err != nil {
			busy = append(busy, fmt.Errorf("port %d is taken: %w", p, err))
			continue
		}
		l.Close()
	}
	if len(c.marked()) > 0 {
		busy = nil // by this cluster; Up says so
	}
	return errors.Join(append(busy, missing, c.room())...)
}

// roomGiB is what a cluster with a node comes to need of the disk: images of Go's toolchain, packed
// and unpacked.
const roomGiB = 5

// room says whether there is enough of the disk; what runs out of it fails in ways that do not
// tell.
func (c *Cluster) room() error {
	var s unix.Statfs_t
	if err := unix.Statfs(filepath.Dir(c.Dir), &s); err != nil {
		return nil // not there yet, or no such thing here
	}
	if free := s.Bavail * uint64(s.Bsize) >> 30; free < roomGiB {
		return fmt.Errorf("%d GiB of the disk of %s are free, and %d are needed", free, c.Dir, roomGiB)
	}
	return nil
}

// lock keeps a second Up out of the folder.
func (c *Cluster) lock() (unlock func(), err error) {
	if err := os.MkdirAll(c.Dir, 0o700); err != nil {
		return nil, err
	}
	unlock, err = lockFile(c.path("lock"))
	if err != nil {
		return nil, fmt.Errorf("another command is starting a cluster in %s: %w", c.Dir, err)
	}
	return unlock, nil
}

// lockFile takes a lock that goes with the process that holds it.
func lockFile(path string) (unlock func(), err error) {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, err
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		f.Close()
		return nil, err
	}
	return func() { f.Close() }, nil
}

// prepare makes the folder: keys, kubeconfig and, before anything runs, the file by which
// the cluster is found again.
func (c *Cluster) prepare() error {
	if err := c.clear("lock"); err != nil {
		return err
	}
	for _, d := range []string{"", "log", "process", "tmp", "home", "pki", "git", "registry", "redis"} {
		if err := os.MkdirAll(c.path(d), 0o700); err != nil {
			return err
		}
	}
	if err := os.Chmod(c.Dir, 0o700); err != nil {
		return err
	}
	data, err := json.MarshalIndent(c, "", "  ")
	if err != nil {
		panic(err)
	}
	if err := os.WriteFile(c.path("cluster.json"), append(data, '\n'), 0o600); err != nil {
		return err
	}
	if err := c.makeKeys(); err != nil {
		return err
	}
	return c.writeKubeconfig()
}

// starting is one run of Up.
type starting struct {
	c       *Cluster
	module  string
	apiOnly bool
	since   time.Time
	mu      sync.Mutex // of log
	log     io.Writer
}

// start starts everything: what is in one call of together does not wait for each other.
func (c *Cluster) start(ctx context.Context, s *starting) error {
	ctx, cancel := context.WithTimeoutCause(ctx, 5*time.Minute, errors.New("five minutes are over"))
	defer cancel()
	if s.apiOnly {
		return inOrder(
			s.step("etcd", c.startEtcd),
			s.step("API server", c.startAPI),
			s.step("CRDs, configuration", s.install),
			s.step("Tekton's webhook", c.startTektonWebhook),
		)(ctx)
	}
	return inOrder(
		s.step("etcd", c.startEtcd),
		s.step("API server", c.startAPI),
		together(
			s.step("controller manager", c.startControllerManager),
			s.step("scheduler", c.startScheduler),
			s.step("Git server", c.startGit),
			s.step("registry", c.startRegistry),
			inOrder(
				s.step("CRDs, configuration", s.install),
				together(
					s.step("Tekton", c.startTekton),
					s.step("Tekton Triggers", c.startTriggers),
					s.step("Argo CD", c.startArgo),
					s.step("Argo Rollouts", c.startRollouts),
				),
			),
		),
	)(ctx)
}

type step func(context.Context) error

// step says when it is done, and of its error what was done.
func (s *starting) step(name string, do step) step {
	return func(ctx context.Context) error {
		began := time.Now()
		if err := do(ctx); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		s.mu.Lock()
		defer s.mu.Unlock()
		if s.log != nil {
			fmt.Fprintf(s.log, "  %-24s ready after %5.1f s\n", name, time.Since(began).Seconds())
		}
		return nil
	}
}

func inOrder(steps ...step) step {
	return func(ctx context.Context) error {
		for _, do := range steps {
			if err := do(ctx); err != nil {
				return err
			}
		}
		return nil
	}
}

// together runs steps at the same time. The first that fails ends the others; its error is
// the one returned.
func together(steps ...step) step {
	return func(ctx context.Context) error {
		ctx, cancel := context.WithCancelCause(ctx)
		defer cancel(nil)
		var all sync.WaitGroup
		for _, do := range steps {
			all.Go(func() {
				if err := do(ctx); err != nil {
					cancel(err) // only the first counts
				}
			})
		}
		all.Wait()
		return context.Cause(ctx)
	}
}
