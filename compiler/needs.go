package compiler

import (
	"strings"

	"slipway.dev/compiler/diag"
	"slipway.dev/compiler/layer"
)

// needs asks a fully layered tree for what must be there: the fields that package schema's
// types mark as needed. It returns the tree without the structs that lack something, so
// that the rest can be resolved.
func needs(t *layer.Type, n *layer.Node, ds *diag.List) *layer.Node {
	w := wanting{ds: ds}
	if whole := w.walk(make([]string, 0, 16), t, n); whole != nil {
		return whole
	}
	return &layer.Node{Kind: layer.Struct, At: n.At}
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

// walk returns the tree without what lacks something; nil when the tree itself does.
func (w wanting) walk(path []string, t *layer.Type, n *layer.Node) *layer.Node {
	if n == nil || t == nil || t.Open || t.Raw {
		return n
	}
	whole := n.Map(func(name string, below *layer.Node) *layer.Node {
		if name == "" {
			return w.walk(path, t.Elem, below)
		}
		return w.walk(append(path, name), t.At(name), below)
	})
	if t.Kind == layer.Struct && n.Kind == layer.Struct && w.lacks(path, t, n) {
		return nil
	}
	return whole
}

func (w wanting) lacks(path []string, t *layer.Type, n *layer.Node) bool {
	if !lacks(t, n) {
		return false
	}
	where := strings.Join(path, ".")
	if t.Need && !chosen(t, n) {
		w.ds.Errorf(diag.NoChoice, n.LabelOr(), "%s says nothing of what it is", where).WithPath(where).
			WithHint("give one of %s", strings.Join(quote(t.OneOf), ", "))
	}
	for _, f := range t.Fields {
		if missing(f, n) {
			w.ds.Errorf(diag.MissingField, n.LabelOr(), "%s needs %q", where, f.Name).WithPath(where + "." + f.Name)
		}
	}
	return true
}

func chosen(t *layer.Type, n *layer.Node) bool {
	for _, name := range t.OneOf {
		if n.Get(name) != nil {
			return true
		}
	}
	return false
}

// onlyDefaults reports whether all that a tree says comes from layers below the service:
// the built-in defaults and platform.cue. Such a struct lies dormant until the service
// says something there itself, but for what stands on its own, like resources.
func onlyDefaults(n *layer.Node) bool {
	for _, e := range n.Keys {
		if !onlyDefaults(e.Value) {
			return false
		}
	}
	return isDefault(n) || len(n.Keys) > 0
}

// isDefault reports whether a value was given below the service.
func isDefault(n *layer.Node) bool { return n.At.IsBuiltin() || n.At.File == PlatformFile }

// awake drops the structs that lack what they need and only hold defaults, and those that
// held nothing else.
func awake(t *layer.Type, n *layer.Node) *layer.Node {
	if n == nil || t == nil || t.Open || t.Raw || len(n.Keys)+len(n.Items) == 0 {
		return n
	}
	c := n.Map(func(name string, below *layer.Node) *layer.Node {
		if name != "" {
			return awake(t.At(name), below)
		}
		if kept := awake(t.Elem, below); kept != nil {
			return kept
		}
		return below
	})
	if t.Kind == layer.Struct && n.Kind == layer.Struct && (lacks(t, c) || len(c.Keys) == 0) && onlyDefaults(n) {
		return nil
	}
	return c
}

func lacks(t *layer.Type, n *layer.Node) bool {
	if t.Need && !chosen(t, n) {
		return true
	}
	for _, f := range t.Fields {
		if missing(f, n) {
			return true
		}
	}
	return false
}

func missing(f layer.Field, n *layer.Node) bool {
	return f.Need && n.Get(f.Name) == nil && (f.Unless == "" || n.Get(f.Unless) == nil)
}

func quote(names []string) []string {
	out := make([]string, len(names))
	for i, n := range names {
		out[i] = `"` + n + `"`
	}
	return out
}
