package fleets

import (
	"fmt"
	"slices"
	"strings"
)

// said is a value that so many of a hundred process groups say at a path below themselves.
type said struct {
	percent float64
	value   string
	at      string // names with spaces between them
}

// ofPods are what groups of every kind say of their pods.
var ofPods = []said{
	{21.8, `"apps"`, "nodes acme.example/pool"},
	{12, `"apps"`, "tolerate dedicated"},
	{4, `{value: "spot", effect: "NoExecute", for: "5m"}`, "tolerate acme.example/spot"},
	{2.1, `"important"`, "priority"},
	{2.5, `"packing"`, "scheduler"},
	{3.7, `"Default"`, "dns"},
	{12.5, "true", "serviceLinks"},
	{40, `"IfNotPresent"`, "pull"},
	{6, `"Always"`, "pull"},
	{10, `"on"`, "labels acme.example/profile"},
	{10, `"true"`, "annotations acme.example/scrape"},
	{6, `[{weight: 10, preference: matchExpressions: [{key: "acme.example/pool", operator: "In", values: ["apps"]}]}]`, "pod affinity nodeAffinity preferredDuringSchedulingIgnoredDuringExecution"},
	{1.8, `{nodeSelectorTerms: [{matchExpressions: [{key: "kubernetes.io/arch", operator: "In", values: ["arm64"]}]}]}`, "pod affinity nodeAffinity requiredDuringSchedulingIgnoredDuringExecution"},
	{1, `{nameservers: ["192.0.2.1"], options: [{name: "ndots", value: "2"}]}`, "pod dnsConfig"},
	{0.5, `[{ip: "192.0.2.7", hostnames: ["mainframe.example.com"]}]`, "pod hostAliases"},
	{0.5, `[3000]`, "pod securityContext supplementalGroups"},
	{0.5, `"OnRootMismatch"`, "pod securityContext fsGroupChangePolicy"},
	{5, `"FallbackToLogsOnError"`, "container terminationMessagePolicy"},
	{3, `"/srv"`, "container workingDir"},
	{2, `[{name: "POD_IP", valueFrom: fieldRef: fieldPath: "status.podIP"}]`, "container env"},
	{0.5, `"1"`, "container resources limits example.com/accelerator"},
	{9, `"on"`, "workload labels acme.example/contact"},
	{12, `"https://wiki.example.com/runbook"`, "workload annotations acme.example/runbook"},
}

// ofServing are what groups say that keep running.
var ofServing = []said{
	{26.6, "3", "history"},
	{2.8, `"10s"`, "settle"},
	{8.7, `"8s"`, "beforeStop sleep"},
	{0.4, `["/bin/warm"]`, "container lifecycle postStart exec command"},
	{2, `"Always"`, "restart"},
}

// pods are what a group says of its pods beyond what they run.
func (m *maker) pods(process, kind string) {
	lists := [][]said{ofPods}
	if kind != "job" && kind != "cronjob" {
		lists = append(lists, ofServing)
	}
	for _, list := range lists {
		for _, s := range list {
			m.sometimes(s.percent, s.value, append([]string{"run", process}, strings.Fields(s.at)...)...)
		}
	}
	at := func(more ...string) []string { return append([]string{"run", process}, more...) }
	if kind != "rollout" { // its CustomResourceDefinition has no finalizers of pods
		m.sometimes(0.5, `["acme.example/drain"]`, at("workload", "pods", "finalizers")...)
	}
	switch {
	case kind == "job" || kind == "cronjob":
		m.sometimes(20, quoted("OnFailure"), at("restart")...)
	case kind == "deployment":
		m.sometimes(0.9, "900", at("workload", "spec", "progressDeadlineSeconds")...)
		fallthrough
	default:
		if m.spec.get(at("beforeStop")...) == nil {
			m.sometimes(4.7, list("sh", "-c", "kill -TERM 1 && sleep 5"), at("beforeStop", "exec")...)
		}
	}
	m.security(at)
}

// security are steps away from the strict defaults that every environment admits.
func (m *maker) security(at func(...string) []string) {
	if m.percent(8.6) {
		m.set(fmt.Sprint(m.between(1000, 60000)), at("security", "user")...)
		m.set(fmt.Sprint(m.between(1000, 60000)), at("security", "group")...)
	}
	m.sometimes(1.3, list("NET_BIND_SERVICE"), at("security", "capabilities")...)
	m.sometimes(2, list("ALL"), at("security", "drop")...)
	m.sometimes(2, "false", at("security", "escalation")...)
	m.sometimes(1, "false", at("security", "privileged")...)
	m.sometimes(3, quoted("RuntimeDefault"), at("security", "seccomp")...)
}

// services of Kubernetes in front of a group that has ports, and what monitoring reads.
func (m *maker) services(process string) {
	ports := m.ports[process]
	if len(ports) == 0 {
		return
	}
	at := func(more ...string) []string { return append([]string{"run", process}, more...) }
	m.sometimes(5, quoted("internal"), at("service", "annotations", "acme.example/load-balancer")...)
	m.sometimes(2, quoted("on"), at("service", "labels", "acme.example/mesh")...)
	m.sometimes(2, quoted("ClientIP"), at("service", "spec", "sessionAffinity")...)
	m.sometimes(1, quoted("ClusterIP"), at("service", "type")...)
	if m.percent(4) {
		admin := m.name + "-" + process + "-admin"
		m.set(fmt.Sprint(m.percent(50)), at("services", admin, "headless")...)
		m.set(fmt.Sprintf(`{port: 9000, target: %q, protocol: "tcp"%s}`, ports[0], pick(&m.random, []string{"", ", unnamed: true"})), at("services", admin, "ports", "admin")...)
		if m.percent(20) {
			m.set(quoted(m.name), at("services", admin, "selector", "app.kubernetes.io/name")...)
			m.set(quoted(process), at("services", admin, "selector", "app.kubernetes.io/component")...)
		}
	}
	if !slices.Contains(ports, "metrics") {
		return
	}
	switch {
	case m.percent(25):
		m.set(quoted("metrics"), at("metrics")...)
	case m.percent(30):
		m.set(quoted("metrics"), at("metrics", "port")...)
		m.sometimes(50, quoted("/stats/prometheus"), at("metrics", "path")...)
		m.sometimes(50, quoted("30s"), at("metrics", "every")...)
		m.sometimes(20, list("acme.example/zone"), at("metrics", "spec", "podTargetLabels")...)
	}
}
