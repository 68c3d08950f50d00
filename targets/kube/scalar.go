package kube

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// How a string is written, the first that fits:
//
//	plain          a word that no parser takes for anything else (isWord)
//	| |- |+        several lines that a block scalar represents exactly
//	'…'            printable, with " or \ and without ' (JSON, regular expressions)
//	"…"            everything else
//
// Folded and multi-line quoted forms are never used.
func appendString(out []byte, s string, indent int) []byte {
	if isWord(s) {
		return append(out, s...)
	}
	if isBlock(s) {
		return appendBlock(out, s, indent)
	}
	return appendQuoted(out, s)
}

// appendKey writes a map's key: as a string, but always on one line and never
// plain when it has a colon.
func appendKey(out []byte, s string) []byte {
	if isWord(s) && strings.IndexByte(s, ':') < 0 {
		return append(out, s...)
	}
	return appendQuoted(out, s)
}

// isWord reports whether s may stand plain. It is far stricter than YAML: the
// words are those that every YAML 1.1 and 1.2 parser reads as the same string.
//
//	a letter, "/", "./", "../", "$(", or one or two "-" and a letter; then
//	letters, digits and . _ / $ ( ) @ + = - and ":" before a letter, digit or "/"
//	quantities and durations: digits with m, s, h, ms, Ki, Mi, Gi, Ti or %
//
// Not among them are the words that mean a boolean, null or number somewhere
// (yes, on, y, inf, e7), anything else that begins with a digit (dates, versions,
// octal, 12345e6, 1:30), and everything with spaces.
func isWord(s string) bool {
	if s == "" {
		return false
	}
	rest := s
	switch c := s[0]; {
	case isLetter(c):
	case c == '/':
		rest = s[1:]
	case c == '$':
		if !strings.HasPrefix(s, "$(") {
			return false
		}
		rest = s[2:]
	case c == '.':
		for strings.HasPrefix(rest, "../") {
			rest = rest[3:]
		}
		rest = strings.TrimPrefix(rest, "./")
		if rest == "" || !isLetter(rest[0]) {
			return rest == "" && strings.HasSuffix(s, "../")
		}
	case c == '-':
		rest = strings.TrimPrefix(s[1:], "-")
		if rest == "" || !isLetter(rest[0]) || isReserved(rest) {
			return false
		}
	case isDigit(c):
		return isAmount(s)
	default:
		return false
	}
	for i := 0; i < len(rest); i++ {
		c := rest[i]
		if isLetter(c) || isDigit(c) {
			continue
		}
		switch c {
		case '.', '_', '/', '$', '(', ')', '@', '+', '=', '-':
		case ':':
			if i+1 == len(rest) || !isLetter(rest[i+1]) && !isDigit(rest[i+1]) && rest[i+1] != '/' {
				return false
			}
		default:
			return false
		}
	}
	return !isReserved(s)
}

// isReserved reports whether some parser reads the word s as a boolean, null
// or number.
func isReserved(s string) bool {
	if s[0]|0x20 == 'e' && isExponent(s[1:]) {
		return true
	}
	if len(s) > len("infinity") {
		return false
	}
	var lower [len("infinity")]byte
	for i := range len(s) {
		lower[i] = s[i] | 0x20 // a letter's lower case; no other byte becomes one of a word's
	}
	switch string(lower[:len(s)]) {
	case "y", "n", "yes", "no", "on", "off", "true", "false", "null", "nan", "inf", "infinity":
		return true
	}
	return false
}

// isExponent reports whether s is digits, with a sign at most: to npm's yaml in
// version 1.1 the commit e123456 is a number, namely NaN.
func isExponent(s string) bool {
	s = strings.TrimLeft(s, "+-")
	for i := range len(s) {
		if !isDigit(s[i]) {
			return false
		}
	}
	return s != ""
}

// isAmount reports whether s is groups of digits and a unit (500m, 512Mi,
// 1h30m0s, 25%). The units leave out k, M, G, E, e and d, which some number
// format knows.
func isAmount(s string) bool {
	for s != "" {
		digits := 0
		for digits < len(s) && isDigit(s[digits]) {
			digits++
		}
		if digits == 0 {
			return false
		}
		s = s[digits:]
		unit := 1
		if len(s) > 1 && (s[1] == 'i' && strings.IndexByte("KMGT", s[0]) >= 0 || s[:2] == "ms") {
			unit = 2
		} else if s == "" || strings.IndexByte("msh%", s[0]) < 0 {
			return false
		}
		s = s[unit:]
	}
	return true
}

func isLetter(c byte) bool { return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' }
func isDigit(c byte) bool  { return '0' <= c && c <= '9' }

// isBlock reports whether s has several lines and a literal block scalar
// without indentation indicator means exactly s: every character printable or
// a tab, the first line that is not empty begins with neither, and the last is
// not blank, which goccy/go-yaml drops.
func isBlock(s string) bool {
	text := strings.TrimLeft(s, "\n")
	if text == "" || text[0] == ' ' || text[0] == '\t' || strings.IndexByte(s, '\n') < 0 {
		return false
	}
	body := strings.TrimRight(text, "\n")
	if strings.Trim(body[strings.LastIndexByte(body, '\n')+1:], " \t") == "" {
		return false
	}
	for i, r := range text {
		if r != '\n' && r != '\t' && !isPrintable(text, i, r) {
			return false
		}
	}
	return true
}

func appendBlock(out []byte, s string, indent int) []byte {
	out = append(out, '|')
	body := strings.TrimRight(s, "\n")
	switch len(s) - len(body) {
	case 0:
		out = append(out, '-')
	case 1:
	default:
		out = append(out, '+')
	}
	for line := range strings.SplitSeq(body, "\n") {
		out = append(out, '\n')
		if line != "" {
			out = append(appendIndent(out, indent), line...)
		}
	}
	for range len(s) - len(body) - 1 { // the caller ends the last line
		out = append(out, '\n')
	}
	return out
}

// appendQuoted writes s in quotes on one line. Bytes that are not UTF-8 become
// U+FFFD, as in encoding/json: YAML cannot hold them.
func appendQuoted(out []byte, s string) []byte {
	if isSingle(s) {
		out = append(out, '\'')
		out = append(out, s...)
		return append(out, '\'')
	}
	out = append(out, '"')
	for i, r := range s {
		switch {
		case r == '"' || r == '\\':
			out = append(out, '\\', byte(r))
		case r == '\n':
			out = append(out, '\\', 'n')
		case r == '\r':
			out = append(out, '\\', 'r')
		case r == '\t':
			out = append(out, '\\', 't')
		case isPrintable(s, i, r):
			out = utf8.AppendRune(out, r)
		case r <= 0xff:
			out = appendHex(append(out, '\\', 'x'), r, 2)
		case r <= 0xffff:
			out = appendHex(append(out, '\\', 'u'), r, 4)
		default:
			out = appendHex(append(out, '\\', 'U'), r, 8)
		}
	}
	return append(out, '"')
}

// isSingle reports whether single quotes spare escapes and need none.
func isSingle(s string) bool {
	if !strings.ContainsAny(s, `"\`) || strings.IndexByte(s, '\'') >= 0 {
		return false
	}
	for i, r := range s {
		if !isPrintable(s, i, r) {
			return false
		}
	}
	return true
}

// isPrintable reports whether r, found at s[i], is written as itself: letters,
// marks, digits, punctuation and symbols of any script. Everything invisible
// or with a meaning of its own (controls, NEL, LS, PS, BOM, no-break space,
// bidirectional overrides, private use) is escaped.
func isPrintable(s string, i int, r rune) bool {
	if r < utf8.RuneSelf {
		return ' ' <= r && r <= '~'
	}
	if r == utf8.RuneError {
		_, size := utf8.DecodeRuneInString(s[i:])
		return size > 1
	}
	return unicode.IsPrint(r)
}

func appendHex(out []byte, r rune, digits int) []byte {
	for shift := 4 * (digits - 1); shift >= 0; shift -= 4 {
		out = append(out, "0123456789abcdef"[r>>shift&0xf])
	}
	return out
}

// appendFloat writes a JSON number so that YAML 1.1 reads a number too: it
// wants a point before an exponent, and -0 is an integer there.
func appendFloat(out []byte, text string) []byte {
	if mantissa, exponent, ok := strings.Cut(strings.ToLower(text), "e"); ok {
		out = append(out, mantissa...)
		if strings.IndexByte(mantissa, '.') < 0 {
			out = append(out, ".0"...)
		}
		out = append(out, 'e')
		if exponent[0] != '-' && exponent[0] != '+' {
			out = append(out, '+')
		}
		return append(out, exponent...)
	}
	out = append(out, text...)
	if strings.IndexByte(text, '.') < 0 {
		out = append(out, ".0"...)
	}
	return out
}
