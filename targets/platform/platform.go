// Package platform is the target for what clusters must have before anything else:
// namespaces with their Pod Security level, and the Tekton settings that pipelines rely on.
//
//	platform/CLUSTER/namespaces.yaml
//	platform/CLUSTER/tekton.yaml       where pipelines run
//	platform/CLUSTER/events.yaml       there too: what the listener for Git hosts may read
//	.gitattributes                     marks everything here as generated
package platform

import (
	"path"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"slipway.dev/compiler/ir"
	"slipway.dev/compiler/plan"
	"slipway.dev/targets/kube"
)

// Target is the platform target.
type Target struct{}

// Name is what --target calls it.
func (Target) Name() string { return "platform" }

// Service emits nothing: a service changes nothing that clusters share.
func (Target) Service(*ir.Platform, *ir.Service) ([]plan.File, error) { return nil, nil }

// Fleet emits every cluster's namespaces and settings.
func (Target) Fleet(p *ir.Platform) ([]plan.File, error) {
	out := []plan.File{{Path: ".gitattributes", Owner: plan.Fleet, Body: []byte("* linguist-generated text eol=lf\n")}}
	for _, c := range p.Clusters {
		if ns := namespaces(p, c); len(ns) > 0 {
			out = append(out, plan.File{Path: path.Join("platform", c.Name, "namespaces.yaml"), Owner: plan.Fleet, Body: kube.Encode(ns...)})
		}
		if c == p.Pipelines.Cluster {
			out = append(out, plan.File{Path: path.Join("platform", c.Name, "tekton.yaml"), Owner: plan.Fleet, Body: kube.Encode(kube.FromObject(featureFlags()))})
			if len(p.Git) > 0 {
				out = append(out, plan.File{Path: path.Join("platform", c.Name, "events.yaml"), Owner: plan.Fleet, Body: kube.Encode(listening()...)})
			}
		}
	}
	return out, nil
}

// namespaces are those of a cluster, sorted by name: its environments', and the pipelines'
// where they run. Argo CD never removes one: with it would go everything in it.
func namespaces(p *ir.Platform, c *ir.Cluster) (out []kube.Node) {
	levels := map[string]string{}
	for _, e := range p.Environments {
		if e.Cluster == c {
			levels[e.Namespace] = e.PodSecurity
		}
	}
	if c == p.Pipelines.Cluster {
		for _, ns := range p.PipelineNamespaces() {
			levels[ns] = "restricted"
		}
	}
	var names []string
	for name := range levels {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		out = append(out, kube.FromObject(&corev1.Namespace{
			TypeMeta: metav1.TypeMeta{APIVersion: "v1", Kind: "Namespace"},
			ObjectMeta: metav1.ObjectMeta{
				Name: name,
				Labels: map[string]string{
					"app.kubernetes.io/managed-by":       "slipway",
					"pod-security.kubernetes.io/enforce": levels[name],
					"pod-security.kubernetes.io/warn":    "restricted",
				},
				Annotations: map[string]string{"argocd.argoproj.io/sync-options": "Delete=false,Prune=false"},
			},
		}))
	}
	return out
}

// featureFlags are the settings of Tekton that the pipelines need; it is applied on top of
// the ConfigMap that Tekton's release has, key by key (server-side apply).
//
//   - set-security-context: Tekton's own containers satisfy Pod Security "restricted".
//   - disable-creds-init: no Secret of an account is copied into every step of a run.
//   - coschedule: one volume for each run, mounted on one node.
//   - enable-api-fields: resolvers are beta fields to Tekton's webhook, which refuses a
//     Pipeline that names one under "stable".
func featureFlags() *corev1.ConfigMap {
	return &corev1.ConfigMap{
		TypeMeta: metav1.TypeMeta{APIVersion: "v1", Kind: "ConfigMap"},
		ObjectMeta: metav1.ObjectMeta{
			Name: "feature-flags", Namespace: "tekton-pipelines",
			Labels:      map[string]string{"app.kubernetes.io/instance": "default", "app.kubernetes.io/part-of": "tekton-pipelines"},
			Annotations: map[string]string{"argocd.argoproj.io/sync-options": strings.Join([]string{"Delete=false", "Prune=false", "ServerSideApply=true"}, ",")},
		},
		Data: map[string]string{
			"coschedule":           "workspaces",
			"disable-creds-init":   "true",
			"set-security-context": "true",
			"enable-api-fields":    "beta",
		},
	}
}

// listening lets the listener read what it works by. Interceptors are the cluster's, and a
// listener for several namespaces watches its kinds in all of them; none of them holds a
// secret. Upstream's own role for this reads every Secret of the cluster besides.
func listening() []kube.Node {
	meta := metav1.ObjectMeta{Name: ir.EventsNamespace, Labels: map[string]string{"app.kubernetes.io/managed-by": "slipway"}}
	return []kube.Node{
		kube.FromObject(&rbacv1.ClusterRole{
			TypeMeta: metav1.TypeMeta{APIVersion: "rbac.authorization.k8s.io/v1", Kind: "ClusterRole"}, ObjectMeta: meta,
			Rules: []rbacv1.PolicyRule{{
				APIGroups: []string{"triggers.tekton.dev"},
				Resources: []string{"clusterinterceptors", "clustertriggerbindings", "eventlisteners", "interceptors", "triggerbindings", "triggers", "triggertemplates"},
				Verbs:     []string{"get", "list", "watch"},
			}},
		}),
		kube.FromObject(&rbacv1.ClusterRoleBinding{
			TypeMeta: metav1.TypeMeta{APIVersion: "rbac.authorization.k8s.io/v1", Kind: "ClusterRoleBinding"}, ObjectMeta: meta,
			RoleRef:  rbacv1.RoleRef{APIGroup: "rbac.authorization.k8s.io", Kind: "ClusterRole", Name: meta.Name},
			Subjects: []rbacv1.Subject{{Kind: "ServiceAccount", Name: ir.ListenerAccount, Namespace: ir.EventsNamespace}},
		}),
	}
}
