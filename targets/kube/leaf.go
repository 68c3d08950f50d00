package kube

import (
	"bytes"
	"encoding"
	"encoding/json"
	"fmt"
	"io"
	"reflect"
	"strconv"
	"strings"

	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/intstr"
)

var (
	marshalerType = reflect.TypeFor[json.Marshaler]()
	textType      = reflect.TypeFor[encoding.TextMarshaler]()
	numberType    = reflect.TypeFor[json.Number]()
)

// leafCoder returns the coder of a type that writes its JSON itself, or nil.
// The four that fill Kubernetes objects are written without the detour.
func leafCoder(t reflect.Type) encodeFunc {
	switch t {
	case reflect.TypeFor[resource.Quantity]():
		return func(v reflect.Value, to *Node) {
			q := valueOf[resource.Quantity](v) // a copy: String stores its result
			*to = Str(q.String())
		}
	case reflect.TypeFor[intstr.IntOrString]():
		return func(v reflect.Value, to *Node) {
			switch x := valueOf[intstr.IntOrString](v); x.Type {
			case intstr.Int:
				*to = Integer(int64(x.IntVal))
			case intstr.String:
				*to = Str(x.StrVal)
			default:
				panic(fmt.Sprintf("kube: IntOrString of type %d", x.Type))
			}
		}
	case reflect.TypeFor[metav1.Duration]():
		return func(v reflect.Value, to *Node) { *to = Str(valueOf[metav1.Duration](v).Duration.String()) }
	case reflect.TypeFor[metav1.Time]():
		return func(v reflect.Value, to *Node) {
			if v.IsZero() {
				to.Kind = Null
				return
			}
			throughJSON(v, to)
		}
	}
	switch {
	case t.Kind() == reflect.Pointer: // nil is null; else the element decides
	case t.Implements(marshalerType):
		return throughJSON
	case reflect.PointerTo(t).Implements(marshalerType):
		return whenAddressable(t, throughJSON)
	case t.Implements(textType):
		return throughText
	case reflect.PointerTo(t).Implements(textType):
		return whenAddressable(t, throughText)
	}
	return nil
}

// whenAddressable is encoding/json's rule for methods on the pointer: they
// count only where the value has an address.
func whenAddressable(t reflect.Type, encode encodeFunc) encodeFunc {
	otherwise := kindCoder(t)
	return func(v reflect.Value, to *Node) {
		if v.CanAddr() {
			encode(v.Addr(), to)
		} else {
			otherwise(v, to)
		}
	}
}

// valueOf returns a copy of what v holds, without an allocation where v has an
// address.
func valueOf[T any](v reflect.Value) T {
	if v.CanAddr() {
		return *v.Addr().Interface().(*T)
	}
	return v.Interface().(T)
}

// throughJSON has encoding/json write the value and reads that back.
func throughJSON(v reflect.Value, to *Node) {
	if v.Kind() == reflect.Interface && v.IsNil() {
		to.Kind = Null
		return
	}
	data, err := json.Marshal(v.Interface())
	if err != nil {
		panic(fmt.Sprintf("kube: %s: %v", v.Type(), err))
	}
	*to = parseJSON(data)
}

func throughText(v reflect.Value, to *Node) {
	if v.Kind() == reflect.Interface && v.IsNil() {
		to.Kind = Null
		return
	}
	*to = Str(text(v))
}

func text(v reflect.Value) string {
	data, err := v.Interface().(encoding.TextMarshaler).MarshalText()
	if err != nil {
		panic(fmt.Sprintf("kube: %s: %v", v.Type(), err))
	}
	return string(data)
}

// mapKey writes a map's key the way encoding/json does.
func mapKey(k reflect.Value) string {
	switch {
	case k.Kind() == reflect.String:
		return k.String()
	case k.Type().Implements(textType):
		if k.Kind() == reflect.Pointer && k.IsNil() {
			return ""
		}
		return text(k)
	case k.CanInt():
		return strconv.FormatInt(k.Int(), 10)
	case k.CanUint():
		return strconv.FormatUint(k.Uint(), 10)
	}
	panic(fmt.Sprintf("kube: no JSON for a map with key type %s", k.Type()))
}

// quoteScalar is the json tag's "string" option.
func quoteScalar(n Node) Node {
	if n.Kind == String {
		data, err := json.Marshal(n.Text)
		if err != nil {
			panic(fmt.Sprintf("kube: quote %q: %v", n.Text, err))
		}
		return Str(string(data))
	}
	return Str(n.Text)
}

// parseJSON reads one JSON value that encoding/json wrote, keys in its order.
func parseJSON(data []byte) Node {
	if len(data) > 1 && data[0] == '"' && bytes.IndexByte(data, '\\') < 0 {
		return Str(string(data[1 : len(data)-1]))
	}
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.UseNumber()
	n := parseValue(dec, nextToken(dec))
	if _, err := dec.Token(); err != io.EOF {
		panic(fmt.Sprintf("kube: more than one JSON value in %s", data))
	}
	return n
}

func parseValue(dec *json.Decoder, tok json.Token) Node {
	switch tok := tok.(type) {
	case nil:
		return Node{Kind: Null}
	case bool:
		return Boolean(tok)
	case string:
		return Str(tok)
	case json.Number:
		return number(tok.String())
	case json.Delim:
		if tok == '[' {
			list := NewList()
			for dec.More() {
				list.Items = append(list.Items, parseValue(dec, nextToken(dec)))
			}
			nextToken(dec)
			return list
		}
		m := NewMap()
		for dec.More() {
			key := nextToken(dec).(string)
			value := parseValue(dec, nextToken(dec))
			if i := m.index(key); i >= 0 {
				m.Fields[i].Value = value // the last one counts, as in encoding/json
				continue
			}
			m.Fields = append(m.Fields, Field{key, value})
		}
		nextToken(dec)
		return m
	}
	panic(fmt.Sprintf("kube: JSON token %v", tok))
}

func nextToken(dec *json.Decoder) json.Token {
	tok, err := dec.Token()
	if err != nil {
		panic(fmt.Sprintf("kube: read JSON back: %v", err))
	}
	return tok
}

// number returns an Int where the JSON number has neither point nor exponent.
func number(text string) Node {
	if strings.ContainsAny(text, ".eE") || text == "-0" {
		return Node{Kind: Float, Text: text}
	}
	return Node{Kind: Int, Text: text}
}
