package tasks

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// source returns a pod that looks at a source, in which trivy finds the given lines.
func source(t testing.TB, task string, found ...string) *pod {
	t.Helper()
	p := newPod(t, task)
	p.workspaces["source"] = folder(t, map[string]string{"cart/go.sum": ""})
	text := strings.Join(found, "")
	if err := os.WriteFile(filepath.Join(p.home, "found"), []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	return p
}

func TestASecretInTheSourceFails(t *testing.T) {
	t.Parallel()
	found := []string{"aws-access-key-id\t3\t\"cart/config.env\"\n", "private-key\t1\t\"a b\\n.pem\"\n"}
	p := source(t, "secrets", found...)
	out := p.run(t)
	out.wantRefusal(t, "secrets in the source: 2")
	if !strings.Contains(out.output, "  aws-access-key-id in \"cart/config.env\", line 3\n") || p.result(t, "found") != "2" {
		t.Errorf("found %s:\n%s", p.result(t, "found"), out.output)
	}
	p = source(t, "secrets", found[0])
	p.lists["accept"] = []string{"aws-access-key-id:cart/config.env=2099-01-01"}
	p.run(t).wantSuccess(t)
	p.lists["accept"] = []string{"aws-access-key-id:cart/config.env=2020-01-01"}
	p.run(t).wantRefusal(t, "secrets in the source: 1")
	source(t, "secrets").run(t).wantSuccess(t)
	source(t, "secrets", "<no value>\n").run(t).wantRefusal(t, "reads differently")
}

func TestDependenciesFailOnVulnerabilitiesAndDeniedLicences(t *testing.T) {
	t.Parallel()
	found := []string{
		"vulnerability\tHIGH\tCVE-2024-1\t\"left-pad\"\n", "vulnerability\tLOW\tCVE-2024-2\t\"left-pad\"\n",
		"licence\t\"AGPL-3.0-only\"\t-\t\"mongo\"\n", "licence\t\"MIT\"\t-\t\"react\"\n",
	}
	p := source(t, "dependencies", found...)
	p.params["denied"] = "GPL-3.0-only,AGPL-3.0-only"
	out := p.run(t)
	out.wantRefusal(t, "of severity high or above: 1")
	if !strings.Contains(out.output, "  HIGH CVE-2024-1 in \"left-pad\"\n  \"mongo\" comes under AGPL-3.0-only\n") {
		t.Errorf("%s", out.output)
	}
	p.lists["accept"] = []string{"CVE-2024-1=2099-01-01"}
	p.run(t).wantRefusal(t, "under a denied licence: 1")
	p.lists["accept"] = append(p.lists["accept"], "AGPL-3.0-only:mongo=2099-01-01")
	p.run(t).wantSuccess(t)
	p = source(t, "dependencies", found...)
	p.params["severity"] = "critical"
	p.run(t).wantSuccess(t)
	source(t, "dependencies", "<no value>\n").run(t).wantRefusal(t, "reads differently")
	source(t, "dependencies", "vulnerability\t<no value>\tx\ty\n").run(t).wantRefusal(t, "not known")
}

func TestWhatLooksAtTheSourceStaysInIt(t *testing.T) {
	t.Parallel()
	for _, task := range []string{"secrets", "dependencies"} {
		for directory, why := range map[string]string{".": "", "cart": "", "..": "leads out", "nowhere": "no folder"} {
			p := source(t, task)
			p.params["directory"] = directory
			out := p.run(t)
			if why == "" {
				out.wantSuccess(t)
			} else {
				out.wantRefusal(t, why)
			}
		}
		p := source(t, task)
		if err := os.WriteFile(filepath.Join(p.home, "unreachable"), nil, 0o644); err != nil {
			t.Fatal(err)
		}
		if out := p.run(t); out.code == 0 {
			t.Errorf("%s: trivy failed, and the task did not:\n%s", task, out.output)
		}
	}
}
