package tekton

import (
	corev1 "k8s.io/api/core/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"slipway.dev/catalog/tasks"
	"slipway.dev/compiler/ir"
	"slipway.dev/targets/kube"
)

// trusts are the classes that exist in a namespace of a kind: pull-request runs never
// publish or release, so there is no account there that could be given the means.
var trusts = map[Kind][]tasks.Trust{
	PullRequest: {tasks.Untrusted, tasks.Reads},
	Release:     {tasks.Untrusted, tasks.Reads, tasks.Publishes, tasks.Requests},
}

// accounts are the ServiceAccounts of a team's namespaces, one for each trust class, and
// the team's right to look. No account has any right in the cluster, a token that is
// mounted, or a Secret: Tekton would put it into every step of the run.
func accounts(o ir.Owner) (out []kube.Node) {
	for _, kind := range []Kind{PullRequest, Release} {
		ns := Namespace(o.Name, kind)
		for _, trust := range trusts[kind] {
			out = append(out, kube.FromObject(&corev1.ServiceAccount{
				TypeMeta:                     metav1.TypeMeta{APIVersion: "v1", Kind: "ServiceAccount"},
				ObjectMeta:                   fleetMeta(o, string(trust), ns),
				AutomountServiceAccountToken: new(bool),
			}))
		}
		if o.Group == "" {
			continue
		}
		out = append(out, kube.FromObject(&rbacv1.Role{
			TypeMeta:   metav1.TypeMeta{APIVersion: "rbac.authorization.k8s.io/v1", Kind: "Role"},
			ObjectMeta: fleetMeta(o, "look", ns),
			Rules: []rbacv1.PolicyRule{
				{APIGroups: []string{"tekton.dev"}, Resources: []string{"pipelines", "pipelineruns", "taskruns"}, Verbs: []string{"get", "list", "watch"}},
				{APIGroups: []string{""}, Resources: []string{"pods", "pods/log", "events"}, Verbs: []string{"get", "list", "watch"}},
			},
		}), kube.FromObject(&rbacv1.RoleBinding{
			TypeMeta:   metav1.TypeMeta{APIVersion: "rbac.authorization.k8s.io/v1", Kind: "RoleBinding"},
			ObjectMeta: fleetMeta(o, "look", ns),
			RoleRef:    rbacv1.RoleRef{APIGroup: "rbac.authorization.k8s.io", Kind: "Role", Name: "look"},
			Subjects:   []rbacv1.Subject{{APIGroup: "rbac.authorization.k8s.io", Kind: "Group", Name: o.Group}},
		}))
	}
	return out
}

func fleetMeta(o ir.Owner, name, ns string) metav1.ObjectMeta {
	return metav1.ObjectMeta{Name: name, Namespace: ns, Labels: map[string]string{
		"app.kubernetes.io/managed-by": "slipway", "slipway.dev/owner": o.Name,
	}}
}
