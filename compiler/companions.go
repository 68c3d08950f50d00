package compiler

import (
	"slices"
	"strings"

	monitoringv1 "github.com/prometheus-operator/prometheus-operator/pkg/apis/monitoring/v1"
	autoscalingv2 "k8s.io/api/autoscaling/v2"

	"slipway.dev/compiler/api"
	"slipway.dev/compiler/diag"
	"slipway.dev/compiler/ir"
	"slipway.dev/schema"
)

// companions resolves the objects beside the workloads that have words of their own.
func (r *resolver) companions() {
	for _, name := range sorted(r.f.Volumes) {
		if d := r.f.Volumes[name].Disk; d != nil {
			r.inst.Claims = append(r.inst.Claims, ir.Claim{At: r.tree.LabelPos("volumes", name), Volume: name, Name: r.claimName(name), Size: text(d.Size, ""), Class: text(d.Class, ""), Access: d.Access})
		}
	}
	for _, name := range sorted(r.f.Secrets) {
		s := r.f.Secrets[name]
		out := ir.ExternalSecret{At: r.tree.LabelPos("secrets", name), Name: name, Store: text(s.Store, ""), Kind: text(s.Kind, "ClusterSecretStore"), Every: text(s.Every, ""), All: s.All, API: text(s.API, "v1")}
		if n := r.tree.Find("secrets", name, "spec"); n != nil {
			r.twice(n, r.tree.Find("secrets", name), []string{"secrets", name, "spec"}, []own{{"refreshInterval", "every"}, {"secretStoreRef.name", "store"}, {"secretStoreRef.kind", "kind"}, {"data", "keys"}, {"dataFrom", "all"}})
			out.Words = tree(n)
		}
		for _, key := range order(r, s.Keys, "secrets", name, "keys") {
			k := s.Keys[key]
			out.Keys = append(out.Keys, ir.ExternalKey{Key: key, From: text(k.From, ""), Property: text(k.Property, ""), Version: text(k.Version, "")})
		}
		if len(out.Keys)+len(out.All) == 0 && out.Words.Get("data").Kind == ir.Nothing && out.Words.Get("dataFrom").Kind == ir.Nothing {
			r.ds.Errorf(diag.MissingField, out.At, "secrets.%s says nothing of its keys", name).WithPath("secrets." + name + ".keys").
				WithHint("say keys: password: {from: \"…\", property: \"…\"}, or all: [\"…\"]")
		}
		r.inst.Secrets = append(r.inst.Secrets, out)
	}
	for _, name := range sorted(r.f.Monitors) {
		r.whole("monitoring.coreos.com/v1", "ServiceMonitor", name, "selector", "monitors", name)
	}
	for _, name := range sorted(r.f.Alerts) {
		r.whole("monitoring.coreos.com/v1", "PrometheusRule", name, "", "alerts", name)
	}
	if id := r.f.Identity; id != nil {
		r.accounts(id)
		for _, name := range sorted(id.May) {
			m := id.May[name]
			r.inst.Rights = append(r.inst.Rights, ir.Right{Groups: m.Groups, Resources: m.Resources, Names: m.Names, Verbs: m.Verbs})
		}
		const rbac = "rbac.authorization.k8s.io"
		if len(id.May) > 0 && !(r.mayHave(rbac, "Role") && r.mayHave(rbac, "RoleBinding")) {
			r.guarded(r.tree.LabelPos("identity", "may"), "identity.may", "Role", rbac+"/Role", rbac+"/RoleBinding")
		}
		if len(id.May) > 0 && r.inst.Account.Name == "" {
			r.ds.Errorf(diag.MissingField, r.tree.LabelPos("identity", "may"), "identity.may gives rights to an account, but there is none").WithPath("identity.account").
				WithHint("say identity: account: \"…\", or make: true")
		}
	}
}

func (r *resolver) claimName(volume string) string {
	return text(r.f.Volumes[volume].Disk.Name, r.svc.Name+"-"+volume)
}

// scale resolves an autoscaler beyond its bounds.
func (r *resolver) scale(w *ir.Workload, s *schema.Scale, path []string) {
	at := append(slices.Clone(path), "scale")
	for _, name := range sorted(s.Events) {
		e := s.Events[name]
		w.Scale.Events = append(w.Scale.Events, ir.Event{Name: name, Type: text(e.Type, ""), Auth: text(e.Auth, ""), Metadata: pairs(e.Metadata)})
	}
	n := r.tree.Find(append(at, "spec")...)
	w.Scale.KEDA = len(s.Events) > 0 || n.Get("triggers") != nil
	if n != nil && (w.Scale.KEDA || api.Decode[autoscalingv2.HorizontalPodAutoscalerSpec](n, strings.Join(at, ".")+".spec", r.ds) != nil) {
		r.twice(n, r.tree.Find(at...), append(at, "spec"), []own{{"minReplicas", "min"}, {"maxReplicas", "max"}, {"scaleTargetRef.name", ""}, {"minReplicaCount", "min"}, {"maxReplicaCount", "max"}, {"triggers", "events"}})
		w.Scale.Words = tree(n)
	}
	if w.Scale.CPU+w.Scale.Memory == 0 && !w.Scale.KEDA && n.Get("metrics") == nil {
		w.Scale.CPU = 80
	}
	if w.Scale.Min == 0 && !w.Scale.KEDA {
		r.ds.Errorf(diag.WrongValue, w.Scale.At, "scale.min is 0, but only events can wake what has no pods").WithPath(strings.Join(at, ".") + ".min").
			WithHint("say 1, or what it waits for: scale: events: …")
	}
}

func (r *resolver) metrics(w *ir.Workload, p *schema.Process, path []string) {
	if p.Metrics == nil {
		return
	}
	path = append(slices.Clone(path), "metrics")
	w.Metrics = &ir.Metrics{Name: text(identityOf(p).Monitor, w.Name), Path: text(p.Metrics.Path, "/metrics"), Every: text(p.Metrics.Every, "")}
	if r.loose {
		w.Metrics.Path = text(p.Metrics.Path, "")
	}
	at := append(slices.Clone(path), "spec")
	if n := r.tree.Find(at...); n != nil && api.Decode[monitoringv1.PodMonitorSpec](n, strings.Join(at, "."), r.ds) != nil {
		w.Metrics.Words = tree(n)
		if n.Get("podMetricsEndpoints") != nil {
			return
		}
	}
	var ports []ir.Port
	for _, c := range containers(w) {
		ports = append(ports, c.Ports...)
	}
	w.Metrics.Port = r.port(p.Metrics.Port, ports, append(path, "port"))
}
