package fleets

import (
	"fmt"
	"slices"
	"strings"
)

// chart is a service that is a chart of others: nothing else is said of what runs.
func (m *maker) chart() {
	m.from = charted
	at := func(more ...string) []string { return append([]string{"chart"}, more...) }
	m.set(quoted(pick(&m.random, m.org.charts)), at("repo")...)
	m.set(quoted(pick(&m.random, []string{"valkey", "rabbitmq", "keycloak"})), at("name")...)
	m.set(quoted(fmt.Sprintf("%d.%d.%d", m.between(1, 20), m.below(10), m.below(10))), at("version")...)
	m.sometimes(20, quoted(m.name+"-store"), at("release")...)
	m.sometimes(70, quoted("replication"), at("values", "architecture")...)
	m.sometimes(50, quoted(m.name+"-login"), at("values", "auth", "existingSecret")...)
	m.sometimes(50, quoted("standalone"), "environments", m.runsIn[0], "chart", "values", "architecture")
}

// companions are objects beside the workloads: Secrets from a store, what Prometheus reads,
// policies in Kubernetes' own words, labels and annotations of objects, patches.
func (m *maker) companions() {
	if m.percent(10.9) {
		m.externalSecret()
	}
	if len(m.ports["main"]) > 0 && m.spec.get("run", "main", "identity") == nil {
		port := m.ports["main"][0]
		named := !strings.Contains(m.spec.get("run", "main", "ports", port).value, "unnamed")
		if m.percent(2.4) && named {
			m.set(fmt.Sprintf(`[{port: %q, interval: "30s"}]`, port), "monitors", m.name, "endpoints")
		}
		if m.percent(3) && named {
			m.set(fmt.Sprintf(`{ingress: [{from: [{podSelector: matchLabels: "acme.example/mesh": "on"}], ports: [{port: %q}]}], policyTypes: ["Ingress"]}`, port), "network", "policies", m.name+"-mesh")
		}
		m.sometimes(1, fmt.Sprintf(`{kind: "Service", name: %q, patch: spec: publishNotReadyAddresses: true}`, m.name), "patches", "early")
		m.sometimes(3, `{kind: "Service", patch: spec: internalTrafficPolicy: "Local"}`, "patches", "local")
		if m.percent(4) {
			m.set(quoted("internal"), "objects", "only", "Service/"+m.name, "annotations", "acme.example/load-balancer")
			m.sometimes(50, quoted("on"), "objects", "only", "Service/"+m.name, "labels", "acme.example/mesh")
		}
	}
	m.sometimes(2.4, fmt.Sprintf(`[{name: %q, rules: [{alert: "Down", expr: "absent(up{job=\"%s\"} == 1)", for: "5m"}]}]`, m.name, m.name), "alerts", m.name, "groups")
	m.sometimes(2, fmt.Sprintf(`{apiVersion: "monitoring.coreos.com/v1", kind: "PrometheusRule", metadata: name: "%s-slo", spec: groups: [{name: "slo", rules: [{record: "slo", expr: "vector(1)"}]}]}`, m.name), "manifests", "slo")
	m.sometimes(8, quoted("microservice-4"), "objects", "labels", "acme.example/chart")
	if m.percent(8) {
		m.set(quoted("https://wiki.example.com/"+m.name), "objects", "annotations", "acme.example/runbook")
		if m.spec.get("identity", "account") == nil {
			m.sometimes(30, list("acme.example/runbook"), "objects", "only", "ServiceAccount/"+m.name, "without")
		}
	}
	m.sometimes(9.9, list("registry-login"), "pullSecrets")
}

func (m *maker) externalSecret() {
	at := func(more ...string) []string { return append([]string{"secrets", m.name + "-vault"}, more...) }
	m.set(quoted(m.name+"/database"), at("keys", "url")...)
	if m.percent(60) {
		m.set(quoted(m.name+"/database"), at("keys", "password", "from")...)
		m.sometimes(60, quoted("password"), at("keys", "password", "property")...)
		m.sometimes(20, quoted("v2"), at("keys", "password", "version")...)
	}
	m.sometimes(20, quoted("other"), at("store")...)
	m.sometimes(20, quoted("SecretStore"), at("kind")...)
	m.sometimes(50, quoted("1h"), at("every")...)
	m.sometimes(20, list(m.name+"/extra"), at("all")...)
	m.sometimes(10, quoted("v1beta1"), at("api")...)
	m.sometimes(20, quoted("Owner"), at("spec", "target", "creationPolicy")...)
	m.set(quoted(m.name+"-vault"), "env", "DATABASE_URL", "secret", "name")
	m.set(quoted("url"), "env", "DATABASE_URL", "secret", "key")
}

// account is who the service is towards the cluster.
func (m *maker) account() {
	m.sometimes(5, quoted("arn:example:iam::123456789012:role/"+m.name), "identity", "annotations", pick(&m.random, clouds))
	m.sometimes(10, "true", "identity", "token")
	switch {
	case m.percent(3):
		m.set(quoted(m.name+"-bot"), "identity", "account")
		m.set("true", "identity", "make")
	case m.percent(3) && m.spec.get("identity", "annotations") == nil:
		m.set(quoted("shared-bot"), "identity", "account")
		return
	}
	m.sometimes(2, `[{name: "registry-login"}]`, "identity", "object", "imagePullSecrets")
	if slices.Contains(m.procs, "worker") && m.percent(10) {
		m.set("false", "identity", "accounts", m.name+"-worker", "automountServiceAccountToken")
		m.set(quoted(m.name+"-worker"), "run", "worker", "pod", "serviceAccountName")
	}
}

// adopted keeps names that were there before the spec.
func (m *maker) adopted() {
	if m.percent(3) {
		m.set(quoted("old-"+m.name), "environments", pick(&m.random, m.runsIn), "identity", "application")
	}
	if !m.percent(4) {
		return
	}
	at := func(more ...string) []string { return append([]string{"run", "main", "identity"}, more...) }
	if !m.named() { // the Service is called like the workload
		m.sometimes(70, quoted(m.name+"-app"), at("name")...)
	}
	m.sometimes(50, quoted("app"), at("container")...)
	if len(m.ports["main"]) > 0 && !m.named() {
		m.sometimes(30, quoted(m.name+"-internal"), at("service")...)
	}
	if m.spec.get("run", "main", "disruption") != nil {
		m.sometimes(50, quoted(m.name+"-budget"), at("budget")...)
	}
	if m.spec.get("run", "main", "scale") != nil {
		m.sometimes(50, quoted(m.name+"-scaler"), at("scaler")...)
	}
	if m.spec.get("run", "main", "metrics") != nil {
		m.sometimes(50, quoted(m.name+"-metrics"), at("monitor")...)
	}
	if m.kind == "statefulset" && len(m.ports["main"]) > 0 {
		m.set(quoted(m.name+"-nodes"), at("pods")...) // which was there, so the spec says it
		m.set("true", "run", "main", "services", m.name+"-nodes", "headless")
	}
}
