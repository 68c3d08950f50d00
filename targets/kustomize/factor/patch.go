package factor

import (
	"slices"

	"slipway.dev/targets/kube"
)

// patchNode returns what must be merged into base to make want of it, or an
// absent node when they are equal. base is what intersect made, so it has
// nothing that want has not.
func patchNode(base, want kube.Node, s *shape) kube.Node {
	switch {
	case !base.Exists():
		return want
	case kube.Equal(base, want):
		return kube.Node{}
	case want.Kind == kube.Map && base.Kind == kube.Map:
		return patchMap(base, want, s)
	case want.Kind == kube.List && base.Kind == kube.List && s.byMember():
		return patchMembers(base, want, s)
	}
	panic("factor: the base has something that is not shared")
}

func patchMap(base, want kube.Node, s *shape) kube.Node {
	diff := kube.Node{}
	for _, f := range want.Fields {
		diff.Set(patchNode(base.Get(f.Key), f.Value, s.field(f.Key)), f.Key)
	}
	return diff
}

// patchMembers lists members so that the merged list has want's order.
// kustomize puts the members that the patch names first, in the patch's order,
// and then those that only the base has, in the base's. So the patch names as
// many of the first members of want as it takes for the rest to be in the base,
// unchanged and in order; a named member without changes is only its key.
func patchMembers(base, want kube.Node, s *shape) kube.Node {
	named := len(want.Items)
	for next := len(base.Items); named > 0; named-- {
		last := want.Items[named-1]
		at := slices.IndexFunc(base.Items[:next], func(b kube.Node) bool { return kube.Equal(b, last) })
		if at < 0 {
			break
		}
		next = at
	}
	diff := kube.NewList()
	for _, m := range want.Items[:named] {
		entry := kube.NewMap(kube.Field{Key: s.keys[0], Value: m.Get(s.keys[0])})
		entry.Fields = append(entry.Fields, patchMember(member(base, s, m), m, s)...)
		diff.Items = append(diff.Items, entry)
	}
	return diff
}

// patchMember returns the changed fields of one member, without its key.
func patchMember(base, want kube.Node, s *shape) []kube.Field {
	if !base.Exists() {
		base = kube.NewMap(kube.Field{Key: s.keys[0], Value: want.Get(s.keys[0])})
	}
	return patchMap(base, want, s.item).Fields
}
