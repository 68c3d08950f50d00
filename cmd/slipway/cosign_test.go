package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"slipway.dev/catalog/tasks"
	"slipway.dev/cmd/slipway/internal/registry"
	"slipway.dev/cmd/slipway/internal/registry/registrytest"
)

// Where `make cluster-programs` was run there is a cosign. What the task sign does with it,
// slipway and cosign itself then find in order, also after a copy to another registry.
func TestCosignAndSlipwaySeeTheSameSignatures(t *testing.T) {
	t.Parallel()
	bin, err := filepath.Abs("../../.cache/cluster/bin")
	if err != nil {
		t.Fatal(err)
	}
	program := filepath.Join(bin, "cosign")
	if _, err := os.Stat(program); err != nil {
		t.Skip("make cluster-programs builds cosign")
	}
	shelf, host, client := registrytest.Start(t, "")
	shelf.Stock("acme")
	dir := t.TempDir()
	variables, stop, err := shelf.Reach(dir, nil) // cosign asks the proxy
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(stop)
	home := filepath.Join(dir, "home")
	if err := os.MkdirAll(filepath.Join(home, "sbom"), 0o755); err != nil {
		t.Fatal(err)
	}
	image := "registry.example.com/acme/" + registrytest.Stock
	here := strings.Replace(image, "registry.example.com", host, 1)
	env := append(variables, "PATH="+bin+":/usr/local/bin:/usr/bin:/bin", "HOME="+home, "DOCKER_CONFIG="+home+"/docker", "COSIGN_PASSWORD=hunter2",
		"IMAGE="+image, "SERVICE=stock", "SOURCE=https://git.example.com/acme/stock", "COMMIT="+strings.Repeat("a", 40), "BUILDER=ci-shop/stock-release-1",
		"TRANSPARENCY_LOG=false", "KEY="+dir, "REGISTRY=")
	do := func(name string, args ...string) string {
		t.Helper()
		cmd := exec.Command(name, args...)
		cmd.Dir, cmd.Env = dir, env
		out, err := cmd.CombinedOutput()
		if err != nil {
			t.Fatalf("%s %v: %v\n%s", name, args, err, out)
		}
		return string(out)
	}
	do(program, "generate-key-pair")
	for name, text := range map[string]string{"cosign.password": "hunter2\n", "home/sbom/sbom.json": `{"bomFormat":"CycloneDX","specVersion":"1.6","version":1,"components":[]}`} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	key, err := registry.ReadPublicKey(filepath.Join(dir, "cosign.pub"))
	if err != nil {
		t.Fatal(err)
	}
	signed := func(image, want string) {
		t.Helper()
		if why, err := (registry.Client{HTTP: client}).Signed(t.Context(), image, key); err != nil || !strings.Contains(why, want) || (why == "") != (want == "") {
			t.Errorf("%s: %q, %v; want %q", image, why, err, want)
		}
	}
	signed(here, "is of the key, 1 found") // that of the shelf's own key

	task, _ := tasks.Lookup("sign", nil)
	for range 2 { // again adds nothing
		do("sh", "-c", task.Spec.Steps[1].Script)
	}
	signed(here, "")
	builtFrom := func(image, commit, want string) {
		t.Helper()
		why, err := (registry.Client{HTTP: client}).BuiltFrom(t.Context(), image, registry.Origin{Repository: "https://git.example.com/acme/stock.git", Commit: commit, Pipeline: "stock-release"}, key)
		if err != nil || !strings.Contains(why, want) || (why == "") != (want == "") {
			t.Errorf("%s of %s: %q, %v; want %q", image, commit, why, err, want)
		}
	}
	builtFrom(here, strings.Repeat("a", 40), "")
	builtFrom(here, strings.Repeat("b", 40), "but of git+https://git.example.com/acme/stock at aaaa")
	if _, err := registry.Copy(t.Context(), registry.Client{HTTP: client}, registry.Client{HTTP: client}, here, host+"/live/stock"); err != nil {
		t.Fatal(err)
	}
	copied := "registry.example.com/live/" + registrytest.Stock
	signed(strings.Replace(copied, "registry.example.com", host, 1), "")
	builtFrom(strings.Replace(copied, "registry.example.com", host, 1), strings.Repeat("a", 40), "")
	for _, where := range []string{image, copied} {
		if out := do(program, "verify", "--key", "cosign.pub", "--insecure-ignore-tlog", where); strings.Count(out, `"docker-manifest-digest"`) != 1 {
			t.Errorf("cosign finds other signatures of %s:\n%s", where, out)
		}
		for _, kind := range []string{"cyclonedx", "slsaprovenance1"} {
			if out := do(program, "verify-attestation", "--key", "cosign.pub", "--insecure-ignore-tlog", "--type", kind, where); strings.Count(out, `"payloadType"`) != 1 {
				t.Errorf("cosign finds other attestations of %s of the kind %s:\n%s", where, kind, out)
			}
		}
	}
}
