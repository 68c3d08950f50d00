// Package report prints diagnostics: for people (Text) and for programs (JSON, SARIF, GitHub).
//
// It changes neither the order nor the number of the diagnostics it is given; diag.List.All sorts them. No format lets a
// control character out of a message, a file name or a source line.
package report

import (
	"fmt"
	"io"
	"strings"

	"slipway.dev/compiler/diag"
)

// Source returns the text of a file by the name that positions use, nil if it is not to be had.
type Source func(file string) []byte

// TextOptions says how Text prints; the zero value is fit for a file.
type TextOptions struct {
	Color bool // ANSI colours
	Width int  // columns of the terminal, to which source lines are cut; 0 is 80. Messages are never cut or wrapped.
}

// minWidth is the narrowest excerpt that still shows something; a terminal narrower than that wraps.
const minWidth = 32

// Text prints diagnostics for people, with a blank line between two:
//
//	services/checkout.cue:6:2: a service has no field "ownr" [unknown-field]
//	  6 |     ownr: "payments"
//	    |     ^~~~
//	  hint: did you mean "owner"?
//
// Related places follow the source line in the same form, without a code. Source lines are left out where src is nil or
// does not have them.
func Text(w io.Writer, ds []*diag.Diagnostic, src Source, o TextOptions) error {
	if o.Width <= 0 {
		o.Width = 80
	}
	p := printer{src: src, o: o}
	for i, d := range ds {
		if i > 0 {
			p.out.WriteByte('\n')
		}
		p.diagnostic(d)
	}
	_, err := io.WriteString(w, p.out.String())
	return err
}

// Summary counts: "2 errors, 1 warning", "no problems".
func Summary(ds []*diag.Diagnostic) string {
	errors, warnings := count(ds)
	var parts []string
	for _, n := range []struct {
		n    int
		noun string
	}{{errors, "error"}, {warnings, "warning"}} {
		switch {
		case n.n == 1:
			parts = append(parts, "1 "+n.noun)
		case n.n > 1:
			parts = append(parts, fmt.Sprintf("%d %ss", n.n, n.noun))
		}
	}
	if len(parts) == 0 {
		return "no problems"
	}
	return strings.Join(parts, ", ")
}

func count(ds []*diag.Diagnostic) (errors, warnings int) {
	for _, d := range ds {
		if d.Severity == diag.Warning {
			warnings++
		} else {
			errors++
		}
	}
	return errors, warnings
}

// style is the parameter of an ANSI "select graphic rendition" sequence.
type style string

const (
	bold   style = "1"
	red    style = "1;31"
	yellow style = "1;33"
	cyan   style = "36"
	gray   style = "90"
)

type printer struct {
	out strings.Builder
	src Source
	o   TextOptions
}

func (p *printer) diagnostic(d *diag.Diagnostic) {
	if at := place(d); at != "" {
		p.out.WriteString(at + ": ")
	}
	mark := red
	if d.Severity == diag.Warning {
		mark = yellow
		p.out.WriteString(p.paint(mark, "warning:") + " ")
	}
	p.out.WriteString(p.paint(bold, clean(d.Message)) + " " + p.paint(gray, "["+clean(string(d.Code))+"]") + "\n")

	digits := len(fmt.Sprint(d.At.Line)) // all excerpts of a diagnostic share one gutter
	for _, r := range d.Related {
		digits = max(digits, len(fmt.Sprint(r.At.Line)))
	}
	if !d.Hidden {
		p.excerpt(d.At, digits, mark)
	}
	for _, r := range d.Related {
		p.out.WriteString("  ")
		if r.At.IsValid() {
			p.out.WriteString(clean(r.At.String()) + ": ")
		}
		p.out.WriteString(clean(r.Message) + "\n")
		p.excerpt(r.At, digits, cyan)
	}
	p.hint(d.Hint)
}

// place returns what a diagnostic is about, as the first line names it: a position, else the service; "" is the fleet.
func place(d *diag.Diagnostic) string {
	if d.At.IsValid() {
		return clean(d.At.String())
	}
	return clean(d.Subject)
}

func (p *printer) excerpt(at diag.Pos, digits int, mark style) {
	if p.src == nil || !at.IsValid() || at.Line <= 0 {
		return
	}
	src := p.src(at.File)
	if src == nil {
		return
	}
	line, ok := lineOf(src, at.Line)
	if !ok {
		return
	}
	gutter := fmt.Sprintf("  %*d |", digits, at.Line)
	e := newExcerpt(line, at.Col, max(p.o.Width-len(gutter)-1, minWidth))
	p.row(gutter, e.text)
	if e.mark != "" {
		indent := len(e.mark) - len(strings.TrimLeft(e.mark, " "))
		p.row(fmt.Sprintf("  %*s |", digits, ""), e.mark[:indent]+p.paint(mark, e.mark[indent:]))
	}
}

func (p *printer) row(gutter, text string) {
	p.out.WriteString(p.paint(gray, gutter))
	if text != "" {
		p.out.WriteString(" " + text)
	}
	p.out.WriteByte('\n')
}

// hint prints a hint; the lines after its first line up with it.
func (p *printer) hint(hint string) {
	if hint == "" {
		return
	}
	for i, line := range strings.Split(hint, "\n") {
		lead := "  " + p.paint(cyan, "hint:") + " "
		if i > 0 {
			lead = "        "
		}
		p.out.WriteString(strings.TrimRight(lead+clean(line), " ") + "\n")
	}
}

func (p *printer) paint(s style, text string) string {
	if !p.o.Color {
		return text
	}
	return "\x1b[" + string(s) + "m" + text + "\x1b[0m"
}
