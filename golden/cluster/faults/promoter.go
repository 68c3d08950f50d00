package faults

// promoter breaks what alone writes the fleet.
func promoter() []row {
	const (
		folder   = "pipelines/fleet/promoter/"
		listener = folder + "listener.yaml"
		accounts = folder + "accounts.yaml"
		template = folder + "promote.yaml#TriggerTemplate promote"
		promote  = folder + "promote.yaml#Pipeline promote"
		cron     = folder + "settle.yaml#CronJob settle"
		request  = "pipelines/shop/request.yaml"
		observer = "argocd/clusters/near/settling.yaml"
		cluster  = "platform/near/listeners.yaml"
		run      = "runs/promoter-promote.yaml"
		group    = "spec.triggerGroups[owner-store]."
		argo     = "spec.triggerGroups[argocd]."
		own      = "spec.triggerGroups[promoter]."
		verify   = "pipelines/shop/verify.yaml#Pipeline shop-verify"
		starts   = "pipelines/shop/verify.yaml#Trigger shop-verify"
		started  = "pipelines/shop/verify.yaml#TriggerTemplate shop-verify"
		verdict  = "pipelines/shop/verify.yaml#Trigger verdict-shop"
		selects  = "spec.interceptors[select].params[filter].value"
		verified = "runs/shop-verify.yaml"
		pod      = "spec.jobTemplate.spec.template.spec."
	)
	return []row{
		{worst, "requests are not verified", drop(listener, group+"interceptors[0]")},
		{worst, "requests are verified by no key", drop(listener, group+"interceptors[0].params[secretRef]")},
		{worst, "a key lets all teams' requests pass", drop(listener, group+"interceptors[1]")},
		{worst, "what Argo CD tells is not verified", drop(listener, argo+"interceptors[0]")},
		{usual, "what Argo CD tells is of any type", drop(listener, argo+"interceptors[0].params[eventTypes]")},
		{worst, "requests reach their Triggers beside the groups", set(listener, "spec.labelSelector", m{"matchLabels": m{"app.kubernetes.io/part-of": "promoter"}})},
		{worst, "anybody may start runs", drop(listener, own+"interceptors[verify]")},
		{worst, "runs are started by no key", drop(listener, own+"interceptors[verify].params[secretRef]")},
		{worst, "a team's key starts runs", set(listener, own+"interceptors[verify].params[secretRef].value.secretName", "request-key-store")},
		{usual, "what starts runs is of any type", drop(listener, own+"interceptors[verify].params[eventTypes]")},
		{usual, "another fleet's promoter starts runs", drop(listener, own+"interceptors[read]")},
		{worst, "the promoter's listener starts runs where pull requests run", set(owner+"#RoleBinding ci-store/promoter", "metadata.namespace", "ci-store-pr")},
		{worst, "what starts tests chooses any environment", in(starts, selects, "body.with.environment in ['dev', 'test', 'prod']", "body.with.environment != ''")},
		{worst, "what starts tests calls the run as it likes", in(starts, selects, "^shop-verify-[0-9a-f]{10}$", ".*")},
		{worst, "what starts tests gives any commit", in(starts, selects, "body.with.revision.matches('^([0-9a-f]{40}|[0-9a-f]{64})$')", "body.with.revision != ''")},
		{worst, "what starts tests says where they go", set("pipelines/shop/verify.yaml#TriggerBinding shop-verify", "spec.params[url].value", "$(body.with.release)")},
		{worst, "what starts tests chooses the pipeline", set(started, "spec.resourcetemplates[0].spec.pipelineRef.name", "$(tt.params.release)")},
		{usual, "two releases have one run", set(started, "spec.resourcetemplates[0].metadata.name", "shop-verify")},
		{usual, "each event starts tests again", both(drop(started, "spec.resourcetemplates[0].metadata.name"), set(started, "spec.resourcetemplates[0].metadata.generateName", "shop-verify-"))},
		{worst, "a verdict is not told what a test came to", set(verify, "spec.finally[verdict].params[tasks].value", l("smoke=$(tasks.smoke.status)/"))},
		{worst, "a verdict on any service counts", in(verdict, selects, "body.service == 'shop'", "body.service != ''")},
		{worst, "a verdict on any Application counts", in(verdict, selects, "body.application in ['shop-dev', 'shop-test', 'shop-prod']", "body.application != ''")},
		{worst, "a verdict of any run counts", in(verdict, selects, "body.run.matches('^ci-store/shop-verify[a-z0-9-]+$')", "body.run != ''")},
		{worst, "a verdict on a run of no time counts", in(verdict, selects, "body.asked.matches('^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z$')", "body.asked != ''")},
		{worst, "a verdict that is none counts", in(verdict, selects, "body.verdict in ['passed', 'failed']", "body.verdict != ''")},
		{worst, "what takes verdicts promotes what need not be signed", drop(folder+"verdict.yaml#Pipeline verdict", "spec.tasks[settle].workspaces[public-key]")},
		{worst, "who tells the verdict holds what starts runs", set(verified, "spec.workspaces[request-key].secret", m{"secretName": "start-key"})},
		{worst, "tests run as the account that tells the verdict", set(verified, "spec.taskRunSpecs[1].serviceAccountName", "request")},
		{worst, "the listener may act as every account", drop(accounts+"#Role listener", "rules[0].resourceNames")},
		{worst, "the listener may read Secrets", add(accounts+"#Role listener", "rules[0].resources", "secrets")},
		{worst, "events may make pods", both(set(accounts+"#Role trigger", "rules[0].apiGroups", l("")), set(accounts+"#Role trigger", "rules[0].resources", l("pods")))},
		{worst, "events may change runs", add(accounts+"#Role trigger", "rules[0].verbs", "patch")},
		{usual, "events may make anything of Tekton's", set(accounts+"#Role trigger", "rules[0].resources", l("*"))},
		{worst, "the account that writes the fleet has a token", set(accounts+"#ServiceAccount promote", "automountServiceAccountToken", true)},
		{worst, "an event chooses the run's pipeline", set(template, "spec.resourcetemplates[0].spec.pipelineRef.name", "$(tt.params.to)")},
		{usual, "the promoter's run has a name of its own", set(template, "spec.resourcetemplates[0].metadata.name", "promote")},
		{worst, "the promoter does not verify", both(drop(promote, "spec.tasks[promote].runAfter"), set(promote, "spec.tasks[verify].runAfter", l("promote")))},
		{worst, "the promoter promotes beside verifying", drop(promote, "spec.tasks[promote].runAfter")},
		{worst, "the promoter promotes what is not verified", set(promote, "spec.tasks[verify].onError", "continue")},
		{usual, "a promotion is tried again", set(promote, "spec.tasks[promote].retries", 2)},
		{worst, "verify holds what writes the fleet", set(run, "spec.workspaces[git-credentials].secret", m{"secretName": "fleet-write"})},
		{worst, "verify holds what pushes to other registries", set(run, "spec.workspaces[registry-credentials].secret", m{"secretName": "registry-copy"})},
		{worst, "verify runs as the account that writes the fleet", set(run, "spec.taskRunSpecs[0].serviceAccountName", "promote")},
		{worst, "an image is signed that is not verified", set(promote, "spec.tasks[sign].params[source].value", "https://git.example.com/shop")},
		{worst, "another image is signed than is verified", set(promote, "spec.tasks[sign].params[image].value", "registry.small.example/dev/shop@sha256:1")},
		{worst, "an image is promoted beside its signing", set(promote, "spec.tasks[promote].runAfter", l("verify"))},
		{worst, "an image is promoted although signing it failed", set(promote, "spec.tasks[sign].onError", "continue")},
		{worst, "what is promoted need not be signed", drop(promote, "spec.tasks[promote].workspaces[public-key]")},
		{worst, "what settle promotes need not be signed", drop(folder+"settle.yaml#Pipeline settle", "spec.tasks[settle].workspaces[public-key]")},
		{worst, "what the CronJob promotes need not be signed", drop(cron, pod+"containers[settle].args[-3]")},
		{worst, "the step that reads the image has the key", add(task("sign"), "spec.steps[sbom].workspaces", m{"name": "signing-key"})},
		{worst, "every step that signs has the key", both(drop(task("sign"), "spec.steps[sbom].workspaces"), drop(task("sign"), "spec.steps[sign].workspaces"))},
		{worst, "verify holds the key that signs", set(run, "spec.workspaces[registry-credentials].secret", m{"secretName": "signing-key"})},
		{worst, "what writes the fleet holds the key that signs", set(run, "spec.workspaces[public-key].secret", m{"secretName": "signing-key"})},
		{worst, "signing runs as the account that writes the fleet", set(run, "spec.taskRunSpecs[1].serviceAccountName", "promote")},
		{usual, "the account that signs has a token", set(accounts+"#ServiceAccount sign", "automountServiceAccountToken", true)},
		{worst, "the CronJob is privileged", both(set(cron, pod+"containers[settle].securityContext.privileged", true), set(cron, pod+"containers[settle].securityContext.allowPrivilegeEscalation", true))},
		{usual, "the CronJob never runs", set(cron, "spec.schedule", "61 * * * *")},
		{usual, "the CronJob runs beside itself", set(cron, "spec.concurrencyPolicy", "Sometimes")},
		{usual, "the CronJob mounts a Secret that it does not have", rename(cron, pod+"volumes[fleet-credentials].name", "nome")},
		{usual, "the CronJob runs as an account that there is not", set(cron, pod+"serviceAccountName", "promoter")},
		{usual, "a service's filter is no expression", set(request, "spec.interceptors[0].params[filter].value", m{"a": "b"})},
		{usual, "a service's Trigger makes nothing", drop(request, "spec.template")},
		{worst, "who reads Applications may write them", add(observer+"#Role slipway-observer", "rules[0].verbs", "patch")},
		{worst, "who reads Applications reads Secrets", both(add(observer+"#Role slipway-observer", "rules[0].apiGroups", ""), add(observer+"#Role slipway-observer", "rules[0].resources", "secrets"))},
		{worst, "what Argo CD is told replaces what others told it", set(observer+"#ConfigMap argocd-notifications-cm", "metadata.annotations['argocd.argoproj.io/sync-options']", "Delete=false,Prune=false")},
		{worst, "Argo CD says nothing of what went wrong", in(observer+"#ConfigMap argocd-notifications-cm", "data['trigger.slipway-settle']", "Degraded", "Unwell")},
		{worst, "Argo CD speaks before anything is synced", in(observer+"#ConfigMap argocd-notifications-cm", "data['trigger.slipway-settle']", " and app.status.sync.status == 'Synced'", "")},
		{usual, "what Argo CD says is no JSON", in(observer+"#ConfigMap argocd-notifications-cm", "data['template.slipway-settle']", "\"application\":", "application:")},
		{usual, "when Argo CD speaks is no expression", in(observer+"#ConfigMap argocd-notifications-cm", "data['trigger.slipway-settle']", " and ", " plus ")},
		{worst, "Argo CD does not say that it is Argo CD", in(observer+"#ConfigMap argocd-notifications-cm", "data['service.webhook.slipway']", "$slipway-token", "slipway-token")},
		{worst, "listeners may read Secrets everywhere", add(cluster+"#ClusterRole slipway-listeners", "rules[0].resources", "secrets")},
		{usual, "listeners may change interceptors", add(cluster+"#ClusterRole slipway-listeners", "rules[0].verbs", "update")},
	}
}
