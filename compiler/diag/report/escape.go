package report

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/width"
)

// Specs are written by people whom the reader of a diagnostic need not trust: a pull request's author, say, whose file
// CI prints. So nothing that could move a cursor, recolour a terminal or turn text around (CVE-2021-42574) is printed
// as it is.

// printable reports whether a rune is shown as itself. Spaces other than the ordinary one are not: a no-break space in
// a spec is a mistake that nobody would see.
func printable(r rune) bool { return unicode.IsPrint(r) }

// clean returns s on one line with every rune that is not printable, and every byte that is not UTF-8, written as in a
// Go string: \n, \x1b, \u202e.
func clean(s string) string {
	var b strings.Builder
	for len(s) > 0 {
		r, size := utf8.DecodeRuneInString(s)
		b.WriteString(cleanRune(r, s[:size]))
		s = s[size:]
	}
	return b.String()
}

// cleanRune is clean for one rune, which was decoded from raw.
func cleanRune(r rune, raw string) string {
	switch {
	case r == utf8.RuneError && len(raw) == 1:
		return fmt.Sprintf(`\x%02x`, raw[0])
	case printable(r):
		return raw
	}
	quoted := fmt.Sprintf("%q", raw) // knows \n, \x1b, \u202e and \U000e0001
	return quoted[1 : len(quoted)-1]
}

// columns returns how many columns of a terminal a printable rune takes: none for combining marks, two for the wide
// characters of East Asia and emoji (Unicode Standard Annex 11).
func columns(r rune) int {
	if unicode.In(r, unicode.Mn, unicode.Me) {
		return 0
	}
	switch width.LookupRune(r).Kind() {
	case width.EastAsianWide, width.EastAsianFullwidth:
		return 2
	}
	return 1
}
