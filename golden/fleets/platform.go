package fleets

import "strings"

// platform is platform.cue: three environments on two clusters, defaults for all and for
// prod, and a policy, as most organisations come to have one.
func (g *generator) platform() string {
	var b strings.Builder
	b.WriteString(platformHead)
	b.WriteString("\towners: {\n")
	for _, o := range g.owners {
		b.WriteString("\t\t" + label(o) + ": {group: " + quoted("acme:"+o) + ", channel: " + quoted("#"+o) + "}\n")
	}
	kind := "github"
	if len(g.owners)%2 == 0 {
		kind = "gitlab"
	}
	b.WriteString("\t}\n\tgit: forge: " + kind + ": url: \"https://git.example.com\"\n" + platformRest)
	return b.String()
}

const platformHead = `import "slipway.dev/schema"

schema.#Platform & {
	name:    "acme"
	slipway: "v0.1"
	fleet: repo: "https://git.example.com/acme/fleet"

`

const platformRest = `
	clusters: {
		build: server: "https://build.k8s.example.com:6443"
		live: server:  "https://live.k8s.example.com:6443"
	}
	registries: {
		dev: url:  "registry.example.com/dev"
		live: url: "registry.example.com/live"
	}
	pipelines: {cluster: "build", buildkit: "tcp://buildkitd.slipway-build.svc:1234"}

	environments: [{
		name:      "dev"
		cluster:   "build"
		namespace: "acme-dev"
		registry:  "dev"
		routes: ingress: {class: "nginx", namespace: "ingress-nginx"}
	}, {
		name:      "staging"
		cluster:   "build"
		namespace: "acme-staging"
		registry:  "dev"
		follow:    "head"
		routes: ingress: {class: "nginx", namespace: "ingress-nginx", tlsSecret: "acme-tls"}
	}, {
		name:      "prod"
		cluster:   "live"
		namespace: "acme"
		registry:  "live"
		routes: gateway: {name: "public", namespace: "gateways"}
		defaults: env: REGION: "eu-central"
	}]

	defaults: {
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
}
`
