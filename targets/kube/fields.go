package kube

import (
	"cmp"
	"reflect"
	"slices"
	"strings"
)

// field is what a struct coder knows about one JSON key.
type field struct {
	name      string
	index     []int // path through embedded structs
	coder     *coder
	tagged    bool
	omitEmpty bool
	omitZero  func(reflect.Value) bool // nil without omitzero
	quoted    bool                     // the "string" option
	dropEmpty bool                     // a struct tagged omitempty, or an object's status
	dropZero  bool                     // an object's status
}

// jsonFields returns the fields that encoding/json writes for t, in reading
// order. Of several fields with one name the least deeply embedded counts, then
// the tagged one; if that leaves two, none does.
func jsonFields(t reflect.Type) []field {
	all := collectFields(t, nil, nil)
	slices.SortStableFunc(all, func(a, b field) int {
		return cmp.Or(cmp.Compare(a.name, b.name), cmp.Compare(len(a.index), len(b.index)), compareBool(b.tagged, a.tagged))
	})
	var out []field
	for i := 0; i < len(all); {
		j := i + 1
		for j < len(all) && all[j].name == all[i].name {
			j++
		}
		if j == i+1 || len(all[i].index) != len(all[i+1].index) || all[i].tagged != all[i+1].tagged {
			out = append(out, all[i])
		}
		i = j
	}
	slices.SortFunc(out, func(a, b field) int { return slices.Compare(a.index, b.index) })
	object := hasName(out, "apiVersion") && hasName(out, "kind")
	for i := range out {
		f := &out[i]
		ft := t.FieldByIndex(f.index).Type
		f.coder = buildCoder(ft)
		f.dropZero = object && f.name == "status"
		f.dropEmpty = f.dropZero || f.omitEmpty && ft.Kind() == reflect.Struct
	}
	sortForReading(t.Name(), out)
	return out
}

// collectFields lists the fields of t and of the structs it embeds; parents
// are the types on the way, so that recursion ends.
func collectFields(t reflect.Type, index []int, parents []reflect.Type) []field {
	if slices.Contains(parents, t) {
		return nil
	}
	parents = append(slices.Clone(parents), t)
	var out []field
	for i := range t.NumField() {
		sf := t.Field(i)
		elem := sf.Type
		if sf.Anonymous && elem.Kind() == reflect.Pointer {
			elem = elem.Elem()
		}
		if !sf.IsExported() && !(sf.Anonymous && elem.Kind() == reflect.Struct) {
			continue
		}
		tag := sf.Tag.Get("json")
		if tag == "-" {
			continue
		}
		name, options, _ := strings.Cut(tag, ",")
		path := append(slices.Clone(index), i)
		if sf.Anonymous && name == "" && elem.Kind() == reflect.Struct {
			out = append(out, collectFields(elem, path, parents)...)
			continue
		}
		if !sf.IsExported() {
			continue
		}
		f := field{name: cmp.Or(name, sf.Name), index: path, tagged: name != ""}
		for option := range strings.SplitSeq(options, ",") {
			switch option {
			case "omitempty":
				f.omitEmpty = true
			case "omitzero":
				f.omitZero = zeroTest(sf.Type)
			case "string":
				f.quoted = isScalarKind(sf.Type)
			}
		}
		out = append(out, f)
	}
	return out
}

// value returns the field of v, or false where an embedded pointer is nil.
func (f *field) value(v reflect.Value) (reflect.Value, bool) {
	if len(f.index) == 1 {
		return v.Field(f.index[0]), true
	}
	for i, x := range f.index {
		if i > 0 && v.Kind() == reflect.Pointer {
			if v.IsNil() {
				return reflect.Value{}, false
			}
			v = v.Elem()
		}
		v = v.Field(x)
	}
	return v, true
}

func (f *field) omits(v reflect.Value) bool {
	if f.omitZero != nil && f.omitZero(v) || f.dropZero && v.IsZero() {
		return true
	}
	if !f.omitEmpty {
		return false
	}
	switch v.Kind() {
	case reflect.Array, reflect.Map, reflect.Slice, reflect.String:
		return v.Len() == 0
	case reflect.Struct:
		return false
	}
	return v.IsZero()
}

// zeroTest is encoding/json's omitzero: the type's IsZero method where it has
// one, else the zero value.
func zeroTest(t reflect.Type) func(reflect.Value) bool {
	type isZeroer interface{ IsZero() bool }
	zeroer := reflect.TypeFor[isZeroer]()
	switch {
	case t.Implements(zeroer):
		return func(v reflect.Value) bool {
			if (v.Kind() == reflect.Pointer || v.Kind() == reflect.Interface) && v.IsNil() {
				return true
			}
			return v.Interface().(isZeroer).IsZero()
		}
	case reflect.PointerTo(t).Implements(zeroer):
		return func(v reflect.Value) bool {
			if !v.CanAddr() {
				v2 := reflect.New(t).Elem()
				v2.Set(v)
				v = v2
			}
			return v.Addr().Interface().(isZeroer).IsZero()
		}
	}
	return reflect.Value.IsZero
}

// isScalarKind reports whether the "string" option applies to t.
func isScalarKind(t reflect.Type) bool {
	if t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	switch t.Kind() {
	case reflect.Bool, reflect.String,
		reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64,
		reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64, reflect.Uintptr,
		reflect.Float32, reflect.Float64:
		return true
	}
	return false
}

func hasName(fields []field, name string) bool {
	return slices.ContainsFunc(fields, func(f field) bool { return f.name == name })
}

func compareBool(a, b bool) int {
	switch {
	case a == b:
		return 0
	case b:
		return -1
	}
	return 1
}
