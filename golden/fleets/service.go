package fleets

import (
	"fmt"
	"slices"
	"strings"
)

// maker makes the spec of one service. What it has said so far is kept beside the spec,
// for what must agree with it.
type maker struct {
	*generator
	random // its own, so that one choice more changes no other service
	name   string
	spec   *node
	fixed  bool                // others build its image
	procs  []string            // its process groups, main first
	ports  map[string][]string // names of ports, by process group
	// loose are parts that an environment may take away without harm to the rest: each one
	// or more fields, by their paths.
	loose    [][][]string
	exposed  bool
	scalable bool // main has replicas and no scale
}

func (m *maker) set(value string, path ...string) { m.spec.set(value, path...) }

func (m *maker) make() {
	m.ports = map[string][]string{}
	m.set(quoted(m.name), "name")
	m.set(quoted(m.owner()), "owner")
	m.image()
	m.processes()
	m.variables()
	m.storage()
	m.network()
	m.rest()
	m.differences()
	m.tests()
}

// owner is the team: areas belong to teams.
func (m *maker) owner() string {
	area, _, _ := strings.Cut(m.name, "-")
	return m.owners[slices.Index(areas, area)%len(m.owners)]
}

// image says where the image comes from: built here, or by others.
func (m *maker) image() {
	if m.fixed = m.percent(12); m.fixed {
		m.set(quoted(m.someImage()), "image")
		return
	}
	m.set(quoted("https://git.example.com/acme/"+m.name), "source", "repo")
	if m.percent(30) {
		m.set(quoted("services/"+m.name), "source", "path")
	}
	switch {
	case m.percent(15):
		m.set(quoted("./cmd/"+m.name), "build", "ko", "main")
	case m.percent(30):
		m.set(quoted("deploy/Dockerfile"), "build", "dockerfile", "path")
		if m.percent(50) {
			m.set(quoted("runtime"), "build", "dockerfile", "target")
			m.set(quoted(fmt.Sprintf("%d", m.between(17, 25))), "build", "dockerfile", "args", "RUNTIME_VERSION")
		}
	case m.percent(15):
		m.set(quoted(m.someImage()), "build", "jib", "image")
		m.set(quoted(pick(&m.random, []string{"maven", "gradle"})), "build", "jib", "tool")
	case m.percent(10):
		m.set(quoted(m.someImage()), "build", "buildpacks", "builder")
		m.set(quoted(m.someImage()), "build", "buildpacks", "run")
		m.set(quoted("./cmd/"+m.name), "build", "buildpacks", "env", "BP_GO_TARGETS")
	}
	if m.percent(70) {
		m.set(quoted(m.someImage()), "test", "unit", "image")
		m.set("1000", "test", "unit", "user")
		m.set(pick(&m.random, []string{list("go vet ./...", "go test ./..."), list("npm ci --ignore-scripts", "npm test"), list("./gradlew --offline test"), list("pytest -q")}), "test", "unit", "run")
	}
	if m.percent(10) {
		m.set(quoted(fmt.Sprintf("%dm", m.between(10, 60))), "tasks", pick(&m.random, []string{"unit", "build"}), "timeout")
	}
}

// tests are the layers beyond unit tests, and what scans may find for now.
func (m *maker) tests() {
	if m.fixed {
		return
	}
	if m.percent(30) {
		m.set(quoted(m.someImage()), "test", "lint", "image")
		m.set("1000", "test", "lint", "user")
		m.set(list("golangci-lint run", "eslint ."), "test", "lint", "run")
	}
	if m.percent(20) {
		m.set(quoted(m.someImage()), "test", "integration", "image")
		m.set("1000", "test", "integration", "user")
		m.set(list("make integration"), "test", "integration", "run")
		m.set(quoted("localhost:6379"), "test", "integration", "env", "STORE_ADDRESS")
		for range m.few(2) {
			need := pick(&m.random, roles)
			m.set(quoted(m.someImage()), "test", "integration", "needs", need, "image")
			m.set(fmt.Sprint(m.between(1024, 9999)), "test", "integration", "needs", need, "port")
			m.set("999", "test", "integration", "needs", need, "user")
		}
		if m.percent(30) {
			m.set(quoted("commit"), "test", "integration", "on")
		}
		if m.percent(50) {
			m.set(list("out/*.xml"), "test", "integration", "reports")
		}
	}
	if m.percent(10) {
		stage := pick(&m.random, []string{"docs", "structure", "generated-code"})
		m.set(quoted(m.someImage()), "stages", stage, "image")
		m.set(list("make "+stage), "stages", stage, "run")
		if m.percent(50) {
			m.set(list("build"), "stages", stage, pick(&m.random, []string{"before", "after"}))
		}
	}
	if m.percent(8) {
		id := fmt.Sprintf("CVE-2026-%d", m.between(1000, 59999))
		m.set(quoted("it is not reached"), "waivers", "vulnerabilities", id, "because")
		m.set(quoted("2027-01-31"), "waivers", "vulnerabilities", id, "until")
	}
}

// someImage is somebody else's image, pinned.
func (m *maker) someImage() string {
	return fmt.Sprintf("registry.example.com/library/%s:%d.%d@sha256:%s", pick(&m.random, roles), m.between(1, 9), m.between(0, 30), m.hex(64))
}

// rest is what stands at the end of a spec.
func (m *maker) rest() {
	if m.percent(50) {
		m.set(quoted(pick(&m.random, []string{"backend", "frontend", "data", "edge"})), "labels", "tier")
	}
	if m.percent(28.7) {
		for range m.few(3) {
			name := "config.example.com/" + strings.ToLower(pick(&m.random, topics))
			m.set(quoted(pick(&m.random, roles)), "annotations", name)
			m.mayGo([]string{"annotations", name})
		}
	}
	switch {
	case m.percent(5):
		m.set("{}", "release", "recreate")
	case m.percent(17.4):
		m.set(quoted(fmt.Sprintf("%d%%", 25*m.between(1, 4))), "release", "rolling", "surge")
		m.set(quoted("10%"), "release", "rolling", "unavailable")
	}
	if m.percent(5) {
		m.set(quoted("arn:example:iam::123456789012:role/"+m.name), "identity", "annotations", pick(&m.random, clouds))
	}
	if m.percent(10) {
		m.set("true", "identity", "token")
	}
}

// mayGo notes fields that an environment may remove, all of them together.
func (m *maker) mayGo(paths ...[]string) {
	if !slices.ContainsFunc(m.loose, func(l [][]string) bool { return slices.Equal(l[0], paths[0]) }) {
		m.loose = append(m.loose, paths)
	}
}
