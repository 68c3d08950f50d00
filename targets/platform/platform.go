// Package platform is the target for what clusters must have before anything else:
// namespaces with their Pod Security level, and the Tekton settings that pipelines rely on.
//
//	platform/CLUSTER/namespaces.yaml
//	platform/CLUSTER/tekton.yaml       where pipelines run
//	platform/CLUSTER/pruner.yaml       where pipelines run: how long runs stay
//	platform/CLUSTER/listeners.yaml    where pipelines run: what EventListeners may see
//	.gitattributes                     marks everything here as generated
package platform

import (
	"path"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
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
			out = append(out, plan.File{Path: path.Join("platform", c.Name, "listeners.yaml"), Owner: plan.Fleet, Body: kube.Encode(listeners(p)...)})
			out = append(out, plan.File{Path: path.Join("platform", c.Name, "pruner.yaml"), Owner: plan.Fleet, Body: kube.Encode(kube.FromObject(retention(p)))})
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
