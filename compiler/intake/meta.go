package intake

import (
	"regexp"
	"slices"
	"strings"

	"slipway.dev/compiler/layer"
)

var objectRef = regexp.MustCompile(`^[A-Z][A-Za-z0-9]*/[a-z0-9]([-a-z0-9.]*[a-z0-9])?$`)

// shareMeta says once the labels and annotations that most objects have and pods need not.
// Charts put a set of them on everything they make.
func (b *builder) shareMeta(objects []*Object) {
	if len(objects) < 2 {
		return
	}
	for _, field := range []string{"labels", "annotations"} {
		for _, e := range b.widespread(objects, field) {
			put(b.out, e.Value, "objects", field, e.Name)
			for _, o := range objects {
				switch v := b.objects[o].Find("metadata", field, e.Name); {
				case equal(v, e.Value, false):
					take(b.objects[o], "metadata", field, e.Name)
				case v == nil:
					b.without(o, e.Name)
				}
			}
		}
	}
}

// widespread are the entries that more than half of the objects have, sorted by name.
func (b *builder) widespread(objects []*Object, field string) (out []layer.Entry) {
	counts := map[string]int{}
	values := map[string]layer.Entry{}
	for _, o := range objects {
		for _, e := range entries(b.objects[o].Get("metadata"), field) {
			if !labelKey.MatchString(e.Name) || !isText(e.Value) || field == "labels" && !labelValue.MatchString(e.Value.Text) || decides(e.Name) {
				continue
			}
			key := e.Name + "\x00" + e.Value.Text
			counts[key]++
			values[key] = e
		}
	}
	for _, key := range sortedKeys(counts) {
		name := values[key].Name
		lacks := func(o *Object) bool {
			return b.objects[o].Find("metadata", field, name) == nil && !objectRef.MatchString(o.String())
		}
		without := 0 // each takes a line again
		for _, o := range objects {
			if b.objects[o].Find("metadata", field, name) == nil {
				without++
			}
		}
		if 2*counts[key] > len(objects) && counts[key] > without+1 && !slices.ContainsFunc(objects, lacks) {
			out = append(out, values[key])
		}
	}
	return out
}

// decides reports whether an annotation says what becomes of its object, which no object
// should have by default.
func decides(name string) bool {
	return strings.HasPrefix(name, "argocd.argoproj.io/") || strings.HasPrefix(name, "helm.sh/hook") || name == "helm.sh/resource-policy"
}

// without says that an object lacks what the others have.
func (b *builder) without(o *Object, key string) {
	at := []string{"objects", "only", o.String(), "without"}
	names := b.out.Find(at...)
	if names == nil {
		names = list()
		put(b.out, names, at...)
	}
	if !slices.ContainsFunc(names.Items, func(n *layer.Node) bool { return n.Text == key }) {
		names.Items = append(names.Items, str(key))
	}
}

// onlyMeta reports whether an object has no more in its metadata than its name, labels and
// annotations that the spec can say.
func (b *builder) onlyMeta(o *Object) bool {
	meta := b.objects[o].Get("metadata")
	if !only(meta, "name", "labels", "annotations") || !objectRef.MatchString(o.String()) {
		return false
	}
	for _, field := range []string{"labels", "annotations"} {
		if slices.ContainsFunc(entries(meta, field), func(e layer.Entry) bool {
			return !labelKey.MatchString(e.Name) || !isText(e.Value) || field == "labels" && !labelValue.MatchString(e.Value.Text)
		}) {
			return false
		}
	}
	return true
}

// meta says the labels and annotations of an object whose fields are all said otherwise;
// false where it has more in its metadata than these.
func (b *builder) meta(o *Object) bool {
	if !b.onlyMeta(o) {
		return false
	}
	for _, field := range []string{"labels", "annotations"} {
		if m := take(b.objects[o], "metadata", field); !empty(m) {
			put(b.out, m, "objects", "only", o.String(), field)
		}
	}
	return true
}
