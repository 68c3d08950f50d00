package kustomize

import (
	"slipway.dev/compiler/ir"
	"slipway.dev/targets/kube"
)

// withWords lays what a process group says in Kubernetes' words over its workload.
func withWords(o kube.Node, i *ir.Instance, w *ir.Workload) kube.Node {
	pod := append(templateOf(w.Kind), "spec")
	spec := o.Get(pod...)
	if i.AsWritten {
		emptyValues(spec)
	}
	for _, c := range containers(w) {
		if c.Words.Kind == ir.Nothing {
			continue
		}
		for _, list := range []string{"initContainers", "containers"} {
			for i, item := range spec.Get(list).Items {
				if item.Get("name").Text == c.Name {
					spec.Get(list).Items[i] = lay(item, c.Words)
				}
			}
		}
	}
	if w.Pod.Kind != ir.Nothing {
		spec = lay(spec, w.Pod)
	}
	o.Set(spec, pod...)
	if meta := append(templateOf(w.Kind), "metadata"); w.Own.Pods.Kind != ir.Nothing {
		o.Set(lay(o.Get(meta...), w.Own.Pods), meta...)
	}
	if w.Own.Spec.Kind != ir.Nothing {
		o.Set(lay(o.Get("spec"), w.Own.Spec), "spec")
	}
	return o
}

// emptyValues writes variables that are set to nothing as such; to Kubernetes they are the
// same as those that only have a name.
func emptyValues(spec kube.Node) {
	for _, list := range []string{"initContainers", "containers"} {
		for _, c := range spec.Get(list).Items {
			env := c.Get("env").Items
			for k := range env {
				if !env[k].Get("value").Exists() && !env[k].Get("valueFrom").Exists() {
					env[k].Set(kube.Str(""), "value")
				}
			}
		}
	}
}

// templateOf is where the pod template of a workload lies.
func templateOf(k ir.Kind) []string {
	if k == ir.CronJob {
		return []string{"spec", "jobTemplate", "spec", "template"}
	}
	return []string{"spec", "template"}
}

func containers(w *ir.Workload) (out []*ir.Container) {
	for i := range w.Init {
		out = append(out, &w.Init[i])
	}
	out = append(out, &w.Main)
	for i := range w.Sidecars {
		out = append(out, &w.Sidecars[i])
	}
	return out
}

// newManifest is an object that the spec gives whole, with the labels that say whose it is;
// its own win.
func newManifest(i *ir.Instance, m ir.Manifest) kube.Node {
	body := node(m.Body)
	out := kube.NewMap()
	for _, key := range []string{"apiVersion", "kind"} {
		out.Set(body.Get(key), key)
	}
	meta := kube.NewMap(kube.Field{Key: "name", Value: kube.Str(m.Object)}, kube.Field{Key: "labels", Value: kube.FromObject(objectLabels(i, ""))})
	if a := objectAnnotations(i, nil); a != nil {
		meta.Set(kube.FromObject(a), "annotations")
	}
	for _, f := range body.Get("metadata").Fields {
		switch f.Key {
		case "name", "namespace":
		case "labels", "annotations":
			if len(f.Value.Fields) == 0 && !meta.Get(f.Key).Exists() {
				meta.Set(f.Value, f.Key)
			}
			for _, l := range f.Value.Fields {
				meta.Set(l.Value, f.Key, l.Key)
			}
		default:
			meta.Set(f.Value, f.Key)
		}
	}
	out.Set(meta, "metadata")
	for _, f := range body.Fields {
		if f.Key != "apiVersion" && f.Key != "kind" && f.Key != "metadata" {
			out.Set(f.Value, f.Key)
		}
	}
	for _, w := range i.Workloads {
		if m.Of != "" && w.Process == m.Of {
			out.Set(kube.FromObject(selector(i, w)), "spec", selects[m.Kind], "matchLabels")
		}
	}
	return out
}

// selects are the fields by which objects choose what they are for.
var selects = map[string]string{"NetworkPolicy": "podSelector", "ServiceMonitor": "selector"}

// patched applies the spec's patches to the objects that they name.
func patched(objects []kube.Node, i *ir.Instance) []kube.Node {
	for _, p := range i.Patches {
		for k, o := range objects {
			if o.Get("kind").Text == p.Kind && o.Get("metadata", "name").Text == p.Object {
				objects[k] = lay(o, p.Body)
			}
		}
	}
	return objects
}
