package tekton

import (
	"fmt"
	"slices"
	"testing"

	v1 "github.com/tektoncd/pipeline/pkg/apis/pipeline/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"

	"slipway.dev/catalog/tasks"
	"slipway.dev/compiler/ir"
)

// The compiler judges what the kubelet would write into a stage's programs by this list.
func TestTheVariablesOfStagesAreKnown(t *testing.T) {
	t.Parallel()
	test, ok := tasks.Lookup("test", nil)
	if !ok {
		t.Fatal("the library has no test")
	}
	for _, e := range test.Spec.StepTemplate.Env {
		if !slices.Contains(ir.StageVariables, e.Name) {
			t.Errorf("steps have the variable %s, and ir.StageVariables does not", e.Name)
		}
	}
}

func TestAStageOfItsOwnMentionsNoWorkspaceButTheSource(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name   string
		spec   v1.TaskSpec
		refuse bool
	}{
		{"the source", v1.TaskSpec{Steps: []v1.Step{{Args: []string{"$(workspaces.source.path)"}}}}, false},
		{"a script", v1.TaskSpec{Steps: []v1.Step{{Script: ": '$(workspaces.request-key. )'"}}}, true},
		{"a variable of a sidecar", v1.TaskSpec{Sidecars: []v1.Sidecar{{Env: []corev1.EnvVar{{Name: "A", Value: "$(workspaces[\"request-key\"])"}}}}}, true},
		{"what Tekton cannot read", v1.TaskSpec{StepTemplate: &v1.StepTemplate{Args: []string{"$(workspaces.a.b.c)"}}}, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			defer func() {
				if refused := recover() != nil; refused != c.refuse {
					t.Errorf("refused: %v", refused)
				}
			}()
			holdsOnlySource("stages.licences", &c.spec)
		})
	}
}

// Steps run one after the other, but a pod asks for the sum of its containers.
func TestStepsThatSayNothingAskForOneStepTogether(t *testing.T) {
	t.Parallel()
	list := func(cpu, memory string) corev1.ResourceList {
		return corev1.ResourceList{corev1.ResourceCPU: resource.MustParse(cpu), corev1.ResourceMemory: resource.MustParse(memory)}
	}
	usual := corev1.ResourceRequirements{Requests: list("500m", "512Mi"), Limits: list("2", "4Gi")}
	for _, c := range []struct {
		name     string
		template corev1.ResourceRequirements
		steps    []corev1.ResourceRequirements
		want     []string
	}{
		{"one", corev1.ResourceRequirements{}, make([]corev1.ResourceRequirements, 1), []string{"500m 512Mi 2 4Gi"}},
		{"three", corev1.ResourceRequirements{}, make([]corev1.ResourceRequirements, 3), []string{"167m 171Mi 2 4Gi", "167m 171Mi 2 4Gi", "167m 171Mi 2 4Gi"}},
		{"one says what it needs", corev1.ResourceRequirements{}, []corev1.ResourceRequirements{{}, {Requests: list("1", "2Gi")}, {}}, []string{"250m 256Mi 2 4Gi", "1 2Gi 0 0", "250m 256Mi 2 4Gi"}},
		{"the template says it", corev1.ResourceRequirements{Requests: list("1", "2Gi")}, make([]corev1.ResourceRequirements, 2), []string{"0 0 0 0", "0 0 0 0"}},
	} {
		spec := &v1.TaskSpec{StepTemplate: &v1.StepTemplate{ComputeResources: c.template}}
		for _, r := range c.steps {
			spec.Steps = append(spec.Steps, v1.Step{ComputeResources: r})
		}
		fillResources(spec, usual)
		for i, s := range spec.Steps {
			r := s.ComputeResources
			got := fmt.Sprint(r.Requests.Cpu(), " ", r.Requests.Memory(), " ", r.Limits.Cpu(), " ", r.Limits.Memory())
			if got != c.want[i] {
				t.Errorf("%s: step %d has %s, want %s", c.name, i, got, c.want[i])
			}
		}
	}
}
