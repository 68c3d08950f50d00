package layer

// Merge lays b over a and returns the result; neither is changed, either may be nil.
// Structs merge by field, maps by key, and null removes; a one-of is replaced when b
// chooses another field; lists and scalars are replaced, except that what a says of each
// entry of a list is laid under the entries of b. In Kubernetes' own words, lists whose
// items have names merge by name.
func Merge(t *Type, a, b *Node) *Node {
	switch {
	case b == nil:
		return a
	case a == nil:
		return settle(t, b)
	case a.Kind == List && b.Kind == List:
		return mergeList(t, a, b)
	case a.Kind == Struct && b.Kind == Struct:
		return mergeStruct(t, a, b)
	}
	r := *settle(t, b)
	r.Over = a
	return &r
}

func mergeList(t *Type, a, b *Node) *Node {
	if key := listKey(t, a, b); key != "" {
		return mergeItems(t, a, b, key)
	}
	r := *b
	r.Each = Merge(t.Elem, a.Each, b.Each)
	r.Over = a
	if len(a.Items) == 0 && a.Each != nil {
		r.Over = a.Over
	}
	if len(b.Items) == 0 && b.Each != nil { // b only says something of each entry
		r.Over = a.Over
		r.Items = make([]*Node, len(a.Items))
		for i, item := range a.Items {
			r.Items[i] = Merge(t.Elem, item, b.Each)
		}
		return &r
	}
	r.Items = make([]*Node, len(b.Items))
	for i, item := range b.Items {
		r.Items[i] = Merge(t.Elem, a.Each, item)
	}
	return &r
}

// listKey is the field that tells the items of two lists in Kubernetes' words apart: mounts
// have a path of their own each, others names. It is empty where lists are replaced.
func listKey(t *Type, a, b *Node) string {
	if t == nil || !t.Raw {
		return ""
	}
	for _, key := range []string{"mountPath", "name"} {
		if unique(a, key) && unique(b, key) {
			return key
		}
	}
	return ""
}

// mergeItems lays items over those of the same key; others follow. One with $patch: "delete"
// removes.
func mergeItems(t *Type, a, b *Node, key string) *Node {
	r := *b
	r.Items = append([]*Node(nil), a.Items...)
	for _, item := range b.Items {
		i := r.item(key, item.Get(key).Text)
		gone := item.Get("$patch") != nil && item.Get("$patch").Text == "delete"
		switch {
		case gone && i >= 0:
			r.Items = append(r.Items[:i:i], r.Items[i+1:]...)
		case gone:
		case i >= 0:
			r.Items[i] = Merge(t, r.Items[i], item)
		default:
			r.Items = append(r.Items, settle(t, item))
		}
	}
	return &r
}

// unique reports whether every item of a list has a text of its own under key.
func unique(n *Node, key string) bool {
	seen := map[string]bool{}
	for _, item := range n.Items {
		v := item.Get(key)
		if v == nil || v.Kind != String || seen[v.Text] {
			return false
		}
		seen[v.Text] = true
	}
	return len(n.Items) > 0
}

// item is the place of the item with that text under key, or -1.
func (n *Node) item(key, text string) int {
	for i, item := range n.Items {
		if item.Get(key).Text == text {
			return i
		}
	}
	return -1
}

func mergeStruct(t *Type, a, b *Node) *Node {
	r := &Node{Kind: Struct, At: b.At, Label: b.Label, Keys: make([]Entry, 0, len(a.Keys)+len(b.Keys))}
	if a.Each != nil || b.Each != nil {
		r.Each = Merge(t.elem(), a.Each, b.Each)
	}
	if !b.Label.IsValid() {
		r.At, r.Label = a.At, a.Label
	}
	choice := t.choice(b)
	for _, e := range a.Keys {
		over := b.Get(e.Name)
		if over == nil && choice != "" && choice != e.Name && t.chosen(e.Name) {
			continue // b chose another field of the one-of
		}
		if over == nil {
			over = b.Each
		}
		if over != nil && over.Kind == Null {
			continue
		}
		r.Keys = append(r.Keys, Entry{e.Name, Merge(t.At(e.Name), e.Value, over)})
	}
	for _, e := range b.Keys {
		if e.Value.Kind != Null && a.Get(e.Name) == nil {
			r.Keys = append(r.Keys, Entry{e.Name, Merge(t.At(e.Name), a.Each, e.Value)})
		}
	}
	return r
}

func (t *Type) elem() *Type {
	if t == nil {
		return nil
	}
	return t.Elem
}

// choice is the field of the type's one-of that n gives; empty for none.
func (t *Type) choice(n *Node) string {
	if t == nil {
		return ""
	}
	for _, e := range n.Keys {
		if e.Value.Kind != Null && t.chosen(e.Name) {
			return e.Name
		}
	}
	return ""
}

// settle drops the nulls of a value that lies over nothing.
func settle(t *Type, n *Node) *Node {
	if n.Kind == List {
		for i, item := range n.Items {
			if s := settle(t.elem(), item); s != item {
				r := *n
				r.Items = append([]*Node(nil), n.Items...)
				r.Items[i] = s
				n = &r
			}
		}
		return n
	}
	if n.Kind != Struct || !holdsNull(n) {
		return n
	}
	r := *n
	r.Keys = nil
	for _, e := range n.Keys {
		if e.Value.Kind != Null {
			r.Keys = append(r.Keys, Entry{e.Name, settle(t.At(e.Name), e.Value)})
		}
	}
	return &r
}

func holdsNull(n *Node) bool {
	for _, e := range n.Keys {
		if e.Value.Kind == Null || e.Value.Kind == List || e.Value.Kind == Struct && holdsNull(e.Value) {
			return true
		}
	}
	return false
}
