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
	m.sometimes(4, `{namespace: "search", ports: [9200]}`, "network", "to", "search")
	m.sometimes(2, `{cidr: "10.9.0.0/16"}`, "network", "from", "office")
	if slices.Contains(m.ports["main"], "http") {
		m.words()
	}
	if m.exposed = slices.Contains(m.ports["main"], "http") && m.percent(25); m.exposed {
		m.set(quoted("http"), "expose", "web", "port")
		m.set(quoted(m.name+".example.com"), "expose", "web", "http", "host")
		m.ways()
		if m.percent(40) {
			m.set(quoted("60"), "expose", "web", "http", "annotations", "nginx.ingress.kubernetes.io/proxy-read-timeout")
		}
	} else if m.percent(2) && len(m.ports["main"]) > 0 {
		m.set(quoted(m.ports["main"][0]), "expose", "direct", "port")
		m.set(`["203.0.113.0/24"]`, "expose", "direct", "loadBalancer", "sources")
		m.sometimes(40, "443", "expose", "direct", "loadBalancer", "port")
		m.sometimes(40, quoted("external"), "expose", "direct", "loadBalancer", "annotations", "acme.example/load-balancer")
	}
}

// words are ways in, in Kubernetes' own words. They name the Service and its port as they are.
func (m *maker) words() {
	backend := fmt.Sprintf(`{name: %q, port: name: "http"}`, m.name)
	if m.percent(1) {
		m.set(fmt.Sprintf(`{ingressClassName: "internal", rules: [{host: "%s.internal.example.com", http: paths: [{path: "/", pathType: "Prefix", backend: service: %s}]}]}`, m.name, backend), "expose", "inside", "ingress")
	}
	if number := m.spec.get("run", "main", "ports", "http"); m.percent(1) && number.value != "" {
		m.set(fmt.Sprintf(`{parentRefs: [{name: "mesh", namespace: "gateways"}], hostnames: ["%s.mesh.example.com"], rules: [{backendRefs: [{name: %q, port: %s}]}]}`, m.name, m.name, number.value), "expose", "mesh", "route")
	}
}

// named says whether words do that.
func (m *maker) named() bool {
	return m.spec.get("expose", "inside") != nil || m.spec.get("expose", "mesh") != nil
}

// ways are what a route says beyond its host: more hosts and paths, and what differs from the
// environment's.
func (m *maker) ways() {
	at := func(more ...string) []string { return append([]string{"expose", "web", "http"}, more...) }
	m.sometimes(15, list(m.name+".example.org"), at("hosts")...)
	m.sometimes(30, quoted("/"+m.name), at("path")...)
	m.sometimes(15, list("/more/"+m.name), at("paths")...)
	m.sometimes(15, quoted(pick(&m.random, []string{"Prefix", "Exact"})), at("match")...)
	m.sometimes(8, quoted("public"), at("class")...)
	m.sometimes(8, quoted(m.name+"-web-tls"), at("tls")...)
	m.sometimes(5, quoted(m.name+"-entry"), "expose", "web", "name")
	m.sometimes(5, quoted("main"), "expose", "web", "process")
}
