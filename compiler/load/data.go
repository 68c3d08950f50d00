package load

import (
	"slices"

	"cuelang.org/go/cue/ast"
	"cuelang.org/go/cue/token"

	"slipway.dev/compiler/layer"
	"slipway.dev/schema"
)

// dataTree makes the tree of a service's spec that is nothing but data, as most are, and
// that is surely sound: the same tree that CUE's value would give. It returns nil for any
// other, which is CUE's to evaluate.
func dataTree(f *ast.File, t *layer.Type) *layer.Node {
	s, left := body(f, "#Service"), MaxNodes
	if s == nil {
		return nil
	}
	n := data(s, &left)
	if n == nil || !serviceRule().sure(n) {
		return nil
	}
	n.At = pos(f.Pos())
	return inFull(t, n)
}

// body is the struct of a file that imports the schema, says `schema.DEF & {…}`, and nothing
// else; nil for any other file.
func body(f *ast.File, def string) *ast.StructLit {
	if len(f.Decls) != 2 {
		return nil
	}
	imports, _ := f.Decls[0].(*ast.ImportDecl)
	embedded, _ := f.Decls[1].(*ast.EmbedDecl)
	if imports == nil || embedded == nil || len(imports.Specs) != 1 {
		return nil
	}
	both, _ := embedded.Expr.(*ast.BinaryExpr)
	if both == nil || both.Op != token.AND || imports.Specs[0].Name != nil || imports.Specs[0].Path.Value != `"`+schema.ImportPath+`"` {
		return nil
	}
	if sel, ok := both.X.(*ast.SelectorExpr); ok {
		from, _ := sel.X.(*ast.Ident)
		name, _ := sel.Sel.(*ast.Ident)
		if from != nil && from.Name == "schema" && name != nil && name.Name == def {
			s, _ := both.Y.(*ast.StructLit)
			return s
		}
	}
	return nil
}

// data is the tree of an expression without references, repetition or anything else that
// takes evaluation; nil for any other, and where it takes more nodes than are left.
func data(e ast.Expr, left *int) *layer.Node {
	if *left--; *left < 0 {
		return nil
	}
	n := &layer.Node{At: pos(e.Pos())}
	switch e := e.(type) {
	case *ast.BasicLit:
		var ok bool
		if n.Kind, n.Text, ok = scalar(e); !ok {
			return nil
		}
	case *ast.ListLit:
		n.Kind = layer.List
		for _, elt := range e.Elts {
			item := data(elt, left)
			if item == nil {
				return nil
			}
			n.Items = append(n.Items, item)
		}
	case *ast.StructLit:
		n.Kind, n.Keys = layer.Struct, slices.Grow(n.Keys, len(e.Elts))
		seen := make(map[string]bool, len(e.Elts))
		for _, d := range e.Elts {
			f, ok := d.(*ast.Field)
			if !ok || f.Alias != nil || f.Constraint != token.ILLEGAL || len(f.Attrs) > 0 {
				return nil
			}
			name, ok := fieldName(f.Label)
			value := data(f.Value, left)
			if !ok || seen[name] || value == nil {
				return nil
			}
			seen[name], value.Label = true, pos(f.Label.Pos())
			n.Keys = append(n.Keys, layer.Entry{Name: name, Value: value})
		}
	default:
		return nil
	}
	return n
}

// inFull makes, of each value that stands for a struct, that struct.
func inFull(t *layer.Type, n *layer.Node) *layer.Node {
	switch n.Kind {
	case layer.Null:
	case layer.Struct:
		for i, e := range n.Keys {
			n.Keys[i].Value = inFull(t.At(e.Name), e.Value)
		}
	case layer.List:
		for i, item := range n.Items {
			n.Items[i] = inFull(t.Elem, item)
		}
	default:
		if t.Short != "" {
			return &layer.Node{Kind: layer.Struct, At: n.At, Label: n.Label, Keys: []layer.Entry{{Name: t.Short, Value: n}}}
		}
	}
	return n
}
