package layer

import (
	"reflect"
	"strings"
	"sync"

	"slipway.dev/schema"
)

// Type is what merging, decoding and wording must know of a spec's shape. It is read from
// the struct tags of package schema's decode types.
type Type struct {
	Kind   Kind    // Struct, Map, List or Scalar
	Fields []Field // of a Struct, in declaration order, inlined ones included
	Elem   *Type   // of a Map or List
	Short  string  // the field that a value which is no struct stands for
	OneOf  []string
	Need   bool // one of OneOf must be given once all layers are known
	Open   bool // constraints, carried but never decoded
	Raw    bool // Kubernetes' own words, whatever is in there: kept as a tree, never decoded; Elem is the type itself
	Text   bool // a Scalar that is kept as text: numbers and booleans as CUE writes them
}

// Kind is the shape of a Type or a Node.
type Kind int

// The shapes. A Type is one of the first four; a Node is a Struct (also for a Map), a List
// or one of the scalars.
const (
	Scalar Kind = iota
	Struct
	Map
	List
	String
	Number
	Bool
	Null
)

// Field is a field of a struct type.
type Field struct {
	Name string
	Type *Type
	Need bool // must be given once all layers are known
	// Unless is a field beside it that makes it unneeded; empty for none.
	Unless string
	index  []int
}

// Field returns the type's field of that name, or nil.
func (t *Type) Field(name string) *Field {
	for i := range t.Fields {
		if t.Fields[i].Name == name {
			return &t.Fields[i]
		}
	}
	return nil
}

// At returns the type of the entry called name: a struct's field or a map's element; nil
// where there is none.
func (t *Type) At(name string) *Type {
	switch {
	case t == nil:
		return nil
	case t.Kind == Map || t.Raw:
		return t.Elem
	case t.Kind == Struct:
		if f := t.Field(name); f != nil {
			return f.Type
		}
	}
	return nil
}

// chosen reports whether name belongs to the type's one-of.
func (t *Type) chosen(name string) bool {
	for _, o := range t.OneOf {
		if o == name {
			return true
		}
	}
	return false
}

var types sync.Map // reflect.Type to *Type; a cache, filled on demand and never changed

// TypeOf returns the Type of T, one of package schema's decode types.
func TypeOf[T any]() *Type { return typeOf(reflect.TypeFor[T]()) }

func typeOf(r reflect.Type) *Type {
	if t, ok := types.Load(r); ok {
		return t.(*Type)
	}
	t := newType(r)
	types.Store(r, t)
	return t
}

func newType(r reflect.Type) *Type {
	switch r.Kind() {
	case reflect.Pointer:
		return typeOf(r.Elem())
	case reflect.Map:
		if r.Elem().Kind() == reflect.Interface {
			return &Type{Kind: Map, Open: true, Elem: &Type{Kind: Struct, Open: true}}
		}
		return &Type{Kind: Map, Elem: typeOf(r.Elem())}
	case reflect.Slice:
		return &Type{Kind: List, Elem: typeOf(r.Elem())}
	case reflect.Struct:
		t := &Type{Kind: Struct}
		if r == reflect.TypeFor[schema.Kubernetes]() {
			t.Raw, t.Elem = true, t
			return t
		}
		t.add(r, nil)
		return t
	case reflect.String:
		return &Type{Kind: Scalar, Text: true}
	case reflect.Int64, reflect.Bool:
		return &Type{Kind: Scalar}
	}
	panic("layer: no spec is made of " + r.String())
}

func (t *Type) add(r reflect.Type, index []int) {
	for i := range r.NumField() {
		f := r.Field(i)
		if s, ok := f.Tag.Lookup("short"); ok {
			t.Short = s
		}
		if s, ok := f.Tag.Lookup("oneof"); ok {
			t.OneOf = strings.Split(s, ",")
			_, t.Need = f.Tag.Lookup("need")
		}
		tag, ok := f.Tag.Lookup("cue")
		at := append(index[:len(index):len(index)], i)
		switch {
		case !ok:
		case tag == ",inline":
			from := len(t.Fields)
			t.add(f.Type, at)
			for k := range t.Fields[from:] {
				t.Fields[from+k].Unless = f.Tag.Get("unless")
			}
		default:
			_, need := f.Tag.Lookup("need")
			t.Fields = append(t.Fields, Field{Name: tag, Type: typeOf(f.Type), Need: need, index: at})
		}
	}
}
