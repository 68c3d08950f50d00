package fleets

import (
	"fmt"
	"slices"
	"strings"
)

// organisation is what sets one fleet apart from others: where code lies, what pipelines do
// beyond the usual, how releases go on. Services say only what their organisation offers. No
// system that was counted says how many organisations do what, so the shares are plausible ones.
type organisation struct {
	random
	hosts    []host   // of the sources, the usual one first; none where nobody sends events
	shared   bool     // all services are in one repository
	buildkit bool     // Dockerfiles can be built
	starts   bool     // the promoter may start runs
	nights   bool     // and does so by night
	broker   string   // of contracts; "" when there are none
	charts   []string // repositories of charts
	told     []string // names in notify
	clusters []string // of the environments
	registry []string // of the environments
	head     []bool   // which environments follow head
	gateway  []bool   // which environments have a Gateway, and not an Ingress
}

// host is where sources are.
type host struct{ name, kind, url string }

// share is one of several choices, and how many of a hundred take it.
type share[T any] struct {
	percent int
	value   T
}

// among picks one; the shares of a table come to 100.
func among[T any](r *random, table []share[T]) T {
	at := r.below(100)
	for _, s := range table {
		if at -= s.percent; at < 0 {
			return s.value
		}
	}
	panic("fleets: shares of less than 100")
}

// some are about so many in a hundred of a list, at least one.
func some[T any](r *random, percent float64, from []T) (out []T) {
	for _, v := range from {
		if r.percent(percent) {
			out = append(out, v)
		}
	}
	if len(out) == 0 {
		out = []T{pick(r, from)}
	}
	return out
}

var gitHosts = []share[[]host]{
	{30, []host{{"forge", "github", "https://git.example.com"}}},
	{30, []host{{"forge", "gitlab", "https://git.example.com"}}},
	{10, []host{{"forge", "generic", "https://git.example.com"}}},
	{10, []host{{"forge", "gitlab", "https://git.example.com"}, {"hub", "github", "https://github.com"}}},
	{10, []host{{"forge", "github", "https://git.example.com"}, {"lab", "gitlab", "https://gitlab.com"}, {"old", "generic", "https://code.example.com"}}},
	{10, nil},
}

// clustersOf are the clusters of dev, staging and prod; pipelines run in "build".
var clustersOf = []share[[]string]{
	{50, []string{"build", "build", "live"}},
	{25, []string{"build", "build", "build"}},
	{25, []string{"dev", "live", "live"}},
}

// registriesOf are the registries of dev, staging and prod.
var registriesOf = []share[[]string]{
	{50, []string{"dev", "dev", "live"}},
	{30, []string{"dev", "dev", "dev"}},
	{20, []string{"dev", "stage", "live"}},
}

func newOrganisation(seed uint64) *organisation {
	o := &organisation{random: random{seed}}
	r := &o.random
	o.hosts = among(r, gitHosts)
	o.shared = r.percent(20)
	o.buildkit = r.percent(90)
	o.starts = r.percent(55)
	o.nights = r.percent(50)
	if r.percent(40) {
		o.broker = "https://pacts.example.com" + pick(r, []string{"", "/", "/broker"})
	}
	if r.percent(30) {
		o.charts = some(r, 60, []string{"https://charts.example.com/stable", "oci://registry.example.com/charts"})
	}
	if r.percent(60) {
		o.told = some(r, 50, []string{"chat", "pager", "rooms"})
	}
	o.clusters, o.registry = among(r, clustersOf), among(r, registriesOf)
	o.head = []bool{true, r.percent(60), r.percent(5)}
	for range Environments {
		o.gateway = append(o.gateway, r.percent(35))
	}
	return o
}

// promoting is how releases get into dev, staging and prod; "" says nothing.
var promoting = [][]share[string]{
	{{70, ""}, {20, `"auto"`}, {10, `"manual"`}},
	{{25, ""}, {40, `"auto"`}, {25, `{after: "2h"}`}, {10, `{by: "manual"}`}},
	{{30, ""}, {25, `"manual"`}, {25, `{tag: "v*"}`}, {15, `{after: "48h"}`}, {5, `"auto"`}},
}

func (o *organisation) environments(p *node) {
	var blocks []string
	for k, name := range Environments {
		e := &node{}
		e.set(quoted(name), "name")
		e.set(quoted(o.clusters[k]), "cluster")
		e.set(quoted([]string{"acme-dev", "acme-staging", "acme"}[k]), "namespace")
		if k == 0 || o.registry[k] != o.registry[0] || o.percent(30) {
			e.set(quoted(o.registry[k]), "registry")
		}
		if k > 0 && o.head[k] {
			e.set(quoted("head"), "follow")
		} else if k > 0 && o.percent(20) {
			e.set(quoted("release"), "follow")
		}
		if k > 0 && o.percent(15) {
			e.set(quoted(Environments[o.below(k)]), "from")
		}
		if how := among(&o.random, promoting[k]); how != "" {
			e.set(how, "promote")
		}
		if o.percent(10) {
			e.set(quoted(pick(&o.random, []string{"restricted", "baseline"})), "podSecurity")
		}
		o.routes(e, o.gateway[k], "acme-tls", "routes")
		e.set(quoted("store-"+name), "defaults", "secrets", "[string]", "store")
		if k == 2 {
			e.set(quoted("eu-central"), "defaults", "env", "REGION")
		}
		blocks = append(blocks, e.block(1))
	}
	p.items(blocks, "environments")
}

// routes is how host names are reached.
func (o *organisation) routes(n *node, gateway bool, certificate string, at string) {
	if gateway {
		n.set(`{name: "public", namespace: "gateways"}`, at, "gateway")
		return
	}
	n.set(quoted("nginx"), at, "ingress", "class")
	n.set(quoted("ingress-nginx"), at, "ingress", "namespace")
	if o.percent(60) {
		n.set(quoted(certificate), at, "ingress", "tlsSecret")
	}
}

func (o *organisation) git(p *node) {
	if len(o.hosts) == 0 {
		return
	}
	for _, h := range o.hosts {
		if h.url != "https://github.com" && h.url != "https://gitlab.com" || o.percent(50) {
			p.set(quoted(h.url), "git", h.name, h.kind, "url")
		} else {
			p.set("{}", "git", h.name, h.kind)
		}
		switch {
		case h.kind == "github" && o.percent(40):
			p.set(fmt.Sprint(o.percent(80)), "git", h.name, h.kind, "changedFiles")
		case h.kind == "generic":
			p.set(quoted(h.name), "git", h.name, h.kind, "interceptor")
		}
		if o.percent(20) {
			p.set(quoted("safe to test"), "git", h.name, "approval")
		}
	}
	if o.percent(70) {
		p.set(quoted("hooks.example.com"), "webhooks", "host")
		o.routes(p.child("webhooks"), o.percent(30), "hooks-tls", "routes")
	}
}

// kinds of messages, by the name in notify.
var messages = map[string][]string{"chat": {"slack", "teams"}, "pager": {"webhook"}, "rooms": {"teams", "slack", "webhook"}}

func (o *organisation) people(p *node, owners []string) {
	for _, name := range o.told {
		p.set(quoted(pick(&o.random, messages[name])), "notify", name)
	}
	for _, name := range owners {
		if o.percent(90) {
			p.set(quoted("acme:"+name), "owners", name, "group")
		}
		if o.percent(90) {
			p.set(quoted("#"+name), "owners", name, "channel")
		}
		if len(o.told) > 0 && o.percent(30) {
			p.set(list(some(&o.random, 50, o.told)...), "owners", name, "notify")
		}
		if p.get("owners", name) == nil {
			p.set("{}", "owners", name)
		}
	}
	if len(o.told) > 0 && o.percent(30) {
		p.set(list(some(&o.random, 50, o.told)...), "fleet", "notify")
	}
}

// pipelines are where and how things are built.
func (o *organisation) pipelines(p *node) {
	set := func(percent float64, value string, path ...string) {
		if o.percent(percent) {
			p.set(value, append([]string{"pipelines"}, path...)...)
		}
	}
	set(100, quoted("build"), "cluster")
	if o.buildkit {
		set(100, quoted("tcp://buildkitd.slipway-build.svc:1234"), "buildkit")
		set(60, quoted("tcp://buildkitd.slipway-trial.svc:1234"), "pullRequests", "buildkit")
	}
	set(10, quoted("https://promoter.example.com/events"), "promoter")
	set(40, quoted(pick(&o.random, []string{"low", "medium", "high", "critical"})), "blockOn")
	set(40, list(some(&o.random, 60, []string{"SSPL-1.0", "AGPL-3.0-only", "GPL-3.0-or-later"})...), "deniedLicences")
	set(60, quoted(pick(&o.random, []string{"chains", "cosign", "cosign", "none"})), "signing")
	if o.starts {
		set(100, "true", "starts")
	}
	if o.nights {
		set(100, quoted(fmt.Sprintf("%d %d * * %s", o.below(60), o.below(6), pick(&o.random, []string{"*", "1-5"}))), "nightly")
	}
	if o.broker != "" {
		set(100, quoted(o.broker), "contracts", "broker")
	}
	set(30, quoted("registry.example.com/kept/reports"), "reports")
	set(40, quoted(fmt.Sprintf("%dGi", o.between(1, 8))), "workspace")
	set(20, `{cidr: "10.8.0.0/24", ports: [443]}`, "reach", "packages")
	set(10, `{namespace: "mirror"}`, "reach", "mirror")
	set(5, `{cidr: "fd00:8::/64"}`, "reach", "mirror-six")
}

// tools are those that come from a mirror, and slipway itself.
func (o *organisation) tools(p *node) {
	if !o.percent(40) {
		return
	}
	for _, name := range some(&o.random, 30, []string{"buildctl", "cosign", "git", "ko", "ko-base", "slipway", "trivy"}) {
		p.set(quoted(fmt.Sprintf("registry.example.com/tools/%s:%d@sha256:%s", name, o.between(1, 9), o.hex(64))), "tools", name)
	}
}

// reachable says whether a service's address in an environment can be its Service.
func (o *organisation) reachable(env string) bool {
	return o.clusters[slices.Index(Environments, env)] == "build"
}

// repository is the address of a repository: on the usual host, now and then on another one,
// or by ssh.
func (o *organisation) repository(r *random, name string) string {
	url := "https://git.example.com"
	if len(o.hosts) > 1 && r.percent(25) {
		url = pick(r, o.hosts).url
	}
	if at, ok := strings.CutPrefix(url, "https://"); ok && r.percent(15) {
		url = "ssh://git@" + at
	}
	return url + "/acme/" + name + pick(r, []string{"", "", ".git"})
}
