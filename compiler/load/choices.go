package load

import (
	"strings"

	"slipway.dev/compiler/diag"
	"slipway.dev/compiler/layer"
)

// choices reports structs in which one layer alone gives two fields of a one-of.
func choices(p path, t *layer.Type, n *layer.Node, ds *diag.List) {
	if t == nil || n == nil || t.Raw {
		return
	}
	if n.Each != nil {
		choices(p.with("[string]"), t.Elem, n.Each, ds)
	}
	for _, item := range n.Items {
		choices(p, t.Elem, item, ds)
	}
	first := ""
	for _, e := range n.Keys {
		choices(p.with(e.Name), t.At(e.Name), e.Value, ds)
		if e.Value.Kind == layer.Null || !oneOf(t, e.Name) {
			continue
		}
		if first != "" {
			code := diag.SeveralChoices
			if first == "replicas" || e.Name == "replicas" {
				code = diag.FixedAndAutoscaled
			}
			d := ds.Errorf(code, e.Value.LabelOr(), "%s has both %q and %q, but only one of %s can be given", or(p.String(), "the spec"), first, e.Name, quoted(t.OneOf)).
				WithPath(p.with(e.Name).String()).WithRelated(n.Get(first).LabelOr(), "%q is given here", first)
			if code == diag.FixedAndAutoscaled {
				d.WithHint("with scale the autoscaler owns the number of pods: remove replicas and set scale.min")
			} else {
				d.WithHint("remove one of them")
			}
			continue
		}
		first = e.Name
	}
}

func oneOf(t *layer.Type, name string) bool {
	for _, o := range t.OneOf {
		if o == name {
			return true
		}
	}
	return false
}

func or(s, empty string) string {
	if s == "" {
		return empty
	}
	return s
}

// quoted lists names for a sentence: "a", "b" or "c".
func quoted(names []string) string {
	q := make([]string, len(names))
	for i, n := range names {
		q[i] = `"` + n + `"`
	}
	if len(q) < 2 {
		return strings.Join(q, "")
	}
	return strings.Join(q[:len(q)-1], ", ") + " or " + q[len(q)-1]
}
