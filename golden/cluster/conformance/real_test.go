package conformance

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"

	"slipway.dev/compiler"
	"slipway.dev/golden/cluster/machine/images"
	"slipway.dev/targets"
)

func TestTheFleetThatReallyRunsCompiles(t *testing.T) {
	t.Parallel()
	digest := "@sha256:" + strings.Repeat("5b3a712a", 8)
	tools := images.Images{}
	for _, name := range []string{"git", "golang", "ko", "ko-base", "slipway", "trivy", "cosign", "builder", "run"} {
		tools[name] = "10.231.0.1:27523/tools/" + name + digest
	}
	fleet, err := realFleet("10.231.0.1:27523", "https://10.231.0.1:27522/greeter", "http://10.231.0.1:27550", tools)
	if err != nil {
		t.Fatal(err)
	}
	r, err := compiler.Compile(fleet, targets.Options())
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range r.Diags.All() {
		t.Errorf("%v", d)
	}
}

func TestTheSourceThatReallyRunsBuildsAndItsMistakesAreThere(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	source, err := txtar.FS(txtar.Parse(sourceText))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.CopyFS(dir, source); err != nil {
		t.Fatal(err)
	}
	run := func(args ...string) ([]byte, error) {
		c := exec.Command("go", args...)
		c.Dir = dir
		c.Env = append(os.Environ(), "GOWORK=off", "GOPROXY=off", "GOFLAGS=")
		return c.CombinedOutput()
	}
	for _, args := range [][]string{{"vet", "./..."}, {"test", "./..."}} {
		if out, err := run(args...); err != nil {
			t.Fatalf("go %v: %v\n%s", args, err, out)
		}
	}
	for _, b := range branches {
		text, err := os.ReadFile(filepath.Join(dir, b.file))
		if err != nil {
			t.Fatal(err)
		}
		if err := b.apply(dir); err != nil {
			t.Fatal(err)
		}
		_, vet := run("build", "./...")
		_, test := run("test", "./greeting")
		if (vet != nil) != (b.branch == "build-fails") || (test != nil) != (b.branch == "test-fails") {
			t.Errorf("on the branch %s the build says %v and the test %v", b.branch, vet, test)
		}
		if err := os.WriteFile(filepath.Join(dir, b.file), text, 0o644); err != nil {
			t.Fatal(err)
		}
	}
}
