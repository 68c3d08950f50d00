package layer

import (
	"fmt"
	"reflect"
	"strconv"
)

// Decode writes a tree, which the schema has found well-formed, into a value of package
// schema's types. What the tree does not say stays nil.
func Decode[T any](n *Node) *T {
	v := new(T)
	if n != nil {
		decode(typeOf(reflect.TypeFor[T]()), n, reflect.ValueOf(v).Elem())
	}
	return v
}

func decode(t *Type, n *Node, v reflect.Value) {
	if v.Kind() == reflect.Pointer {
		v.Set(reflect.New(v.Type().Elem()))
		v = v.Elem()
	}
	if t.Raw { // who wants it asks the tree
		return
	}
	switch t.Kind {
	case Struct:
		for _, e := range n.Keys {
			if f := t.Field(e.Name); f != nil && e.Value.Kind != Null {
				decode(f.Type, e.Value, v.FieldByIndex(f.index))
			}
		}
	case Map:
		if t.Open {
			return
		}
		v.Set(reflect.MakeMapWithSize(v.Type(), len(n.Keys)))
		for _, e := range n.Keys {
			if e.Value.Kind == Null {
				continue
			}
			x := reflect.New(v.Type().Elem()).Elem()
			decode(t.Elem, e.Value, x)
			v.SetMapIndex(reflect.ValueOf(e.Name).Convert(v.Type().Key()), x)
		}
	case List:
		v.Set(reflect.MakeSlice(v.Type(), len(n.Items), len(n.Items)))
		for i, item := range n.Items {
			decode(t.Elem, item, v.Index(i))
		}
	default:
		scalar(n, v)
	}
}

func scalar(n *Node, v reflect.Value) {
	switch v.Kind() {
	case reflect.String:
		v.SetString(n.Text)
	case reflect.Bool:
		v.SetBool(n.Text == "true")
	case reflect.Int64:
		i, err := strconv.ParseInt(n.Text, 10, 64)
		if err != nil {
			panic(fmt.Sprintf("layer: %v: %q is no whole number, the schema should have said so", n.At, n.Text))
		}
		v.SetInt(i)
	default:
		panic("layer: cannot decode into " + v.Type().String())
	}
}
