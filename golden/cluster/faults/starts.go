package faults

import "strings"

// starts breaks what the promoter starts by itself.
func starts() []row {
	const (
		listener = "pipelines/fleet/promoter/listener.yaml"
		group    = "spec.triggerGroups[promoter]."
		nightly  = "pipelines/shop/nightly.yaml#Trigger ci-store/shop-nightly"
		again    = "pipelines/shop/nightly.yaml#Trigger ci-store/shop-catch-up"
		template = "pipelines/shop/nightly.yaml#TriggerTemplate ci-store/shop-nightly"
		cron     = "pipelines/fleet/promoter/nightly.yaml"
		selects  = "spec.interceptors[select].params[filter].value"
		pod      = "spec.jobTemplate.spec.template.spec."
	)
	return []row{
		{usual, "no team's namespace is started in", set(listener, group+"triggerSelector.namespaceSelector.matchNames", l("slipway-promoter"))},
		{worst, "a nightly run is of any image", in(nightly, selects, "body.with.image.startsWith(", "!body.with.image.startsWith('x' + ")},
		{worst, "a nightly run is of a tag", in(nightly, selects, "@sha256:", "")},
		{worst, "a missed push is built from anything", in(again, selects, "body.with.revision.matches(", "'"+strings.Repeat("a", 40)+"'.matches(")},
		{usual, "a missed push is built from a short SHA", in(again, selects, "{40}", "{7,40}")},
		{usual, "a start of one pipeline starts another", in(again, selects, "body.pipeline == 'shop-catch-up'", "true")},
		{usual, "who asks chooses the run's name", in(nightly, selects, "[0-9a-f]{10}", ".*")},
		{usual, "nothing is started by night", drop(nightly, "metadata.labels['slipway.dev/starts']")},
		{usual, "a run that the promoter starts is called by chance", both(drop(template, "spec.resourcetemplates[0].metadata.name"), set(template, "spec.resourcetemplates[0].metadata.generateName", "shop-nightly-"))},
		{usual, "the night's run is of another pipeline", set(template, "spec.resourcetemplates[0].spec.pipelineRef.name", "shop-release")},
		{worst, "the night may write the fleet", set(cron, pod+"volumes[git-credentials].secret.secretName", "fleet-write")},
		{usual, "the night's pod has a token", set(cron, pod+"automountServiceAccountToken", true)},
		{usual, "nights overlap", set(cron, "spec.concurrencyPolicy", "Allowed")},
		{usual, "nights are at no hour of the clock", set(cron, "spec.schedule", "17 25 * * *")},
	}
}
