package intake

import (
	"cmp"
	"regexp"
	"slices"
	"strings"

	"slipway.dev/compiler/layer"
)

// groups says which service a workload is of, and which process group of it. A service is
// one name in all environments, so that names decide and not environments.
type groups struct {
	members map[string]member // by kind and name of the workload
	names   []string          // of services, sorted
	called  names
}

type member struct {
	service, process string
}

// candidate is a workload by its name, in whatever environments.
type candidate struct {
	kinds  []string
	name   string          // without the word for an environment
	keys   []string        // kinds and names of the objects
	images map[string]bool // repositories of the first container's image
	apps   map[string]bool // what labels call the application
}

// appLabels say which application something belongs to, most telling first.
var appLabels = []string{"app.kubernetes.io/name", "app", "k8s-app", "app.kubernetes.io/instance", "service", "name"}

func newGroups(objects []*Object) *groups {
	called := newNames(objects)
	byName := map[string]*candidate{}
	for _, o := range objects {
		pods := o.Pods()
		if pods == nil || o.Env == "" || o.Name == "" {
			continue
		}
		name := called.of(o)
		c := byName[name]
		if c == nil {
			c = &candidate{name: name, images: map[string]bool{}, apps: map[string]bool{}}
			byName[name] = c
		}
		if !slices.Contains(c.keys, o.String()) {
			c.keys = append(c.keys, o.String())
		}
		if !slices.Contains(c.kinds, o.Kind) {
			c.kinds = append(c.kinds, o.Kind)
		}
		c.images[repository(textOf(pods, "spec", "containers", "0", "image"))] = true
		for _, l := range appLabels {
			for _, from := range []*layer.Node{o.Labels(), pods.Find("metadata", "labels")} {
				if v := textOf(from, l); v != "" {
					c.apps[v] = true
					c.apps[without(v, o.Source)] = true
				}
			}
		}
	}
	g := &groups{members: map[string]member{}, called: called}
	left := byName
	for _, p := range prefixes(sortedKeys(byName)) {
		if cluster := clustered(p, left); cluster != nil {
			g.add(p, cluster)
			for _, c := range cluster {
				delete(left, c.name)
			}
		}
	}
	g.jobs(left)
	for _, name := range sortedKeys(left) {
		g.add(name, []*candidate{left[name]})
	}
	slices.Sort(g.names)
	return g
}

// repository is an image's name without tag and digest.
func repository(image string) string {
	name, _, _ := strings.Cut(image, "@")
	if k := strings.LastIndexByte(name, ':'); k > strings.LastIndexByte(name, '/') {
		name = name[:k]
	}
	return name
}

// prefixes are what names may have in common: themselves and what is left of a dash,
// shortest first.
func prefixes(names []string) []string {
	seen := map[string]bool{}
	for _, n := range names {
		for i := range n {
			if n[i] == '-' || n[i] == '.' {
				seen[n[:i]] = true
			}
		}
		seen[n] = true
	}
	out := sortedKeys(seen)
	slices.SortStableFunc(out, func(a, b string) int { return cmp.Compare(len(a), len(b)) })
	return out
}

// clustered are the workloads of one service called p: they run one image, their names
// begin with p, and something else says that p is a thing: one of them is called so, their
// labels do, or the image.
func clustered(p string, all map[string]*candidate) []*candidate {
	var out []*candidate
	byImage := map[string][]*candidate{}
	for _, name := range sortedKeys(all) {
		if c := all[name]; below(p, name) {
			for _, i := range sortedKeys(c.images) {
				byImage[i] = append(byImage[i], c)
			}
		}
	}
	for _, image := range sortedKeys(byImage) {
		if cs := byImage[image]; image != "" && len(cs) > len(out) && justified(p, image, cs) {
			out = cs
		}
	}
	if len(out) < 2 {
		return nil
	}
	return out
}

func below(p, name string) bool {
	return name == p || strings.HasPrefix(name, p+"-") || strings.HasPrefix(name, p+".")
}

func justified(p, image string, cs []*candidate) bool {
	if image[strings.LastIndexByte(image, '/')+1:] == p {
		return true
	}
	labelled := true
	for _, c := range cs {
		if c.name == p {
			return true
		}
		labelled = labelled && c.apps[p]
	}
	return labelled
}

// jobs joins what runs to an end with the service whose name its own begins with.
func (g *groups) jobs(left map[string]*candidate) {
	running := slices.Clone(g.names)
	for _, name := range sortedKeys(left) {
		if !isJob(left[name]) {
			running = append(running, name)
		}
	}
	slices.SortFunc(running, func(a, b string) int { return cmp.Or(cmp.Compare(len(b), len(a)), strings.Compare(a, b)) })
	joined := map[string][]*candidate{}
	for _, name := range sortedKeys(left) {
		if !isJob(left[name]) {
			continue
		}
		if i := slices.IndexFunc(running, func(s string) bool { return below(s, name) }); i >= 0 {
			joined[running[i]] = append(joined[running[i]], left[name])
		}
	}
	for _, s := range sortedKeys(joined) {
		if c := left[s]; c != nil && !slices.Contains(joined[s], c) {
			joined[s] = append(joined[s], c)
		}
		g.add(s, joined[s])
		for _, c := range joined[s] {
			delete(left, c.name)
		}
	}
}

func isJob(c *candidate) bool {
	return !slices.ContainsFunc(c.kinds, func(k string) bool { return k != "Job" && k != "CronJob" })
}

var (
	notName     = regexp.MustCompile(`[^a-z0-9]+`)
	serviceName = regexp.MustCompile(`^[a-z]([-a-z0-9]{0,51}[a-z0-9])?$`)
)

// word makes a name of the spec of any text: lower-case letters, digits and dashes.
func word(s string) string {
	s = strings.Trim(notName.ReplaceAllString(strings.ToLower(s), "-"), "-")
	if s == "" || s[0] < 'a' {
		s = "x-" + s
	}
	return strings.Trim(s[:min(len(s), 53)], "-")
}

func (g *groups) add(name string, cs []*candidate) {
	service := word(name)
	if !slices.Contains(g.names, service) {
		g.names = append(g.names, service)
	}
	taken := map[string]bool{}
	for _, m := range g.members {
		if m.service == service {
			taken[m.process] = true
		}
	}
	slices.SortFunc(cs, func(a, b *candidate) int { return strings.Compare(a.name, b.name) })
	for _, c := range cs {
		for _, kind := range c.kinds {
			process := "main"
			if c.name != name && len(cs)+len(taken) > 1 {
				process = word(strings.TrimLeft(strings.TrimPrefix(c.name, name), "-."))
			}
			for taken[process] {
				process = word(process + "-" + kind)
			}
			taken[process] = true
			for _, key := range c.keys {
				if strings.HasPrefix(key, kind+"/") {
					g.members[key] = member{service, process}
				}
			}
		}
	}
}
