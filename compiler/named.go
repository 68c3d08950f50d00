package compiler

import (
	"slices"
	"strconv"
	"strings"

	"slipway.dev/compiler/diag"
	"slipway.dev/compiler/ir"
	"slipway.dev/compiler/layer"
)

// named looks for names that Kubernetes takes without a word, whether or not there is anything of
// that name: the Service that names a StatefulSet's pods, and ports of network policies. It comes
// late: it must know which Services there are.
func (r *resolver) named() {
	var services []string
	for _, o := range objects(r.inst) {
		if o.kind == "Service" {
			services = append(services, o.name)
		}
	}
	for _, w := range r.inst.Workloads {
		at := []string{"run", w.Process, "identity", "pods"}
		if n := r.tree.Find(at...); n != nil && n.Text != "" && w.Kind == ir.StatefulSet {
			r.there(n, at, w, services, "{headless: true}")
		}
	}
	if r.f.Network == nil {
		return
	}
	for _, name := range sorted(r.f.Network.Policies) {
		r.policyPorts([]string{"network", "policies", name})
	}
}

// doubtful reports what is surely wrong in a spec that says all that there is. What was there
// before its spec may have some that others make.
func (r *resolver) doubtful(code diag.Code, at diag.Pos, format string, args ...any) *diag.Diagnostic {
	if r.loose {
		return r.ds.Warnf(code, at, format, args...)
	}
	return r.ds.Errorf(code, at, format, args...)
}

// there reports a Service of a process group that nothing makes, and how it would be made.
func (r *resolver) there(n *layer.Node, path []string, w *ir.Workload, made []string, as string) {
	if slices.Contains(made, n.Text) {
		return
	}
	d := r.doubtful(diag.UnknownObject, n.At, "the service makes no Service called %q", n.Text).WithPath(strings.Join(path, "."))
	if near, ok := diag.Nearest(n.Text, made); ok && !strings.HasPrefix(n.Text, near) && !strings.HasPrefix(near, n.Text) {
		d.WithHint("did you mean %q?", near)
	} else {
		d.WithHint("add it: run: %s: services: %q: %s", label(w.Process), n.Text, as)
	}
}

// policyPorts holds the ports that a policy opens by name against those of the pods that it is
// for, where these are surely of one process group. Names of its egress are other pods'.
func (r *resolver) policyPorts(path []string) {
	policy := r.tree.Find(path...)
	k := slices.IndexFunc(r.inst.Workloads, func(w *ir.Workload) bool { return r.onlyFor(policy, w) })
	if k < 0 {
		return
	}
	for i, rule := range items(policy.Get("ingress")) {
		for j, port := range items(rule.Get("ports")) {
			if n := port.Get("port"); n != nil && n.Kind == layer.String {
				r.podPort(n, r.inst.Workloads[k], below(path, "ingress", strconv.Itoa(i), "ports", strconv.Itoa(j), "port"))
			}
		}
	}
}

// onlyFor reports whether a policy selects no pods but those of one process group: it says
// nothing and is for "main", or it wants all of the labels that select the group's pods.
func (r *resolver) onlyFor(policy *layer.Node, w *ir.Workload) bool {
	selector := policy.Get("podSelector")
	if selector == nil {
		return w.Process == mainProcess
	}
	own := w.Selector
	if len(own) == 0 && !r.loose {
		own = []ir.Pair{{Name: "app.kubernetes.io/name", Value: r.svc.Name}, {Name: "app.kubernetes.io/component", Value: w.Process}}
	}
	other := func(l ir.Pair) bool {
		n := selector.Get("matchLabels").Get(l.Name)
		return n == nil || n.Text != l.Value
	}
	return len(own) > 0 && !slices.ContainsFunc(own, other)
}

// podPort reports a name that no port of a process group has in Kubernetes.
func (r *resolver) podPort(n *layer.Node, w *ir.Workload, path []string) {
	var names []string
	var unnamed *ir.Port
	for _, c := range containers(w) {
		for _, p := range c.Ports {
			switch {
			case !p.Unnamed && p.Name == n.Text:
				return
			case !p.Unnamed:
				names = append(names, p.Name)
			case p.Name == n.Text:
				unnamed = &p
			}
		}
	}
	d := r.doubtful(diag.UnknownPort, n.At, "%s: the pods of %q have no port called %q", strings.Join(path[:3], "."), w.Process, n.Text).WithPath(strings.Join(path, "."))
	switch number, err := strconv.ParseUint(n.Text, 10, 16); {
	case unnamed != nil:
		d.WithRelated(unnamed.At, "it is unnamed in Kubernetes").WithHint("write its number: port: %d", unnamed.Number)
	case err == nil:
		d.WithHint("a number stands without quotes: port: %d", number)
	default:
		if near, ok := diag.Nearest(n.Text, names); ok {
			d.WithHint("did you mean %q?", near)
		} else {
			d.WithHint("declare it: ports: %s: 8080; or write the number, where what puts it into the pod is not in the spec", label(n.Text))
		}
	}
}
