package intake

import (
	"slices"
	"strconv"

	"slipway.dev/compiler/layer"
)

// Specs and objects are trees of package layer, which here are taken apart and put together.

func str(s string) *layer.Node              { return &layer.Node{Kind: layer.String, Text: s} }
func num(text string) *layer.Node           { return &layer.Node{Kind: layer.Number, Text: text} }
func boolean(b bool) *layer.Node            { return &layer.Node{Kind: layer.Bool, Text: strconv.FormatBool(b)} }
func null() *layer.Node                     { return &layer.Node{Kind: layer.Null} }
func newStruct() *layer.Node                { return &layer.Node{Kind: layer.Struct} }
func list(items ...*layer.Node) *layer.Node { return &layer.Node{Kind: layer.List, Items: items} }

// clone is a copy that shares nothing.
func clone(n *layer.Node) *layer.Node {
	if n == nil {
		return nil
	}
	c := *n
	c.Keys, c.Items = slices.Clone(n.Keys), slices.Clone(n.Items)
	for i := range c.Keys {
		c.Keys[i].Value = clone(c.Keys[i].Value)
	}
	for i := range c.Items {
		c.Items[i] = clone(c.Items[i])
	}
	return &c
}

// put sets what is at the path, and makes structs on the way; nil says nothing.
func put(n *layer.Node, v *layer.Node, path ...string) {
	if v == nil {
		return
	}
	for i, name := range path {
		k := slices.IndexFunc(n.Keys, func(e layer.Entry) bool { return e.Name == name })
		if k < 0 {
			n.Keys = append(n.Keys, layer.Entry{Name: name, Value: newStruct()})
			k = len(n.Keys) - 1
		}
		if i == len(path)-1 {
			n.Keys[k].Value = v
			return
		}
		n = n.Keys[k].Value
	}
}

// take removes what is at the path and returns it, or nil. Structs that become empty by it
// go too; those that were empty before mean something and stay.
func take(n *layer.Node, path ...string) *layer.Node {
	if n == nil || n.Kind != layer.Struct {
		return nil
	}
	k := slices.IndexFunc(n.Keys, func(e layer.Entry) bool { return e.Name == path[0] })
	if k < 0 {
		return nil
	}
	v := n.Keys[k].Value
	if len(path) > 1 {
		inner := v
		if v = take(inner, path[1:]...); v == nil || len(inner.Keys) > 0 {
			return v
		}
	}
	n.Keys = slices.Delete(n.Keys, k, k+1)
	return v
}

// takeIf takes what is at the path when it is as wanted.
func takeIf(n *layer.Node, wanted func(*layer.Node) bool, path ...string) *layer.Node {
	if v := n.Find(path...); v == nil || !wanted(v) {
		return nil
	}
	return take(n, path...)
}

// only reports whether a struct has no other keys than these.
func only(n *layer.Node, names ...string) bool {
	if n == nil || n.Kind != layer.Struct {
		return false
	}
	for _, e := range n.Keys {
		if !slices.Contains(names, e.Name) {
			return false
		}
	}
	return true
}

func isText(n *layer.Node) bool { return n != nil && n.Kind == layer.String }

func textOf(n *layer.Node, path ...string) string {
	if v := n.Find(path...); v != nil && (v.Kind == layer.String || v.Kind == layer.Number) {
		return v.Text
	}
	return ""
}

func empty(n *layer.Node) bool { return n == nil || len(n.Keys)+len(n.Items) == 0 }

// equal compares in meaning; inOrder also in the order of keys.
func equal(a, b *layer.Node, inOrder bool) bool {
	if a == nil || b == nil {
		return a == b
	}
	if a.Kind != b.Kind || a.Text != b.Text || len(a.Keys) != len(b.Keys) || len(a.Items) != len(b.Items) {
		return false
	}
	for i, e := range a.Keys {
		o := b.Get(e.Name)
		if o == nil || !equal(e.Value, o, inOrder) || inOrder && b.Keys[i].Name != e.Name {
			return false
		}
	}
	for i := range a.Items {
		if !equal(a.Items[i], b.Items[i], inOrder) {
			return false
		}
	}
	return true
}

// Leaves counts the values of a tree; an empty map or list counts as one.
func Leaves(n *layer.Node) int {
	switch {
	case n == nil:
		return 0
	case len(n.Keys)+len(n.Items) == 0:
		return 1
	}
	sum := 0
	for _, e := range n.Keys {
		sum += Leaves(e.Value)
	}
	for _, item := range n.Items {
		sum += Leaves(item)
	}
	return sum
}

// every visits the texts of a tree.
func every(n *layer.Node, f func(key, text string)) {
	var visit func(key string, n *layer.Node)
	visit = func(key string, n *layer.Node) {
		if n.Kind == layer.String {
			f(key, n.Text)
		}
		for _, e := range n.Keys {
			visit(e.Name, e.Value)
		}
		for _, item := range n.Items {
			visit(key, item)
		}
	}
	visit("", n)
}
