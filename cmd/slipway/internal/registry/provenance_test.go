package registry

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	ocispec "github.com/opencontainers/image-spec/specs-go/v1"
	"oras.land/oras-go/v2"

	"slipway.dev/cmd/slipway/internal/registry/registrytest"
)

// What Chains attests of a run with a build in it, and what it does not.
func TestAnImageIsBuiltFromWhatTheKeyAttests(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	other, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	const repository = "https://git.example.com/acme/cart"
	commit := strings.Repeat("a", 40)
	source := func(uri, algorithm, commit string) string {
		return fmt.Sprintf(`[{"uri": "oci://registry.example.com/tools/go", "digest": {"sha256": "%s"}}, {"uri": %q, "digest": {%q: %q}}]`, strings.Repeat("1", 64), uri, algorithm, commit)
	}
	// tasks say that they made the image, DIGEST, or another one.
	said := func(kind, pipeline, tasks string) func(string) (string, string) {
		return func(sources string) (string, string) {
			return "https://slsa.dev/provenance/v0.2", `{"buildType": "tekton.dev/` + kind + `", "invocation": {"parameters": {"revision": "x"},
				"environment": {"labels": {"tekton.dev/pipeline": "` + pipeline + `"}, "annotations": {"a": "b"}}},
				"buildConfig": {"tasks": [` + tasks + `]}, "materials": ` + sources + `}`
		}
	}
	says := func(task, digest string) string {
		return fmt.Sprintf(`{"name": %q, "results": [{"name": "OTHERS", "type": "array", "value": ["a"]}, {"name": "IMAGE_DIGEST", "type": "string", "value": %q}]}`, task, digest)
	}
	ofKind := func(kind, pipeline string) func(string) (string, string) {
		return said(kind, pipeline, `{"name": "clone"}, `+says("build", "DIGEST"))
	}
	run := func(tasks ...string) func(string) (string, string) {
		return said("v1/PipelineRun", "cart-release", strings.Join(tasks, ", "))
	}
	spec := func(spec string) func(string) (string, string) {
		return func(sources string) (string, string) {
			return "https://slsa.dev/provenance/v1", `{"buildDefinition": {"buildType": "https://tekton.dev/chains/v2/slsa",
				"externalParameters": {"runSpec": ` + spec + `}, "resolvedDependencies": ` + sources + `}}`
		}
	}
	chains, v1 := ofKind("v1/PipelineRun", "cart-release"), spec(`{"pipelineRef": {"name": "cart-release"}}`)
	own := func(sources string) (string, string) {
		return "https://slsa.dev/provenance/v1", `{"buildDefinition": {"buildType": "https://slipway.dev/release/v1", "externalParameters": {"service": "cart"}, "resolvedDependencies": ` + sources + `}}`
	}
	good := source("git+"+repository+".git", "sha1", commit)
	type attestation struct {
		name      string
		predicate func(string) (string, string)
		sources   string
		key       *ecdsa.PrivateKey // that of the platform when nil
		subject   string            // the image when empty
		change    func(envelope map[string]any)
		kind      string
		why       string // empty when it is believed
	}
	for _, c := range []attestation{
		{name: "Chains", predicate: chains, sources: good},
		{name: "Chains, SLSA v1", predicate: v1, sources: good},
		{name: "cosign", predicate: own, sources: source("git+"+repository, "gitCommit", commit)},
		{name: "an address that ends in a slash", predicate: chains, sources: source("git+"+repository+"/.git", "sha1", commit)},
		{name: "two commits", predicate: chains, sources: strings.TrimSuffix(good, "]") + "," + strings.TrimPrefix(source("git+"+repository, "sha1", strings.Repeat("b", 40)), "["), why: "no attestation"},
		{name: "pushed after a build", predicate: run(says("build", "sha256:1"), says("push", "DIGEST")), sources: good},
		{name: "a test says so", predicate: run(says("build", "sha256:1"), says("unit", "DIGEST")), sources: good, why: "no attestation"},
		{name: "a build that runs the source says so", predicate: run(says("push", "sha256:1"), says("build", "DIGEST")), sources: good, why: "no attestation"},
		{name: "nobody says so", predicate: run(`{"name": "build"}`), sources: good, why: "no attestation"},
		{name: "a single task", predicate: ofKind("v1/TaskRun", "cart-release"), sources: good, why: "no attestation"},
		{name: "a single task, SLSA v1", predicate: spec(`{"taskRef": {"name": "test"}}`), sources: good, why: "no attestation"},
		{name: "a pull request's run", predicate: ofKind("v1/PipelineRun", "cart-pull-request"), sources: good, why: "no attestation"},
		{name: "a pull request's run, SLSA v1", predicate: spec(`{"pipelineRef": {"name": "cart-pull-request"}}`), sources: good, why: "no attestation"},
		{name: "another commit", predicate: chains, sources: source("git+"+repository+".git", "sha1", strings.Repeat("b", 40)), why: "but of git+" + repository + ".git at bbbb"},
		{name: "another repository", predicate: chains, sources: source("git+https://git.example.com/acme/cart2.git", "sha1", commit), why: "but of git+https://git.example.com/acme/cart2.git"},
		{name: "another host", predicate: chains, sources: source("git+https://git.example.com.evil/acme/cart.git", "sha1", commit), why: "no attestation"},
		{name: "no commit", predicate: chains, sources: source("git+"+repository+".git", "sha256", commit), why: "no attestation"},
		{name: "no sources", predicate: chains, sources: "[]", why: "no attestation"},
		{name: "another image", predicate: chains, sources: good, subject: registrytest.Sum(nil), why: "no attestation"},
		{name: "another key", predicate: chains, sources: good, key: other, why: "no attestation"},
		{name: "another predicate", predicate: func(s string) (string, string) { return "https://cyclonedx.org/bom", `{"materials": ` + s + `}` }, sources: good, why: "no attestation"},
		{name: "another payload", predicate: chains, sources: good, change: func(e map[string]any) { e["payload"] = base64.StdEncoding.EncodeToString([]byte("{}")) }, why: "no attestation"},
		{name: "another type", predicate: chains, sources: good, change: func(e map[string]any) { e["payloadType"] = "text/plain" }, why: "no attestation"},
		{name: "no signature", predicate: chains, sources: good, change: func(e map[string]any) { e["signatures"] = []any{} }, why: "no attestation"},
		{name: "another medium", predicate: chains, sources: good, kind: "text/plain", why: "no attestation"},
	} {
		_, host, client := registrytest.Start(t, "")
		cl := Client{HTTP: client}
		digest := image(t, cl, host+"/cart")
		subject := c.subject
		if subject == "" {
			subject = digest
		}
		kind, predicate := c.predicate(c.sources)
		predicate = strings.ReplaceAll(predicate, `"DIGEST"`, `"`+digest+`"`)
		payload := fmt.Sprintf(`{"_type": "https://in-toto.io/Statement/v0.1", "predicateType": %q, "subject": [{"name": "x", "digest": {"sha256": %q}}], "predicate": %s}`,
			kind, strings.TrimPrefix(subject, "sha256:"), predicate)
		key := private
		if c.key != nil {
			key = c.key
		}
		sum := sha256.Sum256(fmt.Appendf(nil, "DSSEv1 %d %s %d %s", len(statementType), statementType, len(payload), payload))
		raw, err := ecdsa.SignASN1(rand.Reader, key, sum[:])
		if err != nil {
			t.Fatal(err)
		}
		envelope := map[string]any{
			"payloadType": statementType, "payload": base64.StdEncoding.EncodeToString([]byte(payload)),
			"signatures": []any{map[string]any{"keyid": "", "sig": base64.StdEncoding.EncodeToString(raw)}},
		}
		if c.change != nil {
			c.change(envelope)
		}
		text, err := json.Marshal(envelope)
		if err != nil {
			t.Fatal(err)
		}
		medium := c.kind
		if medium == "" {
			medium = envelopeType
		}
		repo, err := cl.repository(host + "/cart")
		if err != nil {
			t.Fatal(err)
		}
		layer, err := oras.PushBytes(ctx, repo, medium, text)
		if err != nil {
			t.Fatal(err)
		}
		manifest, err := json.Marshal(ocispec.Manifest{MediaType: ocispec.MediaTypeImageManifest, Config: layer, Layers: []ocispec.Descriptor{layer}})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := oras.TagBytes(ctx, repo, ocispec.MediaTypeImageManifest, manifest, strings.Replace(digest, ":", "-", 1)+".att"); err != nil {
			t.Fatal(err)
		}
		why, err := cl.BuiltFrom(ctx, host+"/cart@"+digest, Origin{repository, commit, "cart-release"}, &PublicKey{&private.PublicKey})
		if err != nil || (why == "") != (c.why == "") || !strings.Contains(why, c.why) {
			t.Errorf("%s: %q, %v; want %q", c.name, why, err, c.why)
		}
	}
}
