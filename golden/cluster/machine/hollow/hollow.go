// Package hollow runs pods without running them: it registers a node, and moves the pods
// bound to it through the phases that a kubelet would report. Everything that watches pods
// (Deployments, Jobs, Tekton, Argo CD) then goes on as in a cluster. What a pod would have
// found out, whether a test fails and which digest a build pushed, a scenario says in a
// Script.
//
// It also stands in for four controllers that a cluster gets from its vendor and that Argo
// CD's health waits for: volumes for claims, addresses for load balancers, the gateway's
// word on routes, and the metrics that autoscalers read. These serve a real node as well.
//
// It starts no process, touches no network and needs no root.
package hollow

import (
	"context"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"
)

// Node is the node's name.
const Node = "hollow"

// Options adapt a runner to its cluster; the zero value has no volumes.
type Options struct {
	// Volumes is the folder that holds one folder for each claim; claims stay pending
	// without it.
	Volumes string
	// VolumeNodes are the nodes that the volumes are on, beside its own: those that run on
	// this machine.
	VolumeNodes []string
	// Log receives what went wrong and is tried again; nothing is logged when nil.
	Log *slog.Logger
}

// Runner is a node and the stand-ins beside it.
type Runner struct {
	client  kubernetes.Interface
	raw     rest.Interface // for what client-go has no types of
	options Options
}

// New prepares a runner on the cluster of config. It asks the cluster nothing.
func New(config *rest.Config, options Options) (*Runner, error) {
	config = rest.CopyConfig(config)
	config.QPS, config.Burst = 200, 400
	config.UserAgent = "hollow"
	client, err := kubernetes.NewForConfig(config)
	if err != nil {
		return nil, fmt.Errorf("connect the pod runner: %w", err)
	}
	if options.Log == nil {
		options.Log = slog.New(slog.DiscardHandler)
	}
	return &Runner{client: client, raw: client.Discovery().RESTClient(), options: options}, nil
}

// Run registers the node, installs what the stand-ins serve, and works until ctx ends.
// An error says that it could not begin; what fails later is logged and tried again.
func (r *Runner) Run(ctx context.Context) error {
	if err := r.install(ctx); err != nil {
		return err
	}
	if err := r.register(ctx); err != nil {
		return err
	}

	var work sync.WaitGroup
	defer work.Wait()
	work.Go(func() { r.heartbeat(ctx) })
	work.Go(func() { r.pods(ctx) })
	for _, loop := range []struct {
		name  string
		pause time.Duration
		once  func(context.Context) error
	}{
		{"volumes", 300 * time.Millisecond, r.volumes},
		{"addresses", time.Second, r.addresses},
		{"routes", time.Second, r.routes},
		{"metrics", 5 * time.Second, r.metrics},
	} {
		work.Go(func() { r.repeat(ctx, loop.name, loop.pause, loop.once) })
	}
	return nil
}

// Ready says of a cluster whether a runner's node takes pods and all stand-ins are there.
func Ready(ctx context.Context, client kubernetes.Interface) error {
	node, err := client.CoreV1().Nodes().Get(ctx, Node, metav1.GetOptions{})
	if err != nil {
		return err
	}
	for _, c := range node.Status.Conditions {
		if c.Type == corev1.NodeReady && c.Status == corev1.ConditionTrue {
			return nil
		}
	}
	return fmt.Errorf("the node %s is not ready", Node)
}

// Args are the arguments of package hollow's command, for a runner in a process of its own.
func Args(kubeconfig, volumes string, volumeNodes ...string) []string {
	return []string{"-kubeconfig", kubeconfig, "-volumes", volumes, "-volume-nodes", strings.Join(volumeNodes, ",")}
}

// repeat calls once again and again. These loops ask instead of watching: the clusters here
// are small, and what asks cannot miss anything.
func (r *Runner) repeat(ctx context.Context, name string, pause time.Duration, once func(context.Context) error) {
	tick := time.NewTicker(pause)
	defer tick.Stop()
	for {
		if err := once(ctx); err != nil && ctx.Err() == nil {
			r.options.Log.Warn(name, "error", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}
