package fleets

import "strings"

// strategies of rollouts; NAME is the service's.
var strategies = []string{
	`{canary: steps: [{setWeight: 20}, {pause: duration: "10m"}, {setWeight: 60}, {pause: {}}]}`,
	`{canary: {
	stableService: "NAME-stable", canaryService: "NAME-canary", maxSurge: "25%", maxUnavailable: 0
	steps: [{setWeight: 10}, {analysis: {templates: [{templateName: "NAME-errors"}], args: [{name: "service", value: "NAME"}]}}, {setWeight: 50}]
}}`,
	`{canary: {
	stableService: "NAME", canaryService: "NAME-canary"
	trafficRouting: nginx: stableIngress: "NAME-web"
	analysis: {templates: [{templateName: "NAME-errors"}], startingStep: 1, args: [{name: "service", value: "NAME"}]}
	steps: [{setCanaryScale: weight: 10}, {setWeight: 5}, {pause: duration: "5m"}]
}}`,
	`{blueGreen: {activeService: "NAME-stable", previewService: "NAME-canary", autoPromotionEnabled: false}}`,
	`{blueGreen: {
	activeService: "NAME-stable", autoPromotionSeconds: 300, scaleDownDelaySeconds: 600
	prePromotionAnalysis: {templates: [{templateName: "NAME-errors"}], args: [{name: "service", value: "NAME"}]}
}}`,
}

// errorsTemplate is the AnalysisTemplate that strategies ask.
const errorsTemplate = `{
	apiVersion: "argoproj.io/v1alpha1"
	kind:       "AnalysisTemplate"
	metadata: name: "NAME-errors"
	spec: {
		args: [{name: "service"}]
		metrics: [{
			name:             "errors"
			interval:         "1m"
			count:            3
			successCondition: "result[0] < 0.01"
			provider: prometheus: {address: "http://prometheus.monitoring:9090", query: "job:errors:ratio{job=\"{{args.service}}\"}"}
		}]
	}
}`

// strategy is that of a rollout. What parts the traffic of an Ingress needs one everywhere.
func (m *maker) strategy() {
	if m.kind != "rollout" {
		return
	}
	text := pick(&m.random, strategies)
	ingress := m.exposed
	for _, gateway := range m.org.gateway {
		ingress = ingress && !gateway
	}
	ports := len(m.ports["main"]) > 0
	// The Ingress has this name, and leads to the stable Service.
	ingress = ingress && m.spec.get("expose", "web", "name") == nil && m.spec.get("run", "main", "identity") == nil
	if strings.Contains(text, "stableIngress") && !ingress || !ports {
		text = strategies[0]
	}
	say := func(text string, at ...string) { m.set(strings.ReplaceAll(text, "NAME", m.name), at...) }
	say(text, "run", "main", "workload", "spec", "strategy")
	for _, name := range []string{"stable", "canary"} {
		if strings.Contains(text, "NAME-"+name) {
			m.set("{}", "run", "main", "services", m.name+"-"+name)
		}
	}
	if strings.Contains(text, "NAME-errors") {
		say(errorsTemplate, "manifests", "errors")
	}
	if strings.HasPrefix(text, "{canary") && m.percent(50) {
		m.set("[{setWeight: 100}]", "environments", m.runsIn[0], "run", "main", "workload", "spec", "strategy", "canary", "steps")
	}
}
