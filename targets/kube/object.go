package kube

import (
	"cmp"
	"encoding/base64"
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"sync"
)

// FromObject returns the tree of a typed API object (or a pointer to one): what
// encoding/json writes for it, with a struct's keys in reading order (order.go)
// and a map's keys sorted, and without what the JSON tags force on a writer:
//
//   - a struct's field that is null (creationTimestamp, rules of an empty Role)
//   - a field tagged omitempty whose struct turns out empty (resources, strategy)
//   - the status of an object when it is zero
//
// Nulls inside maps and raw JSON stay: there they were written on purpose.
// It panics on what encoding/json refuses, since no API type has it.
func FromObject(obj any) Node {
	v := reflect.ValueOf(obj)
	if !v.IsValid() {
		return Node{Kind: Null}
	}
	var n Node
	coderOf(v.Type()).encode(v, &n)
	return n
}

// A coder turns values of one type into nodes. It is a pointer so that types
// may contain themselves.
type coder struct {
	encode encodeFunc
}

// An encodeFunc writes v to an absent node; nodes are big, and returning them
// through ten levels would copy each ten times.
type encodeFunc func(v reflect.Value, to *Node)

// coders caches what reflection finds out about types; it holds no state that
// a caller could notice.
var coders struct {
	sync.RWMutex
	of map[reflect.Type]*coder
}

func coderOf(t reflect.Type) *coder {
	coders.RLock()
	c := coders.of[t]
	coders.RUnlock()
	if c != nil {
		return c
	}
	// The whole type graph is built under the lock: readers never meet a coder
	// that is not finished.
	coders.Lock()
	defer coders.Unlock()
	if coders.of == nil {
		coders.of = map[reflect.Type]*coder{}
	}
	return buildCoder(t)
}

func buildCoder(t reflect.Type) *coder {
	if c := coders.of[t]; c != nil {
		return c
	}
	c := &coder{}
	coders.of[t] = c
	if c.encode = leafCoder(t); c.encode == nil {
		c.encode = kindCoder(t)
	}
	return c
}

// kindCoder encodes by kind, as encoding/json does for types that have no
// methods of their own.
func kindCoder(t reflect.Type) encodeFunc {
	switch t.Kind() {
	case reflect.Bool:
		return func(v reflect.Value, to *Node) { *to = Boolean(v.Bool()) }
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		return func(v reflect.Value, to *Node) { *to = Integer(v.Int()) }
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64, reflect.Uintptr:
		return func(v reflect.Value, to *Node) { *to = Node{Kind: Int, Text: strconv.FormatUint(v.Uint(), 10)} }
	case reflect.Float32, reflect.Float64:
		return throughJSON // for its number format
	case reflect.String:
		if t == numberType {
			return throughJSON
		}
		return func(v reflect.Value, to *Node) { to.Kind, to.Text = String, v.String() }
	case reflect.Interface:
		return func(v reflect.Value, to *Node) {
			if v.IsNil() {
				to.Kind = Null
				return
			}
			coderOf(v.Elem().Type()).encode(v.Elem(), to)
		}
	case reflect.Pointer:
		elem := buildCoder(t.Elem())
		return func(v reflect.Value, to *Node) {
			if v.IsNil() {
				to.Kind = Null
				return
			}
			elem.encode(v.Elem(), to)
		}
	case reflect.Struct:
		return structCoder(t)
	case reflect.Map:
		return mapCoder(t)
	case reflect.Slice:
		return sliceCoder(t)
	case reflect.Array:
		return itemsCoder(t)
	}
	return func(reflect.Value, *Node) { panic(fmt.Sprintf("kube: no JSON for type %s", t)) }
}

func structCoder(t reflect.Type) encodeFunc {
	fields := jsonFields(t)
	return func(v reflect.Value, to *Node) {
		var buf [64]uint16
		present := buf[:0] // which fields are written
		for i := range fields {
			if fv, ok := fields[i].value(v); ok && !fields[i].omits(fv) {
				present = append(present, uint16(i))
			}
		}
		to.Kind = Map
		to.Fields = make([]Field, len(present))
		n := 0
		for _, i := range present {
			f, out := &fields[i], &to.Fields[n]
			fv, _ := f.value(v)
			out.Key = f.name
			f.coder.encode(fv, &out.Value)
			if out.Value.Kind == Null || f.dropEmpty && out.Value.IsEmpty() {
				*out = Field{}
				continue
			}
			if f.quoted {
				out.Value = quoteScalar(out.Value)
			}
			n++
		}
		to.Fields = to.Fields[:n]
	}
}

func mapCoder(t reflect.Type) encodeFunc {
	elem := buildCoder(t.Elem())
	return func(v reflect.Value, to *Node) {
		if v.IsNil() {
			to.Kind = Null
			return
		}
		to.Kind = Map
		to.Fields = make([]Field, v.Len())
		i := 0
		for it := v.MapRange(); it.Next(); i++ {
			to.Fields[i].Key = mapKey(it.Key())
			elem.encode(it.Value(), &to.Fields[i].Value)
		}
		slices.SortFunc(to.Fields, func(a, b Field) int { return cmp.Compare(a.Key, b.Key) })
	}
}

func sliceCoder(t reflect.Type) encodeFunc {
	items := itemsCoder(t)
	bytes := t.Elem().Kind() == reflect.Uint8 && leafCoder(t.Elem()) == nil
	return func(v reflect.Value, to *Node) {
		switch {
		case v.IsNil():
			to.Kind = Null
		case bytes:
			*to = Str(base64.StdEncoding.EncodeToString(v.Bytes()))
		default:
			items(v, to)
		}
	}
}

func itemsCoder(t reflect.Type) encodeFunc {
	elem := buildCoder(t.Elem())
	return func(v reflect.Value, to *Node) {
		to.Kind = List
		to.Items = make([]Node, v.Len())
		for i := range to.Items {
			elem.encode(v.Index(i), &to.Items[i])
		}
	}
}
