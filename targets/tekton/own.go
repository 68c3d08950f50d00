package tekton

import (
	"encoding/json"
	"path"
	"slices"
	"strconv"

	v1 "github.com/tektoncd/pipeline/pkg/apis/pipeline/v1"
	"github.com/tektoncd/pipeline/pkg/workspace"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"

	"slipway.dev/compiler/ir"
)

// ownName is what pods of such a stage are called, where others say which Task of the library it is.
const ownName = "own-task"

// ownTask is a stage in Tekton's own words as a Task. The pipeline holds it itself, so that who
// reads the pipeline sees it, and a run keeps what it began with. What it does not say of its
// pods is as in the library's task for tests: variables, HOME and /tmp, the security context,
// and what a step needs. The compiler has judged what it does say.
func ownTask(test *v1.Task, svc *ir.Service, t *ir.Test) *v1.Task {
	out := &v1.Task{}
	out.Labels = map[string]string{"app.kubernetes.io/name": ownName, "app.kubernetes.io/part-of": svc.Name}
	spec := &out.Spec
	if err := json.Unmarshal(t.Task.JSON(), spec); err != nil {
		panic("tekton: " + t.Path + ": " + err.Error()) // it was held against the type
	}
	usual := test.Spec.DeepCopy()
	spec.Workspaces = slices.DeleteFunc(usual.Workspaces, func(w v1.WorkspaceDeclaration) bool { return w.Name != wsSource })
	for i := range spec.Workspaces {
		spec.Workspaces[i].Description = "" // it is in the library
	}
	if afterBuild(svc, t, nil) {
		spec.Params = append(spec.Params, v1.ParamSpec{Name: "built", Type: v1.ParamTypeString})
		usual.StepTemplate.Env = append(usual.StepTemplate.Env, corev1.EnvVar{Name: "IMAGE", Value: "$(params.built)"})
	}
	if spec.StepTemplate == nil {
		spec.StepTemplate = &v1.StepTemplate{}
	}
	fillTemplate(spec.StepTemplate, usual.StepTemplate, path.Join("$(workspaces.source.path)", svc.Source.Path))
	for _, v := range usual.Volumes {
		if !slices.ContainsFunc(spec.Volumes, func(o corev1.Volume) bool { return o.Name == v.Name }) {
			spec.Volumes = append(spec.Volumes, v)
		}
	}
	fillResources(spec, usual.Steps[0].ComputeResources)
	for i := range spec.Sidecars {
		s := &spec.Sidecars[i]
		// Images of databases and the like write to their root file system.
		s.SecurityContext = secured(s.SecurityContext, sidecar(ir.Need{}).SecurityContext)
	}
	holdsOnlySource(t.Path, spec)
	return out
}

// holdsOnlySource wants a Task to mention no workspace but the source. Tekton hands one that a
// pipeline holds itself all that it mentions, Secrets too, whatever it declares: so what Tekton
// reads decides, should the compiler ever read less.
func holdsOnlySource(where string, spec *v1.TaskSpec) {
	used, err := workspace.FindWorkspacesUsedByTask(*spec)
	if err != nil {
		panic("tekton: " + where + ": " + err.Error())
	}
	for name := range used {
		if name != "source" {
			panic("tekton: " + where + ": Tekton would give it the workspace " + strconv.Quote(name))
		}
	}
}

// fillTemplate fills in what all steps have in common.
func fillTemplate(t, usual *v1.StepTemplate, source string) {
	env := usual.Env
	for _, e := range t.Env {
		env = slices.DeleteFunc(env, func(o corev1.EnvVar) bool { return o.Name == e.Name })
	}
	t.Env = append(env, t.Env...)
	for _, m := range usual.VolumeMounts {
		if !slices.ContainsFunc(t.VolumeMounts, func(o corev1.VolumeMount) bool { return o.MountPath == m.MountPath }) {
			t.VolumeMounts = append(t.VolumeMounts, m)
		}
	}
	if t.WorkingDir == "" {
		t.WorkingDir = source
	}
	t.SecurityContext = secured(t.SecurityContext, usual.SecurityContext)
}

// fillResources gives steps that say nothing of what they need what is usual for one, as a limit each
// and as a request all together: steps run one after the other, but Kubernetes knows them as
// containers that run at the same time, and a pod asks for the sum. So does Tekton with
// computeResources of a TaskRun, which would take away what other steps say, and needs a flag.
func fillResources(spec *v1.TaskSpec, usual corev1.ResourceRequirements) {
	var silent []*v1.Step
	for i := range spec.Steps {
		if s := &spec.Steps[i]; unsaid(s.ComputeResources) && unsaid(spec.StepTemplate.ComputeResources) {
			silent = append(silent, s)
		}
	}
	for _, s := range silent {
		s.ComputeResources = corev1.ResourceRequirements{Limits: usual.Limits.DeepCopy(), Requests: corev1.ResourceList{}}
		for name, amount := range usual.Requests {
			s.ComputeResources.Requests[name] = part(name, amount, int64(len(silent)))
		}
	}
}

// part is an amount divided by n and rounded up: to a thousandth of a CPU, or to a mebibyte.
func part(name corev1.ResourceName, amount resource.Quantity, n int64) resource.Quantity {
	up := func(total, unit int64) int64 { return (total + n*unit - 1) / (n * unit) * unit }
	if name == corev1.ResourceCPU {
		return *resource.NewMilliQuantity(up(amount.MilliValue(), 1), amount.Format)
	}
	return *resource.NewQuantity(up(amount.Value(), 1<<20), amount.Format)
}

// unsaid reports whether nothing says what a step needs.
func unsaid(r corev1.ResourceRequirements) bool { return len(r.Requests) == 0 && len(r.Limits) == 0 }

// secured is a security context with what it does not say as usual.
func secured(c, usual *corev1.SecurityContext) *corev1.SecurityContext {
	if c == nil {
		return usual
	}
	if c.RunAsNonRoot == nil {
		c.RunAsNonRoot = usual.RunAsNonRoot
	}
	if c.AllowPrivilegeEscalation == nil {
		c.AllowPrivilegeEscalation = usual.AllowPrivilegeEscalation
	}
	if c.ReadOnlyRootFilesystem == nil {
		c.ReadOnlyRootFilesystem = usual.ReadOnlyRootFilesystem
	}
	if c.Capabilities == nil {
		c.Capabilities = &corev1.Capabilities{}
	}
	if len(c.Capabilities.Drop) == 0 {
		c.Capabilities.Drop = usual.Capabilities.Drop
	}
	if c.SeccompProfile == nil {
		c.SeccompProfile = usual.SeccompProfile
	}
	return c
}

// isOwn reports whether a stage is in Tekton's own words.
func (s stage) isOwn(svc *ir.Service) bool {
	return s.test != nil && s.test(svc).Task.Kind != ir.Nothing
}
