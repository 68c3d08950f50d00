package fleets

import (
	"fmt"
	"slices"
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
}

func (m *maker) process(name, kind string) {
	m.procs = append(m.procs, name)
	run := []string{"run", name}
	if name == "main" && m.percent(4.5) {
		kind = "statefulset"
	}
	if kind != "deployment" {
		m.set(quoted(kind), "run", name, "kind")
	}
	if name != "main" {
		m.set(list(name, "--verbose"), "run", name, "args")
	} else if m.percent(25.5) {
		m.set(list("serve", "--listen=:8080", fmt.Sprintf("--workers=%d", m.between(1, 16))), "run", name, "args")
	}
	if kind == "job" {
		m.set(quoted(fmt.Sprintf("%dm", m.between(5, 30))), "run", name, "deadline")
		m.set(fmt.Sprint(m.between(0, 3)), "run", name, "retries")
	} else {
		m.listens(name)
		m.size(name)
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
	if m.percent(12.2) && kind != "job" {
		m.sidecars(name)
	}
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
	m.ports[process] = append(m.ports[process], port)
	if m.percent(22) {
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
		m.set(quoted(port), to("grpc")...)
	case port == "tcp":
		m.set(quoted(port), to("tcp")...)
	case single:
		m.set(quoted(path), to("http")...)
	default:
		m.set(quoted(path), to("http", "path")...)
		m.set(quoted(port), to("http", "port")...)
	}
	if m.percent(70) {
		m.set(quoted(fmt.Sprintf("%ds", m.between(1, 30))), to("every")...)
	}
	if m.percent(50) {
		m.set(quoted(fmt.Sprintf("%ds", m.between(1, 60))), to("after")...)
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
	case m.percent(77):
		m.set(fmt.Sprint(m.few(5)), "run", process, "replicas")
		m.scalable = m.scalable || process == "main"
	default:
		m.scalable = m.scalable || process == "main"
	}
	if process == "main" && m.percent(14.3) {
		m.set(pick(&m.random, []string{"1", quoted("25%")}), "run", process, "disruption", "maxUnavailable")
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
}
