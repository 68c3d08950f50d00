package tekton

import (
	"os"
	"slices"
	"testing"

	v1 "github.com/tektoncd/pipeline/pkg/apis/pipeline/v1"

	"slipway.dev/compiler"
)

// What is drawn is what Tekton does: after which tasks a task runs is read as it reads it.
func TestATaskFollowsWhomTektonSaysItDoes(t *testing.T) {
	t.Parallel()
	text := func(s string) v1.ParamValue { return *v1.NewStructuredValues(s) }
	cases := []v1.PipelineTask{
		{RunAfter: []string{"b", "a"}},
		{Params: v1.Params{{Name: "p", Value: text("$(tasks.a.results.x)@$(tasks.b.results.y)")}}},
		{Params: v1.Params{{Name: "p", Value: text("$(tasks.a.status) $(params.x) $(tasks. $$(tasks.c.results.x")}}},
		{Params: v1.Params{{Name: "p", Value: *v1.NewStructuredValues("$(tasks.a.results.x[0])", "$(tasks.b.results.x[*])")}}},
		{Params: v1.Params{{Name: "p", Value: *v1.NewObject(map[string]string{"k": "$(tasks.a.results.x.y)"})}}},
		{When: v1.WhenExpressions{{Input: "$(tasks.a.results.x)", Operator: "in", Values: []string{"$(tasks.b.results.x)"}}}},
		{When: v1.WhenExpressions{{CEL: "'$(tasks.a.results.x)' == 'y'"}}},
		{Matrix: &v1.Matrix{Params: v1.Params{{Name: "p", Value: text("$(tasks.a.results.x[*])")}}}},
	}
	o := compiler.Options{Stages: Stages()}
	for _, name := range []string{"online-boutique", "bank-of-anthos"} {
		r, err := compiler.Compile(os.DirFS("../../examples/"+name), o)
		if err != nil {
			t.Fatal(err)
		}
		for _, s := range r.Fleet.Services {
			for _, pl := range Pipelines(r.Fleet.Platform, s) {
				cases = append(cases, pl.Spec.Tasks...)
			}
		}
	}
	if len(cases) < 50 {
		t.Fatalf("only %d tasks", len(cases))
	}
	for i, c := range cases {
		if got, want := follows(&c), c.Deps(); !slices.Equal(got, want) {
			t.Errorf("case %d: %q, Tekton says %q", i, got, want)
		}
	}
}
