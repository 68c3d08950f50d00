package compiler

import (
	"fmt"
	"slices"
	"strings"

	"slipway.dev/compiler/diag"
	"slipway.dev/compiler/ir"
)

// link gives every consumed service its ports, as its interface is in that environment.
// others are the services that svc consumes, by name; those with mistakes of their own are
// in broken and are not judged.
func link(svc *ir.Service, others map[string]*ir.Service, names []string, broken map[string]bool, ds *diag.List) {
	for _, inst := range slices.Concat(svc.Instances, svc.Pending) {
		for k := range inst.Consumes {
			c := &inst.Consumes[k]
			provider := others[c.Service]
			if broken[c.Service] {
				continue
			}
			if provider == nil {
				ds.Errorf(diag.UnknownService, c.At, "service %q consumes %q, which no service provides", svc.Name, c.Service).
					WithPath("consumes."+c.Service).WithHint("%s", diag.Suggest(c.Service, names))
				continue
			}
			there := at(provider, inst)
			if there == nil {
				if !runs(provider, inst.Env) && !c.Optional {
					ds.Errorf(diag.UnknownService, c.At, "service %q consumes %q, which does not run in %q", svc.Name, c.Service, inst.Env.Name).
						WithPath("consumes."+c.Service).WithRelated(provider.At, "%q", c.Service).
						WithHint("say optional: true, or remove it there: environments: %s: consumes: %s: null", inst.Env.Name, label(c.Service))
				}
				c.Ports = nil
				continue
			}
			if there.Chart != nil {
				ds.Errorf(diag.UnknownPort, c.At, "service %q consumes %q, which is a chart: its ports and pods are not known here", svc.Name, c.Service).
					WithPath("consumes."+c.Service).WithRelated(provider.At, "%q", c.Service).
					WithHint("open the path to it by its namespace: network: to: %s: namespace: %q", label(c.Service), inst.Env.Namespace)
				continue
			}
			c.Ports = choose(svc, c, there, ds)
		}
	}
}

// choose are the provider's ports that the consumer asks for; all when it names none.
func choose(svc *ir.Service, c *ir.Consume, there *ir.Instance, ds *diag.List) []ir.Port {
	if len(c.Ports) == 0 {
		return there.Ports
	}
	var out []ir.Port
	var names []string
	for _, p := range there.Ports {
		names = append(names, p.Name)
	}
	for _, want := range c.Ports {
		n := len(out)
		for _, p := range there.Ports {
			if p.Name == want.Name {
				out = append(out, p)
			}
		}
		if len(out) == n {
			ds.Errorf(diag.UnknownPort, want.At, "service %q has no port %q", c.Service, want.Name).
				WithPath("consumes."+c.Service+".ports").WithHint("%s", diag.Suggest(want.Name, names))
		}
	}
	slices.SortFunc(out, func(a, b ir.Port) int {
		return strings.Compare(a.Name+"\x00"+a.Process, b.Name+"\x00"+b.Process)
	})
	return out
}

// at is the provider where a consumer meets it: what is pending meets what is pending, which
// is what was released where the two are the same.
func at(svc *ir.Service, consumer *ir.Instance) *ir.Instance {
	list := svc.Instances
	if slices.Contains(consumer.Service.Pending, consumer) {
		list = slices.Concat(svc.Pending, svc.Instances)
	}
	for _, i := range list {
		if i.Env == consumer.Env {
			return i
		}
	}
	return nil
}

// runs reports whether the service is meant to run in the environment, even if nothing was
// promoted there yet.
func runs(svc *ir.Service, env *ir.Environment) bool { return slices.Contains(svc.RunsIn, env) }

// label writes a name as a CUE label.
func label(name string) string {
	if strings.Contains(name, "-") {
		return fmt.Sprintf("%q", name)
	}
	return name
}

// checkCycles reports every circle of consumes that no optional one opens, once.
func checkCycles(f *ir.Fleet, ds *diag.List) {
	type edge struct {
		to string
		at diag.Pos
	}
	edges := map[string][]edge{}
	for _, s := range f.Services {
		seen := map[string]bool{}
		for _, i := range s.Instances {
			for _, c := range i.Consumes {
				if !c.Optional && !seen[c.Service] {
					seen[c.Service] = true
					edges[s.Name] = append(edges[s.Name], edge{c.Service, c.At})
				}
			}
		}
	}
	const (
		open = 1
		done = 2
	)
	state := map[string]int{}
	var stack []string
	var visit func(name string)
	visit = func(name string) {
		state[name] = open
		stack = append(stack, name)
		for _, e := range edges[name] {
			switch state[e.to] {
			case open:
				circle := append(slices.Clone(stack[slices.Index(stack, e.to):]), e.to)
				ds.Errorf(diag.CyclicConsumes, e.at, "services consume each other in a circle: %s", strings.Join(circle, " → ")).
					WithPath("consumes."+e.to).WithHint("one of them must work without the other: consumes: %s: optional: true", label(e.to))
			case 0:
				visit(e.to)
			}
		}
		stack = stack[:len(stack)-1]
		state[name] = done
	}
	for _, s := range f.Services {
		if state[s.Name] == 0 {
			visit(s.Name)
		}
	}
}

// claim is a host and path of an environment.
type claim struct{ env, host, path string }

func claims(env string, r *ir.HTTPRoute) (out []claim) {
	for _, host := range r.Hosts {
		for _, path := range r.Paths {
			out = append(out, claim{env, host, path})
		}
	}
	return out
}

// checkRoutes looks for a host and path that two routes claim in one environment.
func checkRoutes(f *ir.Fleet, ds *diag.List) {
	first := map[claim]ir.Route{}
	owner := map[claim]string{}
	for _, s := range f.Services {
		for _, i := range s.Instances {
			for _, r := range i.Routes {
				if r.HTTP == nil {
					continue
				}
				for _, k := range claims(i.Env.Name, r.HTTP) {
					if other, ok := first[k]; ok {
						ds.Errorf(diag.DuplicateRoute, r.At, "%s%s is claimed twice in %q: by service %q and by service %q", k.host, k.path, k.env, owner[k], s.Name).
							WithPath("expose."+r.Route).WithRelated(other.At, "the other one").WithHint("give one of them another host or path")
						continue
					}
					first[k], owner[k] = r, s.Name
				}
			}
		}
	}
}

// article is that of a kind.
func article(kind string) string {
	if strings.ContainsAny(kind[:1], "AEIO") {
		return "an"
	}
	return "a"
}

// checkObjectNames looks for two services of one environment that would make objects of
// one kind and name: "cart" with a process "db" and a service "cart-db".
func checkObjectNames(f *ir.Fleet, ds *diag.List) {
	type key struct{ env, kind, name string }
	type place struct {
		service string
		at      diag.Pos
	}
	first := map[key]place{}
	told := map[diag.Pos]bool{}
	claim := func(k key, s string, at diag.Pos) {
		if p, ok := first[k]; ok && p.service != s {
			if told[at] {
				return
			}
			told[at] = true
			ds.Errorf(diag.DuplicateName, at, "services %q and %q both make %s %s called %q", p.service, s, article(k.kind), k.kind, k.name).
				WithSubject(s).WithRelated(p.at, "the other one").WithHint("rename one of the services, process groups or routes")
			return
		}
		first[k] = place{s, at}
	}
	for _, given := range []bool{false, true} { // who takes the name of another one's is wrong, not the other one
		for _, s := range f.Services {
			for _, i := range s.Instances {
				if (i.App != "") == given {
					claim(key{"", "Application", i.Application()}, s.Name, s.At)
				}
			}
		}
	}
	for _, s := range f.Services {
		for _, i := range s.Instances {
			for _, o := range objects(i) {
				claim(key{i.Env.Name, o.kind, o.name}, s.Name, o.at)
			}
		}
	}
}
