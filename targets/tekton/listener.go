package tekton

import (
	"encoding/json"

	"github.com/tektoncd/triggers/pkg/apis/triggers/v1beta1"
	corev1 "k8s.io/api/core/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	duckv1 "knative.dev/pkg/apis/duck/v1"

	v1 "github.com/tektoncd/pipeline/pkg/apis/pipeline/v1"

	"slipway.dev/compiler/ir"
	"slipway.dev/targets/kube"
)

// What every EventListener and Trigger has, whoever sends the events: Git hosts
// (githost.go), or release runs and Argo CD (promoter.go).

const triggersV1beta1 = "triggers.tekton.dev/v1beta1"

// TriggerAccount is what the triggers of a namespace make runs as.
const TriggerAccount = "trigger"

// mayStart is all that this account may do.
var mayStart = rbacv1.PolicyRule{APIGroups: []string{"tekton.dev"}, Resources: []string{"pipelineruns"}, Verbs: []string{"create"}}

// mayActAsTrigger is what a listener may do where it starts runs; what it works by it may
// read in the whole cluster (targets/platform).
var mayActAsTrigger = rbacv1.PolicyRule{APIGroups: []string{""}, Resources: []string{"serviceaccounts"}, ResourceNames: []string{TriggerAccount}, Verbs: []string{"impersonate"}}

// newListener is an EventListener without triggers: two pods, so that one may be moved, and
// restricted, whatever Triggers' own settings say.
func newListener(meta metav1.ObjectMeta) *v1beta1.EventListener {
	yes, replicas := true, int32(2)
	return &v1beta1.EventListener{
		TypeMeta: metav1.TypeMeta{APIVersion: triggersV1beta1, Kind: "EventListener"}, ObjectMeta: meta,
		Spec: v1beta1.EventListenerSpec{
			ServiceAccountName: ir.ListenerAccount,
			Resources: v1beta1.Resources{KubernetesResource: &v1beta1.KubernetesResource{
				Replicas: &replicas,
				WithPodSpec: duckv1.WithPodSpec{Template: duckv1.PodSpecable{Spec: corev1.PodSpec{
					SecurityContext: &corev1.PodSecurityContext{
						RunAsNonRoot: &yes, SeccompProfile: &corev1.SeccompProfile{Type: corev1.SeccompProfileTypeRuntimeDefault},
					},
					Containers: []corev1.Container{{
						Resources: corev1.ResourceRequirements{
							Requests: corev1.ResourceList{corev1.ResourceCPU: resource.MustParse("50m"), corev1.ResourceMemory: resource.MustParse("64Mi")},
							Limits:   corev1.ResourceList{corev1.ResourceCPU: resource.MustParse("1"), corev1.ResourceMemory: resource.MustParse("256Mi")},
						},
						SecurityContext: &corev1.SecurityContext{
							AllowPrivilegeEscalation: new(bool), ReadOnlyRootFilesystem: &yes, RunAsNonRoot: &yes,
							Capabilities: &corev1.Capabilities{Drop: []corev1.Capability{"ALL"}},
						},
					}},
					TopologySpreadConstraints: []corev1.TopologySpreadConstraint{{
						MaxSkew: 1, TopologyKey: "kubernetes.io/hostname", WhenUnsatisfiable: corev1.ScheduleAnyway,
						LabelSelector: &metav1.LabelSelector{MatchLabels: map[string]string{"eventlistener": meta.Name}},
					}},
				}}},
			}},
		},
	}
}

// writtenListener judges a listener and writes it. Triggers names the container itself, and
// refuses another name than none.
func writtenListener(el *v1beta1.EventListener) (kube.Node, error) {
	if err := valid(el); err != nil {
		return kube.Node{}, err
	}
	written := kube.FromObject(el)
	written.Get("spec", "resources", "kubernetesResource", "spec", "template", "spec", "containers").Items[0].Set(kube.Node{}, "name")
	return written, nil
}

// selector finds triggers by a label, in namespaces.
func selector(namespaces []string, labels map[string]string) v1beta1.EventListenerTriggerSelector {
	return v1beta1.EventListenerTriggerSelector{
		NamespaceSelector: v1beta1.NamespaceSelector{MatchNames: namespaces},
		LabelSelector:     &metav1.LabelSelector{MatchLabels: labels},
	}
}

// newTrigger makes what a template of its namespace says of events that its filter lets
// pass. It reads them by a binding of its namespace.
func newTrigger(meta metav1.ObjectMeta, binding, template, filter string) *v1beta1.Trigger {
	return &v1beta1.Trigger{
		TypeMeta: metav1.TypeMeta{APIVersion: triggersV1beta1, Kind: "Trigger"}, ObjectMeta: meta,
		Spec: v1beta1.TriggerSpec{
			ServiceAccountName: TriggerAccount,
			Interceptors:       []*v1beta1.TriggerInterceptor{newInterceptor("select", "cel", newParam("filter", filter))},
			Bindings:           []*v1beta1.TriggerSpecBinding{{Ref: binding, Kind: v1beta1.NamespacedTriggerBindingKind}},
			Template:           v1beta1.TriggerSpecTemplate{Ref: &template},
		},
	}
}

// newEventBinding takes parameters from an event, each from a field of its name below prefix.
func newEventBinding(meta metav1.ObjectMeta, prefix string, names ...string) *v1beta1.TriggerBinding {
	b := &v1beta1.TriggerBinding{TypeMeta: metav1.TypeMeta{APIVersion: triggersV1beta1, Kind: "TriggerBinding"}, ObjectMeta: meta}
	for _, name := range names {
		b.Spec.Params = append(b.Spec.Params, v1beta1.Param{Name: name, Value: "$(" + prefix + "." + name + ")"})
	}
	return b
}

// writtenTemplate is a TriggerTemplate that makes a run of an event's parameters.
func writtenTemplate(meta metav1.ObjectMeta, run *v1.PipelineRun, params ...v1beta1.ParamSpec) (kube.Node, error) {
	t := &v1beta1.TriggerTemplate{
		TypeMeta: metav1.TypeMeta{APIVersion: triggersV1beta1, Kind: "TriggerTemplate"}, ObjectMeta: meta,
		Spec: v1beta1.TriggerTemplateSpec{
			Params:            params,
			ResourceTemplates: []v1beta1.TriggerResourceTemplate{{RawExtension: runtime.RawExtension{Raw: raw(run)}}},
		},
	}
	if err := valid(t); err != nil {
		return kube.Node{}, err
	}
	written := kube.FromObject(t)
	written.Set(kube.NewList(kube.FromObject(run)), "spec", "resourcetemplates") // in reading order, without the nulls of its JSON
	return written, nil
}

func newInterceptor(name, ref string, params ...v1beta1.InterceptorParams) *v1beta1.TriggerInterceptor {
	return &v1beta1.TriggerInterceptor{
		Name: &name, Ref: v1beta1.InterceptorRef{Name: ref, Kind: v1beta1.ClusterInterceptorKind}, Params: params,
	}
}

func newParam(name string, value any) v1beta1.InterceptorParams {
	return v1beta1.InterceptorParams{Name: name, Value: apiextensionsv1.JSON{Raw: raw(value)}}
}

// raw is the JSON of a value, with its characters as they are.
func raw(value any) []byte {
	var out jsonText
	enc := json.NewEncoder(&out)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(value); err != nil {
		panic("tekton: " + err.Error()) // texts and lists always encode
	}
	return out
}

type jsonText []byte

func (t *jsonText) Write(p []byte) (int, error) { *t = append(*t, p...); return len(p), nil }

// NeededSecret is a Secret that somebody has to make, and who waits for it or fails without.
type NeededSecret struct{ Namespace, Name, For string }

// NeededSecrets are those of the listeners and of the promoter's runs. Those of teams' runs
// are in NewRun.
func NeededSecrets(p *ir.Platform) (out []NeededSecret) {
	add := func(namespace, name, who string) { out = append(out, NeededSecret{namespace, name, who}) }
	for _, o := range p.Owners {
		add(ir.PromoterNamespace, RequestSecret(o.Name), "requests of "+o.Name)
	}
	add(ir.PromoterNamespace, argoSecret, "events of Argo CD")
	if p.Pipelines.Starts {
		add(ir.PromoterNamespace, startSecret, "runs that the promoter starts")
	}
	for _, run := range PromoterRuns(p) {
		for _, w := range run.Spec.Workspaces {
			if w.Secret.Optional == nil || !*w.Secret.Optional {
				add(run.Namespace, w.Secret.SecretName, "runs of "+run.Spec.PipelineRef.Name)
			}
		}
	}
	if p.Pipelines.Broker != "" {
		add(ir.PromoterNamespace, pactSecret, "releases of services with contracts")
	}
	for _, h := range p.Git {
		if h.Kind != ir.Generic { // its interceptor knows its own
			add(ir.EventsNamespace, hostSecret(h), "events of "+h.Name)
		}
	}
	return out
}
