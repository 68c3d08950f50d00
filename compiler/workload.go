package compiler

import (
	"slices"
	"strconv"
	"strings"

	"slipway.dev/compiler/diag"
	"slipway.dev/compiler/ir"
	"slipway.dev/schema"
)

// mainProcess is the process group that is called like its service.
const mainProcess = "main"

func (r *resolver) workloadName(process string) string {
	if process == mainProcess {
		return r.svc.Name
	}
	return r.svc.Name + "-" + process
}

func (r *resolver) workload(process string, p *schema.Process) *ir.Workload {
	path := []string{"run", process}
	w := &ir.Workload{
		At: r.tree.LabelPos(path...), Name: r.workloadName(process), Process: process,
		Kind:        ir.Kind(text(p.Kind, string(ir.Deployment))),
		Annotations: pairs(merged(r.f.Annotations, p.Annotations)), Labels: pairs(p.Labels),
		Security: ir.PodSecurity{User: p.User, Group: p.Group, VolumeGroup: p.VolumeGroup},
		Links:    p.ServiceLinks, DNS: text(p.DNS, ""), Restart: text(p.Restart, ""), History: int32p(p.History), Settle: int32(seconds(p.Settle)),
		Place: r.place(p),
	}
	if p.StopAfter != nil {
		w.StopAfter = ptr(seconds(p.StopAfter))
	}
	if !r.loose {
		w.Security.NonRoot, w.Security.Seccomp = ptr(true), "RuntimeDefault"
		over(&w.Links, ptr(yes(p.ServiceLinks))) // a variable for every Service of the namespace surprises programs
	}
	r.schedule(w, p, path)
	r.identity(w, p)
	if o := p.Workload; o != nil {
		w.Own = ir.Own{Labels: pairs(o.Labels), Annotations: pairs(o.Annotations)}
	}
	r.podWordsOf(w, path)
	r.ownWords(w, path)
	own := text(r.f.Image, r.svc.Placeholder())
	name := process
	if process == mainProcess {
		name = r.svc.Name
	}
	if p.Identity != nil {
		name = text(p.Identity.Container, name)
	}
	w.Main = r.container(name, own, r.tree.Pos("image"), &p.Container, true, path...)
	for i := range p.Init {
		at := append(slices.Clone(path), "init", strconv.Itoa(i))
		c := r.container(p.Init[i].Name, own, r.tree.Pos("image"), &p.Init[i].Container, false, at...)
		c.Native = yes(p.Init[i].Native)
		w.Init = append(w.Init, c)
	}
	var native []ir.Container
	for _, side := range order(r, p.Sidecars, append(slices.Clone(path), "sidecars")...) {
		if p.Sidecars[side].Image == nil {
			r.ds.Errorf(diag.MissingField, r.tree.LabelPos(append(slices.Clone(path), "sidecars", side)...), "sidecar %q of %q needs \"image\"", side, process).
				WithPath(strings.Join(path, ".")+".sidecars."+side+".image").WithHint("the service's own image is what %q itself runs; another program of it is a process group of its own", process)
		}
		at := append(slices.Clone(path), "sidecars", side)
		c := r.container(side, own, r.tree.Pos("image"), ptr(p.Sidecars[side].Container), false, at...)
		if c.Native = yes(p.Sidecars[side].Native); c.Native {
			native = append(native, c)
		} else {
			w.Sidecars = append(w.Sidecars, c)
		}
	}
	w.Init = append(native, w.Init...)
	r.volumes(w, path)
	r.replicas(w, p, path)
	r.strategy(w)
	r.kubeServices(w, p, path)
	r.metrics(w, p, path)
	if w.Kind == ir.Job || w.Kind == ir.CronJob {
		w.Retries = int32p(p.Retries)
		if p.Deadline != nil {
			w.Deadline = ptr(seconds(p.Deadline))
		}
	} else {
		for _, f := range []string{"deadline", "retries"} {
			if n := r.tree.Find("run", process, f); n != nil && !isDefault(n) {
				r.ds.Errorf(diag.WrongValue, r.tree.LabelPos("run", process, f), "%s is for jobs, but %q is a %s", f, process, w.Kind).
					WithPath("run." + process + "." + f).WithHint("remove it, or say kind: \"job\"")
			}
		}
	}
	return w
}

func (r *resolver) replicas(w *ir.Workload, p *schema.Process, path []string) {
	at := func(f string) diag.Pos { return r.tree.LabelPos(append(slices.Clone(path), f)...) }
	if why := unscaled[w.Kind]; why != "" {
		for _, f := range []string{"replicas", "scale"} {
			if n := r.tree.Find("run", w.Process, f); n != nil && !isDefault(n) {
				r.ds.Errorf(diag.WrongValue, at(f), "%s, so %s says nothing here", why, f).
					WithPath(strings.Join(path, ".") + "." + f).WithHint("remove it")
			}
		}
		return
	}
	if s := p.Scale; s != nil {
		w.Scale = &ir.Scale{At: at("scale"), Name: text(identityOf(p).Scaler, w.Name), Min: 1, Max: int32(*s.Max)}
		if s.Min != nil {
			w.Scale.Min = int32(*s.Min)
		}
		if s.CPU != nil {
			w.Scale.CPU = int32(*s.CPU)
		}
		if s.Memory != nil {
			w.Scale.Memory = int32(*s.Memory)
		}
		r.scale(w, s, path)
		if s.Min == nil && w.Scale.KEDA && r.loose { // as written, nobody says it
			w.Scale.Min, w.Scale.Unbounded = 0, true
		}
		if w.Scale.Min > w.Scale.Max {
			r.ds.Errorf(diag.WrongValue, w.Scale.At, "scale.min is %d, above scale.max, which is %d", w.Scale.Min, w.Scale.Max).
				WithPath(strings.Join(path, ".") + ".scale").WithHint("raise max or lower min")
		}
	} else if w.Replicas = int32p(p.Replicas); w.Replicas == nil && !r.loose {
		w.Replicas = ptr(int32(1))
	}
	low := lowest(w)
	switch d := p.Disruption; {
	case d == nil || d.MinAvailable == nil && d.MaxUnavailable == nil && d.None == nil:
		if low >= 2 && !r.loose {
			w.Budget = &ir.Budget{Name: text(identityOf(p).Budget, w.Name), MaxUnavailable: "1"}
		}
	case d.None != nil:
	default:
		w.Budget = &ir.Budget{At: at("disruption"), Name: text(identityOf(p).Budget, w.Name), MinAvailable: text(d.MinAvailable, ""), MaxUnavailable: text(d.MaxUnavailable, "")}
	}
}

// unscaled are the kinds without a number of pods, and why.
var unscaled = map[ir.Kind]string{ir.Job: "a job runs once per release", ir.CronJob: "a cronjob runs by the clock", ir.DaemonSet: "a daemonset runs on every node"}

// lowest is the smallest number of pods that the workload ever has.
func lowest(w *ir.Workload) int32 {
	switch {
	case w.Scale != nil:
		return w.Scale.Min
	case w.Replicas != nil:
		return *w.Replicas
	}
	return 0
}

func (r *resolver) strategy(w *ir.Workload) {
	switch rel := r.f.Release; {
	case rel == nil:
	case rel.Recreate != nil:
		w.Strategy = ir.Strategy{Given: true, Recreate: true}
	case rel.Rolling != nil && r.loose:
		w.Strategy = ir.Strategy{Given: true, Surge: text(rel.Rolling.Surge, ""), Unavailable: text(rel.Rolling.Unavailable, "")}
	case rel.Rolling != nil:
		w.Strategy.Given = true
		w.Strategy.Surge, w.Strategy.Unavailable = text(rel.Rolling.Surge, "25%"), text(rel.Rolling.Unavailable, "0")
		if zero(w.Strategy.Surge) && zero(w.Strategy.Unavailable) {
			r.ds.Errorf(diag.WrongValue, r.tree.LabelPos("release", "rolling"), "surge and unavailable are both 0, so no pod could ever be replaced").
				WithPath("release.rolling").WithHint("give one of them at least 1")
		}
	}
}

func zero(s string) bool { return s == "0" || s == "0%" }

func (r *resolver) volumes(w *ir.Workload, path []string) {
	used := map[string]bool{}
	for _, c := range containers(w) {
		for _, m := range c.Mounts {
			used[m.Volume] = true
		}
	}
	for _, name := range order(r, r.f.Volumes, "volumes") {
		v := r.f.Volumes[name]
		if !used[name] {
			continue
		}
		at := []string{"volumes", name}
		out := ir.Volume{At: r.tree.LabelPos(at...), Name: name, Claim: text(v.Claim, "")}
		switch {
		case v.Scratch != nil:
			out.Scratch = &ir.Scratch{Size: text(v.Scratch.Size, ""), Memory: yes(v.Scratch.Memory)}
		case v.Config != nil:
			out.Config = r.files(v.Config)
			out.Config.Name = r.configName(out.Config.Name, append(at, "config", "name")...)
		case v.Secret != nil:
			out.Secret = r.files(v.Secret)
		case v.Storage != nil:
			out.Storage = &ir.Storage{Size: text(v.Storage.Size, ""), Class: text(v.Storage.Class, ""), Access: v.Storage.Access}
			if w.Kind != ir.StatefulSet {
				r.ds.Errorf(diag.WrongValue, r.tree.LabelPos("volumes", name, "storage"), "only a statefulset has storage of its own per pod, but %q is a %s", strings.Join(path, "."), w.Kind).
					WithPath("volumes."+name).WithHint("say run: %s: kind: \"statefulset\", or use scratch or claim", w.Process)
			}
		case v.Disk != nil:
			out.Claim = r.claimName(name)
		case v.NFS != nil:
			out.NFS = &ir.NFS{Server: text(v.NFS.Server, ""), Path: text(v.NFS.Path, ""), ReadOnly: yes(v.NFS.ReadOnly)}
		case v.Host != nil:
			out.Host = &ir.HostPath{Path: text(v.Host.Path, ""), Type: text(v.Host.Type, "")}
		}
		w.Volumes = append(w.Volumes, out)
	}
	if !r.loose {
		slices.SortStableFunc(w.Volumes, func(a, b ir.Volume) int { return strings.Compare(a.Name, b.Name) })
	}
}

func (r *resolver) files(f *schema.Files) *ir.Files {
	out := &ir.Files{Name: text(f.Name, ""), Items: pairs(f.Items), Optional: yes(f.Optional)}
	if f.Mode != nil {
		n, err := strconv.ParseInt(*f.Mode, 8, 32)
		if err != nil {
			panic("compiler: mode " + *f.Mode)
		}
		out.Mode = ptr(int32(n))
	}
	return out
}

// containers are all of a workload's: the program, then init containers, then sidecars.
func containers(w *ir.Workload) []*ir.Container {
	return slices.Concat([]*ir.Container{&w.Main}, pointers(w.Init), pointers(w.Sidecars))
}

func pointers[T any](s []T) []*T {
	out := make([]*T, len(s))
	for i := range s {
		out[i] = &s[i]
	}
	return out
}

func merged[V any](a, b map[string]V) map[string]V {
	out := make(map[string]V, len(a)+len(b))
	for k, v := range a {
		out[k] = v
	}
	for k, v := range b {
		out[k] = v
	}
	return out
}
