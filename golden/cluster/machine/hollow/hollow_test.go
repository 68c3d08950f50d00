package hollow

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/tektoncd/pipeline/pkg/apis/pipeline"
	"github.com/tektoncd/pipeline/pkg/result"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

var now = time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)

func newPod(labels map[string]string, containers ...corev1.Container) *corev1.Pod {
	return &corev1.Pod{
		ObjectMeta: metav1.ObjectMeta{Name: "p", Namespace: "n", UID: "u", Labels: labels, Annotations: map[string]string{}},
		Spec:       corev1.PodSpec{RestartPolicy: corev1.RestartPolicyNever, Containers: containers},
	}
}

func newTaskPod(containers ...corev1.Container) *corev1.Pod {
	pod := newPod(map[string]string{pipeline.TaskRunLabelKey: "r-unit", pipeline.PipelineTaskLabelKey: "unit", pipeline.PipelineRunLabelKey: "r"}, containers...)
	pod.Annotations[readyAnnotation] = readyValue
	return pod
}

// settle follows the pod until nothing changes, and returns its phases.
func settle(t *testing.T, pod *corev1.Pod, script Script) []corev1.PodPhase {
	t.Helper()
	var phases []corev1.PodPhase
	for range 10 {
		status := next(pod, script, now)
		if status.Phase == pod.Status.Phase && len(phases) > 0 {
			return phases
		}
		pod.Status = status
		phases = append(phases, status.Phase)
	}
	t.Fatalf("the pod does not come to rest: %v", phases)
	return nil
}

func TestALongRunningPodRunsAndIsReady(t *testing.T) {
	t.Parallel()
	pod := newPod(nil, corev1.Container{Name: "app", Image: "app@" + digest("app")})
	pod.Spec.RestartPolicy = corev1.RestartPolicyAlways
	pod.Spec.InitContainers = []corev1.Container{{Name: "init"}}
	if got := settle(t, pod, Script{}); len(got) != 1 || got[0] != corev1.PodRunning {
		t.Errorf("phases are %v, want Running only", got)
	}
	for _, c := range pod.Status.Conditions {
		if c.Status != corev1.ConditionTrue {
			t.Errorf("%s is %s, want True", c.Type, c.Status)
		}
	}
	if pod.Status.PodIP == "" || pod.Status.InitContainerStatuses[0].State.Terminated == nil {
		t.Errorf("the pod has no address, or its init container did not end: %+v", pod.Status)
	}
	if got := pod.Status.ContainerStatuses[0].ImageID; got != "app@"+digest("app") {
		t.Errorf("the image is reported as %q, want it as it is pinned", got)
	}
}

func TestAJobEndsAsItsScriptSays(t *testing.T) {
	t.Parallel()
	for code, want := range map[int32]corev1.PodPhase{0: corev1.PodSucceeded, 3: corev1.PodFailed} {
		pod := newPod(map[string]string{batchv1.JobNameLabel: "migrate"}, corev1.Container{Name: "job"})
		phases := settle(t, pod, Script{Job: "migrate", ExitCode: code})
		if got := phases[len(phases)-1]; len(phases) != 2 || got != want {
			t.Errorf("with exit code %d the phases are %v, want Running and %s", code, phases, want)
		}
	}
}

func TestATaskWritesItsResultsInTektonsWay(t *testing.T) {
	t.Parallel()
	pod := newTaskPod(corev1.Container{Name: "step-build", Args: []string{"-results", "IMAGE_DIGEST,note", "--", "build"}})
	settle(t, pod, Script{Results: map[string]string{"note": `say "yes"`}})
	if pod.Status.Phase != corev1.PodSucceeded {
		t.Fatalf("the pod is %s, want Succeeded", pod.Status.Phase)
	}
	got := message(t, pod, 0)
	if got["StartedAt"] != "2026-01-02T03:04:05.000Z" || got["note"] != `say "yes"` || got["IMAGE_DIGEST"] != digest("IMAGE_DIGEST") {
		t.Errorf("the termination message holds %v", got)
	}
}

func TestAFailedStepSkipsThoseBehindIt(t *testing.T) {
	t.Parallel()
	pod := newTaskPod(corev1.Container{Name: "step-a"}, corev1.Container{Name: "step-b"}, corev1.Container{Name: "step-c", Args: []string{"-results", "r"}})
	settle(t, pod, Script{Step: "b", ExitCode: 7})
	if pod.Status.Phase != corev1.PodFailed {
		t.Errorf("the pod is %s, want Failed", pod.Status.Phase)
	}
	for i, want := range []int32{0, 7, 1} {
		if got := pod.Status.ContainerStatuses[i].State.Terminated.ExitCode; got != want {
			t.Errorf("step %d ends with %d, want %d", i, got, want)
		}
	}
	if got := message(t, pod, 2); got["Reason"] != skipped || got["r"] != "" {
		t.Errorf("the skipped step says %v", got)
	}
}

func TestATaskWaitsForTheControllerAndEndsAfterItsSidecars(t *testing.T) {
	t.Parallel()
	pod := newTaskPod(corev1.Container{Name: "step-a"}, corev1.Container{Name: "sidecar-db", Image: "db"})
	pod.Annotations[readyAnnotation] = ""
	settle(t, pod, Script{})
	if pod.Status.ContainerStatuses[0].State.Running == nil {
		t.Fatal("the step ended before the controller let it begin")
	}
	pod.Annotations[readyAnnotation] = readyValue
	settle(t, pod, Script{})
	if pod.Status.ContainerStatuses[0].State.Terminated == nil || pod.Status.Phase != corev1.PodRunning {
		t.Fatalf("want the step ended and the pod running beside its sidecar: %+v", pod.Status)
	}
	pod.Spec.Containers[1].Image = "nop"
	settle(t, pod, Script{})
	if pod.Status.Phase != corev1.PodSucceeded {
		t.Errorf("the pod is %s after its sidecar was stopped, want Succeeded", pod.Status.Phase)
	}
}

func TestAHeldTaskNeverEnds(t *testing.T) {
	t.Parallel()
	if got := settle(t, newTaskPod(corev1.Container{Name: "step-a"}), Script{Hold: true}); len(got) != 1 {
		t.Errorf("phases are %v, want Running only", got)
	}
}

func TestAScriptFitsItsTaskItsRunOrItsJob(t *testing.T) {
	t.Parallel()
	task := newTaskPod()
	job := newPod(map[string]string{batchv1.JobNameLabel: "migrate"})
	for _, c := range []struct {
		script Script
		pod    *corev1.Pod
		want   bool
	}{
		{Script{Task: "unit"}, task, true},
		{Script{Task: "unit", Run: "r"}, task, true},
		{Script{Task: "unit", Run: "other"}, task, false},
		{Script{Task: "scan"}, task, false},
		{Script{Job: "migrate"}, job, true},
		{Script{Job: "migrate"}, task, false},
	} {
		if got := c.script.of(c.pod); got != c.want {
			t.Errorf("%+v fits %v: %t, want %t", c.script, c.pod.Labels, got, c.want)
		}
	}
}

func TestAttemptsAreCountedByThePodsName(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]int{"retry-1-unit-pod": 0, "a-unit-pod-retry2": 2, "a-pod-retryable-pod": 0} {
		if got := attempt(&corev1.Pod{ObjectMeta: metav1.ObjectMeta{Name: name}}); got != want {
			t.Errorf("%s is attempt %d, want %d", name, got, want)
		}
	}
}

func TestAReadingIsHalfOfWhatIsRequested(t *testing.T) {
	t.Parallel()
	pod := newPod(map[string]string{"app": "a"}, corev1.Container{Name: "c", Resources: corev1.ResourceRequirements{
		Requests: nodeStatus(now).Capacity,
	}})
	m := reading(pod, now)
	if got := m.Containers[0].Usage.Cpu().String(); got != "500" || m.Labels["app"] != "a" {
		t.Errorf("the reading is %s with labels %v, want 500 and the pod's", got, m.Labels)
	}
}

func message(t *testing.T, pod *corev1.Pod, step int) map[string]string {
	t.Helper()
	var list []result.RunResult
	if err := json.Unmarshal([]byte(pod.Status.ContainerStatuses[step].State.Terminated.Message), &list); err != nil {
		t.Fatal(err)
	}
	found := map[string]string{}
	for _, r := range list {
		found[r.Key] = r.Value
	}
	return found
}
