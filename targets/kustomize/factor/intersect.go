package factor

import "slipway.dev/targets/kube"

// intersect returns what all variants share, or an absent node: maps by key,
// member lists by member, everything else whole or not at all.
//
// A map that shares nothing is absent rather than empty: {} can mean something
// of its own (an emptyDir, a podSelector), and then it comes with a patch.
func intersect(variants []kube.Node, s *shape) kube.Node {
	first := variants[0]
	for _, v := range variants {
		if v.Kind != first.Kind {
			return kube.Node{}
		}
	}
	switch {
	case allEqual(variants):
		return first
	case first.Kind == kube.Map:
		return intersectMaps(variants, s)
	case first.Kind == kube.List && s.byMember():
		return intersectMembers(variants, s)
	}
	return kube.Node{}
}

func intersectMaps(variants []kube.Node, s *shape) kube.Node {
	shared := kube.Node{}
	values := make([]kube.Node, len(variants))
	for _, f := range variants[0].Fields {
		for i, v := range variants {
			values[i] = v.Get(f.Key)
		}
		shared.Set(intersect(values, s.field(f.Key)), f.Key)
	}
	return shared
}

// intersectMembers keeps the members that every variant has, in the first
// one's order; patches restore an order that differs.
func intersectMembers(variants []kube.Node, s *shape) kube.Node {
	var shared []kube.Node
	members := make([]kube.Node, len(variants))
	for _, m := range variants[0].Items {
		for i, v := range variants {
			members[i] = member(v, s, m)
		}
		if common := intersect(members, s.item); common.Exists() {
			shared = append(shared, common)
		}
	}
	if len(shared) == 0 {
		return kube.Node{}
	}
	return kube.NewList(shared...)
}

// member returns the member of list that has the same key as like, or an
// absent node.
func member(list kube.Node, s *shape, like kube.Node) kube.Node {
	key := s.keys[0]
	for _, m := range list.Items {
		if m.Get(key).Text == like.Get(key).Text {
			return m
		}
	}
	return kube.Node{}
}
