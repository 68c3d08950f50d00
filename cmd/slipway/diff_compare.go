package main

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"
	"testing/fstest"

	"slipway.dev/compiler/ir"
	"slipway.dev/compiler/plan"
	"slipway.dev/targets/impact"
	"slipway.dev/targets/kube"
)

// differ compares what is committed with what is planned. Only overlays that a changed
// file belongs to are built.
type differ struct {
	fleet     *ir.Fleet
	plan      plan.Plan
	committed plan.Tree
	only      []string // environments; all, and what belongs to none, when empty
}

// diffGroup is an environment, or a folder of the output ("pipelines/") that belongs to none.
type diffGroup struct {
	name     string
	services []diffService // worst first, then by name
}

// diffService is what changes for a service there. Without changes, its files differ but
// not what they mean.
type diffService struct {
	name    string
	changes []impact.Change // worst first
}

// diffPlace is one service in one group.
type diffPlace struct{ group, service string }

// fleetFiles stands for a service where files belong to the fleet; no service has a blank.
const fleetFiles = "the fleet"

// compare returns the groups in which something differs: environments in promotion order,
// then environments that are gone, then folders.
func (d differ) compare(entries []plan.Entry) []diffGroup {
	changes := map[diffPlace][]impact.Change{}
	for p := range d.overlays(entries) {
		changes[p] = d.compareOverlay(p)
	}
	for p, files := range d.documents(entries) {
		changes[p] = append(changes[p], compareDocuments(files)...)
	}
	groups := map[string]*diffGroup{}
	for p, c := range changes {
		if groups[p.group] == nil {
			groups[p.group] = &diffGroup{name: p.group}
		}
		slices.SortStableFunc(c, func(a, b impact.Change) int { return cmp.Compare(b.Class, a.Class) })
		groups[p.group].services = append(groups[p.group].services, diffService{p.service, c})
	}
	var out []diffGroup
	for _, g := range groups {
		slices.SortFunc(g.services, func(a, b diffService) int {
			return cmp.Or(cmp.Compare(b.worst(), a.worst()), strings.Compare(a.name, b.name))
		})
		out = append(out, *g)
	}
	slices.SortFunc(out, func(a, b diffGroup) int {
		return cmp.Or(cmp.Compare(d.rank(a.name), d.rank(b.name)), strings.Compare(a.name, b.name))
	})
	return out
}

// worst is below every class for a service without changes.
func (s diffService) worst() impact.Class {
	if len(s.changes) == 0 {
		return impact.None - 1
	}
	return s.changes[0].Class
}

func (d differ) rank(group string) int {
	envs := d.fleet.Platform.Environments
	if i := slices.IndexFunc(envs, func(e *ir.Environment) bool { return e.Name == group }); i >= 0 {
		return i
	}
	if !strings.HasSuffix(group, "/") {
		return len(envs)
	}
	return len(envs) + 1
}

// overlays finds the overlays that may build something else than before: those with a
// changed file, and those that are committed but planned no more. The latter have to be
// asked for, since a run for one service sees no orphans.
func (d differ) overlays(entries []plan.Entry) map[diffPlace]bool {
	out := map[diffPlace]bool{}
	add := func(p diffPlace) {
		if d.wants(p.group) {
			out[p] = true
		}
	}
	bases := map[string]bool{} // services whose shared base has a changed file
	for _, e := range plan.Findings(entries) {
		switch parts := strings.Split(e.Path, "/"); {
		case parts[0] != "services" || len(parts) < 4:
		case parts[2] == "overlays" && len(parts) > 4:
			add(diffPlace{parts[3], parts[1]})
		case parts[2] == "base":
			bases[parts[1]] = true
		}
	}
	for _, env := range d.fleet.Platform.Environments {
		for name := range bases {
			if p := (diffPlace{env.Name, name}); env.Head && (d.planned(p) || d.isCommitted(p)) {
				add(p)
			}
		}
		for _, s := range d.fleet.Services {
			if p := (diffPlace{env.Name, s.Name}); !d.planned(p) && d.isCommitted(p) {
				add(p)
			}
		}
	}
	return out
}

func (d differ) wants(group string) bool { return len(d.only) == 0 || slices.Contains(d.only, group) }

func (p diffPlace) dir() string { return path.Join("services", p.service, "overlays", p.group) }

func (d differ) planned(p diffPlace) bool {
	_, ok := d.plan.Lookup(path.Join(p.dir(), "kustomization.yaml"))
	return ok
}

// isCommitted is true for what stands in the way, too: building it says what that is.
func (d differ) isCommitted(p diffPlace) bool {
	_, err := d.committed.Read(path.Join(p.dir(), "kustomization.yaml"))
	return !errors.Is(err, fs.ErrNotExist)
}

func (d differ) compareOverlay(p diffPlace) []impact.Change {
	var before, after []kube.Node
	var err error
	if d.isCommitted(p) {
		if before, err = buildOverlay(d.committed, p.dir()); err != nil {
			return unknown(p.dir(), fmt.Errorf("what is committed does not build: %w; `slipway compile` writes it anew", err))
		}
	}
	if d.planned(p) {
		if after, err = buildOverlay(d.files(p.service), p.dir()); err != nil {
			return unknown(p.dir(), fmt.Errorf("what the spec means does not build: %w", err))
		}
	}
	return impact.Compare(before, after)
}

func unknown(what string, why error) []impact.Change {
	return []impact.Change{{Class: impact.Unknown, Object: impact.Object{Name: what}, Why: why.Error()}}
}

// files are the planned files that overlays of a service can name.
func (d differ) files(service string) plan.Tree {
	m := fstest.MapFS{}
	prefix := path.Join("services", service) + "/"
	at, _ := slices.BinarySearchFunc(d.plan.Files, prefix, func(f plan.File, p string) int { return strings.Compare(f.Path, p) })
	for _, f := range d.plan.Files[at:] {
		if !strings.HasPrefix(f.Path, prefix) {
			break
		}
		m[f.Path] = &fstest.MapFile{Data: plan.Bytes(f), Mode: 0o644}
	}
	return plan.FromFS(m)
}

// documents are the changed files that hold objects as they are.
func (d differ) documents(entries []plan.Entry) map[diffPlace][]plan.Entry {
	out := map[diffPlace][]plan.Entry{}
	for _, e := range plan.Findings(entries) {
		parts := strings.Split(e.Path, "/")
		if parts[0] == "services" || len(parts) < 2 || path.Ext(e.Path) != ".yaml" {
			continue // overlays are built; the rest is for people and Git
		}
		p := diffPlace{parts[0] + "/", fleetFiles}
		if i := slices.Index(parts, "applications"); i >= 0 && i+2 < len(parts) {
			p.group = parts[i+1]
		}
		if name, ok := e.Owner.Service(); ok {
			p.service = name
		}
		if d.wants(p.group) {
			out[p] = append(out[p], e)
		}
	}
	return out
}

// compareDocuments compares all files of a place at once: an object that moves from one to
// another is still the same.
func compareDocuments(files []plan.Entry) (out []impact.Change) {
	var before, after []kube.Node
	for _, e := range files {
		if e.State == plan.EditedOrphan {
			continue // it is kept
		}
		if e.State == plan.Foreign {
			out = append(out, unknown(e.Path, errors.New("something that slipway did not write is in its place"))...)
			continue
		}
		old, err := objects(e.Old)
		if err != nil {
			out = append(out, unknown(e.Path, fmt.Errorf("what is committed cannot be read: %w; `slipway compile` writes it anew", err))...)
			continue
		}
		planned, err := objects(e.New)
		if err != nil {
			panic(fmt.Sprintf("%s cannot be read back: %v", e.Path, err))
		}
		before, after = append(before, old...), append(after, planned...)
	}
	return append(out, impact.Compare(before, after)...)
}

// objects are the documents of a file that a cluster gets to see.
func objects(content []byte) ([]kube.Node, error) {
	docs, err := kube.Decode(content)
	return slices.DeleteFunc(docs, func(n kube.Node) bool {
		return strings.HasPrefix(n.Get("apiVersion").Text, "kustomize.config.k8s.io/")
	}), err
}
