package parsers

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"
)

// A value of a document is a list ([]any), a map (map[string]any), or a scalar: a string
// that begins with its type, as "string:no", "number:5", "bool:true" or "null:"; "other:" is
// what JSON does not have, such as a date. Keys of maps are scalars of this form too, so
// that a key 1 is another one than "1".
//
// Numbers compare as numbers: JavaScript does not tell 1 from 1.0, and Kubernetes' JSON need
// not.

// Text makes the scalar of a string.
func Text(s string) string { return "string:" + s }

// number makes the scalar of a number that a parser printed; digits count as they are, so
// that no large integer is rounded.
func number(printed string) string {
	if strings.Trim(printed, "0123456789") == "" || strings.HasPrefix(printed, "-") && strings.Trim(printed[1:], "0123456789") == "" {
		return "number:" + printed
	}
	f, err := strconv.ParseFloat(printed, 64)
	if err != nil {
		return "other:" + printed
	}
	if f == math.Trunc(f) && math.Abs(f) < 1<<53 {
		return "number:" + strconv.FormatInt(int64(f), 10)
	}
	return "number:" + strconv.FormatFloat(f, 'g', -1, 64)
}

// Leaf is a scalar, or an empty list or map, and where it is.
type Leaf struct{ Path, Value string }

// Leaves are those of a value, in the order of their paths' keys. An item of a list is
// known by its name where all items have one, as Kubernetes knows it: metadata.name,
// env[NAME].value. Others have no place of their own: args[].
func Leaves(value any) []Leaf {
	var out []Leaf
	walk(value, "", func(path, leaf string) { out = append(out, Leaf{path, leaf}) })
	return out
}

func walk(value any, path string, found func(path, leaf string)) {
	switch v := value.(type) {
	case map[string]any:
		for _, key := range slices.Sorted(maps.Keys(v)) {
			walk(v[key], at(path, key), found)
		}
		if len(v) == 0 {
			found(path, "{}")
		}
	case []any:
		for _, item := range v {
			name := ""
			if m, ok := item.(map[string]any); ok {
				name, _ = m[Text("name")].(string)
			}
			walk(item, path+"["+plain(name)+"]", found)
		}
		if len(v) == 0 {
			found(path, "[]")
		}
	default:
		found(path, scalar(v))
	}
}

// differences finds where two values differ.
func differences(a, b any, path string, found func(path, a, b string)) {
	switch x := a.(type) {
	case map[string]any:
		y, ok := b.(map[string]any)
		if !ok {
			break
		}
		for _, key := range slices.Sorted(maps.Keys(x)) {
			if _, ok := y[key]; !ok {
				found(at(path, key), show(x[key]), "nothing")
				continue
			}
			differences(x[key], y[key], at(path, key), found)
		}
		for _, key := range slices.Sorted(maps.Keys(y)) {
			if _, ok := x[key]; !ok {
				found(at(path, key), "nothing", show(y[key]))
			}
		}
		return
	case []any:
		y, ok := b.([]any)
		if !ok || len(x) != len(y) {
			break
		}
		for i := range x {
			differences(x[i], y[i], fmt.Sprintf("%s[%d]", path, i), found)
		}
		return
	default:
		if y, ok := b.(string); ok && scalar(x) == y {
			return
		}
	}
	found(path, show(a), show(b))
}

func scalar(v any) string {
	s, ok := v.(string)
	if !ok {
		panic(fmt.Sprintf("parsers: a value of type %T", v)) // the readers make no others
	}
	return s
}

// at is the path of a map's entry.
func at(path, key string) string {
	if path == "" {
		return plain(key)
	}
	return path + "." + plain(key)
}

// plain is a key as people write it; the type is told where it is no string.
func plain(key string) string { return strings.TrimPrefix(key, "string:") }

func show(value any) string {
	switch v := value.(type) {
	case map[string]any:
		return "a map"
	case []any:
		return fmt.Sprintf("a list of %d", len(v))
	}
	kind, text, _ := strings.Cut(scalar(value), ":")
	if kind == "null" {
		return kind
	}
	return fmt.Sprintf("the %s %.200q", kind, text)
}
