package faults

import (
	"errors"
	"strings"
)

// events breaks listeners, triggers, bindings and templates, and the rights that they have.
func events() []row {
	const (
		eventsFile = "pipelines/fleet/events.yaml"
		listener   = eventsFile + "#EventListener git"
		triggers   = "pipelines/shop/triggers.yaml"
		trigger    = triggers + "#Trigger shop-release"
		request    = triggers + "#Trigger shop-pull-request"
		template   = triggers + "#TriggerTemplate shop-release"
		teamFile   = owner
		binding    = teamFile + "#TriggerBinding push"
		reads      = "platform/near/listeners.yaml#ClusterRole slipway-listeners"
		pushed     = "spec.triggerGroups[hub-push-a]."
		proposed   = "spec.triggerGroups[hub-pull-request-a]."
		selects    = "spec.interceptors[select].params[filter].value"
		run        = "spec.resourcetemplates[0]."
		pods       = "spec.resources.kubernetesResource."
		container  = pods + "spec.template.spec.containers[0]."

		checks       = "pipelines/fleet/checks/"
		fleetRequest = checks + "triggers.yaml#Trigger fleet-pull-request"
		fleetPush    = checks + "triggers.yaml#Trigger fleet-push"
		ownRun       = "runs/own-pull-request.yaml"
	)
	said := func(doc, path string, to func(string) string) Edit {
		return edit(doc, path, func(old any, there bool) (any, bool, error) {
			text, ok := old.(string)
			if !ok {
				return nil, false, errors.New("no text")
			}
			return to(text), true, nil
		})
	}
	filter := in
	direct := m{"name": "direct", "bindings": l(m{"ref": "push"}), "template": m{"ref": "shop-release"}}
	return concat([]row{
		{worst, "an event is not verified", drop(listener, pushed+"interceptors[verify]")},
		{worst, "an event is verified without a secret", drop(listener, pushed+"interceptors[verify].params[secretRef]")},
		{worst, "an event's secret has no name", set(listener, pushed+"interceptors[verify].params[secretRef].value.secretName", "")},
		{usual, "an event's secret has no key", drop(listener, pushed+"interceptors[verify].params[secretRef].value.secretKey")},
		{usual, "events of every type are taken", drop(listener, pushed+"interceptors[verify].params[eventTypes]")},
		{usual, "an event is read before it is verified", edit(listener, pushed+"interceptors", func(old any, _ bool) (any, bool, error) {
			list := old.([]any)
			return []any{list[1], list[0]}, true, nil
		})},
		{usual, "events are verified by a program that is not Triggers' own", set(listener, pushed+"interceptors[verify].ref.name", "githubb")},
		{usual, "the same secret is asked twice", set(listener, "spec.triggerGroups[hub-push-b].interceptors[verify].params[secretRef].value.secretKey", "a")},
		{usual, "two hosts have one secret", both(set(listener, "spec.triggerGroups[hub-push-b].interceptors[verify].params[secretRef].value.secretName", "git-lab"), set(listener, "spec.triggerGroups[hub-push-b].interceptors[verify].ref.name", "gitlab"))},
		{worst, "a trigger beside the groups runs unverified", set(listener, "spec.triggers", l(direct))},
		{worst, "a selector beside the groups runs the same triggers unverified", set(listener, "spec.labelSelector", m{"matchLabels": m{"slipway.dev/event": "push"}})},
		{usual, "a selector by namespace runs triggers unverified", set(listener, "spec.namespaceSelector", m{"matchNames": l("ci-store")})},
		{usual, "a listener has no groups", drop(listener, "spec.triggerGroups")},
		{usual, "a group selects no triggers", drop(listener, pushed+"triggerSelector")},
		{usual, "a group selects triggers of all namespaces", set(listener, pushed+"triggerSelector.namespaceSelector.matchNames", l("*"))},
		{usual, "a group forgets a team", set(listener, pushed+"triggerSelector.namespaceSelector.matchNames", l("ci-data"))},
		{usual, "a group has no interceptors", set(listener, pushed+"interceptors", l())},
		{usual, "two groups have one name", set(listener, "spec.triggerGroups[hub-push-b].name", "hub-push-a")},
		{usual, "a listener's field is misspelt", rename(listener, "spec.triggerGroups", "triggerGroup")},
		{usual, "a listener's name is too long for its Service", set(listener, "metadata.name", long(61))},
		{usual, "a listener runs a negative number of pods", set(listener, pods+"replicas", -1)},
		{usual, "a listener runs as two things", set(listener, "spec.resources.customResource", m{"apiVersion": "a/v1", "kind": "B"})},
		{usual, "a listener is of a version that is gone", set(listener, "apiVersion", "triggers.tekton.dev/v1alpha1")},
		{worst, "a listener has one pod", set(listener, pods+"replicas", 1)},
		{usual, "a listener says nothing of its pods", drop(listener, "spec.resources")},
		{usual, "a listener's pods may take everything", drop(listener, container+"resources")},
		{worst, "a listener's pods may run as root", both(set(listener, container+"securityContext.runAsNonRoot", false), drop(listener, pods+"spec.template.spec.securityContext"))},
		{usual, "a listener's container may gain rights", set(listener, container+"securityContext.allowPrivilegeEscalation", true)},
		{usual, "a listener's container has a name", set(listener, container+"name", "sink")},
		{usual, "a listener runs as an account that nobody makes", set(listener, "spec.serviceAccountName", "sink")},
		{usual, "a listener runs as the namespace's own account", drop(listener, "spec.serviceAccountName")},

		{worst, "a push of every repository counts", filter(trigger, selects, "extensions.slipway.repository == ", "extensions.slipway.repository != ")},
		{worst, "a repository whose name ends alike counts", said(trigger, selects, func(v string) string { return between(v, "repository == ", "\n", "repository.endsWith(", ")") })},
		{worst, "a push of every branch counts", filter(trigger, selects, "extensions.slipway.branch == ", "extensions.slipway.branch >= ")},
		{worst, "an event that is none of a kind counts", filter(trigger, selects, "extensions.slipway.event == ", "extensions.slipway.event != ")},
		{usual, "a trigger's filter is nothing", drop(trigger, "spec.interceptors[select].params[filter]")},
		{worst, "a trigger's filter is always true", set(trigger, selects, "true")},
		{worst, "a trigger has no filter", drop(trigger, "spec.interceptors")},
		{usual, "a trigger's filter does not compile", filter(trigger, selects, " == ", " = ")},
		{usual, "a trigger's filter is never true", filter(trigger, selects, "'hub'", "'hup'")},
		{worst, "a change of every folder counts", filter(trigger, selects, "p.startsWith('shop/')", "p.startsWith('')")},
		{usual, "a change of its own folder does not count", filter(trigger, selects, "p.startsWith('shop/')", "p.startsWith('shopp/')")},
		{worst, "a trigger verifies with a secret of the team's namespace", set(trigger, "spec.interceptors", l(m{"ref": m{"name": "github", "kind": "ClusterInterceptor"}, "params": l(m{"name": "secretRef", "value": m{"secretName": "git-hub", "secretKey": "a"}})}))},
		{usual, "a trigger asks a program that nobody knows", set(trigger, "spec.interceptors[select].ref.name", "sel")},
		{worst, "a trigger makes runs as the listener", drop(trigger, "spec.serviceAccountName")},
		{worst, "a trigger makes runs as the account that releases", both(set(trigger, "spec.serviceAccountName", "release"), set(teamFile+"#RoleBinding ci-store/trigger", "subjects[0].name", "release"))},
		{usual, "a trigger makes runs as an account that nobody makes", set(trigger, "spec.serviceAccountName", "starter")},
		{usual, "a trigger is found by no group", set(trigger, "metadata.labels['slipway.dev/git']", "hup")},
		{usual, "a trigger is found as another event", set(trigger, "metadata.labels['slipway.dev/event']", "pull-request")},
		{usual, "a service has no trigger", gone(triggers)},
		{usual, "a trigger has no template", drop(trigger, "spec.template")},
		{usual, "a trigger's template is nothing", set(trigger, "spec.template", m{})},
		{usual, "a trigger's template is not there", set(trigger, "spec.template.ref", "shopp-release")},
		{worst, "a push starts the pipeline of another service", set(trigger, "spec.template.ref", "api-release")},
		{usual, "a trigger's binding is nothing", set(trigger, "spec.bindings[0]", m{})},
		{usual, "a trigger's binding is not there", set(trigger, "spec.bindings[0].ref", "pushed")},
		{usual, "a trigger's binding is of no kind", set(trigger, "spec.bindings[0].kind", "Binding")},
		{usual, "a trigger's field is misspelt", rename(trigger, "spec.bindings", "binding")},
		{usual, "two values of an event have one name", again(binding, "spec.params")},
		{usual, "a binding's field is misspelt", rename(binding, "spec.params", "param")},
		{worst, "a run is for another commit than the event's", set(binding, "spec.params[revision].value", "$(body.before)")},
		{usual, "a run is for the branch", set(binding, "spec.params[revision].value", "$(extensions.slipway.branch)")},

		{worst, "a commit that is no full SHA is taken", filter(listener, pushed+"interceptors[read].params[filter].value", "body.after.matches(", "'"+strings.Repeat("a", 40)+"'.matches(")},
		{worst, "the removal of a branch counts", filter(listener, pushed+"interceptors[read].params[filter].value", "!body.after.matches('^0+$')", "true")},
		{usual, "a tag counts as a branch", in(listener, pushed+"interceptors[read].params[filter].value", "'refs/heads/'", "'refs/'")},
		{worst, "a fork needs no approval", in(listener, proposed+"interceptors[read].params[filter].value", "exists(l, l.name == 'ok-to-test')", "size() >= 0")},
		{worst, "a stranger's pull request counts as one of the house", filter(listener, proposed+"interceptors[read].params[filter].value", "head.repo.full_name == body.repository.full_name\n", "head.repo.full_name != ''\n")},
		{usual, "a draft counts", filter(listener, proposed+"interceptors[read].params[filter].value", "!(has(body.pull_request.draft) && body.pull_request.draft)", "true")},
		{usual, "a closed pull request counts", filter(listener, proposed+"interceptors[read].params[filter].value", "'synchronize'", "'synchronize', 'closed'")},
		{usual, "a pull request is for the branch that it comes from", set(listener, proposed+"interceptors[read].params[overlays].value[3].expression", "body.pull_request.head.ref")},
		{usual, "a word of events does not compile", set(listener, pushed+"interceptors[read].params[overlays].value[3].expression", "body.ref.substring(11")},
		{usual, "a pull request into another branch counts", filter(request, selects, "'main'", "'mian'")},

		{worst, "a trigger's account may start releases of pods", set(teamFile+"#Role ci-store/trigger", "rules[0].resources[0]", "taskruns")},
		{worst, "a trigger's account may change runs", add(teamFile+"#Role ci-store/trigger", "rules[0].verbs", "patch")},
		{worst, "who supersedes may delete runs", add(teamFile+"#Role ci-store-pr/supersede", "rules[0].verbs", "delete")},
		{worst, "who supersedes may read secrets", add(teamFile+"#Role ci-store-pr/supersede", "rules[0].resources", "secrets")},
		{worst, "the tests may cancel runs", set(teamFile+"#RoleBinding ci-store-pr/supersede", "subjects[0].name", "untrusted")},
		{worst, "the tests of a pull request run as who supersedes", set(requestRun, "spec.taskRunSpecs[3].serviceAccountName", "supersede")},
		{usual, "the token of who supersedes is not mounted", drop(requestRun, "spec.taskRunSpecs[5].podTemplate")},
		{worst, "the listener may act as every account of a team", drop(teamFile+"#Role ci-store/listener", "rules[0].resourceNames")},
		{worst, "the listener may act as the account that releases", add(teamFile+"#Role ci-store/listener", "rules[0].resourceNames", "request")},
		{worst, "somebody else may act as a trigger's account", set(teamFile+"#RoleBinding ci-store/listener", "subjects[0].namespace", "ci-store")},
		{worst, "the listener reads secrets of the whole cluster", both(add(reads, "rules[0].resources", "secrets"), set(reads, "rules[0].apiGroups", l("")))},
		{worst, "the listener changes triggers", add(reads, "rules[0].verbs", "update")},
		{worst, "everybody has the listener's rights", set("platform/near/listeners.yaml#ClusterRoleBinding slipway-listeners", "subjects[0]", m{"kind": "Group", "apiGroup": "rbac.authorization.k8s.io", "name": "system:authenticated"})},

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
		{worst, "a template's run tests as the account that releases", set(template, run+"spec.taskRunSpecs[3].serviceAccountName", "request")},
		{worst, "a template's run mounts tokens", set(template, run+"spec.taskRunTemplate.podTemplate.automountServiceAccountToken", true)},
		{usual, "the way to the listener leads nowhere", set(eventsFile+"#Ingress git", "spec.rules[0].http.paths[0].backend.service.name", "el-hub")},
		{usual, "the way to the listener leads to another port", set(eventsFile+"#Ingress git", "spec.rules[0].http.paths[0].backend.service.port.number", 9000)},

		{worst, "every repository's pull requests are checked as the fleet's", set(fleetRequest, selects, "true")},
		{worst, "what is pushed to a service is checked as the fleet", filter(fleetPush, selects, "'platform/fleet'", "'platform/shop'")},
		{usual, "a pull request of the fleet into another branch counts", filter(fleetRequest, selects, "'main'", "'mian'")},
		{usual, "a push to the fleet is found as another event", set(fleetPush, "metadata.labels['slipway.dev/event']", "pull-request")},
		{usual, "nothing starts the fleet's checks", gone(checks + "triggers.yaml")},
		{usual, "a group forgets the fleet", set(listener, pushed+"triggerSelector.namespaceSelector.matchNames", l("ci-data", "ci-store"))},
		{worst, "a pull request of the fleet starts what a push does", set(fleetRequest, "spec.template.ref", "fleet-push")},
		{worst, "who reads a pull request of the fleet holds the credential for its repository", both(
			add(task("check"), "spec.volumes", m{"name": "s", "secret": m{"secretName": "git-read"}}), add(task("check"), "spec.stepTemplate.volumeMounts", m{"name": "s", "mountPath": "/s"}))},
		{worst, "who reads a pull request of the fleet runs as who supersedes", set(ownRun, "spec.taskRunSpecs[1].serviceAccountName", "supersede")},
		{worst, "who reads a pull request of the fleet has a token", drop(ownRun, "spec.taskRunTemplate.podTemplate.automountServiceAccountToken")},
		{worst, "who supersedes checks of the fleet may delete runs", add(checks+"accounts.yaml#Role supersede", "rules[0].verbs", "delete")},
		{worst, "who reads a pull request of the fleet may cancel runs", set(checks+"accounts.yaml#RoleBinding supersede", "subjects[0].name", "reads")},
	})
}

// between replaces what stands around the text from a beginning to an end.
func between(text, begin, end, newBegin, newEnd string) string {
	before, rest, _ := strings.Cut(text, begin)
	middle, after, _ := strings.Cut(rest, end)
	return before + newBegin + middle + newEnd + end + after
}
