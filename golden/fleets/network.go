package fleets

import (
	"fmt"
	"slices"
)

// network is who it calls, and who calls it: up to five other services, addresses outside,
// the monitoring, and people.
func (m *maker) network() {
	if len(m.providers) > 0 && m.percent(60) {
		for range m.few(5) {
			p := pick(&m.random, m.providers)
			switch {
			case m.percent(15):
				m.set("true", "consumes", p.name, "optional")
			case m.percent(30):
				m.set(list(p.port), "consumes", p.name, "ports")
			default:
				m.set("{}", "consumes", p.name)
			}
			m.mayGo([]string{"consumes", p.name})
		}
	}
	if m.percent(14.5) {
		m.set(quoted(fmt.Sprintf("10.%d.0.0/16", m.between(1, 200))), "network", "to", "database", "cidr")
		m.set("[5432]", "network", "to", "database", "ports")
		m.mayGo([]string{"network", "to", "database"})
	}
	if slices.Contains(m.ports["main"], "metrics") && m.percent(50) {
		m.set(quoted("monitoring"), "network", "from", "monitoring", "namespace")
	}
	if m.exposed = slices.Contains(m.ports["main"], "http") && m.percent(25); m.exposed {
		m.set(quoted("http"), "expose", "web", "port")
		m.set(quoted(m.name+".example.com"), "expose", "web", "http", "host")
		if m.percent(40) {
			m.set(quoted("60"), "expose", "web", "http", "annotations", "nginx.ingress.kubernetes.io/proxy-read-timeout")
		}
	} else if m.percent(2) && len(m.ports["main"]) > 0 {
		m.set(quoted(m.ports["main"][0]), "expose", "direct", "port")
		m.set(`["203.0.113.0/24"]`, "expose", "direct", "loadBalancer", "sources")
	}
}
