package hollow

import (
	"context"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"

	"github.com/tektoncd/pipeline/pkg/apis/pipeline"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"
)

// Script says how the pods of a task or of a Job end. One that no script names succeeds at
// once, with results that look right.
type Script struct {
	// Task is the task's name in its pipeline.
	Task string `json:"task,omitempty"`
	// Run is the PipelineRun; empty for all of the namespace.
	Run string `json:"run,omitempty"`
	// Job is a Job's name, instead of Task and Run.
	Job string `json:"job,omitempty"`
	// ExitCode is that of Step, or of a Job's containers.
	ExitCode int32 `json:"exitCode,omitempty"`
	// Step is the step that ends with ExitCode, the first when empty. Those behind it are
	// skipped.
	Step string `json:"step,omitempty"`
	// Results are those the task writes, by name; those it declares and this lacks are made
	// up when it succeeds, and missing when it fails. Arrays and objects are JSON.
	Results map[string]string `json:"results,omitempty"`
	// Attempts bounds ExitCode and Hold to the first tries of a task that is retried, so
	// that a later one succeeds; 0 is no bound.
	Attempts int `json:"attempts,omitempty"`
	// Hold keeps the pod running until it is deleted, as a test that hangs.
	Hold bool `json:"hold,omitempty"`
}

const (
	scriptLabel = "hollow.slipway.dev/script"
	scriptKey   = "script"
)

// SetScripts replaces all scripts of a namespace. They are kept in the cluster, as
// ConfigMaps, so that the runner may be another process; pods that begin later see them.
// The first script that fits is followed: name the particular before the general.
func SetScripts(ctx context.Context, client kubernetes.Interface, namespace string, scripts ...Script) error {
	maps := client.CoreV1().ConfigMaps(namespace)
	err := maps.DeleteCollection(ctx, metav1.DeleteOptions{}, metav1.ListOptions{LabelSelector: scriptLabel})
	if err != nil {
		return fmt.Errorf("remove the scripts of %s: %w", namespace, err)
	}
	for i, s := range scripts {
		text, err := json.Marshal(s)
		if err != nil {
			panic("hollow: a script that is not JSON: " + err.Error())
		}
		_, err = maps.Create(ctx, &corev1.ConfigMap{
			// The API server lists by name.
			ObjectMeta: metav1.ObjectMeta{Name: fmt.Sprintf("hollow-script-%03d", i), Labels: map[string]string{scriptLabel: ""}},
			Data:       map[string]string{scriptKey: string(text)},
		}, metav1.CreateOptions{})
		if err != nil {
			return fmt.Errorf("write a script of %s: %w", namespace, err)
		}
	}
	return nil
}

// script returns what the scenario says of a pod, and the zero script if it says nothing.
// It asks the API server itself: a cache could be behind the scenario that wrote the script
// and started the run right after.
func (r *Runner) script(ctx context.Context, pod *corev1.Pod) (Script, error) {
	list, err := r.client.CoreV1().ConfigMaps(pod.Namespace).List(ctx, metav1.ListOptions{LabelSelector: scriptLabel})
	if err != nil {
		return Script{}, fmt.Errorf("read the scripts of %s: %w", pod.Namespace, err)
	}
	for _, m := range list.Items {
		var s Script
		if err := json.Unmarshal([]byte(m.Data[scriptKey]), &s); err != nil {
			return Script{}, fmt.Errorf("read the script %s: %w", m.Name, err)
		}
		if s.of(pod) {
			if s.Attempts > 0 && attempt(pod) >= s.Attempts {
				s.ExitCode, s.Hold = 0, false
			}
			return s, nil
		}
	}
	return Script{}, nil
}

func (s Script) of(pod *corev1.Pod) bool {
	if s.Job != "" {
		return pod.Labels[batchv1.JobNameLabel] == s.Job
	}
	return pod.Labels[pipeline.PipelineTaskLabelKey] == s.Task &&
		(s.Run == "" || pod.Labels[pipeline.PipelineRunLabelKey] == s.Run)
}

// attempt counts a task's tries from 0. Tekton tells it by the end of the pod's name only.
func attempt(pod *corev1.Pod) int {
	const mark = "-pod-retry"
	at := strings.LastIndex(pod.Name, mark)
	if at < 0 {
		return 0
	}
	n, err := strconv.Atoi(pod.Name[at+len(mark):])
	if err != nil {
		return 0
	}
	return n
}
