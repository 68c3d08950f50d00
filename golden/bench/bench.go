package main

import (
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"time"

	"slipway.dev/golden/fleets"
	"slipway.dev/golden/phases"
	"slipway.dev/schema"
)

var began = time.Now()

// The versions that slipway is measured against: those of the libraries that it is built on.
const (
	cueModule       = "cuelang.org/go/cmd/cue@v0.17.1"
	kustomizeModule = "sigs.k8s.io/kustomize/kustomize/v5@v5.7.1"
)

// seed is that of the fleets; another one gives other services of the same kind.
const seed = 1

// sizes are the fleets' numbers of services. The last is the one that targets speak of.
var sizes = []int{1, 100, 1000}

const (
	services     = 1000
	environments = 3
	exports      = 50 // services that `cue export` runs on
	builds       = 60 // overlays that `kustomize build` runs on, of all environments alike
	starts       = 15 // runs over one service, and bare starts
)

// bench is one run: where things are, and what was measured.
type bench struct {
	dir                     string
	slipway, cue, kustomize string
	rounds                  int

	files   map[int]int // that a fleet compiles to
	overlay int         // overlays of the largest fleet

	cold          map[int]series // slipway compile, by number of services
	export, build series
	one, bare     series
	phases        map[int][]phases.Phase
}

// tools builds slipway as it is released and installs the tools beside it.
func (b *bench) tools() error {
	bin := filepath.Join(b.dir, "bin")
	install := func(at *string, name string, args ...string) error {
		if *at != "" {
			var err error
			*at, err = filepath.Abs(*at)
			return err
		}
		*at = filepath.Join(bin, name)
		c := exec.Command("go", args...)
		c.Env = append(os.Environ(), "GOBIN="+bin)
		c.Stderr = os.Stderr
		if err := c.Run(); err != nil {
			return fmt.Errorf("%v: %w", c.Args, err)
		}
		return nil
	}
	if err := install(&b.slipway, "slipway", "build", "-trimpath", "-ldflags=-s -w", "-o", filepath.Join(bin, "slipway"), "./cmd/slipway"); err != nil {
		return err
	}
	if err := install(&b.cue, "cue", "install", cueModule); err != nil {
		return err
	}
	return install(&b.kustomize, "kustomize", "install", kustomizeModule)
}

// makeFleets writes the fleets, in processes of their own: Linux counts for a process what
// memory the one that started it had, so this one stays small.
func (b *bench) makeFleets() error {
	self, err := os.Executable()
	if err != nil {
		return err
	}
	for _, n := range sizes {
		if _, err := process(".", self, "-generate", fmt.Sprint(n), b.fleet(n)); err != nil {
			return err
		}
	}
	return nil
}

// writeFleet writes a fleet, with the schema beside it: so cue finds it without a registry,
// as editors do.
func writeFleet(n int, dir string) error {
	if err := os.CopyFS(dir, fleets.Generate(n, seed)); err != nil {
		return err
	}
	module := filepath.Join(dir, "cue.mod")
	if err := os.CopyFS(filepath.Join(module, "pkg", filepath.FromSlash(schema.ImportPath)), schema.CUE); err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(module, "module.cue"), []byte("module: \"fleet.example.com\"\nlanguage: version: \"v0.17.0\"\n"), 0o644)
}

func (b *bench) fleet(n int) string { return filepath.Join(b.dir, fmt.Sprintf("fleet-%d", n)) }

// sample is every so many-th of a sorted list: n of them, spread over all.
func sample(list []string, n int) (out []string) {
	n = min(n, len(list))
	for k := range n {
		out = append(out, list[k*len(list)/n])
	}
	return out
}

func countFiles(dir string) (n int, err error) {
	err = filepath.WalkDir(dir, func(_ string, d fs.DirEntry, err error) error {
		if err == nil && d.Type().IsRegular() {
			n++
		}
		return err
	})
	return n, err
}
