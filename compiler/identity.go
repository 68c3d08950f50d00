package compiler

import (
	"fmt"
	"strings"

	"slipway.dev/compiler/diag"
	"slipway.dev/compiler/ir"
	"slipway.dev/compiler/layer"
	"slipway.dev/compiler/load"
)

// checkIdentity looks for names that would change with the next promotion: the spec as it
// stands is held against the copy that an environment was released with. Kubernetes renames
// nothing and changes no selector, so the old object would have to go.
func checkIdentity(c *checker, s *ir.Service) {
	for _, head := range s.Pending {
		for _, released := range s.Instances {
			if released.Env == head.Env && released.Deployed() {
				c.sameIdentity(head, released)
			}
		}
	}
}

// checkApplications looks for environments whose Applications would be one: the second takes the
// place of the first, which Argo CD then deletes with all that it brought.
func checkApplications(c *checker, s *ir.Service) {
	told := false
	for k, i := range s.AsItStands() {
		for _, other := range s.AsItStands()[:k] {
			if i.App == "" || told || i.Application() != other.Application() {
				continue
			}
			told = true
			c.ds.Errorf(diag.DuplicateName, i.AppAt, "the Applications of %q and %q would both be called %q", other.Env.Name, i.Env.Name, i.App).WithPath("identity.application").
				WithHint("say it where that Application deploys: environments: %s: identity: application: %q", label(other.Env.Name), i.App)
		}
	}
}

// keepsIdentity looks for the same where a spec is about to take the place of the copy that
// an environment has.
func (p *platform) keepsIdentity(s *spec, to *ir.Environment, next *layer.Node, ds *diag.List) {
	before := s.copies[to.Name]
	if before == nil || next == nil {
		return
	}
	svc := &ir.Service{At: s.head.Pos("name"), Name: s.name}
	l, aside := load.New(), &diag.List{} // what else is wrong, the compilation finds
	released := p.instance(l, s, svc, to, before, aside, aside)
	head := p.instance(l, s, svc, to, next, aside, aside)
	c := &checker{ds: ds, allow: head.Allow, used: map[diag.Code]bool{}}
	c.sameIdentity(head, released)
}

func (c *checker) sameIdentity(head, released *ir.Instance) {
	same := func(at diag.Pos, what, path, was, is string) {
		if was != is {
			c.unless(diag.IdentityChanged, at, "%s is %s as released in %q, and would be %s: nothing can change it, so the old one would have to go", what, was, head.Env.Name, is).
				WithPath(path).WithHint("keep it: %s; or say why not: allow: %q", path, diag.IdentityChanged)
		}
	}
	same(head.Service.At, "the Application", "identity: application", released.Application(), head.Application())
	for _, w := range head.Workloads {
		for _, old := range released.Workloads {
			if old.Process != w.Process {
				continue
			}
			path := "run: " + label(w.Process) + ": identity: "
			same(w.At, fmt.Sprintf("the name of %q", w.Process), path+"name", kindOf(old.Kind)+"/"+old.Name, kindOf(w.Kind)+"/"+w.Name)
			same(w.At, fmt.Sprintf("the selector of %q", w.Process), path+"selector", selector(old), selector(w))
			if w.Service != nil && old.Service != nil {
				same(w.At, fmt.Sprintf("the Service of %q", w.Process), path+"service", old.Service.Name, w.Service.Name)
			}
			if w.Kind == ir.StatefulSet && old.Kind == ir.StatefulSet {
				same(w.At, fmt.Sprintf("the Service that names the pods of %q", w.Process), path+"pods", old.Governing, w.Governing)
			}
		}
	}
	for _, claim := range head.Claims {
		for _, old := range released.Claims {
			if old.Volume == claim.Volume {
				same(claim.At, fmt.Sprintf("the claim of volume %q", claim.Volume), "volumes: "+label(claim.Volume)+": disk: name", old.Name, claim.Name)
			}
		}
	}
}

// selector is the labels that select a workload's pods, as people write them.
func selector(w *ir.Workload) string {
	if len(w.Selector) == 0 {
		return "name and component"
	}
	var out []string
	for _, l := range w.Selector {
		out = append(out, l.Name+"="+l.Value)
	}
	return strings.Join(out, ",")
}
