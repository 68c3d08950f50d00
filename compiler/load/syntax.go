package load

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"cuelang.org/go/cue/ast"
	"cuelang.org/go/cue/ast/astutil"
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
// Only the first place counts: what follows is the parser's search for its feet.
func syntax(file string, src []byte, err error, ds *diag.List) {
	e := errors.Errors(err)[0]
	at := pos(e.Position())
	if !at.IsValid() {
		at = diag.Pos{File: file, Line: 1, Col: 1}
	}
	format, args := e.Msg()
	msg := strings.ReplaceAll(fmt.Sprintf(format, args...), "'EOF'", "the end of the file")
	d := ds.Errorf(diag.SyntaxError, at, "%s", strings.TrimSuffix(msg, "."))
	if hint := habit(line(src, at.Line)); hint != "" {
		d.WithHint("%s", hint)
	} else if strings.HasSuffix(msg, "found the end of the file") {
		d.WithHint("look above for the { or [ that is not closed")
	}
}

// Habits from YAML and other languages, by the line on which reading stopped.
var (
	yamlComment = regexp.MustCompile(`^\s*#(\s|$)`)
	dashedName  = regexp.MustCompile(`^\s*[A-Za-z][A-Za-z0-9]*(-[A-Za-z0-9]+)+\s*:`)
	bareAmount  = regexp.MustCompile(`:\s*[0-9]+(\.[0-9]+)?(m|s|h|min|MB|GB)\b`)
	assignment  = regexp.MustCompile(`^\s*[A-Za-z]+\s*=[^~=]`)
)

func habit(line string) string {
	switch {
	case yamlComment.MatchString(line):
		return "comments begin with //"
	case dashedName.MatchString(line):
		return "a name with dashes needs double quotes"
	case bareAmount.MatchString(line):
		return "amounts and times need double quotes, such as \"250m\""
	case assignment.MatchString(line):
		return "a field is written name: value"
	}
	return ""
}

// line is a line of src by its number, from 1.
func line(src []byte, n int) string {
	lines := strings.Split(string(src), "\n")
	if n < 1 || n > len(lines) {
		return ""
	}
	return lines[n-1]
}

// packages are CUE's own. https://pkg.go.dev/cuelang.org/go/pkg
var packages = []string{"crypto/ed25519", "crypto/hmac", "crypto/md5", "crypto/sha1", "crypto/sha256", "crypto/sha512",
	"encoding/base64", "encoding/csv", "encoding/hex", "encoding/json", "encoding/toml", "encoding/yaml", "html", "list", "math", "math/bits",
	"net", "path", "regexp", "strconv", "strings", "struct", "text/tabwriter", "text/template", "time", "uuid"}

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
		if bare == schema.ImportPath {
			continue
		}
		if !strings.Contains(first, ".") {
			if !slices.Contains(packages, bare) {
				ok = false
				d := ds.Errorf(diag.UnknownImport, pos(spec.Path.Pos()), "CUE has no package %q", name)
				if near, found := diag.Nearest(bare, packages); found {
					d.WithHint("did you mean %q?", near)
				}
			}
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

// plain refuses what CUE accepts and a spec cannot mean: optional and required fields, and
// patterns other than [string]. Policy may have them: it is made of rules.
func (s scan) plain(file string, ds *diag.List) bool {
	ok := true
	refuse := func(at token.Pos, format string, args ...any) *diag.Diagnostic {
		ok = false
		return ds.Errorf(diag.NotAValue, pos(at), format, args...)
	}
	walk := func(n ast.Node) bool {
		f, isField := n.(*ast.Field)
		if !isField {
			return true
		}
		name := ""
		switch l := f.Label.(type) {
		case *ast.Ident:
			name = l.Name
		case *ast.BasicLit:
			name, _ = strconv.Unquote(l.Value)
		case *ast.ListLit:
			if !isString(l) {
				refuse(l.Pos(), "a spec has no pattern but [string]").WithHint("write [string], or name the entries")
			}
		}
		if name == "policy" && file == policyFile {
			return false
		}
		if f.Constraint == token.OPTION || f.Constraint == token.NOT {
			refuse(f.Label.Pos(), "%s%s is a rule, not a field", name, f.Constraint).
				WithHint("write %s without the mark; rules belong to policy in platform.cue", name)
		}
		return true
	}
	ast.Walk(s.file, walk, nil)
	return ok
}

// policyFile is the one file that may hold rules.
const policyFile = "platform.cue"

func isString(l *ast.ListLit) bool {
	if len(l.Elts) != 1 {
		return false
	}
	id, ok := l.Elts[0].(*ast.Ident)
	return ok && (id.Name == "string" || id.Name == "_")
}

// predeclared are the names that CUE knows without a definition.
var predeclared = []string{"string", "bytes", "bool", "int", "float", "number", "uint", "rune", "int8", "int16", "int32", "int64", "int128",
	"uint8", "uint16", "uint32", "uint64", "uint128", "float32", "float64", "len", "close", "and", "or", "div", "mod", "quo", "rem", "matchN", "matchIf", "error", "self", "_"}

// unresolved reports words that mean nothing, and puts text in their place, since a
// forgotten pair of quotes is the usual reason: so the rest of the file can be judged. It
// returns where it did so, or nil when nothing can be made of the file.
func unresolved(f *ast.File, ds *diag.List) map[diag.Pos]bool {
	guesses := map[diag.Pos]bool{}
	unknown := map[*ast.Ident]bool{}
	for _, id := range f.Unresolved {
		if !slices.Contains(predeclared, id.Name) && !strings.HasPrefix(id.Name, "__") {
			unknown[id] = true
		}
	}
	if len(unknown) == 0 {
		return guesses
	}
	stop := false
	astutil.Apply(f, func(c astutil.Cursor) bool {
		switch n := c.Node().(type) {
		case *ast.SelectorExpr:
			if id, ok := n.X.(*ast.Ident); ok && unknown[id] {
				stop = true
				d := ds.Errorf(diag.NotAValue, pos(id.Pos()), "there is nothing called %s", id.Name)
				if id.Name == "schema" {
					d.WithHint("begin the file with: import %q", schema.ImportPath)
				} else {
					d.WithHint("import the package, or define %s", id.Name)
				}
				return false
			}
		case *ast.Package:
			return false // its name is no value
		case *ast.Ident:
			if unknown[n] {
				ds.Errorf(diag.NotAValue, pos(n.Pos()), "there is nothing called %s", n.Name).
					WithHint("if it is text, put it in double quotes: %q", n.Name)
				guesses[pos(n.Pos())] = true
				c.Replace(&ast.BasicLit{ValuePos: n.Pos(), Kind: token.STRING, Value: strconv.Quote(n.Name)})
				return false
			}
		}
		return true
	}, nil)
	if stop {
		return nil
	}
	return guesses
}
