package hollow

import (
	"crypto/sha256"
	"encoding/binary"
	"net/netip"
	"slices"
	"strings"
	"time"

	"github.com/tektoncd/pipeline/pkg/apis/pipeline"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
)

// nodeIP is an address for documentation (RFC 5737): nothing answers there.
const nodeIP = "198.51.100.1"

// next returns what a kubelet would report of the pod after its present status: first that
// everything runs, then, if the pod is one that ends, that it ended. It changes nothing,
// and a status that it has nothing to add to is returned as it is.
func next(pod *corev1.Pod, script Script, now time.Time) corev1.PodStatus {
	status := *pod.Status.DeepCopy()
	switch {
	case status.Phase == corev1.PodPending || status.Phase == "":
		begin(pod, &status, metav1.NewTime(now))
	case status.Phase != corev1.PodRunning || script.Hold:
	case isTaskRun(pod):
		endTask(pod, &status, script, metav1.NewTime(now))
	case ends(pod):
		endAll(pod, &status, script.ExitCode, metav1.NewTime(now))
	}
	return status
}

// ends says whether the pod comes to an end by itself: a Job's and a TaskRun's do.
func ends(pod *corev1.Pod) bool {
	return pod.Spec.RestartPolicy != corev1.RestartPolicyAlways
}

func isTaskRun(pod *corev1.Pod) bool { return pod.Labels[pipeline.TaskRunLabelKey] != "" }

// begin reports that init containers are done and everything else runs and is ready.
func begin(pod *corev1.Pod, status *corev1.PodStatus, now metav1.Time) {
	status.Phase = corev1.PodRunning
	status.StartTime = &now
	status.HostIP = nodeIP
	status.HostIPs = []corev1.HostIP{{IP: nodeIP}}
	status.PodIP = nodeIP
	if !pod.Spec.HostNetwork {
		status.PodIP = podIP(pod.UID)
	}
	status.PodIPs = []corev1.PodIP{{IP: status.PodIP}}

	status.InitContainerStatuses = nil
	for _, c := range pod.Spec.InitContainers {
		s := running(c, now)
		if !isSidecar(c) {
			terminate(&s, 0, "", now)
			s.Ready = true // of a finished init container, that it succeeded
		}
		status.InitContainerStatuses = append(status.InitContainerStatuses, s)
	}
	status.ContainerStatuses = nil
	for _, c := range pod.Spec.Containers {
		status.ContainerStatuses = append(status.ContainerStatuses, running(c, now))
	}
	for _, kind := range []corev1.PodConditionType{
		corev1.PodReadyToStartContainers, corev1.PodInitialized, corev1.ContainersReady, corev1.PodReady,
	} {
		setCondition(status, kind, corev1.ConditionTrue, "", now)
	}
}

// endAll reports that all containers ended with this exit code. A failed container is never
// started again, whatever its restart policy: the Job controller makes a new pod.
func endAll(pod *corev1.Pod, status *corev1.PodStatus, code int32, now metav1.Time) {
	for i := range status.InitContainerStatuses {
		if s := &status.InitContainerStatuses[i]; s.State.Terminated == nil {
			terminate(s, 0, "", now)
		}
	}
	for i := range status.ContainerStatuses {
		terminate(&status.ContainerStatuses[i], code, "", now)
	}
	finish(status, now)
}

// finish ends the pod when its containers have: failed if one of them did.
func finish(status *corev1.PodStatus, now metav1.Time) {
	reason := "PodCompleted"
	status.Phase = corev1.PodSucceeded
	for _, s := range status.ContainerStatuses {
		if s.State.Terminated.ExitCode != 0 {
			status.Phase, reason = corev1.PodFailed, "PodFailed"
		}
	}
	setCondition(status, corev1.ContainersReady, corev1.ConditionFalse, reason, now)
	setCondition(status, corev1.PodReady, corev1.ConditionFalse, reason, now)
}

// isSidecar says whether an init container stays beside the others.
func isSidecar(c corev1.Container) bool {
	return c.RestartPolicy != nil && *c.RestartPolicy == corev1.ContainerRestartPolicyAlways
}

func running(c corev1.Container, now metav1.Time) corev1.ContainerStatus {
	started := true
	return corev1.ContainerStatus{
		Name: c.Name, Image: c.Image, ImageID: imageID(c.Image), ContainerID: "hollow://" + c.Name,
		Ready: true, Started: &started,
		State: corev1.ContainerState{Running: &corev1.ContainerStateRunning{StartedAt: now}},
	}
}

// imageID is the image by digest, as a runtime reports it. The digest of one that is named
// by tag is made up.
func imageID(image string) string {
	if strings.Contains(image, "@") {
		return image
	}
	return image + "@" + digest(image)
}

func terminate(s *corev1.ContainerStatus, code int32, message string, now metav1.Time) {
	began := now
	if s.State.Running != nil {
		began = s.State.Running.StartedAt
	}
	reason := "Completed"
	if code != 0 {
		reason = "Error"
	}
	started := false
	s.Ready, s.Started = false, &started
	s.State = corev1.ContainerState{Terminated: &corev1.ContainerStateTerminated{
		ExitCode: code, Reason: reason, Message: message,
		StartedAt: began, FinishedAt: now, ContainerID: s.ContainerID,
	}}
}

func setCondition(status *corev1.PodStatus, kind corev1.PodConditionType, is corev1.ConditionStatus, reason string, now metav1.Time) {
	c := corev1.PodCondition{Type: kind, Status: is, Reason: reason, LastTransitionTime: now}
	at := slices.IndexFunc(status.Conditions, func(c corev1.PodCondition) bool { return c.Type == kind })
	if at < 0 {
		status.Conditions = append(status.Conditions, c)
		return
	}
	status.Conditions[at] = c
}

// podIP gives each pod an address of its own, in the range that is reserved and routed
// nowhere (240.0.0.0/4).
func podIP(uid types.UID) string {
	sum := sha256.Sum256([]byte(uid))
	// All ones is the broadcast address; the last bit keeps clear of it.
	n := binary.BigEndian.Uint32(sum[:]) | 0xf0000000
	var ip [4]byte
	binary.BigEndian.PutUint32(ip[:], n&^1)
	return netip.AddrFrom4(ip).String()
}
