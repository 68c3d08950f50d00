package compiler

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"slipway.dev/catalog/versions"
	"slipway.dev/compiler/diag"
	"slipway.dev/compiler/ir"
	"slipway.dev/compiler/layer"
	"slipway.dev/compiler/load"
	"slipway.dev/schema"
)

// spec is one service as loaded: its trees and its records. Everything about it comes from
// files that belong to it.
type spec struct {
	file   string                      // services/NAME.cue or services/NAME/service.cue
	name   string                      // by the file's name
	src    []byte                      // the spec as it stands
	head   *layer.Node                 // the spec as it stands
	same   map[string]bool             // by environment: its copy is the spec as it stands
	wrong  *diag.List                  // what is wrong in it
	copies map[string]*layer.Node      // releases/ENV/NAME.cue, by environment; only where one is followed
	record map[string]*versions.Record // by environment
}

// resolve makes the service's IR: every layer laid, every name looked up within the
// service. What it consumes is linked later, when all interfaces are known.
func (p *platform) resolve(l *load.Loader, s *spec, ds *diag.List) *ir.Service {
	head := layer.Decode[schema.Service](s.head)
	svc := &ir.Service{At: s.head.Pos("name"), Name: head.Name, Owner: head.Owner}
	p.checkIdentity(s, head, svc, ds)
	runs := p.runsIn(s, head, ds)
	var looked []string
	var lacking []*diag.List
	for _, env := range p.ir.Environments {
		if !runs[env.Name] {
			continue
		}
		svc.RunsIn = append(svc.RunsIn, env)
		// The spec as it stands is judged for every environment, also where only releases
		// count: it is what will be promoted.
		if !s.same[env.Name] {
			want := ds.Sub()
			pending := p.instance(l, s, svc, env, s.head, want, ds)
			looked, lacking = append(looked, env.Name), append(lacking, want)
			if env.Head {
				svc.Instances = append(svc.Instances, pending)
				continue
			}
			svc.Pending = append(svc.Pending, pending)
		}
		if tree := s.copies[env.Name]; tree != nil {
			want := ds.Sub()
			svc.Instances = append(svc.Instances, p.instance(l, s, svc, env, tree, want, ds))
			ds.Append(want)
		}
	}
	settleNeeds(looked, lacking, ds)
	p.delivery(s, svc, ds)
	return svc
}

// instance resolves one tree of the service for an environment. What the tree lacks goes
// to want; it is left out, and the rest is resolved all the same.
func (p *platform) instance(l *load.Loader, s *spec, svc *ir.Service, env *ir.Environment, tree *layer.Node, want, ds *diag.List) *ir.Instance {
	resolved := p.layered(tree, env.Name)
	chart := resolved.Get("chart") != nil
	resolved = needs(layer.TypeOf[schema.Fields](), resolved, want)
	if p.rules.For(env.Name) && !want.HasErrors() && !s.wrong.HasErrors() {
		broken, here := ds.Sub(), inForce(resolved, env.Name)
		l.Judge(p.rules, env.Name, meant(here), svc.At, broken)
		ds.Add(testedElsewhere(resolved, here, env.Name, broken.All())...)
	}
	rec := s.record[env.Name]
	if tree == s.head && !env.Head {
		rec = nil
	}
	r := resolver{p: p, svc: svc, env: env, tree: resolved, here: tree.Find("environments", env.Name), f: layer.Decode[schema.Fields](resolved), ds: ds, chart: chart}
	return r.instance(rec)
}

// delivery resolves how the service is built and tested: a matter of the spec as it stands,
// without any environment's differences.
func (p *platform) delivery(s *spec, svc *ir.Service, ds *diag.List) {
	all := layer.Merge(layer.TypeOf[schema.Fields](), p.defaults, fieldsOf(s.head))
	for _, name := range s.head.Get("environments").SortedKeys() {
		sameEverywhere(s.head.Find("environments", name), "different in one environment", ds)
	}
	tree := awake(layer.TypeOf[schema.Fields](), all).Only("source", "build", "image", "ci", "test", "stages", "waivers", "tasks")
	want := ds.Sub()
	tree = needs(layer.TypeOf[schema.Fields](), tree, want)
	ds.Append(want)
	r := resolver{p: p, svc: svc, tree: tree, f: layer.Decode[schema.Fields](tree), ds: ds, chart: isChart(s.head)}
	r.delivery(s)
	for _, name := range s.head.Get("environments").SortedKeys() {
		if svc.External && s.head.Find("environments", name, "image") != nil {
			r.notExternal(s.head.LabelPos("environments", name, "image"), "image")
		}
		if n := s.head.Find("environments", name, "image"); n != nil && svc.Build != nil {
			ds.Errorf(diag.SeveralChoices, n.LabelOr(), "service %q is built, so its image in %q is the one that was released there", svc.Name, name).
				WithPath("environments." + name + ".image").WithHint("remove image, or say image for all environments instead of source and build")
		}
	}
}

// asWritten is the hardening that adds nothing.
const asWritten = "asWritten"

// layered is what a service's tree says in an environment, all layers laid.
func (p *platform) layered(tree *layer.Node, env string) *layer.Node {
	fields := layer.TypeOf[schema.Fields]()
	lay := func(defaults *layer.Node) *layer.Node {
		n := layer.Merge(fields, defaults, fieldsOf(tree))
		return awake(fields, layer.Merge(fields, n, tree.Find("environments", env)))
	}
	n := lay(p.layers[env])
	if h := n.Get("hardening"); h != nil && h.Text == asWritten {
		n = lay(p.bare[env])
	}
	return n
}

// sameEverywhere refuses differences in what is one for all environments: how the image
// comes about.
func sameEverywhere(n *layer.Node, where string, ds *diag.List) {
	for _, name := range []string{"source", "build", "ci", "test", "stages", "waivers", "tasks"} {
		if f := n.Get(name); f != nil {
			ds.Errorf(diag.UnknownField, f.LabelOr(), "%s cannot be %s: one image goes through all of them", name, where).
				WithPath(name).WithHint("say it for all environments")
		}
	}
}

// fieldsOf is a service's tree without what only a service has.
func fieldsOf(tree *layer.Node) *layer.Node {
	return tree.Without("name", "owner", "runsIn", "environments")
}

// resolver resolves one service in one environment.
type resolver struct {
	p    *platform
	svc  *ir.Service
	env  *ir.Environment // nil while delivery is resolved
	tree *layer.Node
	here *layer.Node // what the service says differently in env; nil for nothing
	f    *schema.Fields
	ds   *diag.List

	chart      bool              // a chart is all that runs
	loose      bool              // nothing is added to what the spec says
	sets       map[string]string // ConfigMap name by config set
	podVolumes map[string]bool   // volumes that the process group at hand says in Kubernetes' words
	inst       *ir.Instance
}

func (r *resolver) instance(rec *versions.Record) *ir.Instance {
	inst := &ir.Instance{Service: r.svc, Env: r.env, Labels: pairs(r.f.Labels)}
	r.inst = inst
	r.loose = text(r.f.Hardening, "") == asWritten
	inst.AsWritten, inst.PullSecrets = r.loose, r.f.PullSecrets
	fixed := r.f.Image != nil || r.chart
	switch {
	case rec != nil && r.chart && rec.Image != "":
		r.ds.Errorf(diag.NotBuilt, r.tree.LabelPos("chart"), "the service is a chart, but the release in %s brings an image", r.env.Name).
			WithHint("remove %s; a chart is promoted with --from, or follows the spec", versions.Path(r.env.Name, r.svc.Name))
	case rec != nil && fixed && rec.Image != "":
		r.ds.Errorf(diag.NotBuilt, r.tree.Pos("image"), "the spec fixes the image, but the release in %s brings one of its own", r.env.Name).
			WithHint("remove %s, or replace image by build", versions.Path(r.env.Name, r.svc.Name))
	case rec != nil && !fixed && rec.Image == "":
		r.ds.Errorf(diag.BadRecord, diag.Pos{File: versions.Path(r.env.Name, r.svc.Name), Line: 1, Col: 1}, "the release record of %q in %s names no image", r.svc.Name, r.env.Name).
			WithHint("promote one: slipway promote %s --image REF@DIGEST --to %s", r.svc.Name, r.env.Name)
	}
	switch {
	case rec != nil:
		inst.Release = &ir.Release{Image: rec.Image, Version: rec.Version, Commit: rec.Commit}
	case fixed && r.env.Head:
		inst.Release = &ir.Release{}
	}
	r.allow()
	if id := r.f.Identity; id != nil {
		inst.App, inst.AppAt = text(id.Application, ""), r.tree.Pos("identity", "application")
	}
	if r.chart {
		r.chartAlone()
		return inst
	}
	r.configs()
	r.account()
	for _, name := range sorted(r.f.Run) {
		inst.Workloads = append(inst.Workloads, r.workload(name, ptr(r.f.Run[name])))
	}
	if len(inst.Workloads) == 0 {
		r.ds.Errorf(diag.MissingField, r.svc.At, "service %q runs nothing", r.svc.Name).WithPath("run").
			WithHint("say what runs: run: main: ports: http: 8080")
	}
	slices.SortFunc(inst.Workloads, func(a, b *ir.Workload) int { return strings.Compare(a.Name, b.Name) })
	r.network()
	r.routes()
	r.tested()
	r.companions()
	r.manifests()
	r.rollouts()
	r.named()
	r.patches()
	r.single()
	r.unusedVolumes()
	return inst
}

func (r *resolver) allow() {
	for _, code := range sorted(r.f.Allow) {
		r.inst.Allow = append(r.inst.Allow, ir.Allow{At: r.tree.LabelPos("allow", code), Code: diag.Code(code), Reason: r.f.Allow[code]})
	}
}

// unusedVolumes finds volumes that the service gives itself and mounts nowhere. Those
// that a platform offers to all may stay unused.
func (r *resolver) unusedVolumes() {
	used := map[string]bool{}
	for _, w := range r.inst.Workloads {
		for _, v := range w.Volumes {
			used[v.Name] = true
		}
		for _, c := range containers(w) {
			for _, m := range c.Mounts {
				if slices.ContainsFunc(w.Volumes, func(v ir.Volume) bool { return v.Name == m.Volume }) {
					continue
				}
				if _, ok := r.f.Volumes[m.Volume]; !ok {
					return // a misspelt mount explains the volume that is left over
				}
			}
		}
	}
	for _, name := range sorted(r.f.Volumes) {
		if at := r.tree.LabelPos("volumes", name); !used[name] && at.File != PlatformFile && !at.IsBuiltin() {
			r.inst.Unused = append(r.inst.Unused, ir.Unused{At: at, Name: name})
		}
	}
}

func (r *resolver) configs() {
	r.sets = map[string]string{}
	for _, set := range sorted(r.f.Config) {
		cm := ir.ConfigMap{At: r.tree.LabelPos("config", set), Set: set}
		for _, key := range sorted(r.f.Config[set]) {
			cm.Data = append(cm.Data, ir.Datum{At: r.tree.Pos("config", set, key), Key: key, Value: r.f.Config[set][key]})
		}
		cm.Name = r.svc.Name + "-" + set + "-" + contentHash(cm.Data)
		if id := r.f.Identity; id != nil && id.Configs[set] != "" {
			cm.Name, cm.Kept = id.Configs[set], true
		}
		r.sets[set] = cm.Name
		r.inst.Configs = append(r.inst.Configs, cm)
	}
}

func (r *resolver) account() {
	a := ir.Account{Name: r.svc.Name, Make: true}
	if r.loose {
		a = ir.Account{}
	}
	if id := r.f.Identity; id != nil {
		if id.Make != nil {
			a = ir.Account{Name: r.svc.Name, Make: *id.Make}
		}
		if id.Account != nil {
			a.Name, a.Make = *id.Account, yes(id.Make)
			if len(id.Annotations) > 0 && !a.Make {
				r.ds.Errorf(diag.SeveralChoices, r.tree.LabelPos("identity", "annotations"), "identity.annotations belong to an account that is made, but %q exists already", a.Name).
					WithHint("annotate that account where it is made, or remove identity.account")
			}
		}
		a.Annotations = pairs(id.Annotations)
		if at := []string{"identity", "object"}; id.Object != nil && r.accountWords(at...) {
			a.Words = tree(r.tree.Find(at...))
			if !a.Make {
				r.ds.Errorf(diag.SeveralChoices, r.tree.LabelPos(at...), "identity.object is an account that is made, but %q exists already", a.Name).
					WithHint("say make: true, or remove it")
			}
		}
		a.Token = id.Token
	}
	r.inst.Account = a
}

// configName is the ConfigMap that a spec's reference means: the service's own config set,
// or one that exists in the environment.
func (r *resolver) configName(name string, path ...string) string {
	if own, ok := r.sets[name]; ok {
		return own
	}
	if near, ok := diag.Nearest(name, sorted(r.f.Config)); ok {
		r.ds.Warnf(diag.UnknownConfig, r.tree.Pos(path...), "%q is no config set of this service, so it must exist in the cluster", name).
			WithPath(strings.Join(path, ".")).WithHint("did you mean %q?", near)
	}
	return name
}

// contentHash is what a ConfigMap is named by: ten digits of the hash of its keys and values.
func contentHash(data []ir.Datum) string {
	h := sha256.New()
	for _, d := range data {
		fmt.Fprintf(h, "%d:%s%d:%s", len(d.Key), d.Key, len(d.Value), d.Value)
	}
	return hex.EncodeToString(h.Sum(nil))[:10]
}

// seconds reads a duration of the spec; the schema has checked its form.
func seconds(s *string) int64 {
	if s == nil {
		return 0
	}
	d, err := time.ParseDuration(*s)
	if err != nil {
		panic("compiler: duration " + *s + ": " + err.Error())
	}
	return int64(d / time.Second)
}

func pairs(m map[string]string) []ir.Pair {
	out := make([]ir.Pair, 0, len(m))
	for _, k := range sorted(m) {
		out = append(out, ir.Pair{Name: k, Value: m[k]})
	}
	if len(out) == 0 {
		return nil
	}
	return out
}

func sorted[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }

// order lists the entries of a map: by name, or as the spec has them where everything is as
// written.
func order[V any](r *resolver, m map[string]V, path ...string) []string {
	names := sorted(m)
	if !r.loose {
		return names
	}
	var out []string
	if n := r.tree.Find(path...); n != nil {
		for _, e := range n.Keys {
			if _, ok := m[e.Name]; ok {
				out = append(out, e.Name)
			}
		}
	}
	for _, name := range names {
		if !slices.Contains(out, name) {
			out = append(out, name)
		}
	}
	return out
}

func ptr[T any](v T) *T { return &v }

func int32p(v *int64) *int32 {
	if v == nil {
		return nil
	}
	return ptr(int32(*v))
}

func yes(b *bool) bool { return b != nil && *b }
