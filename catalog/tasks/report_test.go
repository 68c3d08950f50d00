package tasks

import (
	"strings"
	"testing"
)

// report returns a pod that reports what the tasks of a run came to.
func report(t testing.TB, statuses ...string) *pod {
	t.Helper()
	p := newPod(t, "report")
	p.params["subject"] = "release of checkout"
	p.params["revision"] = strings.Repeat("a", 40)
	p.lists["tasks"] = statuses
	return p
}

func TestAReportSaysWhatFailedAndWhatDidNotRun(t *testing.T) {
	t.Parallel()
	cases := []struct {
		name                        string
		statuses                    []string
		verdict, failed, unfinished string
	}{
		{"all went well", []string{"clone=Succeeded", "unit=Succeeded"}, "Succeeded", "", ""},
		{"a test failed", []string{"clone=Succeeded", "unit=Failed", "build=Succeeded", "release=None"}, "Failed", "unit", "release"},
		{"two failed", []string{"clone=Succeeded", "unit=Failed", "build=Failed", "scan=None", "release=None"}, "Failed", "unit build", "scan release"},
		{"cancelled before it began", []string{"clone=None", "unit=None"}, "Failed", "", "clone unit"},
	}
	for _, c := range cases {
		p := report(t, c.statuses...)
		out := p.run(t)
		out.wantSuccess(t)
		for result, want := range map[string]string{"verdict": c.verdict, "failed": c.failed, "unfinished": c.unfinished} {
			if got := p.result(t, result); got != want {
				t.Errorf("%s: %s is %q, want %q", c.name, result, got, want)
			}
		}
		if want := "report: release of checkout at " + strings.Repeat("a", 40) + ": " + c.verdict; !strings.Contains(out.output, want) {
			t.Errorf("%s: no %q in\n%s", c.name, want, out.output)
		}
	}
}

func TestAReportDoesNotRepeatAHostileRevision(t *testing.T) {
	t.Parallel()
	p := report(t, "clone=Failed")
	p.params["revision"] = "\x1b[2J::error::$(id)"
	out := p.run(t)
	out.wantSuccess(t)
	if strings.Contains(out.output, "::error::") || !strings.Contains(out.output, "not a commit SHA") {
		t.Errorf("%q", out.output)
	}
}

func TestAReportRefusesWhatTektonDoesNotSay(t *testing.T) {
	t.Parallel()
	for _, statuses := range [][]string{nil, {"clone"}, {"clone=Fine"}, {"=Failed"}, {"-x=Failed"}, {"a b=Failed"}} {
		report(t, statuses...).run(t).wantRefusal(t, "report: ")
	}
}
