package api

import (
	"reflect"
	"slices"
	"strings"

	rolloutsv1alpha1 "github.com/argoproj/argo-rollouts/pkg/apis/rollouts/v1alpha1"
	monitoringv1 "github.com/prometheus-operator/prometheus-operator/pkg/apis/monitoring/v1"
	appsv1 "k8s.io/api/apps/v1"
	autoscalingv1 "k8s.io/api/autoscaling/v1"
	autoscalingv2 "k8s.io/api/autoscaling/v2"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	policyv1 "k8s.io/api/policy/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	gatewayv1 "sigs.k8s.io/gateway-api/apis/v1"
)

// Kind is what is known of a kind of object.
type Kind struct {
	APIVersion, Name string
	Type             reflect.Type // nil: known by name only
	Cluster          bool         // belongs to the whole cluster, not to a namespace
	Pods             []string     // where its pod template lies; nil for none
}

func kind[T any](apiVersion, name string, pods ...string) Kind {
	return Kind{APIVersion: apiVersion, Name: name, Type: reflect.TypeFor[T](), Pods: pods}
}

// Kinds are those that a manifest may be of and that are decoded strictly.
var Kinds = []Kind{
	kind[corev1.ConfigMap]("v1", "ConfigMap"),
	kind[corev1.PersistentVolumeClaim]("v1", "PersistentVolumeClaim"),
	kind[corev1.Pod]("v1", "Pod", ""),
	kind[corev1.Secret]("v1", "Secret"),
	kind[corev1.Service]("v1", "Service"),
	kind[corev1.ServiceAccount]("v1", "ServiceAccount"),
	kind[appsv1.DaemonSet]("apps/v1", "DaemonSet", "spec", "template"),
	kind[appsv1.Deployment]("apps/v1", "Deployment", "spec", "template"),
	kind[appsv1.StatefulSet]("apps/v1", "StatefulSet", "spec", "template"),
	kind[rolloutsv1alpha1.AnalysisTemplate]("argoproj.io/v1alpha1", "AnalysisTemplate"),
	kind[rolloutsv1alpha1.Rollout]("argoproj.io/v1alpha1", "Rollout", "spec", "template"),
	kind[autoscalingv1.HorizontalPodAutoscaler]("autoscaling/v1", "HorizontalPodAutoscaler"),
	kind[autoscalingv2.HorizontalPodAutoscaler]("autoscaling/v2", "HorizontalPodAutoscaler"),
	kind[batchv1.CronJob]("batch/v1", "CronJob", "spec", "jobTemplate", "spec", "template"),
	kind[batchv1.Job]("batch/v1", "Job", "spec", "template"),
	{APIVersion: "external-secrets.io/v1", Name: "ExternalSecret"},
	{APIVersion: "external-secrets.io/v1beta1", Name: "ExternalSecret"},
	kind[gatewayv1.GRPCRoute]("gateway.networking.k8s.io/v1", "GRPCRoute"),
	kind[gatewayv1.HTTPRoute]("gateway.networking.k8s.io/v1", "HTTPRoute"),
	{APIVersion: "keda.sh/v1alpha1", Name: "ScaledObject"},
	kind[monitoringv1.PodMonitor]("monitoring.coreos.com/v1", "PodMonitor"),
	kind[monitoringv1.PrometheusRule]("monitoring.coreos.com/v1", "PrometheusRule"),
	kind[monitoringv1.ServiceMonitor]("monitoring.coreos.com/v1", "ServiceMonitor"),
	kind[networkingv1.Ingress]("networking.k8s.io/v1", "Ingress"),
	kind[networkingv1.NetworkPolicy]("networking.k8s.io/v1", "NetworkPolicy"),
	kind[policyv1.PodDisruptionBudget]("policy/v1", "PodDisruptionBudget"),
	kind[rbacv1.Role]("rbac.authorization.k8s.io/v1", "Role"),
	kind[rbacv1.RoleBinding]("rbac.authorization.k8s.io/v1", "RoleBinding"),
}

// Lookup returns the kind of that name, in any version of its API where apiVersion is empty.
func Lookup(apiVersion, name string) (Kind, bool) {
	i := slices.IndexFunc(Kinds, func(k Kind) bool {
		return k.Name == name && (apiVersion == "" || k.APIVersion == apiVersion)
	})
	if i < 0 {
		return Kind{}, false
	}
	return Kinds[i], true
}

// Forbidden says why a service may not make objects of a kind, and "" where it may: kinds
// of a whole cluster, kinds that others guard their namespaces with, and kinds that make
// others do something.
func Forbidden(group, name string) string {
	switch {
	case slices.Contains(clusterKinds, group+"/"+name):
		return "belongs to the whole cluster"
	case group == "argoproj.io" && (name == "Application" || name == "AppProject" || name == "ApplicationSet"):
		return "decides what Argo CD deploys"
	case group == "tekton.dev" || group == "triggers.tekton.dev":
		return "is a pipeline's, and pipelines follow from the spec"
	case group == "" && (name == "ResourceQuota" || name == "LimitRange"):
		return "guards the namespace that services share"
	}
	return ""
}

// Guarded reports of a kind that services may have only where the platform permits it by
// name: it gives rights, or holds what no repository should.
func Guarded(group, name string) bool {
	return group == "" && name == "Secret" || group == "rbac.authorization.k8s.io" && (name == "Role" || name == "RoleBinding")
}

// GroupKind is a kind as platform.cue names it, GROUP/KIND. Kubernetes' own group without a
// name is called core there.
func GroupKind(group, name string) string {
	if group == "" {
		group = "core"
	}
	return group + "/" + name
}

// clusterKinds are kinds of a whole cluster, by GROUP/KIND.
var clusterKinds = []string{
	"/Namespace", "/Node", "/PersistentVolume",
	"admissionregistration.k8s.io/MutatingWebhookConfiguration", "admissionregistration.k8s.io/ValidatingAdmissionPolicy",
	"admissionregistration.k8s.io/ValidatingAdmissionPolicyBinding", "admissionregistration.k8s.io/ValidatingWebhookConfiguration",
	"apiextensions.k8s.io/CustomResourceDefinition", "apiregistration.k8s.io/APIService", "argoproj.io/ClusterAnalysisTemplate",
	"certificates.k8s.io/CertificateSigningRequest", "flowcontrol.apiserver.k8s.io/FlowSchema",
	"flowcontrol.apiserver.k8s.io/PriorityLevelConfiguration", "gateway.networking.k8s.io/GatewayClass",
	"networking.k8s.io/IngressClass", "node.k8s.io/RuntimeClass",
	"rbac.authorization.k8s.io/ClusterRole", "rbac.authorization.k8s.io/ClusterRoleBinding",
	"scheduling.k8s.io/PriorityClass", "storage.k8s.io/CSIDriver", "storage.k8s.io/CSINode", "storage.k8s.io/StorageClass",
	"external-secrets.io/ClusterSecretStore", "external-secrets.io/ClusterExternalSecret", "cert-manager.io/ClusterIssuer",
	"kyverno.io/ClusterPolicy",
}

// Removed says which version replaces one that Kubernetes no longer serves; "" where it still
// does. https://kubernetes.io/docs/reference/using-api/deprecation-guide/
func Removed(apiVersion, name string) string {
	group, version, _ := strings.Cut(apiVersion, "/")
	switch {
	case group == "extensions" && (name == "Ingress" || name == "NetworkPolicy"):
		return "networking.k8s.io/v1"
	case group == "extensions":
		return "apps/v1"
	case group == "apps" && (version == "v1beta1" || version == "v1beta2"):
		return "apps/v1"
	case group == "batch" && (version == "v1beta1" || version == "v2alpha1"):
		return "batch/v1"
	case group == "autoscaling" && (version == "v2beta1" || version == "v2beta2"):
		return "autoscaling/v2"
	case group == "policy" && version == "v1beta1":
		return "policy/v1"
	case group == "networking.k8s.io" && version == "v1beta1" && name == "Ingress":
		return "networking.k8s.io/v1"
	case group == "rbac.authorization.k8s.io" && version != "v1":
		return "rbac.authorization.k8s.io/v1"
	case group == "discovery.k8s.io" && version == "v1beta1":
		return "discovery.k8s.io/v1"
	}
	return ""
}
