// Package api holds trees that are written in Kubernetes' own words against the Go types of
// Kubernetes: an unknown field, or a value of the wrong kind, is a mistake at the user's own
// line. It knows no spec and decides nothing about what an object means.
package api

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"time"

	tektonv1 "github.com/tektoncd/pipeline/pkg/apis/pipeline/v1"
	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/util/intstr"

	"slipway.dev/compiler/diag"
	"slipway.dev/compiler/layer"
)

// Decode holds a tree against T and decodes it. It returns nil when the tree is nil or has
// mistakes, which are reported; path is where the tree stands in the spec.
func Decode[T any](n *layer.Node, path string, ds *diag.List) *T {
	if n == nil {
		return nil
	}
	v := new(T)
	if !Check(n, reflect.TypeFor[T](), path, ds) {
		return nil
	}
	if err := json.Unmarshal(JSON(n), v); err != nil {
		ds.Errorf(diag.WrongValue, n.LabelOr(), "%s: %v", path, err).WithPath(path)
		return nil
	}
	return v
}

// Check reports what a tree says that a type of Kubernetes does not have, fields and values,
// and whether there was nothing of the kind.
func Check(n *layer.Node, t reflect.Type, path string, ds *diag.List) bool {
	c := checker{ds: ds, sound: true}
	c.value(n, t, path)
	return c.sound
}

type checker struct {
	ds    *diag.List
	sound bool
	patch bool // $patch says what becomes of what was there
	// tekton says that the tree, as a whole, is of a type of Tekton's.
	tekton bool
}

func (c *checker) wrong(code diag.Code, at diag.Pos, path, format string, args ...any) *diag.Diagnostic {
	c.sound = false
	return c.ds.Errorf(code, at, format, args...).WithPath(path)
}

// free are the types that hold whatever JSON there is.
var free = map[reflect.Type]bool{
	reflect.TypeFor[runtime.RawExtension]():   true,
	reflect.TypeFor[apiextensionsv1.JSON]():   true,
	reflect.TypeFor[json.RawMessage]():        true,
	reflect.TypeFor[metav1.FieldsV1]():        true,
	reflect.TypeFor[map[string]interface{}](): true,
}

func (c *checker) value(n *layer.Node, t reflect.Type, path string) {
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	if strings.HasPrefix(t.PkgPath(), tekton) {
		c.tekton = true
	}
	switch {
	case n.Kind == layer.Null || free[t]:
		return
	case c.leaf(n, t, path):
		return
	}
	switch t.Kind() {
	case reflect.Struct:
		if c.is(n, layer.Struct, path, "has fields") {
			c.fields(n, t, path)
		}
	case reflect.Map:
		if c.is(n, layer.Struct, path, "has fields") {
			for _, e := range n.Keys {
				c.value(e.Value, t.Elem(), path+"."+e.Name)
			}
		}
	case reflect.Slice, reflect.Array:
		if t.Elem().Kind() == reflect.Uint8 {
			if _, err := base64.StdEncoding.DecodeString(n.Text); n.Kind != layer.String || err != nil {
				c.wrong(diag.WrongValue, n.At, path, "%s: this is not base64", last(path))
			}
		} else if c.is(n, layer.List, path, "is a list") {
			for _, item := range n.Items {
				c.value(item, t.Elem(), path)
			}
		}
	case reflect.String:
		if c.is(n, layer.String, path, "is text") {
			c.text(n, t, path)
		}
	case reflect.Bool:
		c.is(n, layer.Bool, path, "is true or false")
	case reflect.Float32, reflect.Float64:
		c.is(n, layer.Number, path, "is a number")
	default:
		if c.is(n, layer.Number, path, "is a whole number") && json.Unmarshal([]byte(n.Text), reflect.New(t).Interface()) != nil {
			c.wrong(diag.WrongValue, n.At, path, "%s: %s is no whole number that fits here", last(path), n.Text)
		}
	}
}

// text judges what a text may be. An empty one is unset: what is optional, Kubernetes fills in.
func (c *checker) text(n *layer.Node, t reflect.Type, path string) {
	words := enums[t.PkgPath()+"."+t.Name()]
	switch {
	case strings.ContainsRune(n.Text, 0):
		c.wrong(diag.WrongValue, n.At, path, "%s: text holds no NUL", last(path))
	case words != nil && n.Text != "" && !slices.Contains(words, n.Text):
		c.wrong(diag.WrongValue, n.At, path, "%s: %q is no %s that Kubernetes knows", last(path), n.Text, t.Name()).
			WithHint("%s", diag.Suggest(n.Text, words))
	}
}

// leaf judges types that write their JSON themselves.
func (c *checker) leaf(n *layer.Node, t reflect.Type, path string) bool {
	scalar := n.Kind == layer.String || n.Kind == layer.Number
	switch t {
	case reflect.TypeFor[resource.Quantity]():
		if _, err := resource.ParseQuantity(n.Text); !scalar || err != nil {
			c.wrong(diag.WrongValue, n.At, path, "%s: this is not an amount", last(path)).WithHint("write one such as \"250m\", \"128Mi\" or 2")
		}
	case reflect.TypeFor[intstr.IntOrString]():
		if !scalar {
			c.wrong(diag.WrongType, n.LabelOr(), path, "%s is a number, or text", last(path))
		}
	case reflect.TypeFor[metav1.Time](), reflect.TypeFor[metav1.MicroTime]():
		if _, err := time.Parse(time.RFC3339, n.Text); err != nil {
			c.wrong(diag.WrongValue, n.At, path, "%s: this is not a time such as 2026-01-31T12:00:00Z", last(path))
		}
	case reflect.TypeFor[metav1.Duration]():
		if _, err := time.ParseDuration(n.Text); err != nil || n.Kind != layer.String {
			c.wrong(diag.WrongValue, n.At, path, "%s: this is not a duration such as \"90s\"", last(path))
		}
	case reflect.TypeFor[tektonv1.ParamValue]():
		if n.Kind == layer.Number || n.Kind == layer.Bool {
			c.is(n, layer.String, path, "is text, a list or an object")
		}
	default:
		return false
	}
	return true
}

// is reports a value of another kind than the one that belongs here.
func (c *checker) is(n *layer.Node, want layer.Kind, path, what string) bool {
	if n.Kind == want {
		return true
	}
	in := "Kubernetes"
	if c.tekton {
		in = "Tekton"
	}
	d := c.wrong(diag.WrongType, n.LabelOr(), path, "%s %s in %s", last(path), what, in)
	if want == layer.String && (n.Kind == layer.Bool || n.Kind == layer.Number) {
		d.WithHint("put it in double quotes: %q", n.Text)
	}
	return false
}

func (c *checker) fields(n *layer.Node, t reflect.Type, path string) {
	known := fieldsOf(t)
	for _, e := range n.Keys {
		if c.patch && e.Name == "$patch" {
			continue
		}
		if ft, ok := known[e.Name]; ok {
			c.value(e.Value, ft, path+"."+e.Name)
			continue
		}
		c.wrong(diag.UnknownField, e.Value.LabelOr(), path+"."+e.Name, "%s %s has no field %q", whose(t), t.Name(), e.Name).
			WithHint("%s", suggest(e.Name, known))
	}
}

// whose says who made up a type.
func whose(t reflect.Type) string {
	if strings.HasPrefix(t.PkgPath(), "github.com/argoproj/argo-rollouts/") {
		return "Argo Rollouts'"
	}
	if strings.HasPrefix(t.PkgPath(), tekton) {
		return "Tekton's"
	}
	return "Kubernetes'"
}

// suggest finds the field that was meant: the one that differs in capitals only, or a near one.
func suggest(name string, known map[string]reflect.Type) string {
	var names []string
	for k := range known {
		names = append(names, k)
	}
	return diag.Suggest(name, sorted(names))
}

func last(path string) string { return path[strings.LastIndexByte(path, '.')+1:] }

// JSON writes a tree that has been checked.
func JSON(n *layer.Node) []byte {
	var b strings.Builder
	write(&b, n)
	return []byte(b.String())
}

func write(b *strings.Builder, n *layer.Node) {
	switch n.Kind {
	case layer.Struct:
		b.WriteByte('{')
		for i, e := range n.Keys {
			if i > 0 {
				b.WriteByte(',')
			}
			fmt.Fprintf(b, "%s:", quote(e.Name))
			write(b, e.Value)
		}
		b.WriteByte('}')
	case layer.List:
		b.WriteByte('[')
		for i, item := range n.Items {
			if i > 0 {
				b.WriteByte(',')
			}
			write(b, item)
		}
		b.WriteByte(']')
	case layer.String:
		b.WriteString(quote(n.Text))
	case layer.Null:
		b.WriteString("null")
	default:
		b.WriteString(n.Text)
	}
}

func quote(s string) string {
	q, err := json.Marshal(s)
	if err != nil {
		panic("api: " + err.Error()) // no string lacks JSON
	}
	return string(q)
}

// CheckPatch is Check for a patch: it may hold the directives of strategic merge patches.
func CheckPatch(n *layer.Node, t reflect.Type, path string, ds *diag.List) bool {
	c := checker{ds: ds, sound: true, patch: true}
	c.value(n, t, path)
	return c.sound
}
