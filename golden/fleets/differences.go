package fleets

import (
	"fmt"
	"slices"
	"strings"
)

// differences are what environments change. 6 % of services are the same everywhere; in
// 55 % an environment takes an item away.
func (m *maker) differences() {
	if m.percent(6) {
		return
	}
	at := func(env string, path ...string) []string { return append([]string{"environments", env}, path...) }
	for _, d := range []struct {
		share  float64
		change func(env string)
	}{
		{63, func(env string) {
			for range m.few(4) {
				name, value := m.setting()
				m.set(value, at(env, "env", name, "value")...)
			}
		}},
		{52, func(env string) { m.resources(2*m.between(1, 8), at(env, "run", "main", "resources")...) }},
		{36, func(env string) { m.resize(env) }},
		{20, func(env string) { m.sidecar("agent", at(env, "run", "main", "sidecars")...) }},
		{23, func(env string) {
			m.set(quoted(m.name+"-"+env), at(env, "env", "ACCESS_CREDENTIAL", "secret", "name")...)
			m.set(quoted("value"), at(env, "env", "ACCESS_CREDENTIAL", "secret", "key")...)
		}},
		{12, func(env string) {
			m.set(quoted(fmt.Sprintf("%dGi", m.between(1, 30))), at(env, "volumes", "spool", "scratch", "size")...)
			m.set(quoted("/var/spool/"+m.name), at(env, "run", "main", "mounts", "spool")...)
		}},
		{21, func(env string) { m.set(quoted(env), at(env, "annotations", "config.example.com/stage")...) }},
		{20, func(env string) {
			m.set("["+strings.Join(append(m.someInit(), `{name: "seed", args: ["seed"]}`), ", ")+"]", at(env, "run", "main", "init")...)
		}},
		{14, func(env string) { m.set(list("serve", "--environment="+env), at(env, "run", "main", "args")...) }},
		{9, func(env string) {
			if m.spec.get("run", "main", "ready") != nil {
				m.set(quoted(fmt.Sprintf("%ds", m.between(5, 90))), at(env, "run", "main", "ready", "every")...)
			}
		}},
		{9, func(env string) {
			if ports := m.ports["main"]; len(ports) > 0 && !m.named() {
				m.set(fmt.Sprint(m.between(10000, 10999)), at(env, "run", "main", "ports", ports[0], "service")...)
			}
		}},
		{7, func(env string) {
			m.set("1", at(env, "release", "rolling", "surge")...)
			m.set("0", at(env, "release", "rolling", "unavailable")...)
		}},
		{2, func(env string) { m.set("0", at(env, "run", "main", "volumeGroup")...) }},
	} {
		if m.percent(d.share) {
			d.change(pick(&m.random, m.runsIn))
		}
	}
	if m.exposed {
		for _, env := range m.runsIn[:len(m.runsIn)-1] {
			m.set(quoted(m.name+"."+env+".example.com"), at(env, "expose", "web", "http", "host")...)
		}
	}
	m.removals(at)
}

// resize gives an environment more pods, or pods that follow the load.
func (m *maker) resize(env string) {
	if m.kind == "daemonset" {
		return
	}
	if m.scalable && m.percent(70) {
		m.set(fmt.Sprint(m.between(1, 8)), "environments", env, "run", "main", "replicas")
		return
	}
	m.set(fmt.Sprint(m.between(2, 4)), "environments", env, "run", "main", "scale", "min")
	m.set(fmt.Sprint(m.between(5, 30)), "environments", env, "run", "main", "scale", "max")
}

// removals take away what an environment does not have, unless it changes it.
func (m *maker) removals(at func(string, ...string) []string) {
	if len(m.loose) == 0 || !m.percent(62) { // of these, some have nothing to take away
		return
	}
	for range m.few(3) {
		env, paths := pick(&m.random, m.runsIn), pick(&m.random, m.loose)
		if slices.ContainsFunc(paths, func(p []string) bool { return m.spec.get(at(env, p...)...) != nil }) {
			continue
		}
		for _, p := range paths {
			m.set("null", at(env, p...)...)
		}
	}
}

// earlier is the spec as it was a release ago: another pod, other values, and a variable
// that was not there yet.
func (m *maker) earlier() *node {
	old := m.spec.clone()
	if m.from == charted {
		old.set(quoted("0.9.0"), "chart", "version")
		return old
	}
	if env := old.get("env"); env != nil {
		for _, v := range env.under {
			if strings.HasSuffix(v.name, "_LIMIT") || strings.HasSuffix(v.name, "_SIZE") {
				v.value = fmt.Sprint(m.between(1, 5000))
			}
		}
	}
	old.set(quoted("before"), "annotations", "config.example.com/revision")
	if old.get("run", "main", "resources") != nil {
		old.set(quoted("2Gi"), "run", "main", "resources", "memoryLimit")
	}
	return old
}
