package reference

import (
	"slices"

	"cuelang.org/go/cue/ast"
	"cuelang.org/go/cue/token"

	"slipway.dev/compiler/layer"
)

// walk is a walk through the schema: breadth first, so that what stands in several places is
// called by the shortest path.
type walk struct {
	*definitions
	sections []*section
	known    map[*ast.StructLit]*section
}

type step struct {
	path string
	id   string
	lit  *ast.StructLit
	doc  string
	typ  *layer.Type // what Go knows of it; nil for records
}

func (d *definitions) sections(def, path string, typ *layer.Type) []*section {
	w := &walk{definitions: d, known: map[*ast.StructLit]*section{}}
	lit, _ := w.structOf(d.exprs[def])
	for todo := []step{{path, def, lit, d.docs[def], typ}}; len(todo) > 0; todo = todo[1:] {
		todo = append(todo, w.visit(todo[0])...)
	}
	return w.sections
}

func (w *walk) visit(s step) (next []step) {
	if known, ok := w.known[s.lit]; ok {
		if !slices.Contains(known.places, s.path) {
			known.places = append(known.places, s.path)
			for _, f := range known.fields { // so do the structs in it
				next = append(next, w.below(s, f)...)
			}
			next = append(next, w.embedded(s, nil)...)
		}
		return next
	}
	sec := &section{id: s.id, places: []string{s.path}, doc: s.doc}
	w.known[s.lit] = sec
	w.sections = append(w.sections, sec)
	next = w.embedded(s, sec)
	for _, decl := range s.lit.Elts {
		d, ok := decl.(*ast.Field)
		if !ok {
			continue
		}
		f := &field{in: sec, name: source(d.Label), doc: comment(d), expr: d.Value, must: d.Constraint == token.NOT}
		if goField := s.typ.At(f.name); goField != nil {
			f.need = s.typ.Field(f.name).Need
		}
		sec.fields = append(sec.fields, f)
		next = append(next, w.below(s, f)...)
	}
	if s.typ != nil && len(sec.fields) > 0 {
		sec.short = s.typ.Short
		if len(s.typ.OneOf) > 0 && sec.has(s.typ.OneOf[0]) {
			sec.oneOf = s.typ.OneOf
		}
	}
	return next
}

func (s *section) has(name string) bool {
	return slices.ContainsFunc(s.fields, func(f *field) bool { return f.name == name })
}

// embedded are the steps to the definitions whose fields a struct has too.
func (w *walk) embedded(s step, sec *section) (next []step) {
	for _, decl := range s.lit.Elts {
		if d, ok := decl.(*ast.EmbedDecl); ok {
			lit, id := w.structOf(d.Expr)
			next = append(next, step{s.path, id, lit, w.docs[id], s.typ})
			if sec != nil {
				sec.also = append(sec.also, id)
			}
		}
	}
	return next
}

// below is the step to what a field's value, or each entry of it, consists of.
func (w *walk) below(s step, f *field) []step {
	x, path, typ := f.expr, join(s.path, f.name), s.typ.At(f.name)
	for {
		lit, id := w.structOf(x)
		switch {
		case id == "#Fields":
			return nil // in sections of its own
		case lit == nil:
			list, ok := x.(*ast.ListLit)
			if !ok {
				return nil
			}
			x, path, typ = list.Elts[0].(*ast.Ellipsis).Type, path+"[]", elem(typ)
			continue
		case len(lit.Elts) == 0:
			return nil
		}
		if e := pattern(lit); e != nil {
			x, path, typ = e, path+".NAME", elem(typ)
			continue
		}
		if isOpen(lit) {
			return nil
		}
		f.below = path
		return []step{{path, id, lit, w.docs[id], typ}}
	}
}

func elem(t *layer.Type) *layer.Type {
	if t == nil {
		return nil
	}
	return t.Elem
}
