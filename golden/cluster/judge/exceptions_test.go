package judge

import "testing"

func TestAStarInAnExceptionIsAnyText(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		pattern, text string
		want          bool
	}{
		{"Job a/b", "Job a/b", true},
		{"Job a/b", "Job a/bc", false},
		{"* a*/b-*", "Job a-prod/b-c", true},
		{"* a*/b-*", "Job c/b-c", false},
		{"*", "", true},
		{"no CRD of * is at hand*", "no CRD of x is at hand: y", true},
		{"no CRD of * is at hand*", "no CRD of x", false},
		{"a*a", "a", false},
	} {
		if got := like(c.pattern, c.text); got != c.want {
			t.Errorf("%q like %q: %v", c.text, c.pattern, got)
		}
	}
}
