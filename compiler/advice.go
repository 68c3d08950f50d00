package compiler

import (
	"fmt"
	"slices"
	"strings"

	"slipway.dev/compiler/diag"
	"slipway.dev/compiler/ir"
)

// adviceChecks warn of what works and is unwise. They run when nothing is wrong: advice
// beside a mistake is noise.
var adviceChecks = []func(*checker, *ir.Instance){
	adviseRequests,
	adviseReadiness,
	adviseProbes,
	adviseJobs,
}

// advice are the codes of those checks, sorted.
var advice = []diag.Code{diag.ImmutableJob, diag.NoHealthcheck, diag.NoReadiness, diag.NoRequests, diag.RootImage, diag.SameProbe}

// advise is unless for advice: a warning.
func (c *checker) advise(code diag.Code, at diag.Pos, format string, args ...any) *diag.Diagnostic {
	if strings.HasPrefix(at.File, "releases/") {
		return &diag.Diagnostic{} // what is released is past advice
	}
	for _, a := range c.allow {
		if a.Code == code {
			c.used[code] = true
			return &diag.Diagnostic{}
		}
	}
	return c.ds.Warnf(code, at, format, args...)
}

// running are the containers that keep running beside each other: not init containers.
func running(w *ir.Workload) []*ir.Container {
	return append([]*ir.Container{&w.Main}, pointers(w.Sidecars)...)
}

func adviseRequests(c *checker, i *ir.Instance) {
	for _, w := range judged(i) {
		for _, ctr := range running(w) {
			if r := ctr.Resources; ctr.Name != "" && r.CPU+r.Memory+r.CPULimit+r.MemoryLimit == "" {
				c.advise(diag.NoRequests, ctr.At, "%q asks for neither CPU nor memory, so it is the first to go when its node runs short", ctr.Name).
					WithHint("say what it needs: resources: {cpu: \"100m\", memory: \"128Mi\"}")
			}
		}
	}
}

func adviseReadiness(c *checker, i *ir.Instance) {
	for _, w := range i.Workloads {
		for _, ctr := range running(w) {
			if ctr.Ready == nil && reached(w, ctr) {
				c.advise(diag.NoReadiness, ctr.Ports[0].At, "%q gets requests before it can take them: nothing says when it is ready", ctr.Name).
					WithHint("say how to ask it: ready: http: \"/ready\", or ready: tcp: …")
			}
		}
	}
}

// reached reports whether a Service of the process group leads to the container.
func reached(w *ir.Workload, ctr *ir.Container) bool {
	services := w.Services
	if w.Service != nil {
		services = append(services[:len(services):len(services)], w.Service)
	}
	for _, s := range services {
		for _, p := range s.Ports {
			if slices.ContainsFunc(ctr.Ports, func(o ir.Port) bool { return o.Number == p.Number }) {
				return true
			}
		}
	}
	return false
}

func adviseProbes(c *checker, i *ir.Instance) {
	for _, w := range judged(i) {
		for _, ctr := range running(w) {
			if ctr.Ready != nil && ctr.Live != nil && question(ctr.Ready) == question(ctr.Live) {
				c.advise(diag.SameProbe, ctr.Live.At, "live and ready of %q ask the same: when it is busy, it is restarted", ctr.Name).
					WithHint("have live ask for less than ready: that the program still answers; or leave live out")
			}
		}
	}
}

// adviseJobs looks for jobs that Argo CD can only make once: nobody says that it may delete
// them first. https://argo-cd.readthedocs.io/en/stable/user-guide/sync-options/#replace-resource-instead-of-applying-changes
func adviseJobs(c *checker, i *ir.Instance) {
	const syncOptions = "argocd.argoproj.io/sync-options"
	for _, w := range i.Workloads {
		own := w.Own.Annotations
		if w.Kind != ir.Job || w.Hook != nil || !i.AsWritten || slices.ContainsFunc(own, func(a ir.Pair) bool {
			return a.Name == "argocd.argoproj.io/hook" || a.Name == "helm.sh/hook" || a.Name == syncOptions && strings.Contains(a.Value, "Replace=true")
		}) {
			continue
		}
		c.advise(diag.ImmutableJob, w.At, "the job %q cannot change once it is there: a sync fails when its image or spec does", w.Process).
			WithHint("let Argo CD replace it: workload: annotations: %q: \"Force=true,Replace=true\"; or say hook", syncOptions)
	}
}

// question is what a probe asks, times aside.
func question(p *ir.Probe) string {
	switch {
	case p.HTTP != nil:
		return fmt.Sprint("http", p.HTTP.Path, p.HTTP.Port.Number, p.HTTP.HTTPS)
	case p.GRPC != nil:
		return fmt.Sprint("grpc", p.GRPC.Port.Number, p.GRPC.Service)
	case p.TCP != nil:
		return fmt.Sprint("tcp", p.TCP.Number)
	}
	return "exec" + strings.Join(p.Exec, "\x00")
}

// checkScaled looks for autoscalers whose manifests name a process group that has a fixed
// number of pods, and for autoscalers that count a share of what nobody asks for.
func checkScaled(c *checker, i *ir.Instance) {
	for _, w := range i.Workloads {
		if w.Scale != nil && w.Scale.CPU > 0 && w.Main.Resources.CPU+w.Main.Resources.CPULimit == "" {
			c.ds.Errorf(diag.NoRequests, w.Scale.At, "%q scales by the CPU that it asks for, but asks for none", w.Process).
				WithHint("say what it needs: resources: cpu: \"100m\"")
		}
		if w.Replicas == nil {
			continue
		}
		for _, m := range i.Manifests {
			target := m.Body.Get("spec", "scaleTargetRef")
			kind := target.Get("kind").Text
			if (m.Kind == "HorizontalPodAutoscaler" || m.Kind == "ScaledObject") && target.Get("name").Text == w.Name && (kind == kindOf(w.Kind) || kind == "" && w.Kind == ir.Deployment) {
				c.asWritten(i, diag.FixedAndAutoscaled, w.At, "%q has a fixed number of pods, and %s %q changes it: they would fight", w.Process, m.Kind, m.Object).
					WithRelated(m.At, "the autoscaler").WithHint("leave replicas out, with hardening: \"asWritten\"; or say scale: {min, max} instead of the manifest")
			}
		}
	}
}

// checkBudgets looks for budgets, given as manifests, that let no pod of a process group go.
func checkBudgets(c *checker, i *ir.Instance) {
	for _, m := range i.Manifests {
		if m.Kind != "PodDisruptionBudget" {
			continue
		}
		spec := m.Body.Get("spec")
		stay, gone := spec.Get("minAvailable").Text, spec.Get("maxUnavailable").Text
		for _, w := range i.Workloads {
			low := lowest(w)
			if low == 0 || !selects(spec.Get("selector", "matchLabels"), w) {
				continue
			}
			if gone != "" && zero(gone) || stay != "" && share(stay, low) >= low {
				c.unless(diag.BlockedDrain, m.At, "the disruption budget %q lets no pod of %q go while it has %d, so no node could be drained", m.Object, w.Process, low).
					WithHint("run more pods than must stay, or say maxUnavailable: 1")
			}
		}
	}
}

// selects reports whether labels pick the pods of a process group.
func selects(labels ir.Tree, w *ir.Workload) bool {
	for _, l := range labels.Fields {
		if !slices.Contains(slices.Concat(w.Selector, w.Labels), ir.Pair{Name: l.Name, Value: l.Value.Text}) {
			return false
		}
	}
	return len(labels.Fields) > 0
}

// checkProbePorts looks for probes, said in Kubernetes' words, of ports that no container of
// the pod declares. By its number such a port may be listened on all the same.
func checkProbePorts(c *checker, i *ir.Instance) {
	for _, w := range judged(i) {
		for _, ctr := range containers(w) {
			for _, p := range []*ir.Probe{ctr.Ready, ctr.Live, ctr.Start} {
				ref, ok := portAsked(p)
				if !ok || slices.ContainsFunc(ctr.Ports, func(o ir.Port) bool { return o.Number == ref.Number || ref.Name != "" && o.Name == ref.Name }) {
					continue
				}
				if ref.Number == 0 && ref.Name == "" {
					continue // reported where it was looked up
				}
				if ref.Name != "" && ref.Number == 0 {
					c.ds.Errorf(diag.UnknownPort, ctr.At, "a probe of %q asks port %q, which the container does not declare", ctr.Name, ref.Name).WithHint("declare it: ports: %s: 8080", ref.Name)
				} else {
					c.ds.Warnf(diag.UnknownPort, ctr.At, "a probe of %q asks port %d, which the container does not declare", ctr.Name, ref.Number).WithHint("declare it: ports: NAME: %d", ref.Number)
				}
			}
		}
	}
}

func portAsked(p *ir.Probe) (ir.PortRef, bool) {
	switch {
	case p == nil:
	case p.HTTP != nil:
		return p.HTTP.Port, true
	case p.GRPC != nil:
		return p.GRPC.Port, true
	case p.TCP != nil:
		return *p.TCP, true
	}
	return ir.PortRef{}, false
}
