package conformance

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	v1 "github.com/tektoncd/pipeline/pkg/apis/pipeline/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"knative.dev/pkg/apis"
	"sigs.k8s.io/yaml"

	"slipway.dev/golden/cluster/machine/hollow"
)

// try is one run of a pipeline.
type try struct {
	name     string // of the run
	service  string
	kind     string // of the pipeline
	revision string
	fails    string // the task that fails; empty when none shall
	// change alters the run before it is started.
	change func(*v1.PipelineRun)
}

// start starts a run of the generated pipeline, as `slipway run` prints it.
func (f *Fleet) start(ctx context.Context, t try) (*v1.PipelineRun, error) {
	text, err := f.slipway(ctx, "run", t.service, t.kind, "--revision", t.revision)
	if err != nil {
		return nil, err
	}
	run := &v1.PipelineRun{}
	if err := yaml.UnmarshalStrict([]byte(text), run); err != nil {
		return nil, err
	}
	run.GenerateName, run.Name = "", t.name
	if t.change != nil {
		t.change(run)
	}
	object, err := runtime.DefaultUnstructuredConverter.ToUnstructured(run)
	if err != nil {
		return nil, err
	}
	_, err = f.Env.Dynamic.Resource(pipelineRuns).Namespace(run.Namespace).
		Create(ctx, &unstructured.Unstructured{Object: object}, metav1.CreateOptions{FieldValidation: metav1.FieldValidationStrict})
	return run, err
}

// tried starts a run, and judges what it came to; what failed in it is in the error.
func (f *Fleet) tried(ctx context.Context, t try, limit time.Duration) (map[string]v1.TaskRun, error) {
	run, err := f.start(ctx, t)
	if err != nil {
		return nil, err
	}
	return f.came(ctx, t, run, limit)
}

// came waits for the end of a run that somebody started, and judges what it came to.
func (f *Fleet) came(ctx context.Context, t try, run *v1.PipelineRun, limit time.Duration) (map[string]v1.TaskRun, error) {
	run, tasks, err := f.ended(ctx, run, limit)
	if err == nil {
		err = f.judge(t, run, tasks)
	}
	if err != nil {
		return nil, f.withLogs(err, run, tasks)
	}
	return tasks, nil
}

// ofEvent selects runs by the event that started them, which follows.
const ofEvent = "triggers.tekton.dev/triggers-eventid="

// runs are the runs of a namespace, or of all, that a selector of labels finds.
func (e *Env) runs(ctx context.Context, namespace, selector string) (out []*v1.PipelineRun, err error) {
	list, err := e.Dynamic.Resource(pipelineRuns).Namespace(namespace).List(ctx, metav1.ListOptions{LabelSelector: selector})
	if err != nil {
		return nil, err
	}
	for _, object := range list.Items {
		run := &v1.PipelineRun{}
		if err := runtime.DefaultUnstructuredConverter.FromUnstructured(object.Object, run); err != nil {
			return nil, err
		}
		out = append(out, run)
	}
	return out, nil
}

// pipelineOf is the pipeline of a run, as it was compiled.
func (f *Fleet) pipelineOf(run *v1.PipelineRun) (*v1.Pipeline, error) {
	for _, d := range f.Tree.Documents {
		u := unstructured.Unstructured{Object: d.Object}
		if d.Kind() == "tekton.dev/v1 Pipeline" && u.GetName() == run.Spec.PipelineRef.Name && u.GetNamespace() == run.Namespace {
			p := &v1.Pipeline{}
			return p, runtime.DefaultUnstructuredConverter.FromUnstructured(d.Object, p)
		}
	}
	return nil, fmt.Errorf("there is no pipeline %s/%s", run.Namespace, run.Spec.PipelineRef.Name)
}

// ended waits for a run to end, and returns it with its TaskRuns by the names of tasks, as
// far as they are there when the time is up.
func (f *Fleet) ended(ctx context.Context, run *v1.PipelineRun, limit time.Duration) (*v1.PipelineRun, map[string]v1.TaskRun, error) {
	now := &v1.PipelineRun{}
	err := until(ctx, limit, func() error {
		object, err := f.Env.Dynamic.Resource(pipelineRuns).Namespace(run.Namespace).Get(ctx, run.Name, metav1.GetOptions{})
		if err != nil {
			return err
		}
		now = &v1.PipelineRun{}
		if err := runtime.DefaultUnstructuredConverter.FromUnstructured(object.Object, now); err != nil {
			return err
		}
		if c := now.Status.GetCondition(apis.ConditionSucceeded); c == nil || c.IsUnknown() {
			return notYet("the run %s has not ended: %s", run.Name, message(c))
		}
		return nil
	})
	list, lerr := f.Env.Dynamic.Resource(taskRuns).Namespace(run.Namespace).List(ctx, metav1.ListOptions{LabelSelector: "tekton.dev/pipelineRun=" + run.Name})
	if lerr != nil {
		return nil, nil, errors.Join(err, lerr)
	}
	tasks := map[string]v1.TaskRun{}
	for _, object := range list.Items {
		var t v1.TaskRun
		if err := runtime.DefaultUnstructuredConverter.FromUnstructured(object.Object, &t); err != nil {
			return nil, nil, err
		}
		tasks[t.Labels["tekton.dev/pipelineTask"]] = t
	}
	return now, tasks, err
}

func message(c *apis.Condition) string {
	if c == nil {
		return "it has no condition"
	}
	return c.Reason + ": " + c.Message
}

// status is what a task of a run came to, in the words of $(tasks.NAME.status).
func status(tasks map[string]v1.TaskRun, name string) string {
	t, ok := tasks[name]
	if !ok {
		return "None"
	}
	c := t.Status.GetCondition(apis.ConditionSucceeded)
	switch {
	case c == nil || c.Status == corev1.ConditionUnknown:
		return "Unknown"
	case c.Status == corev1.ConditionTrue:
		return "Succeeded"
	}
	return "Failed"
}

// judge holds a run that ended against what it should have come to. Without a failure every
// task succeeds. Else what the failed task waits for succeeded, nothing that waits for it
// ran, nothing was released unless releasing is what failed, and what comes at the end ran all the
// same, the report with what each task came to.
func (f *Fleet) judge(t try, run *v1.PipelineRun, tasks map[string]v1.TaskRun) error {
	p, err := f.pipelineOf(run)
	if err != nil {
		return err
	}
	before := waits(p)
	c := run.Status.GetCondition(apis.ConditionSucceeded)
	if ok := c.Status == corev1.ConditionTrue; ok != (t.fails == "") {
		return fmt.Errorf("the run %s ended with %s", t.name, message(c))
	}
	atEnd := slices.ContainsFunc(p.Spec.Finally, func(pt v1.PipelineTask) bool { return pt.Name == t.fails })
	if t.fails != "" && !slices.ContainsFunc(slices.Concat(p.Spec.Tasks, p.Spec.Finally), func(pt v1.PipelineTask) bool { return pt.Name == t.fails }) {
		return fmt.Errorf("the pipeline of %s has no task %s", t.name, t.fails)
	}
	var told []string
	for _, pt := range p.Spec.Tasks {
		got := status(tasks, pt.Name)
		if pt.OnError == v1.PipelineTaskContinue {
			continue // beside what the run is for
		}
		want := "Succeeded"
		switch {
		case t.fails == "" || atEnd:
		case pt.Name == t.fails:
			want = "Failed"
		case slices.Contains(before[pt.Name], t.fails), pt.Name == "request":
			want = "None"
		case !slices.Contains(before[t.fails], pt.Name):
			want = got // at the same time as the one that fails; it may have come to anything
		}
		if got != want {
			return fmt.Errorf("in the run %s the task %s came to %s, expected %s", t.name, pt.Name, got, want)
		}
		if pt.Name == t.fails && len(tasks[pt.Name].Status.RetriesStatus) != pt.Retries {
			return fmt.Errorf("in the run %s the task %s was retried %d times, expected %d", t.name, pt.Name, len(tasks[pt.Name].Status.RetriesStatus), pt.Retries)
		}
		told = append(told, pt.Name+"="+got)
	}
	for _, pt := range p.Spec.Finally {
		want := "Succeeded"
		if pt.Name == t.fails {
			want = "Failed"
		}
		if got := status(tasks, pt.Name); got != want {
			return fmt.Errorf("in the run %s the task %s at its end came to %s, expected %s", t.name, pt.Name, got, want)
		}
		for _, param := range tasks[pt.Name].Spec.Params {
			if param.Name == "tasks" && !slices.Equal(param.Value.ArrayVal, told) {
				return fmt.Errorf("in the run %s the report was told %v, expected %v", t.name, param.Value.ArrayVal, told)
			}
		}
	}
	return nil
}

// waits are, for each task of a pipeline, all that it waits for, directly or not.
func waits(p *v1.Pipeline) map[string][]string {
	all := map[string][]string{}
	for range p.Spec.Tasks { // as deep as it can be
		for _, pt := range p.Spec.Tasks {
			for _, name := range pt.Deps() {
				for _, n := range append([]string{name}, all[name]...) {
					if !slices.Contains(all[pt.Name], n) {
						all[pt.Name] = append(all[pt.Name], n)
					}
				}
			}
		}
	}
	return all
}

const someCommit = "5b3a712ab85ccb8f6f7cd5b720d36ba9a8d041eb"

// pretended returns the scenario that runs a service's pipelines without executing a step:
// once each so that all goes well, and the release once more for each of its tasks, which
// then fails. It shows what Tekton makes of the generated objects, not what the steps do.
func pretended(service string) func(context.Context, *Fleet) (string, error) {
	return func(ctx context.Context, f *Fleet) (string, error) {
		tries := []try{
			{name: "all-goes-well", service: service, kind: "release", revision: someCommit},
			{name: "a-change", service: service, kind: "pull-request", revision: someCommit},
		}
		probe, err := f.slipway(ctx, "run", service, "release", "--revision", someCommit)
		if err != nil {
			return "", err
		}
		run := &v1.PipelineRun{}
		if err := yaml.Unmarshal([]byte(probe), run); err != nil {
			return "", err
		}
		p, err := f.pipelineOf(run)
		if err != nil {
			return "", err
		}
		var scripts []hollow.Script
		for _, pt := range slices.Concat(p.Spec.Tasks, p.Spec.Finally) {
			if pt.OnError == v1.PipelineTaskContinue {
				continue // a run goes on without it
			}
			t := try{name: pt.Name + "-fails", service: service, kind: "release", revision: someCommit, fails: pt.Name}
			tries = append(tries, t)
			scripts = append(scripts, hollow.Script{Run: t.name, Task: pt.Name, ExitCode: 1})
		}
		if err := hollow.SetScripts(ctx, f.Env.Client, run.Namespace, scripts...); err != nil {
			return "", err
		}
		if err := f.tryAll(ctx, tries, 4*time.Minute); err != nil {
			return "", err
		}
		return fmt.Sprintf("%s: 2 runs to the end, %d with a task that fails", service, len(scripts)), nil
	}
}

// tryAll starts runs all at once, and judges each.
func (f *Fleet) tryAll(ctx context.Context, tries []try, limit time.Duration) error {
	runs := make([]*v1.PipelineRun, len(tries))
	for i, t := range tries {
		var err error
		if runs[i], err = f.start(ctx, t); err != nil {
			return fmt.Errorf("start %s: %w", t.name, err)
		}
	}
	var wrong []string
	for i, t := range tries {
		run, tasks, err := f.ended(ctx, runs[i], limit)
		if err == nil {
			err = f.judge(t, run, tasks)
		}
		if err != nil {
			wrong = append(wrong, err.Error())
		}
	}
	if len(wrong) > 0 {
		return fmt.Errorf("%s", strings.Join(wrong, "\n"))
	}
	return nil
}
