package tasks

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// scan returns a pod that scans an image in which trivy finds the given severities.
func scan(t testing.TB, found ...string) *pod {
	t.Helper()
	p := newPod(t, "scan")
	p.params["image"] = "registry.example.com/acme/checkout@sha256:" + strings.Repeat("a", 64)
	text := strings.Join(found, "\n") + "\n"
	if err := os.WriteFile(filepath.Join(p.home, "found"), []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	return p
}

func TestAScanFailsFromTheSeverityOn(t *testing.T) {
	t.Parallel()
	cases := []struct {
		severity string
		found    []string
		blocked  bool
	}{
		{"high", nil, false},
		{"high", []string{"LOW", "MEDIUM", "UNKNOWN"}, false},
		{"high", []string{"LOW", "HIGH"}, true},
		{"high", []string{"CRITICAL"}, true},
		{"critical", []string{"HIGH", "HIGH"}, false},
		{"critical", []string{"CRITICAL"}, true},
		{"medium", []string{"MEDIUM"}, true},
		{"medium", []string{"LOW"}, false},
		{"low", []string{"LOW"}, true},
		{"low", []string{"UNKNOWN"}, false},
	}
	for _, c := range cases {
		p := scan(t, c.found...)
		p.params["severity"] = c.severity
		out := p.run(t)
		if !strings.Contains(out.output, "a table\n") {
			t.Errorf("no table:\n%s", out.output)
		}
		if c.blocked {
			out.wantRefusal(t, "severity "+c.severity+" or above")
		} else {
			out.wantSuccess(t)
		}
	}
}

func TestAScanCounts(t *testing.T) {
	t.Parallel()
	p := scan(t, "LOW", "HIGH", "LOW", "MEDIUM", "CRITICAL", "LOW")
	p.run(t).wantRefusal(t, ": 2")
	for name, want := range map[string]string{"critical": "1", "high": "1", "medium": "1", "low": "3"} {
		if got := p.result(t, name); got != want {
			t.Errorf("%s is %q, want %q", name, got, want)
		}
	}
}

func TestAScanThatCouldNotFinishFails(t *testing.T) {
	t.Parallel()
	p := scan(t)
	if err := os.WriteFile(filepath.Join(p.home, "unreachable"), nil, 0o644); err != nil {
		t.Fatal(err)
	}
	if out := p.run(t); out.code == 0 {
		t.Errorf("exit code 0:\n%s", out.output)
	}
	scan(t, "LOW", "<no value>").run(t).wantRefusal(t, "not known")
}

func TestAcceptedVulnerabilitiesReachTrivy(t *testing.T) {
	t.Parallel()
	p := scan(t)
	p.lists["accept"] = []string{"CVE-2024-12345=2099-12-31", "CVE-2024-1=2020-01-01", "GHSA-69fq-xp46-6x23=2099-01-01"}
	p.params["ignore-unfixed"] = "true"
	out := p.run(t)
	out.wantSuccess(t)
	if got := p.recorded(t, "accepted"); !slices.Equal(got, []string{"CVE-2024-12345", "GHSA-69fq-xp46-6x23"}) {
		t.Errorf("accepted %q", got)
	}
	if !strings.Contains(out.output, "CVE-2024-1 was accepted until 2020-01-01, which is over\n") {
		t.Errorf("nothing is said of what is over:\n%s", out.output)
	}
	args := p.recorded(t, "trivy.args")
	for _, want := range []string{p.home + "/accepted", "--ignore-unfixed=true", p.params["image"]} {
		if !slices.Contains(args, want) {
			t.Errorf("trivy did not get %q: %q", want, args)
		}
	}
}

func TestAScanRefusesWhatItCannotTrust(t *testing.T) {
	t.Parallel()
	for param, values := range map[string][]string{
		"image":          {"registry.example.com/acme/checkout:latest", "-x@sha256:1", "a b@sha256:1", ""},
		"severity":       {"", "HIGH", "high,low"},
		"ignore-unfixed": {"yes", ""},
	} {
		for _, value := range values {
			p := scan(t)
			p.params[param] = value
			p.run(t).wantRefusal(t, "scan: ")
		}
	}
	p := scan(t)
	p.lists["accept"] = []string{"CVE-1\n*=2099-01-01"}
	p.run(t).wantRefusal(t, "not a vulnerability's identifier")
	p.lists["accept"] = []string{"CVE-2024-1"}
	p.run(t).wantRefusal(t, "without an end")
}
