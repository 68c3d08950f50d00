package intake

import (
	"slices"
	"strings"

	"slipway.dev/compiler/layer"
)

// beside says what stands beside a workload: its Services, autoscaler and budget.
func (b *builder) beside(o *Object, process string, objects []*Object) {
	out := b.out.Find("run", process)
	defer sortStruct(out, processFields...)
	var services []*Object
	for _, s := range objects {
		switch {
		case b.objects[s] == nil:
		case s.Kind == "Service" && s.APIVersion == "v1" && (o.Kind != "Job" && o.Kind != "CronJob") && b.selectsFirst(s, o, objects):
			services = append(services, s)
		case s.Kind == "HorizontalPodAutoscaler":
			b.scale(s, o, out)
		case s.Kind == "ScaledObject" && s.APIVersion == "keda.sh/v1alpha1":
			b.keda(s, o, out)
		case s.Kind == "PodMonitor" && s.APIVersion == "monitoring.coreos.com/v1":
			b.metrics(s, o, out)
		case s.Kind == "PodDisruptionBudget":
			b.disruption(s, o, out)
		}
	}
	name := textOf(out, "identity", "name")
	if name == "" {
		name = o.Name
	}
	// The one that is called like the workload is its own; otherwise the first.
	slices.SortStableFunc(services, func(x, y *Object) int {
		return sign(y.Name == name) - sign(x.Name == name)
	})
	for i, s := range services {
		k := b.service1(s, out, i == 0)
		if k == nil {
			continue
		}
		b.objects[s] = nil
		if i > 0 || out.Get("service") != nil {
			put(out, k, "services", s.Name)
			continue
		}
		put(out, k, "service")
		b.served[process] = s
		if s.Name != name {
			put(out, str(s.Name), "identity", "service")
		}
	}
}

func sign(b bool) int {
	if b {
		return 1
	}
	return 0
}

// selectsFirst reports whether o is the first workload whose pods a Service reaches.
func (b *builder) selectsFirst(s, o *Object, objects []*Object) bool {
	selector := s.Body.Find("spec", "selector")
	if empty(selector) {
		return false
	}
	for _, w := range objects {
		if pods := w.Pods(); pods != nil && w.Kind != "Job" && w.Kind != "CronJob" && selects(selector, pods.Find("metadata", "labels")) {
			return w == o
		}
	}
	return false
}

// service1 says a Service, or returns nil when a word is missing for its metadata.
func (b *builder) service1(s *Object, out *layer.Node, first bool) *layer.Node {
	body := b.objects[s]
	if !only(body.Get("metadata"), "name", "labels", "annotations") || !only(body, "apiVersion", "kind", "metadata", "spec") || len(itemsOf(body.Find("spec", "ports"))) == 0 && offers(out) {
		return nil // in the spec's words it would offer the ports of its containers
	}
	k, spec := newStruct(), body.Get("spec")
	if l := take(body, "metadata", "labels"); !empty(l) {
		put(k, l, "labels")
	}
	if a := annotations(body); a != nil {
		put(k, a, "annotations")
	} else if body.Find("metadata", "annotations") != nil {
		return nil
	}
	move(spec, "type", k, "type", oneOf("ClusterIP", "NodePort", "LoadBalancer"))
	if takeIf(spec, oneOf("None"), "clusterIP") != nil {
		put(k, boolean(true), "headless")
	}
	if sel := take(spec, "selector"); !equal(sel, out.Find("identity", "selector"), false) {
		put(k, sel, "selector")
	}
	servicePorts(spec, k, out, first)
	if !empty(spec) {
		put(k, spec, "spec")
	}
	sortStruct(k, "type", "headless", "ports", "selector", "labels", "annotations", "spec")
	return k
}

// offers reports whether the containers of a process group declare ports.
func offers(out *layer.Node) (found bool) {
	visitContainers(out, func(c *layer.Node) { found = found || len(portsOf(c)) > 0 })
	return found
}

// servicePorts says the ports of a Service: by those of the containers where it offers just
// these, otherwise one by one; in Kubernetes' words when there is more to them.
func servicePorts(spec, k, out *layer.Node, first bool) {
	ports := spec.Get("ports")
	if len(itemsOf(ports)) == 0 {
		return
	}
	type port struct {
		node *layer.Node
		name string
	}
	var declared []port
	visitContainers(out, func(c *layer.Node) {
		for _, e := range portsOf(c) {
			declared = append(declared, port{e.Value, e.Name})
		}
	})
	known := func(name string) *layer.Node {
		for _, d := range declared {
			if d.name == name && d.node.Get("unnamed") == nil {
				return d.node
			}
		}
		return nil
	}
	same := len(declared) == len(ports.Items) && first
	said := newStruct()
	for i, p := range ports.Items {
		name, target, proto := textOf(p, "name"), p.Get("targetPort"), p.Get("protocol")
		if !only(p, "name", "port", "targetPort", "nodePort", "protocol") || !whole(1, 65535)(p.Get("port")) || name != "" && !portName.MatchString(name) ||
			isText(target) && known(target.Text) == nil || proto != nil && !oneOf("TCP", "UDP", "SCTP")(proto) {
			return
		}
		same = same && isText(target) && target.Text == name && declared[i].name == name && p.Get("nodePort") == nil &&
			strings.EqualFold(textOf(p, "protocol"), textOf(declared[i].node, "protocol"))
		o, key := newStruct(), name
		put(o, p.Get("port"), "port")
		if target != nil {
			put(o, target, "target")
		}
		if n := p.Get("nodePort"); n != nil {
			put(o, n, "node")
		}
		if proto != nil {
			put(o, str(strings.ToLower(proto.Text)), "protocol")
		}
		if name == "" {
			key = "port-" + textOf(p, "port")
			put(o, boolean(true), "unnamed")
		}
		if said.Get(key) != nil {
			return
		}
		put(said, o, key)
	}
	take(spec, "ports")
	if !same {
		put(k, said, "ports")
		return
	}
	for i, p := range ports.Items {
		if n := p.Get("port"); n.Text != textOf(declared[i].node, "port") {
			put(declared[i].node, n, "service")
		}
	}
}

// scale says an autoscaler that is called like the workload. Metrics beyond the use of CPU
// and memory, and how fast it goes, are said in Kubernetes' words.
func (b *builder) scale(h, o *Object, out *layer.Node) {
	body := b.objects[h]
	ref, spec := body.Find("spec", "scaleTargetRef"), body.Get("spec")
	if textOf(ref, "name") != o.Name || textOf(ref, "kind") != o.Kind {
		return
	}
	low, high := spec.Get("minReplicas"), spec.Get("maxReplicas")
	if textOf(ref, "apiVersion") != o.APIVersion || out.Get("scale") != nil || !only(body, "apiVersion", "kind", "metadata", "spec") ||
		high == nil || !whole(1, 10000)(high) || low != nil && !whole(1, 10000)(low) || !b.meta(h) {
		return
	}
	s := newStruct()
	rest := clone(spec)
	for _, f := range []struct{ theirs, ours string }{{"minReplicas", "min"}, {"maxReplicas", "max"}} {
		if v := take(rest, f.theirs); v != nil {
			put(s, v, f.ours)
		}
	}
	take(rest, "scaleTargetRef")
	if shares := utilizations(rest.Get("metrics")); shares != nil && (shares.Get("cpu") == nil || out.Find("resources", "cpu") != nil || out.Find("resources", "cpuLimit") != nil) {
		take(rest, "metrics")
		for _, e := range shares.Keys {
			put(s, e.Value, e.Name)
		}
	}
	if !empty(rest) {
		put(s, rest, "spec")
	}
	put(out, s, "scale")
	put(out, take(out, "replicas"), "workload", "spec", "replicas") // the two fight, as they did before
	named(out, h, o, "scaler")
	b.objects[h] = nil
}

// utilizations are metrics that watch nothing but the use of CPU, then of memory; nil for others.
func utilizations(metrics *layer.Node) *layer.Node {
	if metrics == nil || len(metrics.Items) == 0 {
		return nil
	}
	out := newStruct()
	for i, m := range metrics.Items {
		name := textOf(m, "resource", "name")
		percent := m.Find("resource", "target", "averageUtilization")
		if percent == nil || !equal(m, utilization(name, percent), false) || !whole(1, 1000)(percent) || name != "cpu" && name != "memory" || i > 0 && name != "memory" || out.Get(name) != nil {
			return nil
		}
		put(out, percent, name)
	}
	return out
}

// disruption says a budget for just the workload's pods.
func (b *builder) disruption(p, o *Object, out *layer.Node) {
	body := b.objects[p]
	spec := body.Get("spec")
	selector := spec.Get("selector")
	if !only(selector, "matchLabels") || !equal(selector.Get("matchLabels"), out.Find("identity", "selector"), false) || out.Get("disruption") != nil ||
		!only(body, "apiVersion", "kind", "metadata", "spec") {
		return
	}
	d := newStruct()
	for _, f := range []string{"minAvailable", "maxUnavailable"} {
		if v := spec.Get(f); v != nil && intOrPercent(v) && only(spec, "selector", f) {
			put(d, v, f)
		}
	}
	if len(d.Keys) != 1 || !b.meta(p) {
		return
	}
	put(out, d, "disruption")
	named(out, p, o, "budget")
	b.objects[p] = nil
}

// named keeps the name of an object that is not called like the workload.
func named(out *layer.Node, x, workload *Object, word string) {
	if x.Name != workload.Name {
		put(out, str(x.Name), "identity", word)
	}
}
