package intake

import (
	"slices"

	"slipway.dev/compiler/layer"
)

// ordered are the maps whose order reaches the pods: two that differ in it are two.
var ordered = []string{"env", "ports", "mounts", "volumes", "sidecars", "services", "keys"}

// factor parts what several environments say into what they share, and what each says
// differently: layer.Merge of the two is what was there. shared is nil where they have
// nothing in common; name is that of the field they are the values of.
func factor(t *layer.Type, name string, all []*layer.Node) (shared *layer.Node, own []*layer.Node) {
	own = make([]*layer.Node, len(all))
	if !slices.ContainsFunc(all[1:], func(n *layer.Node) bool { return !same(name, all[0], n) }) {
		return all[0], own
	}
	kind := all[0].Kind
	if slices.ContainsFunc(all, func(n *layer.Node) bool { return n.Kind != kind }) {
		kind = layer.Null
	}
	switch {
	case kind == layer.Struct:
		shared, own = factorStruct(t, name, all, false)
		if !sound(t, name, shared, own, all) && nullable(t) {
			shared, own = factorStruct(t, name, all, true)
		}
	case kind == layer.List && itemKey(t, all) != "":
		shared, own = factorItems(t, itemKey(t, all), all)
	default:
		shared = commonest(name, all)
		for i, n := range all {
			if !same(name, n, shared) {
				own[i] = n
			}
		}
	}
	if !sound(t, name, shared, own, all) {
		return nil, all
	}
	return shared, own
}

// nullable reports whether an environment may remove an entry by null.
func nullable(t *layer.Type) bool { return t != nil && (t.Kind == layer.Map || t.Raw) }

func sound(t *layer.Type, name string, shared *layer.Node, own, all []*layer.Node) bool {
	for i, n := range all {
		if !same(name, layer.Merge(t, shared, own[i]), n) {
			return false
		}
	}
	return true
}

// same compares what specs say, with the order of keys where it counts.
func same(name string, a, b *layer.Node) bool {
	if a == nil || b == nil {
		return a == b
	}
	if a.Kind != b.Kind || a.Text != b.Text || len(a.Keys) != len(b.Keys) || len(a.Items) != len(b.Items) {
		return false
	}
	inOrder := slices.Contains(ordered, name)
	for i, e := range a.Keys {
		if inOrder && b.Keys[i].Name != e.Name || !same(e.Name, e.Value, b.Get(e.Name)) {
			return false
		}
	}
	for i := range a.Items {
		if !same(name, a.Items[i], b.Items[i]) {
			return false
		}
	}
	return true
}

// commonest is the value that most have; of equals the first.
func commonest(name string, all []*layer.Node) *layer.Node {
	best, most := all[0], 0
	for _, n := range all {
		count := 0
		for _, o := range all {
			if same(name, n, o) {
				count++
			}
		}
		if count > most {
			best, most = n, count
		}
	}
	return best
}

// factorStruct goes field by field. With remove, entries that only some have are shared too,
// and null removes them from the others: so the order of all can be kept.
func factorStruct(t *layer.Type, name string, all []*layer.Node, remove bool) (*layer.Node, []*layer.Node) {
	shared, own := newStruct(), make([]*layer.Node, len(all))
	say := func(i int, v *layer.Node, key string) {
		if own[i] == nil {
			own[i] = newStruct()
		}
		put(own[i], v, key)
	}
	choice := chosen(t, all)
	for _, key := range merged(all) {
		var has []int
		var values []*layer.Node
		for i, n := range all {
			if v := n.Get(key); v != nil {
				has, values = append(has, i), append(values, v)
			}
		}
		share := len(has) == len(all) || remove || nullable(t) && 2*len(has) > len(all) && len(all) > 2
		if t != nil && slices.Contains(t.OneOf, key) {
			share = key == choice
		}
		if !share {
			for k, i := range has {
				say(i, values[k], key)
			}
			continue
		}
		s, o := factor(t.At(key), key, values)
		if s == nil {
			for k, i := range has {
				say(i, values[k], key)
			}
			continue
		}
		put(shared, s, key)
		for k, i := range has {
			if o[k] != nil {
				say(i, o[k], key)
			}
		}
		if len(has) < len(all) && nullable(t) {
			for i, n := range all {
				if n.Get(key) == nil {
					say(i, null(), key)
				}
			}
		}
	}
	if len(shared.Keys) == 0 {
		return nil, all
	}
	return shared, own
}

// chosen is the field of a one-of that can be shared: the commonest, if all have one.
func chosen(t *layer.Type, all []*layer.Node) string {
	if t == nil || len(t.OneOf) == 0 {
		return ""
	}
	count := map[string]int{}
	for _, n := range all {
		found := ""
		for _, f := range t.OneOf {
			if n.Get(f) != nil {
				found = f
			}
		}
		if found == "" {
			return ""
		}
		count[found]++
	}
	best := ""
	for _, f := range t.OneOf {
		if count[f] > count[best] {
			best = f
		}
	}
	return best
}

// merged are the keys of all, each after those that it follows somewhere, as far as they
// agree about that.
func merged(all []*layer.Node) []string {
	var out []string
	for _, n := range all {
		at := 0
		for _, e := range n.Keys {
			if k := slices.Index(out, e.Name); k >= 0 {
				at = max(at, k+1)
				continue
			}
			out = slices.Insert(out, at, e.Name)
			at++
		}
	}
	return out
}

// itemKey is the field by which layers merge lists in Kubernetes' words; "" where they are replaced.
func itemKey(t *layer.Type, all []*layer.Node) string {
	if t == nil || !t.Raw {
		return ""
	}
	for _, key := range []string{"mountPath", "name"} {
		if !slices.ContainsFunc(all, func(n *layer.Node) bool { return !unique(n, key) }) {
			return key
		}
	}
	return ""
}

func unique(n *layer.Node, key string) bool {
	seen := map[string]bool{}
	for _, item := range n.Items {
		v := item.Get(key)
		if !isText(v) || seen[v.Text] {
			return false
		}
		seen[v.Text] = true
	}
	return len(n.Items) > 0
}

// factorItems shares items as factorStruct shares entries: it takes the lists for maps by
// their key, and turns null into a patch that deletes.
func factorItems(t *layer.Type, key string, all []*layer.Node) (*layer.Node, []*layer.Node) {
	maps := make([]*layer.Node, len(all))
	for i, n := range all {
		maps[i] = newStruct()
		for _, item := range n.Items {
			put(maps[i], item, textOf(item, key))
		}
	}
	try := func(remove bool) (*layer.Node, []*layer.Node) {
		shared, own := factorStruct(t, "", maps, remove)
		if shared == nil {
			return nil, all
		}
		out := make([]*layer.Node, len(own))
		for i, n := range own {
			if n != nil {
				out[i] = items(key, n)
			}
		}
		return items(key, shared), out
	}
	shared, own := try(false)
	if shared == nil || !sound(t, "", shared, own, all) {
		shared, own = try(true)
	}
	return shared, own
}

func items(key string, n *layer.Node) *layer.Node {
	out := list()
	for _, e := range n.Keys {
		item := newStruct()
		put(item, str(e.Name), key)
		if e.Value.Kind == layer.Null {
			put(item, str("delete"), "$patch")
		}
		for _, f := range e.Value.Keys {
			put(item, f.Value, f.Name)
		}
		out.Items = append(out.Items, item)
	}
	return out
}
