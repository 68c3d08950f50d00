package argocd

import (
	"fmt"

	argo "github.com/argoproj/argo-cd/v2/pkg/apis/application/v1alpha1"

	"slipway.dev/compiler/ir"
)

// newIgnoreDifferences are what Argo Rollouts changes in a mesh while a canary runs: healing would
// take every step of it back. What it adds to Services and Ingresses, Argo CD does not miss.
// https://argo-rollouts.readthedocs.io/en/stable/features/traffic-management/istio/#integrating-with-gitops
func newIgnoreDifferences(i *ir.Instance) (out argo.IgnoreDifferences) {
	add := func(kind, name string, fields ...string) {
		if name != "" {
			out = append(out, argo.ResourceIgnoreDifferences{Group: "networking.istio.io", Kind: kind, Name: name, JQPathExpressions: fields})
		}
	}
	for _, w := range i.Workloads {
		if w.Kind != ir.Rollout {
			continue
		}
		routing := w.Own.Spec.Get("strategy", "canary", "trafficRouting")
		var routes []string
		for _, r := range routing.Get("managedRoutes").Items { // they come and go
			routes = append(routes, fmt.Sprintf(".spec.http[]? | select(.name == %q)", r.Get("name").Text))
		}
		for _, protocol := range []string{"http", "tls", "tcp"} {
			routes = append(routes, ".spec."+protocol+"[]?.route[]?.weight")
		}
		istio := routing.Get("istio")
		for _, v := range append([]ir.Tree{istio.Get("virtualService")}, istio.Get("virtualServices").Items...) {
			add("VirtualService", v.Get("name").Text, routes...)
		}
		add("DestinationRule", istio.Get("destinationRule", "name").Text, `.spec.subsets[]?.labels."rollouts-pod-template-hash"`)
	}
	return out
}
