package main

import (
	"fmt"
	"path"
	"slices"
	"testing/fstest"

	"sigs.k8s.io/kustomize/api/krusty"
	"sigs.k8s.io/kustomize/kyaml/filesys"

	"slipway.dev/compiler"
	"slipway.dev/compiler/diag"
	"slipway.dev/compiler/intake"
	"slipway.dev/compiler/plan"
	"slipway.dev/targets"
	"slipway.dev/targets/impact"
	"slipway.dev/targets/kube"
	"slipway.dev/targets/kustomize"
)

// row is one system in one environment.
type row struct {
	system, env             string
	services, fleet         int // services, and objects that belong to none
	leaves, kept            int // of the original, and those of them that came back
	added                   int // leaves of ours that the original has not, but for the tool's own labels
	ours                    int
	hatch                   int // leaves in patches and manifests, kinds unknown to everybody aside
	restart, replace, other int // objects that the change would restart, replace or delete
}

// measured is a system after the round trip.
type measured struct {
	system system
	rows   []row
	result *intake.Result
	cue    int // lines of specs
	yaml   int // lines of the objects that were imported
	detail []string
	diags  []*diag.Diagnostic
}

func measure(s system) (*measured, error) {
	r, err := intake.Import(s.files, intake.Options{Sources: s.sources, By: "roundtrip", Now: "2026-01-01T00:00:00Z", Compiler: targets.Options()})
	if err != nil {
		return nil, err
	}
	m := &measured{system: s, result: r, diags: r.Diags.All()}
	for _, svc := range r.Services {
		for _, objects := range svc.Objects {
			for _, o := range objects {
				m.yaml += lines(o.YAML(), "#")
			}
		}
	}
	fleet := fstest.MapFS{}
	for _, f := range r.Files {
		fleet[f.Path] = &fstest.MapFile{Data: f.Content}
		if ok, _ := path.Match("services/*/service.cue", f.Path); ok {
			m.cue += lines(f.Content, "//")
		}
	}
	if len(r.Files) == 0 {
		return m, nil
	}
	o := targets.Options()
	o.Targets = []plan.Target{kustomize.Target{}}
	c, err := compiler.Compile(fleet, o)
	if err != nil {
		return nil, err
	}
	disk := filesys.MakeFsInMemory()
	for _, f := range c.Files {
		if err := disk.WriteFile("/"+f.Path, f.Body); err != nil {
			return nil, err
		}
	}
	for _, env := range r.Environments {
		row := row{system: s.name, env: env.Name}
		for _, o := range r.Fleet {
			if o.Env == env.Name {
				row.fleet++
			}
		}
		for _, svc := range r.Services {
			if objects := svc.Objects[env.Name]; len(objects) > 0 {
				if err := m.service(&row, disk, svc, env.Name, objects); err != nil {
					return nil, err
				}
			}
		}
		m.rows = append(m.rows, row)
	}
	return m, nil
}

// service compares what a service was with what it became.
func (m *measured) service(row *row, disk filesys.FileSystem, svc *intake.Service, env string, objects []*intake.Object) error {
	row.services++
	var before []kube.Node
	for _, o := range objects {
		nodes, err := kube.Decode(o.YAML())
		if err != nil {
			return fmt.Errorf("%s: %w", o, err)
		}
		before = append(before, nodes...)
	}
	for _, h := range svc.Hatch[env] {
		if h.Known {
			row.hatch += h.Leaves
		}
	}
	var after []kube.Node
	if dir := path.Join("/services", svc.Name, "overlays", env); disk.Exists(dir) {
		built, err := krusty.MakeKustomizer(krusty.MakeDefaultOptions()).Run(disk, dir)
		if err != nil {
			return fmt.Errorf("build %s in %s: %w", svc.Name, env, err)
		}
		text, err := built.AsYaml()
		if err != nil {
			return err
		}
		if after, err = kube.Decode(text); err != nil {
			return err
		}
	} else {
		m.detail = append(m.detail, fmt.Sprintf("%s %s %s: not compiled", m.system.name, env, svc.Name))
	}
	old, now := leaves(before), leaves(after)
	row.leaves += len(old)
	row.ours += len(now)
	for _, l := range sorted(old) {
		if v, ok := now[l]; ok && v == old[l] {
			row.kept++
		} else {
			m.detail = append(m.detail, fmt.Sprintf("%s %s %s: - %s = %q (is %q)", m.system.name, env, svc.Name, l, old[l], v))
		}
	}
	for _, l := range sorted(now) {
		if v, ok := old[l]; !ok || v != now[l] {
			row.added++
			if !ok {
				m.detail = append(m.detail, fmt.Sprintf("%s %s %s: + %s = %q", m.system.name, env, svc.Name, l, now[l]))
			}
		}
	}
	for _, change := range impact.Compare(placeless(before), placeless(after)) {
		switch change.Class {
		case impact.Restart:
			row.restart++
		case impact.Replace:
			row.replace++
		case impact.Delete, impact.Unknown, impact.Create:
			row.other++
		default:
			continue
		}
		var paths []string
		for _, e := range change.Edits {
			if e.Decides {
				paths = append(paths, string(e.Kind)+" "+e.Path)
			}
		}
		m.detail = append(m.detail, fmt.Sprintf("%s %s %s: ! %s %s %s %v", m.system.name, env, svc.Name, change.Class, change.Object, change.Why, paths[:min(len(paths), 4)]))
	}
	return nil
}

// placeless are objects without what manifests may say or leave out: their namespace, which
// is often left to who applies them, and that a variable is set to nothing.
func placeless(objects []kube.Node) []kube.Node {
	out := make([]kube.Node, len(objects))
	for i, o := range objects {
		out[i] = o.Clone()
		out[i].Set(kube.Node{}, "metadata", "namespace")
		unset(&out[i])
	}
	return out
}

func unset(n *kube.Node) {
	if n.Get("name").Exists() && n.Get("value").Kind == kube.String && n.Get("value").Text == "" {
		n.Set(kube.Node{}, "value")
	}
	for i := range n.Fields {
		unset(&n.Fields[i].Value)
	}
	for i := range n.Items {
		unset(&n.Items[i])
	}
}

func sorted(m map[string]string) []string {
	var out []string
	for k := range m {
		out = append(out, k)
	}
	slices.Sort(out)
	return out
}
