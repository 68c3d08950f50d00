package tekton

import (
	"bytes"
	"encoding/json"

	corev1 "k8s.io/api/core/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	duckv1 "knative.dev/pkg/apis/duck/v1"

	triggers "github.com/tektoncd/triggers/pkg/apis/triggers/v1beta1"
)

// What every EventListener needs, whoever sends the events.

// interceptor is one of those that Triggers brings, with its parameters in order.
func interceptor(name string, params ...triggers.InterceptorParams) *triggers.TriggerInterceptor {
	return &triggers.TriggerInterceptor{Ref: triggers.InterceptorRef{Name: name, Kind: triggers.ClusterInterceptorKind}, Params: params}
}

func interceptorParam(name string, value any) triggers.InterceptorParams {
	raw, err := json.Marshal(value)
	if err != nil {
		panic("tekton: " + err.Error()) // strings, lists and SecretRefs
	}
	return triggers.InterceptorParams{Name: name, Value: apiextensionsv1.JSON{Raw: raw}}
}

// filter lets those events pass of which a CEL expression is true.
func filter(expression string) *triggers.TriggerInterceptor {
	return interceptor("cel", interceptorParam("filter", expression))
}

// listenerPods are the pods of an EventListener: two of them, so that one may be moved, and
// restricted, which the controller of Triggers sees to where it is told to.
func listenerPods(account string) triggers.Resources {
	two := int32(2)
	return triggers.Resources{KubernetesResource: &triggers.KubernetesResource{
		Replicas: &two,
		WithPodSpec: duckv1.WithPodSpec{Template: duckv1.PodSpecable{Spec: corev1.PodSpec{
			ServiceAccountName: account,
			Containers: []corev1.Container{{Resources: corev1.ResourceRequirements{
				Requests: corev1.ResourceList{corev1.ResourceCPU: resource.MustParse("50m"), corev1.ResourceMemory: resource.MustParse("64Mi")},
				Limits:   corev1.ResourceList{corev1.ResourceMemory: resource.MustParse("256Mi")},
			}}},
		}}},
	}}
}

// listenerRights are what an EventListener needs in its namespace, beside who it may be:
// to see what it is made of. Runs are made by the account of each Trigger.
var listenerRights = []rbacv1.PolicyRule{
	{APIGroups: []string{"triggers.tekton.dev"}, Resources: []string{"eventlisteners", "interceptors", "triggerbindings", "triggertemplates", "triggers"}, Verbs: []string{"get", "list", "watch"}},
	{APIGroups: []string{""}, Resources: []string{"configmaps"}, Verbs: []string{"get", "list", "watch"}},
}

// template is a TriggerTemplate that makes one object of an event's parameters.
func template(meta metav1.ObjectMeta, object runtime.Object, params ...triggers.ParamSpec) *triggers.TriggerTemplate {
	raw, err := json.Marshal(object)
	if err != nil {
		panic("tekton: " + err.Error()) // a typed object always encodes
	}
	// What only a cluster says of an object.
	raw = bytes.ReplaceAll(bytes.TrimSuffix(raw, []byte(`,"status":{}}`)), []byte(`"creationTimestamp":null,`), nil)
	raw = append(raw, '}')
	return &triggers.TriggerTemplate{
		TypeMeta:   metav1.TypeMeta{APIVersion: "triggers.tekton.dev/v1beta1", Kind: "TriggerTemplate"},
		ObjectMeta: meta,
		Spec: triggers.TriggerTemplateSpec{
			Params:            params,
			ResourceTemplates: []triggers.TriggerResourceTemplate{{RawExtension: runtime.RawExtension{Raw: raw}}},
		},
	}
}

// binding takes parameters from an event's body, field by field.
func binding(meta metav1.ObjectMeta, fields ...string) *triggers.TriggerBinding {
	b := &triggers.TriggerBinding{TypeMeta: metav1.TypeMeta{APIVersion: "triggers.tekton.dev/v1beta1", Kind: "TriggerBinding"}, ObjectMeta: meta}
	for _, f := range fields {
		b.Spec.Params = append(b.Spec.Params, triggers.Param{Name: f, Value: "$(body." + f + ")"})
	}
	return b
}
