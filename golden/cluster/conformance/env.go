package conformance

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/discovery"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/restmapper"

	"slipway.dev/golden/cluster"
)

// Env is a cluster and what is needed to speak with it.
type Env struct {
	Cluster *cluster.Cluster
	Dynamic dynamic.Interface
	Client  kubernetes.Interface
	// Slipway is the path of the program under test.
	Slipway string
	// Work is a folder for working copies.
	Work string

	mapper meta.RESTMapper
	served map[string]bool // the API groups that the API server has
}

// NewEnv connects to a cluster.
func NewEnv(c *cluster.Cluster, slipway, work string) (*Env, error) {
	config, err := c.Config()
	if err != nil {
		return nil, err
	}
	e := &Env{Cluster: c, Slipway: slipway, Work: work}
	if e.Dynamic, err = dynamic.NewForConfig(config); err != nil {
		return nil, err
	}
	if e.Client, err = kubernetes.NewForConfig(config); err != nil {
		return nil, err
	}
	found, err := discovery.NewDiscoveryClientForConfig(config)
	if err != nil {
		return nil, err
	}
	groups, err := restmapper.GetAPIGroupResources(found)
	if err != nil {
		return nil, fmt.Errorf("ask for the cluster's kinds: %w", err)
	}
	e.served = map[string]bool{}
	for _, g := range groups {
		e.served[g.Group.Name] = true
	}
	e.mapper = restmapper.NewDiscoveryRESTMapper(groups)
	return e, nil
}

// Kinds of what scenarios look at.
var (
	applications = schema.GroupVersionResource{Group: "argoproj.io", Version: "v1alpha1", Resource: "applications"}
	pipelineRuns = schema.GroupVersionResource{Group: "tekton.dev", Version: "v1", Resource: "pipelineruns"}
	pipelines    = schema.GroupVersionResource{Group: "tekton.dev", Version: "v1", Resource: "pipelines"}
	taskRuns     = schema.GroupVersionResource{Group: "tekton.dev", Version: "v1", Resource: "taskruns"}
)

// resource is where the API server keeps objects like this one.
func (e *Env) resource(o *unstructured.Unstructured) (dynamic.ResourceInterface, error) {
	gvk := o.GroupVersionKind()
	m, err := e.mapper.RESTMapping(gvk.GroupKind(), gvk.Version)
	if err != nil {
		return nil, err
	}
	if m.Scope.Name() == meta.RESTScopeNameRoot {
		return e.Dynamic.Resource(m.Resource), nil
	}
	if o.GetNamespace() == "" {
		return nil, fmt.Errorf("%s %s names no namespace", gvk.Kind, o.GetName())
	}
	return e.Dynamic.Resource(m.Resource).Namespace(o.GetNamespace()), nil
}

// get is an object as the API server has it now.
func (e *Env) get(ctx context.Context, o *unstructured.Unstructured) (*unstructured.Unstructured, error) {
	from, err := e.resource(o)
	if err != nil {
		return nil, err
	}
	return from.Get(ctx, o.GetName(), metav1.GetOptions{})
}

// errNotYet marks a state that may still come about.
type errNotYet struct{ error }

// notYet says what is still missing, for until to go on.
func notYet(format string, args ...any) error { return errNotYet{fmt.Errorf(format, args...)} }

// until asks again and again, until the answer is nil or an error other than notYet. When
// time is up it says what was still missing.
func until(ctx context.Context, limit time.Duration, ask func() error) error {
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	tick := time.NewTicker(300 * time.Millisecond)
	defer tick.Stop()
	for {
		err := ask()
		var wait errNotYet
		if err == nil || !errors.As(err, &wait) {
			return err
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("after %s: %w", limit, wait.error)
		case <-tick.C:
		}
	}
}

// command runs a program in a folder and returns what it printed; an error holds all of it.
func (e *Env) command(ctx context.Context, dir, name string, args ...string) (string, error) {
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Dir = dir
	cmd.Env = []string{
		"PATH=" + os.Getenv("PATH"), "HOME=" + e.Work, "LC_ALL=C", "TMPDIR=" + os.TempDir(),
		"GIT_CONFIG_NOSYSTEM=1", "GIT_TERMINAL_PROMPT=0", "GIT_SSL_CAINFO=" + e.Cluster.CA(), "SSL_CERT_FILE=" + e.Cluster.CA(),
		"GIT_AUTHOR_NAME=conformance", "GIT_AUTHOR_EMAIL=conformance@localhost",
		"GIT_COMMITTER_NAME=conformance", "GIT_COMMITTER_EMAIL=conformance@localhost",
	}
	out, err := cmd.CombinedOutput()
	if err != nil {
		return string(out), fmt.Errorf("%s %s: %w\n%s", filepath.Base(name), strings.Join(args, " "), err, out)
	}
	return string(out), nil
}
