package load

import (
	"strings"

	"cuelang.org/go/cue"
	"cuelang.org/go/cue/ast"

	"slipway.dev/compiler/diag"
	"slipway.dev/compiler/layer"
)

// MaxNodes bounds the tree of one spec; comprehensions can make large ones from small files.
const MaxNodes = 100_000

// path is where a value stands in a spec, such as run, main, ports.
type path []string

func (p path) with(name string) path { return append(p[:len(p):len(p)], name) }
func (p path) String() string        { return strings.Join(p, ".") }

// lifter makes a tree from a value that the schema accepts. A value that stands for a
// struct (ports: http: 8080) becomes that struct.
type lifter struct {
	file     string
	patterns bool
	nodes    int
	ds       *diag.List
	wrong    map[string]bool // paths with reported mistakes: left out; nil when there are none
}

func (l *lifter) value(p path, v cue.Value, t *layer.Type) *layer.Node {
	n := &layer.Node{}
	n.Label, n.At = positions(v)
	if l.nodes++; l.nodes > MaxNodes {
		if l.nodes == MaxNodes+1 {
			l.ds.Errorf(diag.EndlessSpec, n.At, "the spec makes more than %d values", MaxNodes).WithPath(p.String())
		}
		return n
	}
	if t == nil { // the schema has no such field, which has been told
		return n
	}
	if t.Open { // rules: their names are all that a tree holds of them
		n.Kind = layer.Struct
		if t.Kind == layer.Map {
			if each := v.LookupPath(cue.MakePath(cue.AnyString)); each.Exists() {
				_, at := positions(each)
				l.ds.Errorf(diag.NotAValue, at, "%s: rules are given for one environment at a time", p).WithPath(p.String()).
					WithHint("write the environment's name instead of [string]")
			}
			for it, _ := v.Fields(); it.Next(); {
				name := it.Selector().Unquoted()
				n.Keys = append(n.Keys, layer.Entry{Name: name, Value: l.value(p.with(name), it.Value(), t.Elem)})
			}
		}
		return n
	}
	kind := v.Kind()
	if kind == cue.BottomKind {
		if d, ok := v.Default(); ok {
			v, kind = d, d.Kind()
		}
		if kind == cue.BottomKind && hasEntries(v) {
			kind = cue.StructKind // told already; its fields are still looked at
		}
	}
	if l.wrong != nil && kind == cue.BottomKind { // broken below; what is not broken stays
		switch it, _ := v.Fields(); {
		case t.Kind == layer.List:
			kind = cue.ListKind
		case it != nil:
			kind = cue.StructKind
		}
	}
	switch kind {
	case cue.StructKind:
		n.Kind = layer.Struct
		if l.patterns && t.Kind == layer.Map {
			if each := v.LookupPath(cue.MakePath(cue.AnyString)); each.Exists() {
				if len(p) > 0 && p.last() == "environments" {
					l.ds.Errorf(diag.NotAValue, n.At, "environments: what holds in all of them is no difference").WithPath(p.String()).
						WithHint("say it once, in the service itself")
				}
				n.Each = l.value(p.with("[string]"), each, t.Elem)
			}
		}
		l.entries(n, p, v, t)
		return n
	case cue.ListKind:
		n.Kind = layer.List
		if l.patterns {
			if each := v.LookupPath(cue.MakePath(cue.AnyIndex)); each.Exists() {
				n.Each = l.value(p.with("[...]"), each, t.Elem)
			}
		}
		for it, _ := v.List(); it.Next(); {
			n.Items = append(n.Items, l.value(p, it.Value(), t.Elem))
		}
		return n
	case cue.StringKind:
		n.Kind = layer.String
		n.Text, _ = v.String()
	case cue.BoolKind:
		n.Kind, n.Text = layer.Bool, "false"
		if b, _ := v.Bool(); b {
			n.Text = "true"
		}
	case cue.NullKind:
		n.Kind = layer.Null
		return n
	case cue.IntKind, cue.FloatKind, cue.NumberKind:
		n.Kind = layer.Number
		b, _ := v.MarshalJSON()
		n.Text = string(b)
	default:
		l.ds.Errorf(diag.NotAValue, n.At, "%s is a rule, not a value", p).WithPath(p.String()).
			WithHint("give the value itself; rules belong to policy in platform.cue")
		return n
	}
	if t.Short != "" {
		return &layer.Node{Kind: layer.Struct, At: n.At, Label: n.Label, Keys: []layer.Entry{{Name: t.Short, Value: n}}}
	}
	return n
}

// entries lifts a struct's entries, without those that are reported as wrong.
func (l *lifter) entries(n *layer.Node, p path, v cue.Value, t *layer.Type) {
	for it, _ := v.Fields(); it != nil && it.Next(); {
		name := it.Selector().Unquoted()
		at := p.with(name)
		if l.wrong != nil && (l.wrong[at.String()] || t.At(name) == nil) {
			continue
		}
		n.Keys = append(n.Keys, layer.Entry{Name: name, Value: l.value(at, it.Value(), t.At(name))})
	}
}

// positions are those of a value's label, where it has one, and of the value.
func positions(v cue.Value) (label, value diag.Pos) {
	if f, ok := v.Source().(*ast.Field); ok {
		return pos(f.Label.Pos()), pos(f.Value.Pos())
	}
	return diag.Pos{}, pos(v.Pos())
}
