package diag

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// List collects the diagnostics of one piece of work; the zero List is empty and ready. A List belongs to one
// goroutine: parallel workers have a list each, which are appended in a fixed order afterwards.
type List struct {
	// Subject is given to every diagnostic that Errorf and Warnf report here: the service at work, "" for the fleet.
	Subject string

	all []*Diagnostic // as reported
}

// Sub returns an empty list for a part of the same work, so that the part can ask whether it had mistakes.
func (l *List) Sub() *List { return &List{Subject: l.Subject} }

// Errorf reports a mistake that stops the compiler from writing. The result can be added to: WithHint, WithPath.
func (l *List) Errorf(code Code, at Pos, format string, args ...any) *Diagnostic {
	return l.report(code, Error, at, fmt.Sprintf(format, args...))
}

// Warnf reports something that the user should know and that changes no exit code.
func (l *List) Warnf(code Code, at Pos, format string, args ...any) *Diagnostic {
	return l.report(code, Warning, at, fmt.Sprintf(format, args...))
}

// SetPath gives a path to what was reported at a place before the path was known.
func (l *List) SetPath(at Pos, path string) {
	for _, d := range l.all {
		if d.At == at && d.Path == "" {
			d.Path = path
		}
	}
}

func (l *List) report(code Code, s Severity, at Pos, message string) *Diagnostic {
	d := &Diagnostic{Code: code, Severity: s, At: at, Message: message, Subject: l.Subject}
	l.all = append(l.all, d)
	return d
}

// Add takes in diagnostics as they are, subject included.
func (l *List) Add(ds ...*Diagnostic) { l.all = append(l.all, ds...) }

// Append takes in the diagnostics of other lists, which keep theirs; nil lists are empty.
func (l *List) Append(others ...*List) {
	for _, o := range others {
		if o != nil {
			l.all = append(l.all, o.all...)
		}
	}
}

// All returns the diagnostics by file, line, column, code and message, each once: of those that agree in code, place
// and message only the first reported is kept, an error before a warning. (Work on several services may stumble over one
// line of platform.cue.)
func (l *List) All() []*Diagnostic {
	ds := slices.Clone(l.all)
	slices.SortStableFunc(ds, func(a, b *Diagnostic) int { // stable, so that "first reported" holds
		return cmp.Or(compare(a, b), cmp.Compare(a.Severity, b.Severity))
	})
	return slices.CompactFunc(ds, func(a, b *Diagnostic) bool { return compare(a, b) == 0 })
}

func compare(a, b *Diagnostic) int {
	return cmp.Or(a.At.compare(b.At), strings.Compare(string(a.Code), string(b.Code)), strings.Compare(a.Message, b.Message))
}

// HasErrors reports whether anything here stops the compiler from writing.
func (l *List) HasErrors() bool {
	return slices.ContainsFunc(l.all, func(d *Diagnostic) bool { return d.Severity == Error })
}

// Len returns the number of diagnostics in All.
func (l *List) Len() int { return len(l.All()) }

// Errors returns the number of errors in All.
func (l *List) Errors() int { return l.count(Error) }

// Warnings returns the number of warnings in All.
func (l *List) Warnings() int { return l.count(Warning) }

func (l *List) count(s Severity) (n int) {
	for _, d := range l.All() {
		if d.Severity == s {
			n++
		}
	}
	return n
}
