package tekton

import (
	"path"
	"slices"

	"github.com/tektoncd/triggers/pkg/apis/triggers/v1beta1"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	gatewayv1 "sigs.k8s.io/gateway-api/apis/v1"

	"slipway.dev/catalog/tasks"
	"slipway.dev/compiler/ir"
	"slipway.dev/targets/kube"
)

// Labels by which the listener finds triggers.
const (
	labelGit   = "slipway.dev/git"   // the Git host's name
	labelEvent = "slipway.dev/event" // push, pull-request
)

// slots are the keys of a host's secret, of which one is empty but while it is replaced: an
// event is taken when it is signed with either, and never with both.
var slots = []string{"a", "b"}

// hostSecret is the Secret of a host in the listener's namespace.
func hostSecret(h *ir.GitHost) string { return "git-" + h.Name }

// listener is what receives the events of all Git hosts: the account, the EventListener, and
// the way to it from outside.
func listener(p *ir.Platform) ([]kube.Node, error) {
	el := newListener(eventsMeta(ir.Listener))
	for _, h := range p.Git {
		for _, kind := range []Kind{Release, PullRequest} {
			for _, slot := range slots {
				if h.Kind == ir.Generic && slot != slots[0] {
					continue // its interceptor knows its secrets
				}
				el.Spec.TriggerGroups = append(el.Spec.TriggerGroups, newGroup(p, h, kind, slot))
			}
		}
	}
	written, err := writtenListener(el)
	if err != nil {
		return nil, err
	}
	yes := true
	out := []kube.Node{
		kube.FromObject(&corev1.ServiceAccount{
			TypeMeta:                     metav1.TypeMeta{APIVersion: "v1", Kind: "ServiceAccount"},
			ObjectMeta:                   eventsMeta(ir.ListenerAccount),
			AutomountServiceAccountToken: &yes, // its pods read triggers, and cannot be told to mount it otherwise
		}),
		written,
	}
	if p.Webhooks != nil {
		out = append(out, way(p.Webhooks))
	}
	return out, nil
}

// newGroup verifies the events of one kind of a host with one of its secrets, reads them,
// and hands them to the triggers of services whose source is there, and of the fleet.
func newGroup(p *ir.Platform, h *ir.GitHost, kind Kind, slot string) v1beta1.EventListenerTriggerGroup {
	name := h.Name + "-" + eventName(kind)
	if h.Kind != ir.Generic {
		name += "-" + slot
	}
	namespaces := runNamespaces(p, kind)
	if p.Host == h {
		namespaces = append(namespaces, ir.FleetNamespace)
	}
	g := v1beta1.EventListenerTriggerGroup{
		Name:            name,
		TriggerSelector: selector(namespaces, map[string]string{labelGit: h.Name, labelEvent: eventName(kind)}),
	}
	r := readingOf(h, kind)
	verify := h.Interceptor
	var params []v1beta1.InterceptorParams
	if h.Kind != ir.Generic {
		verify = string(h.Kind)
		params = append(params, newParam("secretRef", v1beta1.SecretRef{SecretName: hostSecret(h), SecretKey: slot}), newParam("eventTypes", r.types))
	}
	if h.ChangedFiles && kind == PullRequest {
		params = append(params, newParam("addChangedFiles", map[string]any{
			"enabled": true, "personalAccessToken": v1beta1.SecretRef{SecretName: hostSecret(h), SecretKey: "token"},
		}))
	}
	var overlays []overlay
	for _, w := range r.words {
		overlays = append(overlays, overlay{"slipway." + w.name, w.expression})
	}
	g.Interceptors = []*v1beta1.TriggerInterceptor{
		newInterceptor("verify", verify, params...),
		newInterceptor("read", "cel", newParam("filter", r.filter), newParam("overlays", overlays)),
	}
	return g
}

// overlay is a word that the CEL interceptor adds to an event.
type overlay struct {
	Key        string `json:"key"`
	Expression string `json:"expression"`
}

// runNamespaces are where pipelines of a kind of the teams' run.
func runNamespaces(p *ir.Platform, kind Kind) (out []string) {
	for _, o := range p.Owners {
		out = append(out, Namespace(o.Name, kind))
	}
	return out
}

// way leads from the platform's host name to the listener.
func way(w *ir.Webhooks) kube.Node {
	const service, port = "el-" + ir.Listener, 8080 // as Tekton Triggers calls them
	if w.Gateway != nil {
		number, ns := gatewayv1.PortNumber(port), gatewayv1.Namespace(w.Gateway.Namespace)
		return kube.FromObject(&gatewayv1.HTTPRoute{
			TypeMeta:   metav1.TypeMeta{APIVersion: "gateway.networking.k8s.io/v1", Kind: "HTTPRoute"},
			ObjectMeta: eventsMeta(ir.Listener),
			Spec: gatewayv1.HTTPRouteSpec{
				CommonRouteSpec: gatewayv1.CommonRouteSpec{ParentRefs: []gatewayv1.ParentReference{{Namespace: &ns, Name: gatewayv1.ObjectName(w.Gateway.Name)}}},
				Hostnames:       []gatewayv1.Hostname{gatewayv1.Hostname(w.Host)},
				Rules: []gatewayv1.HTTPRouteRule{{BackendRefs: []gatewayv1.HTTPBackendRef{{BackendRef: gatewayv1.BackendRef{
					BackendObjectReference: gatewayv1.BackendObjectReference{Name: service, Port: &number},
				}}}}},
			},
		})
	}
	prefix := networkingv1.PathTypePrefix
	in := &networkingv1.Ingress{
		TypeMeta:   metav1.TypeMeta{APIVersion: "networking.k8s.io/v1", Kind: "Ingress"},
		ObjectMeta: eventsMeta(ir.Listener),
		Spec: networkingv1.IngressSpec{Rules: []networkingv1.IngressRule{{Host: w.Host, IngressRuleValue: networkingv1.IngressRuleValue{
			HTTP: &networkingv1.HTTPIngressRuleValue{Paths: []networkingv1.HTTPIngressPath{{
				Path: "/", PathType: &prefix,
				Backend: networkingv1.IngressBackend{Service: &networkingv1.IngressServiceBackend{Name: service, Port: networkingv1.ServiceBackendPort{Number: port}}},
			}}},
		}}}},
	}
	if w.Ingress.Class != "" {
		in.Spec.IngressClassName = &w.Ingress.Class
	}
	if w.Ingress.TLSSecret != "" {
		in.Spec.TLS = []networkingv1.IngressTLS{{Hosts: []string{w.Host}, SecretName: w.Ingress.TLSSecret}}
	}
	return kube.FromObject(in)
}

func eventsMeta(name string) metav1.ObjectMeta {
	return metav1.ObjectMeta{Name: name, Namespace: ir.EventsNamespace, Labels: map[string]string{"app.kubernetes.io/managed-by": "slipway"}}
}

// starting is what a namespace of runs has for events: the account that triggers make runs
// as, which may do nothing else, and the right to act as it of the listeners that start runs
// there, that for Git hosts and the promoter's; how the events of some kinds are read; and
// where one of them is a pull request, the account that cancels. meta is of an object there.
func starting(meta func(name string) metav1.ObjectMeta, hosts, promoter bool, kinds ...Kind) (out []kube.Node) {
	if !hosts && !promoter {
		return nil
	}
	ns := meta("").Namespace
	if slices.Contains(kinds, PullRequest) {
		const supersedes = string(tasks.Supersedes)
		out = append(out, account(meta(supersedes)))
		out = append(out, duty(meta(supersedes), ns, mayCancelRuns)...)
	}
	out = append(out, account(meta(TriggerAccount)))
	out = append(out, duty(meta(TriggerAccount), ns, mayStart)...)
	out = append(out, role(meta(ir.ListenerAccount), mayActAsTrigger))
	if hosts {
		out = append(out, bound(meta(ir.ListenerAccount), ir.ListenerAccount, ir.EventsNamespace))
		for _, kind := range kinds {
			out = append(out, kube.FromObject(newEventBinding(meta(eventName(kind)), "extensions.slipway", runParams(kind)...)))
		}
	}
	if promoter {
		out = append(out, bound(meta("promoter"), ir.ListenerAccount, ir.PromoterNamespace))
	}
	return out
}

// runParams are the parameters of a run of a kind that its event says, each in a word of the
// same name; the first is the commit.
func runParams(kind Kind) []string {
	if kind == PullRequest {
		return []string{"revision", "number"}
	}
	return []string{"revision"}
}

// releases is the folder of release records in the fleet's repository.
func releases(p *ir.Platform) string { return path.Join(p.Home, "releases") }
