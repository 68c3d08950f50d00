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

const groundEvents = "events.yaml"

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
