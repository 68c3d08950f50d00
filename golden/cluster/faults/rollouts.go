package faults

// rollouts breaks Rollouts and AnalysisTemplates, and what goes with them.
func rollouts() []row {
	const (
		rollout       = "services/front/overlays/prod/base/rollout.yaml"
		admin         = "services/front/overlays/prod/base/rollout-admin.yaml"
		adminScaler   = "services/front/overlays/prod/base/horizontalpodautoscaler-admin.yaml"
		canaryService = "services/front/overlays/prod/base/service-canary.yaml"
		analysis      = "services/front/overlays/prod/base/analysistemplate-errors.yaml"
		canary        = "spec.strategy.canary."
		blueGreen     = "spec.strategy.blueGreen."
		job           = "spec.metrics[smoke].provider.job.spec.template.spec."
	)
	return []row{
		{worst, "a canary is privileged", both(set(rollout, pod+"containers[front].securityContext.privileged", true), set(rollout, pod+"containers[front].securityContext.allowPrivilegeEscalation", true))},
		{worst, "a canary shares the node's network", set(rollout, pod+"hostNetwork", true)},
		{usual, "a canary may run as root", drop(rollout, pod+"securityContext.runAsNonRoot")},
		{usual, "an analysis runs a privileged job", both(set(analysis, job+"containers[smoke].securityContext.privileged", true), set(analysis, job+"containers[smoke].securityContext.allowPrivilegeEscalation", true))},
		{usual, "an analysis mounts the node's root", set(analysis, job+"volumes", l(m{"name": "node", "hostPath": m{"path": "/"}}))},
		{usual, "a Rollout has no strategy", drop(rollout, "spec.strategy")},
		{usual, "a Rollout has two strategies", set(rollout, "spec.strategy.blueGreen", m{"activeService": "front"})},
		{usual, "a Rollout has no selector", drop(rollout, "spec.selector")},
		{worst, "a Rollout's selector does not match its pods", set(rollout, "spec.selector.matchLabels['app.kubernetes.io/name']", "frontt")},
		{usual, "a Rollout has neither template nor workload", drop(rollout, "spec.template")},
		{usual, "a Rollout may neither add nor remove a pod", set(rollout, canary+"maxSurge", 0)},
		{usual, "a canary's weight is above all", set(rollout, canary+"steps[0].setWeight", 125)},
		{usual, "a canary's step is two things", set(rollout, canary+"steps[0].pause", m{})},
		{usual, "a canary's step is nothing", set(rollout, canary+"steps[0]", m{})},
		{usual, "a canary's pause is no time", set(rollout, canary+"steps[1].pause.duration", "ten minutes")},
		{usual, "a canary's pause is negative", set(rollout, canary+"steps[1].pause.duration", -5)},
		{worst, "a canary and the stable pods have one Service", set(rollout, canary+"canaryService", "front")},
		{worst, "a canary's Service is not there", set(rollout, canary+"canaryService", "front-canari")},
		{usual, "a canary's Service selects other pods", set(canaryService, "spec.selector['app.kubernetes.io/name']", "frontt")},
		{worst, "a canary's analysis is not there", set(rollout, canary+"steps[2].analysis.templates[0].templateName", "error")},
		{usual, "an analysis lacks an argument", drop(rollout, canary+"steps[2].analysis.args")},
		{usual, "an analysis has no metrics", set(analysis, "spec.metrics", l())},
		{usual, "two metrics have one name", set(analysis, "spec.metrics[smoke].name", "errors")},
		{usual, "a metric has no provider", drop(analysis, "spec.metrics[errors].provider")},
		{usual, "a metric fails less often than it is asked", set(analysis, "spec.metrics[errors].failureLimit", 9)},
		{usual, "a metric is asked without a pause", drop(analysis, "spec.metrics[errors].interval")},
		{usual, "a metric's pause is no time", set(analysis, "spec.metrics[errors].interval", "a minute")},
		{usual, "a Rollout's field is misspelt", rename(rollout, canary+"steps", "step")},
		{usual, "a Rollout's container has a field that is misspelt", rename(rollout, pod+"containers[front].resources", "resource")},
		{usual, "a Rollout's replicas are a text", set(rollout, "spec.replicas", "four")},
		{usual, "a canary of traffic has no Services", both(set(rollout, canary+"trafficRouting", m{"nginx": m{"stableIngress": "front"}}), drop(rollout, canary+"canaryService"))},
		{usual, "a canary of traffic steers an Ingress that is not there", set(rollout, canary+"trafficRouting", m{"nginx": m{"stableIngress": "front"}})},
		{worst, "a blue-green Rollout's Service is not there", set(admin, blueGreen+"activeService", "front-admim")},
		{worst, "a blue-green Rollout's Services are one", set(admin, blueGreen+"previewService", "front-admin")},
		{usual, "a blue-green Rollout has no Service", drop(admin, blueGreen+"activeService")},
		{usual, "a Rollout's autoscaler scales a Deployment", both(set(adminScaler, "spec.scaleTargetRef.kind", "Deployment"), set(adminScaler, "spec.scaleTargetRef.apiVersion", "apps/v1"))},
		{usual, "a Rollout's autoscaler names no version of it", set(adminScaler, "spec.scaleTargetRef.apiVersion", "apps/v1")},
		{usual, "a Rollout's budget guards other pods", set("services/front/overlays/prod/base/poddisruptionbudget-admin.yaml", "spec.selector.matchLabels['app.kubernetes.io/component']", "admim")},
	}
}
