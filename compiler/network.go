package compiler

import (
	"slices"
	"strconv"
	"strings"

	"slipway.dev/compiler/diag"
	"slipway.dev/compiler/ir"
	"slipway.dev/compiler/layer"
	"slipway.dev/schema"
)

func (r *resolver) network() {
	for _, name := range sorted(r.f.Consumes) {
		c := ir.Consume{At: r.tree.LabelPos("consumes", name), Service: name, Optional: yes(r.f.Consumes[name].Optional)}
		for i, p := range r.f.Consumes[name].Ports {
			c.Ports = append(c.Ports, ir.Port{At: r.tree.Pos("consumes", name, "ports", strconv.Itoa(i)), Name: p})
		}
		r.inst.Consumes = append(r.inst.Consumes, c)
	}
	if n := r.f.Network; n != nil {
		r.inst.To = peers(n.To, r.tree, "network", "to")
		r.inst.From = peers(n.From, r.tree, "network", "from")
		for _, name := range sorted(n.Policies) {
			r.whole("networking.k8s.io/v1", "NetworkPolicy", name, "podSelector", "network", "policies", name)
		}
	}
}

// peers are those that a tree names at a path, sorted by name.
func peers(m map[string]schema.Peer, tree *layer.Node, at ...string) (out []ir.Peer) {
	for _, name := range sorted(m) {
		p := ir.Peer{At: tree.Find(at...).LabelPos(name), Name: name, CIDR: text(m[name].CIDR, ""), Namespace: text(m[name].Namespace, "")}
		for _, n := range m[name].Ports {
			p.Ports = append(p.Ports, int32(n))
		}
		slices.Sort(p.Ports)
		out = append(out, p)
	}
	return out
}

func (r *resolver) routes() {
	for _, name := range sorted(r.f.Expose) {
		e := r.f.Expose[name]
		path := []string{"expose", name}
		route := ir.Route{At: r.tree.LabelPos(path...), Route: name, Name: text(e.Name, r.svc.Name+"-"+name)}
		for _, f := range []string{"port", "process"} {
			if n := r.tree.Find("expose", name, f); n != nil && (e.Ingress != nil || e.Route != nil) {
				r.ds.Errorf(diag.WrongValue, n.LabelOr(), "expose.%s says its backends itself, so %s says nothing here", name, f).
					WithPath("expose." + name + "." + f).WithHint("remove it")
			}
		}
		switch {
		case e.Ingress != nil:
			r.whole("networking.k8s.io/v1", "Ingress", route.Name, "", append(path, "ingress")...)
			continue
		case e.Route != nil:
			r.whole("gateway.networking.k8s.io/v1", "HTTPRoute", route.Name, "", append(path, "route")...)
			continue
		}
		process := text(e.Process, mainProcess)
		var w *ir.Workload
		for _, x := range r.inst.Workloads {
			if x.Process == process {
				w = x
			}
		}
		if w == nil {
			r.ds.Errorf(diag.UnknownProcess, r.tree.Pos(append(path, "process")...), "expose.%s: there is no process group %q", name, process).
				WithPath("expose."+name).WithHint("%s", diag.Suggest(process, sorted(r.f.Run)))
			continue
		}
		var ports []ir.Port
		if w.Service != nil {
			ports = w.Service.Ports
			route.Service = w.Service.Name
		}
		route.Process = w.Process
		route.Port, route.ByNumber = r.routePort(e.Port, ports, append(path, "port"))
		switch {
		case e.HTTP != nil:
			route.HTTP = &ir.HTTPRoute{
				Hosts: append([]string{text(e.HTTP.Host, "")}, e.HTTP.Hosts...), Paths: e.HTTP.Paths, Match: text(e.HTTP.Match, "Prefix"),
				Class: text(e.HTTP.Class, ""), TLS: text(e.HTTP.TLS, ""), Annotations: pairs(e.HTTP.Annotations),
			}
			if e.HTTP.Path != nil || len(e.HTTP.Paths) == 0 {
				route.HTTP.Paths = append([]string{text(e.HTTP.Path, "/")}, e.HTTP.Paths...)
			}
			if r.env.Ingress == nil && r.env.Gateway == nil {
				r.ds.Errorf(diag.NoRoutes, route.At, "expose.%s asks for a host name, but environment %q has no way to route one", name, r.env.Name).
					WithPath("expose."+name).WithRelated(r.env.At, "the environment").
					WithHint("give the environment routes: ingress: {…} or routes: gateway: {…} in platform.cue, or use loadBalancer")
			}
		case e.LoadBalancer != nil:
			lb := &ir.LoadBalancer{Port: route.Port.Service, Sources: e.LoadBalancer.Sources, Annotations: pairs(e.LoadBalancer.Annotations)}
			if e.LoadBalancer.Port != nil {
				lb.Port = int32(*e.LoadBalancer.Port)
			}
			route.LoadBalancer = lb
		}
		r.inst.Routes = append(r.inst.Routes, route)
	}
}

// routePort finds the port of a Service by its name or number.
func (r *resolver) routePort(port *string, ports []ir.Port, path []string) (ir.Port, bool) {
	number, err := strconv.ParseInt(text(port, ""), 10, 32)
	if err != nil {
		return r.findPort(port, ports, path), false
	}
	var known []string
	for _, p := range ports {
		if p.Service == int32(number) {
			return p, true
		}
		known = append(known, strconv.Itoa(int(p.Service)))
	}
	r.ds.Errorf(diag.UnknownPort, r.tree.Pos(path...), "the Service has no port %d", number).WithPath(strings.Join(path, ".")).
		WithHint("it has %s", cmpOr(strings.Join(known, ", "), "none"))
	return ir.Port{}, true
}
