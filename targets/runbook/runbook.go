// Package runbook is the target for people on call: for every service a page that says
// where it runs, and with which commands one looks at it, promotes it and takes it back.
//
//	services/SERVICE/RUNBOOK.md
//
// A page says what the spec says as it stands, and nothing of releases or of other services
// but their names: neither a promotion nor a neighbour's change makes it stale.
package runbook

import (
	"bytes"
	"cmp"
	"fmt"
	"path"
	"slices"

	"slipway.dev/compiler/ir"
	"slipway.dev/compiler/plan"
	"slipway.dev/targets/graph"
)

// Target is the runbook target.
type Target struct {
	// Pipelines are those that another target emits for a service.
	Pipelines func(*ir.Platform, *ir.Service) []graph.Pipeline
}

// Name is what --target calls it.
func (Target) Name() string { return "runbook" }

// Fleet emits nothing: a page belongs to its service.
func (Target) Fleet(*ir.Platform) ([]plan.File, error) { return nil, nil }

// Service emits the page of a service.
func (t Target) Service(p *ir.Platform, svc *ir.Service) ([]plan.File, error) {
	all := svc.AsItStands()
	if len(all) == 0 {
		return nil, nil
	}
	b := &page{platform: p, svc: svc, all: all, last: all[len(all)-1]}
	if t.Pipelines != nil {
		b.pipelines = t.Pipelines(p, svc)
	}
	for _, section := range []func(){b.head, b.places, b.look, b.trouble, b.back, b.promote, b.processes, b.calls, b.pipes} {
		section()
	}
	return []plan.File{{
		Path: path.Join("services", svc.Name, "RUNBOOK.md"), Owner: plan.Service(svc.Name), Body: b.Bytes(),
	}}, nil
}

// page is a runbook while it is written.
type page struct {
	bytes.Buffer
	platform  *ir.Platform
	svc       *ir.Service
	all       []*ir.Instance // by environment, in promotion order
	last      *ir.Instance   // the one that commands are written for
	pipelines []graph.Pipeline
}

func (b *page) f(format string, args ...any) { fmt.Fprintf(b, format, args...) }

// at is what kubectl needs to know of the last environment.
func (b *page) at() string {
	return "--context " + b.last.Env.Cluster.Name + " -n " + b.last.Env.Namespace
}

func (b *page) head() {
	b.f("# %s\n\nOwner: %s", b.svc.Name, b.svc.Owner)
	if k := slices.IndexFunc(b.platform.Owners, func(o ir.Owner) bool { return o.Name == b.svc.Owner }); k >= 0 && b.platform.Owners[k].Channel != "" {
		b.f(", %s", code(b.platform.Owners[k].Channel))
	}
	b.f(".")
	if s := b.svc.Source; s != nil {
		b.f(" Source: %s", code(s.Repo))
		if s.Path != "." {
			b.f(", folder %s", code(s.Path))
		}
		b.f(".")
	} else if c := b.last.Chart; c != nil {
		b.f(" It is the chart %s %s of %s, which Argo CD renders.", code(c.Name), code(c.Version), code(c.Repo))
	} else {
		b.f(" Others build its image.")
	}
	b.f("\nRun commands in a clone of %s", code(b.platform.Repo))
	if b.platform.Home != "." {
		b.f(", folder %s", code(b.platform.Home))
	}
	b.f("; contexts of kubectl are called as the clusters are in platform.cue.\n")
}

func (b *page) places() {
	b.f("\n## Where it runs\n\n| environment | cluster | namespace | Application | pods | reached at | spec |\n| --- | --- | --- | --- | --- | --- | --- |\n")
	for _, i := range b.all {
		spec := "as it stands"
		if !i.Env.Head {
			spec = code("releases/" + i.Env.Name + "/" + b.svc.Name + ".cue")
		}
		b.f("| %s | %s | %s | %s | %s | %s | %s |\n", i.Env.Name, i.Env.Cluster.Name, i.Env.Namespace, i.Application(), pods(i), hosts(i), spec)
	}
	b.f("\nThis page says what the spec says as it stands; what is released where, and what is not yet: `slipway status %s`.\n", b.svc.Name)
}

// look is written for the last environment, where it matters most.
func (b *page) look() {
	b.f("\n## Look\n\nFor %s; for others take context, namespace and Application from the table.\n\n```sh\n", b.last.Env.Name)
	b.f("slipway status %s\nargocd app get %s --refresh\n", b.svc.Name, b.last.Application())
	for _, w := range b.last.Workloads {
		b.f("kubectl %s get %s,pods -l %s -o wide\n", b.at(), w.Kind, b.selector(w))
		if w.Kind == ir.Rollout {
			b.f("kubectl argo rollouts %s get rollout %s\n", b.at(), w.Name)
		}
		b.f("kubectl %s logs -l %s --all-containers --prefix --tail=200\n", b.at(), b.selector(w))
	}
	b.f("kubectl %s get events --sort-by=.lastTimestamp | grep -F %s\n", b.at(), b.svc.Name)
	if c := b.last.Chart; c != nil {
		b.f("kubectl %s get all -l app.kubernetes.io/instance=%s\n```\n", b.at(), c.Release)
		return
	}
	b.f("slipway render %s %s    # what should be there\n```\n", b.svc.Name, b.last.Env.Name)
}

// selector selects a workload's pods.
func (b *page) selector(w *ir.Workload) string {
	list := w.Selector
	if len(list) == 0 {
		list = []ir.Pair{{Name: "app.kubernetes.io/name", Value: b.svc.Name}, {Name: "app.kubernetes.io/component", Value: w.Process}}
	}
	out := ""
	for _, p := range list {
		out += "," + p.Name + "=" + p.Value
	}
	return out[1:]
}

func (b *page) calls() {
	calls := graph.Calls(b.svc)
	if len(calls) == 0 {
		return
	}
	b.f("\n## What it calls\n\nWhose they are, and whom to ask, is in their runbooks.\n\n")
	for _, c := range calls {
		b.f("- [%s](../%s/RUNBOOK.md)", c.Service, c.Service)
		if c.Optional {
			b.f(": it works without")
		}
		b.f("\n")
	}
}

// fixed reports whether the spec says what runs, image and all.
func (b *page) fixed() bool { return b.svc.Build == nil && !b.svc.External }

// back is the way to the release before.
func (b *page) back() {
	env := b.last.Env
	b.f("\n## Roll back\n\n")
	if env.Head && b.fixed() {
		b.f("%s takes the image and the spec as they stand: undo the change in services/ and run `slipway compile`.\n", env.Name)
		return
	}
	b.f("The release before the one in %s, again; Argo CD follows within minutes. No machine brings back what is left so: the next newer release goes in, or what somebody promotes.\n\n```sh\n", env.Name)
	b.f("slipway rollback %s --in %s --reason WHY    # once more: one further back\nslipway compile\n", b.svc.Name, env.Name)
	b.f("git add -A releases deploy && git commit -m 'roll back %s in %s' && git push\nargocd app sync %s\n```\n", b.svc.Name, env.Name, b.last.Application())
	if env.Head {
		b.f("\n%s takes the spec as it stands: a change of the spec is undone in the spec.\n", env.Name)
	}
	if stores(b.last) {
		b.f("\nData stays as it is: what a newer version wrote, the older one must be able to read.\n")
	}
}

func (b *page) promote() {
	b.f("\n## Promote\n\n```sh\n")
	if first := b.all[0].Env.Name; b.fixed() {
		b.f("# another image: change the spec in services/\n")
	} else {
		b.f("slipway promote %s --image REF@DIGEST --to %s    # its CI does it\n", b.svc.Name, first)
	}
	for _, i := range b.all {
		if from := graph.Before(i.Env, b.svc.RunsIn); from != nil && !(i.Env.Head && b.fixed()) {
			b.f("slipway promote %s --from %s --to %s\n", b.svc.Name, from.Name, i.Env.Name)
		}
	}
	b.f("git add -A releases deploy && git commit -m 'promote %s' && git push\n```\n", b.svc.Name)
}

func (b *page) pipes() {
	if len(b.pipelines) == 0 {
		return
	}
	b.f("\n## Pipelines\n\n```mermaid\n%s```\n\n", graph.Mermaid(graph.Service(b.svc, b.pipelines, nil)))
	b.f("They run in the cluster %s.\n\n```sh\n", b.platform.Pipelines.Cluster.Name)
	context := b.platform.Pipelines.Cluster.Name
	for _, pl := range b.pipelines {
		ns, name := path.Split(pl.Note)
		ns = path.Clean(ns)
		b.f("tkn --context %s -n %s pipelinerun list --label tekton.dev/pipeline=%s --limit 5\n", context, ns, name)
		b.f("tkn --context %s -n %s pipeline logs %s --last\n", context, ns, name)
		if pl.Releases {
			b.f("slipway run %s %s --revision SHA | kubectl --context %s create -f -    # once more\n", b.svc.Name, pl.ID, context)
		}
		for _, env := range pl.Tests {
			b.f("slipway run %s %s --env %s | kubectl --context %s create -f -    # once more, for what is released there\n", b.svc.Name, pl.ID, env, context)
		}
	}
	b.f("```\n")
}

// hosts are the addresses from outside.
func hosts(i *ir.Instance) string {
	var out []string
	for _, r := range i.Routes {
		if r.HTTP != nil {
			for _, h := range r.HTTP.Hosts {
				for _, p := range r.HTTP.Paths {
					out = append(out, code(h+p))
				}
			}
		} else if r.LoadBalancer != nil {
			out = append(out, fmt.Sprintf("load balancer %s:%d", r.Name, r.LoadBalancer.Port))
		}
	}
	return cmp.Or(join(out), "the cluster only")
}

// pods are how many there are of each process.
func pods(i *ir.Instance) string {
	var out []string
	for _, w := range i.Workloads {
		n := ""
		switch {
		case w.Scale != nil:
			n = fmt.Sprintf("%d–%d", w.Scale.Min, w.Scale.Max)
		case w.Replicas != nil:
			n = fmt.Sprint(*w.Replicas)
		case w.Kind == ir.DaemonSet:
			n = "every node"
		case w.Kind == ir.CronJob && w.Schedule != nil:
			n = code(w.Schedule.Cron)
		case w.Kind == ir.Job:
			n = "each release"
		}
		if len(i.Workloads) > 1 {
			n = w.Process + " " + n
		}
		out = append(out, n)
	}
	return cmp.Or(join(out), "–")
}
