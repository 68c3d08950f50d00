package judge

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"slices"

	"github.com/tektoncd/pipeline/pkg/apis/config"
	"github.com/tektoncd/pipeline/pkg/apis/pipeline"
	v1 "github.com/tektoncd/pipeline/pkg/apis/pipeline/v1"
	tektonpod "github.com/tektoncd/pipeline/pkg/pod"
	"github.com/tektoncd/pipeline/pkg/reconciler/taskrun/resources"
	"github.com/tektoncd/pipeline/pkg/workspace"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/client-go/kubernetes/fake"
)

// taskPods makes the pods of Tasks as Tekton's TaskRun controller does: the same
// substitutions, the same builder. Judges share one; it remembers the pods of the last
// trees, which differ in little.
type taskPods struct {
	images pipeline.Images
	typed  recent[any] // Tasks, Pipelines and runs, which nobody changes
	built  recent[builtPod]
	plain  recent[bool] // whether values reach only variables and arguments
}

type builtPod struct {
	pod *corev1.Pod
	err error
}

// newTaskPods names images that stand for Tekton's own: no judge looks at them.
func newTaskPods() *taskPods {
	return &taskPods{images: pipeline.Images{
		EntrypointImage: "tekton/entrypoint", NopImage: "tekton/nop", ShellImage: "tekton/shell",
		SidecarLogResultsImage: "tekton/sidecarlogresults", WorkingDirInitImage: "tekton/workingdirinit",
	}}
}

// ci is what one cluster has for pipelines.
type ci struct {
	flags     map[string]string // Tekton's feature flags; nil where the tree sets none
	tasks     map[string]*v1.Task
	order     []Object // the tasks
	pipelines map[string]*v1.Pipeline
	accounts  []runtime.Object
	broken    []Object // decode to nothing
	sums      map[*v1.Task][sha256.Size]byte
	key       []byte // of what a pod is made with
}

// readAs is an object as Tekton reads it; nil if it does not.
func readAs[T any](p *taskPods, content [sha256.Size]byte, object map[string]any) *T {
	return p.typed.get(content, func() any {
		o, err := typed[T](object)
		if err != nil {
			return (*T)(nil)
		}
		return o
	}).(*T)
}

// byCluster sorts the deliveries of a tree into clusters.
func (p *taskPods) byCluster(t *Tree) (clusters map[string]*ci, order []string) {
	clusters = map[string]*ci{}
	for _, d := range t.Deliveries {
		c := clusters[d.Server]
		if c == nil {
			c = &ci{tasks: map[string]*v1.Task{}, pipelines: map[string]*v1.Pipeline{}, sums: map[*v1.Task][sha256.Size]byte{}}
			clusters[d.Server], order = c, append(order, d.Server)
		}
		for _, o := range d.Objects {
			name := o.GetNamespace() + "/" + o.GetName()
			switch o.Kind() {
			case kindTask:
				if task := readAs[v1.Task](p, o.sum, o.Object); task != nil {
					c.tasks[name], c.order, c.sums[task] = task, append(c.order, o), o.sum
				} else {
					c.broken = append(c.broken, o)
				}
			case kindPipeline:
				if pipeline := readAs[v1.Pipeline](p, o.sum, o.Object); pipeline != nil {
					c.pipelines[name] = pipeline
				}
			case "v1 ServiceAccount":
				account := &corev1.ServiceAccount{}
				if runtime.DefaultUnstructuredConverter.FromUnstructured(o.Object, account) == nil {
					c.accounts = append(c.accounts, account)
				}
			case "v1 ConfigMap":
				if o.GetName() == config.GetFeatureFlagsConfigName() {
					c.flags, _, _ = unstructured.NestedStringMap(o.Object, "data")
				}
			}
		}
	}
	for _, c := range clusters {
		c.key = mustJSON(c.flags)
		if c.flags["disable-creds-init"] != "true" { // else Tekton does not look at accounts
			c.key = mustJSON([]any{c.flags, c.accounts})
		}
	}
	return clusters, order
}

// mustJSON writes what was JSON a moment ago.
func mustJSON(v any) []byte {
	text, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return text
}

// runPod is a pod that Tekton makes of a task.
type runPod struct {
	place
	cluster  *ci
	run      *v1.PipelineRun // nil for a Task that nobody runs
	pipeline *v1.PipelineSpec
	name     string // of the task in its pipeline; empty for a Task by itself
	task     *v1.Task
	pod      *corev1.Pod
	key      [sha256.Size]byte // of all that the pod was made of
}

func (p runPod) report(r *report, f fault) {
	if p.name != "" {
		f.message = "task " + p.name + ": " + f.message
	}
	r.add(p.place, f.path, "%s", f.message)
}

// all are the pods of a tree: those of every Task as anybody might run it, and those of
// every PipelineRun with the account, parameters, workspaces and pod template that the run
// gives them. What makes no pod is reported.
func (p *taskPods) all(t *Tree, r *report) []runPod {
	var pods []runPod
	clusters, order := p.byCluster(t)
	started := map[string]bool{}
	runs := t.ofKind(kindPipelineRun)
	for _, server := range order {
		c := clusters[server]
		for _, o := range c.broken {
			r.add(o.place(), "", "Tekton reads no Task in it")
		}
		for _, o := range c.order {
			tr := &v1.TaskRun{ObjectMeta: metav1.ObjectMeta{Name: "run", Namespace: o.GetNamespace(), UID: "made-by-the-api-server"}}
			one := runPod{place: o.place(), cluster: c, task: c.tasks[o.GetNamespace()+"/"+o.GetName()]}
			pods = p.make(pods, one, tr, r)
		}
		for _, d := range runs {
			run := readAs[v1.PipelineRun](p, sum(d.json), d.Object)
			if run == nil {
				continue // the judge of Tekton says so
			}
			spec, ok := c.pipelineOf(run)
			if !ok {
				continue
			}
			started[d.File] = true
			for _, t := range slices.Concat(spec.Tasks, spec.Finally) {
				name, task := c.taskOf(t, run.Namespace)
				if task == nil {
					r.add(d.place(), t.Name, "the Task %q is not on this cluster: nobody can say what its pod is", name)
					continue
				}
				one := runPod{place: d.place(), cluster: c, run: run, pipeline: spec, name: t.Name, task: task}
				pods = p.make(pods, one, taskRun(run, t), r)
			}
		}
	}
	for _, d := range runs {
		if !started[d.File] {
			r.add(d.place(), "spec.pipelineRef", "its Pipeline is delivered to no cluster: nobody can say what its pods are")
		}
	}
	return pods
}

func (p *taskPods) make(pods []runPod, one runPod, tr *v1.TaskRun, r *report) []runPod {
	task, ok := one.cluster.sums[one.task]
	if !ok { // one that a pipeline holds itself
		task = sha256.Sum256(mustJSON(one.task))
	}
	tr = p.abstract(one, task, tr)
	one.key = sum(one.cluster.key, mustJSON(tr), task[:])
	known := p.built.get(one.key, func() (b builtPod) {
		b.pod, b.err = p.build(one.cluster, tr, one.task.Name, &one.task.Spec)
		return b
	})
	if known.err != nil {
		one.report(r, fault{message: fmt.Sprintf("Tekton makes no pod of it: %v", known.err)})
		return pods
	}
	one.pod = known.pod
	return append(pods, one)
}

// somebody stands for the values of parameters that end up in variables and arguments, of
// which no judge of pods has an opinion: so pods of many services are the same.
const somebody = "SLIPWAY-SOMEBODY"

// abstract takes the values of parameters out of a TaskRun, where they reach nothing of the
// pod but variables and arguments, and its namespace, which others judge.
func (p *taskPods) abstract(one runPod, task [sha256.Size]byte, tr *v1.TaskRun) *v1.TaskRun {
	if one.run == nil {
		return tr
	}
	plain := tr.DeepCopy()
	plain.Namespace = "somewhere"
	for i := range plain.Spec.Params {
		v := &plain.Spec.Params[i].Value
		if v.Type == v1.ParamTypeString {
			v.StringVal = somebody
		}
		for k := range v.ArrayVal {
			v.ArrayVal[k] = somebody
		}
	}
	if !p.plain.get(sum(mustJSON(plain.Spec), task[:], one.cluster.key), func() bool {
		pod, err := p.build(one.cluster, plain, one.task.Name, &one.task.Spec)
		if err != nil {
			return false
		}
		for _, list := range [][]corev1.Container{pod.Spec.InitContainers, pod.Spec.Containers} {
			for i := range list {
				list[i].Args = nil
				for k := range list[i].Env {
					list[i].Env[k].Value = ""
				}
			}
		}
		return !bytes.Contains(mustJSON(pod), []byte(somebody))
	}) {
		return tr
	}
	return plain
}

func (c *ci) pipelineOf(run *v1.PipelineRun) (*v1.PipelineSpec, bool) {
	if ref := run.Spec.PipelineRef; ref != nil {
		if p := c.pipelines[run.Namespace+"/"+ref.Name]; p != nil {
			return &p.Spec, true
		}
	}
	return run.Spec.PipelineSpec, run.Spec.PipelineSpec != nil
}

// taskOf is what a task of a pipeline runs: a spec of its own, a Task of the run's
// namespace, or one that the cluster resolver finds.
func (c *ci) taskOf(t v1.PipelineTask, namespace string) (name string, task *v1.Task) {
	if t.TaskSpec != nil {
		return t.Name, &v1.Task{ObjectMeta: metav1.ObjectMeta{Name: t.Name, Labels: t.TaskSpec.Metadata.Labels}, Spec: t.TaskSpec.TaskSpec}
	}
	if t.TaskRef == nil {
		return t.Name, nil
	}
	name = t.TaskRef.Name
	for _, p := range t.TaskRef.Params {
		switch p.Name {
		case "name":
			name = p.Value.StringVal
		case "namespace":
			namespace = p.Value.StringVal
		}
	}
	return name, c.tasks[namespace+"/"+name]
}

// ownClaim stands for the claim that the controller makes for a run from its template.
const ownClaim = "made-for-this-run"

// taskRun is what the controller of a PipelineRun makes for a task.
func taskRun(run *v1.PipelineRun, t v1.PipelineTask) *v1.TaskRun {
	settings := run.GetTaskRunSpec(t.Name)
	tr := &v1.TaskRun{
		ObjectMeta: metav1.ObjectMeta{Name: "run-" + t.Name, Namespace: run.Namespace, UID: "made-by-the-api-server"},
		Spec: v1.TaskRunSpec{
			Params: t.Params, ServiceAccountName: settings.ServiceAccountName, PodTemplate: settings.PodTemplate,
			StepSpecs: settings.StepSpecs, SidecarSpecs: settings.SidecarSpecs, ComputeResources: settings.ComputeResources,
		},
	}
	for _, w := range slices.Concat(t.Workspaces, onlyMentioned(t)) {
		for _, b := range run.Spec.Workspaces {
			if b.Name != w.Workspace && (w.Workspace != "" || b.Name != w.Name) {
				continue
			}
			b.Name, b.SubPath = w.Name, w.SubPath
			if b.VolumeClaimTemplate != nil { // the controller has made the claim by then
				b.VolumeClaimTemplate, b.PersistentVolumeClaim = nil, &corev1.PersistentVolumeClaimVolumeSource{ClaimName: ownClaim}
			}
			tr.Spec.Workspaces = append(tr.Spec.Workspaces, b)
		}
	}
	return tr
}

// onlyMentioned are the workspaces that Tekton gives a task whose spec the pipeline holds, because
// the spec mentions them, as propagateWorkspaces of pkg/reconciler/pipelinerun does.
func onlyMentioned(t v1.PipelineTask) (out []v1.WorkspacePipelineTaskBinding) {
	if t.TaskSpec == nil {
		return nil
	}
	used, _ := workspace.FindWorkspacesUsedByTask(t.TaskSpec.TaskSpec) // what it says of errors, the judge of Tekton repeats
	for _, name := range used.List() {
		if !slices.ContainsFunc(t.Workspaces, func(w v1.WorkspacePipelineTaskBinding) bool { return w.Name == name }) {
			out = append(out, v1.WorkspacePipelineTaskBinding{Name: name})
		}
	}
	return out
}

// build does what applyParamsContextsResultsAndWorkspaces and createPod of Tekton's
// pkg/reconciler/taskrun/taskrun.go do; they are not exported.
func (p *taskPods) build(c *ci, tr *v1.TaskRun, name string, spec *v1.TaskSpec) (*corev1.Pod, error) {
	flags, err := config.NewFeatureFlagsFromMap(c.flags)
	if err != nil {
		return nil, err
	}
	cfg := *config.FromContextOrDefaults(context.Background())
	cfg.FeatureFlags = flags
	ctx := config.ToContext(context.Background(), &cfg)

	volumes := workspace.CreateVolumes(tr.Spec.Workspaces)
	ts := resources.ApplyParameters(spec.DeepCopy(), tr, spec.Params...)
	ts = resources.ApplyContexts(ts, name, tr)
	ts = resources.ApplyResults(ts)
	ts = resources.ApplyArtifacts(ts)
	ts = resources.ApplyStepExitCodePath(ts)
	ts = resources.ApplyWorkspaces(ctx, ts, ts.Workspaces, tr.Spec.Workspaces, volumes)
	ts, err = workspace.Apply(ctx, *ts, tr.Spec.Workspaces, volumes)
	if err != nil {
		return nil, err
	}
	ts = resources.ApplyCredentialsPath(ts, pipeline.CredsDir)
	if tr.Spec.PodTemplate != nil {
		tr = tr.DeepCopy()
		tr.Spec.PodTemplate = resources.ApplyPodTemplateReplacements(tr.Spec.PodTemplate, tr, ts.Params...)
	}
	for i, s := range ts.Steps {
		if s.Script == "" && len(s.Command) == 0 {
			ts.Steps[i].Command = []string{"entrypoint"} // Tekton asks the registry for it
		}
	}
	builder := tektonpod.Builder{Images: p.images}
	if !flags.DisableCredsInit { // it looks through the account's secrets
		builder.KubeClient = fake.NewSimpleClientset(c.accounts...)
	}
	return builder.Build(ctx, tr, *ts)
}
