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
// events need there, the fences of pull requests' runs, and the team's right to look. No
// account has a Secret, which Tekton would put into every step of the run, and none mounts its
// token by itself: where a task asks the cluster, its pod does.
func accounts(p *ir.Platform, o ir.Owner) (out []kube.Node) {
	for _, kind := range []Kind{PullRequest, Release} {
		ns := Namespace(o.Name, kind)
		for _, trust := range trusts[kind] {
			out = append(out, account(fleetMeta(o, string(trust), ns)))
		}
		if p.Pipelines.Reports != "" {
			out = append(out, account(fleetMeta(o, string(tasks.Keeps), ns)))
		}
		out = append(out, duty(fleetMeta(o, string(tasks.Reports), ns), ns, mayLookAtRuns)...)
		meta := func(name string) metav1.ObjectMeta { return fleetMeta(o, name, ns) }
		out = append(out, starting(meta, len(p.Git) > 0, p.Pipelines.Starts && kind == Release, kind)...)
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

// mayLookAtRuns is what the account report may do, and mayCancelRuns what supersede may.
var (
	mayLookAtRuns = rbacv1.PolicyRule{APIGroups: []string{"tekton.dev"}, Resources: []string{"pipelineruns"}, Verbs: []string{"get", "list"}}
	mayCancelRuns = rbacv1.PolicyRule{APIGroups: []string{"tekton.dev"}, Resources: []string{"pipelineruns"}, Verbs: []string{"get", "list", "patch"}}
)

// account is a ServiceAccount that mounts no token by itself.
func account(meta metav1.ObjectMeta) kube.Node {
	return kube.FromObject(&corev1.ServiceAccount{
		TypeMeta: metav1.TypeMeta{APIVersion: "v1", Kind: "ServiceAccount"}, ObjectMeta: meta, AutomountServiceAccountToken: new(bool),
	})
}

// duty gives one account, which is called like the role and is in the namespace from, the one
// thing that it may do.
func duty(meta metav1.ObjectMeta, from string, rule rbacv1.PolicyRule) []kube.Node {
	return []kube.Node{role(meta, rule), bound(meta, meta.Name, from)}
}

func role(meta metav1.ObjectMeta, rule rbacv1.PolicyRule) kube.Node {
	return kube.FromObject(&rbacv1.Role{
		TypeMeta:   metav1.TypeMeta{APIVersion: "rbac.authorization.k8s.io/v1", Kind: "Role"},
		ObjectMeta: meta, Rules: []rbacv1.PolicyRule{rule},
	})
}

// bound gives the account that is called like a role, in the namespace from, what it allows.
func bound(meta metav1.ObjectMeta, role, from string) kube.Node {
	return kube.FromObject(&rbacv1.RoleBinding{
		TypeMeta:   metav1.TypeMeta{APIVersion: "rbac.authorization.k8s.io/v1", Kind: "RoleBinding"},
		ObjectMeta: meta,
		RoleRef:    rbacv1.RoleRef{APIGroup: "rbac.authorization.k8s.io", Kind: "Role", Name: role},
		Subjects:   []rbacv1.Subject{{Kind: "ServiceAccount", Name: role, Namespace: from}},
	})
}

func fleetMeta(o ir.Owner, name, ns string) metav1.ObjectMeta {
	return metav1.ObjectMeta{Name: name, Namespace: ns, Labels: map[string]string{
		"app.kubernetes.io/managed-by": "slipway", "slipway.dev/owner": o.Name,
	}}
}
