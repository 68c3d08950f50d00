package reference

import (
	"strings"
	"testing"

	"cuelang.org/go/cue/ast"
	"cuelang.org/go/cue/parser"
	"cuelang.org/go/cue/token"

	"slipway.dev/schema"
)

// section is a struct of the schema, with its fields.
type section struct {
	id     string   // its definition; empty for a struct within one
	places []string // the paths at which it may stand; the first is the one that its fields are called by
	doc    string
	also   []string // definitions whose fields it has too
	short  string   // the field that a value alone stands for
	oneOf  []string // at most one of these
	fields []*field
}

// field is a field of the schema.
type field struct {
	in    *section
	name  string
	doc   string
	expr  ast.Expr // as the schema says what fits
	must  bool     // always, not only once all layers are known
	need  bool     // once all layers are known
	below string   // the path of what its value, or each entry of it, consists of
}

func (f *field) path() string { return join(f.in.places[0], f.name) }

// places are all the paths that the field may stand at.
func (f *field) places() (out []string) {
	for _, p := range f.in.places {
		out = append(out, join(p, f.name))
	}
	return out
}

// segments are a path in the words of package tree.
func segments(path string) []string {
	return strings.Split(strings.ReplaceAll(path, "[]", ".[]"), ".")
}

func join(path, name string) string {
	if path == "" {
		return name
	}
	return path + "." + name
}

// definitions are the schema's, by name, and the comments on them.
type definitions struct {
	exprs map[string]ast.Expr
	docs  map[string]string
	order []string
}

func readSchema(t *testing.T) *definitions {
	t.Helper()
	d := &definitions{exprs: map[string]ast.Expr{}, docs: map[string]string{}}
	for _, name := range []string{"service.cue", "platform.cue", "release.cue"} {
		src, err := schema.CUE.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		f, err := parser.ParseFile(name, src, parser.ParseComments)
		if err != nil {
			t.Fatal(err)
		}
		for _, decl := range f.Decls {
			if def, ok := decl.(*ast.Field); ok {
				id := source(def.Label)
				d.exprs[id], d.docs[id] = def.Value, comment(def)
				d.order = append(d.order, id)
			}
		}
	}
	return d
}

func comment(n ast.Node) string {
	var b strings.Builder
	for _, g := range ast.Comments(n) {
		if g.Doc {
			b.WriteString(g.Text())
		}
	}
	return strings.Join(strings.Fields(b.String()), " ")
}

// structOf is the struct among the alternatives of x, and the definition that it comes from.
func (d *definitions) structOf(x ast.Expr) (*ast.StructLit, string) {
	switch x := x.(type) {
	case *ast.StructLit:
		return x, ""
	case *ast.Ident:
		lit, id := d.structOf(d.exprs[x.Name])
		if id == "" {
			id = x.Name
		}
		return lit, id
	case *ast.BinaryExpr:
		if x.Op == token.OR {
			if lit, id := d.structOf(x.X); lit != nil {
				return lit, id
			}
			return d.structOf(x.Y)
		}
	}
	return nil, ""
}

// pattern is what the entries of a map are; nil when lit has fields of its own.
func pattern(lit *ast.StructLit) ast.Expr {
	if f, ok := lit.Elts[0].(*ast.Field); ok {
		if _, ok := f.Label.(*ast.ListLit); ok {
			return f.Value
		}
	}
	return nil
}

// isOpen reports whether x is Kubernetes' own words.
func isOpen(x ast.Expr) bool {
	lit, ok := x.(*ast.StructLit)
	if !ok || len(lit.Elts) == 0 {
		return false
	}
	_, open := lit.Elts[0].(*ast.Ellipsis)
	return open
}

// isEnum reports whether x is one of some words.
func isEnum(x ast.Expr) bool {
	b, ok := x.(*ast.BinaryExpr)
	if !ok || b.Op != token.OR {
		return false
	}
	_, word := b.Y.(*ast.BasicLit)
	return word && !isNull(b.Y)
}

func isNull(x ast.Expr) bool { return source(x) == "null" }
