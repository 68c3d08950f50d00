package fleets

import "fmt"

// layers are those of tests: how many of a hundred services have them, what they run, how many
// need something beside them, and what they may say of when they run.
var layers = []struct {
	name  string
	share float64
	run   [][]string
	needs float64
	on    []string
}{
	{"lint", 35, [][]string{{"golangci-lint run", "test -z \"$(gofmt -l .)\""}, {"eslint ."}, {"ruff check .", "mypy ."}}, 0, []string{"commit", "release"}},
	{"unit", 70, [][]string{{"go vet ./...", "go test -coverprofile=cover.out ./..."}, {"npm ci --ignore-scripts", "npm test"}, {"./gradlew --offline test"}, {"pytest -q"}}, 8, []string{"commit", "release"}},
	{"integration", 25, [][]string{{"make integration"}, {"go test -tags integration ./..."}, {"set -- a b\nfor x; do ./check \"$x\"; done"}}, 90, []string{"commit", "release", "nightly", "nightly"}},
	{"contract", 35, [][]string{{"npm run pact"}, {"go test -tags contract ./..."}}, 25, []string{"commit", "release"}},
	{"smoke", 45, [][]string{{"wget -q -O - \"$URL/healthz\""}, {"test -n \"$IMAGE\"", "./smoke.sh \"$ENVIRONMENT\""}}, 3, []string{"nightly"}},
	{"e2e", 20, [][]string{{"npx playwright test"}, {"go test -tags e2e ./e2e"}}, 15, []string{"nightly"}},
}

// tests are the layers that a service has. Those of contracts need a broker, those of what is
// deployed somebody who starts them and an address.
func (m *maker) tests() {
	for _, l := range layers {
		deployed, night := l.name == "smoke" || l.name == "e2e", l.on[len(l.on)-1] == "nightly"
		on := ""
		if m.percent(25) && (!night || m.org.nights) {
			on = pick(&m.random, l.on)
		}
		reached := m.addressed()
		switch {
		case !m.percent(l.share):
			continue
		case l.name == "contract" && m.org.broker == "":
			continue
		case deployed && (len(reached) == 0 || !m.org.starts && (!m.org.nights)):
			continue
		}
		at := func(more ...string) []string { return append([]string{"test", l.name}, more...) }
		m.commands(pick(&m.random, l.run), l.needs, at()...)
		if on != "" {
			m.set(quoted(on), at("on")...)
		}
		if l.name == "unit" || l.name == "integration" {
			m.sometimes(30, fmt.Sprintf(`{report: "cover.out", minimum: %d}`, m.below(101)), at("coverage")...)
		}
		if deployed {
			m.sameOrSome(reached, m.runsIn, at("in")...)
		}
		if l.name == "contract" {
			side := m.below(3)
			if side != 0 {
				m.set(quoted("pacts/*.json"), at("publishes")...)
			}
			if side != 1 {
				m.set("true", at("verifies")...)
			} else if m.percent(20) {
				m.set("false", at("verifies")...)
			}
		}
	}
}

// commands are what tests and stages of a service's own have in common.
func (m *maker) commands(run []string, needs float64, at ...string) {
	to := func(more ...string) []string { return append(append([]string{}, at...), more...) }
	m.set(quoted(m.someImage()), to("image")...)
	m.set(list(run...), to("run")...)
	m.sometimes(80, fmt.Sprint(m.between(1000, 1010)), to("user")...)
	for range m.below(3) {
		name, value := m.setting()
		if value[0] != '"' {
			value = quoted(value)
		}
		m.set(value, to("env", name)...)
	}
	m.sometimes(5, quoted("it's $HOME, $(date) and \"more\""), to("env", "GREETING")...)
	if m.percent(needs) {
		for range m.few(3) {
			m.need(to("needs", pick(&m.random, roles))...)
		}
	}
	m.sometimes(10, list(some(&m.random, 50, []string{"make flaky", "go test -run 'Flaky|Slow' ./...", "npm run \"odd one\""})...), to("quarantine")...)
	m.sometimes(35, list(some(&m.random, 50, []string{"out/*.xml", "build/test-results/test/TEST-*.xml", "report.xml"})...), to("reports")...)
}

// need is something that tests talk to, and how it is known to be ready.
func (m *maker) need(at ...string) {
	to := func(more ...string) []string { return append(append([]string{}, at...), more...) }
	m.set(quoted(m.someImage()), to("image")...)
	if m.percent(40) {
		m.set(list("sh", "-c", "test -S /tmp/socket"), to("ready")...)
	}
	if m.spec.get(to("ready")...) == nil || m.percent(30) {
		m.set(fmt.Sprint(m.between(1024, 9999)), to("port")...)
	}
	m.sometimes(40, quoted("trust"), to("env", "AUTH_METHOD")...)
	m.sometimes(5, list("-c", "fsync=off", "--name=$(POD) 'x'"), to("args")...)
	m.sometimes(70, "999", to("user")...)
	if m.percent(20) {
		m.resources(m.between(1, 4), to("resources")...)
	}
}
