package judge

import (
	"context"
	"fmt"
	"slices"
	"strings"

	v1 "github.com/tektoncd/pipeline/pkg/apis/pipeline/v1"
	"github.com/tektoncd/pipeline/pkg/client/clientset/versioned/fake"
	"github.com/tektoncd/pipeline/pkg/reconciler/pipelinerun/resources"
	"github.com/tektoncd/pipeline/pkg/reconciler/taskrun"
	taskresources "github.com/tektoncd/pipeline/pkg/reconciler/taskrun/resources"
	"github.com/tektoncd/pipeline/pkg/resolution/resolver/cluster"
	"github.com/tektoncd/pipeline/pkg/resolution/resolver/framework"
	"github.com/tektoncd/pipeline/pkg/trustedresources"
	"github.com/tektoncd/pipeline/pkg/workspace"
	"go.uber.org/zap"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"sigs.k8s.io/yaml"
)

// silent is the logger of code that expects one.
var silent = zap.NewNop().Sugar()

// resolved is what Tekton's own cluster resolver finds.
type resolved struct {
	task *v1.Task
	err  error
}

// find is the Task that a reference names, seen from a namespace, in a cluster that holds
// the Tasks of a tree. Pipelines name the same few, and those of other names play no part.
func (j *tektonJudge) find(namespace string, ref *v1.TaskRef) (*v1.Task, error) {
	if ref.Resolver != "" {
		namespace = "" // it says one itself
	}
	named := []string{ref.Name}
	for _, p := range ref.Params {
		named = append(named, p.Value.StringVal)
	}
	parts := [][]byte{j.set, []byte(namespace), mustJSON(ref)}
	var objects []runtime.Object
	for _, t := range j.tasks {
		if slices.Contains(named, t.Name) {
			objects, parts = append(objects, t.Task), append(parts, t.document.sum[:])
		}
	}
	known := j.resolved.get(sum(parts...), func() resolved {
		task, err := j.look(namespace, ref, objects)
		return resolved{task, err}
	})
	return known.task, known.err
}

func (j *tektonJudge) look(namespace string, ref *v1.TaskRef, objects []runtime.Object) (*v1.Task, error) {
	client := fake.NewSimpleClientset(objects...)
	// The resolver's settings as Tekton ships them: kind "task" unless said, no namespace.
	ctx := framework.InjectResolverConfigToContext(j.ctx, map[string]string{cluster.DefaultKindKey: "task"})
	switch ref.Resolver {
	case "":
		return client.TektonV1().Tasks(namespace).Get(ctx, ref.Name, metav1.GetOptions{})
	case "cluster":
	default:
		return nil, fmt.Errorf("the resolver %q reads what the tree does not hold", ref.Resolver)
	}
	resource, err := cluster.ResolveFromParams(ctx, ref.Params, client)
	if err != nil {
		return nil, err
	}
	t := &v1.Task{}
	if err := yaml.UnmarshalStrict(resource.Data(), t); err != nil {
		return nil, err
	}
	if t.Kind != "Task" {
		return nil, fmt.Errorf("the reference names a %s", t.Kind)
	}
	t.SetDefaults(ctx)
	return t, nil
}

// runtime judges a pipeline with every run of it.
func (j *tektonJudge) runtime(p *pipelineDoc) {
	runs := p.runs
	if len(runs) == 0 {
		runs = []run{{place: p.place, PipelineRun: typicalRun(p.Pipeline)}}
	}
	for _, r := range runs {
		j.start(p, r)
	}
}

// typicalRun gives a pipeline all that it asks for.
func typicalRun(p *v1.Pipeline) *v1.PipelineRun {
	r := &v1.PipelineRun{
		ObjectMeta: metav1.ObjectMeta{Name: p.Name + "-x2345", Namespace: p.Namespace},
		Spec:       v1.PipelineRunSpec{PipelineRef: &v1.PipelineRef{Name: p.Name}},
	}
	for _, s := range p.Spec.Params {
		if s.Default == nil {
			r.Spec.Params = append(r.Spec.Params, v1.Param{Name: s.Name, Value: valueFor(s, "value")})
		}
	}
	for _, w := range p.Spec.Workspaces {
		r.Spec.Workspaces = append(r.Spec.Workspaces, v1.WorkspaceBinding{Name: w.Name, EmptyDir: &corev1.EmptyDirVolumeSource{}})
	}
	return r
}

// valueFor is a value of a parameter's type in which every string is the same.
func valueFor(s v1.ParamSpec, text string) v1.ParamValue {
	switch s.Type {
	case v1.ParamTypeArray:
		return v1.ParamValue{Type: v1.ParamTypeArray, ArrayVal: []string{text, text}}
	case v1.ParamTypeObject:
		v := v1.ParamValue{Type: v1.ParamTypeObject, ObjectVal: map[string]string{}}
		for name := range s.Properties {
			v.ObjectVal[name] = text
		}
		return v
	}
	return v1.ParamValue{Type: v1.ParamTypeString, StringVal: text}
}

// start does what the controller does when a run starts, in its order (reconcile in
// pkg/reconciler/pipelinerun/pipelinerun.go), and stops where it would.
func (j *tektonJudge) start(p *pipelineDoc, r run) {
	spec, pr := p.Spec.DeepCopy(), r.PipelineRun.DeepCopy()
	for _, err := range []error{
		resources.ValidateRequiredParametersProvided(&spec.Params, &pr.Spec.Params),
		resources.ValidateParamTypesMatching(spec, pr),
		resources.ValidateObjectParamRequiredKeys(spec.Params, pr.Spec.Params),
		resources.ValidateParamArrayIndex(spec, pr.Spec.Params),
		resources.ValidateWorkspaceBindings(spec, pr),
		resources.ValidateTaskRunSpecs(spec, pr),
		taskrun.ValidateEnumParam(j.ctx, pr.Spec.Params, spec.Params),
	} {
		if err != nil {
			j.err(r.place, "spec", err)
			return
		}
	}
	j.extras(p, r)
	j.settled(p, r)
	spec, err := resources.ApplyParameters(spec, pr)
	if err != nil {
		j.err(p.place, "spec", err)
		return
	}
	spec = resources.ApplyWorkspaces(resources.ApplyContexts(spec, p.Name, pr), pr)

	state := resources.PipelineRunState{}
	final := map[string]bool{}
	for _, pt := range spec.Finally {
		final[pt.Name] = true
	}
	for _, pt := range append(spec.Tasks, spec.Finally...) {
		rpt, err := resources.ResolvePipelineTask(j.ctx, *pr, nil, j.getTask(p.Namespace, pt), noTaskRun, nil, pt, state)
		if err != nil {
			j.add(p.place, taskPath(pt), "%v", err)
			return
		}
		state = append(state, rpt)
		j.fits(p, pr, rpt)
	}
	for _, err := range []error{
		resources.ValidatePipelineTaskResults(state),
		resources.ValidatePipelineResults(spec, state),
		resources.ValidateOptionalWorkspaces(spec.Workspaces, state),
		resources.ValidateParameterTypesInMatrix(state),
	} {
		j.err(p.place, "spec", err)
	}
}

// getTask finds the Task of a pipeline task, as the controller asks for it.
func (j *tektonJudge) getTask(namespace string, pt v1.PipelineTask) taskresources.GetTask {
	return func(context.Context, string) (*v1.Task, *v1.RefSource, *trustedresources.VerificationResult, error) {
		t, err := j.find(namespace, pt.TaskRef)
		return t, nil, nil, err
	}
}

// noTaskRun says that nothing has started yet.
func noTaskRun(name string) (*v1.TaskRun, error) {
	return nil, apierrors.NewNotFound(schema.GroupResource{Group: "tekton.dev", Resource: "taskruns"}, name)
}

// extras reports what a run brings and its pipeline does not know: Tekton ignores it, and
// so does what a misspelt name was meant for.
func (j *tektonJudge) extras(p *pipelineDoc, r run) {
	params, workspaces := map[string]bool{}, map[string]bool{}
	for _, s := range p.Spec.Params {
		params[s.Name] = true
	}
	for _, w := range p.Spec.Workspaces {
		workspaces[w.Name] = true
	}
	for _, v := range r.Spec.Params {
		if !params[v.Name] {
			j.add(r.place, "spec.params", "the pipeline has no parameter %s", v.Name)
		}
	}
	for _, w := range r.Spec.Workspaces {
		if !workspaces[w.Name] {
			j.add(r.place, "spec.workspaces", "the pipeline has no workspace %s", w.Name)
		}
	}
}

// fits judges what a pipeline task gives its Task: what the run's controller and then the
// controller of the TaskRun would find.
func (j *tektonJudge) fits(p *pipelineDoc, pr *v1.PipelineRun, rpt *resources.ResolvedPipelineTask) {
	pt, spec := rpt.PipelineTask, rpt.ResolvedTask.TaskSpec
	at := taskPath(*pt)
	j.err(p.place, at+".params", taskrun.ValidateResolvedTask(j.ctx, pt.Params, pt.Matrix, rpt.ResolvedTask))
	j.err(p.place, at+".params", taskrun.ValidateEnumParam(j.ctx, pt.Params, spec.Params))
	j.err(p.place, at+".params", taskresources.ValidateParamArrayIndex(spec, pt.Params))
	j.err(p.place, at+".when", rpt.EvaluateCEL())
	known := map[string]v1.ParamType{}
	for _, s := range spec.Params {
		known[s.Name] = s.Type
	}
	for _, v := range pt.Params { // Tekton ignores them
		if _, ok := known[v.Name]; !ok {
			j.add(p.place, at+".params", "the Task has no parameter %s", v.Name)
		}
	}

	bound := map[string]v1.WorkspaceBinding{}
	for _, b := range pr.Spec.Workspaces {
		bound[b.Name] = b
	}
	var binds []v1.WorkspaceBinding
	for _, w := range pt.Workspaces {
		name := w.Workspace
		if name == "" {
			name = w.Name
		}
		if b, ok := bound[name]; ok { // one that may be missing, and is, reaches no TaskRun
			if b.VolumeClaimTemplate != nil { // of which the controller makes one claim for the run
				b.VolumeClaimTemplate, b.PersistentVolumeClaim = nil, &corev1.PersistentVolumeClaimVolumeSource{ClaimName: ownClaim + "-" + name}
			}
			b.Name, b.SubPath = w.Name, w.SubPath
			binds = append(binds, b)
		}
	}
	j.err(p.place, at+".workspaces", workspace.ValidateBindings(j.ctx, spec.Workspaces, binds))
	// Tekton's affinity assistant schedules by one volume (design hazard 14).
	j.err(p.place, at+".workspaces", workspace.ValidateOnlyOnePVCIsUsed(binds))
}

// taskPath is where a pipeline task stands, by its name: what people look for.
func taskPath(pt v1.PipelineTask) string {
	return "spec.tasks[" + strings.TrimSpace(pt.Name) + "]"
}
