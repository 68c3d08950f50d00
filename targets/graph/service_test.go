package graph

import (
	"slices"
	"testing"

	"slipway.dev/compiler/ir"
)

// What brings a release from one environment into the next is a part of the way; into the first
// one the release pipeline does, whatever platform.cue says of it.
func TestThePathSaysWhatBringsReleasesFurther(t *testing.T) {
	t.Parallel()
	in := &ir.Cluster{Name: "main"}
	env := func(name string, from *ir.Environment, how ir.Promote) *ir.Environment {
		return &ir.Environment{Name: name, Cluster: in, Namespace: "acme-" + name, From: from, Promote: how, Head: from == nil}
	}
	dev := env("dev", nil, ir.Promote{How: ir.Auto})
	test := env("test", dev, ir.Promote{How: ir.Auto})
	staging := env("staging", test, ir.Promote{How: ir.After, After: "2h"})
	canary := env("canary", staging, ir.Promote{How: ir.Tag, Tag: "v*"})
	prod := env("prod", canary, ir.Promote{How: ir.Manual})
	group, edges := path([]*ir.Environment{dev, test, staging, canary, prod})
	var notes []string
	for _, n := range group.Nodes {
		notes = append(notes, n.Note)
	}
	want := []string{
		"main/acme-dev, spec as it stands", "main/acme-test, spec as released; by itself",
		"main/acme-staging, spec as released; 2h later", "main/acme-canary, spec as released; when tagged v*",
		"main/acme-prod, spec as released; by hand",
	}
	if !slices.Equal(notes, want) || len(edges) != 4 {
		t.Errorf("%q, %d edges", notes, len(edges))
	}
	// Who leaves out the first ones begins with another.
	if group, _ := path([]*ir.Environment{prod}); group.Nodes[0].Note != "main/acme-prod, spec as released" {
		t.Errorf("the first one of its own: %q", group.Nodes[0].Note)
	}
}
