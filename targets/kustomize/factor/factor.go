// Package factor splits the objects of several environments into what they
// share and what each adds: a kustomize base, and per environment resources and
// strategic-merge patches that restore its objects exactly, lists in order.
//
// The base is the intersection: what is equal everywhere. So a patch only ever
// adds, and needs no directive to delete or replace. It writes no files and
// knows no file names.
package factor

import (
	"slices"

	"slipway.dev/targets/kube"
)

// Result is a base and what makes each environment's objects of it.
type Result struct {
	Base         []kube.Node   // in the order of the first environment
	Environments []Environment // as handed in
}

// Environment is what one environment adds to the base.
type Environment struct {
	Resources []kube.Node // objects of its own, in its order
	Patches   []kube.Node // at most one for each object of the base, in its order
}

// Split factors the objects of environments that share one base. An object is
// identified by apiVersion, kind, namespace and name, at most one of each in an
// environment; its keys keep their order.
//
// An object that some environment lacks is a resource of the others. So is one
// of a kind that is shared whole or not at all and that differs, and one that differs
// between environments and that kustomize would not leave as it is when it applies a
// patch (mergeable). With one environment, everything is base.
//
// Only empty metadata.labels and annotations do not survive: kustomize drops
// them. The result shares nodes with envs.
func Split(envs [][]kube.Node) Result {
	result := Result{Environments: make([]Environment, len(envs))}
	if len(envs) == 0 {
		return result
	}
	index := make([]map[identity]kube.Node, len(envs))
	for i, objects := range envs {
		index[i] = make(map[identity]kube.Node, len(objects))
		for _, obj := range objects {
			id := identify(obj)
			if index[i][id].Exists() {
				panic("factor: two objects " + id.kind + " " + id.name)
			}
			index[i][id] = obj
		}
	}
	bases := map[identity]kube.Node{}
	for _, obj := range envs[0] {
		id := identify(obj)
		variants := make([]kube.Node, len(envs))
		for i := range envs {
			variants[i] = index[i][id]
		}
		if base := commonBase(variants, shapes[id.kind]); base.Exists() && (!whole[id.kind] || allEqual(variants)) {
			bases[id] = base
			result.Base = append(result.Base, base)
		}
	}
	for i, objects := range envs {
		env := &result.Environments[i]
		for _, obj := range objects {
			id := identify(obj)
			base := bases[id]
			if !base.Exists() {
				env.Resources = append(env.Resources, obj)
				continue
			}
			if patch := patchFor(base, obj, shapes[id.kind]); patch.Exists() {
				env.Patches = append(env.Patches, patch)
			}
		}
	}
	return result
}

// commonBase returns what variants of an object share, or an absent node when
// the object is not for the base.
func commonBase(variants []kube.Node, s *shape) kube.Node {
	if allEqual(variants) && variants[0].Exists() {
		return variants[0]
	}
	for _, v := range variants {
		if !v.Exists() || !mergeable(v, s) {
			return kube.Node{}
		}
	}
	return intersect(variants, s)
}

// whole are the kinds that are shared whole or not at all: small objects that say nothing
// in part, such as an Ingress without its rules.
var whole = map[string]bool{
	"networking.k8s.io/v1 Ingress":           true,
	"gateway.networking.k8s.io/v1 HTTPRoute": true,
	"autoscaling/v2 HorizontalPodAutoscaler": true,
	"policy/v1 PodDisruptionBudget":          true,
	"v1 ConfigMap":                           true,
}

// patchFor returns the patch that makes obj of base, or an absent node when
// they are equal.
func patchFor(base, obj kube.Node, s *shape) kube.Node {
	diff := patchMap(base, obj, s)
	if !diff.Exists() {
		return kube.Node{}
	}
	// Identity first, and only it: what the patch adds to metadata follows.
	patch := kube.NewMap()
	for _, path := range [][]string{{"apiVersion"}, {"kind"}, {"metadata", "name"}, {"metadata", "namespace"}} {
		patch.Set(obj.Get(path...), path...)
	}
	for _, f := range diff.Get("metadata").Fields {
		patch.Set(f.Value, "metadata", f.Key)
	}
	for _, f := range diff.Fields {
		if f.Key != "metadata" {
			patch.Fields = append(patch.Fields, f)
		}
	}
	return patch
}

type identity struct{ kind, namespace, name string }

// identify returns what names obj; kind includes the apiVersion.
func identify(obj kube.Node) identity {
	meta := obj.Get("metadata")
	return identity{
		kind:      obj.Get("apiVersion").Text + " " + obj.Get("kind").Text,
		namespace: meta.Get("namespace").Text,
		name:      meta.Get("name").Text,
	}
}

func allEqual(nodes []kube.Node) bool {
	return !slices.ContainsFunc(nodes[1:], func(n kube.Node) bool { return !kube.Equal(n, nodes[0]) })
}
