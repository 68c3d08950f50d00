package kustomize

import (
	monitoringv1 "github.com/prometheus-operator/prometheus-operator/pkg/apis/monitoring/v1"
	corev1 "k8s.io/api/core/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/intstr"

	"slipway.dev/compiler/ir"
)

// companions are the objects beside workloads that belong to the service as a whole.
func companions(i *ir.Instance) (out []any) {
	for _, c := range i.Claims {
		out = append(out, newClaim(i, c))
	}
	if len(i.Rights) > 0 {
		out = append(out, newRole(i), newRoleBinding(i))
	}
	return out
}

// newClaim makes a disk that stays when the service goes: what is on it is not in Git.
func newClaim(i *ir.Instance, c ir.Claim) *corev1.PersistentVolumeClaim {
	kept := []ir.Pair{{Name: "argocd.argoproj.io/sync-options", Value: "Prune=false,Delete=false"}}
	if i.AsWritten {
		kept = nil
	}
	claim := &corev1.PersistentVolumeClaim{
		TypeMeta:   typeMeta("v1", "PersistentVolumeClaim"),
		ObjectMeta: meta(i, c.Name, "", kept),
		Spec: corev1.PersistentVolumeClaimSpec{
			AccessModes: accessModes(c.Access),
			Resources:   corev1.VolumeResourceRequirements{Requests: corev1.ResourceList{corev1.ResourceStorage: quantity(c.Size)}},
		},
	}
	if c.Class != "" {
		claim.Spec.StorageClassName = &c.Class
	}
	return claim
}

func newRole(i *ir.Instance) *rbacv1.Role {
	r := &rbacv1.Role{TypeMeta: typeMeta("rbac.authorization.k8s.io/v1", "Role"), ObjectMeta: meta(i, i.Account.Name, "", nil)}
	for _, right := range i.Rights {
		rule := rbacv1.PolicyRule{APIGroups: right.Groups, Resources: right.Resources, ResourceNames: right.Names, Verbs: right.Verbs}
		if len(rule.APIGroups) == 0 {
			rule.APIGroups = []string{""}
		}
		r.Rules = append(r.Rules, rule)
	}
	return r
}

func newRoleBinding(i *ir.Instance) *rbacv1.RoleBinding {
	return &rbacv1.RoleBinding{
		TypeMeta:   typeMeta("rbac.authorization.k8s.io/v1", "RoleBinding"),
		ObjectMeta: meta(i, i.Account.Name, "", nil),
		RoleRef:    rbacv1.RoleRef{APIGroup: rbacv1.GroupName, Kind: "Role", Name: i.Account.Name},
		Subjects:   []rbacv1.Subject{{Kind: rbacv1.ServiceAccountKind, Name: i.Account.Name, Namespace: i.Env.Namespace}},
	}
}

func newPodMonitor(i *ir.Instance, w *ir.Workload) *monitoringv1.PodMonitor {
	e := monitoringv1.PodMetricsEndpoint{Path: w.Metrics.Path, Interval: monitoringv1.Duration(w.Metrics.Every)}
	if p := w.Metrics.Port; p.ByNumber {
		number := intstr.FromInt32(p.Number)
		e.TargetPort = &number
	} else {
		e.Port = &p.Name
	}
	return &monitoringv1.PodMonitor{
		TypeMeta:   typeMeta("monitoring.coreos.com/v1", "PodMonitor"),
		ObjectMeta: meta(i, w.Metrics.Name, w.Process, nil),
		Spec: monitoringv1.PodMonitorSpec{
			Selector:            metav1.LabelSelector{MatchLabels: selector(i, w)},
			PodMetricsEndpoints: []monitoringv1.PodMetricsEndpoint{e},
		},
	}
}
