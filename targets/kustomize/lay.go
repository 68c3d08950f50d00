package kustomize

import (
	"slipway.dev/compiler/ir"
	"slipway.dev/targets/kube"
)

// lay lays what the spec says in Kubernetes' own words over what was made from its other
// fields: maps merge, lists whose items have keys merge by key, other lists are replaced,
// null removes. A patch may also say $patch: delete or replace, as strategic merge patches do.
func lay(base kube.Node, over ir.Tree) kube.Node {
	switch {
	case over.Kind == ir.Nothing:
		return base
	case over.Kind == ir.Null:
		return kube.Node{}
	case over.Kind == ir.Map && directive(over) == "replace":
		return node(over)
	case over.Kind == ir.Map && base.Kind == kube.Map:
		out := kube.NewMap(append([]kube.Field(nil), base.Fields...)...)
		for _, f := range over.Fields {
			if f.Name != patchDirective {
				out.Set(lay(out.Get(f.Name), f.Value), f.Name)
			}
		}
		return out
	case over.Kind == ir.List && base.Kind == kube.List:
		if key := listKey(base, over); key != "" {
			return layItems(base, over, key)
		}
	}
	return node(over)
}

const patchDirective = "$patch"

func directive(t ir.Tree) string { return t.Get(patchDirective).Text }

// listKeys are the fields that tell items of a list apart, best first: mounts have a path of
// their own each, and share the names of volumes.
var listKeys = []string{"mountPath", "name", "containerPort", "port", "ip"}

// listKey is the field that every item of both lists has, and none of over's twice, or "".
func listKey(base kube.Node, over ir.Tree) string {
	for _, key := range listKeys {
		all := len(over.Items) > 0
		seen := map[string]bool{}
		for _, item := range over.Items {
			all = all && item.Get(key).Kind != ir.Nothing && !seen[item.Get(key).Text]
			seen[item.Get(key).Text] = true
		}
		for _, item := range base.Items {
			all = all && item.Get(key).Exists()
		}
		if all {
			return key
		}
	}
	return ""
}

func layItems(base kube.Node, over ir.Tree, key string) kube.Node {
	out := kube.NewList(append([]kube.Node(nil), base.Items...)...)
	for _, item := range over.Items {
		at := -1
		for i := range out.Items {
			if out.Items[i].Get(key).Text == item.Get(key).Text {
				at = i
			}
		}
		switch {
		case directive(item) == "delete" && at >= 0:
			out.Items = append(out.Items[:at:at], out.Items[at+1:]...)
		case directive(item) == "delete":
		case at >= 0:
			out.Items[at] = lay(out.Items[at], item)
		default:
			out.Items = append(out.Items, node(item))
		}
	}
	return out
}

// node is a tree as it is, without what only patches mean.
func node(t ir.Tree) kube.Node {
	switch t.Kind {
	case ir.Map:
		out := kube.NewMap()
		for _, f := range t.Fields {
			if f.Name != patchDirective && f.Value.Kind != ir.Null {
				out.Fields = append(out.Fields, kube.Field{Key: f.Name, Value: node(f.Value)})
			}
		}
		return out
	case ir.List:
		out := kube.NewList()
		for _, item := range t.Items {
			out.Items = append(out.Items, node(item))
		}
		return out
	case ir.Text:
		return kube.Str(t.Text)
	case ir.Bool:
		return kube.Node{Kind: kube.Bool, Text: t.Text}
	case ir.Number:
		return kube.Number(t.Text)
	}
	return kube.Node{Kind: kube.Null}
}
