package report

import (
	"fmt"
	"io"
	"strings"

	"slipway.dev/compiler/diag"
)

// GitHub prints one workflow command for each diagnostic, from which GitHub Actions makes annotations:
//
//	::error file=services/checkout.cue,line=6,col=2,title=unknown-field::a service has no field "ownr"%0Ahint: …
//
// The files are taken to be relative to the repository's root. A diagnostic without a file of the user's has no
// file property, and its message begins with the place instead.
func GitHub(w io.Writer, ds []*diag.Diagnostic) error {
	var out strings.Builder
	for _, d := range ds {
		var properties []string
		property := func(key, value string) { properties = append(properties, key+"="+escapeProperty(value)) }
		message := clean(d.Message)
		if d.At.IsValid() && !d.At.IsBuiltin() {
			property("file", clean(d.At.File))
			if d.At.Line > 0 {
				property("line", fmt.Sprint(d.At.Line))
			}
			if d.At.Line > 0 && d.At.Col > 0 {
				property("col", fmt.Sprint(d.At.Col))
			}
		} else if at := place(d); at != "" {
			message = at + ": " + message
		}
		property("title", clean(string(d.Code)))
		fmt.Fprintf(&out, "::%s %s::%s\n", d.Severity, strings.Join(properties, ","), escapeData(message+after(d)))
	}
	_, err := io.WriteString(w, out.String())
	return err
}

// after returns what follows a message where there is no layout: related places and the hint, a line each.
func after(d *diag.Diagnostic) string {
	var b strings.Builder
	for _, r := range d.Related {
		b.WriteByte('\n')
		if r.At.IsValid() {
			b.WriteString(clean(r.At.String()) + ": ")
		}
		b.WriteString(clean(r.Message))
	}
	b.WriteString(hintLines(d))
	return b.String()
}

// hintLines returns the hint with a line break before it, "" without a hint.
func hintLines(d *diag.Diagnostic) string {
	if d.Hint == "" {
		return ""
	}
	lines := strings.Split(d.Hint, "\n")
	for i, line := range lines {
		lines[i] = clean(line)
	}
	return "\nhint: " + strings.Join(lines, "\n")
}

// escapeData and escapeProperty follow actions/toolkit, packages/core/src/command.ts: the runner undoes exactly these.
func escapeData(s string) string {
	return strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A").Replace(s)
}

func escapeProperty(s string) string {
	return strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A", ":", "%3A", ",", "%2C").Replace(s)
}
