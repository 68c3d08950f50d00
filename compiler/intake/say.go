package intake

import (
	"regexp"
	"slices"
	"strings"

	"slipway.dev/compiler/api"
	"slipway.dev/compiler/layer"
)

// spec is a service as its specs say it.
type spec struct {
	service *Service
	envs    []string // where it is, in the order of environments
	byEnv   map[string]*layer.Node
	kinds   map[string]bool // GROUP/KIND that the platform must permit
	allow   map[string]string
	images  map[string]string // by environment: what release records name; nil where specs do
}

// builder says one service in one environment.
type builder struct {
	report    *Report
	service   *Service
	here      string
	namespace string // of the environment
	out       *layer.Node
	objects   map[*Object]*layer.Node // what is not said yet
	sets      map[string]string       // config set by ConfigMap
	volumes   map[string]bool         // those that containers of the process at hand may mount
	common    *layer.Node             // labels on everything
	served    map[string]*Object      // the Service of a process group
	kinds     map[string]bool
	called    names
	fleet     *routed
}

// fields is the order of a spec's fields.
var fields = []string{"runsIn", "hardening", "image", "ci", "pullSecrets", "run", "env", "envFrom", "config", "secrets", "volumes", "expose", "network", "monitors", "alerts", "release", "identity", "labels", "annotations", "objects", "manifests", "patches", "allow"}

func (r *Result) say(g *groups, s *Service) *spec {
	out := &spec{service: s, byEnv: map[string]*layer.Node{}, kinds: map[string]bool{}, allow: map[string]string{}}
	for _, env := range r.Environments {
		objects := s.Objects[env.Name]
		if len(objects) == 0 {
			continue
		}
		b := &builder{report: &r.Report, service: s, here: env.Name, namespace: env.Namespace, out: newStruct(), objects: map[*Object]*layer.Node{}, sets: map[string]string{}, served: map[string]*Object{}, kinds: out.kinds, called: g.called, fleet: r.routed}
		for _, o := range objects {
			b.objects[o] = clone(o.Body)
			take(b.objects[o], "metadata", "namespace")
		}
		b.say(g, objects)
		sortStruct(b.out, fields...)
		out.envs = append(out.envs, env.Name)
		out.byEnv[env.Name] = b.out
	}
	out.release()
	return out
}

// say takes objects apart, kind by kind. Those that no process group makes come last.
func (b *builder) say(g *groups, objects []*Object) {
	var workloads []*Object
	for _, o := range objects {
		if o.Pods() != nil && o.Name != "" {
			workloads = append(workloads, o)
		}
	}
	slices.SortStableFunc(workloads, func(x, y *Object) int {
		return mainFirst(g.members[x.String()].process, g.members[y.String()].process)
	})
	put(b.out, str("asWritten"), "hardening")
	b.shareLabels(objects)
	b.shareMeta(objects)
	b.configs(objects)
	b.shared(objects, workloads)
	b.rights(objects)
	for _, o := range workloads {
		process := g.members[o.String()].process
		put(b.out, b.process(o, process), "run", process)
	}
	b.shareEnv()
	for _, o := range workloads {
		b.beside(o, g.members[o.String()].process, objects)
	}
	for _, o := range objects {
		if b.objects[o] != nil && !b.whole(o) {
			b.manifest(o)
		}
	}
}

func mainFirst(a, b string) int {
	switch {
	case a == b:
		return 0
	case a == "main":
		return -1
	case b == "main":
		return 1
	}
	return strings.Compare(a, b)
}

// commonLabels are those that everything has in an environment, pods included.
func commonLabels(objects []*Object) map[string]string {
	var all []*layer.Node
	for _, o := range objects {
		all = append(all, o.Labels())
		if pods := o.Pods(); pods != nil {
			all = append(all, pods.Find("metadata", "labels"))
		}
	}
	out := map[string]string{}
	if all[0] == nil {
		return out
	}
	for _, e := range all[0].Keys {
		everywhere := like(labelValue)(e.Value) && labelKey.MatchString(e.Name)
		for _, l := range all[1:] {
			everywhere = everywhere && l != nil && equal(l.Get(e.Name), e.Value, false)
		}
		if everywhere {
			out[e.Name] = e.Value.Text
		}
	}
	return out
}

// shareLabels says once the labels that everything has in every environment; the others
// are said where they are.
func (b *builder) shareLabels(objects []*Object) {
	mine := commonLabels(objects)
	b.common = newStruct()
	for _, key := range sortedKeys(mine) {
		everywhere := true
		for _, others := range b.service.Objects {
			_, ok := commonLabels(others)[key]
			everywhere = everywhere && ok
		}
		if everywhere {
			put(b.common, str(mine[key]), key)
		}
	}
	if len(b.common.Keys) == 0 {
		return
	}
	put(b.out, clone(b.common), "labels")
	for _, o := range objects {
		b.takeCommon(b.objects[o], "metadata", "labels")
	}
}

func (b *builder) takeCommon(n *layer.Node, path ...string) {
	for _, e := range b.common.Keys {
		take(n, append(slices.Clone(path), e.Name)...)
	}
}

// generated is what kustomize appends to the names of ConfigMaps and Secrets that it makes.
var generated = regexp.MustCompile(`-[bcdfghkmt2456789]{10}$`)

// configs says ConfigMaps that hold nothing but text as config sets. They keep their names.
func (b *builder) configs(objects []*Object) {
	for _, o := range objects {
		body := b.objects[o]
		data := body.Get("data")
		if o.Kind != "ConfigMap" || !only(body, "apiVersion", "kind", "metadata", "data") || empty(data) ||
			slices.ContainsFunc(data.Keys, func(e layer.Entry) bool {
				return !isText(e.Value) || !dataKey.MatchString(e.Name) || strings.ContainsRune(e.Value.Text, 0)
			}) {
			continue
		}
		set := generated.ReplaceAllString(b.called.of(o), "")
		if b.overridden(o.Name, data, objects) {
			continue // the compiler takes a variable that is given twice for a mistake
		}
		if !serviceName.MatchString(set) {
			set = word(set)
		}
		if b.out.Find("config", set) != nil || !b.meta(o) {
			continue
		}
		put(b.out, data, "config", set)
		put(b.out, str(o.Name), "identity", "configs", set)
		b.sets[o.Name] = set
		b.objects[o] = nil
	}
}

// overridden reports whether a container that takes a ConfigMap whole is given one of its
// keys by another ConfigMap, or by a variable of its own, too.
func (b *builder) overridden(name string, data *layer.Node, objects []*Object) bool {
	others := map[string]*layer.Node{}
	for _, o := range objects {
		if o.Kind == "ConfigMap" && o.Name != name {
			others[o.Name] = o.Body.Get("data")
		}
	}
	for _, o := range objects {
		pods := o.Pods()
		for _, l := range []string{"initContainers", "containers"} {
			for _, c := range itemsOf(pods.Find("spec", l)) {
				takes, given := false, map[string]bool{}
				for _, e := range itemsOf(c.Get("envFrom")) {
					from, prefix := textOf(e, "configMapRef", "name"), textOf(e, "prefix")
					if takes = takes || from == name; from != name && others[from] != nil {
						for _, k := range others[from].Keys {
							given[prefix+k.Name] = true
						}
					}
				}
				for _, e := range itemsOf(c.Get("env")) {
					given[textOf(e, "name")] = true
				}
				if takes && slices.ContainsFunc(data.Keys, func(e layer.Entry) bool { return given[e.Name] }) {
					return true
				}
			}
		}
	}
	return false
}

// setOf is what the spec calls a ConfigMap.
func (b *builder) setOf(name string) string {
	if set, ok := b.sets[name]; ok {
		return set
	}
	return name
}

// through puts something into the escape hatch, and notes it.
func (b *builder) through(field, name string, n *layer.Node, o *Object, leaves int, why string) {
	b.add(field, name, n)
	b.service.Hatch[b.here] = append(b.service.Hatch[b.here], Hatch{Object: o, Leaves: leaves, Known: o.Known()})
	b.note(Through, o, field+": "+why)
}

// add puts something under a name that nothing has there.
func (b *builder) add(field, name string, n *layer.Node) {
	key := name
	for i := 2; b.out.Find(field, key) != nil; i++ {
		key = name[:min(len(name), 50)] + "-" + string(rune('0'+i))
	}
	put(b.out, n, field, key)
}

func (b *builder) note(t Topic, o *Object, text string) {
	b.report.Notes = append(b.report.Notes, Note{Topic: t, Service: b.service.Name, Env: b.here, Object: o.String(), Text: text})
}

// manifest gives an object whole.
func (b *builder) manifest(o *Object) {
	name := strings.ToLower(o.Kind)
	if short := strings.Trim(strings.TrimPrefix(b.called.of(o), b.service.Name), "-."); short != "" && short != name {
		name += "-" + short
	}
	why := "Slipway makes none that is like it"
	switch {
	case !o.Known():
		why = "a kind that neither Kubernetes nor Slipway knows"
	case o.Kind == "Rollout":
		why = "workloadRef: the pods of another workload; as one process group, it says them itself"
	}
	if !o.Known() || api.Guarded(o.Group(), o.Kind) {
		b.kinds[api.GroupKind(o.Group(), o.Kind)] = true
	}
	n := newStruct()
	for _, key := range []string{"apiVersion", "kind", "metadata"} {
		put(n, b.objects[o].Get(key), key)
	}
	for _, e := range b.objects[o].Keys {
		put(n, e.Value, e.Name)
	}
	if o.Kind == "AnalysisTemplate" { // that is where a rollout has its own
		b.add("manifests", word(name), n)
		b.note(Words, o, "manifests: AnalysisTemplate")
		return
	}
	b.through("manifests", word(name), n, o, Leaves(n), why)
}
