package compiler

import (
	"strings"

	"slipway.dev/compiler/diag"
	"slipway.dev/compiler/layer"
)

// needs asks a fully layered tree for what must be there: the fields that package schema's
// types mark as needed. A struct that only holds defaults which nobody built upon is not
// asked.
func needs(t *layer.Type, n *layer.Node, ds *diag.List) {
	w := wanting{ds: ds}
	w.walk(nil, t, n)
}

// settleNeeds takes what environments lack and reports each thing once: without naming
// environments when all of them lack it. lists are by environment, of those looked at.
func settleNeeds(envs []string, lists []*diag.List, ds *diag.List) {
	type key struct {
		code    diag.Code
		at      diag.Pos
		message string
	}
	lacking := map[key][]string{}
	for i, l := range lists {
		for _, d := range l.All() {
			k := key{d.Code, d.At, d.Message}
			lacking[k] = append(lacking[k], envs[i])
		}
	}
	for _, l := range lists {
		for _, d := range l.All() {
			k := key{d.Code, d.At, d.Message}
			if in := lacking[k]; len(in) > 0 {
				if len(in) < len(envs) {
					d.Message += " in " + strings.Join(in, ", ")
				}
				ds.Add(d)
				delete(lacking, k)
			}
		}
	}
}

type wanting struct {
	ds *diag.List
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
	if t.Need && !chosen(t, n) && !onlyBuiltin(n) {
		w.ds.Errorf(diag.NoChoice, n.LabelOr(), "%s says nothing of what it is", where).WithPath(where).
			WithHint("give one of %s", strings.Join(quote(t.OneOf), ", "))
	}
	for _, f := range t.Fields {
		if f.Need && n.Get(f.Name) == nil && !onlyBuiltin(n) {
			w.ds.Errorf(diag.MissingField, n.LabelOr(), "%s needs %q", where, f.Name).WithPath(where + "." + f.Name)
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
