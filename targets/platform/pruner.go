package platform

import (
	"fmt"
	"strings"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"slipway.dev/compiler/ir"
)

// retention is how long runs stay when tektoncd/pruner is installed; without it nothing reads
// this. A run of a team or of the fleet keeps its volume as long as it stays, so these go soon; the
// promoter's have none, and are what people look for. Limits are for each pipeline. Logs and
// results that must live longer belong into Tekton Results.
//
// The format is that of https://tekton.dev/docs/pruner/namespace-configuration.
func retention(p *ir.Platform) *corev1.ConfigMap {
	const day = 24 * 60 * 60
	var b strings.Builder
	b.WriteString("enforcedConfigLevel: namespace\nhistoryLimit: 100\nnamespaces:\n")
	keep := func(namespace string, seconds, succeeded, failed int) {
		fmt.Fprintf(&b, "  %s:\n    ttlSecondsAfterFinished: %d\n    successfulHistoryLimit: %d\n    failedHistoryLimit: %d\n", namespace, seconds, succeeded, failed)
	}
	for _, o := range p.Owners {
		keep(ir.PipelineNamespace(o.Name, false), 3*day, 5, 10)
		keep(ir.PipelineNamespace(o.Name, true), day, 3, 5)
	}
	keep(ir.PromoterNamespace, 14*day, 100, 100)
	keep(ir.FleetNamespace, day, 5, 10)
	return &corev1.ConfigMap{
		TypeMeta: metav1.TypeMeta{APIVersion: "v1", Kind: "ConfigMap"},
		ObjectMeta: metav1.ObjectMeta{
			Name: "tekton-pruner-default-spec", Namespace: "tekton-pipelines",
			Labels:      map[string]string{"app.kubernetes.io/part-of": "tekton-pruner", "pruner.tekton.dev/config-type": "global"},
			Annotations: map[string]string{"argocd.argoproj.io/sync-options": "Delete=false,Prune=false,ServerSideApply=true"},
		},
		Data: map[string]string{"global-config": b.String()},
	}
}
