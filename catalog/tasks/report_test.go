package tasks

import (
	"os"
	"path/filepath"
	"slices"
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

// announce returns a pod that tells that a run has begun.
func announce(t testing.TB) *pod {
	t.Helper()
	p := newPod(t, "announce")
	p.params = map[string]string{
		"revision": strings.Repeat("a", 40), "run": "ci-shop/cart-release-x", "service": "cart", "pipeline": "cart-release",
		"host": "github", "api": "https://api.github.com", "project": "acme/cart",
	}
	return p
}

func TestABeginningIsAnnounced(t *testing.T) {
	t.Parallel()
	p := announce(t)
	p.workspaces["status-token"] = "/secret"
	p.run(t).wantSuccess(t)
	want := "report --pending --run=ci-shop/cart-release-x --service=cart --kind=release --revision=" + strings.Repeat("a", 40) +
		" --host=github --api=https://api.github.com --project=acme/cart --token-file=/secret/token"
	if got := strings.Join(p.recorded(t, "slipway.args"), " "); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

func TestAnImpactIsToldInsteadOfABeginning(t *testing.T) {
	t.Parallel()
	p := announce(t)
	p.params["impact"] = "dev: 1 restart, 2 creates; pipelines/: 1 metadata"
	p.run(t).wantSuccess(t)
	args := p.recorded(t, "slipway.args")
	if args[1] != "--impact="+p.params["impact"] || slices.Contains(args, "--pending") {
		t.Errorf("slipway got %q", args)
	}
	for _, impact := range []string{"$(id)", "a\nb", "a`b", "a\x1b[1m", "a\"b"} {
		p := announce(t)
		p.params["impact"] = impact
		p.run(t).wantRefusal(t, "announce: ")
	}
}

func TestAReportIsOfWhatWasAskedFor(t *testing.T) {
	t.Parallel()
	p := report(t, "clone=Succeeded", "smoke=Succeeded", "e2e=None")
	p.params["only"] = "clone smoke"
	p.run(t).wantSuccess(t)
	if got := p.result(t, "verdict"); got != "Succeeded" {
		t.Errorf("the verdict is %q", got)
	}
	p = report(t, "clone=Succeeded", "smoke=Failed", "e2e=None")
	p.params["only"] = "clone smoke e2e"
	p.run(t).wantSuccess(t)
	if got := [3]string{p.result(t, "verdict"), p.result(t, "failed"), p.result(t, "unfinished")}; got != [3]string{"Failed", "smoke", "e2e"} {
		t.Errorf("%q", got)
	}
	p.params["only"] = "$(id)"
	p.run(t).wantRefusal(t, "report: ")
}

func TestAReportTellsTheHostAndPeople(t *testing.T) {
	t.Parallel()
	p := report(t, "clone=Succeeded", "unit=Failed", "build=None")
	for k, v := range map[string]string{
		"run": "ci-shop/cart-release-x", "service": "cart", "pipeline": "cart-release", "host": "gitlab",
		"api": "https://gitlab.com/api/v4", "project": "acme/cart", "notify": "slack:chat webhook:ops", "channel": "#shop",
	} {
		p.params[k] = v
	}
	p.workspaces["status-token"], p.workspaces["messages"] = "/secret", "/messages"
	p.run(t).wantSuccess(t)
	want := []string{"report", "--run=ci-shop/cart-release-x", "--service=cart", "--kind=release", "--revision=" + strings.Repeat("a", 40),
		"--failed=unit", "--unfinished=build", "--host=gitlab", "--api=https://gitlab.com/api/v4", "--project=acme/cart",
		"--token-file=/secret/token", "--notify=slack:chat webhook:ops", "--messages=/messages", "--channel=#shop"}
	if got := p.recorded(t, "slipway.args"); !slices.Equal(got, want) {
		t.Errorf("got  %q\nwant %q", got, want)
	}
	// A host that is told of nothing else is no reason to fail.
	p.path = t.TempDir()
	if err := os.WriteFile(filepath.Join(p.path, "slipway"), []byte("#!/bin/sh\nexit 3\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	p.run(t).wantSuccess(t)
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
