package fleets_test

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"slipway.dev/compiler"
	"slipway.dev/compiler/plan"
	"slipway.dev/golden/fleets"
	"slipway.dev/targets"
)

func TestGeneratedFleetsCompileWithoutFindings(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		services int
		seeds    int
	}{{1, 20}, {2, 10}, {25, 8}, {100, 3}, {1300, 1}} {
		for seed := range uint64(c.seeds) {
			t.Run(fmt.Sprintf("%d services, seed %d", c.services, seed), func(t *testing.T) {
				t.Parallel()
				fleet := fleets.Generate(c.services, seed)
				r, err := compiler.Compile(fleet, targets.Options())
				if err != nil {
					t.Fatal(err)
				}
				for _, d := range r.Diags.All() {
					t.Errorf("%v", d)
				}
				if t.Failed() {
					return
				}
				if len(r.Fleet.Services) != c.services {
					t.Errorf("%d of %d services", len(r.Fleet.Services), c.services)
				}
				if _, clashes := plan.New(r.Files); len(clashes) > 0 {
					t.Errorf("two files of one path: %v", clashes[0])
				}
			})
		}
	}
}

func TestSameSeedSameFleet(t *testing.T) {
	t.Parallel()
	a, b := fleets.Generate(50, 7), fleets.Generate(50, 7)
	if len(a) != len(b) {
		t.Fatalf("%d files, then %d", len(a), len(b))
	}
	for path := range a {
		if b[path] == nil || !bytes.Equal(a[path].Data, b[path].Data) {
			t.Errorf("%s differs", path)
		}
	}
	other := fleets.Generate(50, 8)
	same := 0
	for path := range a {
		if path != "platform.cue" && other[path] != nil && bytes.Equal(a[path].Data, other[path].Data) {
			same++
		}
	}
	if same > 0 {
		t.Errorf("another seed made %d files again", same)
	}
}

// The shares are those of real services, give or take what chance takes from 1,000.
func TestServicesVaryAsRealOnesDo(t *testing.T) {
	t.Parallel()
	specs := map[string]string{}
	for path, f := range fleets.Generate(1000, 1) {
		if strings.HasPrefix(path, "services/") {
			specs[path] = string(f.Data)
		}
	}
	for _, c := range []struct {
		what, text string
		low, high  int // in 1,000
	}{
		{"variables", "\n\tenv: ", 700, 880},
		{"a ready probe", "ready: ", 400, 750},
		{"an exec probe", "test -f /tmp/alive", 40, 150},
		{"init containers", "init: ", 130, 350},
		{"sidecars", "sidecars: ", 110, 330},
		{"a StatefulSet", `kind: "statefulset"`, 30, 60},
		{"a Job", `kind: "job"`, 50, 90},
		{"a disruption budget", "disruption: ", 110, 175},
		{"a way in", "\texpose: ", 90, 320},
		{"consumed services", "consumes: ", 450, 650},
		{"what environments change", "\tenvironments: ", 900, 970},
		{"an item that an environment lacks", ": null", 400, 600},
		{"unit tests", "\tunit: {", 400, 650},
		{"stages of its own", "\tstages: ", 80, 160},
		{"a rollout", `kind: "rollout"`, 15, 45},
	} {
		n := 0
		for _, s := range specs {
			if strings.Contains(s, c.text) {
				n++
			}
		}
		if n < c.low || n > c.high {
			t.Errorf("%d of 1,000 services have %s; of real ones, %d to %d do", n, c.what, c.low, c.high)
		}
	}
}
