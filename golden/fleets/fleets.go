// Package fleets makes fleets for tests and benchmarks: services that vary as real ones do.
// How often each construct stands in a spec, and what environments change, follows a count
// over 760 services of 38 public systems, 319 of them with several environments; the
// numbers in the code are percentages of that count. Of pipelines, which no such system has,
// they are what is plausible. Every fleet is of one organisation; words_test.go says which
// words of the schema none of them has.
//
// A generated fleet has no mistakes and no warnings, and the same number and seed give the
// same bytes everywhere. It holds what people and promotions write, never deploy/.
package fleets

import (
	"fmt"
	"slices"
	"strings"
	"testing/fstest"

	"slipway.dev/catalog/versions"
)

// Environments are those of every generated fleet, in promotion order. dev follows head; the
// others do or do not, as the organisation has it.
var Environments = []string{"dev", "staging", "prod"}

// Generate makes a fleet of so many services.
func Generate(services int, seed uint64) fstest.MapFS {
	g := generator{random: random{seed}, files: fstest.MapFS{}}
	g.names = g.serviceNames(services)
	g.owners = ownerNames(min(max(services/12, 2), 40))
	g.org = newOrganisation(g.next())
	g.write("platform.cue", g.platform())
	for _, name := range g.names {
		g.service(name)
	}
	return g.files
}

// generator makes one fleet. Services are made one after another, and consume only earlier
// ones: nothing goes round in a circle.
type generator struct {
	random
	files     fstest.MapFS
	org       *organisation
	names     []string
	owners    []string
	providers []provider // made already, and listening everywhere
}

// provider is a service that others can consume.
type provider struct{ name, port string }

func (g *generator) write(path, content string) {
	g.files[path] = &fstest.MapFile{Data: []byte(content), Mode: 0o644}
}

func (g *generator) service(name string) {
	m := &maker{generator: g, random: random{g.next()}, name: name, spec: &node{}}
	m.make()
	head := specOf(m.spec)
	g.write("services/"+name+".cue", head)
	// Nothing runs where nothing was released: one service in thirty is still on its way.
	released := len(m.runsIn)
	if m.percent(3) {
		released = m.between(1, released)
	}
	for _, env := range m.runsIn[:released] {
		spec := head
		if !g.org.head[slices.Index(Environments, env)] {
			// Most specs stay as they are from one release to the next.
			if m.percent(30) {
				spec = specOf(m.earlier())
			}
			g.write(versions.SpecPath(env, name), spec)
		}
		g.write(versions.Path(env, name), m.record(env, spec))
	}
	if len(m.ports["main"]) > 0 && len(m.runsIn) == len(Environments) {
		g.providers = append(g.providers, provider{name, m.ports["main"][0]})
	}
}

// record is a release of the service whose spec is given.
func (m *maker) record(env, spec string) string {
	minor, patch := m.below(40), m.below(20)
	r := versions.Record{
		Service: m.name, Environment: env, Spec: versions.SpecSum([]byte(spec)),
		Since: fmt.Sprintf("2026-%02d-%02dT%02d:%02d:%02dZ", m.between(1, 12), m.between(1, 28), m.below(24), m.below(60), m.below(60)),
		By:    pick(&m.random, people), Reason: fmt.Sprintf("1.%d.%d, two days in the environment before", minor, patch),
	}
	if m.from != fixed && m.from != charted {
		r.Image = "registry.example.com/" + m.org.registry[slices.Index(Environments, env)] + "/" + m.name + "@sha256:" + m.hex(64)
		r.Version = fmt.Sprintf("1.%d.%d", minor, patch)
		r.Commit = m.hex(40)
		r.Message = "Release " + r.Version
	}
	return string(versions.Encode(r))
}

// specOf is a spec as a file.
func specOf(spec *node) string {
	var b strings.Builder
	b.WriteString("import \"slipway.dev/schema\"\n\nschema.#Service & {\n")
	spec.write(&b, 1)
	b.WriteString("}\n")
	return b.String()
}
