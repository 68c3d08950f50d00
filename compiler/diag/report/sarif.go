package report

import (
	"crypto/sha256"
	"fmt"
	"io"
	"net/url"
	"strings"

	"slipway.dev/compiler/diag"
)

// The part of SARIF 2.1.0 that GitHub code scanning reads ("SARIF support for code scanning" in GitHub's documentation
// says which properties it requires).
type (
	sarifLog struct {
		Schema  string     `json:"$schema"`
		Version string     `json:"version"`
		Runs    []sarifRun `json:"runs"`
	}
	sarifRun struct {
		Tool       sarifTool     `json:"tool"`
		ColumnKind string        `json:"columnKind"`
		Results    []sarifResult `json:"results"` // never null: that would mean that the run failed
	}
	sarifTool struct {
		Driver sarifDriver `json:"driver"`
	}
	sarifDriver struct {
		Name    string      `json:"name"`
		Version string      `json:"version,omitempty"`
		Rules   []sarifRule `json:"rules"`
	}
	sarifRule struct {
		ID        diag.Code    `json:"id"`
		Short     sarifMessage `json:"shortDescription"`
		Full      sarifMessage `json:"fullDescription"`
		Help      sarifMessage `json:"help"`
		Configure sarifDefault `json:"defaultConfiguration"`
	}
	sarifDefault struct {
		Level string `json:"level"`
	}
	sarifMessage struct {
		Text string `json:"text"`
	}
	sarifResult struct {
		RuleID       diag.Code         `json:"ruleId"`
		Level        string            `json:"level"`
		Message      sarifMessage      `json:"message"`
		Locations    []sarifLocation   `json:"locations"`
		Related      []sarifLocation   `json:"relatedLocations,omitempty"`
		Fingerprints map[string]string `json:"partialFingerprints"` // encoding/json sorts the keys
		Properties   sarifProperties   `json:"properties"`
	}
	sarifLocation struct {
		ID       int           `json:"id,omitempty"` // of related locations, from 1
		Physical sarifPhysical `json:"physicalLocation"`
		Message  *sarifMessage `json:"message,omitempty"`
	}
	sarifPhysical struct {
		Artifact sarifArtifact `json:"artifactLocation"`
		Region   sarifRegion   `json:"region"`
	}
	sarifArtifact struct {
		URI       string `json:"uri"`
		URIBaseID string `json:"uriBaseId"`
	}
	sarifRegion struct {
		StartLine   int `json:"startLine"`
		StartColumn int `json:"startColumn,omitempty"`
	}
	sarifProperties struct {
		Path    string `json:"path"`
		Subject string `json:"subject"`
	}
)

// SARIF prints a SARIF 2.1.0 log of one run, as GitHub code scanning accepts it. The files are relative to %SRCROOT%,
// the root of the repository; toolVersion may be empty.
//
// Code scanning wants a file for every result: a diagnostic without a file of the user's is shown at the top of
// platform.cue, and its message begins with what it is about.
func SARIF(w io.Writer, ds []*diag.Diagnostic, toolVersion string) error {
	run := sarifRun{
		Tool: sarifTool{sarifDriver{Name: "slipway", Version: toolVersion, Rules: sarifRules()}},
		// Positions count bytes, which SARIF cannot say; for ASCII, nearly all of every spec, it is the same.
		ColumnKind: "utf16CodeUnits",
		Results:    []sarifResult{},
	}
	seen := map[string]int{}
	for _, d := range ds {
		r := newResult(d)
		print := fingerprint(d)
		seen[print]++
		r.Fingerprints = map[string]string{"primaryLocationLineHash": fmt.Sprintf("%s:%d", print, seen[print])}
		run.Results = append(run.Results, r)
	}
	return writeJSON(w, sarifLog{"https://json.schemastore.org/sarif-2.1.0.json", "2.1.0", []sarifRun{run}})
}

func sarifRules() []sarifRule {
	help := diag.Help()
	var rules []sarifRule
	for _, c := range diag.Codes {
		summary := sarifMessage{c.Summary}
		rules = append(rules, sarifRule{c.Code, summary, summary, sarifMessage{help[c.Code]}, sarifDefault{c.Severity.String()}})
	}
	return rules
}

func newResult(d *diag.Diagnostic) sarifResult {
	message := clean(d.Message)
	at, ok := newLocation(d.At)
	if !ok {
		at, _ = newLocation(diag.Pos{File: "platform.cue"})
		if about := place(d); about != "" {
			message = about + ": " + message
		}
	}
	var related []sarifLocation
	for _, r := range d.Related {
		loc, ok := newLocation(r.At)
		switch {
		case ok:
			loc.ID, loc.Message = len(related)+1, &sarifMessage{clean(r.Message)}
			related = append(related, loc)
		case r.At.IsValid():
			message += "\n" + clean(r.At.String()) + ": " + clean(r.Message)
		default:
			message += "\n" + clean(r.Message)
		}
	}
	return sarifResult{
		RuleID: d.Code, Level: d.Severity.String(), Message: sarifMessage{message + hintLines(d)},
		Locations: []sarifLocation{at}, Related: related, Properties: sarifProperties{d.Path, d.Subject},
	}
}

// newLocation returns false for a place that is in no file of the repository.
func newLocation(at diag.Pos) (sarifLocation, bool) {
	if !at.IsValid() || at.IsBuiltin() {
		return sarifLocation{}, false
	}
	uri := url.URL{Path: at.File} // escapes what a URI may not hold, and a colon in the first segment
	region := sarifRegion{StartLine: max(at.Line, 1)}
	if at.Line > 0 {
		region.StartColumn = max(at.Col, 0)
	}
	return sarifLocation{Physical: sarifPhysical{sarifArtifact{uri.String(), "%SRCROOT%"}, region}}, true
}

// fingerprint recognises a diagnostic when lines were added above it: it leaves out the position, and where the place
// in the spec says enough, the message, which may quote a value that changes.
func fingerprint(d *diag.Diagnostic) string {
	what := d.Path
	if what == "" {
		what = d.Message
	}
	sum := sha256.Sum256([]byte(strings.Join([]string{string(d.Code), d.At.File, d.Subject, what}, "\x00")))
	return fmt.Sprintf("%x", sum[:8])
}
