package impact

import (
	"strings"

	"slipway.dev/targets/kube"
)

// comeAndGo classifies the objects that are new and those that are gone, and finds the
// ConfigMaps that came in the place of others.
func comeAndGo(created, gone []kube.Node) []Change {
	var out []Change
	replaced := map[Object]bool{}
	for _, n := range created {
		c := Change{Class: Create, Object: ObjectOf(n)}
		if old, ok := predecessor(n, created, gone); ok {
			c.Was, c.Why = ObjectOf(old).Name, "the old one stays"
			replaced[ObjectOf(old)] = true
			for _, field := range []string{"data", "binaryData"} {
				var w walker
				w.walk([]string{field}, old.Get(field), n.Get(field))
				c.Edits = append(c.Edits, w.edits...)
			}
			for i := range c.Edits {
				c.Edits[i].Decides = true
			}
		}
		out = append(out, c)
	}
	for _, n := range gone {
		switch o := ObjectOf(n); {
		case replaced[o]:
		case stays(n):
			out = append(out, Change{Class: Stay, Object: o, Why: "Argo CD does not prune it"})
		default:
			out = append(out, Change{Class: Delete, Object: o, Why: lost[o.Group+"/"+o.Kind]})
		}
	}
	return out
}

// lost says what goes with an object of a kind.
var lost = map[string]string{
	"/Namespace": "with everything in it",
	// https://kubernetes.io/docs/concepts/storage/persistent-volumes/#reclaiming
	"/PersistentVolumeClaim": "with its data, unless the volume is retained",
}

// predecessor finds the immutable ConfigMap that had n's place under another content hash:
// the name is the same up to its last dash. It must stay in the cluster, else its deletion
// is what has to be told, and be the only one of its name to go, as n the only one to come.
func predecessor(n kube.Node, created, gone []kube.Node) (kube.Node, bool) {
	like := func(m kube.Node) bool { return isFrozen(m) && stem(m) == stem(n) }
	if !isFrozen(n) || count(created, like) != 1 || count(gone, like) != 1 {
		return kube.Node{}, false
	}
	for _, m := range gone {
		if like(m) {
			return m, stays(m)
		}
	}
	return kube.Node{}, false
}

func isFrozen(n kube.Node) bool {
	return n.Get("kind").Text == "ConfigMap" && n.Get("immutable").Text == "true"
}

func stem(n kube.Node) Object {
	o := ObjectOf(n)
	o.Name = o.Name[:max(strings.LastIndexByte(o.Name, '-'), 0)]
	return o
}

func count(nodes []kube.Node, f func(kube.Node) bool) (n int) {
	for _, m := range nodes {
		if f(m) {
			n++
		}
	}
	return n
}

// stays reports whether Argo CD leaves the object in the cluster when it is gone from Git
// (https://argo-cd.readthedocs.io/en/stable/user-guide/sync-options/#no-prune-resources).
func stays(n kube.Node) bool { return options(n)["Prune=false"] }

// options are the object's own sync options.
func options(n kube.Node) map[string]bool {
	set := map[string]bool{}
	for o := range strings.SplitSeq(annotation(n, "argocd.argoproj.io/sync-options"), ",") {
		set[strings.TrimSpace(o)] = true
	}
	return set
}

func isHook(n kube.Node) bool { return annotation(n, "argocd.argoproj.io/hook") != "" }

func annotation(n kube.Node, name string) string {
	return n.Get("metadata", "annotations", name).Text
}
