package kustomize

import (
	"cmp"

	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/intstr"
	gatewayv1 "sigs.k8s.io/gateway-api/apis/v1"

	"slipway.dev/compiler/ir"
)

// newNetworkPolicy denies everything to and from the service's pods but what the spec
// says: callers that consume it, routes, its own calls, named peers, and name resolution.
func newNetworkPolicy(i *ir.Instance) *networkingv1.NetworkPolicy {
	np := &networkingv1.NetworkPolicy{
		TypeMeta:   typeMeta("networking.k8s.io/v1", "NetworkPolicy"),
		ObjectMeta: meta(i, i.Service.Name, "", nil),
		Spec: networkingv1.NetworkPolicySpec{
			PodSelector: metav1.LabelSelector{MatchLabels: map[string]string{labelName: i.Service.Name}},
			PolicyTypes: []networkingv1.PolicyType{networkingv1.PolicyTypeIngress, networkingv1.PolicyTypeEgress},
			Egress:      []networkingv1.NetworkPolicyEgressRule{{Ports: dns()}},
		},
	}
	ingress := func(from []networkingv1.NetworkPolicyPeer, ports []networkingv1.NetworkPolicyPort) {
		np.Spec.Ingress = append(np.Spec.Ingress, networkingv1.NetworkPolicyIngressRule{From: from, Ports: ports})
	}
	own := map[string]string{labelName: i.Service.Name}
	if len(i.Ports) > 0 { // replicas and process groups of one service talk to each other
		ingress(pods(own), nil)
		np.Spec.Egress = append(np.Spec.Egress, networkingv1.NetworkPolicyEgressRule{To: pods(own)})
		ingress(pods(map[string]string{labelConsumes + i.Service.Name: "true"}), policyPorts(i.Ports))
	}
	for _, r := range i.Routes {
		ingress(callers(i.Env, r), policyPorts([]ir.Port{r.Port}))
	}
	if a := i.Address; len(i.Tests)+len(i.NightTests) > 0 && a != nil && a.Port != nil {
		ingress(testers(i), policyPorts([]ir.Port{*a.Port}))
	}
	for _, p := range i.From {
		ingress(peer(p), numbers(p.Ports))
	}
	for _, c := range i.Consumes {
		// The provider's own policy says which ports: naming them here would change this
		// file whenever the provider is promoted.
		np.Spec.Egress = append(np.Spec.Egress, networkingv1.NetworkPolicyEgressRule{
			To: pods(map[string]string{labelName: c.Service})})
	}
	for _, p := range i.To {
		np.Spec.Egress = append(np.Spec.Egress, networkingv1.NetworkPolicyEgressRule{To: peer(p), Ports: numbers(p.Ports)})
	}
	return np
}

// callers are who comes in by a route; nil is everybody.
func callers(env *ir.Environment, r ir.Route) []networkingv1.NetworkPolicyPeer {
	switch {
	case r.LoadBalancer != nil: // nodes may hide the caller's address; the balancer narrows by sources
		return nil
	case env.Gateway != nil:
		return namespace(env.Gateway.Namespace)
	case env.Ingress.Namespace != "":
		return namespace(env.Ingress.Namespace)
	}
	return nil
}

// testers are the pods of the pipeline that tests what is deployed, as Tekton labels them;
// from the outside, by a host name, they come in as everybody does.
func testers(i *ir.Instance) []networkingv1.NetworkPolicyPeer {
	return []networkingv1.NetworkPolicyPeer{{
		NamespaceSelector: &metav1.LabelSelector{MatchLabels: map[string]string{corev1.LabelMetadataName: ir.PipelineNamespace(i.Service.Owner, false)}},
		PodSelector:       &metav1.LabelSelector{MatchLabels: map[string]string{"tekton.dev/pipeline": i.Service.Name + "-verify"}},
	}}
}

func peer(p ir.Peer) []networkingv1.NetworkPolicyPeer {
	if p.Namespace != "" {
		return namespace(p.Namespace)
	}
	return []networkingv1.NetworkPolicyPeer{{IPBlock: &networkingv1.IPBlock{CIDR: p.CIDR}}}
}

func namespace(name string) []networkingv1.NetworkPolicyPeer {
	return []networkingv1.NetworkPolicyPeer{{NamespaceSelector: &metav1.LabelSelector{MatchLabels: map[string]string{corev1.LabelMetadataName: name}}}}
}

func pods(labels map[string]string) []networkingv1.NetworkPolicyPeer {
	return []networkingv1.NetworkPolicyPeer{{PodSelector: &metav1.LabelSelector{MatchLabels: labels}}}
}

// policyPorts are the numbers in the pods: a policy sees them after the Service's.
func policyPorts(ports []ir.Port) (out []networkingv1.NetworkPolicyPort) {
	for _, p := range ports {
		out = append(out, policyPort(p.Number, corev1.Protocol(cmp.Or(p.Protocol, "TCP"))))
	}
	return out
}

func numbers(ports []int32) (out []networkingv1.NetworkPolicyPort) {
	for _, n := range ports {
		out = append(out, policyPort(n, corev1.ProtocolTCP))
	}
	return out
}

func policyPort(n int32, proto corev1.Protocol) networkingv1.NetworkPolicyPort {
	port := intstr.FromInt32(n)
	return networkingv1.NetworkPolicyPort{Protocol: &proto, Port: &port}
}

// dns is name resolution, wherever the cluster has it: a Service in kube-system or an
// address on the node.
func dns() []networkingv1.NetworkPolicyPort {
	return []networkingv1.NetworkPolicyPort{policyPort(53, corev1.ProtocolUDP), policyPort(53, corev1.ProtocolTCP)}
}

func newRoute(i *ir.Instance, r ir.Route) any {
	switch {
	case r.LoadBalancer != nil:
		return newLoadBalancer(i, r)
	case i.Env.Gateway != nil:
		return newHTTPRoute(i, r)
	}
	return newIngress(i, r)
}

func newLoadBalancer(i *ir.Instance, r ir.Route) *corev1.Service {
	return &corev1.Service{
		TypeMeta:   typeMeta("v1", "Service"),
		ObjectMeta: meta(i, r.Name, r.Process, r.LoadBalancer.Annotations),
		Spec: corev1.ServiceSpec{
			Type: corev1.ServiceTypeLoadBalancer, Selector: routeSelector(i, r),
			Ports:                    []corev1.ServicePort{servicePort(r.Port, r.LoadBalancer.Port)},
			LoadBalancerSourceRanges: r.LoadBalancer.Sources,
		},
	}
}

// routeSelector picks the pods that a route leads to.
func routeSelector(i *ir.Instance, r ir.Route) map[string]string {
	for _, w := range i.Workloads {
		if w.Process == r.Process {
			return selector(i, w)
		}
	}
	panic("kustomize: route without a process") // resolve gives every route one
}

func newIngress(i *ir.Instance, r ir.Route) *networkingv1.Ingress {
	match := networkingv1.PathType(r.HTTP.Match)
	in := &networkingv1.Ingress{TypeMeta: typeMeta("networking.k8s.io/v1", "Ingress"), ObjectMeta: meta(i, r.Name, r.Process, r.HTTP.Annotations)}
	backend := networkingv1.IngressServiceBackend{Name: r.Service, Port: networkingv1.ServiceBackendPort{Name: r.Port.Name}}
	if r.Port.Unnamed || r.ByNumber {
		backend.Port = networkingv1.ServiceBackendPort{Number: r.Port.Service}
	}
	for _, host := range r.HTTP.Hosts {
		rule := networkingv1.IngressRule{Host: host, IngressRuleValue: networkingv1.IngressRuleValue{HTTP: &networkingv1.HTTPIngressRuleValue{}}}
		for _, path := range r.HTTP.Paths {
			rule.HTTP.Paths = append(rule.HTTP.Paths, networkingv1.HTTPIngressPath{Path: path, PathType: &match, Backend: networkingv1.IngressBackend{Service: &backend}})
		}
		in.Spec.Rules = append(in.Spec.Rules, rule)
	}
	if class := cmp.Or(r.HTTP.Class, i.Env.Ingress.Class); class != "" {
		in.Spec.IngressClassName = &class
	}
	if secret := cmp.Or(r.HTTP.TLS, i.Env.Ingress.TLSSecret); secret != "" {
		in.Spec.TLS = []networkingv1.IngressTLS{{Hosts: r.HTTP.Hosts, SecretName: secret}}
	}
	return in
}

func newHTTPRoute(i *ir.Instance, r ir.Route) *gatewayv1.HTTPRoute {
	ns, match := gatewayv1.Namespace(i.Env.Gateway.Namespace), gatewayv1.PathMatchPathPrefix
	if r.HTTP.Match == "Exact" {
		match = gatewayv1.PathMatchExact
	}
	port := gatewayv1.PortNumber(r.Port.Service)
	rule := gatewayv1.HTTPRouteRule{
		BackendRefs: []gatewayv1.HTTPBackendRef{{BackendRef: gatewayv1.BackendRef{BackendObjectReference: gatewayv1.BackendObjectReference{Name: gatewayv1.ObjectName(r.Service), Port: &port}}}},
	}
	for k := range r.HTTP.Paths {
		rule.Matches = append(rule.Matches, gatewayv1.HTTPRouteMatch{Path: &gatewayv1.HTTPPathMatch{Type: &match, Value: &r.HTTP.Paths[k]}})
	}
	out := &gatewayv1.HTTPRoute{
		TypeMeta:   typeMeta("gateway.networking.k8s.io/v1", "HTTPRoute"),
		ObjectMeta: meta(i, r.Name, r.Process, r.HTTP.Annotations),
		Spec: gatewayv1.HTTPRouteSpec{
			CommonRouteSpec: gatewayv1.CommonRouteSpec{ParentRefs: []gatewayv1.ParentReference{{Namespace: &ns, Name: gatewayv1.ObjectName(i.Env.Gateway.Name)}}},
			Rules:           []gatewayv1.HTTPRouteRule{rule},
		},
	}
	for _, host := range r.HTTP.Hosts {
		out.Spec.Hostnames = append(out.Spec.Hostnames, gatewayv1.Hostname(host))
	}
	return out
}
