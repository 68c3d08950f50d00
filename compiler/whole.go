package compiler

import (
	"slices"
	"strings"

	"slipway.dev/compiler/api"
	"slipway.dev/compiler/diag"
	"slipway.dev/compiler/ir"
	"slipway.dev/schema"
)

// whole resolves an object whose spec the service says in Kubernetes' own words at a path,
// held against the type of that kind. Where it says nothing in the field selects, it is for
// what "main" selects.
func (r *resolver) whole(apiVersion, kind, name, selects string, path ...string) {
	n, where := r.tree.Find(path...), strings.Join(path, ".")
	k, ok := api.Lookup(apiVersion, kind)
	if !ok {
		panic("compiler: " + kind + " is no kind that we know")
	}
	spec, _ := k.Type.FieldByName("Spec")
	if !api.Check(n, spec.Type, where, r.ds) {
		return
	}
	m := ir.Manifest{At: n.LabelOr(), Name: where, APIVersion: apiVersion, Kind: kind, Object: name, Body: withFields(apiVersion, kind, name, ir.TreeField{Name: "spec", Value: tree(n)})}
	if selects != "" && n.Get(selects) == nil {
		m.Of = mainProcess
		if _, ok := r.f.Run[mainProcess]; !ok {
			r.ds.Errorf(diag.MissingField, n.LabelOr(), "%s needs %q: there is no process group \"main\" that it could be for", where, selects).
				WithPath(where+"."+selects).WithHint("say %s: matchLabels: …", selects)
		}
	}
	r.inst.Manifests = append(r.inst.Manifests, m)
}

// withFields is an object with these fields beside its metadata.
func withFields(apiVersion, kind, name string, fields ...ir.TreeField) ir.Tree {
	text := func(s string) ir.Tree { return ir.Tree{Kind: ir.Text, Text: s} }
	out := ir.Tree{Kind: ir.Map, Fields: append(fields,
		ir.TreeField{Name: "apiVersion", Value: text(apiVersion)}, ir.TreeField{Name: "kind", Value: text(kind)},
		ir.TreeField{Name: "metadata", Value: ir.Tree{Kind: ir.Map, Fields: []ir.TreeField{{Name: "name", Value: text(name)}}}})}
	slices.SortFunc(out.Fields, func(a, b ir.TreeField) int { return strings.Compare(a.Name, b.Name) })
	return out
}

// accounts resolves the accounts beside the service's own.
func (r *resolver) accounts(id *schema.Identity) {
	for _, name := range sorted(id.Accounts) {
		at := []string{"identity", "accounts", name}
		if !r.accountWords(at...) {
			continue
		}
		n := r.tree.Find(at...)
		r.inst.Manifests = append(r.inst.Manifests, ir.Manifest{At: n.LabelOr(), Name: strings.Join(at, "."), APIVersion: "v1", Kind: "ServiceAccount", Object: name, Body: withFields("v1", "ServiceAccount", name, tree(n).Fields...)})
	}
}

// accountWords reports whether what stands at a path is a part of an account.
func (r *resolver) accountWords(path ...string) bool {
	n, where := r.tree.Find(path...), strings.Join(path, ".")
	k, _ := api.Lookup("v1", "ServiceAccount")
	sound := api.Check(n, k.Type, where, r.ds)
	for _, e := range n.Keys {
		if instead := map[string]string{"apiVersion": "remove it", "kind": "remove it", "metadata": "labels and annotations are said by objects: only: \"ServiceAccount/NAME\""}[e.Name]; instead != "" {
			r.ds.Errorf(diag.UnknownField, e.Value.LabelOr(), "%s is not said here", e.Name).WithPath(where+"."+e.Name).WithHint("%s", instead)
			sound = false
		}
	}
	return sound
}
