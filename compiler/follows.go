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
		if k.Path != "" && k.Code != diag.MissingField && (d.Code == diag.NoChoice || d.Code == diag.MissingField) && strings.HasPrefix(k.Path, parent(d)+".") {
			return true // what is wrong in there is what was meant
		}
		if d.Code == diag.WrongValue && strings.HasSuffix(k.Path, ".kind") && strings.HasPrefix(d.Path, strings.TrimSuffix(k.Path, "kind")) {
			return true // which kind it is is not known
		}
		field := givenBy[d.Code]
		if missesService(d) {
			field = "ports"
		}
		if field != "" && k.Code == diag.UnknownField {
			last := k.Path[strings.LastIndexByte(k.Path, '.')+1:]
			if _, near := diag.Nearest(last, []string{field}); near && (field != "ports" || sameProcess(d.Path, k.Path)) {
				return true // the field that says what there is was misspelt
			}
		}
		if (d.Code == diag.UnknownPort || missesService(d)) && strings.Contains(k.Path+".", ".ports.") && sameProcess(d.Path, k.Path) {
			return true // which ports there are is not known, nor which Services they make
		}
		if k.Path == "" && (d.Code == diag.MissingField || d.Code == diag.NoImage || d.Code == diag.UnknownOwner) {
			return true // nothing is known of a file that is broken as a whole
		}
		missesName := strings.HasPrefix(string(d.Code), "unknown-") || strings.HasPrefix(string(d.Code), "unused-")
		if missesName && namesEndOf(d.Message, k.Path) {
			return true
		}
		if d.Code == diag.MissingField && d.Path == "run" && strings.HasPrefix(k.Path, "run") {
			return true
		}
		if (d.Code == diag.NoImage || d.Code == diag.NoAddress) && (strings.HasPrefix(k.Path, "source") || strings.HasPrefix(k.Path, "build") || strings.HasPrefix(k.Path, "image")) {
			return true
		}
	}
	return false
}

// missesService reports whether a finding misses a Service, which ports make.
func missesService(d *diag.Diagnostic) bool {
	return d.Code == diag.UnknownObject && strings.Contains(d.Message, " Service ")
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

// givenBy is the field that says which names there are, by the code for one that there is not.
var givenBy = map[diag.Code]string{
	diag.UnknownPort: "ports", diag.UnknownVolume: "volumes", diag.UnknownConfig: "config", diag.UnknownProcess: "run",
}

// parent is the path of the struct that a finding is about.
func parent(d *diag.Diagnostic) string {
	if i := strings.LastIndexByte(d.Path, '.'); d.Code == diag.MissingField && i > 0 {
		return d.Path[:i]
	}
	return d.Path
}

// sameProcess reports whether two paths are of one process group; a route's path names
// none and may mean any.
func sameProcess(a, b string) bool {
	x, y := strings.SplitN(a, ".", 3), strings.SplitN(b, ".", 3)
	return x[0] != "run" || len(x) > 1 && len(y) > 1 && x[1] == y[1]
}
