package tasks

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// sign returns a pod that signs an image, with all that it needs.
func sign(t testing.TB) *pod {
	t.Helper()
	p := newPod(t, "sign")
	p.params = map[string]string{"image": someImage, "service": "cart", "source": "https://git.example.com/acme/cart", "commit": someSource, "builder": "ci-shop/cart-release-1"}
	p.workspaces["signing-key"] = folder(t, map[string]string{"cosign.key": "key", "cosign.password": "s3cret $(id)\n"})
	return p
}

func TestAnImageIsSignedWithWhatItHoldsAndWhereItIsFrom(t *testing.T) {
	t.Parallel()
	p := sign(t)
	p.workspaces["sign-credentials"] = folder(t, map[string]string{".dockerconfigjson": `{"auths":{}}`})
	out := p.run(t)
	out.wantSuccess(t)
	if strings.Contains(out.output, "s3cret") {
		t.Error("the password is printed")
	}
	if got := p.recorded(t, "trivy.args"); !slices.Equal(got, []string{"image", "--image-src", "remote", "--format", "cyclonedx",
		"--java-db-repository", "mirror.gcr.io/aquasec/trivy-java-db:1,ghcr.io/aquasecurity/trivy-java-db:1", "--output", p.home + "/sbom/sbom.json", someImage}) {
		t.Errorf("trivy got %q", got)
	}
	common := []string{"--yes", "--tlog-upload=false", "--key", p.workspaces["signing-key"] + "/cosign.key"}
	want := slices.Concat(
		[]string{"attest"}, common, []string{"--replace", "--type", "cyclonedx", "--predicate", p.home + "/sbom/sbom.json", someImage},
		[]string{"attest"}, common, []string{"--replace", "--type", "https://slsa.dev/provenance/v1", "--predicate", p.home + "/provenance.json", someImage},
		[]string{"sign"}, common, []string{someImage}, // last: what is signed has the rest
	)
	if got := p.recorded(t, "cosign.args"); !slices.Equal(got, want) {
		t.Errorf("cosign got\n%q, want\n%q", got, want)
	}
	if got := p.recorded(t, "cosign.password"); !slices.Equal(got, []string{"s3cret $(id)"}) {
		t.Errorf("the password is %q", got)
	}
	if file, err := os.Readlink(filepath.Join(p.home, "docker", "config.json")); err != nil || file != p.workspaces["sign-credentials"]+"/.dockerconfigjson" {
		t.Errorf("the registry credential is %q, %v", file, err)
	}
	var predicate struct {
		BuildDefinition struct {
			BuildType            string
			ExternalParameters   struct{ Service, Source, Revision string }
			ResolvedDependencies []struct {
				URI    string
				Digest struct{ GitCommit string }
			}
		}
		RunDetails struct {
			Builder  struct{ ID string }
			Metadata struct{ InvocationID string }
		}
	}
	text, err := os.ReadFile(filepath.Join(p.home, "v1.predicate"))
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(text, &predicate); err != nil {
		t.Fatalf("%v:\n%s", err, text)
	}
	d, r := predicate.BuildDefinition, predicate.RunDetails
	if d.ExternalParameters.Service != "cart" || d.ExternalParameters.Source != p.params["source"] || d.ExternalParameters.Revision != someSource ||
		len(d.ResolvedDependencies) != 1 || d.ResolvedDependencies[0].URI != "git+"+p.params["source"] || d.ResolvedDependencies[0].Digest.GitCommit != someSource ||
		r.Builder.ID != "tekton:ci-shop/cart-release-1" || r.Metadata.InvocationID != "ci-shop/cart-release-1" || d.BuildType == "" {
		t.Errorf("the provenance is\n%s", text)
	}
}

func TestThePublicLogIsForThoseWhoSaySo(t *testing.T) {
	t.Parallel()
	p := sign(t)
	p.params["transparency-log"] = "true"
	p.run(t).wantSuccess(t)
	if got := p.recorded(t, "cosign.args"); !slices.Contains(got, "--tlog-upload=true") || slices.Contains(got, "--tlog-upload=false") {
		t.Errorf("cosign got %q", got)
	}
}

func TestNothingIsSignedWithoutAllOfIt(t *testing.T) {
	t.Parallel()
	unsigned := func(p *pod, why string) {
		t.Helper()
		p.run(t).wantRefusal(t, why)
		if _, err := os.Stat(filepath.Join(p.home, "cosign.args")); err == nil {
			t.Errorf("%s: cosign ran", why)
		}
	}
	for param, values := range map[string][]string{
		"image":            {"cart:latest", "-x@sha256:1", "a b@sha256:1", `a"@sha256:1`},
		"service":          {"", "-x", `a", "b": "`, "a\nb"},
		"source":           {"", "/etc", `https://x"}`, `https://x\`, "https://x\ny", "https://x/$(id)"},
		"commit":           {"", "main", `a"`, "A"},
		"builder":          {"", "x", `a/b"`, "a/b\nc", "A/b"},
		"transparency-log": {"", "yes", "true false"},
	} {
		for _, value := range values {
			p := sign(t)
			p.params[param] = value
			unsigned(p, "sign: ")
		}
	}
	for file, why := range map[string]string{"cosign.key": "has no cosign.key", "cosign.password": "has no cosign.password"} {
		p := sign(t)
		if err := os.Remove(filepath.Join(p.workspaces["signing-key"], file)); err != nil {
			t.Fatal(err)
		}
		unsigned(p, why)
	}
	p := sign(t)
	if err := os.WriteFile(filepath.Join(p.home, "unreachable"), nil, 0o644); err != nil {
		t.Fatal(err)
	}
	unsigned(p, "") // trivy could not make an SBOM
	p = sign(t)
	if err := os.WriteFile(filepath.Join(p.home, "cosign.fails"), nil, 0o644); err != nil {
		t.Fatal(err)
	}
	p.run(t).wantRefusal(t, "")
	if got := p.recorded(t, "cosign.args"); slices.Contains(got, "sign") {
		t.Errorf("it is signed although attesting failed: %q", got)
	}
}

func TestTheStepThatReadsTheImageHasNoKey(t *testing.T) {
	t.Parallel()
	task, _ := Lookup("sign", nil)
	for _, s := range task.Spec.Steps {
		var has []string
		for _, w := range s.Workspaces {
			has = append(has, w.Name)
		}
		if s.Name == "sbom" && !slices.Equal(has, []string{"sign-credentials"}) {
			t.Errorf("the step %s has %q", s.Name, has)
		}
		for _, m := range s.VolumeMounts {
			// What the first step writes, the second reads: the SBOM, and nothing else.
			if shared := m.Name == "sbom"; shared != (m.MountPath == "/home/slipway/sbom") || s.Name == "sign" && shared != m.ReadOnly || s.Name == "sbom" && !strings.HasPrefix(m.Name, "sbom") {
				t.Errorf("the step %s mounts %+v", s.Name, m)
			}
		}
	}
}
