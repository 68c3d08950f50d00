package compiler

import (
	"slices"
	"strconv"
	"strings"

	"slipway.dev/compiler/diag"
	"slipway.dev/compiler/ir"
	"slipway.dev/compiler/layer"
)

// rollouts judges the strategies of rollouts by what Argo Rollouts refuses to act on
// (ValidateRolloutStrategy, ValidateRolloutReferencedResources of v1.8.3). It comes late: it
// must know which Services there are.
func (r *resolver) rollouts() {
	made := map[string][]string{}
	for _, o := range objects(r.inst) {
		made[o.kind] = append(made[o.kind], o.name)
	}
	for _, w := range r.inst.Workloads {
		at := []string{"run", w.Process, "workload", "spec"}
		if w.Kind != ir.Rollout {
			continue
		}
		r.dropped(w.Process)
		if r.tree.Find(at...) != nil && w.Own.Spec.Kind == ir.Nothing {
			continue // what is not of its type was reported
		}
		j := strategyJudge{r: r, w: w, made: made}
		j.strategy(append(at, "strategy"))
	}
}

// drops are fields that the CustomResourceDefinition of Argo Rollouts v1.8.3 does not have: the
// API server leaves them out without a word. A path stands below Kubernetes' own words of a pod
// or of a container; a lone name, wherever it stands there.
var drops = map[string]bool{
	"pod.resources": true, "resourceClaimName": true, "resourceClaimTemplateName": true,
	"container.resources.claims.request": true, "recursiveReadOnly": true, "stopSignal": true,
	"appArmorProfile": true, "seLinuxChangePolicy": true, "supplementalGroupsPolicy": true,
}

// dropped reports what the cluster would not keep of a rollout's pods.
func (r *resolver) dropped(process string) {
	at := []string{"run", process}
	pods := r.tree.Find(below(at, "workload", "pods")...)
	for _, key := range pods.SortedKeys() {
		if key != "labels" && key != "annotations" { // they have words of their own, which was said
			r.drop(pods.Get(key).LabelOr(), below(at, "workload", "pods", key))
		}
	}
	words := func(path []string, word string) { r.droppedWords(r.tree.Find(path...), path, word) }
	words(below(at, "pod"), "pod")
	words(below(at, "container"), "container")
	for i := range items(r.tree.Find(below(at, "init")...)) {
		words(below(at, "init", strconv.Itoa(i), "container"), "container")
	}
	for _, name := range r.tree.Find(below(at, "sidecars")...).SortedKeys() {
		words(below(at, "sidecars", name, "container"), "container")
	}
}

// droppedWords reports those of a tree of Kubernetes' own words that stands at in.
func (r *resolver) droppedWords(n *layer.Node, path []string, in string) {
	for _, item := range items(n) {
		r.droppedWords(item, path, in)
	}
	for _, key := range n.SortedKeys() {
		if drops[key] || drops[in+"."+key] {
			r.drop(n.Get(key).LabelOr(), below(path, key))
		} else {
			r.droppedWords(n.Get(key), below(path, key), in+"."+key)
		}
	}
}

// drop reports one. What was there before its spec was never kept either.
func (r *resolver) drop(at diag.Pos, path []string) {
	r.doubtful(diag.UnknownField, at, "pods of a rollout have no field %q: the cluster would leave it out without a word", path[len(path)-1]).WithPath(strings.Join(path, ".")).
		WithHint("Argo Rollouts' CustomResourceDefinition (v1.8.3) does not know it; remove it, or say kind: \"deployment\"")
}

type strategyJudge struct {
	r    *resolver
	w    *ir.Workload
	made map[string][]string // names of the service's objects, by kind
}

func (j strategyJudge) find(path []string) *layer.Node { return j.r.tree.Find(path...) }

func below(path []string, names ...string) []string { return slices.Concat(path, names) }

func (j strategyJudge) strategy(path []string) {
	if !j.one(path, "canary", "blueGreen") {
		return
	}
	if at := below(path, "canary"); j.find(at) != nil {
		j.canary(at)
		return
	}
	at := below(path, "blueGreen")
	if j.needs(at, "activeService") {
		j.services(at, []string{"activeService"}, []string{"previewService"})
	}
	j.templates(below(at, "prePromotionAnalysis", "templates"))
	j.templates(below(at, "postPromotionAnalysis", "templates"))
}

// routers are those that part traffic between two Services, which the strategy has to name.
// An Istio that parts subsets of one Service, and plugins, need none.
var routers = []string{"alb", "ambassador", "apisix", "appMesh", "nginx", "smi", "traefik"}

func (j strategyJudge) canary(path []string) {
	routing := j.find(below(path, "trafficRouting"))
	parted := slices.ContainsFunc(routers, func(name string) bool { return routing.Get(name) != nil }) ||
		routing.Get("istio") != nil && routing.Find("istio", "destinationRule") == nil
	if parted && j.find(below(path, "pingPong")) == nil {
		j.needs(path, "stableService", "canaryService")
	}
	j.ingresses(path, routing)
	j.services(path, []string{"stableService"}, []string{"canaryService"})
	j.services(path, []string{"pingPong", "pingService"}, []string{"pingPong", "pongService"})
	for i := range items(j.find(below(path, "steps"))) {
		step := below(path, "steps", strconv.Itoa(i))
		j.step(step)
		j.routed(step, routing)
		j.templates(below(step, "analysis", "templates"))
		j.templates(below(step, "experiment", "analyses"))
	}
	j.templates(below(path, "analysis", "templates"))
}

// ingresses wants an Ingress whose traffic nginx parts to lead to the stable Service
// (ValidateRolloutReferencedResources). Those in Kubernetes' own words are not looked into.
func (j strategyJudge) ingresses(path []string, routing *layer.Node) {
	stable := j.find(below(path, "stableService"))
	nginx := routing.Get("nginx")
	for _, n := range append(items(nginx.Get("stableIngresses")), nginx.Get("stableIngress")) {
		for _, route := range j.r.inst.Routes {
			if n == nil || stable == nil || route.HTTP == nil || route.Name != n.Text || route.Service == stable.Text || j.r.env.Gateway != nil {
				continue
			}
			j.r.doubtful(diag.WrongValue, stable.At, "stableService is %q, but the Ingress %q leads to the Service %q", stable.Text, n.Text, route.Service).
				WithPath(strings.Join(below(path, "stableService"), ".")).WithRelated(n.At, "the Ingress").WithHint("write stableService: %q", route.Service)
		}
	}
}

// step wants a step to say something, and one of what it can wait for.
func (j strategyJudge) step(path []string) {
	for _, key := range []string{"setCanaryScale", "setHeaderRoute", "setMirrorRoute", "plugin"} {
		if j.find(below(path, key)) != nil {
			return
		}
	}
	j.one(path, "setWeight", "pause", "analysis", "experiment")
}

// needsRouting are steps that are only for traffic which something parts, and what can part it so;
// none says that all can.
var needsRouting = []struct {
	step string
	by   []string
}{
	{"setCanaryScale", nil}, {"setHeaderRoute", []string{"alb", "apisix", "istio", "plugins"}}, {"setMirrorRoute", []string{"istio"}},
}

// routed wants what a step needs of the strategy's trafficRouting.
func (j strategyJudge) routed(path []string, routing *layer.Node) {
	for _, n := range needsRouting {
		has := func(name string) bool { return routing.Get(name) != nil }
		if at := below(path, n.step); j.find(at) == nil || len(n.by) == 0 && routing != nil || slices.ContainsFunc(n.by, has) {
			continue
		}
		want := ""
		if len(n.by) > 0 {
			want = " by " + strings.Join(n.by, ", or ")
		}
		j.r.ds.Errorf(diag.MissingField, j.r.tree.LabelPos(below(path, n.step)...), "%s needs trafficRouting%s", n.step, want).WithPath(strings.Join(below(path, n.step), ".")).
			WithHint("say trafficRouting in the strategy, or remove the step")
	}
}

// one reports whether exactly one of the keys is there.
func (j strategyJudge) one(path []string, keys ...string) bool {
	n, where := j.find(path), strings.Join(path, ".")
	first := ""
	for _, key := range keys {
		switch {
		case n.Get(key) == nil:
		case first == "":
			first = key
		default:
			j.r.ds.Errorf(diag.SeveralChoices, n.Get(key).LabelOr(), "%s has both %q and %q, but only one of them can be given", where, first, key).
				WithPath(where).WithRelated(n.Get(first).LabelOr(), "%q is given here", first).WithHint("remove one of them")
			return false
		}
	}
	if first == "" {
		j.r.ds.Errorf(diag.NoChoice, j.r.tree.LabelPos(path...), "%s says nothing of what it is", where).WithPath(where).
			WithHint("give one of %s", strings.Join(quote(keys), ", "))
	}
	return first != ""
}

// needs reports whether the names of Services are there.
func (j strategyJudge) needs(path []string, fields ...string) bool {
	fields = slices.DeleteFunc(fields, func(f string) bool { n := j.find(below(path, f)); return n != nil && n.Text != "" })
	if len(fields) == 0 {
		return true
	}
	where := strings.Join(path, ".")
	j.r.ds.Errorf(diag.MissingField, j.r.tree.LabelPos(path...), "%s needs %s", where, strings.Join(quote(fields), " and ")).WithPath(where+"."+fields[0]).
		WithHint("name Services of %q: the one that its ports make, or one of run: %s: services", j.w.Process, label(j.w.Process))
	return false
}

// services wants the Services that a strategy names to be there, and to be two.
func (j strategyJudge) services(path []string, names ...[]string) {
	var first *layer.Node
	for _, name := range names {
		at := below(path, name...)
		n := j.find(at)
		switch {
		case n == nil || n.Text == "":
		case first != nil && first.Text == n.Text:
			j.r.ds.Errorf(diag.WrongValue, n.At, "%s is %q, and so is %s, but there must be two Services", strings.Join(at, "."), n.Text, strings.Join(names[0], ".")).
				WithPath(strings.Join(at, ".")).WithHint("a second one is run: %s: services: \"%s-…\": {}", label(j.w.Process), j.w.Name)
		default:
			first = n
			j.r.there(n, at, j.w, j.made["Service"], "{}")
		}
	}
}

// templates looks for misspelt names of the service's own AnalysisTemplates; others may be
// the platform's.
func (j strategyJudge) templates(path []string) {
	made := j.made["AnalysisTemplate"]
	for _, ref := range items(j.find(path)) {
		name := ref.Get("templateName")
		if name == nil || ref.Get("clusterScope") != nil || slices.Contains(made, name.Text) {
			continue
		}
		if near, ok := diag.Nearest(name.Text, made); ok {
			j.r.ds.Warnf(diag.UnknownObject, name.At, "%q is no AnalysisTemplate of this service, so it must exist in the cluster", name.Text).
				WithPath(strings.Join(path, ".")).WithHint("did you mean %q?", near)
		}
	}
}
