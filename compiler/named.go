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
// that name: the Service that names a StatefulSet's pods, Services and their ports that ways in lead
// to, and ports of network policies. It comes late: it must know which Services there are.
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
	for _, name := range sorted(r.f.Expose) {
		r.backends([]string{"expose", name}, services)
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

// backends holds what a way in leads to, in Kubernetes' own words, against the Services there are.
func (r *resolver) backends(path []string, services []string) {
	way := r.tree.Find(path...)
	for i, rule := range items(way.Find("route", "rules")) {
		for j, ref := range items(rule.Get("backendRefs")) {
			if kind := ref.Get("kind"); (kind == nil || kind.Text == "Service") && ref.Get("namespace") == nil {
				r.backend(ref, ref.Get("port"), below(path, "route", "rules", strconv.Itoa(i), "backendRefs", strconv.Itoa(j)), services)
			}
		}
	}
	ingress := func(backend *layer.Node, at ...string) {
		service := backend.Get("service")
		port := service.Find("port", "number")
		if port == nil {
			port = service.Find("port", "name")
		}
		r.backend(service, port, below(below(path, "ingress"), append(at, "service")...), services)
	}
	ingress(way.Find("ingress", "defaultBackend"), "defaultBackend")
	for i, rule := range items(way.Find("ingress", "rules")) {
		for j, to := range items(rule.Find("http", "paths")) {
			ingress(to.Get("backend"), "rules", strconv.Itoa(i), "http", "paths", strconv.Itoa(j), "backend")
		}
	}
}

// backend reports a Service of the service's own name that nothing makes, and a port that one of its
// Services has not. A Service of another name may be another service's.
func (r *resolver) backend(to, port *layer.Node, path []string, services []string) {
	name := to.Get("name")
	if name == nil {
		return
	}
	if name.Text == r.svc.Name && !slices.Contains(services, name.Text) {
		d := r.doubtful(diag.UnknownObject, name.At, "the service makes no Service called %q", name.Text).WithPath(strings.Join(below(path, "name"), "."))
		if len(services) > 0 {
			d.WithHint("it makes %s", strings.Join(quote(services), ", "))
		} else {
			d.WithHint("ports of a process group make one: run: main: ports: http: 8080")
		}
	}
	ports, known := r.portsOf(name.Text)
	if port == nil || !known || slices.ContainsFunc(ports, func(p ir.Port) bool {
		return strconv.Itoa(int(p.Service)) == port.Text || !p.Unnamed && p.Name == port.Text
	}) {
		return
	}
	var has []string
	word := port.Text
	for _, p := range ports {
		if port.Kind == layer.String {
			has, word = append(has, strconv.Quote(p.Name)), strconv.Quote(port.Text)
		} else {
			has = append(has, strconv.Itoa(int(p.Service)))
		}
	}
	r.doubtful(diag.UnknownPort, port.At, "the Service %q has no port %s", name.Text, word).WithPath(strings.Join(path, ".")).
		WithHint("it has %s", strings.Join(has, ", "))
}

// portsOf are the ports of one of the service's own Services, where they are known.
func (r *resolver) portsOf(service string) ([]ir.Port, bool) {
	for _, w := range r.inst.Workloads {
		for _, s := range append(slices.Clone(w.Services), w.Service) {
			if s != nil && s.Name == service && s.Words.Kind == ir.Nothing {
				return s.Ports, true
			}
		}
	}
	return nil, false
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
