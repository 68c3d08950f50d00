package tekton

import (
	"slices"
	"testing"

	v1 "github.com/tektoncd/pipeline/pkg/apis/pipeline/v1"
	corev1 "k8s.io/api/core/v1"

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
