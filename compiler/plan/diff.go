package plan

import (
	"bufio"
	"io"
	"path"
	"strings"

	"github.com/pmezard/go-difflib/difflib"
)

// Diff writes what committing the entries would change, as one unified diff
// with that many lines of context. Paths are given below prefix, the output
// folder as the user knows it; behind "committed/" and "compiled/" they are
// what `patch -p1` and `git apply` take. Entries that nothing will be done to
// (up to date, foreign, kept) are not in it.
func Diff(w io.Writer, entries []Entry, prefix string, context int) error {
	out := bufio.NewWriter(w)
	for _, e := range entries {
		if !e.State.Writes() && e.State != Orphan {
			continue
		}
		d := difflib.UnifiedDiff{
			A:        lines(e.Old),
			B:        lines(e.New),
			FromFile: "committed/" + path.Join(prefix, e.Path),
			ToFile:   "compiled/" + path.Join(prefix, e.Path),
			Context:  context,
		}
		if e.State == Missing {
			d.FromFile = "/dev/null"
		}
		if e.State == Orphan {
			d.ToFile = "/dev/null"
		}
		if err := difflib.WriteUnifiedDiff(out, d); err != nil {
			return err
		}
	}
	return out.Flush()
}

// lines keeps the newlines. Wholly CRLF text is shown as LF: a diff in which
// every line differs by what nobody sees helps nobody. It is not difflib's
// own SplitLines, which shows one line too many.
func lines(text []byte) []string {
	text = unix(text)
	out := strings.SplitAfter(string(text), "\n")
	last := len(out) - 1
	if out[last] == "" {
		return out[:last]
	}
	out[last] += "\n\\ No newline at end of file\n"
	return out
}
