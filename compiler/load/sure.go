package load

import (
	"cmp"
	"regexp"
	"strconv"
	"strings"
	"sync"

	"cuelang.org/go/cue/ast"
	"cuelang.org/go/cue/literal"
	"cuelang.org/go/cue/parser"
	"cuelang.org/go/cue/token"

	"slipway.dev/compiler/layer"
)

// rule is what a piece of CUE asks of a tree, as far as that is plain to see. Nearly every
// service is sound, and asking CUE takes a hundred times as long. A rule only ever says
// "surely fine": where it does not, because something is wrong or because it is made of
// what this file does not know, CUE is asked, decides, and has its mistakes worded.
type rule struct {
	sure  func(*layer.Node) bool
	nests bool // it may be sure of structs or lists
}

// unknown is the rule of syntax that only CUE can judge.
var unknown = &rule{sure: func(*layer.Node) bool { return false }, nests: true}

// reader makes rules of syntax.
type reader struct {
	defs   map[string]ast.Expr // definitions that it may refer to
	closed bool                // structs have no fields but those that they name
	known  map[string]*rule    // of definitions
}

// serviceRule is what the schema asks of a service.
var serviceRule = sync.OnceValue(func() *rule {
	r := reader{defs: map[string]ast.Expr{}, closed: true, known: map[string]*rule{}}
	for i, src := range sources() {
		f, err := parser.ParseFile("slipway:"+sourceNames[i], src)
		if err != nil {
			panic(err) // embedded
		}
		for _, d := range f.Decls {
			if field, ok := d.(*ast.Field); ok {
				r.defs[field.Label.(*ast.Ident).Name] = field.Value
			}
		}
	}
	return r.definition("#Service")
})

// policyRules are those of platform.cue, by environment; none when they are not plain to see.
func policyRules(f *ast.File) map[string]*fieldRule {
	s := body(f, "#Platform")
	if s == nil {
		return nil
	}
	policy := newStructRule(false)
	for _, d := range s.Elts {
		field, ok := d.(*ast.Field)
		if !ok {
			return nil
		}
		name, ok := fieldName(field.Label)
		if ok && name != "policy" {
			continue
		}
		envs, isStruct := field.Value.(*ast.StructLit)
		if !ok || !isStruct || !new(reader).fields(policy, envs) || len(policy.patterns) > 0 {
			return nil
		}
	}
	return policy.fields
}

func (r *reader) definition(name string) *rule {
	if known, ok := r.known[name]; ok {
		return known
	}
	e, ok := r.defs[name]
	if !ok {
		return unknown
	}
	r.known[name] = unknown // should it refer to itself
	r.known[name] = r.read(e)
	return r.known[name]
}

func (r *reader) read(e ast.Expr) *rule {
	switch e := e.(type) {
	case *ast.ParenExpr:
		return r.read(e.X)
	case *ast.Ident:
		if strings.HasPrefix(e.Name, "#") {
			return r.definition(e.Name)
		}
		if e.Node == nil { // it is CUE's own name, not one that the file gives
			return predeclaredRule(e.Name)
		}
	case *ast.BasicLit:
		if kind, text, ok := scalar(e); ok {
			return &rule{sure: func(n *layer.Node) bool { return n.Kind == kind && n.Text == text }}
		}
	case *ast.UnaryExpr:
		return bound(e)
	case *ast.BinaryExpr:
		x, y := r.read(e.X), r.read(e.Y)
		switch {
		case e.Op == token.AND:
			return &rule{func(n *layer.Node) bool { return x.sure(n) && y.sure(n) }, x.nests && y.nests}
		case e.Op == token.OR && x != unknown && y != unknown && !(x.nests && y.nests): // of two structs CUE might not choose
			return &rule{func(n *layer.Node) bool { return x.sure(n) || y.sure(n) }, x.nests || y.nests}
		}
	case *ast.StructLit:
		if len(e.Elts) == 1 {
			if rest, ok := e.Elts[0].(*ast.Ellipsis); ok && rest.Type == nil { // {...}: whatever is in there
				return &rule{func(n *layer.Node) bool { return n.Kind == layer.Struct }, true}
			}
		}
		if s := newStructRule(r.closed); r.fields(s, e) {
			return &rule{s.sure, true}
		}
	case *ast.ListLit:
		if len(e.Elts) != 1 {
			break
		}
		if rest, ok := e.Elts[0].(*ast.Ellipsis); ok && rest.Type != nil {
			each := r.read(rest.Type)
			return &rule{func(n *layer.Node) bool {
				for _, item := range n.Items {
					if !each.sure(item) {
						return false
					}
				}
				return n.Kind == layer.List
			}, true}
		}
	}
	return unknown
}

func predeclaredRule(name string) *rule {
	switch name {
	case "_":
		return &rule{func(*layer.Node) bool { return true }, true}
	case "int", "number":
		return &rule{sure: func(n *layer.Node) bool { _, ok := whole(n.Kind, n.Text); return ok }}
	case "bool":
		return &rule{sure: func(n *layer.Node) bool { return n.Kind == layer.Bool }}
	case "string":
		return &rule{sure: func(n *layer.Node) bool { return n.Kind == layer.String }}
	}
	return unknown
}

// bound is a pattern of text, a limit of whole numbers, or what a value must not be.
func bound(e *ast.UnaryExpr) *rule {
	lit, ok := e.X.(*ast.BasicLit)
	if !ok {
		return unknown
	}
	kind, text, ok := scalar(lit)
	limit, isNumber := whole(kind, text)
	switch {
	case !ok || kind == layer.Null:
	case e.Op == token.NEQ:
		return &rule{sure: func(n *layer.Node) bool { return n.Kind == kind && n.Text != text }}
	case kind == layer.String && (e.Op == token.MAT || e.Op == token.NMAT):
		if pattern, err := regexp.Compile(text); err == nil {
			return &rule{sure: func(n *layer.Node) bool {
				return n.Kind == layer.String && pattern.MatchString(n.Text) == (e.Op == token.MAT)
			}}
		}
	case isNumber:
		holds, ok := map[token.Token]func(order int) bool{
			token.LSS: func(order int) bool { return order < 0 },
			token.LEQ: func(order int) bool { return order <= 0 },
			token.GEQ: func(order int) bool { return order >= 0 },
			token.GTR: func(order int) bool { return order > 0 },
		}[e.Op]
		if ok {
			return &rule{sure: func(n *layer.Node) bool {
				i, ok := whole(n.Kind, n.Text)
				return ok && holds(cmp.Compare(i, limit))
			}}
		}
	}
	return unknown
}

// structRule is a struct with all that is embedded in it.
type structRule struct {
	fields   map[string]*fieldRule
	patterns []patternRule
	closed   bool
}

type fieldRule struct {
	must bool
	sure func(*layer.Node) bool
}

type patternRule struct {
	label func(name string) bool
	sure  func(*layer.Node) bool
}

func newStructRule(closed bool) *structRule {
	return &structRule{fields: map[string]*fieldRule{}, closed: closed}
}

func (s *structRule) sure(n *layer.Node) bool {
	for _, e := range n.Keys {
		known := !s.closed
		if f := s.fields[e.Name]; f != nil {
			if known = true; !f.sure(e.Value) {
				return false
			}
		}
		for _, p := range s.patterns {
			if p.label(e.Name) {
				if known = true; !p.sure(e.Value) {
					return false
				}
			}
		}
		if !known {
			return false
		}
	}
	for name, f := range s.fields {
		if f.must && n.Get(name) == nil {
			return false
		}
	}
	return n.Kind == layer.Struct
}

// fields adds what a literal holds, and reports whether all of it is known.
func (r *reader) fields(s *structRule, lit *ast.StructLit) bool {
	for _, d := range lit.Elts {
		ok := false
		switch d := d.(type) {
		case *ast.Field:
			ok = r.field(s, d)
		case *ast.EmbedDecl:
			if id, isIdent := d.Expr.(*ast.Ident); isIdent {
				embedded, isStruct := r.defs[id.Name].(*ast.StructLit)
				ok = isStruct && r.fields(s, embedded)
			}
		}
		if !ok {
			return false
		}
	}
	return true
}

func (r *reader) field(s *structRule, d *ast.Field) bool {
	for _, a := range d.Attrs {
		if name, _ := a.Split(); name != "because" {
			return false
		}
	}
	value := r.read(d.Value)
	if l, ok := d.Label.(*ast.ListLit); ok && len(l.Elts) == 1 {
		label := r.label(l.Elts[0])
		s.patterns = append(s.patterns, patternRule{label, value.sure})
		return label != nil
	}
	name, ok := fieldName(d.Label)
	f := &fieldRule{d.Constraint != token.OPTION, value.sure}
	if twice := s.fields[name]; twice != nil {
		f = &fieldRule{f.must || twice.must, func(n *layer.Node) bool { return value.sure(n) && twice.sure(n) }}
	}
	s.fields[name] = f
	return ok && d.Alias == nil
}

// label is a pattern's test of names, exactly as CUE has it; nil where that is not plain.
func (r *reader) label(e ast.Expr) func(name string) bool {
	switch e := e.(type) {
	case *ast.Ident:
		if e.Node == nil && (e.Name == "string" || e.Name == "_") {
			return func(string) bool { return true }
		}
		return r.label(r.defs[e.Name])
	case *ast.UnaryExpr:
		if text := bound(e); e.Op == token.MAT && text != unknown {
			return func(name string) bool { return text.sure(&layer.Node{Kind: layer.String, Text: name}) }
		}
	}
	return nil
}

// fieldName is the name of a regular field whose label is a plain word or text.
func fieldName(l ast.Label) (string, bool) {
	switch l := l.(type) {
	case *ast.Ident:
		return l.Name, !strings.HasPrefix(l.Name, "_") && !strings.HasPrefix(l.Name, "#")
	case *ast.BasicLit:
		text, opened := strings.CutPrefix(l.Value, `"`)
		text, closed := strings.CutSuffix(text, `"`)
		return text, opened && closed && !strings.ContainsAny(text, "\"\\\n")
	}
	return "", false
}

// scalar is the value of a literal, as layer has it; false for those that take reckoning.
func scalar(e *ast.BasicLit) (kind layer.Kind, text string, ok bool) {
	switch e.Kind {
	case token.STRING:
		q, start, _, err := literal.ParseQuotes(e.Value, e.Value)
		if err != nil || !q.IsDouble() {
			return layer.String, "", false
		}
		text, err = q.Unquote(e.Value[start:])
		return layer.String, text, err == nil
	case token.TRUE, token.FALSE:
		return layer.Bool, e.Value, true
	case token.NULL:
		return layer.Null, "", true
	case token.INT:
		_, ok := whole(layer.Number, e.Value)
		return layer.Number, e.Value, ok
	}
	return layer.Number, "", false
}

// whole is a number in plain digits.
func whole(kind layer.Kind, text string) (int64, bool) {
	i, err := strconv.ParseInt(text, 10, 64)
	return i, err == nil && kind == layer.Number && strconv.FormatInt(i, 10) == text
}
