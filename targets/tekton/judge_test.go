package tekton

import "testing"

func TestTextsOfOneSkeletonDifferInWhatStandsAroundVariables(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"plain":              "x",
		"$(params.a)":        "$(params.a)",
		"verify of cart":     "x",
		"a $(params.a)":      "x$(params.a)",
		"$(params.a):b":      "$(params.a)x",
		"$(params.a)$(tt.b)": "$(params.a)$(tt.b)",
		"a $$(params.a) b":   "a $$(params.a) b", // it is for Tekton to say what this is
		"$(params.$(b))":     "$(params.$(b))",
		"$(params.a[*])":     "$(params.a[*])",
	} {
		if got := skeleton(text); got != want {
			t.Errorf("%q is %q, want %q", text, got, want)
		}
	}
}
