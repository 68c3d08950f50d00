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

const (
	groundEvents = "events.yaml"
	groundCanary = "canary.yaml"
)

// events breaks listeners, triggers, bindings and templates.
func events() []row {
	const (
		file     = "later/" + groundEvents
		listener = file + "#EventListener fleet"
		trigger  = file + "#Trigger shop"
		binding  = file + "#TriggerBinding push"
		template = file + "#TriggerTemplate shop"
		group    = "spec.triggerGroups[source]."
		run      = "spec.resourcetemplates[0]."
	)
	direct := m{"name": "direct", "bindings": l(m{"ref": "push"}), "template": m{"ref": "shop"}}
	return concat([]row{
		{worst, "an event is not verified", drop(listener, group+"interceptors[verify]")},
		{worst, "an event is verified without a secret", drop(listener, group+"interceptors[verify].params[secretRef]")},
		{worst, "an event's secret has no name", set(listener, group+"interceptors[verify].params[secretRef].value.secretName", "")},
		{usual, "an event's secret has no key", drop(listener, group+"interceptors[verify].params[secretRef].value.secretKey")},
		{usual, "events of every type are taken", drop(listener, group+"interceptors[verify].params[eventTypes]")},
		{worst, "events of every repository are taken", drop(listener, group+"interceptors[select]")},
		{usual, "the filter of events is nothing", drop(listener, group+"interceptors[select].params[filter]")},
		{usual, "the filter of events is always true", set(listener, group+"interceptors[select].params[filter].value", "true")},
		{usual, "events are verified by a program that is not Triggers' own", set(listener, group+"interceptors[verify].ref.name", "githubb")},
		{worst, "a trigger beside the groups runs unverified", set(listener, "spec.triggers", l(direct))},
		{worst, "a selector beside the groups runs the same triggers unverified", set(listener, "spec.labelSelector", m{"matchLabels": m{"slipway.dev/source": "store"}})},
		{usual, "a selector by namespace runs triggers unverified", set(listener, "spec.namespaceSelector", m{"matchNames": l("ci-events")})},
		{usual, "a listener has no groups", drop(listener, "spec.triggerGroups")},
		{usual, "a group selects no triggers", drop(listener, group+"triggerSelector")},
		{usual, "a group has no interceptors", set(listener, group+"interceptors", l())},
		{usual, "a listener's field is misspelt", rename(listener, "spec.triggerGroups", "triggerGroup")},
		{usual, "a listener's name is too long for its Service", set(listener, "metadata.name", long(61))},
		{usual, "a listener runs a negative number of pods", set(listener, "spec.resources", m{"kubernetesResource": m{"replicas": -1}})},
		{usual, "a listener runs as two things", set(listener, "spec.resources", m{"kubernetesResource": m{}, "customResource": m{"apiVersion": "a/v1", "kind": "B"}})},
		{usual, "a listener is of a version that is gone", set(listener, "apiVersion", "triggers.tekton.dev/v1alpha1")},
		{usual, "a trigger has no template", drop(trigger, "spec.template")},
		{usual, "a trigger's template is nothing", set(trigger, "spec.template", m{})},
		{usual, "a trigger's binding is nothing", set(trigger, "spec.bindings[0]", m{})},
		{usual, "a trigger's binding is of no kind", set(trigger, "spec.bindings[0].kind", "Binding")},
		{usual, "a trigger's field is misspelt", rename(trigger, "spec.bindings", "binding")},
		{usual, "two values of an event have one name", again(binding, "spec.params")},
		{usual, "a binding's field is misspelt", rename(binding, "spec.params", "param")},
		{worst, "an event becomes part of the run's pipeline", set(template, run+"spec.pipelineRef.name", "shop-$(tt.params.revision)")},
		{worst, "an event becomes a script", both(drop(template, run+"spec.pipelineRef"), set(template, run+"spec.pipelineSpec", m{"tasks": l(m{"name": "a", "taskSpec": m{"steps": l(m{"name": "a", "image": "b", "script": "git checkout $(tt.params.revision)"})}})}))},
		{usual, "an event chooses the namespace", set(template, run+"metadata.namespace", "$(tt.params.revision)")},
		{usual, "an event's value is used that nobody binds", set(template, run+"spec.params[revision].value", "$(tt.params.branch)")},
		{usual, "a template makes nothing", set(template, "spec.resourcetemplates", l())},
		{usual, "a template makes a pod", set(template, "spec.resourcetemplates", l(m{"apiVersion": "v1", "kind": "Pod", "metadata": m{"name": "a"}}))},
		{usual, "a template's run has a name of its own", set(template, run+"metadata.name", "shop-release")},
		{usual, "a template's run has a field that is misspelt", rename(template, run+"spec.timeouts", "timeout")},
		{usual, "a template's run is of no pipeline", drop(template, run+"spec.pipelineRef")},
		{usual, "a template's run has a negative time", set(template, run+"spec.timeouts.pipeline", "-1h")},
		{usual, "a template's run names no kind", drop(template, run+"kind")},
	})
}

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
