package intake

import (
	"fmt"
	"slices"
	"strings"

	"slipway.dev/compiler/api"
	"slipway.dev/compiler/layer"
)

// assign gives every object to the service that it belongs to, or to the fleet. Names,
// references and labels are looked up within an environment.
func (r *Result) assign(g *groups, objects []*Object) {
	byEnv := map[string][]*Object{}
	for _, o := range objects {
		byEnv[o.Env] = append(byEnv[o.Env], o)
	}
	services := map[string]*Service{}
	for _, name := range g.names {
		s := &Service{Name: name, Objects: map[string][]*Object{}, Hatch: map[string][]Hatch{}}
		services[name] = s
		r.Services = append(r.Services, s)
	}
	for _, env := range sortedKeys(byEnv) {
		x := newIndex(g, byEnv[env])
		for _, o := range byEnv[env] {
			if name := x.owner[o]; name != "" {
				services[name].Objects[env] = append(services[name].Objects[env], o)
				continue
			}
			r.Fleet = append(r.Fleet, o)
			r.unplaced(o, x.why[o])
		}
	}
	r.Services = slices.DeleteFunc(r.Services, func(s *Service) bool { return len(s.Objects) == 0 })
}

func (r *Result) unplaced(o *Object, why string) {
	switch g := o.Group(); {
	case g == "tekton.dev" || g == "triggers.tekton.dev":
		r.Report.note(Generated, o, "Slipway makes pipelines of a service's source, build and test; say these there, and remove it when those run")
	case g == "argoproj.io" && slices.Contains([]string{"Application", "ApplicationSet", "AppProject"}, o.Kind):
		r.Report.note(Generated, o, "Slipway makes an Application for every service and environment, and an AppProject; remove it when those have taken over")
	case o.Kind == "Namespace" && g == "":
		r.Report.note(Generated, o, "platform.cue names the environment's namespace, and Slipway writes it to deploy/platform")
	case isSecret(o):
		r.Report.note(Unplaced, o, "it holds values, which never belong into Git; it is not written, and must exist in the cluster")
	default:
		r.Report.note(Unplaced, o, "%s", why)
	}
}

// isSecret reports whether an object holds values that nobody should copy.
func isSecret(o *Object) bool {
	return o.APIVersion == "v1" && o.Kind == "Secret" && (o.Body.Get("data") != nil || o.Body.Get("stringData") != nil)
}

// index finds the owners of an environment's objects.
type index struct {
	g       *groups
	objects []*Object
	owner   map[*Object]string
	why     map[*Object]string // why it has none
	pods    map[*Object]*layer.Node
	named   map[string]map[string]bool // services by the kind and name of what they refer to, or have
}

func newIndex(g *groups, objects []*Object) *index {
	x := &index{g: g, objects: objects, owner: map[*Object]string{}, why: map[*Object]string{}, pods: map[*Object]*layer.Node{}, named: map[string]map[string]bool{}}
	for _, o := range objects {
		m, ok := g.members[o.String()]
		if pods := o.Pods(); pods != nil && ok && o.Env != "" {
			x.pods[o] = pods
			x.own(o, m.service)
			x.references(pods.Get("spec"), m.service)
		}
		if strategy := o.Body.Find("spec", "strategy"); o.Kind == "Rollout" && strategy != nil && ok {
			every(strategy, func(key, text string) {
				if key == "templateName" {
					x.refer("AnalysisTemplate", text, m.service)
				}
			})
		}
	}
	for _, pass := range []func(*Object) []string{x.bySelector, x.byTarget, x.byReference, x.byMention, x.byName, x.byLabel} {
		for _, o := range objects {
			if x.owner[o] != "" || o.Env == "" || x.never(o) != "" || isSecret(o) {
				continue
			}
			switch owners := pass(o); {
			case len(owners) == 1:
				x.own(o, owners[0])
			case len(owners) > 1 && x.why[o] == "":
				x.why[o] = fmt.Sprintf("%s share it", enumerate(owners))
			}
		}
	}
	for _, o := range objects {
		if x.owner[o] == "" && x.why[o] == "" {
			x.why[o] = "no name, label or reference says whose it is"
			if why := x.never(o); why != "" {
				x.why[o] = why
			} else if o.Env == "" {
				x.why[o] = "nothing runs in its namespace, " + o.Namespace
			}
		}
	}
	return x
}

// never says why an object can be no service's; "" where it can.
func (x *index) never(o *Object) string {
	if why := api.Forbidden(o.Group(), o.Kind); why != "" {
		return "a " + o.Kind + " " + why
	}
	if o.Group() == "" && !o.Known() {
		return "services have no " + o.Kind
	}
	return ""
}

func enumerate(names []string) string {
	if len(names) > 4 {
		return fmt.Sprintf("%d services", len(names))
	}
	return strings.Join(names, ", ")
}

func (x *index) own(o *Object, service string) {
	x.owner[o] = service
	x.refer(o.Kind, o.Name, service)
}

func (x *index) refer(kind, name, service string) {
	if name == "" {
		return
	}
	key := kind + "/" + name
	if x.named[key] == nil {
		x.named[key] = map[string]bool{}
	}
	x.named[key][service] = true
}

func (x *index) users(kind, name string) []string { return sortedKeys(x.named[kind+"/"+name]) }

// references notes what a pod takes its settings from.
func (x *index) references(spec *layer.Node, service string) {
	if spec == nil {
		return
	}
	x.refer("ServiceAccount", textOf(spec, "serviceAccountName"), service)
	var visit func(n *layer.Node)
	visit = func(n *layer.Node) {
		for _, e := range n.Keys {
			switch e.Name {
			case "configMapRef", "configMapKeyRef", "configMap":
				x.refer("ConfigMap", textOf(e.Value, "name"), service)
			case "secretRef", "secretKeyRef":
				x.refer("Secret", textOf(e.Value, "name"), service)
			case "secret":
				x.refer("Secret", textOf(e.Value, "secretName"), service)
				x.refer("Secret", textOf(e.Value, "name"), service)
			case "persistentVolumeClaim":
				x.refer("PersistentVolumeClaim", textOf(e.Value, "claimName"), service)
			}
			visit(e.Value)
		}
		for _, item := range n.Items {
			visit(item)
		}
	}
	visit(spec)
}

// bySelector: what selects the pods of one service.
func (x *index) bySelector(o *Object) []string {
	var selector *layer.Node
	switch o.Kind {
	case "Service":
		selector = o.Body.Find("spec", "selector")
	case "PodDisruptionBudget", "PodMonitor":
		selector = o.Body.Find("spec", "selector", "matchLabels")
	case "NetworkPolicy":
		selector = o.Body.Find("spec", "podSelector", "matchLabels")
	case "CiliumNetworkPolicy":
		selector = o.Body.Find("spec", "endpointSelector", "matchLabels")
	}
	if empty(selector) {
		return nil
	}
	found := map[string]bool{}
	for _, w := range x.objects {
		if pods := x.pods[w]; pods != nil && w.Kind != "Job" && w.Kind != "CronJob" && selects(selector, pods.Find("metadata", "labels")) {
			found[x.owner[w]] = true
		}
	}
	if own := x.ownNamed(o.Name, found); own != "" {
		return []string{own}
	}
	return sortedKeys(found)
}

// ownNamed is the one of several services whose name an object's begins with.
func (x *index) ownNamed(name string, among map[string]bool) string {
	best := ""
	for s := range among {
		if len(among) > 1 && below(s, name) && len(s) > len(best) {
			best = s
		}
	}
	return best
}

func selects(selector, labels *layer.Node) bool {
	for _, e := range selector.Keys {
		if textOf(labels, e.Name) != e.Value.Text {
			return false
		}
	}
	return true
}

// byTarget: what names the object that it is for.
func (x *index) byTarget(o *Object) []string {
	for _, at := range []string{"scaleTargetRef", "targetRef", "workloadRef"} {
		if ref := o.Body.Find("spec", at); ref != nil {
			kind := textOf(ref, "kind")
			if kind == "" {
				kind = "Deployment"
			}
			return x.users(kind, textOf(ref, "name"))
		}
	}
	switch o.Kind {
	case "ServiceMonitor":
		found := map[string]bool{}
		for _, s := range x.objects {
			if selector := o.Body.Find("spec", "selector", "matchLabels"); s.Kind == "Service" && x.owner[s] != "" && !empty(selector) && selects(selector, s.Labels()) {
				found[x.owner[s]] = true
			}
		}
		return sortedKeys(found)
	case "RoleBinding":
		found := map[string]bool{}
		subjects := o.Body.Get("subjects")
		if subjects == nil {
			return nil
		}
		for _, s := range subjects.Items {
			for _, u := range x.users("ServiceAccount", textOf(s, "name")) {
				found[u] = true
			}
		}
		if len(found) == 1 && textOf(o.Body, "roleRef", "kind") == "Role" {
			x.refer("Role", textOf(o.Body, "roleRef", "name"), sortedKeys(found)[0])
		}
		return sortedKeys(found)
	}
	return nil
}

// byReference: what the pods of a service, or what it has beside them, name.
func (x *index) byReference(o *Object) []string {
	switch o.Kind {
	case "ServiceAccount", "ConfigMap", "Secret", "PersistentVolumeClaim", "Role", "AnalysisTemplate":
		return x.users(o.Kind, o.Name)
	case "ExternalSecret", "SealedSecret", "VaultSecret", "AzureKeyVaultSecret", "Certificate":
		for _, at := range [][]string{{"spec", "target", "name"}, {"spec", "secretName"}, {"spec", "template", "metadata", "name"}, {"spec", "output", "secret", "name"}, {"metadata", "name"}} {
			if users := x.users("Secret", textOf(o.Body, at...)); len(users) > 0 {
				return users
			}
		}
	}
	return nil
}

// byMention: what names Services of one service, such as an Ingress, or any of its objects.
func (x *index) byMention(o *Object) []string {
	if slices.Contains([]string{"ServiceAccount", "ConfigMap", "Secret", "PersistentVolumeClaim", "Namespace", "Service", "NetworkPolicy"}, o.Kind) {
		return nil
	}
	found := map[string]bool{}
	for _, e := range o.Body.Keys {
		if e.Name == "apiVersion" || e.Name == "kind" || e.Name == "metadata" {
			continue
		}
		every(e.Value, func(key, text string) {
			host, _, _ := strings.Cut(text, ".")
			for _, kind := range []string{"Service", "Deployment", "StatefulSet", "Rollout"} {
				for _, u := range x.users(kind, text) {
					found[u] = true
				}
				if kind == "Service" && strings.HasSuffix(strings.ToLower(key), "host") {
					for _, u := range x.users(kind, host) {
						found[u] = true
					}
				}
			}
		})
	}
	// What a service refers to by this name, in whatever way: annotations of an Ingress
	// name a FrontendConfig, those of a Service a BackendConfig, routes their middlewares.
	if !o.Known() {
		for _, other := range x.objects {
			if x.owner[other] == "" || other == o {
				continue
			}
			every(other.Body, func(_, text string) {
				if text == o.Name && other.Name != o.Name || strings.Contains(text, `"`+o.Name+`"`) {
					found[x.owner[other]] = true
				}
			})
		}
	}
	return sortedKeys(found)
}

// byName: what is called like a service, or begins with its name.
func (x *index) byName(o *Object) []string {
	best := ""
	for _, s := range x.owner {
		if (below(s, o.Name) || below(s, x.g.called.of(o))) && len(s) > len(best) {
			best = s
		}
	}
	if best == "" {
		return nil
	}
	return []string{best}
}

// byLabel: what carries the label of an application that is one service.
func (x *index) byLabel(o *Object) []string {
	for _, l := range appLabels {
		v := textOf(o.Labels(), l)
		if v == "" {
			continue
		}
		found := map[string]bool{}
		for _, w := range x.objects {
			if pods := x.pods[w]; pods != nil && (x.owner[w] == v || textOf(pods.Find("metadata", "labels"), l) == v) {
				found[x.owner[w]] = true
			}
		}
		if len(found) > 0 {
			return sortedKeys(found)
		}
	}
	return nil
}
