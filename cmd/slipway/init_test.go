package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"cuelang.org/go/cue"
	"cuelang.org/go/cue/cuecontext"
	"cuelang.org/go/cue/load"
)

// CUE itself, as editors and `cue vet` use it, finds the vendored schema without a
// registry: it accepts what init wrote and refuses a misspelt field.
func TestEditorsUnderstandANewFleet(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "fleet")
	var out bytes.Buffer
	if code := run(t.Context(), world{out: &out, err: &out}, []string{"init", dir}); code != exitOK {
		t.Fatalf("exit status %d: %s", code, out.String())
	}
	hello := filepath.Join("services", "hello.cue")
	for _, file := range []string{"platform.cue", hello} {
		if err := vet(dir, file); err != nil {
			t.Errorf("%s: %v", file, err)
		}
	}
	src, err := os.ReadFile(filepath.Join(dir, hello))
	if err != nil {
		t.Fatal(err)
	}
	wrong := strings.Replace(string(src), "owner:", "ownr:", 1)
	if err := os.WriteFile(filepath.Join(dir, hello), []byte(wrong), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := vet(dir, hello); err == nil || !strings.Contains(err.Error(), "ownr") {
		t.Errorf("a misspelt field passes: %v", err)
	}
}

// vet is `cue vet FILE`, run in dir and kept from any network.
func vet(dir, file string) error {
	inst := load.Instances([]string{"./" + filepath.ToSlash(file)}, &load.Config{Dir: dir, Env: []string{"CUE_REGISTRY=none"}})[0]
	if inst.Err != nil {
		return inst.Err
	}
	return cuecontext.New().BuildInstance(inst).Validate(cue.Definitions(true))
}
