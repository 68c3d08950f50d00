package platform

import (
	rbacv1 "k8s.io/api/rbac/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"slipway.dev/compiler/ir"
	"slipway.dev/targets/kube"
)

// listeners lets EventListeners read what they work by. Interceptors are the cluster's, and a
// listener for several namespaces watches its kinds in all of them; none of them holds a
// secret. Upstream's own role for this reads every Secret of the cluster besides. It is all
// that anything of ours may do outside its namespace.
func listeners(p *ir.Platform) []kube.Node {
	accounts := []rbacv1.Subject{{Kind: "ServiceAccount", Name: ir.ListenerAccount, Namespace: ir.PromoterNamespace}}
	if len(p.Git) > 0 {
		accounts = append(accounts, rbacv1.Subject{Kind: "ServiceAccount", Name: ir.ListenerAccount, Namespace: ir.EventsNamespace})
	}
	meta := metav1.ObjectMeta{Name: "slipway-listeners", Labels: map[string]string{"app.kubernetes.io/managed-by": "slipway"}}
	rbac := func(kind string) metav1.TypeMeta {
		return metav1.TypeMeta{APIVersion: "rbac.authorization.k8s.io/v1", Kind: kind}
	}
	return []kube.Node{
		kube.FromObject(&rbacv1.ClusterRole{
			TypeMeta: rbac("ClusterRole"), ObjectMeta: meta,
			Rules: []rbacv1.PolicyRule{{
				APIGroups: []string{"triggers.tekton.dev"},
				Resources: []string{"clusterinterceptors", "clustertriggerbindings", "eventlisteners", "interceptors", "triggerbindings", "triggers", "triggertemplates"},
				Verbs:     []string{"get", "list", "watch"},
			}},
		}),
		kube.FromObject(&rbacv1.ClusterRoleBinding{
			TypeMeta: rbac("ClusterRoleBinding"), ObjectMeta: meta,
			RoleRef:  rbacv1.RoleRef{APIGroup: "rbac.authorization.k8s.io", Kind: "ClusterRole", Name: meta.Name},
			Subjects: accounts,
		}),
	}
}
