package kustomize

import (
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"slipway.dev/compiler/ir"
	"slipway.dev/targets/kube"
)

// Labels by Kubernetes' recommendation; name and component together select a workload's pods.
const (
	labelName      = "app.kubernetes.io/name"
	labelComponent = "app.kubernetes.io/component"
	labelManagedBy = "app.kubernetes.io/managed-by"
	labelOwner     = "slipway.dev/owner"
	// A pod that calls a service carries this prefix with the service's name, and the
	// service admits whoever carries it: a new caller changes no file of the provider.
	labelConsumes = "consumes.slipway.dev/"
)

// nodes are the Kubernetes objects of a service in an environment, as the IR means them,
// with the image's placeholder still in place. Reading order: what is needed comes first.
func nodes(i *ir.Instance) (out []kube.Node) {
	add := func(o any) { out = append(out, kube.FromObject(o)) }
	if i.Account.Make {
		out = append(out, lay(kube.FromObject(newServiceAccount(i)), i.Account.Words))
	}
	for _, c := range i.Configs {
		add(newConfigMap(i, c))
	}
	for _, s := range i.Secrets {
		o := kube.FromObject(newExternalSecret(i, s))
		if s.Words.Kind != ir.Nothing {
			o.Set(lay(o.Get("spec"), s.Words), "spec")
		}
		out = append(out, o)
	}
	for _, o := range companions(i) {
		add(o)
	}
	for _, w := range i.Workloads {
		out = append(out, withWords(kube.FromObject(newWorkload(i, w)), i, w))
	}
	for _, w := range i.Workloads {
		for _, s := range services(w) {
			o := kube.FromObject(newService(i, w, s))
			for k, ports := 0, o.Get("spec", "ports").Items; k < len(ports); k++ {
				if s.Ports[k].Same {
					ports[k].Set(kube.Node{}, "targetPort")
				}
			}
			if s.Words.Kind != ir.Nothing {
				o.Set(lay(o.Get("spec"), s.Words), "spec")
			}
			out = append(out, o)
		}
		if w.Headless {
			add(newGoverning(i, w))
		}
	}
	for _, w := range i.Workloads {
		if w.Metrics != nil {
			o := kube.FromObject(newPodMonitor(i, w))
			o.Get("spec", "podMetricsEndpoints").Items[0].Set(kube.Node{}, "bearerTokenSecret") // its type writes it, empty as it is
			if w.Metrics.Words.Kind != ir.Nothing {
				o.Set(lay(o.Get("spec"), w.Metrics.Words), "spec")
			}
			out = append(out, o)
		}
		if w.Scale != nil {
			out = append(out, newScaler(i, w))
		}
		if w.Budget != nil {
			add(newBudget(i, w))
		}
	}
	if !i.AsWritten {
		add(newNetworkPolicy(i))
	}
	for _, r := range i.Routes {
		add(newRoute(i, r))
	}
	out = patched(out, i)
	for _, m := range i.Manifests {
		out = append(out, newManifest(i, m))
	}
	single(out, i)
	return out
}

// newScaler is what changes the number of pods: Kubernetes' own autoscaler, or KEDA's where
// events count.
func newScaler(i *ir.Instance, w *ir.Workload) kube.Node {
	o := kube.FromObject(newAutoscaler(i, w))
	if w.Scale.KEDA {
		o = kube.FromObject(newScaledObject(i, w))
	}
	if w.Scale.Words.Kind != ir.Nothing {
		o.Set(lay(o.Get("spec"), w.Scale.Words), "spec")
	}
	return o
}

// services are all in front of a process group.
func services(w *ir.Workload) []*ir.KubeService {
	if w.Service == nil {
		return w.Services
	}
	return append([]*ir.KubeService{w.Service}, w.Services...)
}

// labels are those of every object: the user's, and ours over them.
func labels(i *ir.Instance, process string) map[string]string {
	m := fromPairs(i.Labels)
	if m == nil {
		m = map[string]string{}
	}
	if i.AsWritten { // the user's win, and only say whose it is
		for name, value := range map[string]string{labelManagedBy: "slipway", labelOwner: i.Service.Owner} {
			if _, ok := m[name]; !ok {
				m[name] = value
			}
		}
		return m
	}
	m[labelName] = i.Service.Name
	m[labelManagedBy] = "slipway"
	m[labelOwner] = i.Service.Owner
	if process != "" {
		m[labelComponent] = process
	}
	return m
}

// selector picks the pods of one process group. It is immutable in Kubernetes, so nothing
// that may change belongs here.
func selector(i *ir.Instance, w *ir.Workload) map[string]string {
	if len(w.Selector) > 0 {
		return fromPairs(w.Selector)
	}
	return map[string]string{labelName: i.Service.Name, labelComponent: w.Process}
}

func podLabels(i *ir.Instance, w *ir.Workload) map[string]string {
	m := labels(i, w.Process)
	if i.AsWritten {
		m = fromPairs(i.Labels)
	} else {
		delete(m, labelManagedBy)
		delete(m, labelOwner) // another owner is no reason to restart
	}
	if m == nil {
		m = map[string]string{}
	}
	for _, l := range w.Labels {
		m[l.Name] = l.Value
	}
	job := w.Kind == ir.Job || w.Kind == ir.CronJob // nothing selects its pods
	if !(job && i.AsWritten && len(w.Selector) == 0) {
		for name, value := range selector(i, w) {
			m[name] = value
		}
	}
	for _, c := range i.Consumes {
		m[labelConsumes+c.Service] = "true"
	}
	return m
}

func meta(i *ir.Instance, name, process string, annotations []ir.Pair) metav1.ObjectMeta {
	return metav1.ObjectMeta{Name: name, Labels: objectLabels(i, process), Annotations: objectAnnotations(i, annotations)}
}

func typeMeta(apiVersion, kind string) metav1.TypeMeta {
	return metav1.TypeMeta{APIVersion: apiVersion, Kind: kind}
}

func newServiceAccount(i *ir.Instance) *corev1.ServiceAccount {
	a := &corev1.ServiceAccount{
		TypeMeta:   typeMeta("v1", "ServiceAccount"),
		ObjectMeta: meta(i, i.Account.Name, "", i.Account.Annotations),
	}
	if !i.AsWritten {
		a.AutomountServiceAccountToken = no() // pods that need one say so themselves
	}
	return a
}

// newConfigMap makes an immutable ConfigMap named by its content. One that is no longer in
// Git stays in the cluster: pods of the release before, and a rollback, still read it.
func newConfigMap(i *ir.Instance, c ir.ConfigMap) *corev1.ConfigMap {
	m := &corev1.ConfigMap{
		TypeMeta: typeMeta("v1", "ConfigMap"),
		ObjectMeta: meta(i, c.Name, "", []ir.Pair{
			{Name: "argocd.argoproj.io/compare-options", Value: "IgnoreExtraneous"},
			// Large sets do not fit the annotation that a client-side apply would leave.
			{Name: "argocd.argoproj.io/sync-options", Value: "Prune=false,ServerSideApply=true"},
		}),
		Immutable: yes(),
		Data:      map[string]string{},
	}
	if c.Kept {
		m.Annotations, m.Immutable = objectAnnotations(i, nil), nil
	}
	for _, d := range c.Data {
		m.Data[d.Key] = d.Value
	}
	return m
}

func fromPairs(list []ir.Pair) map[string]string {
	if len(list) == 0 {
		return nil
	}
	m := make(map[string]string, len(list))
	for _, p := range list {
		m[p.Name] = p.Value
	}
	return m
}

func yes() *bool { b := true; return &b }
func no() *bool  { return new(bool) }
