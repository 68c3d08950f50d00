package fleets

import (
	"fmt"
	"strings"
)

// initContainers are a list: its order means something, and an environment that changes it
// writes it whole.
func (m *maker) initContainers(process string) {
	m.set("["+strings.Join(m.someInit(), ", ")+"]", "run", process, "init")
}

func (m *maker) someInit() []string {
	out := []string{`{name: "prepare", args: ["prepare", "--wait"]}`}
	if m.percent(30) {
		out = append(out, fmt.Sprintf(`{name: "fetch", image: %q, command: ["sh", "-c", "wget -q -O /tmp/seed https://assets.example.com/%s"]}`, m.someImage(), m.name))
	}
	if m.percent(5) {
		out = append(out, fmt.Sprintf(`{name: "guard", image: %q, native: true}`, m.someImage()))
	}
	return out
}

// sidecars are named: an environment adds one or takes one away.
func (m *maker) sidecars(process string) {
	kinds := []string{"cloud-proxy", "log-shipper", "exporter"}
	for range m.few(2) {
		m.sidecar(pick(&m.random, kinds), "run", process, "sidecars")
	}
}

func (m *maker) sidecar(name string, at ...string) {
	to := func(more ...string) []string { return append(append(append([]string{}, at...), name), more...) }
	m.set(quoted(m.someImage()), to("image")...)
	m.set(list("--config=/etc/"+name+".yaml", "--quiet"), to("args")...)
	m.resources(m.between(1, 2), to("resources")...)
	if m.percent(60) {
		variable, value := m.setting()
		m.set(value, to("env", variable)...)
	}
	m.sometimes(10, "true", to("native")...)
	if at[0] == "run" {
		m.mayGo(to())
	}
}
