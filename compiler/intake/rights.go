package intake

import (
	"fmt"
	"regexp"
	"slices"

	"slipway.dev/compiler/api"
	"slipway.dev/compiler/layer"
)

const rbac = "rbac.authorization.k8s.io"

var anyText = regexp.MustCompile(``)

// rights says the Role of the pods' account, where a Role and a RoleBinding of its name give
// exactly what identity.may does: nothing of theirs is named otherwise, or is for others too.
func (b *builder) rights(objects []*Object) {
	account := textOf(b.out, "identity", "account")
	if account == "" && b.out.Find("identity", "make") != nil {
		account = b.service.Name
	}
	var role, binding *Object
	for _, o := range objects {
		switch {
		case o.Name != account || account == "" || o.APIVersion != rbac+"/v1":
		case o.Kind == "Role":
			role = o
		case o.Kind == "RoleBinding":
			binding = o
		}
	}
	if role == nil || binding == nil || !b.binds(b.objects[binding], account) {
		return
	}
	body := b.objects[role]
	may := rules(body.Get("rules"))
	if may == nil || !only(body, "apiVersion", "kind", "metadata", "rules") || !b.onlyMeta(role) || !b.onlyMeta(binding) {
		return
	}
	put(b.out, may, "identity", "may")
	for _, o := range []*Object{role, binding} {
		b.meta(o)
		b.objects[o] = nil
		b.kinds[api.GroupKind(rbac, o.Kind)] = true
	}
}

// binds reports whether a RoleBinding gives an account of the environment the Role of its name.
func (b *builder) binds(body *layer.Node, account string) bool {
	ref, subjects := body.Get("roleRef"), itemsOf(body.Get("subjects"))
	if !only(body, "apiVersion", "kind", "metadata", "roleRef", "subjects") || len(subjects) != 1 {
		return false
	}
	s := subjects[0]
	return only(ref, "apiGroup", "kind", "name") && textOf(ref, "apiGroup") == rbac && textOf(ref, "kind") == "Role" && textOf(ref, "name") == account &&
		only(s, "kind", "name", "namespace") && textOf(s, "kind") == "ServiceAccount" && textOf(s, "name") == account && textOf(s, "namespace") == b.namespace
}

// rules are the rules of a Role by names that keep their order; nil where one says more.
func rules(from *layer.Node) *layer.Node {
	out := newStruct()
	var names []string
	for _, rule := range itemsOf(from) {
		right := newStruct()
		if !only(rule, "apiGroups", "resources", "resourceNames", "verbs") || rule.Get("apiGroups") == nil || rule.Get("resources") == nil || rule.Get("verbs") == nil {
			return nil
		}
		for _, f := range []struct {
			theirs, ours string
			fits         *regexp.Regexp
		}{{"apiGroups", "groups", anyText}, {"resources", "resources", oneLine}, {"resourceNames", "names", oneLine}, {"verbs", "verbs", oneLine}} {
			v := rule.Get(f.theirs)
			if v == nil {
				continue
			}
			if v.Kind != layer.List || len(v.Items) == 0 || slices.ContainsFunc(v.Items, func(i *layer.Node) bool { return !like(f.fits)(i) }) {
				return nil
			}
			if f.theirs == "apiGroups" && len(v.Items) == 1 && v.Items[0].Text == "" {
				continue // Kubernetes' own
			}
			put(right, v, f.ours)
		}
		names = append(names, word(rule.Get("resources").Items[0].Text))
		put(out, right, fmt.Sprintf("rule-%03d", len(names)))
	}
	if len(names) == 0 {
		return nil
	}
	if slices.IsSorted(names) && len(slices.Compact(slices.Clone(names))) == len(names) {
		for i := range names {
			out.Keys[i].Name = names[i]
		}
	}
	return out
}
