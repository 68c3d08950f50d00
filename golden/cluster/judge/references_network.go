package judge

import (
	"fmt"
	"net"
	"slices"
	"strings"

	autoscaling "k8s.io/api/autoscaling/v2"
	corev1 "k8s.io/api/core/v1"
	networking "k8s.io/api/networking/v1"
	policy "k8s.io/api/policy/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/util/intstr"
	gateway "sigs.k8s.io/gateway-api/apis/v1"
)

// services wants the pods behind every Service, and the ports that it leads to.
func (j *references) services(s objectSet) {
	for _, o := range s.delivery.Objects {
		if o.Kind() != "v1 Service" {
			continue
		}
		service, ok := decode[corev1.Service](o)
		if !ok || service.Spec.Type == corev1.ServiceTypeExternalName {
			continue
		}
		pods := s.selected(o.GetNamespace(), labels.SelectorFromSet(service.Spec.Selector))
		if len(service.Spec.Selector) == 0 || len(pods) == 0 {
			j.add(o.place(), "spec.selector", "it selects no pods")
		}
		if len(pods) > 1 {
			j.add(o.place(), "spec.selector", "it selects the pods of %s and of %s", pods[0].Name(), pods[1].Name())
		}
		for _, p := range service.Spec.Ports {
			target := p.TargetPort
			if target == (intstr.IntOrString{}) {
				target = intstr.FromInt32(p.Port)
			}
			for _, w := range pods {
				if !w.port(target.StrVal, target.IntVal) {
					j.add(o.place(), "spec.ports["+p.Name+"]", "the pods of %s have no port %s", w.Name(), target.String())
				}
			}
		}
	}
}

// routes wants the Services that Ingresses and HTTPRoutes lead to.
func (j *references) routes(s objectSet) {
	leads := func(o Object, at, name string, matches func(corev1.ServicePort) bool) {
		to, ok := s.has("Service", o.GetNamespace(), name)
		if listener, is := strings.CutPrefix(name, "el-"); !ok && is {
			// Triggers makes the Service of a listener, with two ports.
			if _, ok := s.has("EventListener", o.GetNamespace(), listener); ok {
				if !matches(corev1.ServicePort{Name: "http-listener", Port: 8080}) {
					j.add(o.place(), at, "the Service %s has no such port", name)
				}
				return
			}
		}
		if !ok {
			j.add(o.place(), at, "there is no Service %q", name)
			return
		}
		if service, ok := decode[corev1.Service](to); ok && !slices.ContainsFunc(service.Spec.Ports, matches) {
			j.add(o.place(), at, "the Service %s has no such port", name)
		}
	}
	for _, o := range s.delivery.Objects {
		switch o.Kind() {
		case "networking.k8s.io/v1 Ingress":
			i, ok := decode[networking.Ingress](o)
			if !ok {
				continue
			}
			for _, r := range i.Spec.Rules {
				if r.HTTP == nil {
					continue
				}
				for _, p := range r.HTTP.Paths {
					if b := p.Backend.Service; b != nil {
						leads(o, "spec.rules["+r.Host+"]", b.Name, func(p corev1.ServicePort) bool {
							return b.Port.Name != "" && p.Name == b.Port.Name || b.Port.Name == "" && p.Port == b.Port.Number
						})
					}
				}
			}
		case "gateway.networking.k8s.io/v1 HTTPRoute":
			r, ok := decode[gateway.HTTPRoute](o)
			if !ok {
				continue
			}
			for _, h := range r.Spec.Hostnames {
				if net.ParseIP(string(h)) != nil {
					j.add(o.place(), "spec.hostnames", "%s is an address, and no name", h)
				}
			}
			for i, rule := range r.Spec.Rules {
				for _, b := range rule.BackendRefs {
					leads(o, fmt.Sprintf("spec.rules[%d]", i), string(b.Name), func(p corev1.ServicePort) bool {
						return b.Port != nil && p.Port == int32(*b.Port)
					})
				}
			}
		}
	}
}

// scaling wants what scalers scale and budgets guard.
func (j *references) scaling(s objectSet) {
	scaled := map[string]string{}
	for _, o := range s.delivery.Objects {
		switch o.Kind() {
		case "autoscaling/v2 HorizontalPodAutoscaler":
			h, ok := decode[autoscaling.HorizontalPodAutoscaler](o)
			if !ok {
				continue
			}
			ref := h.Spec.ScaleTargetRef
			if other := scaled[ref.Kind+"/"+ref.Name]; other != "" {
				j.add(o.place(), "spec.scaleTargetRef", "%s scales the same", other)
			}
			scaled[ref.Kind+"/"+ref.Name] = o.Name()
			at := slices.IndexFunc(s.workloads, func(w workload) bool {
				return w.Kind() == ref.APIVersion+" "+ref.Kind && w.GetName() == ref.Name && w.GetNamespace() == o.GetNamespace()
			})
			if at < 0 {
				j.add(o.place(), "spec.scaleTargetRef", "there is no %s %s", ref.Kind, ref.Name)
				continue
			}
			w := s.workloads[at]
			if field(w.Object.Object, "spec", "replicas") != nil {
				j.add(w.place(), "spec.replicas", "%s sets the number of pods too", o.Name())
			}
			for _, m := range h.Spec.Metrics {
				if m.Resource == nil {
					continue
				}
				for _, c := range w.pod.Spec.Containers {
					if _, ok := c.Resources.Requests[m.Resource.Name]; !ok {
						j.add(o.place(), "spec.metrics", "container %s asks for no %s to measure its use by", c.Name, m.Resource.Name)
					}
				}
			}
		case "policy/v1 PodDisruptionBudget":
			b, ok := decode[policy.PodDisruptionBudget](o)
			if !ok {
				continue
			}
			if len(s.selected(o.GetNamespace(), selectorOf(b.Spec.Selector))) == 0 {
				j.add(o.place(), "spec.selector", "it selects no pods")
			}
			if m := b.Spec.MaxUnavailable; m != nil && (m.String() == "0" || m.String() == "0%") {
				j.add(o.place(), "spec.maxUnavailable", "no pod may ever go, so no node can be drained")
			}
		}
	}
}

// policies wants every pod that a service runs behind a NetworkPolicy, both ways, and no
// policy that guards nothing.
func (j *references) policies(s objectSet) {
	guarded := map[string]bool{}
	for _, o := range s.delivery.Objects {
		if o.Kind() != "networking.k8s.io/v1 NetworkPolicy" {
			continue
		}
		if _, ok := s.has("ServiceAccount", o.GetNamespace(), "untrusted"); ok {
			continue // runs live here, whose pods the judge of trust looks at
		}
		p, ok := decode[networking.NetworkPolicy](o)
		if !ok {
			continue
		}
		pods := s.selected(o.GetNamespace(), selectorOf(&p.Spec.PodSelector))
		if len(pods) == 0 {
			j.add(o.place(), "spec.podSelector", "it selects no pods")
		}
		for _, t := range p.Spec.PolicyTypes {
			for _, w := range pods {
				guarded[string(t)+w.Name()] = true
			}
		}
		for i, r := range p.Spec.Ingress {
			for _, port := range r.Ports {
				if port.Port == nil {
					continue
				}
				if !slices.ContainsFunc(pods, func(w workload) bool { return w.port(port.Port.StrVal, port.Port.IntVal) }) {
					j.add(o.place(), fmt.Sprintf("spec.ingress[%d]", i), "none of its pods has a port %s", port.Port.String())
				}
			}
		}
	}
	for _, w := range s.workloads {
		for _, direction := range []string{"Ingress", "Egress"} {
			if !guarded[direction+w.Name()] {
				j.add(w.place(), "", "no NetworkPolicy guards its pods (%s)", direction)
			}
		}
	}
}
