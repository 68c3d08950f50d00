package diag

import (
	"cmp"
	"fmt"
	"strings"
)

// builtin begins the names of the files that are part of the compiler, such as "slipway:defaults.cue".
const builtin = "slipway:"

// Pos is a place in a file that the user, or the compiler itself, wrote. The zero Pos is unknown; Line 0 means the file
// as a whole, Col 0 the line as a whole.
type Pos struct {
	File string // slash-separated, relative to the fleet folder; "slipway:…" is a built-in file
	Line int    // counted from 1
	Col  int    // counted from 1, in bytes, as in CUE and Go
}

// IsValid reports whether the place is known, at least by its file.
func (p Pos) IsValid() bool { return p.File != "" }

// IsBuiltin reports whether the place is in a file of the compiler, which no editor can open and no user can change.
func (p Pos) IsBuiltin() bool { return strings.HasPrefix(p.File, builtin) }

// String returns "file:line:col", without the parts that are unknown; "-" if nothing is known.
func (p Pos) String() string {
	switch {
	case !p.IsValid():
		return "-"
	case p.Line <= 0:
		return p.File
	case p.Col <= 0:
		return fmt.Sprintf("%s:%d", p.File, p.Line)
	}
	return fmt.Sprintf("%s:%d:%d", p.File, p.Line, p.Col)
}

// Before reports whether p comes first when places are ordered by file, line and column. The unknown place comes before
// all others.
func (p Pos) Before(q Pos) bool { return p.compare(q) < 0 }

func (p Pos) compare(q Pos) int {
	return cmp.Or(strings.Compare(p.File, q.File), cmp.Compare(p.Line, q.Line), cmp.Compare(p.Col, q.Col))
}
