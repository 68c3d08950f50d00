package report

import (
	"strings"
	"testing"

	"slipway.dev/compiler/diag"
)

func TestWorkflowCommandsEscapeWhatTheRunnerReads(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ in, data, property string }{
		{"plain", "plain", "plain"},
		{"100%", "100%25", "100%25"},
		{"%0A", "%250A", "%250A"},
		{"a\r\nb", "a%0D%0Ab", "a%0D%0Ab"},
		{"a:b,c", "a:b,c", "a%3Ab%2Cc"},
	} {
		if got := escapeData(c.in); got != c.data {
			t.Errorf("escapeData(%q) is %q, want %q", c.in, got, c.data)
		}
		if got := escapeProperty(c.in); got != c.property {
			t.Errorf("escapeProperty(%q) is %q, want %q", c.in, got, c.property)
		}
	}
}

func TestABuiltInFileIsNotAnnotated(t *testing.T) {
	t.Parallel()
	ds := []*diag.Diagnostic{{Code: diag.WrongValue, At: diag.Pos{File: "slipway:defaults.cue", Line: 2, Col: 1}, Message: "m"}}
	got := printed(t, func(w *strings.Builder) error { return GitHub(w, ds) })
	if want := "::error title=wrong-value::slipway:defaults.cue:2:1: m\n"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}
