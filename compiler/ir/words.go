package ir

import (
	"bytes"
	"encoding/json"

	"slipway.dev/compiler/diag"
)

// Tree is a part of an object in Kubernetes' own words, as the spec says it. Its form has
// been held against the types of Kubernetes where these are known.
type Tree struct {
	Kind   TreeKind
	Text   string      // of a scalar, as JSON writes it; of a Text, the string itself
	Items  []Tree      // of a List, as written
	Fields []TreeField // of a Map, sorted by name
}

// TreeField is an entry of a map.
type TreeField struct {
	Name  string
	Value Tree
}

// TreeKind tells what a Tree is. The zero Tree says nothing.
type TreeKind int

// The kinds of tree.
const (
	Nothing TreeKind = iota
	Null             // removes, in a patch
	Bool
	Number
	Text
	List
	Map
)

// Get follows names through maps; the zero Tree where they end early.
func (t Tree) Get(path ...string) Tree {
	for _, name := range path {
		next := Tree{}
		for _, f := range t.Fields {
			if f.Name == name {
				next = f.Value
			}
		}
		t = next
	}
	return t
}

// JSON is the tree as JSON has it.
func (t Tree) JSON() []byte {
	var b bytes.Buffer
	t.write(&b)
	return b.Bytes()
}

func (t Tree) write(b *bytes.Buffer) {
	switch t.Kind {
	case Map:
		b.WriteByte('{')
		for i, f := range t.Fields {
			if i > 0 {
				b.WriteByte(',')
			}
			Tree{Kind: Text, Text: f.Name}.write(b)
			b.WriteByte(':')
			f.Value.write(b)
		}
		b.WriteByte('}')
	case List:
		b.WriteByte('[')
		for i, item := range t.Items {
			if i > 0 {
				b.WriteByte(',')
			}
			item.write(b)
		}
		b.WriteByte(']')
	case Text:
		text, err := json.Marshal(t.Text)
		if err != nil {
			panic("ir: " + err.Error()) // no string lacks JSON
		}
		b.Write(text)
	case Bool, Number:
		b.WriteString(t.Text)
	default:
		b.WriteString("null")
	}
}

// Manifest is an object that the spec gives whole.
type Manifest struct {
	At         diag.Pos
	Name       string // in the spec
	APIVersion string
	Kind       string
	Object     string    // its name in the cluster
	Body       Tree      // all of it
	Of         string    // the process group whose labels it selects by; empty: it says so itself
	Pods       *Workload // what its pod template says, for checks; nil for none
}

// Patch changes an object that was made from the spec's other fields.
type Patch struct {
	At     diag.Pos
	Name   string // in the spec
	Kind   string
	Object string // the object's name
	Body   Tree
}

// GroupKind is a kind of object without its version.
type GroupKind struct {
	Group, Kind string
}
