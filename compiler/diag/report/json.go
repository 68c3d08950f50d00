package report

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"unicode/utf16"
	"unicode/utf8"

	"slipway.dev/compiler/diag"
)

// jsonVersion changes when a field changes its meaning or goes; new fields may come without.
const jsonVersion = 1

// The JSON format. Every field is always there: what is unknown is "", 0 or [].
type (
	jsonReport struct {
		Version     int              `json:"version"` // jsonVersion
		Diagnostics []jsonDiagnostic `json:"diagnostics"`
		Errors      int              `json:"errors"`   // how many of the diagnostics are errors
		Warnings    int              `json:"warnings"` // and how many warnings
	}
	jsonDiagnostic struct {
		Code     diag.Code     `json:"code"`
		Severity string        `json:"severity"` // "error" or "warning"
		File     string        `json:"file"`     // slash-separated, relative to the fleet folder; "slipway:…" is built in
		Line     int           `json:"line"`     // from 1
		Column   int           `json:"column"`   // from 1, in bytes
		Path     string        `json:"path"`     // place in the spec: "run.main.ports.http"
		Subject  string        `json:"subject"`  // the service; "" is the fleet
		Message  string        `json:"message"`
		Hint     string        `json:"hint"`
		Related  []jsonRelated `json:"related"`
	}
	jsonRelated struct {
		File    string `json:"file"`
		Line    int    `json:"line"`
		Column  int    `json:"column"`
		Message string `json:"message"`
	}
)

// JSON prints one object with all diagnostics:
//
//	{"version": 1, "diagnostics": [{"code": "unknown-field", "severity": "error", "file": "services/checkout.cue",
//	  "line": 6, "column": 2, "path": "ownr", "subject": "checkout", "message": "…", "hint": "…",
//	  "related": [{"file": "…", "line": 3, "column": 1, "message": "…"}]}], "errors": 1, "warnings": 0}
//
// Every field is always there; what is unknown is "", 0 or [].
func JSON(w io.Writer, ds []*diag.Diagnostic) error {
	r := jsonReport{Version: jsonVersion, Diagnostics: []jsonDiagnostic{}}
	r.Errors, r.Warnings = count(ds)
	for _, d := range ds {
		j := jsonDiagnostic{
			Code: d.Code, Severity: d.Severity.String(), File: d.At.File, Line: d.At.Line, Column: d.At.Col,
			Path: d.Path, Subject: d.Subject, Message: d.Message, Hint: d.Hint, Related: []jsonRelated{},
		}
		for _, r := range d.Related {
			j.Related = append(j.Related, jsonRelated{r.At.File, r.At.Line, r.At.Col, r.Message})
		}
		r.Diagnostics = append(r.Diagnostics, j)
	}
	return writeJSON(w, r)
}

// writeJSON prints v with two blanks of indent. What a terminal would obey is escaped, which encoding/json does for the
// first 32 characters only; a decoder sees the same strings.
func writeJSON(w io.Writer, v any) error {
	var buf bytes.Buffer
	enc := json.NewEncoder(&buf)
	enc.SetEscapeHTML(false) // "<" and "&" are common in constraints and harmless here
	enc.SetIndent("", "  ")
	if err := enc.Encode(v); err != nil {
		panic("report: " + err.Error()) // plain structs always encode
	}
	var out []byte
	for _, r := range buf.String() {
		switch {
		case r == '\n' || printable(r):
			out = utf8.AppendRune(out, r)
		case r > 0xffff:
			hi, lo := utf16.EncodeRune(r)
			out = fmt.Appendf(out, `\u%04x\u%04x`, hi, lo)
		default: // only ever inside a string, where an escape may stand
			out = fmt.Appendf(out, `\u%04x`, r)
		}
	}
	_, err := w.Write(out)
	return err
}
