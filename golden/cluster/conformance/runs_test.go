package conformance

import (
	"strings"
	"testing"

	v1 "github.com/tektoncd/pipeline/pkg/apis/pipeline/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"knative.dev/pkg/apis"

	"slipway.dev/golden/cluster/judge"
)

// release is a pipeline like those that are generated: clone, then unit and build, scan
// after build, request after unit and scan, and the report.
func release(t *testing.T) (*Fleet, *v1.PipelineRun) {
	t.Helper()
	task := func(name string, after ...string) v1.PipelineTask {
		return v1.PipelineTask{Name: name, RunAfter: after}
	}
	p := &v1.Pipeline{
		TypeMeta:   metav1.TypeMeta{APIVersion: "tekton.dev/v1", Kind: "Pipeline"},
		ObjectMeta: metav1.ObjectMeta{Name: "cart-release", Namespace: "ci-shop"},
		Spec: v1.PipelineSpec{
			Tasks:   []v1.PipelineTask{task("clone"), task("unit", "clone"), task("build", "clone"), task("scan", "build"), task("request", "unit", "scan")},
			Finally: []v1.PipelineTask{task("report")},
		},
	}
	object, err := runtime.DefaultUnstructuredConverter.ToUnstructured(p)
	if err != nil {
		t.Fatal(err)
	}
	run := &v1.PipelineRun{ObjectMeta: metav1.ObjectMeta{Namespace: "ci-shop"}, Spec: v1.PipelineRunSpec{PipelineRef: &v1.PipelineRef{Name: "cart-release"}}}
	return &Fleet{Tree: &judge.Tree{Documents: []judge.Document{{Object: object}}}}, run
}

// came makes a run that came to what is said of its tasks, as NAME=STATUS.
func came(run *v1.PipelineRun, ok bool, told string, statuses string) map[string]v1.TaskRun {
	condition := func(ok bool) apis.Condition {
		c := apis.Condition{Type: apis.ConditionSucceeded, Status: corev1.ConditionFalse}
		if ok {
			c.Status = corev1.ConditionTrue
		}
		return c
	}
	run.Status.SetCondition(new(condition(ok)))
	tasks := map[string]v1.TaskRun{}
	for _, s := range strings.Fields(statuses) {
		name, status, _ := strings.Cut(s, "=")
		if status == "None" {
			continue
		}
		tr := v1.TaskRun{}
		tr.Status.SetCondition(new(condition(status == "Succeeded")))
		if name == "report" {
			tr.Spec.Params = v1.Params{{Name: "tasks", Value: *v1.NewStructuredValues(strings.Fields(told)[0], strings.Fields(told)[1:]...)}}
		}
		tasks[name] = tr
	}
	return tasks
}

func TestRunsAreJudgedByWhatTheyCameTo(t *testing.T) {
	t.Parallel()
	const (
		good       = "clone=Succeeded unit=Succeeded build=Succeeded scan=Succeeded request=Succeeded"
		unitFailed = "clone=Succeeded unit=Failed build=Succeeded scan=None request=None"
	)
	for _, c := range []struct {
		name     string
		fails    string
		ok       bool
		told     string
		statuses string
		want     string // part of what is wrong; empty when nothing is
	}{
		{"all goes well", "", true, good, good + " report=Succeeded", ""},
		{"a test fails", "unit", false, unitFailed, unitFailed + " report=Succeeded", ""},
		{"the run does not say that a test failed", "unit", true, unitFailed, unitFailed + " report=Succeeded", "ended with"},
		{"released after a failed test", "unit", false, unitFailed, strings.Replace(unitFailed, "request=None", "request=Succeeded", 1) + " report=Succeeded", "request came to Succeeded, expected None"},
		{"scanned after a failed build", "build", false, unitFailed, "clone=Succeeded unit=Succeeded build=Failed scan=Succeeded request=None report=Succeeded", "scan came to Succeeded, expected None"},
		{"nobody reports", "unit", false, unitFailed, unitFailed + " report=None", "report at its end came to None"},
		{"the report is told something else", "unit", false, good, unitFailed + " report=Succeeded", "was told"},
		{"the wrong task fails", "scan", false, unitFailed, unitFailed + " report=Succeeded", "scan came to None, expected Failed"},
		{"a task that is not there", "sign", false, unitFailed, unitFailed + " report=Succeeded", "no task sign"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			f, run := release(t)
			tasks := came(run, c.ok, c.told, c.statuses)
			err := f.judge(try{name: "a-run", fails: c.fails}, run, tasks)
			if c.want == "" && err != nil || c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)) {
				t.Errorf("got %v, expected %q", err, c.want)
			}
		})
	}
}
