package impact

import (
	"regexp"
	"slices"
	"strings"
	"unicode"

	"k8s.io/apimachinery/pkg/api/resource"

	"slipway.dev/targets/kube"
)

// Edit is one place where an object differs.
type Edit struct {
	Path          string // such as containers[checkout].image: list items by name, below a pod template without its prefix
	Kind          EditKind
	Before, After string // if both are short scalars; otherwise empty
	Decides       bool   // it is because of this edit that the change has its class
}

// EditKind is what was done at a path.
type EditKind string

// The kinds of edit.
const (
	Changed   EditKind = "changed"
	Added     EditKind = "added"
	Removed   EditKind = "removed"
	Reordered EditKind = "reordered" // the same items of a list in another order
)

// diff returns where before and after differ in meaning. A null is as good as nothing, and
// quantities are compared by value: Kubernetes keeps them in a canonical form, so that
// 1000m and 1 are one thing to it, pod templates included
// (https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/quantity/).
func diff(before, after kube.Node) []Edit {
	var w walker
	w.walk(nil, before, after)
	return w.edits
}

type walker struct{ edits []Edit }

func (w *walker) walk(path []string, a, b kube.Node) {
	if a.Kind == kube.Null {
		a = kube.Node{}
	}
	if b.Kind == kube.Null {
		b = kube.Node{}
	}
	switch {
	case kube.Equal(a, b) || isQuantity(path) && sameQuantity(a, b):
	case !a.Exists():
		w.add(path, Edit{Kind: Added})
	case !b.Exists():
		w.add(path, Edit{Kind: Removed})
	case a.Kind == kube.Map && b.Kind == kube.Map:
		for _, f := range a.Fields {
			w.walk(append(path, f.Key), f.Value, b.Get(f.Key))
		}
		for _, f := range b.Fields {
			if !a.Get(f.Key).Exists() {
				w.walk(append(path, f.Key), kube.Node{}, f.Value)
			}
		}
	case a.Kind == kube.List && b.Kind == kube.List:
		w.list(path, a.Items, b.Items)
	default:
		w.add(path, Edit{Kind: Changed, Before: short(a), After: short(b)})
	}
}

// list compares items by what names them. A list of others is one value: that its third
// item differs tells nobody anything.
func (w *walker) list(path []string, a, b []kube.Node) {
	key := ItemKey(a, b)
	if key == nil {
		var inside walker
		for i := range min(len(a), len(b)) {
			inside.walk(append(path, "[]"), a[i], b[i])
		}
		if len(a) != len(b) || len(inside.edits) > 0 {
			w.add(path, Edit{Kind: Changed})
		}
		return
	}
	var kept, keptAfter []string
	at := func(items []kube.Node, name string) kube.Node {
		i := slices.IndexFunc(items, func(n kube.Node) bool { return n.Get(key...).Text == name })
		if i < 0 {
			return kube.Node{}
		}
		return items[i]
	}
	for _, item := range a {
		name := item.Get(key...).Text
		other := at(b, name)
		if other.Exists() {
			kept = append(kept, name)
		}
		w.walk(append(path, "["+name+"]"), item, other)
	}
	for _, item := range b {
		name := item.Get(key...).Text
		if at(a, name).Exists() {
			keptAfter = append(keptAfter, name)
		} else {
			w.walk(append(path, "["+name+"]"), kube.Node{}, item)
		}
	}
	if !slices.Equal(kept, keptAfter) {
		w.add(path, Edit{Kind: Reordered})
	}
}

// keys are what names the items of Kubernetes' lists, most telling first: a mount has the
// name of a volume, which several mounts share.
var keys = [][]string{
	{"mountPath"}, {"name"}, {"metadata", "name"}, {"key"}, {"host"}, {"path"},
	{"containerPort"}, {"port"}, {"resource", "name"},
}

// ItemKey returns the key that every item has and no two items of a list share, as a path;
// nil for none.
func ItemKey(a, b []kube.Node) []string {
	for _, key := range keys {
		if named(a, key) && named(b, key) {
			return key
		}
	}
	return nil
}

func named(items []kube.Node, key []string) bool {
	seen := map[string]bool{}
	for _, n := range items {
		name := n.Get(key...)
		if name.Kind != kube.String && name.Kind != kube.Int || seen[name.Text] {
			return false
		}
		seen[name.Text] = true
	}
	return true
}

func (w *walker) add(path []string, e Edit) {
	e.Path = join(path)
	w.edits = append(w.edits, e)
}

var plain = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9]*$`)

// join writes keys that are no plain words, such as those of labels, in brackets.
func join(path []string) string {
	var b strings.Builder
	for i, p := range path {
		switch {
		case strings.HasPrefix(p, "["):
			b.WriteString(p)
		case !plain.MatchString(p):
			b.WriteString("[" + p + "]")
		default:
			if i > 0 {
				b.WriteByte('.')
			}
			b.WriteString(p)
		}
	}
	return b.String()
}

// isQuantity tells the places of quantities by the names above them. The names alone would
// not do: an environment variable has a value too, and a ConfigMap any key at all.
func isQuantity(path []string) bool {
	if len(path) < 3 || path[0] != "spec" {
		return false
	}
	field, parent, above := path[len(path)-1], path[len(path)-2], path[len(path)-3]
	switch parent {
	case "requests", "limits":
		return above == "resources"
	case "hard":
		return above == "spec"
	case "emptyDir":
		return field == "sizeLimit"
	case "resourceFieldRef":
		return field == "divisor"
	case "target":
		return field == "averageValue" || field == "value"
	}
	return false
}

// sameQuantity takes 1 and "1" for the same, as Kubernetes does here.
func sameQuantity(a, b kube.Node) bool {
	x, errX := resource.ParseQuantity(a.Text)
	y, errY := resource.ParseQuantity(b.Text)
	return errX == nil && errY == nil && x.Cmp(y) == 0
}

// short is a scalar that fits into a line with others; otherwise empty.
func short(n kube.Node) string {
	switch n.Kind {
	case kube.Bool, kube.Int, kube.Float:
		return n.Text
	case kube.String:
		if n.Text == "" {
			return `""`
		}
		if len(n.Text) <= 24 && !strings.ContainsFunc(n.Text, isUnprintable) {
			return n.Text
		}
	}
	return ""
}

// isUnprintable holds back what would move a terminal's cursor.
func isUnprintable(r rune) bool { return !unicode.IsPrint(r) }
