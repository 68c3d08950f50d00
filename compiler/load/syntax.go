package load

import (
	"fmt"
	"strconv"
	"strings"

	"cuelang.org/go/cue/errors"
	"cuelang.org/go/cue/token"

	"slipway.dev/compiler/diag"
	"slipway.dev/schema"
)

// pos is a CUE position as ours; the file's name is the one we gave it.
func pos(p token.Pos) diag.Pos {
	if !p.IsValid() {
		return diag.Pos{}
	}
	q := p.Position()
	return diag.Pos{File: q.Filename, Line: q.Line, Col: q.Column}
}

// syntax reports what the parser says, which is plain enough to be shown.
func syntax(file string, err error, ds *diag.List) {
	for _, e := range errors.Errors(err) {
		at := pos(e.Position())
		if !at.IsValid() {
			at = diag.Pos{File: file, Line: 1, Col: 1}
		}
		format, args := e.Msg()
		msg := strings.ReplaceAll(fmt.Sprintf(format, args...), "'EOF'", "the end of the file")
		d := ds.Errorf(diag.SyntaxError, at, "%s", strings.TrimSuffix(msg, "."))
		if strings.HasSuffix(msg, "found the end of the file") {
			d.WithHint("look above for the { or [ that is not closed")
		}
		if strings.Contains(d.Message, "reference") && strings.Contains(d.Message, "not found") {
			d.WithHint("text needs double quotes")
		}
	}
}

// imports refuses imports of anything but CUE's own packages and the schema.
func (s scan) imports(file string, ds *diag.List) bool {
	ok := true
	for spec := range s.file.ImportSpecs() {
		name, err := strconv.Unquote(spec.Path.Value)
		if err != nil {
			continue // the parser has said so
		}
		bare, _, _ := strings.Cut(name, "@")
		bare, _, _ = strings.Cut(bare, ":")
		first, _, _ := strings.Cut(bare, "/")
		if bare == schema.ImportPath || !strings.Contains(first, ".") {
			continue
		}
		ok = false
		d := ds.Errorf(diag.UnknownImport, pos(spec.Path.Pos()), "a spec cannot import %q; it sees %q and CUE's own packages", name, schema.ImportPath)
		if near, found := diag.Nearest(bare, []string{schema.ImportPath}); found {
			d.WithHint("did you mean %q?", near)
		}
	}
	return ok
}
