package plan

import (
	"bytes"
)

var (
	bom     = []byte("\xef\xbb\xbf")
	newline = []byte("\n")
	crlf    = []byte("\r\n")
)

// condition is what a file's own content tells about it, without any plan.
type condition int

const (
	notOurs condition = iota
	intact
	edited
	conflicted // Git conflict markers, around or below our first line
)

// Intact reports whether content carries our first line and is otherwise what
// was written then.
//
// Line endings do not count when they are CRLF throughout: that is what Git
// checks out on Windows with core.autocrlf, and what it turns back into LF
// when the file is committed. A file where they are mixed, or that begins with
// a byte order mark, went through an editor: it is edited.
func Intact(content []byte) bool {
	_, c := recognise(content)
	return c == intact
}

// recognise returns the owner that the first line names; none for notOurs.
func recognise(content []byte) (Owner, condition) {
	text, hadBOM := bytes.CutPrefix(content, bom)
	text = unix(text)
	h, ours := ParseHeader(text)
	if !ours {
		// Both sides of a merge changed the hash, so the markers of a
		// conflict nearly always stand around the first line.
		return conflictedHeader(text)
	}
	_, rest, _ := bytes.Cut(text, newline)
	switch {
	case sum(rest) == h.Sum && !hadBOM && bytes.IndexByte(text, '\r') < 0:
		return h.Owner, intact
	case hasConflict(rest):
		return h.Owner, conflicted
	default:
		return h.Owner, edited
	}
}

// unix turns text whose every line ends in CRLF into LF, and returns any other
// text as it is.
func unix(text []byte) []byte {
	cr := bytes.Count(text, []byte("\r"))
	if cr == 0 || cr != bytes.Count(text, newline) || cr != bytes.Count(text, crlf) {
		return text
	}
	return bytes.ReplaceAll(text, crlf, newline)
}

var (
	conflictOurs   = []byte("<<<<<<< ")
	conflictSplit  = []byte("=======\n")
	conflictTheirs = []byte(">>>>>>> ")
)

// conflictedHeader looks for our line on either side of a conflict that begins
// with the file.
func conflictedHeader(text []byte) (Owner, condition) {
	if !bytes.HasPrefix(text, conflictOurs) || !hasConflict(text) {
		return "", notOurs
	}
	for line := range bytes.Lines(text) {
		if h, ours := ParseHeader(line); ours {
			return h.Owner, conflicted
		}
		if bytes.HasPrefix(line, conflictTheirs) {
			break
		}
	}
	return "", notOurs
}

// hasConflict wants all three markers at the beginning of lines, in order: one
// alone may be a Markdown heading.
func hasConflict(text []byte) bool {
	for _, marker := range [][]byte{conflictOurs, conflictSplit, conflictTheirs} {
		for !bytes.HasPrefix(text, marker) {
			i := bytes.IndexByte(text, '\n')
			if i < 0 {
				return false
			}
			text = text[i+1:]
		}
	}
	return true
}
