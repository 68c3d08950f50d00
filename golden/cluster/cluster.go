// Package cluster is a whole cluster on one machine: the control plane of package machine,
// and pods, which a real node runs where the machine allows one (package node) and a pod
// runner pretends to run everywhere (package hollow).
//
// Both nodes may be there at once; which of them takes new pods is set with Use.
package cluster

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"k8s.io/client-go/kubernetes"

	"slipway.dev/golden/cluster/machine"
	"slipway.dev/golden/cluster/machine/hollow"
	"slipway.dev/golden/cluster/machine/images"
	"slipway.dev/golden/cluster/machine/node"
)

// Want says whether there shall be a real node.
type Want string

// The wants.
const (
	Perhaps Want = "auto" // where the machine allows it
	Always  Want = "yes"  // or Up fails
	Never   Want = "no"
)

// Options say what to start. The zero value of machine.Options is this checkout's cluster.
type Options struct {
	machine.Options
	Node Want // Perhaps when empty
	// Slipway is the path of the program under test, which the release task runs.
	Slipway string
}

// Cluster is one that runs.
type Cluster struct {
	*machine.Cluster
	// Tools are the images of the task library's tools; empty without a node.
	Tools images.Images
	// NoNode says why no node runs pods for real; empty when one does.
	NoNode string
}

// state is what Open needs to know again, beside what machine.Open knows.
type state struct {
	Tools  images.Images `json:"tools"`
	NoNode string        `json:"noNode"`
}

const stateFile = "pods.json"

// hollowProcess is the name of the pod runner's process and log.
const hollowProcess = "hollow"

// Up starts a cluster and returns when it takes pods. When anything fails, all of it is
// stopped again and only the logs stay.
func Up(ctx context.Context, o Options) (*Cluster, error) {
	if err := o.Complete(); err != nil {
		return nil, err
	}
	c := &Cluster{}
	if o.APIOnly {
		c.NoNode = "only the API server was asked for"
	} else if o.Node == Never {
		c.NoNode = "it was not asked for"
	} else if bridge, err := node.Bridge(o.Dir); err == nil {
		o.Bridge = bridge
	} else if o.Node == Always {
		return nil, err
	} else {
		c.NoNode = err.Error()
	}
	var err error
	if c.Cluster, err = machine.Up(ctx, o.Options); err != nil {
		if !errors.Is(err, machine.ErrRunning) {
			err = errors.Join(err, node.Stop(o.Dir))
		}
		return nil, err
	}
	if o.APIOnly {
		err = c.save()
	} else {
		err = c.pods(ctx, o)
	}
	if err != nil {
		return nil, errors.Join(err, Down(o.Dir))
	}
	return c, nil
}

// pods starts what runs pods.
func (c *Cluster) pods(ctx context.Context, o Options) error {
	say := func(format string, args ...any) {
		if o.Log != nil {
			fmt.Fprintf(o.Log, format, args...)
		}
	}
	began := time.Now()
	volumes := filepath.Join(c.Dir, "volumes")
	var others []string
	if c.NoNode == "" {
		others = []string{node.Name}
	}
	err := c.Start(machine.Process{Name: hollowProcess, Path: "hollow", Args: hollow.Args(c.Kubeconfig(), volumes, others...)})
	if err != nil {
		return err
	}
	client, err := c.client()
	if err != nil {
		return err
	}
	limited, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	err = c.Wait(limited, hollowProcess, func(ctx context.Context) error { return hollow.Ready(ctx, client) })
	if err != nil {
		return err
	}
	say("  %-24s ready after %5.1f s\n", "pod runner", time.Since(began).Seconds())
	if c.NoNode == "" {
		began = time.Now()
		if c.Tools, err = images.Push(ctx, c.Cluster, o.Slipway); err != nil {
			return err
		}
		say("  %-24s ready after %5.1f s\n", "images", time.Since(began).Seconds())
		began = time.Now()
		if err := node.Start(ctx, c.Cluster); err != nil {
			return err
		}
		say("  %-24s ready after %5.1f s\n", "node", time.Since(began).Seconds())
	}
	return c.save()
}

// save writes what Open reads.
func (c *Cluster) save() error {
	data, err := json.MarshalIndent(state{c.Tools, c.NoNode}, "", "  ")
	if err != nil {
		panic(err)
	}
	return os.WriteFile(filepath.Join(c.Dir, stateFile), append(data, '\n'), 0o600)
}

// Open returns the cluster that Up started in a folder; os.ErrNotExist when there is none.
func Open(dir string) (*Cluster, error) {
	m, err := machine.Open(dir)
	if err != nil {
		return nil, err
	}
	data, err := os.ReadFile(filepath.Join(dir, stateFile))
	if err != nil {
		return nil, fmt.Errorf("the cluster in %s is not up yet: %w", dir, err)
	}
	var s state
	if err := json.Unmarshal(data, &s); err != nil {
		return nil, fmt.Errorf("read %s: %w", stateFile, err)
	}
	return &Cluster{Cluster: m, Tools: s.Tools, NoNode: s.NoNode}, nil
}

// Down stops the cluster with its data in a folder, with all its containers, whatever became
// of who started it; only logs stay. Without a cluster it does nothing.
func Down(dir string) error {
	c, err := machine.Open(dir)
	if err != nil {
		c = &machine.Cluster{Dir: dir}
	}
	// The node first: it mounts what is below the folder.
	if err := node.Stop(dir); err != nil {
		return err
	}
	return c.Down()
}

// Use sends new pods to the real node, or to the hollow one.
func (c *Cluster) Use(ctx context.Context, real bool) error {
	client, err := c.client()
	if err != nil {
		return err
	}
	if real && c.NoNode != "" {
		return errors.New(c.NoNode)
	}
	if err := node.Cordon(ctx, client, hollow.Node, real); err != nil || c.NoNode != "" {
		return err
	}
	return node.Cordon(ctx, client, node.Name, !real)
}

func (c *Cluster) client() (*kubernetes.Clientset, error) {
	config, err := c.Config()
	if err != nil {
		return nil, err
	}
	return kubernetes.NewForConfig(config)
}

// Logs returns what the containers of a pod on the real node wrote.
func (c *Cluster) Logs(namespace, pod string) (string, error) {
	return node.Logs(c.Dir, namespace, pod)
}
