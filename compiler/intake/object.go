package intake

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"slipway.dev/compiler/api"
	"slipway.dev/compiler/diag"
	"slipway.dev/compiler/layer"
)

// Object is one that a source holds.
type Object struct {
	Body       *layer.Node // without status and what kubectl leaves behind
	Source     string      // the environment that the source was given for
	Env        string      // the environment that it is in; one of the source's
	At         diag.Pos
	APIVersion string
	Kind       string
	Name       string
	Namespace  string // "" where it does not say
}

// Group is the group of its API; "" for the core.
func (o *Object) Group() string {
	if g, _, ok := strings.Cut(o.APIVersion, "/"); ok {
		return g
	}
	return ""
}

// String is the kind and the name, as people write them: Deployment/cart.
func (o *Object) String() string { return o.Kind + "/" + o.Name }

// Known reports whether Kubernetes, or we, know its kind.
func (o *Object) Known() bool {
	_, ok := api.Lookup(o.APIVersion, o.Kind)
	return ok
}

// Labels are its labels by name.
func (o *Object) Labels() *layer.Node { return o.Body.Find("metadata", "labels") }

// templateOf is where the pod template of the kinds that make pods lies.
var templateOf = map[string][]string{
	"Deployment": {"spec", "template"}, "StatefulSet": {"spec", "template"}, "DaemonSet": {"spec", "template"}, "Rollout": {"spec", "template"},
	"Job": {"spec", "template"}, "CronJob": {"spec", "jobTemplate", "spec", "template"},
}

// makesPods reports whether a process group can be of its kind.
func (o *Object) makesPods() bool {
	switch o.Group() {
	case "apps", "batch":
		return templateOf[o.Kind] != nil
	case "argoproj.io":
		return o.Kind == "Rollout"
	}
	return false
}

// Pods is the object's pod template; nil for kinds that a process group cannot be, and for a
// Rollout of another workload's pods.
func (o *Object) Pods() *layer.Node {
	if !o.makesPods() {
		return nil
	}
	return o.Body.Find(templateOf[o.Kind]...)
}

// newObjects makes objects of a document: one, or the items of a List.
func newObjects(n *layer.Node, source string, ds *diag.List) []*Object {
	if n.Kind != layer.Struct {
		ds.Errorf(diag.BadManifest, n.At, "this is no object of Kubernetes").WithHint("an object has apiVersion, kind and metadata")
		return nil
	}
	kind := textOf(n, "kind")
	if items := n.Get("items"); items != nil && items.Kind == layer.List && strings.HasSuffix(kind, "List") {
		var out []*Object
		for _, item := range items.Items {
			out = append(out, newObjects(item, source, ds)...)
		}
		return out
	}
	o := &Object{Body: n, Source: source, At: n.At, APIVersion: textOf(n, "apiVersion"), Kind: kind, Name: textOf(n, "metadata", "name"), Namespace: textOf(n, "metadata", "namespace")}
	for _, f := range []struct{ name, value string }{{"apiVersion", o.APIVersion}, {"kind", o.Kind}, {"metadata.name", cmp.Or(o.Name, textOf(n, "metadata", "generateName"))}} {
		if f.value == "" {
			ds.Errorf(diag.BadManifest, o.At, "this object has no %s", f.name).WithHint("an object has apiVersion, kind and metadata.name")
			return nil
		}
	}
	if !sensible(o, ds) {
		return nil
	}
	take(n, "status")
	takeIf(n, func(v *layer.Node) bool { return v.Kind == layer.Null }, "metadata", "creationTimestamp")
	take(n, "metadata", "annotations", "kubectl.kubernetes.io/last-applied-configuration")
	if pods := o.Pods(); pods != nil {
		takeIf(pods, func(v *layer.Node) bool { return v.Kind == layer.Null }, "metadata", "creationTimestamp")
		takeIf(pods, empty, "metadata")
	}
	if o.makesPods() && n.Find("spec", "workloadRef") == nil && len(itemsOf(o.Pods().Find("spec", "containers"))) == 0 {
		ds.Errorf(diag.BadManifest, o.At, "%s has no containers", o).WithHint("kubectl would refuse it too: its pod template needs spec.containers")
		return nil
	}
	if k, ok := api.Lookup(o.APIVersion, o.Kind); ok && k.Type != nil {
		api.Check(n, k.Type, o.String(), ds)
	}
	dropNulls(n)
	return []*Object{o}
}

// dropNulls removes what is null, which to Kubernetes is not there.
func dropNulls(n *layer.Node) {
	n.Keys = slices.DeleteFunc(n.Keys, func(e layer.Entry) bool { return e.Value.Kind == layer.Null })
	for _, e := range n.Keys {
		dropNulls(e.Value)
	}
	for _, item := range n.Items {
		dropNulls(item)
	}
}

// duplicates reports objects that an environment has twice.
func duplicates(objects []*Object, ds *diag.List) {
	first := map[string]*Object{}
	for _, o := range objects {
		key := fmt.Sprint(o.Source, "\x00", o.Group(), "\x00", o.Kind, "\x00", o.Namespace, "\x00", o.Name)
		if f, ok := first[key]; ok && o.Name != "" {
			ds.Errorf(diag.BadManifest, o.At, "%s is here twice", o).WithRelated(f.At, "the first one").WithHint("keep the one that is meant")
			continue
		}
		first[key] = o
	}
}
