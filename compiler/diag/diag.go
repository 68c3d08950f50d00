// Package diag is the model of a user's mistake: what is wrong, where, and how to mend it.
//
// It neither prints (package report does) nor decides what is wrong (the phases of the compiler do). The world's
// failures, such as a full disk, are plain errors and never diagnostics; our own mistakes are panics.
package diag

import "fmt"

// Code names one kind of mistake in two or three words, such as "unknown-task". Scripts and `allow` refer to codes,
// so a code is never renamed and never reused.
type Code string

// Severity tells whether a diagnostic stops the compiler from writing.
type Severity int

const (
	// Error stops the run: nothing is written, and the exit code is 1.
	Error Severity = iota
	// Warning is shown and changes nothing else.
	Warning
)

// String returns "error" or "warning", the words that every output format uses.
func (s Severity) String() string {
	if s == Warning {
		return "warning"
	}
	return "error"
}

// Diagnostic is one mistake. Build it with List.Errorf or List.Warnf; the With methods add to it in place.
type Diagnostic struct {
	Code     Code
	Severity Severity
	At       Pos       // what to change; the zero Pos if no file is to blame
	Message  string    // one line, lower case, no full stop; names the thing in quotes
	Hint     string    // an instruction, "" if there is nothing to say; may have several lines
	Path     string    // where in the spec, like "run.main.ports.http"; "" if the trouble is not in a spec
	Subject  string    // the service that the trouble belongs to; "" is the fleet
	Hidden   bool      // the source line is not to be shown: it holds a credential
	Related  []Related // other places that one must see to understand, in the order they are to be read
}

// Related is a second place that takes part in a mistake: the first of two claims, the policy that forbids.
type Related struct {
	At      Pos
	Message string // written like Diagnostic.Message
}

// WithHint says what to do about the mistake. An empty hint is no hint, so that the result of Suggest can be handed on
// as WithHint("%s", …).
func (d *Diagnostic) WithHint(format string, args ...any) *Diagnostic {
	d.Hint = fmt.Sprintf(format, args...)
	return d
}

// Hide keeps the source line out of every report: it holds a credential.
func (d *Diagnostic) Hide() *Diagnostic {
	d.Hidden = true
	return d
}

// WithPath says where in the spec the mistake is, in the words that the user wrote: "run.main.ports.http".
func (d *Diagnostic) WithPath(path string) *Diagnostic {
	d.Path = path
	return d
}

// WithSubject says whose trouble it is, where that is not the owner of the list (see List.Subject).
func (d *Diagnostic) WithSubject(subject string) *Diagnostic {
	d.Subject = subject
	return d
}

// WithRelated adds another place that takes part in the mistake.
func (d *Diagnostic) WithRelated(at Pos, format string, args ...any) *Diagnostic {
	d.Related = append(d.Related, Related{At: at, Message: fmt.Sprintf(format, args...)})
	return d
}

// String returns the first line of the text format, without escaping: for tests and panics. Package report prints for
// people.
func (d *Diagnostic) String() string {
	mark := ""
	if d.Severity == Warning {
		mark = "warning: "
	}
	return fmt.Sprintf("%s: %s%s [%s]", d.At, mark, d.Message, d.Code)
}
