package factor

import "slipway.dev/targets/kube"

// shape tells how kustomize merges the lists below a value. A nil shape, or a
// field that a shape does not name, has no lists that are merged: kustomize
// replaces them whole, as it does for every kind that its built-in OpenAPI does
// not know (HTTPRoute, HorizontalPodAutoscaler v2, Rollout).
type shape struct {
	fields map[string]*shape
	keys   []string // of a list: the keys by which members are merged
	item   *shape   // of a list with large members, which the base holds in part; else such a list is shared whole or not at all
}

func (s *shape) field(name string) *shape {
	if s == nil {
		return nil
	}
	return s.fields[name]
}

func (s *shape) byMember() bool { return s != nil && s.item != nil }

// at nests s below path.
func at(s *shape, path ...string) *shape {
	for i := len(path) - 1; i >= 0; i-- {
		s = &shape{fields: map[string]*shape{path[i]: s}}
	}
	return s
}

func keyed(keys ...string) *shape { return &shape{keys: keys} }

var container = &shape{fields: map[string]*shape{
	"env":           keyed("name"),
	"ports":         keyed("containerPort", "protocol"),
	"volumeDevices": keyed("devicePath"),
	"volumeMounts":  keyed("mountPath"),
}}

var pod = &shape{fields: map[string]*shape{
	"containers":                {keys: []string{"name"}, item: container},
	"initContainers":            {keys: []string{"name"}, item: container},
	"hostAliases":               keyed("ip"),
	"imagePullSecrets":          keyed("name"),
	"topologySpreadConstraints": keyed("topologyKey", "whenUnsatisfiable"),
	"volumes":                   keyed("name"),
}}

// shapes are the kinds with merged lists, by apiVersion and kind: those that
// targets emit and kustomize's OpenAPI knows. A test compares them with it.
var shapes = map[string]*shape{
	"v1 Pod":              at(pod, "spec"),
	"apps/v1 Deployment":  at(pod, "spec", "template", "spec"),
	"apps/v1 StatefulSet": at(pod, "spec", "template", "spec"),
	"apps/v1 DaemonSet":   at(pod, "spec", "template", "spec"),
	"batch/v1 Job":        at(pod, "spec", "template", "spec"),
	"batch/v1 CronJob":    at(pod, "spec", "jobTemplate", "spec", "template", "spec"),
	"v1 Service":          at(keyed("port", "protocol"), "spec", "ports"),
	"v1 ServiceAccount":   at(keyed("name"), "secrets"),
}

// mergeable reports whether kustomize leaves n as it is when it applies a patch
// to it or brings n with a patch. It does not when
//
//   - two members of a merged list have the same key: it drops one, even of a
//     list that the patch does not touch (two names for one containerPort, or
//     port 53 for UDP and for a protocol that is left out);
//   - there is a null: as a patch it deletes;
//   - there is a key "$patch": that is an instruction.
func mergeable(n kube.Node, s *shape) bool {
	for _, f := range n.Fields {
		if f.Key == "$patch" || !mergeable(f.Value, s.field(f.Key)) {
			return false
		}
	}
	var item *shape
	if s != nil {
		item = s.item
	}
	for i, m := range n.Items {
		if !mergeable(m, item) || s != nil && clashes(m, n.Items[:i], s.keys) {
			return false
		}
	}
	return n.Kind != kube.Null
}

// clashes reports whether m has no key, or the same as one of others; of two
// keys one that is left out is the same as any.
func clashes(m kube.Node, others []kube.Node, keys []string) bool {
	if m.Get(keys[0]).Text == "" {
		return true
	}
	for _, other := range others {
		same := true
		for _, key := range keys {
			a, b := m.Get(key).Text, other.Get(key).Text
			same = same && (a == b || a == "" || b == "")
		}
		if same {
			return true
		}
	}
	return false
}
