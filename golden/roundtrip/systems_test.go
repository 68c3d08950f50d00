package main

import (
	"bytes"
	"slices"
	"strings"
	"testing"

	"slipway.dev/compiler/diag"
	"slipway.dev/compiler/intake"
	"slipway.dev/golden/systems"
)

func TestSystemsComeBack(t *testing.T) {
	t.Parallel()
	for _, s := range systems.All() {
		t.Run(s.Name, func(t *testing.T) {
			t.Parallel()
			m := comesBack(t, system{name: s.Name, files: s.Files, sources: s.Sources})
			var services []string
			for _, svc := range m.result.Services {
				services = append(services, svc.Name)
			}
			if !slices.Equal(services, s.Services) {
				t.Errorf("services %v, want %v", services, s.Services)
			}
			if 3*m.cue > m.yaml {
				t.Errorf("%d lines of CUE for %d of YAML", m.cue, m.yaml)
			}
		})
	}
}

// comesBack imports a system and asks of it what the round trip asks of every system.
func comesBack(t *testing.T, s system) *measured {
	t.Helper()
	m, err := measure(s)
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range m.diags {
		if d.Severity == diag.Error {
			t.Errorf("%v", d)
		}
	}
	var out bytes.Buffer
	for _, r := range m.rows {
		if r.added > 0 {
			t.Errorf("%s: %d leaves were added", r.env, r.added)
		}
	}
	m.print(&out, false)
	if !total(&out, m.rows) {
		t.Errorf("it does not come back as it should")
	}
	t.Log(out.String())
	if t.Failed() {
		for _, d := range m.detail {
			t.Log(d)
		}
		for _, n := range m.result.Report.Of(intake.Through) {
			t.Log(n)
		}
	}
	return m
}

// A Role for the pods' account alone is a word of the spec; one for other pods' stays an object.
func TestRightsOfTheServicesAccountAreRights(t *testing.T) {
	t.Parallel()
	text := func(s systems.System, file string) string {
		m := comesBack(t, system{name: s.Name, files: s.Files, sources: s.Sources})
		for _, f := range m.result.Files {
			if f.Path == file {
				return string(f.Content)
			}
		}
		t.Fatalf("%s: no %s", s.Name, file)
		return ""
	}
	rater := text(systems.Custom(), "services/rater/service.cue")
	if !strings.Contains(rater, "may: {") || strings.Contains(rater, "RoleBinding") {
		t.Errorf("its rights are not said by identity.may:\n%s", rater)
	}
	ledger := text(systems.Jobs(), "services/ledger/service.cue")
	if strings.Contains(ledger, "may: ") || !strings.Contains(ledger, "RoleBinding") {
		t.Errorf("the rights of one process became rights of all:\n%s", ledger)
	}
}
