package main

import (
	"testing"
	"testing/fstest"

	"github.com/rogpeppe/go-internal/txtar"

	"slipway.dev/compiler/diag"
	"slipway.dev/compiler/intake"
)

// tickets is the system of testdata/tickets.txtar.
func tickets(t *testing.T) *measured {
	t.Helper()
	archive, err := txtar.ParseFile("testdata/tickets.txtar")
	if err != nil {
		t.Fatal(err)
	}
	files := fstest.MapFS{}
	for _, f := range archive.Files {
		files[f.Name] = &fstest.MapFile{Data: f.Data}
	}
	m, err := measure(system{name: "tickets", files: files, sources: []intake.Source{
		{Env: "staging", Path: "overlays/staging"}, {Env: "production", Path: "overlays/production"},
	}})
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range m.diags {
		if d.Severity == diag.Error {
			t.Errorf("%v", d)
		}
	}
	return m
}

func TestASystemComesBackLeafByLeaf(t *testing.T) {
	t.Parallel()
	m := tickets(t)
	if len(m.rows) != 2 {
		t.Fatalf("%d environments, want staging and production", len(m.rows))
	}
	for _, r := range m.rows {
		if r.services != 2 || r.kept != r.leaves || r.added != 0 {
			t.Errorf("%s: %d services, %d of %d leaves came back, %d were added", r.env, r.services, r.kept, r.leaves, r.added)
		}
		if r.restart+r.replace+r.other != 0 {
			t.Errorf("%s: %d would restart, %d be replaced, %d come or go", r.env, r.restart, r.replace, r.other)
		}
		if percent(r.hatch, r.leaves) > 4 {
			t.Errorf("%s: %d of %d leaves went through the escape hatch", r.env, r.hatch, r.leaves)
		}
	}
	if t.Failed() {
		for _, d := range m.detail {
			t.Log(d)
		}
	}
}

func TestSpecsAreShorterThanManifests(t *testing.T) {
	t.Parallel()
	if m := tickets(t); m.cue >= m.yaml {
		t.Errorf("%d lines of CUE for %d of YAML", m.cue, m.yaml)
	}
}
