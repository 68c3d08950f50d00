package compiler

import (
	"strings"

	"slipway.dev/compiler/diag"
	"slipway.dev/compiler/ir"
	"slipway.dev/schema"
)

// place says which nodes the pods run on, and before whom.
func (r *resolver) place(p *schema.Process) ir.Place {
	out := ir.Place{Nodes: pairs(p.Nodes), Priority: text(p.Priority, ""), Scheduler: text(p.Scheduler, "")}
	for _, key := range sorted(p.Tolerate) {
		t := p.Tolerate[key]
		o := ir.Toleration{Key: key, Value: text(t.Value, ""), Effect: text(t.Effect, "")}
		if t.For != nil {
			o.For = ptr(seconds(t.For))
		}
		out.Tolerate = append(out.Tolerate, o)
	}
	return out
}

// identity takes over names that exist already.
func (r *resolver) identity(w *ir.Workload, p *schema.Process) {
	id := p.Identity
	if id == nil {
		return
	}
	w.Name, w.Named = text(id.Name, w.Name), id.Name != nil
	w.Selector, w.Governing = pairs(id.Selector), text(id.Pods, "")
}

// identityOf is what exists already around a process group; its zero value is nothing.
func identityOf(p *schema.Process) schema.ProcessIdentity {
	if p.Identity == nil {
		return schema.ProcessIdentity{}
	}
	return *p.Identity
}

// schedule resolves when jobs run, and that nothing else does by the clock or by a hook.
func (r *resolver) schedule(w *ir.Workload, p *schema.Process, path []string) {
	where := strings.Join(path, ".")
	if s := p.Schedule; s != nil {
		checkCron(r.ds, r.tree.Pos(append(path[:len(path):len(path)], "schedule", "cron")...), text(s.Cron, ""))
		w.Schedule = &ir.Schedule{Cron: text(s.Cron, ""), Zone: text(s.Zone, ""), Overlap: text(s.Overlap, ""), Suspended: s.Suspended, Succeeded: int32p(s.Succeeded), Failed: int32p(s.Failed)}
	}
	if h := p.Hook; h != nil {
		w.Hook = &ir.Hook{At: text(h.At, ""), Remove: h.Remove, Wave: h.Wave}
	}
	for _, f := range []struct {
		name  string
		given bool
		kind  ir.Kind
	}{{"schedule", p.Schedule != nil, ir.CronJob}, {"hook", p.Hook != nil, ir.Job}} {
		if f.given && w.Kind != f.kind {
			r.ds.Errorf(diag.WrongValue, r.tree.LabelPos(append(path[:len(path):len(path)], f.name)...), "%s is for a %s, but %q is a %s", f.name, f.kind, w.Process, w.Kind).
				WithPath(where+"."+f.name).WithHint("remove it, or say kind: %q", f.kind)
		}
	}
	if w.Kind == ir.CronJob && p.Schedule == nil {
		r.ds.Errorf(diag.MissingField, w.At, "%s needs %q", where, "schedule").WithPath(where + ".schedule").WithHint("say when it runs: schedule: \"30 2 * * *\"")
	}
	job := w.Kind == ir.Job || w.Kind == ir.CronJob
	if w.Restart != "" && job == (w.Restart == "Always") {
		r.ds.Errorf(diag.WrongValue, r.tree.Pos(append(path[:len(path):len(path)], "restart")...), "restart: %q is not what Kubernetes takes for a %s", w.Restart, w.Kind).
			WithPath(where+".restart").WithHint("%s", map[bool]string{true: "write \"Never\" or \"OnFailure\"", false: "remove it: what keeps running is always restarted"}[job])
	}
}
