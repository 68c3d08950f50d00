package fleets

import "strings"

// platform is platform.cue: three environments, defaults for all and for some, and a policy,
// as most organisations come to have one.
func (g *generator) platform() string {
	o, p := g.org, &node{}
	p.set(quoted("acme"), "name")
	p.set(quoted("v0.1"), "slipway")
	o.people(p, g.owners)
	o.git(p)
	for _, name := range []string{"build", "dev", "live"} {
		p.set(quoted("https://"+name+".k8s.example.com:6443"), "clusters", name, "server")
	}
	for _, name := range []string{"dev", "stage", "live"} {
		p.set(quoted("registry.example.com/"+name), "registries", name, "url")
	}
	o.pipelines(p)
	o.tools(p)
	o.environments(p)
	if o.percent(15) {
		p.set(quoted("argo-system"), "argocd", "namespace")
	}
	p.set(list("cert-manager.io/Certificate"), "kinds")
	if len(o.charts) > 0 {
		p.set(list(o.charts...), "charts")
	}
	if o.shared {
		p.set(quoted(o.repository(&o.random, "shop")), "defaults", "source", "repo")
	}
	if o.percent(10) {
		p.set(quoted("trunk"), "defaults", "source", "branch")
	}
	var b strings.Builder
	b.WriteString("import \"slipway.dev/schema\"\n\nschema.#Platform & {\n\tfleet: repo: \"https://git.example.com/acme/fleet\"\n")
	if o.percent(15) {
		b.WriteString("\tfleet: branch: \"trunk\"\n")
	}
	p.write(&b, 1)
	b.WriteString(always + "}\n")
	return b.String()
}

// always is what the platform says whatever the organisation is.
const always = `	defaults: {
		allow: {"no-readiness": "not every process says so", "same-probe": "nor asks two questions", "no-requests": "nor says what it needs"}
		labels: "app.kubernetes.io/part-of": "acme"
		run: [string]: {
			resources: {cpu: "100m", memory: "128Mi", memoryLimit: "256Mi"}
			user:        1000
			group:       1000
			volumeGroup: 1000
		}
	}
	policy: prod: {
		run: [string]: resources: {
			cpu:         string
			memoryLimit: string @because("a node is shared with other services")
		}
		identity: account?: !="default"
	}
`
