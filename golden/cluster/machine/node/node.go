// Package node runs pods for real, on the machine it is called on: containerd, runc and a
// kubelet as a node of a machine.Cluster.
//
// Both daemons and all containers live in mount and process namespaces of their own, and in
// one branch of the control groups. So whatever ends the first process of the namespace
// ends everything in it, and no mount, process or kernel setting of theirs is ever seen
// outside; all that Stop has to remove is the branch, a bridge and a folder.
//
// Pods reach each other, and the machine at the bridge's address, and nothing else: they have
// no default route and no cluster addresses, and network policies are not enforced. The only
// names that they find are those of Services (cmd/names).
package node

import (
	"context"
	_ "embed"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"time"

	corev1 "k8s.io/api/core/v1"
	kerrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/kubernetes"

	"slipway.dev/golden/cluster/machine"
)

// Name is the node's.
const Name = "real"

// process is the name of the process, and of its log.
const process = "node"

//go:embed node.sh
var script []byte

// Start starts the node of a cluster whose Bridge is what package node's Bridge returned,
// and returns when the node is ready. It takes no pods until Cordon opens it. Images come
// from the cluster's registry only, so push package images' first.
func Start(ctx context.Context, c *machine.Cluster) error {
	if err := Supported(c.Dir); err != nil {
		return err
	}
	n := newNode(c.Dir)
	if err := n.configure(c); err != nil {
		return fmt.Errorf("configure the node: %w", err)
	}
	if err := n.group.create(); err != nil {
		return fmt.Errorf("make the node's control groups: %w", err)
	}
	config, err := c.Config()
	if err != nil {
		return err
	}
	client, err := kubernetes.NewForConfig(config)
	if err != nil {
		return err
	}
	// The kubelet takes over a node that exists, so there is no moment in which it takes pods.
	if err := register(ctx, client); err != nil {
		return err
	}
	err = c.Start(machine.Process{Name: "names", Path: "names", Args: []string{"-listen", c.Bridge + ":53", "-kubeconfig", c.Kubeconfig()}})
	if err != nil {
		return err
	}
	err = c.Start(machine.Process{
		Name: process,
		Path: n.path("node.sh"),
		Env: []string{
			"NODE=" + n.dir, "KUBECONFIG=" + c.Kubeconfig(), "KUBELET=" + filepath.Join(c.Bin, "kubelet"),
			"NAME=" + Name, "ADDRESS=" + c.Bridge, "GROUP=" + n.group.daemons(),
			"LOG=" + filepath.Dir(c.Log(process)),
		},
	})
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, 2*time.Minute)
	defer cancel()
	return c.Wait(ctx, process, func(ctx context.Context) error { return ready(ctx, client) })
}

// Stop ends the node of the cluster with its data in dir, with all its containers, and
// removes what it made: whatever was killed before, and also when there is none.
func Stop(dir string) error {
	n := newNode(dir)
	if err := n.group.remove(); err != nil {
		return fmt.Errorf("stop the node: %w", err)
	}
	if err := n.removeBridge(); err != nil {
		return fmt.Errorf("stop the node: %w", err)
	}
	if err := n.removeFolder(); err != nil {
		return fmt.Errorf("stop the node: %w", err)
	}
	return nil
}

// Cordon closes a node to new pods, or opens it: Name, or the hollow one.
func Cordon(ctx context.Context, client kubernetes.Interface, name string, closed bool) error {
	patch := []byte(`{"spec":{"unschedulable":` + strconv.FormatBool(closed) + `}}`)
	_, err := client.CoreV1().Nodes().Patch(ctx, name, types.MergePatchType, patch, metav1.PatchOptions{})
	if err != nil {
		return fmt.Errorf("cordon %s: %w", name, err)
	}
	return nil
}

func register(ctx context.Context, client kubernetes.Interface) error {
	_, err := client.CoreV1().Nodes().Create(ctx, &corev1.Node{
		ObjectMeta: metav1.ObjectMeta{Name: Name, Labels: map[string]string{corev1.LabelHostname: Name}},
		Spec:       corev1.NodeSpec{Unschedulable: true},
	}, metav1.CreateOptions{})
	if kerrors.IsAlreadyExists(err) {
		return Cordon(ctx, client, Name, true)
	}
	if err != nil {
		return fmt.Errorf("register the node: %w", err)
	}
	return nil
}

func ready(ctx context.Context, client kubernetes.Interface) error {
	node, err := client.CoreV1().Nodes().Get(ctx, Name, metav1.GetOptions{})
	if err != nil {
		return err
	}
	for _, c := range node.Status.Conditions {
		if c.Type == corev1.NodeReady && c.Status == corev1.ConditionTrue {
			return nil
		} else if c.Type == corev1.NodeReady {
			return errors.New(c.Message)
		}
	}
	return errors.New("the kubelet has not reported yet")
}

// node is where things of one node are.
type node struct {
	dir   string // all its data
	id    string // short, of the letters that names of devices may have; one for each dir
	group group
}

func newNode(dir string) node {
	id := identity(dir)
	return node{dir: filepath.Join(dir, "node"), id: id, group: newGroup("slipway-" + id)}
}

func (n node) path(elem ...string) string {
	return filepath.Join(append([]string{n.dir}, elem...)...)
}

// removeFolder refuses while something is mounted in the folder: it would remove what is
// mounted.
func (n node) removeFolder() error {
	mounts, err := os.ReadFile("/proc/self/mountinfo")
	if err != nil {
		return err
	}
	if at := mountBelow(string(mounts), n.dir); at != "" {
		return fmt.Errorf("%s is still mounted", at)
	}
	return os.RemoveAll(n.dir)
}
