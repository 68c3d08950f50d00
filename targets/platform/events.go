package platform

import (
	rbacv1 "k8s.io/api/rbac/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"slipway.dev/compiler/ir"
	"slipway.dev/targets/kube"
)

// listeners lets EventListeners see the interceptors that Tekton Triggers brings, which are
// objects of the whole cluster. It is all that anything of ours may do outside its
// namespace.
func listeners(accounts ...rbacv1.Subject) []kube.Node {
	meta := metav1.ObjectMeta{Name: "slipway-listeners", Labels: map[string]string{"app.kubernetes.io/managed-by": "slipway"}}
	rbac := func(kind string) metav1.TypeMeta {
		return metav1.TypeMeta{APIVersion: "rbac.authorization.k8s.io/v1", Kind: kind}
	}
	return []kube.Node{
		kube.FromObject(&rbacv1.ClusterRole{
			TypeMeta: rbac("ClusterRole"), ObjectMeta: meta,
			Rules: []rbacv1.PolicyRule{{
				APIGroups: []string{"triggers.tekton.dev"}, Resources: []string{"clusterinterceptors", "clustertriggerbindings"}, Verbs: []string{"get", "list", "watch"},
			}},
		}),
		kube.FromObject(&rbacv1.ClusterRoleBinding{
			TypeMeta: rbac("ClusterRoleBinding"), ObjectMeta: meta,
			RoleRef:  rbacv1.RoleRef{APIGroup: "rbac.authorization.k8s.io", Kind: "ClusterRole", Name: meta.Name},
			Subjects: accounts,
		}),
	}
}

// promoterListener is the account of the promoter's EventListener.
var promoterListener = rbacv1.Subject{Kind: "ServiceAccount", Name: "listener", Namespace: ir.PromoterNamespace}
