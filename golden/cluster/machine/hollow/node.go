package hollow

import (
	"context"
	"fmt"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/util/retry"
	"k8s.io/component-helpers/apimachinery/lease"
	"k8s.io/utils/clock"
)

// register makes the node, or takes over the one that an earlier run left, and reports it
// ready. Whether it takes pods (spec.unschedulable) is the scenario's and stays.
func (r *Runner) register(ctx context.Context) error {
	nodes := r.client.CoreV1().Nodes()
	_, err := nodes.Get(ctx, Node, metav1.GetOptions{})
	if errors.IsNotFound(err) {
		_, err = nodes.Create(ctx, &corev1.Node{ObjectMeta: metav1.ObjectMeta{
			Name: Node,
			Labels: map[string]string{
				corev1.LabelHostname:   Node,
				corev1.LabelOSStable:   "linux",
				corev1.LabelArchStable: "amd64",
			},
		}}, metav1.CreateOptions{})
	}
	if err != nil {
		return fmt.Errorf("register the node %s: %w", Node, err)
	}
	// The controllers of nodes write it too, as soon as it is there.
	err = retry.RetryOnConflict(retry.DefaultBackoff, func() error {
		node, err := nodes.Get(ctx, Node, metav1.GetOptions{})
		if err != nil {
			return err
		}
		node.Status = nodeStatus(time.Now())
		_, err = nodes.UpdateStatus(ctx, node, metav1.UpdateOptions{})
		return err
	})
	if err != nil {
		return fmt.Errorf("report the node %s ready: %w", Node, err)
	}
	return nil
}

// nodeStatus is that of a node that is ready and never full.
func nodeStatus(now time.Time) corev1.NodeStatus {
	room := corev1.ResourceList{
		corev1.ResourceCPU:              resource.MustParse("1000"),
		corev1.ResourceMemory:           resource.MustParse("4Ti"),
		corev1.ResourceEphemeralStorage: resource.MustParse("4Ti"),
		corev1.ResourcePods:             resource.MustParse("10000"),
	}
	at := metav1.NewTime(now)
	condition := func(kind corev1.NodeConditionType, status corev1.ConditionStatus, reason string) corev1.NodeCondition {
		return corev1.NodeCondition{
			Type: kind, Status: status, Reason: reason, Message: "reported by the hollow node",
			LastHeartbeatTime: at, LastTransitionTime: at,
		}
	}
	return corev1.NodeStatus{
		Capacity:    room,
		Allocatable: room,
		Conditions: []corev1.NodeCondition{
			condition(corev1.NodeReady, corev1.ConditionTrue, "KubeletReady"),
			condition(corev1.NodeMemoryPressure, corev1.ConditionFalse, "KubeletHasSufficientMemory"),
			condition(corev1.NodeDiskPressure, corev1.ConditionFalse, "KubeletHasNoDiskPressure"),
			condition(corev1.NodePIDPressure, corev1.ConditionFalse, "KubeletHasSufficientPID"),
		},
		Addresses: []corev1.NodeAddress{{Type: corev1.NodeInternalIP, Address: nodeIP}},
		NodeInfo: corev1.NodeSystemInfo{
			OperatingSystem:         "linux",
			Architecture:            "amd64",
			KubeletVersion:          "v1.33.0-hollow",
			ContainerRuntimeVersion: "hollow://0",
		},
	}
}

// heartbeat renews the node's lease until ctx ends; without it the pods are evicted.
func (r *Runner) heartbeat(ctx context.Context) {
	const lasts = 40 // seconds, a kubelet's default
	lease.NewController(clock.RealClock{}, r.client, Node, lasts, nil,
		10*time.Second, Node, corev1.NamespaceNodeLease, nil).Run(ctx)
}
