package tasks

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// keeper returns a pod that keeps what tests left.
func keeper(t testing.TB) *pod {
	t.Helper()
	p := newPod(t, "reports")
	p.params["repository"] = "registry.example.com:5000/reports/checkout"
	p.params["name"] = "checkout-release-x7k2p"
	p.params["revision"] = strings.Repeat("5", 40)
	p.params["source"] = "https://git.example.com/acme/checkout"
	p.workspaces["reports"] = folder(t, map[string]string{"unit/out/junit.xml": junit})
	p.workspaces["registry-credentials"] = folder(t, map[string]string{"config.json": `{"auths":{}}`})
	return p
}

func TestWhatTestsReportIsKeptUnderTheRunsName(t *testing.T) {
	t.Parallel()
	p := keeper(t)
	p.run(t).wantSuccess(t)
	want := []string{
		"keep", p.workspaces["reports"], p.params["repository"], "--tag=checkout-release-x7k2p",
		"--revision=" + p.params["revision"], "--source=" + p.params["source"], "--registry-credentials=" + p.workspaces["registry-credentials"],
	}
	if got := p.recorded(t, "slipway.args"); !slices.Equal(got, want) {
		t.Errorf("slipway got %q, want %q", got, want)
	}
	if got := p.result(t, "reports"); !strings.HasPrefix(got, "registry.example.com:5000/reports/checkout:checkout-release-x7k2p@sha256:00") || strings.Contains(got, "\n") {
		t.Errorf("the result is %q", got)
	}
}

// A run is what it is without its reports.
func TestReportsThatCannotBeKeptFailNothing(t *testing.T) {
	t.Parallel()
	for file, text := range map[string]string{"slipway.fails": "", "slipway.says": "there is nothing to keep\n"} {
		p := keeper(t)
		if err := os.WriteFile(filepath.Join(p.home, file), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		p.run(t).wantSuccess(t)
		if got := p.result(t, "reports"); got != "" {
			t.Errorf("%s: the result is %q", file, got)
		}
	}
}

func TestReportsGoNowhereElse(t *testing.T) {
	t.Parallel()
	for param, values := range map[string][]string{
		"repository": {"", "-a", "a b", `a"`, "a@sha256:1"}, "name": {"", "-x", "a/b", "A", "a b", "$(id)"},
		"revision": {"", "main", "-5"}, "source": {"", "-x", "a b", "x;id"},
	} {
		for _, value := range values {
			p := keeper(t)
			p.params[param] = value
			p.run(t).wantRefusal(t, "reports: ")
			if _, err := os.Stat(filepath.Join(p.home, "slipway.args")); err == nil {
				t.Errorf("%s=%q was kept", param, value)
			}
		}
	}
}

// Tests leave the reports that they wrote, whatever the commands came to, and of an earlier try nothing.
func TestTestsLeaveTheirReports(t *testing.T) {
	t.Parallel()
	for _, sh := range posixShells() {
		for _, end := range []string{"true", "exit 3"} {
			p := tests(t, folder(t, map[string]string{"svc/out/a.xml": junit, "svc/top.xml": junit, "svc/cover.out": "75", "svc/other": "x"}), "true", "umask 077; touch out/b.xml", end)
			p.shell = sh
			p.params["directory"], p.params["coverage-report"] = "svc", "cover.out"
			p.lists["reports"] = []string{"out/*.xml", "top.xml"}
			p.workspaces["reports"] = folder(t, map[string]string{"out/old.xml": "from an earlier try"})
			p.run(t)
			var found []string
			for _, name := range []string{"out/a.xml", "out/b.xml", "out/old.xml", "top.xml", "cover.out", "other"} {
				info, err := os.Stat(filepath.Join(p.workspaces["reports"], name))
				if err != nil {
					continue
				}
				if found = append(found, name); info.Mode().Perm()&0o44 != 0o44 {
					t.Errorf("%v: %s has the mode %v, and others cannot read it", sh, name, info.Mode())
				}
			}
			if !slices.Equal(found, []string{"out/a.xml", "out/b.xml", "top.xml", "cover.out"}) {
				t.Errorf("%v: %s: it left %q", sh, end, found)
			}
		}
	}
	// A report outside of the folder is read as ever, and not left.
	p := tests(t, folder(t, map[string]string{"svc/x": "", "cover.out": "75"}), "true")
	p.params["directory"], p.params["coverage-report"] = "svc", "../cover.out"
	volume := folder(t, map[string]string{"unit/old": ""})
	p.workspaces["reports"] = filepath.Join(volume, "unit")
	p.run(t).wantSuccess(t)
	if entries, err := os.ReadDir(volume); err != nil || len(entries) != 1 {
		t.Errorf("it left %v, %v", entries, err)
	}
}
