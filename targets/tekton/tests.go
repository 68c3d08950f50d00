package tekton

import (
	"slices"
	"strconv"
	"strings"
	"time"

	v1 "github.com/tektoncd/pipeline/pkg/apis/pipeline/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	"k8s.io/apimachinery/pkg/util/intstr"

	"slipway.dev/catalog/tasks"
	"slipway.dev/compiler/ir"
)

// usualTest is how long a stage of the service's own may take when nobody says.
const usualTest = 20 * time.Minute

// testStage is the stage of a layer of tests, or of the service's own. Layers wait for the
// source and for nothing else, and the release waits for all of them.
func testStage(name string) stage {
	test := func(s *ir.Service) *ir.Test {
		if i := slices.IndexFunc(s.Tests, func(t ir.Test) bool { return t.Name == name }); i >= 0 {
			return &s.Tests[i]
		}
		return nil
	}
	return stage{
		name: name, in: []Kind{PullRequest, Release, Nightly}, after: []string{"clone"}, test: test,
		task: func(s *ir.Service) string {
			if test(s) == nil {
				return ""
			}
			return "test"
		},
		params: func(_ *ir.Platform, s *ir.Service) []param { return testParams(s, test(s)) },
		binds: []bind{{task: wsSource, pipeline: wsSource}, {
			task: dirReports, pipeline: wsSource, path: dirReports + "/" + name,
			when: func(_ *ir.Platform, s *ir.Service, _ Kind) bool { return keptReports(s, test(s)) },
		}},
	}
}

// dirReports is the folder of a run's volume where each test leaves its reports, in one of its
// own; what is kept of them outlives the volume. Tests may write there, so nothing else reads it.
const dirReports = "reports"

// keptReports reports whether what a test leaves is kept.
func keptReports(s *ir.Service, t *ir.Test) bool { return s.Reports != "" && t.Leaves() }

// withoutReports is the library's test task without the place for them: Tekton gives a task that the
// pipeline holds itself every workspace that it mentions.
func withoutReports(task *v1.Task) *v1.Task {
	out := task.DeepCopy()
	out.Spec.Workspaces = slices.DeleteFunc(out.Spec.Workspaces, func(w v1.WorkspaceDeclaration) bool { return w.Name == dirReports })
	for i := range out.Spec.Steps[0].Env {
		if e := &out.Spec.Steps[0].Env[i]; strings.Contains(e.Value, "$(workspaces."+dirReports+".path)") {
			e.Value = ""
		}
	}
	return out
}

// embedded reports whether the pipeline holds a test itself, since it is not the library's alone.
func (s stage) embedded(svc *ir.Service) bool {
	return s.test != nil && !s.isOwn(svc) && (len(s.test(svc).Needs) > 0 || s.test(svc).Contract != nil)
}

// reportsStage keeps what tests reported, whatever became of the run. Its pod runs nothing of the
// team's, and pushes where nothing is deployed from.
var reportsStage = stage{
	name: "reports", in: []Kind{PullRequest, Release, Verify, Nightly}, finally: true,
	task: func(s *ir.Service) string {
		if s.Reports == "" {
			return ""
		}
		return "reports"
	},
	params: func(_ *ir.Platform, s *ir.Service) []param {
		return []param{
			{name: "repository", value: s.Reports}, {name: "name", value: "$(context.pipelineRun.name)"},
			{name: "revision", value: "$(params.revision)"}, {name: "source", value: s.Source.Repo},
		}
	},
	binds: []bind{{task: dirReports, pipeline: wsSource, path: dirReports}, {task: wsRegistry, pipeline: wsReports}},
}

func testParams(s *ir.Service, t *ir.Test) []param {
	if t.Task.Kind != ir.Nothing {
		return nil // it has its own, with defaults
	}
	run, quarantine := contractRun(t)
	out := []param{
		{name: "image", value: t.Image}, {name: "run", list: literals(run)},
		{name: "directory", value: tasks.Literal(s.Source.Path)},
	}
	if len(t.Env) > 0 {
		out = append(out, param{name: "env", list: literals(assignments(t.Env))})
	}
	if len(quarantine) > 0 {
		out = append(out, param{name: "quarantine", list: literals(quarantine)})
	}
	if len(t.Reports) > 0 {
		out = append(out, param{name: "reports", list: t.Reports})
	}
	if t.Coverage != "" {
		out = append(out, param{name: "coverage-report", value: t.Coverage}, param{name: "coverage-minimum", value: strconv.Itoa(t.Minimum)})
	}
	return out
}

func assignments(list []ir.Pair) []string {
	out := make([]string, len(list))
	for i, p := range list {
		out[i] = p.Name + "=" + p.Value
	}
	return out
}

// beside is the library's task with what a test needs as sidecars. A pipeline holds it
// itself: a run keeps the pipeline that it began with.
func beside(task *v1.Task, needs []ir.Need) *v1.EmbeddedTask {
	spec := *task.Spec.DeepCopy()
	spec.Description = "" // it is in the library
	for i := range spec.Params {
		spec.Params[i].Description = ""
	}
	for i := range spec.Results {
		spec.Results[i].Description = ""
	}
	for i := range spec.Workspaces {
		spec.Workspaces[i].Description = ""
	}
	for _, n := range needs {
		spec.Sidecars = append(spec.Sidecars, sidecar(n))
	}
	return &v1.EmbeddedTask{Metadata: v1.PipelineTaskMetadata{Labels: task.Labels}, TaskSpec: spec}
}

// sidecar is one neighbour of a test. Tekton starts the steps once it is ready, and stops it
// after them. Its root file system is writable: images of databases expect that, and it is
// gone after the test.
func sidecar(n ir.Need) v1.Sidecar {
	yes, no := true, false
	out := v1.Sidecar{
		Name: n.Name, Image: n.Image, Args: literals(n.Args),
		ComputeResources: corev1.ResourceRequirements{
			Requests: amounts(n.Resources.CPU, n.Resources.Memory, n.Resources.Disk),
			Limits:   amounts(n.Resources.CPULimit, n.Resources.MemoryLimit, n.Resources.DiskLimit),
		},
		SecurityContext: &corev1.SecurityContext{
			RunAsNonRoot: &yes, RunAsUser: n.User, AllowPrivilegeEscalation: &no,
			Capabilities:   &corev1.Capabilities{Drop: []corev1.Capability{"ALL"}},
			SeccompProfile: &corev1.SeccompProfile{Type: corev1.SeccompProfileTypeRuntimeDefault},
		},
	}
	for _, e := range n.Env {
		out.Env = append(out.Env, corev1.EnvVar{Name: e.Name, Value: tasks.Literal(e.Value)})
	}
	ready := corev1.Probe{PeriodSeconds: 2, TimeoutSeconds: 2, FailureThreshold: 60}
	switch {
	case len(n.Ready) > 0:
		ready.Exec = &corev1.ExecAction{Command: n.Ready}
	case n.Port != 0:
		ready.TCPSocket = &corev1.TCPSocketAction{Port: intstr.FromInt(n.Port)}
	default:
		return out
	}
	out.ReadinessProbe = &ready
	return out
}

// amounts are those that are given; nil when none is.
func amounts(cpu, memory, disk string) corev1.ResourceList {
	out := corev1.ResourceList{}
	for name, amount := range map[corev1.ResourceName]string{corev1.ResourceCPU: cpu, corev1.ResourceMemory: memory, corev1.ResourceEphemeralStorage: disk} {
		if amount != "" {
			out[name] = resource.MustParse(amount)
		}
	}
	if len(out) == 0 {
		return nil
	}
	return out
}
