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
	from   origin
	runsIn []string            // its environments
	stages []string            // of its own, in the pipelines
	procs  []string            // its process groups, main first
	kind   string              // of main
	ports  map[string][]string // names of ports, by process group
	// loose are parts that an environment may take away without harm to the rest: each one
	// or more fields, by their paths.
	loose    [][][]string
	exposed  bool
	scalable bool // main has replicas and no scale
}

// origin is where an image comes from.
type origin int

const (
	built    origin = iota // here
	fixed                  // the spec names it
	external               // another CI has it promoted
	charted                // a chart says it
)

func (m *maker) set(value string, path ...string) { m.spec.set(value, path...) }

func (m *maker) make() {
	m.ports, m.runsIn = map[string][]string{}, among(&m.random, places)
	m.set(quoted(m.name), "name")
	m.set(quoted(m.owner()), "owner")
	if len(m.runsIn) < len(Environments) {
		m.set(list(m.runsIn...), "runsIn")
	}
	if len(m.org.charts) > 0 && m.percent(4) {
		m.chart()
		return
	}
	m.image()
	m.processes()
	m.variables()
	m.storage()
	m.network()
	m.adopted()
	m.account()
	m.companions()
	m.strategy()
	m.rest()
	m.differences()
	m.pipeline()
}

// places are the environments that services run in.
var places = []share[[]string]{
	{92, Environments},
	{3, Environments[:1]},
	{2, Environments[1:]},
	{2, []string{"dev", "prod"}},
	{1, Environments[2:]},
}

// owner is the team: areas belong to teams.
func (m *maker) owner() string {
	area, _, _ := strings.Cut(m.name, "-")
	return m.owners[slices.Index(areas, area)%len(m.owners)]
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
}

// mayGo notes fields that an environment may remove, all of them together.
func (m *maker) mayGo(paths ...[]string) {
	if !slices.ContainsFunc(m.loose, func(l [][]string) bool { return slices.Equal(l[0], paths[0]) }) {
		m.loose = append(m.loose, paths)
	}
}
