package hollow

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"slices"
	"strings"
	"time"

	"github.com/tektoncd/pipeline/pkg/result"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// What follows is the contract between Tekton's controller and the entrypoint that it puts
// into every step: pkg/pod/entrypoint.go, pkg/pod/status.go and pkg/entrypoint of
// tektoncd/pipeline.
const (
	stepPrefix = "step-"
	// readyAnnotation is set to readyValue when the first step may begin: at once, or when
	// the sidecars are ready.
	readyAnnotation = "tekton.dev/ready"
	readyValue      = "READY"
	// startedFormat is RFC 3339 with milliseconds.
	startedFormat = "2006-01-02T15:04:05.000Z07:00"
	// skipped is the reason of a step behind one that failed.
	skipped = "Skipped"
)

// endTask reports that the steps ended, once the controller let them begin, and then that
// the pod did. A sidecar ends when the controller has replaced its image by one that does
// nothing.
func endTask(pod *corev1.Pod, status *corev1.PodStatus, script Script, now metav1.Time) {
	if pod.Annotations[readyAnnotation] != readyValue {
		return
	}
	images := map[string]string{}
	for _, c := range pod.Spec.Containers {
		images[c.Name] = c.Image
	}
	endSteps(pod, status, script, now)
	for i := range status.ContainerStatuses {
		s := &status.ContainerStatuses[i]
		if s.State.Terminated != nil {
			continue
		}
		if images[s.Name] == s.Image {
			return
		}
		terminate(s, 0, "", now)
	}
	finish(status, now)
}

// endSteps ends all steps at once, in the order of the pod. What they ran through is in
// their termination messages.
func endSteps(pod *corev1.Pod, status *corev1.PodStatus, script Script, now metav1.Time) {
	var steps []corev1.Container
	for _, c := range pod.Spec.Containers {
		if strings.HasPrefix(c.Name, stepPrefix) {
			steps = append(steps, c)
		}
	}
	failed := false
	for i, c := range steps {
		at := slices.IndexFunc(status.ContainerStatuses, func(s corev1.ContainerStatus) bool { return s.Name == c.Name })
		s := &status.ContainerStatuses[at]
		if s.State.Terminated != nil {
			return
		}
		message := []result.RunResult{{
			Key: "StartedAt", Value: now.Time.Format(startedFormat), ResultType: result.InternalTektonResultType,
		}}
		var code int32
		switch {
		case failed:
			code = 1
			message = append(message, result.RunResult{Key: "Reason", Value: skipped, ResultType: result.InternalTektonResultType})
		case script.ExitCode != 0 && (c.Name == stepPrefix+script.Step || script.Step == "" && i == 0):
			code, failed = script.ExitCode, true
			message = append(message, results(c, script)...)
		case i == len(steps)-1:
			message = append(message, results(c, script)...)
		}
		terminate(s, code, encode(message), now)
	}
}

// results are what the step wrote: of all that its task declares, what the script has, and
// what looks right for the rest if the step succeeds.
func results(c corev1.Container, script Script) []result.RunResult {
	var found []result.RunResult
	for _, name := range declared(c) {
		value, ok := script.Results[name]
		if !ok && script.ExitCode == 0 {
			value, ok = madeUp(name), true
		}
		if ok {
			found = append(found, result.RunResult{Key: name, Value: value, ResultType: result.TaskRunResultType})
		}
	}
	return found
}

// declared are the results that the controller tells the entrypoint to look for.
func declared(c corev1.Container) []string {
	at := slices.Index(c.Args, "-results")
	if at < 0 || at+1 >= len(c.Args) || c.Args[at+1] == "" {
		return nil
	}
	return strings.Split(c.Args[at+1], ",")
}

// madeUp is a value of the form that tasks of this name write, always the same.
func madeUp(name string) string {
	lower := strings.ToLower(name)
	switch {
	case strings.Contains(lower, "digest"):
		return digest(name)
	case strings.Contains(lower, "commit") && !strings.Contains(lower, "committed"):
		return strings.TrimPrefix(digest("commit"), "sha256:")[:40]
	case strings.Contains(lower, "committed"):
		return time.Unix(1700000000, 0).UTC().Format(time.RFC3339)
	case strings.Contains(lower, "epoch"):
		return "1700000000"
	case strings.Contains(lower, "url"):
		return "registry.invalid/" + strings.ReplaceAll(lower, "_", "-")
	default:
		return "0"
	}
}

func digest(of string) string {
	sum := sha256.Sum256([]byte(of))
	return "sha256:" + hex.EncodeToString(sum[:])
}

func encode(message []result.RunResult) string {
	text, err := json.Marshal(message)
	if err != nil {
		panic("hollow: strings that are not JSON: " + err.Error())
	}
	return string(text)
}
