package compiler

import (
	"strings"

	"slipway.dev/compiler/diag"
	"slipway.dev/compiler/layer"
)

// needs asks a fully layered tree for what must be there: the fields that package schema's
// types mark as needed. env is named in the message, "" where all environments agree.
// A struct that only holds defaults which nobody built upon is not asked.
func needs(t *layer.Type, n *layer.Node, env string, ds *diag.List) {
	w := wanting{env: env, ds: ds}
	w.walk(nil, t, n)
}

type wanting struct {
	env string
	ds  *diag.List
}

func (w wanting) walk(path []string, t *layer.Type, n *layer.Node) {
	if n == nil || t == nil || t.Open {
		return
	}
	for _, item := range n.Items {
		w.walk(path, t.Elem, item)
	}
	for _, e := range n.Keys {
		w.walk(append(path[:len(path):len(path)], e.Name), t.At(e.Name), e.Value)
	}
	if t.Kind != layer.Struct || n.Kind != layer.Struct {
		return
	}
	where := strings.Join(path, ".")
	in := ""
	if w.env != "" {
		in = " in " + w.env
	}
	if t.Need && !chosen(t, n) && !onlyBuiltin(n) {
		w.ds.Errorf(diag.NoChoice, n.LabelOr(), "%s says nothing of what it is%s", where, in).WithPath(where).
			WithHint("give one of %s", strings.Join(quote(t.OneOf), ", "))
	}
	for _, f := range t.Fields {
		if f.Need && n.Get(f.Name) == nil && !onlyBuiltin(n) {
			w.ds.Errorf(diag.MissingField, n.LabelOr(), "%s needs %q%s", where, f.Name, in).WithPath(where + "." + f.Name)
		}
	}
}

func chosen(t *layer.Type, n *layer.Node) bool {
	for _, name := range t.OneOf {
		if n.Get(name) != nil {
			return true
		}
	}
	return false
}

// onlyBuiltin reports whether all that a tree says comes from the built-in defaults.
func onlyBuiltin(n *layer.Node) bool {
	for _, e := range n.Keys {
		if !onlyBuiltin(e.Value) {
			return false
		}
	}
	return n.At.IsBuiltin() || len(n.Keys) > 0
}

func quote(names []string) []string {
	out := make([]string, len(names))
	for i, n := range names {
		out[i] = `"` + n + `"`
	}
	return out
}
