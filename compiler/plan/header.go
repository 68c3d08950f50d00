package plan

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"path"
	"strings"
)

// The first line of every file, for instance
//
//	# slipway: service/checkout, generated: do not edit, sha256:3f2a9c0d11e84b67
//
// It names the owner and never a path, so that a moved file is still known.
// The hash is over everything after the first line's newline.
const (
	mark    = "slipway: "
	warning = ", generated: do not edit, sha256:"
)

// sumDigits keeps the line under 100 columns for any usual name. 64 bits are
// plenty: the hash tells an edit from none, it protects against nobody.
const sumDigits = 16

// Header is what a first line says.
type Header struct {
	Owner Owner
	Sum   string // the first hex digits of the sha256 of the rest
}

type comment struct{ open, end string }

var (
	hash   = &comment{"# ", ""}
	markup = &comment{"<!-- ", " -->"}
)

// commentFor is nil for a kind of file that is never emitted.
func commentFor(p string) *comment {
	base := path.Base(p)
	switch path.Ext(base) {
	case ".yaml", ".yml":
		return hash
	case ".md":
		return markup
	}
	if base == ".gitattributes" {
		return hash
	}
	return nil
}

// Bytes is f as it stands on disk: the first line, then the body.
func Bytes(f File) []byte {
	line := firstLine(f)
	out := make([]byte, 0, len(line)+len(f.Body))
	return append(append(out, line...), f.Body...)
}

// firstLine ends with its newline.
func firstLine(f File) string {
	c := commentFor(f.Path)
	return c.open + mark + string(f.Owner) + warning + sum(f.Body) + c.end + "\n"
}

func sum(body []byte) string {
	s := sha256.Sum256(body)
	return hex.EncodeToString(s[:sumDigits/2])
}

// ParseHeader reads the first line of content. It takes exactly what [Bytes]
// writes, in any of its comment syntaxes and with LF or CRLF; a line that
// anybody touched is not ours.
func ParseHeader(content []byte) (Header, bool) {
	line, _, found := bytes.Cut(content, newline)
	if !found || len(line) > 200 {
		return Header{}, false
	}
	return parseLine(strings.TrimSuffix(string(line), "\r"))
}

func parseLine(line string) (Header, bool) {
	for _, c := range []*comment{hash, markup} {
		rest, opened := strings.CutPrefix(line, c.open+mark)
		rest, closed := strings.CutSuffix(rest, c.end)
		if !opened || !closed {
			continue
		}
		owner, sum, found := strings.Cut(rest, warning)
		h := Header{Owner: Owner(owner), Sum: sum}
		if found && h.Owner.wellFormed() && isSum(sum) {
			return h, true
		}
	}
	return Header{}, false
}

func isSum(s string) bool {
	return len(s) == sumDigits && strings.Trim(s, "0123456789abcdef") == ""
}
