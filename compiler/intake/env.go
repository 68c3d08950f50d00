package intake

import (
	"slices"

	"slipway.dev/compiler/layer"
)

// shareEnv says once the variables, and the sets of them, that every process group begins
// with. Those of a service come before those of a process group, so that the order of each
// is kept.
func (b *builder) shareEnv() {
	run := entries(b.out, "run")
	if len(run) < 2 {
		return
	}
	first := run[0].Value
	vars, sets := len(entries(first, "env")), len(itemsOf(first.Get("envFrom")))
	for _, p := range run[1:] {
		vars = alike(vars, len(entries(p.Value, "env")), func(i int) bool {
			mine, theirs := entries(first, "env")[i], entries(p.Value, "env")[i]
			return mine.Name == theirs.Name && equal(mine.Value, theirs.Value, true)
		})
		sets = alike(sets, len(itemsOf(p.Value.Get("envFrom"))), func(i int) bool {
			return equal(first.Get("envFrom").Items[i], p.Value.Get("envFrom").Items[i], true)
		})
	}
	if vars > 0 {
		env := newStruct()
		env.Keys = append([]layer.Entry(nil), entries(first, "env")[:vars]...)
		put(b.out, env, "env")
	}
	if sets > 0 {
		put(b.out, list(first.Get("envFrom").Items[:sets]...), "envFrom")
	}
	for _, p := range run {
		if e := p.Value.Get("env"); e != nil {
			e.Keys = append([]layer.Entry(nil), e.Keys[vars:]...)
			takeIf(p.Value, empty, "env")
		}
		if l := p.Value.Get("envFrom"); l != nil {
			l.Items = append([]*layer.Node(nil), l.Items[sets:]...)
			takeIf(p.Value, empty, "envFrom")
		}
	}
}

// alike is how many of the first n items, and of as many of m, are the same.
func alike(n, m int, same func(i int) bool) int {
	for i := range min(n, m) {
		if !same(i) {
			return i
		}
	}
	return min(n, m)
}

// env says variables in order; from the first that no word says on, all are said in
// Kubernetes' words, which come last.
func (b *builder) env(c, out *layer.Node) {
	vars := c.Get("env")
	if vars == nil || vars.Kind != layer.List || len(vars.Items) == 0 {
		return
	}
	if !unique(vars, "name") {
		return // a name that is there twice has no place in a map
	}
	said := newStruct()
	var left []*layer.Node
	for _, e := range vars.Items {
		v, rest := b.variable(e)
		name := textOf(e, "name")
		if v == nil || said.Get(name) != nil || !partial(left) {
			left = append(left, e)
			continue
		}
		put(said, v, name)
		if rest != nil {
			left = append(left, rest)
		}
	}
	if len(said.Keys) > 0 {
		put(out, said, "env")
	}
	take(c, "env")
	if len(left) > 0 {
		put(c, &layer.Node{Kind: layer.List, Items: left}, "env")
	}
}

// partial reports whether all of these only add to variables that have been said.
func partial(left []*layer.Node) bool {
	return !slices.ContainsFunc(left, func(n *layer.Node) bool {
		return n.Find("valueFrom", "fieldRef", "apiVersion") == nil || n.Find("valueFrom", "fieldRef", "fieldPath") != nil
	})
}

// variable is what the spec says of a variable, and what it cannot; nil where it cannot say it.
func (b *builder) variable(e *layer.Node) (said, rest *layer.Node) {
	name := textOf(e, "name")
	if !envName.MatchString(name) || !only(e, "name", "value", "valueFrom") {
		return nil, nil
	}
	said = newStruct()
	from := e.Get("valueFrom")
	if from == nil {
		v := e.Get("value")
		if v == nil {
			v = str("") // the same to Kubernetes
		}
		put(said, v, "value")
		return said, nil
	}
	if e.Get("value") != nil || len(from.Keys) != 1 {
		return nil, nil
	}
	switch ref := from.Keys[0].Value; from.Keys[0].Name {
	case "secretKeyRef", "configMapKeyRef":
		key := keyRef(ref)
		if key == nil {
			return nil, nil
		}
		word := "secret"
		if from.Keys[0].Name == "configMapKeyRef" {
			word = "config"
			put(key, str(b.setOf(textOf(key, "name"))), "name")
		}
		put(said, key, word)
	case "fieldRef":
		if !only(ref, "fieldPath", "apiVersion") || !isText(ref.Get("fieldPath")) {
			return nil, nil
		}
		put(said, ref.Get("fieldPath"), "field")
		if v := ref.Get("apiVersion"); v != nil {
			rest = newStruct()
			put(rest, str(name), "name")
			put(rest, v, "valueFrom", "fieldRef", "apiVersion")
		}
	case "resourceFieldRef":
		if !only(ref, "resource") || !isText(ref.Get("resource")) {
			return nil, nil
		}
		put(said, ref.Get("resource"), "resource")
	default:
		return nil, nil
	}
	return said, rest
}

// keyRef is a reference to one key, where it is one that the spec can say.
func keyRef(ref *layer.Node) *layer.Node {
	if !only(ref, "name", "key", "optional") || !objectName.MatchString(textOf(ref, "name")) || !dataKey.MatchString(textOf(ref, "key")) {
		return nil
	}
	if o := ref.Get("optional"); o != nil && !isTrue(o) {
		return nil
	}
	out := newStruct()
	for _, f := range []string{"name", "key", "optional"} {
		if v := ref.Get(f); v != nil {
			put(out, v, f)
		}
	}
	return out
}

func (b *builder) envFrom(c, out *layer.Node) {
	from := c.Get("envFrom")
	if from == nil || len(from.Items) == 0 {
		return
	}
	var said []*layer.Node
	for _, e := range from.Items {
		o := newStruct()
		for theirs, ours := range map[string]string{"configMapRef": "config", "secretRef": "secret"} {
			ref := e.Get(theirs)
			if ref == nil {
				continue
			}
			if !only(ref, "name", "optional") || !objectName.MatchString(textOf(ref, "name")) || ref.Get("optional") != nil && !isTrue(ref.Get("optional")) {
				return
			}
			name := textOf(ref, "name")
			if ours == "config" {
				name = b.setOf(name)
			}
			put(o, str(name), ours)
			if ref.Get("optional") != nil {
				put(o, boolean(true), "optional")
			}
		}
		if p := e.Get("prefix"); p != nil {
			if !envName.MatchString(p.Text) {
				return
			}
			put(o, p, "prefix")
		}
		if !only(e, "configMapRef", "secretRef", "prefix") || len(o.Keys) == 0 {
			return
		}
		said = append(said, o)
	}
	put(out, list(said...), "envFrom")
	take(c, "envFrom")
}
