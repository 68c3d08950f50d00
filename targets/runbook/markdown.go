package runbook

import (
	"slices"
	"strings"
)

// code is text of a spec as Markdown shows it literally, in a cell of a table too.
func code(s string) string {
	if strings.ContainsFunc(s, func(r rune) bool { return r < ' ' || r >= 0x7f }) {
		s = printable(s)
	}
	s = strings.ReplaceAll(s, "|", `\|`)
	if !strings.Contains(s, "`") {
		return "`" + s + "`"
	}
	fence := "``"
	for strings.Contains(s, fence) {
		fence += "`"
	}
	return fence + " " + s + " " + fence
}

// printable is text without what moves a terminal's cursor.
func printable(s string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || r >= 0x7f && r < 0xa0 {
			return ' '
		}
		return r
	}, s)
}

func join(list []string) string { return strings.Join(list, ", ") }

func unique(list []string) []string {
	slices.Sort(list)
	return slices.Compact(list)
}
