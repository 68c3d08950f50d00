package compiler

import (
	"fmt"
	"slices"
	"strings"

	"slipway.dev/compiler/diag"
	"slipway.dev/compiler/ir"
	"slipway.dev/compiler/layer"
	"slipway.dev/schema"
)

// What is tested after a deployment: which tests an instance's spec asks for, and where they
// reach it.

// deployedTests resolves the service's tests of what is deployed, and finds what stands in
// their way: nobody who starts them, no commit to take them from, no address.
func (r *resolver) deployedTests(s *spec) {
	t := r.f.Test
	if t == nil {
		return
	}
	r.deployedTest("smoke", t.Smoke)
	r.deployedTest("e2e", t.E2E)
	for _, t := range r.svc.DeployedTests() {
		at := r.tree.LabelPos("test", t.Name)
		if r.svc.Build == nil {
			r.ds.Errorf(diag.NoAddress, at, "%s has no commit to run at: no image of service %q is built here", t.Path, r.svc.Name).WithPath(t.Path).
				WithHint("build it here, or test what is deployed where it is built")
			return
		}
		if !r.p.ir.Pipelines.Starts && t.On != ir.OnNight {
			r.ds.Errorf(diag.NoStart, at, "%s runs after a deployment, but nobody may start it: platform.cue does not let the promoter start runs", t.Path).WithPath(t.Path).
				WithRelated(r.p.tree.LabelPos("pipelines"), "here").
				WithHint("give pipelines: starts: true in platform.cue, and make the Secret start-key (docs/promotion.md)")
			return
		}
		var lost []string
		for _, i := range r.svc.AsItStands() {
			if slices.Contains(t.In, i.Env) && i.Address == nil {
				lost = append(lost, i.Env.Name)
			}
		}
		if len(lost) > 0 && !s.wrong.HasErrors() {
			r.ds.Errorf(diag.NoAddress, at, "%s cannot reach service %q in %s: it has no host name there, and no port that pods of the pipelines' cluster reach", t.Path, r.svc.Name, strings.Join(lost, ", ")).WithPath(t.Path).
				WithHint("give it a port (ports: http: 8080), a host name (expose), or leave the environment out: test: %s: in: […]", t.Name)
			return
		}
	}
}

func (r *resolver) deployedTest(name string, t *schema.DeployedTest) {
	if t == nil {
		return
	}
	r.test([]string{"test", name}, &t.Test)
	out := &r.svc.Tests[len(r.svc.Tests)-1]
	out.Deployed = true
	if n := r.tree.Find("test", name, "on"); n != nil && out.On != ir.OnNight {
		r.ds.Errorf(diag.WrongValue, n.At, "%s runs after a deployment, or by night: %q is neither", out.Path, *t.On).WithPath(out.Path + ".on").
			WithHint("remove it, or say \"nightly\"; `in` names the environments")
	}
	if t.In != nil && len(t.In) == 0 {
		n := r.tree.Find("test", name, "in")
		r.ds.Errorf(diag.WrongValue, n.At, "%s names no environment in `in`, so it would run nowhere", out.Path).WithPath(out.Path + ".in").
			WithHint("name environments, or remove it: the test then runs in all that the service runs in")
	}
	for k, env := range t.In {
		if slices.ContainsFunc(r.svc.RunsIn, func(e *ir.Environment) bool { return e.Name == env }) {
			continue
		}
		var known []string
		for _, e := range r.svc.RunsIn {
			known = append(known, e.Name)
		}
		what := "there is no environment %q"
		if r.p.environment(env) != nil {
			what = "the service does not run in %q, so nothing is tested there"
		}
		r.ds.Errorf(diag.UnknownEnvironment, r.tree.Find("test", name, "in").Items[k].At, what, env).WithPath(out.Path+".in").
			WithHint("%s", diag.Suggest(env, known))
	}
	for _, env := range r.svc.RunsIn {
		if t.In == nil || slices.Contains(t.In, env.Name) {
			out.In = append(out.In, env)
		}
	}
}

// inForce is what a service says in an environment as the rules there see it: without the tests of
// what is deployed that do not run there, so that a rule that wants one is not kept by one elsewhere.
func inForce(tree *layer.Node, env string) *layer.Node {
	return tree.Map(func(name string, below *layer.Node) *layer.Node {
		if name != "test" {
			return below
		}
		return below.Map(func(_ string, test *layer.Node) *layer.Node {
			if in := test.Get("in"); in != nil && !slices.ContainsFunc(in.Items, func(n *layer.Node) bool { return n.Text == env }) {
				return nil
			}
			return test
		})
	})
}

// testedElsewhere are the rules that are broken, where those that miss a test say once that it runs in other
// environments only. here is the tree that they were held against.
func testedElsewhere(tree, here *layer.Node, env string, broken []*diag.Diagnostic) (out []*diag.Diagnostic) {
	said := map[string]bool{}
	for _, d := range broken {
		path := strings.Split(d.Path, ".")
		if path[0] != "test" || len(path) < 2 || tree.Find(path[:2]...) == nil || here.Find(path[:2]...) != nil {
			out = append(out, d)
			continue
		}
		test := strings.Join(path[:2], ".")
		if !said[test] {
			d.At, d.Path = tree.Pos(path[0], path[1], "in"), test+".in"
			d.Message = fmt.Sprintf("%s does not run in %q, whose policy asks for it", test, env)
			out = append(out, d.WithHint("add %q, or remove `in`: the test then runs in all that the service runs in", env))
		}
		said[test] = true
	}
	return out
}

// tested is what an instance's spec asks to be tested here, and when, and where tests reach it.
func (r *resolver) tested() {
	if t := r.f.Test; t != nil {
		for _, one := range []struct {
			name string
			test *schema.DeployedTest
		}{{"smoke", t.Smoke}, {"e2e", t.E2E}} {
			if one.test != nil && (one.test.In == nil || slices.Contains(one.test.In, r.env.Name)) {
				list := &r.inst.Tests
				if one.test.On != nil && ir.Moment(*one.test.On) == ir.OnNight {
					list = &r.inst.NightTests
				}
				*list = append(*list, one.name)
			}
		}
	}
	if r.p.ir.Pipelines.Starts {
		r.inst.Address = r.address()
	}
}

// address is the first host name that leads to the instance, or its Service where pods of the
// pipelines' cluster reach that; nil where neither is there. The Service is that of the process
// group main before others, and its port that is called http before others.
func (r *resolver) address() *ir.Address {
	for _, route := range r.inst.Routes {
		if route.HTTP == nil || strings.HasPrefix(route.HTTP.Hosts[0], "*") {
			continue
		}
		scheme := "http"
		if r.env.Gateway != nil || route.HTTP.TLS != "" || r.env.Ingress != nil && r.env.Ingress.TLSSecret != "" {
			scheme = "https"
		}
		return &ir.Address{URL: scheme + "://" + route.HTTP.Hosts[0] + strings.TrimSuffix(route.HTTP.Paths[0], "/")}
	}
	if r.env.Cluster != r.p.ir.Pipelines.Cluster {
		return nil
	}
	var out *ir.Address
	best := 0
	for _, w := range r.inst.Workloads {
		if w.Service == nil {
			continue
		}
		for k := range w.Service.Ports {
			p := &w.Service.Ports[k]
			if p.Protocol != "" && p.Protocol != "TCP" || p.Service == 0 {
				continue
			}
			rank := 1
			if p.Name == "http" {
				rank = 2
			}
			if w.Process == mainProcess {
				rank += 2
			}
			if rank > best {
				best, out = rank, &ir.Address{URL: fmt.Sprintf("http://%s.%s.svc:%d", w.Service.Name, r.env.Namespace, p.Service), Port: p}
			}
		}
	}
	return out
}
