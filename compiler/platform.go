package compiler

import (
	"cmp"
	"path"
	"slices"
	"strings"

	"slipway.dev/compiler/api"
	"slipway.dev/compiler/diag"
	"slipway.dev/compiler/ir"
	"slipway.dev/compiler/layer"
	"slipway.dev/compiler/load"
	"slipway.dev/schema"
)

// OutputDir is the folder of a fleet that holds compiled output.
const OutputDir = "deploy"

// platform is platform.cue, resolved: what targets see, and the layers that it lays under
// every service. It is read-only once made; workers share it.
type platform struct {
	ir       *ir.Platform
	tree     *layer.Node
	defaults *layer.Node            // built-in and platform-wide defaults, merged
	layers   map[string]*layer.Node // the defaults for an environment, by its name
	bare     map[string]*layer.Node // the same without the built-in defaults of pods, for what is as written
	builtin  *layer.Node            // built-in defaults but for those of pods
	rules    *load.Rules
}

// bare are the built-in defaults without what they say of pods; what kind of workload there
// is, is no matter of hardening.
func bare(builtin *layer.Node) *layer.Node {
	n := builtin.Without("release", "identity", "run")
	run := *builtin.Get("run")
	run.Each = run.Each.Only("kind")
	n.Keys = append(n.Keys, layer.Entry{Name: "run", Value: &run})
	return n
}

// newPlatform resolves platform.cue. builtin are the built-in defaults.
func newPlatform(tree, builtin *layer.Node, tools []string, ds *diag.List) *platform {
	needs(layer.TypeOf[schema.Platform](), tree.Without("defaults", "environments"), ds)
	for _, e := range tree.Get("environments").Items { // defaults need not be whole
		needs(layer.TypeOf[schema.Environment](), e.Without("defaults"), ds)
		sameEverywhere(e.Get("defaults"), "a default of one environment", ds)
	}
	s := layer.Decode[schema.Platform](tree)
	p := &platform{tree: tree, layers: map[string]*layer.Node{}, bare: map[string]*layer.Node{}}
	fields := layer.TypeOf[schema.Fields]()
	p.defaults = layer.Merge(fields, builtin, tree.Get("defaults"))
	p.builtin = bare(builtin)
	home := "."
	if s.Fleet.Path != nil {
		home = path.Clean(*s.Fleet.Path)
	}
	out := &ir.Platform{
		At: tree.Pos("name"), Name: s.Name, Compiler: s.Slipway, PinAt: tree.Pos("slipway"),
		Repo: s.Fleet.Repo, Branch: text(s.Fleet.Branch, "main"), Home: home, Dir: path.Join(home, OutputDir),
		ArgoCD: "argocd",
	}
	if s.ArgoCD != nil {
		out.ArgoCD = text(s.ArgoCD.Namespace, out.ArgoCD)
	}
	for _, name := range sorted(s.Owners) {
		o := s.Owners[name]
		out.Owners = append(out.Owners, ir.Owner{Name: name, Group: text(o.Group, ""), Channel: text(o.Channel, ""), Notify: notified(s, tree, o.Notify, ds, "owners", name)})
	}
	checkOwners(tree, out.Owners, ds)
	out.Notify = notified(s, tree, s.Fleet.Notify, ds, "fleet")
	clusters := map[string]*ir.Cluster{}
	for _, name := range sorted(s.Clusters) {
		clusters[name] = &ir.Cluster{Name: name, Server: s.Clusters[name].Server}
		out.Clusters = append(out.Clusters, clusters[name])
	}
	for _, name := range sorted(s.Tools) {
		if !slices.Contains(tools, name) {
			ds.Errorf(diag.UnknownTool, tree.LabelPos("tools", name), "there is no pipeline tool %q", name).
				WithPath("tools."+name).WithHint("%s", diag.Suggest(name, tools))
		}
		if !pinned(s.Tools[name]) {
			unpinned(ds, tree.Pos("tools", name), "tools."+name, s.Tools[name])
		}
		out.Tools = append(out.Tools, ir.Tool{Name: name, Image: s.Tools[name]})
	}
	cluster := func(name string, at diag.Pos) *ir.Cluster {
		if clusters[name] == nil {
			ds.Errorf(diag.UnknownCluster, at, "there is no cluster %q", name).WithHint("%s", diag.Suggest(name, sorted(s.Clusters)))
		}
		return clusters[name]
	}
	out.Pipelines = ir.Pipelines{
		Cluster:   cluster(s.Pipelines.Cluster, tree.Pos("pipelines", "cluster")),
		Promoter:  text(s.Pipelines.Promoter, ir.PromoterAddress),
		Buildkit:  text(s.Pipelines.Buildkit, ""),
		BlockOn:   text(s.Pipelines.BlockOn, "high"),
		Denied:    slices.Compact(slices.Sorted(slices.Values(s.Pipelines.DeniedLicences))),
		Workspace: text(s.Pipelines.Workspace, "1Gi"),
		Starts:    yes(s.Pipelines.Starts) || s.Pipelines.Nightly != nil,
		Nightly:   text(s.Pipelines.Nightly, ""),
		Signing:   ir.Signing(text(s.Pipelines.Signing, string(ir.ByChains))),
		Reach:     peers(s.Pipelines.Reach, tree, "pipelines", "reach"),
	}
	if t := s.Pipelines.PullRequests; t != nil && t.Buildkit != nil {
		if out.Pipelines.Trial = *t.Buildkit; listener(*t.Buildkit) == listener(out.Pipelines.Buildkit) {
			ds.Errorf(diag.SharedBuilder, tree.Pos("pipelines", "pullRequests", "buildkit"), "the BuildKit daemon of pull requests is the one that builds releases").
				WithPath("pipelines.pullRequests.buildkit").WithRelated(tree.Pos("pipelines", "buildkit"), "here").
				WithHint("run a second daemon for pull requests, or leave this out: their Dockerfiles are then built after the merge only")
		}
	}
	checkPeers(ds, out.Pipelines.Reach)
	if s.Pipelines.Nightly != nil {
		checkCron(ds, tree.Pos("pipelines", "nightly"), *s.Pipelines.Nightly)
	}
	if c := s.Pipelines.Contracts; c != nil {
		out.Pipelines.Broker = strings.TrimRight(text(c.Broker, ""), "/")
	}
	out.Pipelines.Reports = text(s.Pipelines.Reports, "")
	p.checkReports(s, out.Pipelines.Reports, ds)
	for i, k := range s.Kinds {
		group, kind, _ := strings.Cut(k, "/")
		if group == "core" {
			group = ""
		}
		if why := api.Forbidden(group, kind); why != "" {
			ds.Errorf(diag.ForbiddenKind, tree.Get("kinds").Items[i].At, "no service may make a %s: it %s", kind, why).WithPath("kinds").WithHint("remove it")
		}
		out.Kinds = append(out.Kinds, ir.GroupKind{Group: group, Kind: kind})
	}
	slices.SortFunc(out.Kinds, func(a, b ir.GroupKind) int { return cmp.Or(cmp.Compare(a.Group, b.Group), cmp.Compare(a.Kind, b.Kind)) })
	for _, name := range sorted(s.Registries) {
		out.Registries = append(out.Registries, s.Registries[name].URL)
	}
	slices.Sort(out.Registries)
	out.Charts = slices.Compact(slices.Sorted(slices.Values(s.Charts)))
	p.ir = out
	p.git(s, ds)
	if len(s.Environments) == 0 {
		ds.Errorf(diag.MissingField, tree.LabelPos("environments"), "a platform needs at least one environment")
	}
	for i := range s.Environments {
		p.addEnvironment(s, i, cluster, ds)
	}
	p.checkNamespaces(ds)
	return p
}

// checkReports refuses to keep reports of tests where images are: runs of pull requests hold what pushes them.
func (p *platform) checkReports(s *schema.Platform, kept string, ds *diag.List) {
	for _, name := range sorted(s.Registries) {
		url := s.Registries[name].URL
		if kept == "" || url != kept && !strings.HasPrefix(url, kept+"/") && !strings.HasPrefix(kept, url+"/") {
			continue
		}
		other := url + "/reports"
		if strings.Contains(url, "/") {
			other = url + "-reports"
		}
		ds.Errorf(diag.SharedRegistry, p.tree.Pos("pipelines", "reports"), "pull requests would push reports of tests to %q, where images are", kept).
			WithPath("pipelines.reports").WithRelated(p.tree.Pos("registries", name, "url"), "here").
			WithHint("name a place that nothing is deployed from, such as %q, and give its credential no other", other)
		return
	}
}

// checkOwners refuses a team whose namespace would be that of another one's pull requests: they run
// code that nobody has reviewed, beside the keys of its releases.
func checkOwners(tree *layer.Node, owners []ir.Owner, ds *diag.List) {
	for _, o := range owners {
		for _, other := range owners {
			if shared := ir.PipelineNamespace(o.Name, false); shared == ir.PipelineNamespace(other.Name, true) {
				ds.Errorf(diag.SharedNamespace, tree.LabelPos("owners", o.Name), "the releases of %q and the pull requests of %q would run in one namespace, %q", o.Name, other.Name, shared).
					WithPath("owners."+o.Name).WithRelated(tree.LabelPos("owners", other.Name), "the other team").WithHint("call it something that does not end in -pr")
			}
		}
	}
}

// checkNamespaces refuses environments where the pipelines, Argo CD or the cluster itself is at home.
func (p *platform) checkNamespaces(ds *diag.List) {
	taken := append(p.ir.PipelineNamespaces(), ir.EventsNamespace)
	for i, env := range p.ir.Environments {
		whose, hint := "", "give the environment a namespace of its own"
		switch ns := env.Namespace; {
		case strings.HasPrefix(ns, "kube-") && env.PodSecurity != "privileged": // its level would be that of all that is there
			whose = "Kubernetes itself has"
			hint += `, or say podSecurity: "privileged" where it is for the cluster's own programs`
		case ns == p.ir.ArgoCD:
			whose = "Argo CD has"
		case env.Cluster == p.ir.Pipelines.Cluster && slices.Contains(taken, ns):
			whose = "pipelines have, with their keys"
		default:
			continue
		}
		ds.Errorf(diag.SharedNamespace, p.tree.Get("environments").Items[i].Pos("namespace"), "services of %q would run in the namespace %q, which %s", env.Name, env.Namespace, whose).
			WithPath("environments.namespace").WithHint("%s", hint)
	}
}

func (p *platform) addEnvironment(s *schema.Platform, i int, cluster func(string, diag.Pos) *ir.Cluster, ds *diag.List) {
	e, node := &s.Environments[i], p.tree.Get("environments").Items[i]
	fields := layer.TypeOf[schema.Fields]()
	env := &ir.Environment{
		At: node.Pos("name"), Name: e.Name, Namespace: e.Namespace,
		Cluster:     cluster(e.Cluster, node.Pos("cluster")),
		Head:        i == 0,
		PodSecurity: text(e.PodSecurity, "restricted"),
	}
	if e.Follow != nil {
		env.Head = *e.Follow == "head"
	}
	env.Promote = promotion(i, e, node, ds)
	for _, other := range p.ir.Environments {
		if other.Name == env.Name {
			ds.Errorf(diag.DuplicateEnvironment, env.At, "there are two environments called %q", env.Name).
				WithRelated(other.At, "the first one").WithHint("give one of them another name")
		} else if other.Cluster == env.Cluster && other.Namespace == env.Namespace {
			ds.Errorf(diag.DuplicateEnvironment, node.Pos("namespace"), "environments %q and %q share namespace %q of cluster %q", other.Name, env.Name, env.Namespace, e.Cluster).
				WithRelated(other.At, "the other one").WithHint("give each environment a namespace of its own")
		}
	}
	if i > 0 && len(p.ir.Environments) > 0 {
		env.From = p.ir.Environments[len(p.ir.Environments)-1]
	}
	if e.From != nil {
		env.From = p.source(s, i, node, ds)
	}
	if len(s.Registries) == 0 {
		ds.Errorf(diag.MissingField, p.tree.LabelPos("registries"), "a platform needs at least one registry")
	} else {
		name := text(e.Registry, "")
		if name == "" && len(p.ir.Environments) > 0 {
			env.Registry = p.ir.Environments[0].Registry
		} else if name == "" {
			name = sorted(s.Registries)[0]
		}
		if r, ok := s.Registries[name]; ok {
			env.Registry = r.URL
		} else if name != "" {
			ds.Errorf(diag.UnknownRegistry, node.Pos("registry"), "there is no registry %q", name).
				WithHint("%s", diag.Suggest(name, sorted(s.Registries)))
		}
	}
	env.Ingress, env.Gateway = routes(e.Routes)
	p.ir.Environments = append(p.ir.Environments, env)
	p.layers[env.Name] = layer.Merge(fields, p.defaults, node.Get("defaults"))
	p.bare[env.Name] = layer.Merge(fields, layer.Merge(fields, p.builtin, p.tree.Get("defaults")), node.Get("defaults"))
}

// promotion is how releases get into an environment, the i-th: by the release pipelines into
// the first one, and nowhere else unless somebody says so.
func promotion(i int, e *schema.Environment, node *layer.Node, ds *diag.List) ir.Promote {
	m := e.Promote
	if m == nil {
		if i == 0 {
			return ir.Promote{How: ir.Auto}
		}
		return ir.Promote{How: ir.Manual}
	}
	out := ir.Promote{Said: true, How: ir.How(text(m.By, string(ir.Manual)))}
	switch {
	case m.After != nil:
		out.How, out.After = ir.After, *m.After
	case m.Tag != nil:
		out.How, out.Tag = ir.Tag, *m.Tag
	}
	if i == 0 && (m.After != nil || m.Tag != nil) {
		ds.Errorf(diag.EnvironmentOrder, node.LabelPos("promote"), "%q is the first environment, so there is none where a release could be tried before", e.Name).
			WithPath("environments.promote").WithHint("give it promote: \"auto\" or promote: \"manual\"")
	}
	return out
}

// source finds the environment that another one takes its releases from; it must come earlier.
func (p *platform) source(s *schema.Platform, i int, node *layer.Node, ds *diag.List) *ir.Environment {
	from, at := *s.Environments[i].From, node.Pos("from")
	for _, env := range p.ir.Environments {
		if env.Name == from {
			return env
		}
	}
	var names []string
	for _, e := range s.Environments {
		names = append(names, e.Name)
	}
	name := s.Environments[i].Name
	switch {
	case from == name:
		ds.Errorf(diag.EnvironmentOrder, at, "environment %q takes releases from itself", name).
			WithHint("name an environment that comes before it")
	case slices.Contains(names, from):
		ds.Errorf(diag.EnvironmentOrder, at, "environment %q takes releases from %q, which comes later", name, from).
			WithHint("move %q above %q", from, name)
	default:
		ds.Errorf(diag.UnknownEnvironment, at, "there is no environment %q", from).WithHint("%s", diag.Suggest(from, names))
	}
	return nil
}

// environments are the names, in promotion order.
func (p *platform) environments() []string {
	names := make([]string, len(p.ir.Environments))
	for i, e := range p.ir.Environments {
		names[i] = e.Name
	}
	return names
}

// environment returns the environment of that name, or nil.
func (p *platform) environment(name string) *ir.Environment {
	for _, e := range p.ir.Environments {
		if e.Name == name {
			return e
		}
	}
	return nil
}

// listener is who answers at the address of a daemon: a Service has several names in its cluster.
func listener(address string) string {
	host, port, _ := strings.Cut(strings.ToLower(strings.TrimPrefix(address, "tcp://")), ":")
	host = strings.TrimSuffix(strings.TrimSuffix(host, "."), ".cluster.local")
	return strings.TrimSuffix(host, ".svc") + ":" + port
}

func text(s *string, otherwise string) string {
	if s == nil {
		return otherwise
	}
	return *s
}
