// Package layer holds specs as trees in which every value keeps the place that gave it,
// lays one over another, and decodes the result into package schema's types. It does not
// know CUE: package load makes trees from it.
package layer

import (
	"slices"
	"strconv"

	"slipway.dev/compiler/diag"
)

// Node is one value of a layer. A tree is never changed once it is built: merging shares
// what it can.
type Node struct {
	Kind  Kind
	At    diag.Pos // of the value; of the label for a Struct
	Label diag.Pos // of the field's name, where the value has one
	Text  string   // of a scalar, as CUE writes numbers and booleans
	Keys  []Entry  // of a Struct, as written
	Items []*Node  // of a List
	Each  *Node    // what `[string]: …` or `[...…]` says of every entry
	Over  *Node    // the value of a lower layer that this one replaced
}

// Entry is a field of a struct node.
type Entry struct {
	Name  string
	Value *Node
}

// Get returns the entry of that name, or nil. It is safe on nil.
func (n *Node) Get(name string) *Node {
	if n == nil {
		return nil
	}
	for i := range n.Keys {
		if n.Keys[i].Name == name {
			return n.Keys[i].Value
		}
	}
	return nil
}

// Find follows names, and numbers into lists, downwards; nil where the path ends early.
func (n *Node) Find(path ...string) *Node {
	for _, p := range path {
		if n == nil {
			return nil
		}
		if n.Kind == List {
			i, err := strconv.Atoi(p)
			if err != nil || i < 0 || i >= len(n.Items) {
				return nil
			}
			n = n.Items[i]
			continue
		}
		n = n.Get(p)
	}
	return n
}

// Pos is the position of the value at the path, or of the closest value above it. It is
// what a diagnostic about that path points at.
func (n *Node) Pos(path ...string) diag.Pos {
	at := diag.Pos{}
	if n != nil {
		at = n.At
	}
	for i := range path {
		m := n.Find(path[:i+1]...)
		if m == nil {
			return at
		}
		if m.At.IsValid() {
			at = m.At
		}
	}
	return at
}

// LabelPos is like Pos but points at the field's name.
func (n *Node) LabelPos(path ...string) diag.Pos {
	if m := n.Find(path...); m != nil && m.Label.IsValid() {
		return m.Label
	}
	return n.Pos(path...)
}

// Without returns the struct without the named entries.
func (n *Node) Without(names ...string) *Node {
	c := *n
	c.Keys = slices.DeleteFunc(slices.Clone(n.Keys), func(e Entry) bool { return slices.Contains(names, e.Name) })
	return &c
}

// Only returns the struct with just the named entries.
func (n *Node) Only(names ...string) *Node {
	c := *n
	c.Keys = slices.DeleteFunc(slices.Clone(n.Keys), func(e Entry) bool { return !slices.Contains(names, e.Name) })
	return &c
}

// Map returns the node with f of everything below it, without that for which f returns nil.
// f is told the names of a struct's entries, and "" for the items of a list. Where f returns
// what it is given, so does Map.
func (n *Node) Map(f func(name string, below *Node) *Node) *Node {
	c := n
	change := func() {
		if c == n {
			d := *n
			d.Keys, d.Items = slices.Clone(n.Keys), slices.Clone(n.Items)
			c = &d
		}
	}
	gone := false
	for i, e := range n.Keys {
		if below := f(e.Name, e.Value); below != e.Value {
			change()
			c.Keys[i].Value, gone = below, gone || below == nil
		}
	}
	for i, item := range n.Items {
		if below := f("", item); below != item {
			change()
			c.Items[i], gone = below, gone || below == nil
		}
	}
	if gone {
		c.Keys = slices.DeleteFunc(c.Keys, func(e Entry) bool { return e.Value == nil })
		c.Items = slices.DeleteFunc(c.Items, func(i *Node) bool { return i == nil })
	}
	return c
}

// In returns the tree as it would be if it stood in another file of the same content. It is
// for trees as loaded: nothing is laid over anything.
func (n *Node) In(file string) *Node {
	if n == nil {
		return nil
	}
	c := *n
	for _, at := range []*diag.Pos{&c.At, &c.Label} {
		if at.IsValid() {
			at.File = file
		}
	}
	c.Keys = slices.Clone(n.Keys)
	for i := range c.Keys {
		c.Keys[i].Value = c.Keys[i].Value.In(file)
	}
	c.Items = slices.Clone(n.Items)
	for i := range c.Items {
		c.Items[i] = c.Items[i].In(file)
	}
	c.Each = n.Each.In(file)
	return &c
}

// SortedKeys are the names of a struct's entries in order.
func (n *Node) SortedKeys() []string {
	if n == nil {
		return nil
	}
	names := make([]string, len(n.Keys))
	for i, e := range n.Keys {
		names[i] = e.Name
	}
	slices.Sort(names)
	return names
}

// LabelOr is the position of the value's label, or of the value where it has none.
func (n *Node) LabelOr() diag.Pos {
	if n.Label.IsValid() {
		return n.Label
	}
	return n.At
}
