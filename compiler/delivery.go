package compiler

import (
	"slices"
	"strings"

	"slipway.dev/catalog/versions"
	"slipway.dev/compiler/diag"
	"slipway.dev/compiler/ir"
	"slipway.dev/compiler/layer"
	"slipway.dev/schema"
)

// delivery resolves how the image comes about: source, build, tests, task settings.
func (r *resolver) delivery(s *spec) {
	if s := r.f.Source; s != nil && s.Repo != nil {
		r.svc.Source = &ir.Source{Repo: *s.Repo, Path: text(s.Path, "."), Branch: text(s.Branch, "main"), Also: slices.Sorted(slices.Values(s.Also))}
	}
	switch {
	case r.chart:
		r.svc.Source = nil
		return
	case external(r.tree):
		r.svc.External = true
		r.elsewhere()
	case r.f.Image != nil:
		if b := r.tree.Get("build"); b != nil && !onlyDefaults(b) {
			r.ds.Errorf(diag.SeveralChoices, r.tree.LabelPos("build"), "service %q has both build and image, but its image is either built or fixed", r.svc.Name).
				WithRelated(r.tree.LabelPos("image"), "image is given here").WithHint("remove one of them")
		} else {
			r.unbuilt()
		}
		r.svc.Source = nil // a platform-wide default, perhaps; nothing is built from it
	case r.svc.Source == nil:
		r.ds.Errorf(diag.NoImage, r.svc.At, "service %q has no image: it says neither where its code is nor which image it runs", r.svc.Name).
			WithHint("give source: repo: \"https://…\" for an image that is built, image: \"…@sha256:…\" for one that others build, or ci: \"external\" when another CI has it promoted")
	default:
		r.build()
		r.events()
	}
	if t := r.f.Test; t != nil {
		r.test([]string{"test", "lint"}, t.Lint)
		r.test([]string{"test", "unit"}, t.Unit)
		r.test([]string{"test", "integration"}, t.Integration)
		r.contract(t.Contract)
	}
	r.deployedTests(s)
	for _, name := range sorted(r.f.Stages) {
		s := r.f.Stages[name]
		r.test([]string{"stages", name}, &s.Test)
		t := &r.svc.Tests[len(r.svc.Tests)-1]
		if s.Task != nil {
			t.At, t.Task = r.tree.LabelPos("stages", name, "task"), r.task(name)
			t.Texts = taskTexts(r.tree.Find("stages", name, "task"), "", "")
		}
		t.Own, t.After, t.Before = true, r.stageRefs(s.After, name, "after"), r.stageRefs(s.Before, name, "before")
	}
	if at := r.p.ir.Pipelines.Reports; at != "" && slices.ContainsFunc(r.svc.Tests, func(t ir.Test) bool { return t.Leaves() }) {
		r.svc.Reports = at + "/" + r.svc.Name
	}
	if w := r.f.Waivers; w != nil {
		r.svc.Waivers = ir.Waivers{Vulnerabilities: waivers(w.Vulnerabilities), Licences: waivers(w.Licences), Secrets: waivers(w.Secrets)}
	}
	for _, name := range sorted(r.f.Tasks) {
		s := r.f.Tasks[name]
		t := ir.TaskSettings{At: r.tree.LabelPos("tasks", name), Name: name, Timeout: text(s.Timeout, "")}
		if s.Retries != nil {
			t.Retries = int(*s.Retries)
		}
		r.svc.Tasks = append(r.svc.Tasks, t)
	}
}

// external reports whether another CI builds the service. That of all services, in
// platform.cue, is not that of one which says for itself where its image comes from.
func external(tree *layer.Node) bool {
	own := func(name string) bool { n := tree.Get(name); return n != nil && !onlyDefaults(n) }
	ci := tree.Get("ci")
	return ci != nil && (!isDefault(ci) || !own("build") && !own("image"))
}

// elsewhere refuses what a pipeline of ours would read: it would silently do nothing.
func (r *resolver) elsewhere() {
	r.noPipelines([]string{"build", "image"}, r.notExternal)
}

// unbuilt refuses it of an image that others build, where a policy that wants tests would be kept by
// some that never run.
func (r *resolver) unbuilt() {
	r.noPipelines(nil, func(at diag.Pos, name string) {
		r.ds.Errorf(diag.SeveralChoices, at, "service %q has both image and %s, but others build its image, so there are no pipelines", r.svc.Name, name).
			WithPath(name).WithRelated(r.tree.LabelPos("image"), "image is given here").WithHint("remove one of them")
	})
}

// noPipelines refuses what only pipelines read, and some words more, and goes on without it.
func (r *resolver) noPipelines(more []string, refuse func(at diag.Pos, name string)) {
	for _, name := range append(more, "test", "stages", "waivers", "tasks") {
		if n := r.tree.Get(name); n != nil && !onlyDefaults(n) {
			refuse(r.tree.LabelPos(name), name)
		}
	}
	r.f.Test, r.f.Stages, r.f.Waivers, r.f.Tasks = nil, nil, nil, nil
}

func (r *resolver) notExternal(at diag.Pos, name string) {
	r.ds.Errorf(diag.SeveralChoices, at, "service %q has both ci: \"external\" and %s, but another CI builds, tests and promotes its image", r.svc.Name, name).
		WithPath(name).WithRelated(r.tree.LabelPos("ci"), "ci is given here").WithHint("remove one of them")
}

func waivers(m map[string]schema.Waiver) (out []string) {
	for _, what := range sorted(m) {
		out = append(out, what+"="+text(m[what].Until, ""))
	}
	return out
}

// test resolves the tests at a path of the spec. Only those that need nothing run on every
// commit unless the spec says so.
func (r *resolver) test(at []string, t *schema.Test) {
	if t == nil {
		return
	}
	name := at[1]
	pos := func(more ...string) diag.Pos { return r.tree.Pos(slices.Concat(at, more)...) }
	out := ir.Test{
		At: pos("image"), RunAt: pos("run"), Path: strings.Join(at, "."), Name: name, Image: text(t.Image, ""), Run: t.Run, User: t.User,
		Env: pairs(t.Env), Quarantine: t.Quarantine, Reports: t.Reports,
		On: ir.OnCommit,
	}
	if name == "integration" {
		out.On = ir.OnRelease
	}
	if t.On != nil {
		out.On = ir.Moment(*t.On)
	}
	if out.On == ir.OnNight && name == "contract" {
		r.ds.Errorf(diag.WrongValue, pos("on"), "contracts are kept by what is released, so %s cannot wait for the night", out.Path).
			WithPath(out.Path + ".on").WithHint("say \"commit\" or \"release\"")
	} else if out.On == ir.OnNight && r.p.ir.Pipelines.Nightly == "" {
		r.ds.Errorf(diag.WrongValue, pos("on"), "platform.cue does not say when nightly runs are, so %s would never run", out.Path).
			WithPath(out.Path + ".on").WithHint("say pipelines: nightly: \"17 2 * * *\" in platform.cue")
	}
	if c := t.Coverage; c != nil && c.Report != nil && c.Minimum != nil {
		out.Coverage, out.Minimum = *c.Report, int(*c.Minimum)
	}
	for _, need := range sorted(t.Needs) {
		n := t.Needs[need]
		one := ir.Need{
			At: pos("needs", need, "image"), Name: need, Image: text(n.Image, ""),
			Env: pairs(n.Env), Ready: n.Ready, Args: n.Args, User: n.User,
		}
		if n.Port != nil {
			one.Port = int(*n.Port)
		}
		if q := n.Resources; q != nil {
			one.Resources = resources(q)
		}
		out.Needs = append(out.Needs, one)
	}
	r.svc.Tests = append(r.svc.Tests, out)
}

// contract resolves the tests of contracts, which need somebody to keep them.
func (r *resolver) contract(t *schema.ContractTest) {
	if t == nil {
		return
	}
	r.test([]string{"test", "contract"}, &t.Test)
	c := &ir.Contract{Publishes: text(t.Publishes, ""), Verifies: t.Verifies != nil && *t.Verifies}
	r.svc.Tests[len(r.svc.Tests)-1].Contract = c
	at := r.tree.LabelPos("test", "contract")
	if c.Publishes == "" && !c.Verifies {
		r.ds.Errorf(diag.NoChoice, at, "the contract tests say neither publishes nor verifies, so nobody learns of them").WithPath("test.contract").
			WithHint("give publishes: \"pacts/*.json\" where they write pacts as a consumer, verifies: true where they hold the service against pacts of its consumers")
	}
	if r.p.ir.Pipelines.Broker == "" {
		r.ds.Errorf(diag.NoPactBroker, at, "service %q tests contracts, but the platform names no Pact Broker", r.svc.Name).WithPath("test.contract").
			WithRelated(r.p.tree.LabelPos("pipelines"), "here").
			WithHint("give pipelines: contracts: broker: \"https://pacts.example.com\" in platform.cue (docs/contracts.md)")
	}
}

func (r *resolver) stageRefs(names []string, stage, field string) (out []ir.StageRef) {
	for i, name := range names {
		out = append(out, ir.StageRef{At: r.tree.Find("stages", stage, field).Items[i].At, Name: name})
	}
	return out
}

func (r *resolver) build() {
	b := r.f.Build
	if b == nil {
		r.ds.Errorf(diag.NoImage, r.svc.At, "service %q does not say how its image is built", r.svc.Name).
			WithHint("give build: dockerfile: {}, or one of ko, jib and buildpacks")
		return
	}
	switch {
	case b.Ko != nil:
		r.svc.Build = &ir.Build{Ko: &ir.Ko{Main: text(b.Ko.Main, "."), Platforms: b.Ko.Platforms}}
	case b.Jib != nil:
		j := b.Jib
		r.svc.Build = &ir.Build{Jib: &ir.Jib{
			At: r.tree.Pos("build", "jib", "image"), Image: text(j.Image, ""), Tool: text(j.Tool, ""), Module: text(j.Module, ""),
			Args: j.Args, Platform: text(j.Platform, ""), User: j.User,
		}}
	case b.Buildpacks != nil:
		p := b.Buildpacks
		r.svc.Build = &ir.Build{Buildpacks: &ir.Buildpacks{
			BuilderAt: r.tree.Pos("build", "buildpacks", "builder"), Builder: text(p.Builder, ""),
			RunAt: r.tree.Pos("build", "buildpacks", "run"), Run: text(p.Run, ""), Env: pairs(p.Env), User: p.User,
		}}
	case b.Dockerfile != nil:
		d := b.Dockerfile
		r.svc.Build = &ir.Build{Dockerfile: &ir.Dockerfile{
			Path: text(d.Path, "Dockerfile"), Context: text(d.Context, "."), Target: text(d.Target, ""), Args: pairs(d.Args),
			Platforms: d.Platforms, Cache: d.Cache != nil && *d.Cache,
		}}
		if r.p.ir.Pipelines.Buildkit == "" {
			r.ds.Errorf(diag.NoBuilder, r.svc.At, "service %q builds a Dockerfile, but the platform names no BuildKit daemon", r.svc.Name).
				WithRelated(r.p.tree.LabelPos("pipelines"), "here").
				WithHint("give pipelines: buildkit: \"tcp://buildkitd.slipway-build.svc:1234\" in platform.cue, or use build: ko: {}")
		}
	}
	if made := r.svc.Build; made != nil {
		made.Tried = text(b.On, string(ir.OnCommit)) == string(ir.OnCommit) && (made.Dockerfile == nil || r.p.ir.Pipelines.Trial != "")
	}
}

// checkIdentity holds the file's name, the service's name and its owner against each other.
func (p *platform) checkIdentity(s *spec, head *schema.Service, svc *ir.Service, ds *diag.List) {
	if s.head.Get("name") == nil {
		svc.Name = s.name // reported as missing or wrong
	} else if head.Name != s.name {
		ds.Errorf(diag.NameMismatch, svc.At, "the service is called %q, but its file is %s", head.Name, s.file).
			WithPath("name").WithHint("call it %q, or move the file to services/%s.cue", s.name, head.Name)
		svc.Name = s.name
	}
	if s.head.Get("owner") == nil {
		return // reported as missing
	}
	var owners []string
	for _, o := range p.ir.Owners {
		if o.Name == head.Owner {
			return
		}
		owners = append(owners, o.Name)
	}
	ds.Errorf(diag.UnknownOwner, s.head.Pos("owner"), "there is no owner %q", head.Owner).WithPath("owner").
		WithHint("%s", cmpOr(diag.Suggest(head.Owner, owners), "add it to owners in platform.cue"))
}

// runsIn are the environments a service runs in. It also reports what a spec, its
// differences and its records say of environments that there are not.
func (p *platform) runsIn(s *spec, head *schema.Service, ds *diag.List) map[string]bool {
	known := p.environments()
	runs := map[string]bool{}
	unknown := func(name string, at diag.Pos, path string) {
		ds.Errorf(diag.UnknownEnvironment, at, "there is no environment %q", name).WithPath(path).
			WithHint("%s", diag.Suggest(name, known))
	}
	for i, name := range head.RunsIn {
		if p.environment(name) == nil {
			unknown(name, s.head.Get("runsIn").Items[i].At, "runsIn")
		}
		runs[name] = true
	}
	if len(head.RunsIn) == 0 {
		for _, name := range known {
			runs[name] = true
		}
	}
	for _, name := range sorted(head.Environments) {
		at := s.head.LabelPos("environments", name)
		switch {
		case p.environment(name) == nil:
			unknown(name, at, "environments."+name)
		case !runs[name]:
			ds.Errorf(diag.UnknownEnvironment, at, "the spec says what differs in %q, but the service does not run there", name).
				WithPath("environments."+name).WithHint("add %q to runsIn, or remove this", name)
		}
	}
	for _, name := range sorted(s.record) {
		if s.record[name] != nil && !runs[name] {
			ds.Errorf(diag.UnknownEnvironment, diag.Pos{File: versions.Path(name, s.name), Line: 1, Col: 1},
				"service %q has a release in %q, where it does not run", s.name, name).
				WithHint("add %q to runsIn, or remove releases/%s/%s.*", name, name, s.name)
		}
	}
	return runs
}
