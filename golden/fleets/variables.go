package fleets

import (
	"fmt"
	"strings"
)

// variables are literals, keys of Secrets and of ConfigMaps, fields of the pod, and whole
// config sets.
func (m *maker) variables() {
	if m.percent(66.4) {
		for range m.few(24) {
			name, value := m.setting()
			m.set(value, "env", name)
			m.mayGo([]string{"env", name})
		}
	}
	if m.percent(45) {
		for range m.few(6) {
			name := pick(&m.random, topics) + "_CREDENTIAL"
			m.set(quoted(m.name+"-"+strings.ToLower(pick(&m.random, topics))), "env", name, "secret", "name")
			m.set(quoted("value"), "env", name, "secret", "key")
			m.sometimes(2.8, "true", "env", name, "secret", "optional")
			m.mayGo([]string{"env", name})
		}
	}
	if m.percent(8.9) {
		m.set(quoted("metadata.namespace"), "env", "POD_NAMESPACE", "field")
	}
	if m.percent(10) {
		m.set(quoted("data"), "env", "DATA_NAMESPACE")
		m.set(quoted("https://$(DATA_NAMESPACE).storage.example.com/"+m.name), "env", "BUCKET_URL")
	}
	m.sometimes(3, `[{config: "acme-flags", optional: true}]`, "run", "main", "envFrom")
	m.sometimes(2, quoted("limits.memory"), "env", "MEMORY_LIMIT_BYTES", "resource")
	m.sometimes(3, quoted("plain"), "env", "STYLE", "value")
	var from []string
	if m.percent(22.6) {
		for range m.few(30) {
			name, value := m.setting()
			m.set(value, "config", "settings", "SET_"+name)
		}
		from = append(from, `{config: "settings"}`)
	}
	if m.percent(15) {
		from = append(from, `{config: "acme-endpoints", optional: true}`)
	}
	if m.percent(4.9) {
		from = append(from, fmt.Sprintf("{secret: %q}", m.name+"-all"))
	}
	if m.percent(1) {
		from = append(from, fmt.Sprintf("{secret: %q, prefix: \"MAIL_\"}", m.name+"-mail"))
	}
	if len(from) > 0 {
		m.set("["+strings.Join(from, ", ")+"]", "envFrom")
	}
	if m.percent(5) {
		m.set(quoted("acme-endpoints"), "env", "ISSUER_URL", "config", "name")
		m.set(quoted("issuer"), "env", "ISSUER_URL", "config", "key")
	}
}
