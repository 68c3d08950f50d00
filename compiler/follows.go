package compiler

import (
	"regexp"
	"slices"
	"strings"

	"slipway.dev/compiler/diag"
)

var quotedName = regexp.MustCompile(`"([^"]+)"`)

// follows reports whether a finding is only the consequence of a mistake that is already
// known: it is about the same place, or it misses a name that was left out because what
// stands under it is wrong.
func follows(d *diag.Diagnostic, known []*diag.Diagnostic) bool {
	for _, k := range known {
		if k == d || k.Severity != diag.Error {
			continue
		}
		if d.Path != "" && (d.Path == k.Path || strings.HasPrefix(d.Path, k.Path+".") && k.Path != "") {
			return true
		}
		missesName := strings.HasPrefix(string(d.Code), "unknown-") || strings.HasPrefix(string(d.Code), "unused-")
		if missesName && namesEndOf(d.Message, k.Path) {
			return true
		}
		if d.Code == diag.MissingField && d.Path == "run" && strings.HasPrefix(k.Path, "run") {
			return true
		}
		if d.Code == diag.NoImage && (strings.HasPrefix(k.Path, "source") || strings.HasPrefix(k.Path, "build") || strings.HasPrefix(k.Path, "image")) {
			return true
		}
	}
	return false
}

// namesEndOf reports whether a message quotes one of the last two names of a path.
func namesEndOf(message, path string) bool {
	names := strings.Split(path, ".")
	names = names[max(0, len(names)-2):]
	for _, m := range quotedName.FindAllStringSubmatch(message, -1) {
		if slices.Contains(names, m[1]) {
			return true
		}
	}
	return false
}
