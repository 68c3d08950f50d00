package report

import (
	"encoding/json"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"slipway.dev/compiler/diag"
)

func TestSARIFHasWhatCodeScanningRequires(t *testing.T) {
	t.Parallel()
	cases, err := filepath.Glob("testdata/*.txtar")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range cases {
		ds := decode(t, readTxtar(t, name)["diagnostics.json"])
		run := sarifOf(t, ds)
		if len(run.Results) != len(ds) {
			t.Errorf("%s: %d results for %d diagnostics", name, len(run.Results), len(ds))
		}
		prints := map[string]bool{}
		for i, r := range run.Results {
			if r.RuleID != ds[i].Code || !slices.ContainsFunc(run.Tool.Driver.Rules, func(s sarifRule) bool { return s.ID == r.RuleID }) {
				t.Errorf("%s: no rule %q", name, r.RuleID)
			}
			if r.Level != "error" && r.Level != "warning" || !strings.Contains(r.Message.Text, clean(ds[i].Message)) {
				t.Errorf("%s: result is %+v", name, r)
			}
			if len(r.Locations) != 1 {
				t.Errorf("%s: %d locations", name, len(r.Locations))
			}
			for _, l := range append(r.Locations, r.Related...) {
				if a := l.Physical.Artifact; a.URI == "" || strings.HasPrefix(a.URI, "/") || strings.HasPrefix(a.URI, "slipway:") ||
					a.URIBaseID != "%SRCROOT%" || l.Physical.Region.StartLine < 1 {
					t.Errorf("%s: location is %+v", name, l)
				}
			}
			print := r.Fingerprints["primaryLocationLineHash"]
			if print == "" || prints[print] {
				t.Errorf("%s: fingerprint %q is empty or not alone", name, print)
			}
			prints[print] = true
		}
	}
}

func TestSARIFRulesExplainEveryCode(t *testing.T) {
	t.Parallel()
	rules := sarifOf(t, nil).Tool.Driver.Rules
	if len(rules) != len(diag.Codes) {
		t.Errorf("%d rules for %d codes", len(rules), len(diag.Codes))
	}
	for _, r := range rules {
		if r.Short.Text == "" || r.Full.Text == "" || r.Help.Text == "" || r.Configure.Level == "" {
			t.Errorf("rule %q lacks something: %+v", r.ID, r)
		}
	}
}

func TestSARIFOfNoDiagnosticsIsAnEmptyListNotNull(t *testing.T) {
	t.Parallel()
	if sarifOf(t, nil).Results == nil {
		t.Error("results is null, which means that the run failed")
	}
}

func TestFingerprintsSurviveLinesAddedAbove(t *testing.T) {
	t.Parallel()
	at := func(line int, message, path string) *diag.Diagnostic {
		return &diag.Diagnostic{Code: diag.WrongValue, At: diag.Pos{File: "a.cue", Line: line, Col: 2}, Message: message, Path: path}
	}
	if fingerprint(at(1, "m", "")) != fingerprint(at(9, "m", "")) {
		t.Error("the line is part of the fingerprint")
	}
	if fingerprint(at(1, "3 is too small", "run.web.scale.min")) != fingerprint(at(1, "2 is too small", "run.web.scale.min")) {
		t.Error("the value is part of the fingerprint")
	}
	if fingerprint(at(1, "m", "")) == fingerprint(at(1, "n", "")) {
		t.Error("two messages without a path have one fingerprint")
	}
}

func TestFileNamesBecomeRelativeURIs(t *testing.T) {
	t.Parallel()
	for file, want := range map[string]string{
		"services/checkout.cue": "services/checkout.cue",
		"a b%.cue":              "a%20b%25.cue",
		"a:b.cue":               "./a:b.cue",
		"dev\x1b?#.cue":         "dev%1B%3F%23.cue",
	} {
		loc, ok := newLocation(diag.Pos{File: file})
		if got := loc.Physical.Artifact.URI; !ok || got != want {
			t.Errorf("the URI of %q is %q, want %q", file, got, want)
		}
	}
}

func TestWhatHasNoFileIsShownAtThePlatformAndSaysSo(t *testing.T) {
	t.Parallel()
	r := sarifOf(t, []*diag.Diagnostic{
		new(diag.List).Errorf(diag.NoImage, diag.Pos{}, "nothing to run").WithSubject("cart").
			WithRelated(diag.Pos{File: "slipway:defaults.cue", Line: 3, Col: 1}, "the default").WithHint("add %q", "build"),
	}).Results[0]
	if got, want := r.Message.Text, "cart: nothing to run\nslipway:defaults.cue:3:1: the default\nhint: add \"build\""; got != want {
		t.Errorf("message is %q, want %q", got, want)
	}
	if got := r.Locations[0].Physical; got.Artifact.URI != "platform.cue" || got.Region != (sarifRegion{StartLine: 1}) {
		t.Errorf("location is %+v", got)
	}
}

// sarifOf prints diagnostics as SARIF and reads the one run back, refusing what the types do not have.
func sarifOf(t *testing.T, ds []*diag.Diagnostic) sarifRun {
	t.Helper()
	text := printed(t, func(w *strings.Builder) error { return SARIF(w, ds, "v0.3.1") })
	var log sarifLog
	dec := json.NewDecoder(strings.NewReader(text))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&log); err != nil {
		t.Fatal(err)
	}
	if log.Version != "2.1.0" || len(log.Runs) != 1 {
		t.Fatalf("version %q, %d runs", log.Version, len(log.Runs))
	}
	if d := log.Runs[0].Tool.Driver; d.Name != "slipway" || d.Version != "v0.3.1" {
		t.Fatalf("tool is %q %q", d.Name, d.Version)
	}
	return log.Runs[0]
}
