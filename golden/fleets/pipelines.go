package fleets

import (
	"fmt"
	"slices"
)

// image says where the image comes from: built here, by another CI, or fixed.
func (m *maker) image() {
	switch {
	case m.percent(12):
		m.from = fixed
		m.set(quoted(m.someImage()), "image")
		return
	case m.percent(5):
		m.from = external
		m.set(quoted("external"), "ci")
		return
	}
	m.source()
	m.build()
}

// source is where the code lies: in a repository of its own, its team's or everybody's.
func (m *maker) source() {
	folder := m.percent(25)
	switch {
	case m.org.shared && m.percent(90):
		folder = true // platform.cue says the repository
	case folder:
		m.set(quoted(m.org.repository(&m.random, m.owner())), "source", "repo")
	default:
		m.set(quoted(m.org.repository(&m.random, m.name)), "source", "repo")
	}
	if folder {
		m.set(quoted("services/"+m.name), "source", "path")
		if m.percent(40) {
			m.set(list(some(&m.random, 50, []string{"lib/common", "go.mod", "build/base image", "proto/" + m.name})...), "source", "also")
		}
	}
	if m.percent(10) {
		m.set(quoted(pick(&m.random, []string{"trunk", "release/2026", "main"})), "source", "branch")
	}
}

var platforms = []string{"linux/amd64", "linux/arm64", "linux/arm/v7"}

// builders are the ways to make an image; a Dockerfile at the top is nothing to be said.
var builders = []share[func(*maker)]{
	{35, func(*maker) {}},
	{25, dockerfile},
	{15, ko},
	{15, jib},
	{10, buildpacks},
}

func (m *maker) build() {
	make := among(&m.random, builders)
	make(m)
	if m.spec.get("build") == nil && !m.org.buildkit {
		ko(m)
	} else if !m.org.buildkit && m.spec.get("build", "dockerfile") != nil {
		m.spec.drop("build")
		ko(m)
	}
	if m.spec.get("build") != nil {
		m.sometimes(20, quoted(pick(&m.random, []string{"commit", "release"})), "build", "on")
	}
}

// sometimes sets a value in so many of a hundred.
func (m *maker) sometimes(percent float64, value string, path ...string) {
	if m.percent(percent) {
		m.set(value, path...)
	}
}

func dockerfile(m *maker) {
	at := func(name ...string) []string { return append([]string{"build", "dockerfile"}, name...) }
	m.set("{}", at()...)
	m.sometimes(60, quoted("deploy/Dockerfile"), at("path")...)
	m.sometimes(20, quoted(pick(&m.random, []string{"src", "app/web"})), at("context")...)
	m.sometimes(40, quoted("runtime"), at("target")...)
	if m.percent(40) {
		m.set(quoted(fmt.Sprint(m.between(17, 25))), at("args", "RUNTIME_VERSION")...)
		m.sometimes(20, quoted("it's $HOME, \"quoted\""), at("args", "GREETING")...)
	}
	m.sometimes(20, list(some(&m.random, 60, platforms)...), at("platforms")...)
	m.sometimes(30, fmt.Sprint(m.percent(90)), at("cache")...)
}

func ko(m *maker) {
	m.set("{}", "build", "ko")
	m.sometimes(80, quoted("./cmd/"+m.name), "build", "ko", "main")
	m.sometimes(30, list(some(&m.random, 60, platforms[:2])...), "build", "ko", "platforms")
}

func jib(m *maker) {
	at := func(name string) []string { return []string{"build", "jib", name} }
	tool := pick(&m.random, []string{"maven", "gradle"})
	m.set(quoted(m.someImage()), at("image")...)
	m.set(quoted(tool), at("tool")...)
	if m.percent(30) {
		m.set(quoted(map[string]string{"maven": "services/" + m.name, "gradle": ":services:" + m.name}[tool]), at("module")...)
	}
	m.sometimes(20, list(some(&m.random, 60, []string{"-Pprofile=prod", "--no-transfer-progress", "-Dgreeting=$(it is) 'odd'"})...), at("args")...)
	m.sometimes(20, quoted(pick(&m.random, platforms[:2])), at("platform")...)
	m.sometimes(40, "1000", at("user")...)
}

func buildpacks(m *maker) {
	at := func(name ...string) []string { return append([]string{"build", "buildpacks"}, name...) }
	m.set(quoted(m.someImage()), at("builder")...)
	m.set(quoted(m.someImage()), at("run")...)
	m.sometimes(60, quoted("./cmd/"+m.name), at("env", "BP_GO_TARGETS")...)
	m.sometimes(20, quoted("-Xmx1g -Dname='a b'"), at("env", "BP_MAVEN_BUILD_ARGUMENTS")...)
	m.sometimes(30, "1001", at("user")...)
}

// settings of single tasks, of those that the pipelines have and of stages of the service's own.
func (m *maker) taskSettings() {
	if !m.percent(15) {
		return
	}
	names := append([]string{
		"clone", "secrets", "dependencies", "lint", "unit", "integration", "contracts-fetch", "contract", "contracts-publish", "build",
		"push", "scan", "rescan", "request", "smoke", "e2e", "verdict", "announce", "supersede", "report", "reports",
	}, m.stages...)
	for range m.few(4) {
		name := pick(&m.random, names)
		m.sometimes(80, quoted(pick(&m.random, []string{"90s", "25m", "1h30m", "2h"})), "tasks", name, "timeout")
		if !slices.Contains([]string{"announce", "supersede", "request", "verdict"}, name) { // which are not tried again
			m.sometimes(40, fmt.Sprint(m.between(0, 2)), "tasks", name, "retries")
		}
	}
}

// waivers are what scans may find for now.
func (m *maker) waivers() {
	for _, w := range []struct {
		percent    float64
		kind, what string
	}{
		{8, "vulnerabilities", fmt.Sprintf("CVE-2026-%d", m.between(1000, 59999))},
		{3, "vulnerabilities", "GHSA-69fq-xp46-6x23"},
		{3, "licences", "AGPL-3.0-only:@acme/" + pick(&m.random, roles)},
		{3, "secrets", "private-key:testdata/" + pick(&m.random, roles) + ".pem"},
	} {
		if m.percent(w.percent) {
			m.set(quoted("it is not reached; ticket SEC-"+fmt.Sprint(m.between(1, 999))), "waivers", w.kind, w.what, "because")
			m.set(quoted("2027-01-31"), "waivers", w.kind, w.what, "until")
		}
	}
}

// pipeline is all that says what runs between a commit and a release, and after it.
func (m *maker) pipeline() {
	if m.from != built {
		return
	}
	m.tests()
	m.ownStages()
	m.waivers()
	m.taskSettings()
}

// addressed are the environments in which tests reach the service: by its host name, or its
// Service where that is in the pipelines' cluster.
func (m *maker) addressed() (out []string) {
	for _, env := range m.runsIn {
		if m.exposed || len(m.ports["main"]) > 0 && m.org.reachable(env) {
			out = append(out, env)
		}
	}
	return out
}

// sameOrSome says nothing when all that is meant is what goes without saying.
func (m *maker) sameOrSome(all, usual []string, path ...string) {
	chosen := all
	if m.percent(40) {
		chosen = some(&m.random, 60, all)
	}
	if !slices.Equal(chosen, usual) || m.percent(10) {
		m.set(list(chosen...), path...)
	}
}
