// Package adopt says what it takes to hand a service that runs over to Slipway: what an
// apply of its objects would change in those that exist, who has them now, and the steps
// from there to here and back. It asks no cluster: it is given what `kubectl get -o yaml`
// prints, or the manifests that were applied.
//
//	adopt.go     the hand-over: what stays, what changes, what is missing, whose it is
//	live.go      what of an object the API server and controllers wrote
//	apply.go     what an apply makes of an object that exists
//	defaults.go  what Kubernetes fills in, so that leaving it out changes nothing
//	owner.go     who has an object now
//	steps.go     the steps, and the way back
package adopt

import (
	"cmp"
	"slices"
	"strings"

	"slipway.dev/compiler/api"
	"slipway.dev/targets/impact"
	"slipway.dev/targets/kube"
)

// Target is what takes over.
type Target struct {
	Service, Env string
	Namespace    string // of the environment
	Application  string // that is to deploy it
	ArgoCD       string // Argo CD's namespace
}

// Handover is what happens when Slipway's objects are applied over those that exist.
type Handover struct {
	Target  Target
	Equal   []impact.Object // sorted as they are applied
	Changes []impact.Change // worst first
	Owners  []*Owner        // who has them now, in the order of the objects
	Live    bool            // what exists was read from a cluster
	InPlace bool            // the Application that has them is taken over under its name
	objects []impact.Object // of ours that exist
	tracked []impact.Object // of these, those that carry another Application's tracking id
}

// New compares ours with what exists, which may hold other objects too.
func New(t Target, ours, existing []kube.Node) (*Handover, error) {
	h := &Handover{Target: t}
	there := map[impact.Object]kube.Node{}
	existing = slices.DeleteFunc(slices.Clone(existing), isMade)
	for i, n := range existing {
		if n.Get("metadata", "namespace").Text == "" && !isOwner(n) { // as it was rendered
			n = n.Clone()
			n.Set(kube.Str(t.Namespace), "metadata", "namespace")
			existing[i] = n
		}
		h.Live = h.Live || isLive(n)
		there[impact.ObjectOf(n)] = n
	}
	var before, after []kube.Node
	unscaled := map[impact.Object]bool{}
	for _, n := range ours {
		o := impact.ObjectOf(n)
		live, ok := there[o]
		if !ok {
			after = append(after, n)
			continue
		}
		merged, err := applied(live, n)
		if err != nil {
			return nil, err
		}
		scaled := isLive(live) && live.Get("spec", "replicas").Exists() && !merged.Get("spec", "replicas").Exists()
		if scaled { // Kubernetes fills in one, whatever an autoscaler had made of it
			merged.Set(kube.Integer(1), "spec", "replicas")
		}
		h.own(o, live, existing)
		h.objects = append(h.objects, o)
		was, is := clean(live), clean(merged)
		if level(&was, &is); scaled && was.Get("spec", "replicas").Text != "1" {
			unscaled[o] = true
		}
		if kube.Equal(was, is) {
			h.Equal = append(h.Equal, o)
		}
		before, after = append(before, was), append(after, is)
	}
	left := h.left(existing)
	for _, n := range left {
		if h.InPlace { // it prunes what is not in the spec
			before = append(before, clean(n))
		}
	}
	h.Changes = impact.Compare(before, after)
	for i, c := range h.Changes {
		if c.Class == impact.Create && essential(c.Object) && c.Was == "" {
			h.Changes[i].Why = "there is none; one of another name would go on beside it"
		}
		if unscaled[c.Object] && c.Class < impact.Restart {
			h.Changes[i].Class = impact.Restart
			h.Changes[i].Why = "the number was applied once and is an autoscaler's now: take it out with `kubectl apply edit-last-applied` first, or pods are stopped"
		}
	}
	slices.SortStableFunc(h.Changes, func(a, b impact.Change) int { return cmp.Compare(b.Class, a.Class) })
	if !h.InPlace {
		for _, n := range left {
			h.Changes = append(h.Changes, impact.Change{Class: impact.Stay, Object: impact.ObjectOf(n), Why: "not in the spec; it is left as it is"})
		}
	}
	return h, nil
}

// Refused are the changes that a hand-over must not make.
func (h *Handover) Refused() (out []impact.Change) {
	for _, c := range h.Changes {
		switch {
		case c.Class >= impact.Restart, c.Class == impact.Create && essential(c.Object):
			out = append(out, c)
		}
	}
	return out
}

// essential tells the objects that are to exist when they are handed over: what makes pods,
// how these are reached, and what they wrote. A new one would run beside the old one.
func essential(o impact.Object) bool {
	k, ok := api.Lookup("", o.Kind)
	return ok && len(k.Pods) > 0 || o.Group == "" && (o.Kind == "Service" || o.Kind == "PersistentVolumeClaim")
}

// left are the objects of the owners that are none of ours.
func (h *Handover) left(existing []kube.Node) (out []kube.Node) {
	for _, n := range existing {
		o := impact.ObjectOf(n)
		if isOwner(n) || slices.Contains(h.objects, o) {
			continue
		}
		for _, owner := range h.Owners {
			if kind, ns, name := ownerOf(n, existing); kind == owner.Kind && ns == owner.Namespace && name == owner.Name {
				owner.Left++
				out = append(out, n)
			}
		}
	}
	return out
}

// isMade tells objects that a controller made from others, such as ReplicaSets.
func isMade(n kube.Node) bool {
	for _, o := range n.Get("metadata", "ownerReferences").Items {
		if o.Get("controller").Text == "true" && o.Get("kind").Text != "ApplicationSet" {
			return true
		}
	}
	return false
}

// ref is an object as kubectl takes it: deployment/cart, podmonitor.monitoring.coreos.com/cart.
func ref(o impact.Object) string {
	kind := strings.ToLower(o.Kind)
	if strings.Contains(o.Group, ".") && !strings.HasSuffix(o.Group, ".k8s.io") {
		kind += "." + o.Group
	}
	return kind + "/" + o.Name
}
