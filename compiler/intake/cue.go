package intake

import (
	"strings"

	"cuelang.org/go/cue/ast"
	"cuelang.org/go/cue/format"
	"cuelang.org/go/cue/literal"
	"cuelang.org/go/cue/token"

	"slipway.dev/compiler/layer"
)

// writer writes trees as CUE.
type writer struct {
	comments map[string]string // by path, such as "environments.prod.image"; lines that stand above the field
}

// file is a whole file: the fields of a definition of the schema.
func (w *writer) file(definition string, t *layer.Type, n *layer.Node, head string) []byte {
	body := &ast.StructLit{Lbrace: token.Blank.Pos(), Rbrace: token.Newline.Pos()}
	for _, e := range n.Keys {
		f := w.field(t.At(e.Name), e, e.Name)
		rel := token.Newline
		if multiline(f) && len(body.Elts) > 0 {
			rel = token.NewSection
		}
		ast.SetRelPos(f, rel)
		body.Elts = append(body.Elts, f)
	}
	spec := ast.NewImport(nil, "slipway.dev/schema")
	decl := &ast.ImportDecl{Specs: []*ast.ImportSpec{spec}}
	file := &ast.File{Decls: []ast.Decl{decl, &ast.EmbedDecl{Expr: ast.NewBinExpr(token.AND, ast.NewSel(ast.NewIdent("schema"), definition), body)}}}
	if head != "" {
		comment(decl, head)
	}
	out, err := format.Node(file, format.Simplify())
	if err != nil {
		panic("intake: what we make is CUE: " + err.Error())
	}
	return out
}

func comment(n ast.Node, text string) {
	g := &ast.CommentGroup{Doc: true}
	for _, line := range strings.Split(text, "\n") {
		g.List = append(g.List, &ast.Comment{Text: strings.TrimRight("// "+line, " ")})
	}
	ast.AddComment(n, g)
}

func multiline(f *ast.Field) bool {
	s, ok := f.Value.(*ast.StructLit)
	if ok && len(s.Elts) == 1 && !s.Lbrace.IsValid() {
		return multiline(s.Elts[0].(*ast.Field))
	}
	return ok && s.Rbrace.RelPos() == token.Newline
}

func (w *writer) field(t *layer.Type, e layer.Entry, path string) *ast.Field {
	f := &ast.Field{Label: ast.NewStringLabel(e.Name), Value: w.value(t, e.Value, path)}
	if text := w.comments[path]; text != "" {
		comment(f, text)
	}
	return f
}

func (w *writer) value(t *layer.Type, n *layer.Node, path string) ast.Expr {
	switch n.Kind {
	case layer.Struct:
		if t != nil && !t.Raw && t.Short != "" && len(n.Keys) == 1 && n.Keys[0].Name == t.Short && n.Keys[0].Value.Kind != layer.Null {
			return w.value(t.At(t.Short), n.Keys[0].Value, path)
		}
		return w.fields(t, n, path)
	case layer.List:
		return w.list(t, n, path)
	case layer.String:
		return text(n.Text)
	case layer.Bool:
		return ast.NewBool(n.Text == "true")
	case layer.Null:
		return ast.NewNull()
	}
	if rest, negative := strings.CutPrefix(n.Text, "-"); negative {
		return &ast.UnaryExpr{Op: token.SUB, X: number(rest)}
	}
	return number(n.Text)
}

func number(s string) ast.Expr {
	if strings.ContainsAny(s, ".eE") {
		return ast.NewLit(token.FLOAT, s)
	}
	return ast.NewLit(token.INT, s)
}

// text is a string; one of several lines is written as it reads.
func text(s string) ast.Expr {
	if strings.Contains(s, "\n") && strings.TrimSpace(s) != "" && !strings.ContainsAny(s, "\r") {
		return ast.NewLit(token.STRING, literal.String.WithOptionalTabIndent(1).Quote(s))
	}
	return ast.NewLit(token.STRING, literal.String.Quote(s))
}

// fields is a struct: on one line when it is short and flat.
func (w *writer) fields(t *layer.Type, n *layer.Node, path string) ast.Expr {
	out := &ast.StructLit{}
	short := (len(n.Keys) != 1 || strings.HasSuffix(path, "[]")) && width(n) <= 64
	for _, e := range n.Keys {
		f := w.field(t.At(e.Name), e, path+"."+e.Name)
		short = short && e.Value.Kind != layer.List && (e.Value.Kind != layer.Struct || len(e.Value.Keys) == 0 || isShort(f.Value)) && w.comments[path+"."+e.Name] == ""
		out.Elts = append(out.Elts, f)
	}
	switch {
	case short:
		out.Lbrace, out.Rbrace = token.NoSpace.Pos(), token.NoSpace.Pos()
		for i, f := range out.Elts {
			ast.SetRelPos(f, []token.RelPos{token.NoSpace, token.Blank}[min(i, 1)])
		}
	case len(n.Keys) == 1 && !strings.HasSuffix(path, "[]") && w.comments[path+"."+n.Keys[0].Name] == "":
		// Without braces of its own it is written as a: b: …
	default:
		out.Lbrace, out.Rbrace = token.Blank.Pos(), token.Newline.Pos()
		for _, f := range out.Elts {
			ast.SetRelPos(f, token.Newline)
		}
	}
	return out
}

func isShort(e ast.Expr) bool {
	s, ok := e.(*ast.StructLit)
	return !ok || s.Rbrace.RelPos() == token.NoSpace
}

// width is about how long a tree is on one line.
func width(n *layer.Node) int {
	sum := len(n.Text) + 3
	if strings.Contains(n.Text, "\n") {
		sum += 1000
	}
	for _, e := range n.Keys {
		sum += len(e.Name) + 2 + width(e.Value)
	}
	for _, item := range n.Items {
		sum += width(item)
	}
	return sum
}

func (w *writer) list(t *layer.Type, n *layer.Node, path string) ast.Expr {
	out := &ast.ListLit{}
	if t != nil && !t.Raw {
		t = t.Elem
	}
	flat := width(n) <= 96
	for _, item := range n.Items {
		flat = flat && item.Kind != layer.Struct && item.Kind != layer.List
		out.Elts = append(out.Elts, w.value(t, item, path+"[]"))
	}
	structs := len(n.Items) > 0 && n.Items[0].Kind == layer.Struct
	for i, e := range out.Elts {
		switch {
		case flat || structs && i == 0:
			ast.SetRelPos(e, []token.RelPos{token.NoSpace, token.Blank}[min(i, 1)])
		case structs:
			ast.SetRelPos(e, token.Blank)
		default:
			ast.SetRelPos(e, token.Newline)
		}
	}
	if !flat && !structs {
		out.Rbrack = token.Newline.Pos()
	}
	return out
}
