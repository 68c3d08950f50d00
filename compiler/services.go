package compiler

import (
	"slices"
	"strconv"
	"strings"

	"slipway.dev/compiler/api"
	"slipway.dev/compiler/diag"
	"slipway.dev/compiler/ir"
	"slipway.dev/schema"

	corev1 "k8s.io/api/core/v1"
)

// kubeServices puts Kubernetes Services in front of what listens. A StatefulSet also has a
// headless one, which gives every pod a name. Where everything is as written, there are
// those that the spec asks for.
func (r *resolver) kubeServices(w *ir.Workload, p *schema.Process, path []string) {
	runs := w.Kind != ir.Job && w.Kind != ir.CronJob
	if w.Kind == ir.StatefulSet && w.Governing == "" && !r.loose {
		w.Governing, w.Headless = w.Name+"-pods", true
	}
	var ports []ir.Port
	for _, c := range containers(w) {
		for _, port := range c.Ports {
			if port.Service != 0 && runs {
				ports = append(ports, port)
			}
		}
	}
	if !r.loose {
		slices.SortFunc(ports, func(a, b ir.Port) int { return strings.Compare(a.Name, b.Name) })
	}
	name := w.Name
	if p.Identity != nil {
		name = text(p.Identity.Service, name)
	}
	if p.Service != nil {
		w.Service = r.kubeService(name, w, p.Service, ports, append(slices.Clone(path), "service"))
	} else if len(ports) > 0 && !r.loose {
		w.Service = &ir.KubeService{At: w.At, Name: name, Type: "ClusterIP", Ports: ports}
	}
	for _, name := range order(r, p.Services, append(slices.Clone(path), "services")...) {
		w.Services = append(w.Services, r.kubeService(name, w, ptr(p.Services[name]), ports, append(slices.Clone(path), "services", name)))
	}
	r.inst.Ports = append(r.inst.Ports, offered(w)...)
	slices.SortStableFunc(r.inst.Ports, func(a, b ir.Port) int { return strings.Compare(a.Name, b.Name) })
}

// offered are the ports that others may call.
func offered(w *ir.Workload) []ir.Port {
	if w.Service == nil && len(w.Services) > 0 {
		return w.Services[0].Ports
	}
	if w.Service == nil {
		return nil
	}
	return w.Service.Ports
}

func (r *resolver) kubeService(name string, w *ir.Workload, s *schema.KubeService, ports []ir.Port, path []string) *ir.KubeService {
	out := &ir.KubeService{
		At: r.tree.LabelPos(path...), Name: name, Type: text(s.Type, ""), Headless: yes(s.Headless),
		Selector: pairs(s.Selector), Labels: pairs(s.Labels), Annotations: pairs(s.Annotations), Ports: ports,
	}
	if out.Type == "" && !r.loose {
		out.Type = "ClusterIP"
	}
	at := append(slices.Clone(path), "spec")
	if n := r.tree.Find(at...); n != nil && api.Decode[corev1.ServiceSpec](n, strings.Join(at, "."), r.ds) != nil {
		r.twice(n, r.tree.Find(path...), at, []own{{"type", "type"}, {"clusterIP", "headless"}, {"selector", "selector"}, {"ports", "ports"}})
		out.Words = tree(n)
	}
	if s.Ports == nil {
		if len(ports) == 0 && out.Words.Get("ports").Kind == ir.Nothing && !out.Headless {
			r.ds.Errorf(diag.UnknownPort, out.At, "%s: there is no port to offer", strings.Join(path, ".")).WithPath(strings.Join(path, ".")).
				WithHint("declare one: ports: http: 8080")
		}
		return out
	}
	out.Ports = nil
	for _, port := range order(r, s.Ports, append(slices.Clone(path), "ports")...) {
		out.Ports = append(out.Ports, r.servicePort(port, w, ptr(s.Ports[port]), append(slices.Clone(path), "ports", port)))
	}
	return out
}

// servicePort finds the container's port that a Service's port means: the one that it names,
// or the one of its own name or number.
func (r *resolver) servicePort(name string, w *ir.Workload, p *schema.ServicePort, path []string) ir.Port {
	out := ir.Port{At: r.tree.LabelPos(path...), Name: name, Service: int32(*p.Port), Protocol: r.protocol(p.Protocol), Target: text(p.Target, ""), Unnamed: yes(p.Unnamed), Process: w.Process}
	if p.Node != nil {
		out.Node = int32(*p.Node)
	}
	if r.loose && out.Target == "" {
		out.Same, out.Number = true, out.Service
	}
	target, err := strconv.ParseInt(out.Target, 10, 32)
	var names []string
	for _, c := range containers(w) {
		for _, port := range c.Ports {
			names = append(names, port.Name)
			switch {
			case out.Target == "" && (port.Name == name || port.Number == out.Service),
				out.Target != "" && err != nil && port.Name == out.Target,
				err == nil && port.Number == int32(target):
				if out.Same && port.Number != out.Service {
					continue
				}
				out.Number = port.Number
				if out.Same {
					return out
				}
				if out.Target == "" && port.Name != name || port.Unnamed && !r.loose { // Kubernetes finds no port by a name that it has not
					out.Target = strconv.Itoa(int(port.Number))
				}
				return out
			}
		}
	}
	if out.Same { // a number may be listened on without being declared
		return out
	}
	if err == nil {
		out.Number = int32(target)
		return out
	}
	r.ds.Errorf(diag.UnknownPort, out.At, "%s: the containers of %q declare no such port", strings.Join(path, "."), w.Process).WithPath(strings.Join(path, ".")).
		WithHint("%s", cmpOr(diag.Suggest(cmpOr(out.Target, name), names), "declare it: ports: "+name+": 8080"))
	return out
}
