package judge

import (
	"context"
	"encoding/json"
	"fmt"

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
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/kubernetes/fake"
)

// taskPods makes the pods of Tasks as Tekton's TaskRun controller does: the same
// substitutions, the same builder.
type taskPods struct {
	images pipeline.Images
	empty  kubernetes.Interface // a cluster without objects
}

// newTaskPods names images that stand for Tekton's own: Pod Security looks at none.
func newTaskPods() taskPods {
	return taskPods{pipeline.Images{
		EntrypointImage: "tekton/entrypoint", NopImage: "tekton/nop", ShellImage: "tekton/shell",
		SidecarLogResultsImage: "tekton/sidecarlogresults", WorkingDirInitImage: "tekton/workingdirinit",
	}, fake.NewClientset()}
}

// ci is what one cluster has for pipelines.
type ci struct {
	flags     map[string]string // Tekton's feature flags; nil where the tree sets none
	tasks     []Object
	pipelines []Object
	accounts  []runtime.Object
}

// byCluster sorts the deliveries of a tree into clusters.
func byCluster(t *Tree) (clusters map[string]*ci, order []string) {
	clusters = map[string]*ci{}
	for _, d := range t.Deliveries {
		c := clusters[d.Server]
		if c == nil {
			c = &ci{}
			clusters[d.Server], order = c, append(order, d.Server)
		}
		for _, o := range d.Objects {
			switch o.GetAPIVersion() + " " + o.GetKind() {
			case "tekton.dev/v1 Task":
				c.tasks = append(c.tasks, o)
			case "tekton.dev/v1 Pipeline":
				c.pipelines = append(c.pipelines, o)
			case "v1 ServiceAccount":
				c.accounts = append(c.accounts, &corev1.ServiceAccount{ObjectMeta: metav1.ObjectMeta{Namespace: o.GetNamespace(), Name: o.GetName()}})
			case "v1 ConfigMap":
				if o.GetName() == config.GetFeatureFlagsConfigName() {
					c.flags, _, _ = unstructured.NestedStringMap(o.Object, "data")
				}
			}
		}
	}
	return clusters, order
}

// tasks judges every Task as anybody might run it, and once more for every PipelineRun with
// the account, parameters, workspaces and pod template that the run gives it.
func (j podSecurity) tasks(t *Tree) []Finding {
	var found []Finding
	clusters, order := byCluster(t)
	started := map[string]bool{}
	for _, server := range order {
		c := clusters[server]
		for _, o := range c.tasks {
			say := func(f fault) {
				found = append(found, Finding{"podsecurity", o.File, o.Name(), f.path, f.message})
			}
			task, err := typed[v1.Task](o.Object)
			if err != nil {
				say(fault{message: err.Error()})
				continue
			}
			for _, f := range j.taskRun(c, &v1.TaskRun{ObjectMeta: metav1.ObjectMeta{Name: "run", Namespace: o.GetNamespace()}}, o.GetName(), task.Spec) {
				say(f)
			}
		}
		for _, d := range t.ofKind("tekton.dev/v1 PipelineRun") {
			run, err := typed[v1.PipelineRun](d.Object)
			if err != nil {
				found = append(found, Finding{"podsecurity", d.File, d.Name(), "", err.Error()})
				continue
			}
			spec, ok := c.pipelineOf(run)
			if !ok {
				continue
			}
			started[d.File] = true
			for _, f := range j.pipelineRun(c, run, spec) {
				found = append(found, Finding{"podsecurity", d.File, d.Name(), f.path, f.message})
			}
		}
	}
	for _, d := range t.ofKind("tekton.dev/v1 PipelineRun") {
		if !started[d.File] {
			found = append(found, Finding{"podsecurity", d.File, d.Name(), "spec.pipelineRef", "its Pipeline is delivered to no cluster: nobody can say what its pods are"})
		}
	}
	return found
}

func (c *ci) pipelineOf(run *v1.PipelineRun) (*v1.PipelineSpec, bool) {
	for _, o := range c.pipelines {
		if run.Spec.PipelineRef != nil && o.GetName() == run.Spec.PipelineRef.Name && o.GetNamespace() == run.Namespace {
			p, err := typed[v1.Pipeline](o.Object)
			return &p.Spec, err == nil
		}
	}
	return run.Spec.PipelineSpec, run.Spec.PipelineSpec != nil
}

// taskOf is what a task of a pipeline runs: a spec of its own, a Task of the run's
// namespace, or one that the cluster resolver finds.
func (c *ci) taskOf(t v1.PipelineTask, namespace string) (name string, spec *v1.TaskSpec) {
	if t.TaskSpec != nil {
		return t.Name, &t.TaskSpec.TaskSpec
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
	for _, o := range c.tasks {
		if o.GetName() == name && o.GetNamespace() == namespace {
			if task, err := typed[v1.Task](o.Object); err == nil {
				return name, &task.Spec
			}
		}
	}
	return name, nil
}

func (j podSecurity) pipelineRun(c *ci, run *v1.PipelineRun, spec *v1.PipelineSpec) []fault {
	var faults []fault
	for _, t := range append(spec.Tasks[:len(spec.Tasks):len(spec.Tasks)], spec.Finally...) {
		name, task := c.taskOf(t, run.Namespace)
		if task == nil {
			faults = append(faults, fault{t.Name, fmt.Sprintf("the Task %q is not on this cluster: nobody can say what its pod is", name)})
			continue
		}
		settings := run.GetTaskRunSpec(t.Name)
		tr := &v1.TaskRun{
			ObjectMeta: metav1.ObjectMeta{Name: "run-" + t.Name, Namespace: run.Namespace},
			Spec: v1.TaskRunSpec{
				Params: t.Params, ServiceAccountName: settings.ServiceAccountName, PodTemplate: settings.PodTemplate,
				StepSpecs: settings.StepSpecs, SidecarSpecs: settings.SidecarSpecs, ComputeResources: settings.ComputeResources,
			},
		}
		for _, w := range t.Workspaces {
			for _, b := range run.Spec.Workspaces {
				if b.Name != w.Workspace && (w.Workspace != "" || b.Name != w.Name) {
					continue
				}
				b.Name, b.SubPath = w.Name, w.SubPath
				if b.VolumeClaimTemplate != nil { // the controller has made the claim by then
					b.VolumeClaimTemplate, b.PersistentVolumeClaim = nil, &corev1.PersistentVolumeClaimVolumeSource{ClaimName: "claim"}
				}
				tr.Spec.Workspaces = append(tr.Spec.Workspaces, b)
			}
		}
		for _, f := range j.taskRun(c, tr, name, *task) {
			faults = append(faults, fault{f.path, "task " + t.Name + ": " + f.message})
		}
	}
	return faults
}

// taskRun judges the pod of one TaskRun.
func (j podSecurity) taskRun(c *ci, tr *v1.TaskRun, name string, spec v1.TaskSpec) []fault {
	key, err := json.Marshal([]any{c.flags, tr, name, spec})
	if err != nil {
		panic(err) // it was JSON a moment ago
	}
	return j.known.once(key, func() []fault {
		pod, err := j.pods.build(c, tr, name, &spec)
		if err != nil {
			return faultsOf(fmt.Errorf("Tekton makes no pod of it: %w", err))
		}
		return j.evaluate(&pod.ObjectMeta, &pod.Spec)
	})
}

// build does what applyParamsContextsResultsAndWorkspaces and createPod of Tekton's
// pkg/reconciler/taskrun/taskrun.go do; they are not exported.
func (p taskPods) build(c *ci, tr *v1.TaskRun, name string, spec *v1.TaskSpec) (*corev1.Pod, error) {
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
	client := p.empty
	if !flags.DisableCredsInit { // it looks through the account's secrets
		client = fake.NewClientset(c.accounts...)
	}
	builder := tektonpod.Builder{Images: p.images, KubeClient: client}
	return builder.Build(ctx, tr, *ts)
}
