package fleets

import (
	"fmt"
	"slices"
	"strings"
)

// processes are one to three groups: most services have one.
func (m *maker) processes() {
	m.process("main", "deployment")
	if m.percent(18) {
		m.process("worker", "deployment")
	}
	if m.percent(6.7) {
		m.process("migrate", "job")
	}
	if m.percent(4.5) {
		m.process("report", "cronjob")
	}
}

// mainKinds are what keeps running; rollouts are more here than anywhere, so that some are seen.
var mainKinds = []share[string]{{92, "deployment"}, {4, "statefulset"}, {1, "daemonset"}, {3, "rollout"}}

// runs says when a job or a cronjob runs.
func (m *maker) runs(name, kind string) {
	at := func(more ...string) []string { return append([]string{"run", name}, more...) }
	m.set(quoted(fmt.Sprintf("%dm", m.between(5, 30))), at("deadline")...)
	m.set(fmt.Sprint(m.between(0, 3)), at("retries")...)
	switch cron := fmt.Sprintf("%d %d * * *", m.below(60), m.below(24)); {
	case kind == "cronjob" && m.percent(50):
		m.set(quoted(cron), at("schedule")...)
	case kind == "cronjob":
		m.set(quoted(cron), at("schedule", "cron")...)
		m.sometimes(60, quoted("Europe/Berlin"), at("schedule", "zone")...)
		m.sometimes(60, quoted(pick(&m.random, []string{"Allow", "Forbid", "Replace"})), at("schedule", "overlap")...)
		m.sometimes(10, "true", at("schedule", "suspended")...)
		m.sometimes(30, "1", at("schedule", "succeeded")...)
		m.sometimes(30, "2", at("schedule", "failed")...)
	case m.percent(20):
		m.set(quoted("PostSync"), at("hook")...)
	case m.percent(20):
		m.set(quoted("PreSync"), at("hook", "at")...)
		m.set(list("BeforeHookCreation"), at("hook", "remove")...)
		m.sometimes(50, "-1", at("hook", "wave")...)
	}
}

func (m *maker) process(name, kind string) {
	m.procs = append(m.procs, name)
	run := []string{"run", name}
	if name == "main" {
		kind = among(&m.random, mainKinds)
		m.kind = kind
	}
	if kind != "deployment" {
		m.set(quoted(kind), "run", name, "kind")
	}
	if name != "main" {
		m.set(list(name, "--verbose"), "run", name, "args")
	} else if m.percent(25.5) {
		m.set(list("serve", "--listen=:8080", fmt.Sprintf("--workers=%d", m.between(1, 16))), "run", name, "args")
	}
	if kind == "job" || kind == "cronjob" {
		m.runs(name, kind)
	} else {
		m.listens(name)
		if kind != "daemonset" {
			m.size(name)
		}
		if m.percent(14.3) {
			m.set(quoted(fmt.Sprintf("%ds", 15*m.between(1, 8))), "run", name, "stopAfter")
		}
	}
	if m.percent(75) {
		m.resources(m.between(1, 8), append(run, "resources")...)
	}
	if m.percent(30) {
		m.set(fmt.Sprint(m.between(1000, 70000)), "run", name, "user")
		m.set(fmt.Sprint(m.between(1000, 70000)), "run", name, "group")
		m.set(fmt.Sprint(m.between(1000, 70000)), "run", name, "volumeGroup")
	}
	if m.percent(30) {
		m.set("true", "run", name, "security", "writable")
	}
	if m.percent(13.8) {
		m.initContainers(name)
	}
	if m.percent(12.2) && kind != "job" && kind != "cronjob" {
		m.sidecars(name)
	}
	m.pods(name, kind)
	m.services(name)
}

// listens gives a group its ports and how to ask it for its state.
func (m *maker) listens(process string) {
	if !m.percent(71.7) && process != "main" {
		return
	}
	at := func(more ...string) []string { return append([]string{"run", process}, more...) }
	port := "http"
	switch {
	case m.percent(12):
		port = "grpc"
		m.set(fmt.Sprint(m.between(9000, 9100)), at("ports", port)...)
	case m.percent(12):
		port = "tcp"
		m.set(fmt.Sprint(m.between(5000, 5999)), at("ports", port)...)
	case m.percent(50):
		m.set("8080", at("ports", port, "port")...)
		m.set("80", at("ports", port, "service")...)
	default:
		m.set(fmt.Sprint(m.between(8000, 8999)), at("ports", port)...)
	}
	if port == "tcp" && m.percent(20) {
		number := m.spec.get(at("ports", port)...).value
		m.set("{port: "+number+", unnamed: true}", at("ports", port)...)
	} else if m.percent(3) {
		m.set("5353", at("ports", "dns", "port")...)
		m.set(quoted("udp"), at("ports", "dns", "protocol")...)
		m.ports[process] = append(m.ports[process], "dns")
	}
	m.ports[process] = append(m.ports[process], port)
	if m.percent(22) && !strings.Contains(m.spec.get(at("ports", port)...).value, "unnamed") {
		m.set(fmt.Sprint(m.between(9400, 9499)), at("ports", "metrics")...)
		m.ports[process] = append(m.ports[process], "metrics")
	}
	for _, p := range []struct {
		name, path string
		share      float64
	}{{"ready", "/ready", 66}, {"live", "/healthz", 50}, {"start", "/healthz", 15.3}} {
		if m.percent(p.share) {
			m.probe(port, p.path, at(p.name)...)
		}
	}
}

func (m *maker) probe(port, path string, at ...string) {
	to := func(more ...string) []string { return append(slices.Clone(at), more...) }
	single := len(m.ports[at[1]]) == 1
	switch {
	case m.percent(7):
		m.set(list("sh", "-c", "test -f /tmp/alive"), to("exec")...)
	case port == "grpc":
		if m.percent(80) {
			m.set(quoted(port), to("grpc")...)
			break
		}
		m.set(quoted(port), to("grpc", "port")...)
		m.set(quoted("acme.Health"), to("grpc", "service")...)
	case port == "tcp":
		if m.percent(80) {
			m.set(quoted(port), to("tcp")...)
			break
		}
		m.set(quoted(port), to("tcp", "port")...)
	case single:
		m.set(quoted(path), to("http")...)
	default:
		m.set(quoted(path), to("http", "path")...)
		m.set(quoted(port), to("http", "port")...)
		m.sometimes(10, quoted("https"), to("http", "scheme")...)
		m.sometimes(10, quoted("probe"), to("http", "headers", "X-Asked-By")...)
	}
	if m.percent(70) {
		m.set(quoted(fmt.Sprintf("%ds", m.between(1, 30))), to("every")...)
	}
	if m.percent(50) {
		m.set(quoted(fmt.Sprintf("%ds", m.between(1, 60))), to("after")...)
	}
	if at[2] == "ready" {
		m.sometimes(3.2, "2", to("successes")...)
	}
	if m.percent(40) {
		m.set(quoted(fmt.Sprintf("%ds", m.between(1, 10))), to("timeout")...)
		m.set(fmt.Sprint(m.between(1, 10)), to("failures")...)
	}
}

// size is how many pods a group has.
func (m *maker) size(process string) {
	switch {
	case m.percent(8.3):
		m.set(fmt.Sprint(m.between(2, 4)), "run", process, "scale", "min")
		m.set(fmt.Sprint(m.between(5, 20)), "run", process, "scale", "max")
		m.set(fmt.Sprint(m.between(50, 90)), "run", process, "scale", "cpu")
		m.sometimes(20, "75", "run", process, "scale", "memory")
		m.sometimes(20, "600", "run", process, "scale", "spec", "behavior", "scaleDown", "stabilizationWindowSeconds")
	case m.percent(1):
		m.set("2", "run", process, "scale", "min")
		m.set("8", "run", process, "scale", "max")
		m.set(`{type: "kafka", auth: "kafka", metadata: {topic: "changes", consumerGroup: "group", lagThreshold: "50"}}`, "run", process, "scale", "events", "changes")
	case m.percent(77):
		m.set(fmt.Sprint(m.few(5)), "run", process, "replicas")
		m.scalable = m.scalable || process == "main"
	default:
		m.scalable = m.scalable || process == "main"
	}
	if process == "main" && m.percent(14.3) {
		switch {
		case m.percent(10):
			m.set("{}", "run", process, "disruption", "none")
		case m.percent(10) && m.spec.get("run", process, "scale") != nil:
			m.set("1", "run", process, "disruption", "minAvailable")
		default:
			m.set(pick(&m.random, []string{"1", quoted("25%")}), "run", process, "disruption", "maxUnavailable")
		}
	}
}

// resources are so many units of CPU and memory.
func (m *maker) resources(units int, at ...string) {
	set := func(name, value string) { m.set(quoted(value), append(slices.Clone(at), name)...) }
	set("cpu", fmt.Sprintf("%dm", 50*units))
	set("memory", fmt.Sprintf("%dMi", 64*units))
	set("memoryLimit", fmt.Sprintf("%dMi", 128*units))
	if units%2 == 0 {
		set("cpuLimit", fmt.Sprintf("%dm", 200*units))
	}
	if m.percent(1.2) {
		set("disk", "1Gi")
		set("diskLimit", "2Gi")
	}
}
