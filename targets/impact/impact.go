// Package impact says what a change of Kubernetes objects does to what runs: nothing, new
// labels, a restart of pods, an object that has to be made anew, or one that goes.
//
// It compares what two sets of objects say, and asks no cluster: what webhooks and
// controllers add is not seen, and an explicit value that equals Kubernetes' default
// counts as a change. Where it errs, it names the worse class.
package impact

import (
	"cmp"
	"slices"
	"strings"

	"slipway.dev/targets/kube"
)

// Class is what a change does, by severity.
type Class int

// The classes, mildest first.
const (
	None     Class = iota // changed in place; no pod is touched
	Metadata              // only the object's own labels or annotations
	Stay                  // no longer in Git, but Argo CD leaves it in the cluster
	Create                // a new object
	Restart               // running pods are stopped, and started anew where they are still wanted
	Replace               // a field that cannot change: the object has to be deleted and made anew
	Delete                // the object goes
	Unknown               // what was there before, or what a chart makes, cannot be told
)

var classNames = [...]string{
	None: "none", Metadata: "metadata", Stay: "stay", Create: "create",
	Restart: "restart", Replace: "replace", Delete: "delete", Unknown: "unknown",
}

// String is the class as reports print it, in text and in JSON.
func (c Class) String() string { return classNames[c] }

// Classes are all classes, worst first.
func Classes() []Class {
	return []Class{Unknown, Delete, Replace, Restart, Create, Stay, Metadata, None}
}

// Object names an object as a cluster does. The version of its API is no part of it:
// apps/v1 and apps/v1beta1 serve the same Deployment.
type Object struct {
	Group, Kind, Namespace, Name string
}

// ObjectOf returns the name of an object. One without a name has its generateName.
func ObjectOf(n kube.Node) Object {
	group, _, grouped := strings.Cut(n.Get("apiVersion").Text, "/")
	if !grouped {
		group = ""
	}
	meta := n.Get("metadata")
	return Object{group, n.Get("kind").Text, meta.Get("namespace").Text, cmp.Or(meta.Get("name").Text, meta.Get("generateName").Text)}
}

// String is the kind and the name, as people write them: Deployment/cart.
func (o Object) String() string {
	if o.Kind == "" {
		return o.Name
	}
	return o.Kind + "/" + o.Name
}

func (o Object) compare(p Object) int {
	return cmp.Or(strings.Compare(o.Kind, p.Kind), strings.Compare(o.Name, p.Name),
		strings.Compare(o.Namespace, p.Namespace), strings.Compare(o.Group, p.Group))
}

// Change is one object that differs.
type Change struct {
	Class  Class
	Object Object
	Was    string // the name of the object in whose place a new one comes; mostly empty
	Why    string // what the class alone does not say; mostly empty
	Edits  []Edit // those that decide the class first, then in the order of the object
}

// Compare returns what differs between the objects before and after, worst first, then by
// kind and name. Objects are matched by group, kind, namespace and name; of several that
// share these, the first is matched with the first.
func Compare(before, after []kube.Node) []Change {
	old := map[Object][]kube.Node{}
	for _, n := range before {
		o := ObjectOf(n)
		old[o] = append(old[o], n)
	}
	var out []Change
	var created []kube.Node
	for _, n := range after {
		o := ObjectOf(n)
		if len(old[o]) == 0 {
			created = append(created, n)
			continue
		}
		if c, differs := compareObject(o, old[o][0], n); differs {
			out = append(out, c)
		}
		old[o] = old[o][1:]
	}
	var gone []kube.Node
	for _, n := range before { // in the order of before, not of the map
		if o := ObjectOf(n); len(old[o]) > 0 {
			gone = append(gone, old[o][0])
			old[o] = old[o][1:]
		}
	}
	out = append(out, comeAndGo(created, gone)...)
	slices.SortStableFunc(out, func(a, b Change) int {
		return cmp.Or(cmp.Compare(b.Class, a.Class), a.Object.compare(b.Object))
	})
	return out
}

// compareObject classifies an object that is there before and after.
func compareObject(o Object, before, after kube.Node) (Change, bool) {
	edits := diff(before, after)
	if len(edits) == 0 {
		return Change{}, false
	}
	v := judge(o, before, after, edits)
	for i := range edits {
		edits[i].Decides = v.decides == nil || v.decides(edits[i])
		edits[i].Path = shorten(o, edits[i].Path)
		if o.Kind == "Secret" { // its values are nobody's business
			edits[i].Before, edits[i].After = "", ""
		}
	}
	slices.SortStableFunc(edits, func(a, b Edit) int {
		switch {
		case a.Decides == b.Decides:
			return 0
		case a.Decides:
			return -1
		}
		return 1
	})
	return Change{Class: v.class, Object: o, Why: v.why, Edits: edits}, true
}
