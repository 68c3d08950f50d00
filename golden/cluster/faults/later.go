package faults

import (
	"embed"
	"io/fs"
	"path"
)

// Kinds that Slipway does not emit yet have judges already. They are shown to be alive on
// files that somebody wrote (testdata/later), each a ground of its own: what judges of
// whole trees say of such a file is there without any fault, and counts for nothing.

//go:embed testdata/later
var later embed.FS

// Later are the trees of kinds that are not emitted yet, by ground.
func Later() (map[string]map[string][]byte, error) {
	grounds := map[string]map[string][]byte{}
	entries, err := fs.ReadDir(later, "testdata/later")
	if err != nil {
		return nil, err
	}
	for _, e := range entries {
		content, err := later.ReadFile(path.Join("testdata/later", e.Name()))
		if err != nil {
			return nil, err
		}
		grounds[e.Name()] = map[string][]byte{"later/" + e.Name(): content}
	}
	return grounds, nil
}

const groundCanary = "canary.yaml"

// canaries breaks Rollouts and AnalysisTemplates.
func canaries() []row {
	const (
		file     = "later/" + groundCanary
		rollout  = file + "#Rollout shop"
		analysis = file + "#AnalysisTemplate errors"
		canary   = "spec.strategy.canary."
		pod      = "spec.template.spec."
		job      = "spec.metrics[smoke].provider.job.spec.template.spec."
	)
	return concat([]row{
		{worst, "a canary is privileged", both(set(rollout, pod+"containers[shop].securityContext.privileged", true), set(rollout, pod+"containers[shop].securityContext.allowPrivilegeEscalation", true))},
		{worst, "a canary shares the node's network", set(rollout, pod+"hostNetwork", true)},
		{usual, "a canary may run as root", drop(rollout, pod+"securityContext.runAsNonRoot")},
		{usual, "an analysis runs a privileged job", both(set(analysis, job+"containers[smoke].securityContext.privileged", true), set(analysis, job+"containers[smoke].securityContext.allowPrivilegeEscalation", true))},
		{usual, "an analysis mounts the node's root", set(analysis, job+"volumes", l(m{"name": "node", "hostPath": m{"path": "/"}}))},
		{usual, "a Rollout has no strategy", drop(rollout, "spec.strategy")},
		{usual, "a Rollout has two strategies", set(rollout, "spec.strategy.blueGreen", m{"activeService": "shop"})},
		{usual, "a Rollout has no selector", drop(rollout, "spec.selector")},
		{worst, "a Rollout's selector does not match its pods", set(rollout, "spec.selector.matchLabels['app.kubernetes.io/name']", "shopp")},
		{usual, "a Rollout has neither template nor workload", drop(rollout, "spec.template")},
		{usual, "a Rollout may neither add nor remove a pod", set(rollout, canary+"maxSurge", 0)},
		{usual, "a canary's weight is above all", set(rollout, canary+"steps[0].setWeight", 125)},
		{usual, "a canary's step is two things", set(rollout, canary+"steps[0].pause", m{})},
		{usual, "a canary's step is nothing", set(rollout, canary+"steps[0]", m{})},
		{usual, "a canary's pause is no time", set(rollout, canary+"steps[1].pause.duration", "ten minutes")},
		{usual, "a canary's pause is negative", set(rollout, canary+"steps[1].pause.duration", -5)},
		{worst, "a canary and the stable pods have one Service", set(rollout, canary+"canaryService", "shop")},
		{worst, "a canary's Service is not there", set(rollout, canary+"canaryService", "shop-canari")},
		{usual, "a canary's Service selects other pods", set(file+"#Service shop-canary", "spec.selector['app.kubernetes.io/name']", "shopp")},
		{worst, "a canary's analysis is not there", set(rollout, canary+"steps[2].analysis.templates[0].templateName", "error")},
		{usual, "an analysis lacks an argument", drop(rollout, canary+"steps[2].analysis.args")},
		{usual, "an analysis has no metrics", set(analysis, "spec.metrics", l())},
		{usual, "two metrics have one name", set(analysis, "spec.metrics[smoke].name", "errors")},
		{usual, "a metric has no provider", drop(analysis, "spec.metrics[errors].provider")},
		{usual, "a metric fails less often than it is asked", set(analysis, "spec.metrics[errors].failureLimit", 9)},
		{usual, "a metric is asked without a pause", drop(analysis, "spec.metrics[errors].interval")},
		{usual, "a metric's pause is no time", set(analysis, "spec.metrics[errors].interval", "a minute")},
		{usual, "a Rollout's field is misspelt", rename(rollout, canary+"steps", "step")},
		{usual, "a Rollout's container has a field that is misspelt", rename(rollout, pod+"containers[shop].resources", "resource")},
		{usual, "a Rollout's replicas are a text", set(rollout, "spec.replicas", "four")},
		{usual, "a canary of traffic has no Services", both(set(rollout, canary+"trafficRouting", m{"nginx": m{"stableIngress": "shop"}}), drop(rollout, canary+"canaryService"))},
		{usual, "a canary of traffic steers an Ingress that is not there", set(rollout, canary+"trafficRouting", m{"nginx": m{"stableIngress": "shop"}})},
	})
}
