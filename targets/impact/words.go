package impact

import (
	"fmt"
	"strings"
)

// maxPaths bounds what a line names; the rest is counted.
const maxPaths = 6

// String is the change on one line: class, object and [Change.Detail].
func (c Change) String() string {
	s := c.Class.String() + " " + c.Object.String()
	if d := c.Detail(); d != "" {
		s += ": " + d
	}
	return s
}

// Detail says what differs and what follows from it; empty if the class says it all.
func (c Change) Detail() string {
	var parts []string
	if c.Was != "" {
		parts = append(parts, "in place of "+c.Was)
	}
	if s := paths(c.Edits, true); s != "" {
		parts = append(parts, s)
	}
	if c.Why != "" {
		parts = append(parts, c.Why)
	}
	if s := paths(c.Edits, false); s != "" {
		parts = append(parts, "also "+s)
	}
	return strings.Join(parts, "; ")
}

func paths(edits []Edit, decides bool) string {
	var out []string
	for _, e := range edits {
		if e.Decides == decides {
			out = append(out, e.String())
		}
	}
	if more := len(out) - maxPaths; more > 1 { // "and 1 more" is no shorter than the one
		out = append(out[:maxPaths], fmt.Sprintf("%d more", more))
	}
	return strings.Join(out, ", ")
}

// String is the path and what became of it: "spec.replicas 3 → 6", "spec.paused added".
func (e Edit) String() string {
	switch {
	case e.Kind != Changed:
		return e.Path + " " + string(e.Kind)
	case e.Before != "" && e.After != "":
		return e.Path + " " + e.Before + " → " + e.After
	}
	return e.Path
}

// Tally is how many changes there are of each class, indexed by class.
type Tally [Unknown + 1]int

// Count counts the changes.
func Count(changes []Change) (t Tally) {
	for _, c := range changes {
		t[c.Class]++
	}
	return t
}

// Add counts those of other as well.
func (t *Tally) Add(other Tally) {
	for i, n := range other {
		t[i] += n
	}
}

// String is the numbers, worst first: "1 delete, 2 restarts, 14 metadata".
func (t Tally) String() string {
	var parts []string
	for _, c := range Classes() {
		switch n := t[c]; {
		case n == 0:
		case c == None:
			parts = append(parts, fmt.Sprintf("%d in place", n))
		case n == 1 && c == Stay:
			parts = append(parts, "1 stays")
		case n == 1 || c == Metadata || c == Unknown || c == Stay:
			parts = append(parts, fmt.Sprintf("%d %s", n, c))
		default:
			parts = append(parts, fmt.Sprintf("%d %ss", n, c))
		}
	}
	if len(parts) == 0 {
		return "no impact"
	}
	return strings.Join(parts, ", ")
}
