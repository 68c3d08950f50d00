package report

import (
	"errors"
	"strings"
	"testing"
	"unicode/utf8"

	"slipway.dev/compiler/diag"
)

func TestSourceLinesComeOutWithoutControlCharacters(t *testing.T) {
	t.Parallel()
	const src = "name: \"\u202eesrever\"\u00a0\x1b[2J\xff\u2028x\r\n"
	ds := []*diag.Diagnostic{{Code: diag.WrongValue, At: diag.Pos{File: "a.cue", Line: 1, Col: 7}, Message: "hidden"}}
	got := printed(t, func(w *strings.Builder) error {
		return Text(w, ds, func(string) []byte { return []byte(src) }, TextOptions{})
	})
	want := `a.cue:1:7: hidden [wrong-value]
  1 | name: "\u202eesrever"\u00a0\x1b[2J\xff\u2028x
    |       ^~~~~~~~~~~~~~~
`
	if got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

func TestSummaryCountsInWords(t *testing.T) {
	t.Parallel()
	e, w := &diag.Diagnostic{}, &diag.Diagnostic{Severity: diag.Warning}
	for want, ds := range map[string][]*diag.Diagnostic{
		"no problems":         nil,
		"1 error":             {e},
		"2 errors, 1 warning": {e, w, e},
		"2 warnings":          {w, w},
	} {
		if got := Summary(ds); got != want {
			t.Errorf("Summary is %q, want %q", got, want)
		}
	}
}

func TestEveryFormatReturnsTheWritersError(t *testing.T) {
	t.Parallel()
	for name, err := range map[string]error{
		"Text":   Text(full{}, one, nil, TextOptions{}),
		"JSON":   JSON(full{}, one),
		"SARIF":  SARIF(full{}, one, ""),
		"GitHub": GitHub(full{}, one),
	} {
		if !errors.Is(err, errFull) {
			t.Errorf("%s returned %v", name, err)
		}
	}
}

var (
	one     = []*diag.Diagnostic{{Code: diag.NoImage, Message: "no image here"}}
	errFull = errors.New("disk full")
)

// full is a writer that has no room.
type full struct{}

func (full) Write([]byte) (int, error) { return 0, errFull }

// A place can be wrong in any way, and a source can be any bytes: what is printed stays printable, the caret inside what
// is shown, the source line within the width.
func FuzzTextStaysPrintable(f *testing.F) {
	f.Add("a.cue", []byte("name: \"x\"\n"), 1, 7, 80, "message", "hint")
	f.Add("a.cue", []byte("\t\t日本語: \"é\"\r\n\x1b"), 1, 9, 1, "\x1b[2J\n", "a\nb")
	f.Add("slipway:d", []byte(strings.Repeat("x\u0301\t\U0010ffff", 400)), 1, 900, 40, "\u202e", "\xff")
	f.Add("", []byte{0xbf, 0xbf, 0xbf, 0xbf, 0xbf, 0xbf}, -1, -1, -1, "", "")
	f.Add("x", []byte(strings.Repeat("\xbf", 900)), 1, 450, 10, "", "")
	f.Fuzz(func(t *testing.T, file string, src []byte, line, col, width int, message, hint string) {
		d := &diag.Diagnostic{Code: "wrong-value", At: diag.Pos{File: file, Line: line, Col: col}, Message: message, Hint: hint}
		d.WithRelated(diag.Pos{File: file, Line: 1, Col: col}, "%s", hint)
		width %= 1000
		got := printed(t, func(w *strings.Builder) error {
			return Text(w, []*diag.Diagnostic{d}, func(string) []byte { return src }, TextOptions{Width: width})
		})
		if !utf8.ValidString(got) {
			t.Fatalf("not UTF-8: %q", got)
		}
		for _, r := range got {
			if r != '\n' && !printable(r) {
				t.Fatalf("prints %q in %q", r, got)
			}
		}
		if l, ok := lineOf(src, max(line, 1)); ok && width >= minWidth {
			e := newExcerpt(l, col, width)
			if w := columnsOf(e.text); w > width || len(e.mark) > width+1 {
				t.Fatalf("%d and %d columns in a width of %d:\n%s\n%s", w, len(e.mark), width, e.text, e.mark)
			}
		}
	})
}

func columnsOf(s string) (n int) {
	for _, r := range s {
		n += columns(r)
	}
	return n
}
