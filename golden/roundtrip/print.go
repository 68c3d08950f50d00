package main

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"slipway.dev/compiler/diag"
)

// print writes a system's rows.
func (m *measured) print(w io.Writer, verbose bool) {
	for _, d := range m.diags {
		if verbose || d.Severity == diag.Error {
			fmt.Fprintf(w, "%s: %s\n", m.system.name, d)
		}
	}
	if verbose {
		for _, d := range m.detail {
			fmt.Fprintln(w, d)
		}
	}
	for _, r := range m.rows {
		fmt.Fprintf(w, "%-38s %-22s %3d services %3d fleet %6d leaves  recall %6.2f %%  precision %6.2f %%  hatch %5.2f %%  restart %d replace %d other %d\n",
			m.system.name, r.env, r.services, r.fleet, r.leaves, percent(r.kept, r.leaves), percent(r.ours-r.added, r.ours), percent(r.hatch, r.leaves), r.restart, r.replace, r.other)
	}
	fmt.Fprintf(w, "%-38s %d lines of CUE for %d of YAML", m.system.name, m.cue, m.yaml)
	if m.system.original > 0 {
		fmt.Fprintf(w, ", written as %d", m.system.original)
	}
	fmt.Fprintln(w)
}

// refused reports whether the system has mistakes: what is broken cannot come back.
func (m *measured) refused() bool {
	return slices.ContainsFunc(m.diags, func(d *diag.Diagnostic) bool { return d.Severity == diag.Error })
}

func percent(part, whole int) float64 {
	if whole == 0 {
		return 100
	}
	return 100 * float64(part) / float64(whole)
}

// total writes the sums and reports whether the targets are met.
func total(w io.Writer, rows []row) bool {
	var t row
	met := true
	for _, r := range rows {
		t.services += r.services
		t.leaves += r.leaves
		t.kept += r.kept
		t.ours += r.ours
		t.added += r.added
		t.hatch += r.hatch
		t.restart += r.restart
		t.replace += r.replace
		t.other += r.other
		met = met && r.kept == r.leaves && r.restart+r.replace == 0
	}
	precision, hatch := percent(t.ours-t.added, t.ours), percent(t.hatch, t.leaves)
	fmt.Fprintf(w, "%s\n%d services in %d environments, %d leaves: recall %.2f %% (100), precision %.2f %% (99.5), hatch %.2f %% (2), restart %d, replace %d, other %d\n",
		strings.Repeat("-", 80), t.services, len(rows), t.leaves, percent(t.kept, t.leaves), precision, hatch, t.restart, t.replace, t.other)
	return met && precision >= 99.5 && hatch <= 2
}

// write keeps the fleet for reading.
func (m *measured) write(dir string) error {
	for _, f := range m.result.Files {
		p := filepath.Join(dir, strings.ReplaceAll(m.system.name, " ", "-"), filepath.FromSlash(f.Path))
		if err := os.MkdirAll(filepath.Dir(p), 0o755); err != nil {
			return err
		}
		if err := os.WriteFile(p, f.Content, 0o644); err != nil {
			return err
		}
	}
	return nil
}
