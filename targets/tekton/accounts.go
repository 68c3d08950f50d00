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
	PullRequest: {tasks.Untrusted, tasks.Reads, tasks.Reports},
	Release:     {tasks.Untrusted, tasks.Reads, tasks.Publishes, tasks.Requests, tasks.Reports},
}

// accounts are the ServiceAccounts of a team's namespaces, one for each trust class, what
// events need there, the fences of pull requests' runs, and the team's right to look. No account has a Secret, which Tekton would
// put into every step of the run, and none mounts its token by itself: where a task asks the
// cluster, its pod does.
func accounts(p *ir.Platform, o ir.Owner) (out []kube.Node) {
	for _, kind := range []Kind{PullRequest, Release} {
		ns := Namespace(o.Name, kind)
		for _, trust := range trusts[kind] {
			out = append(out, kube.FromObject(&corev1.ServiceAccount{
				TypeMeta:                     metav1.TypeMeta{APIVersion: "v1", Kind: "ServiceAccount"},
				ObjectMeta:                   fleetMeta(o, string(trust), ns),
				AutomountServiceAccountToken: new(bool),
			}))
		}
		out = append(out,
			role(o, ns, string(tasks.Reports), rbacv1.PolicyRule{APIGroups: []string{"tekton.dev"}, Resources: []string{"pipelineruns"}, Verbs: []string{"get", "list"}}),
			bindAccount(o, ns, string(tasks.Reports), ns))
		out = append(out, starting(p, o, kind)...)
		if kind == PullRequest {
			out = append(out, fences(p, o)...)
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

// role and bindAccount give one account, which is called like the role, its one duty.
func role(o ir.Owner, ns, name string, rules ...rbacv1.PolicyRule) kube.Node {
	return kube.FromObject(&rbacv1.Role{
		TypeMeta:   metav1.TypeMeta{APIVersion: "rbac.authorization.k8s.io/v1", Kind: "Role"},
		ObjectMeta: fleetMeta(o, name, ns), Rules: rules,
	})
}

func bindAccount(o ir.Owner, ns, name, from string) kube.Node {
	return bindAs(o, ns, name, name, from)
}

// bindAs is bindAccount with a name of its own, where an account of the name is bound already.
func bindAs(o ir.Owner, ns, binding, name, from string) kube.Node {
	return kube.FromObject(&rbacv1.RoleBinding{
		TypeMeta:   metav1.TypeMeta{APIVersion: "rbac.authorization.k8s.io/v1", Kind: "RoleBinding"},
		ObjectMeta: fleetMeta(o, binding, ns),
		RoleRef:    rbacv1.RoleRef{APIGroup: "rbac.authorization.k8s.io", Kind: "Role", Name: name},
		Subjects:   []rbacv1.Subject{{Kind: "ServiceAccount", Name: name, Namespace: from}},
	})
}

func fleetMeta(o ir.Owner, name, ns string) metav1.ObjectMeta {
	return metav1.ObjectMeta{Name: name, Namespace: ns, Labels: map[string]string{
		"app.kubernetes.io/managed-by": "slipway", "slipway.dev/owner": o.Name,
	}}
}
