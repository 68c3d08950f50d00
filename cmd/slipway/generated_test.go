package main

import (
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"slipway.dev/compiler"
	"slipway.dev/compiler/plan"
	"slipway.dev/golden/fleets"
	"slipway.dev/targets"
)

// What was compiled is up to date, means no change to what runs, and builds; compiling a part of
// it changes nothing either.
func TestCommandsAreQuietAfterCompilingGeneratedFleets(t *testing.T) {
	t.Parallel()
	for seed := range uint64(3) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			if err := os.CopyFS(dir, fleets.Generate(5, seed)); err != nil {
				t.Fatal(err)
			}
			specs, err := filepath.Glob(filepath.Join(dir, "services", "*.cue"))
			if err != nil || len(specs) != 5 {
				t.Fatal(specs, err)
			}
			say := func(want string, args ...string) {
				t.Helper()
				cmd := exec.Command("slipway", args...)
				cmd.Dir = dir
				out, err := cmd.CombinedOutput()
				if err != nil || !strings.Contains(string(out), want) {
					t.Errorf("slipway %s: %v\n%s", strings.Join(args, " "), err, out)
				}
			}
			say("0 as they were", "compile")
			say("up to date", "compile", "--check")
			say("no impact", "diff")
			say("", "build")
			say("", "graph")
			for _, spec := range specs {
				say(" 0 new, 0 changed, 0 removed", "compile", spec)
				say("", "graph", strings.TrimSuffix(filepath.Base(spec), ".cue"))
			}
			say("up to date", "compile", "--check")
		})
	}
}

// The same fleet gives the same bytes, whoever works at it.
func TestGeneratedFleetsCompileToTheSameBytes(t *testing.T) {
	t.Parallel()
	for seed := range uint64(6) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			t.Parallel()
			var first map[string][]byte
			for _, workers := range []int{1, 5} {
				o := targets.Options()
				o.Workers = workers
				r, err := compiler.Compile(fleets.Generate(8, seed), o)
				if err != nil {
					t.Fatal(err)
				}
				p, _ := plan.New(r.Files)
				files := map[string][]byte{}
				for _, f := range p.Files {
					files[f.Path] = plan.Bytes(f)
				}
				if first == nil {
					first = files
				} else if !maps.EqualFunc(first, files, slices.Equal) {
					t.Error("two compilations differ")
				}
			}
		})
	}
}
