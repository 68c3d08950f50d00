package hollow

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"path"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	metrics "k8s.io/metrics/pkg/apis/metrics/v1beta1"
)

// metrics says of every running pod in a namespace with an autoscaler that it uses half of
// what it requests. Readings of pods that are gone go with them, through their owner.
func (r *Runner) metrics(ctx context.Context) error {
	scalers, err := r.client.AutoscalingV2().HorizontalPodAutoscalers("").List(ctx, metav1.ListOptions{})
	if err != nil {
		return fmt.Errorf("list autoscalers: %w", err)
	}
	var errs []error
	done := map[string]bool{}
	for _, s := range scalers.Items {
		if done[s.Namespace] {
			continue
		}
		done[s.Namespace] = true
		pods, err := r.client.CoreV1().Pods(s.Namespace).List(ctx, metav1.ListOptions{FieldSelector: "status.phase=Running"})
		if err != nil {
			errs = append(errs, fmt.Errorf("list the pods of %s: %w", s.Namespace, err))
			continue
		}
		for _, p := range pods.Items {
			errs = append(errs, r.measure(ctx, &p))
		}
	}
	return errors.Join(errs...)
}

func (r *Runner) measure(ctx context.Context, pod *corev1.Pod) error {
	text, err := json.Marshal(reading(pod, time.Now()))
	if err != nil {
		panic("hollow: a reading that is not JSON: " + err.Error())
	}
	return r.apply(ctx, path.Join(metricsPath, "namespaces", pod.Namespace, "pods", pod.Name), text)
}

// reading is over one second: autoscalers ignore what was measured before a pod was ready,
// window included.
func reading(pod *corev1.Pod, now time.Time) metrics.PodMetrics {
	m := metrics.PodMetrics{
		TypeMeta: metav1.TypeMeta{APIVersion: metrics.SchemeGroupVersion.String(), Kind: "PodMetrics"},
		ObjectMeta: metav1.ObjectMeta{
			Namespace: pod.Namespace, Name: pod.Name, Labels: pod.Labels, // autoscalers select by label
			OwnerReferences: []metav1.OwnerReference{{APIVersion: "v1", Kind: "Pod", Name: pod.Name, UID: pod.UID}},
		},
		Timestamp: metav1.NewTime(now),
		Window:    metav1.Duration{Duration: time.Second},
	}
	for _, c := range pod.Spec.Containers {
		cpu, memory := c.Resources.Requests[corev1.ResourceCPU], c.Resources.Requests[corev1.ResourceMemory]
		m.Containers = append(m.Containers, metrics.ContainerMetrics{Name: c.Name, Usage: corev1.ResourceList{
			corev1.ResourceCPU:    *resource.NewMilliQuantity(cpu.MilliValue()/2, resource.DecimalSI),
			corev1.ResourceMemory: *resource.NewQuantity(memory.Value()/2, resource.BinarySI),
		}})
	}
	return m
}
