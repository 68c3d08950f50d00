package intake

import (
	"regexp"
	"slices"

	"slipway.dev/compiler/api"
	"slipway.dev/compiler/diag"
	"slipway.dev/compiler/layer"
)

// What is YAML and has the fields of an object may still be none that anybody meant.

// actions are what charts are made of, and what nothing that was rendered has left.
var actions = regexp.MustCompile(`\{\{-?\s*(\.(Values|Release|Chart|Capabilities|Template|Files)\b|(include|template|tpl|required)\s)`)

// builtIn are API groups that nobody adds kinds to.
var builtIn = []string{"", "apps", "batch", "autoscaling", "policy"}

// sensible reports templates that were left in, and kinds that Kubernetes does not have.
func sensible(o *Object, ds *diag.List) bool {
	if at := left(o); at != nil {
		ds.Errorf(diag.BadManifest, at.At, "%s: %q is of a template, which nobody has rendered", o, at.Text).
			WithHint("render it first: helm template RELEASE CHART --values …, and import what that prints")
		return false
	}
	if !slices.Contains(builtIn, o.Group()) {
		return true
	}
	var names []string
	for _, k := range api.Kinds {
		if k.Name == o.Kind {
			return true
		}
		if slices.Contains(builtIn, (&Object{APIVersion: k.APIVersion}).Group()) {
			names = append(names, k.Name)
		}
	}
	if near, ok := diag.Nearest(o.Kind, names); ok && api.Forbidden(o.Group(), o.Kind) == "" {
		ds.Errorf(diag.UnknownKind, o.At, "Kubernetes has no kind %s in %s", o.Kind, o.APIVersion).WithHint("did you mean %q?", near)
		return false
	}
	return true
}

// left is a text with an action of a template; what ConfigMaps and Secrets hold may be one.
func left(o *Object) (found *layer.Node) {
	var visit func(n *layer.Node)
	visit = func(n *layer.Node) {
		if found == nil && n.Kind == layer.String && actions.MatchString(n.Text) {
			found = n
		}
		for _, e := range n.Keys {
			visit(e.Value)
		}
		for _, item := range n.Items {
			visit(item)
		}
	}
	for _, e := range o.Body.Keys {
		if e.Name != "data" && e.Name != "stringData" {
			visit(e.Value)
		}
	}
	return found
}
