package intake

import (
	"cmp"
	"slices"
	"strings"

	"slipway.dev/compiler/api"
	"slipway.dev/compiler/diag"
	"slipway.dev/compiler/layer"
)

// lift brings objects of API versions that Kubernetes no longer serves, or that say less,
// to the one that is written today, where this changes names only.
func (r *Result) lift(objects []*Object) []*Object {
	for _, o := range objects {
		was := o.APIVersion + " " + o.Kind
		switch instead := api.Removed(o.APIVersion, o.Kind); {
		case o.Kind == "DeploymentConfig" && o.Group() == "apps.openshift.io":
			r.deploymentConfig(o)
		case o.APIVersion == "autoscaling/v1" && o.Kind == "HorizontalPodAutoscaler":
			target := take(o.Body, "spec", "targetCPUUtilizationPercentage")
			if target == nil {
				target = num("80") // Kubernetes' default for v1
			}
			put(o.Body, list(utilization("cpu", target)), "spec", "metrics")
			o.lifted("autoscaling/v2")
		case instead != "" && (o.Kind == "CronJob" || o.Kind == "PodDisruptionBudget" || strings.HasPrefix(o.APIVersion, "rbac.") || instead == "apps/v1" && o.Body.Find("spec", "selector") != nil ||
			o.Kind == "HorizontalPodAutoscaler" && o.APIVersion == "autoscaling/v2beta2"):
			o.lifted(instead)
		case strings.HasPrefix(o.APIVersion, "gateway.networking.k8s.io/v1beta1") && (o.Kind == "HTTPRoute" || o.Kind == "Gateway"):
			o.lifted("gateway.networking.k8s.io/v1")
		}
		if now := o.APIVersion + " " + o.Kind; now != was {
			r.Report.note(Lifted, o, "%s is written as %s", was, now)
		}
	}
	return objects
}

// removed reports objects of versions that Kubernetes no longer serves, and that say things
// otherwise than the one that replaces them.
func removed(objects []*Object, ds *diag.List) {
	for _, o := range objects {
		if instead := api.Removed(o.APIVersion, o.Kind); instead != "" {
			ds.Errorf(diag.RemovedAPI, o.At, "%s: Kubernetes serves %s of %s no more", o, o.APIVersion, o.Kind).
				WithHint("write it as %s: kubectl convert --output-version %s", instead, instead)
		}
	}
}

func (o *Object) lifted(to string) {
	o.APIVersion = to
	put(o.Body, str(to), "apiVersion")
}

func utilization(resource string, percent *layer.Node) *layer.Node {
	m, target := newStruct(), newStruct()
	put(m, str("Resource"), "type")
	put(m, str(resource), "resource", "name")
	put(target, str("Utilization"), "type")
	put(target, percent, "averageUtilization")
	put(m, target, "resource", "target")
	return m
}

// deploymentConfig makes a Deployment of what OpenShift had before there were any.
func (r *Result) deploymentConfig(o *Object) {
	spec := o.Body.Get("spec")
	if selector := take(spec, "selector"); selector != nil {
		put(spec, selector, "selector", "matchLabels")
	}
	for _, field := range []string{"triggers", "test", "strategy"} {
		if left := take(spec, field); left != nil && field != "test" {
			r.Report.note(Dropped, o, "spec.%s has no counterpart in a Deployment", field)
		}
	}
	o.Kind = "Deployment"
	put(o.Body, str("Deployment"), "kind")
	o.lifted("apps/v1")
}

// environments gives every object its environment. What says no namespace is in the one
// where most of its source are.
func (r *Result) environments(o Options, objects []*Object) {
	for _, s := range o.Sources {
		count := map[string]int{}
		for _, obj := range objects {
			if obj.Source == s.Env && obj.Namespace != "" && obj.namespaced() {
				weight := 1
				if obj.Pods() != nil {
					weight = 1000 // companions may be elsewhere, and make no environment
				}
				count[obj.Namespace] += weight
			}
		}
		names := sortedKeys(count)
		slices.SortStableFunc(names, func(a, b string) int { return cmp.Compare(count[b], count[a]) })
		main := s.Env
		if len(names) > 0 {
			main = names[0]
		}
		env := map[string]string{"": s.Env, main: s.Env}
		r.Environments = append(r.Environments, Environment{Name: s.Env, Source: s.Env, Namespace: main, PodSecurity: "restricted"})
		for _, ns := range names {
			if ns != main && count[ns] >= 1000 {
				env[ns] = s.Env + "-" + ns
				r.Environments = append(r.Environments, Environment{Name: env[ns], Source: s.Env, Namespace: ns, PodSecurity: "restricted"})
			}
		}
		for _, obj := range objects {
			if obj.Source == s.Env {
				obj.Env = env[obj.Namespace] // "" is a namespace that runs nothing
				if !obj.namespaced() {
					obj.Env = s.Env
				}
			}
		}
		if len(names) > 1 {
			r.Report.say("%s: objects are in several namespaces (%s); each with workloads is an environment of its own", s.Env, strings.Join(names, ", "))
		}
	}
}

// namespaced reports whether the object's kind lives in namespaces, as far as we know.
func (o *Object) namespaced() bool {
	return !strings.Contains(api.Forbidden(o.Group(), o.Kind), "cluster")
}

func sortedKeys[V any](m map[string]V) []string {
	var out []string
	for k := range m {
		out = append(out, k)
	}
	slices.Sort(out)
	return out
}
