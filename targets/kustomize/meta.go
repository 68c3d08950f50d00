package kustomize

import (
	"maps"

	"slipway.dev/compiler/ir"
	"slipway.dev/targets/kube"
)

// objectLabels are those of an object that is no pod.
func objectLabels(i *ir.Instance, process string) map[string]string {
	m := labels(i, process)
	for _, l := range i.Objects.Labels {
		if _, ours := m[l.Name]; !ours || i.AsWritten {
			m[l.Name] = l.Value
		}
	}
	return m
}

// objectAnnotations are those of all objects, and an object's own over them.
func objectAnnotations(i *ir.Instance, own []ir.Pair) map[string]string {
	if len(i.Objects.Annotations)+len(own) == 0 {
		return nil
	}
	m := map[string]string{}
	maps.Copy(m, fromPairs(i.Objects.Annotations))
	maps.Copy(m, fromPairs(own))
	return m
}

// single lays what the spec says of single objects' labels and annotations over them.
func single(objects []kube.Node, i *ir.Instance) {
	for _, s := range i.Single {
		for k := range objects {
			o := &objects[k]
			if o.Get("kind").Text != s.Kind || o.Get("metadata", "name").Text != s.Object {
				continue
			}
			for _, f := range []struct {
				name string
				own  []ir.Pair
			}{{"labels", s.Labels}, {"annotations", s.Annotations}} {
				m := map[string]string{}
				for _, e := range o.Get("metadata", f.name).Fields {
					m[e.Key] = e.Value.Text
				}
				maps.Copy(m, fromPairs(f.own))
				for _, name := range s.Without {
					delete(m, name)
				}
				n := kube.Node{}
				if len(m) > 0 {
					n = kube.FromObject(m)
				}
				o.Set(n, "metadata", f.name)
			}
		}
	}
}
