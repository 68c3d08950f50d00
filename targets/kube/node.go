// Package kube holds what every target needs to write Kubernetes objects: a
// small ordered tree, the way from typed API objects into it, and the one YAML
// encoder. It knows no kind in particular and no file names.
package kube

import (
	"fmt"
	"slices"
	"strconv"
)

// Kind tells what a Node is. The zero Kind is a node that does not exist.
type Kind uint8

// The kinds of Node. Null, Bool, Int, Float and String are scalars.
const (
	Absent Kind = iota
	Null
	Bool
	Int
	Float
	String
	List
	Map
)

// Node is a value of a YAML document: a scalar, a list, or a map whose order
// is kept. The zero Node is absent, which is how Get says "not there".
//
// A Node is a value, but copies share Items and Fields: Clone before changing
// a tree that somebody else holds.
type Node struct {
	Kind   Kind
	Text   string  // of a scalar, as JSON writes it; of a String, the string itself
	Items  []Node  // of a List
	Fields []Field // of a Map, in the order they are written; keys are unique
}

// Field is one entry of a Map.
type Field struct {
	Key   string
	Value Node
}

// Str returns a String, which is quoted where a parser could take it for
// something else.
func Str(s string) Node { return Node{Kind: String, Text: s} }

// Integer returns an Int.
func Integer(i int64) Node { return Node{Kind: Int, Text: strconv.FormatInt(i, 10)} }

// Boolean returns a Bool.
func Boolean(b bool) Node { return Node{Kind: Bool, Text: strconv.FormatBool(b)} }

// Number returns an Int, or a Float where the text has a point or an exponent.
func Number(text string) Node { return number(text) }

// NewList returns a List that owns items.
func NewList(items ...Node) Node { return Node{Kind: List, Items: items} }

// NewMap returns a Map that owns fields.
func NewMap(fields ...Field) Node { return Node{Kind: Map, Fields: fields} }

// Exists reports whether n is there at all; an explicit null is.
func (n Node) Exists() bool { return n.Kind != Absent }

// IsEmpty reports whether n is a list or map without members.
func (n Node) IsEmpty() bool {
	return (n.Kind == List || n.Kind == Map) && len(n.Items)+len(n.Fields) == 0
}

// Get follows path through maps and returns what is there, or an absent node.
func (n Node) Get(path ...string) Node {
	for _, key := range path {
		i := n.index(key)
		if i < 0 {
			return Node{}
		}
		n = n.Fields[i].Value
	}
	return n
}

// Set puts value at path, making the maps on the way. A new key goes last; an
// absent value removes the key. It panics when something on the way is neither
// a map nor absent.
func (n *Node) Set(value Node, path ...string) {
	if len(path) == 0 {
		*n = value
		return
	}
	if n.Exists() && n.Kind != Map {
		panic(fmt.Sprintf("kube: Set %q in a node that is no map", path))
	}
	i := n.index(path[0])
	if i < 0 {
		if value.Exists() {
			var child Node
			child.Set(value, path[1:]...)
			n.Kind, n.Fields = Map, append(n.Fields, Field{path[0], child})
		}
		return
	}
	if n.Fields[i].Value.Set(value, path[1:]...); !n.Fields[i].Value.Exists() {
		n.Fields = slices.Delete(n.Fields, i, i+1)
	}
}

// index returns the place of key among the fields, or -1. Maps are short, and
// a scan keeps their order without a second structure.
func (n Node) index(key string) int {
	for i := range n.Fields {
		if n.Fields[i].Key == key {
			return i
		}
	}
	return -1
}

// Clone returns a tree that shares nothing with n.
func (n Node) Clone() Node {
	if n.Items != nil {
		items := make([]Node, len(n.Items))
		for i := range n.Items {
			items[i] = n.Items[i].Clone()
		}
		n.Items = items
	}
	if n.Fields != nil {
		fields := make([]Field, len(n.Fields))
		for i, f := range n.Fields {
			fields[i] = Field{f.Key, f.Value.Clone()}
		}
		n.Fields = fields
	}
	return n
}

// Equal reports whether a and b mean the same: the order of a map's keys does
// not count, the order of a list does, and 1 differs from "1".
func Equal(a, b Node) bool {
	if a.Kind != b.Kind || a.Text != b.Text || len(a.Items) != len(b.Items) || len(a.Fields) != len(b.Fields) {
		return false
	}
	for i := range a.Items {
		if !Equal(a.Items[i], b.Items[i]) {
			return false
		}
	}
	for i := range a.Fields {
		f := &a.Fields[i]
		j := i // equal trees nearly always have equal order
		if b.Fields[j].Key != f.Key {
			j = b.index(f.Key)
		}
		if j < 0 || !Equal(f.Value, b.Fields[j].Value) {
			return false
		}
	}
	return true
}
