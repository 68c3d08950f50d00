package adopt

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"slipway.dev/targets/impact"
	"slipway.dev/targets/kube"
)

// Step is something to do, and the commands for it.
type Step struct {
	Text     string
	Commands []string
}

const finalizer = "resources-finalizer.argocd.argoproj.io"

// Steps are the way from who has the objects now to Slipway. What could delete or undo is
// stopped first, and removed last.
func (h *Handover) Steps() []Step {
	t := h.Target
	steps := []Step{{"Keep what there is, for the way back.", h.save()}}
	for _, o := range h.Owners {
		steps = append(steps, o.letGo(h)...)
	}
	steps = append(steps, Step{"See what the API server makes of it: nothing else than above.",
		[]string{fmt.Sprintf("slipway render %s %s | kubectl diff -f -", t.Service, t.Env)}})
	merge := fmt.Sprintf("Commit what `slipway compile` wrote, and merge it. The Application %s appears in %s", t.Application, t.ArgoCD)
	switch {
	case h.InPlace:
		merge = fmt.Sprintf("Commit what `slipway compile` wrote, and merge it. The root Application lays ours over %s, which then syncs by itself", t.Application)
	case len(h.tracked) > 0:
		merge += ", and its first sync stops with `Shared resource found`: nothing is touched yet"
	default:
		merge += " and syncs by itself"
	}
	steps = append(steps, Step{merge + ".", []string{"git push"}})
	if len(h.tracked) > 0 {
		steps = append(steps, Step{"Look once more, then take the old tracking ids away and sync.", []string{
			"argocd app diff " + t.Application, h.untrack(), "argocd app sync " + t.Application,
		}})
	}
	steps = append(steps, Step{"Check that it is healthy, and that its pods are the ones that ran before.", []string{
		fmt.Sprintf("argocd app wait %s --sync --health", t.Application), fmt.Sprintf("kubectl -n %s get pods", t.Namespace),
	}})
	for _, o := range h.Owners {
		if s, ok := o.remove(h); ok {
			steps = append(steps, s)
		}
	}
	return steps
}

// Back is the way back, as long as the last owner was not removed.
func (h *Handover) Back() []Step {
	t := h.Target
	steps := []Step{{"Take the commit back and merge that: otherwise the root makes our Application again.", []string{"git revert HEAD && git push"}}}
	if !h.InPlace {
		steps = append(steps, Step{"Remove our Application. It has no finalizer: what it deployed stays.",
			[]string{fmt.Sprintf("kubectl -n %s delete application %s", t.ArgoCD, t.Application)}})
	}
	for _, o := range h.Owners {
		steps = append(steps, o.back(h)...)
	}
	if len(h.Owners) == 0 {
		steps = append(steps, Step{"Have who deployed it before deploy it again.", nil})
	}
	return steps
}

func (h *Handover) save() []string {
	out := []string{fmt.Sprintf("kubectl -n %s get %s -o yaml >%s-%s.before.yaml", h.Target.Namespace, refs(h.objects), h.Target.Service, h.Target.Env)}
	for _, o := range h.Owners {
		if o.Kind == Application {
			out = append(out, fmt.Sprintf("kubectl -n %s get application %s -o json | jq 'del(.status, .metadata.uid, .metadata.resourceVersion)' >%s.before.json", o.Namespace, o.Name, o.Name))
		}
		if o.Kind == Release {
			out = append(out, fmt.Sprintf("kubectl -n %s get secret -l owner=helm,name=%s -o yaml >%s.release.yaml", o.Namespace, o.Name, o.Name))
		}
	}
	return out
}

func refs(objects []impact.Object) string {
	var out []string
	for _, o := range objects {
		out = append(out, ref(o))
	}
	return strings.Join(out, " ")
}

// untrack takes the annotation away by which Argo CD knows whose an object is: a sync of ours
// fails as long as it names another Application, whether that exists or not
// (hasSharedResourceCondition of its controller).
func (h *Handover) untrack() string {
	return fmt.Sprintf("kubectl -n %s annotate %s %s-", h.Target.Namespace, refs(h.tracked), trackingID)
}

// letGo stops an owner from undoing what comes, and from deleting anything when it goes.
func (o *Owner) letGo(h *Handover) []Step {
	switch o.Kind {
	case Application:
		var steps []Step
		if set := o.generator(); set != "" {
			steps = append(steps, Step{fmt.Sprintf("Keep the ApplicationSet %s from changing and deleting its Applications; it made %s. Say it where the ApplicationSet comes from, too.", set, o.Name),
				[]string{fmt.Sprintf(`kubectl -n %s patch applicationset %s --type merge -p '{"spec":{"syncPolicy":{"applicationsSync":"create-only","preserveResourcesOnDeletion":true}}}'`, o.Namespace, set)}})
		} else if parent := o.parent(); parent != "" {
			steps = append(steps, Step{fmt.Sprintf("Keep the Application %s, which brings %s, from putting it back.", parent, o.Name),
				[]string{fmt.Sprintf("argocd app set %s --sync-policy none", parent)}})
		}
		text := fmt.Sprintf("Switch off auto-sync of %s and take its finalizer away: from then on it changes nothing, and deleting it deletes nothing else.", o.Name)
		if !o.Object.Exists() {
			text += " It is not among what was read: look at it first, and at who brings it."
			return append(steps, Step{text, []string{fmt.Sprintf("kubectl -n %s get application %s -o yaml", o.Namespace, o.Name), o.patch(h)}})
		}
		return append(steps, Step{text, []string{o.patch(h)}})
	case Kustomization:
		return []Step{{fmt.Sprintf("Suspend the Kustomization %s; suspended, it neither applies nor prunes. Whatever brings it must not resume it.", o.Name),
			[]string{fmt.Sprintf("flux -n %s suspend kustomization %s", o.Namespace, o.Name)}}}
	case HelmRelease:
		return []Step{{fmt.Sprintf("Suspend the HelmRelease %s; suspended, deleting it uninstalls nothing. A Kustomization that brings it would resume it: suspend that first.", o.Name),
			[]string{fmt.Sprintf("flux -n %s suspend helmrelease %s", o.Namespace, o.Name)}}}
	}
	return []Step{{fmt.Sprintf("See to it that nobody and no pipeline runs helm upgrade, rollback or uninstall of %s any more.", o.Name), nil}}
}

// patch makes an Application passive. One that is taken over in place also loses the fields
// that ours does not have: whoever lays ours over it leaves these alone.
func (o *Owner) patch(h *Handover) string {
	spec := []string{`"syncPolicy":{"automated":null}`}
	if h.InPlace && o.Name == h.Target.Application {
		spec = append(spec, o.foreign("spec", "project", "source", "destination", "syncPolicy", "info")...)
		if source := o.foreign("spec.source", "repoURL", "targetRevision", "path"); len(source) > 0 {
			spec = append(spec, `"source":{`+strings.Join(source, ",")+"}")
		}
		if o.Object.Get("spec", "destination", "name").Exists() {
			spec = append(spec, `"destination":{"name":null}`)
		}
	}
	return fmt.Sprintf(`kubectl -n %s patch application %s --type merge -p '{"metadata":{"finalizers":null},"spec":{%s}}'`, o.Namespace, o.Name, strings.Join(spec, ","))
}

// foreign are the fields at a path but for those that ours has, each set to null.
func (o *Owner) foreign(path string, ours ...string) (out []string) {
	for _, f := range o.Object.Get(strings.Split(path, ".")...).Fields {
		if !slices.Contains(ours, f.Key) {
			out = append(out, fmt.Sprintf("%q:null", f.Key))
		}
	}
	return out
}

// remove takes the old owner away. That is the last step, and the one without a way back.
func (o *Owner) remove(h *Handover) (Step, bool) {
	if h.InPlace && o.Kind == Application && o.Name == h.Target.Application {
		return Step{}, false
	}
	rest := ""
	if o.Left > 0 {
		rest = fmt.Sprintf(" It has %d more of those read, which nobody looks after then: hand them over first.", o.Left)
	}
	switch o.Kind {
	case Application:
		text := fmt.Sprintf("Remove %s; what it deployed stays.", o.Name)
		if o.generator() != "" {
			text = fmt.Sprintf("Take %s out of the generator of its ApplicationSet, which would make it again, then remove it; what it deployed stays.", o.Name)
		} else if o.parent() != "" {
			text = fmt.Sprintf("Take %s out of what the Application %s brings, then remove it; what it deployed stays.", o.Name, o.parent())
		}
		return Step{text + rest, []string{
			fmt.Sprintf("kubectl -n %s get application %s -o jsonpath='{.metadata.finalizers}' # prints nothing", o.Namespace, o.Name),
			fmt.Sprintf("kubectl -n %s delete application %s", o.Namespace, o.Name),
		}}, true
	case Kustomization:
		return Step{fmt.Sprintf("Take the objects out of what the Kustomization %s builds; resumed, it leaves those alone that say so.%s", o.Name, rest), []string{
			fmt.Sprintf("kubectl -n %s annotate %s kustomize.toolkit.fluxcd.io/prune=disabled", h.Target.Namespace, refs(h.objects)),
			fmt.Sprintf("flux -n %s resume kustomization %s", o.Namespace, o.Name),
		}}, true
	case HelmRelease:
		return Step{fmt.Sprintf("Remove the HelmRelease %s, suspended as it is, and Helm's record of the release.%s", o.Name, rest), []string{
			fmt.Sprintf("kubectl -n %s delete helmreleases.helm.toolkit.fluxcd.io %s", o.Namespace, o.Name),
			fmt.Sprintf("kubectl -n %s delete secret -l owner=helm,name=%s", h.Target.Namespace, cmp.Or(o.Helm, o.Name)),
		}}, true
	}
	return Step{fmt.Sprintf("Remove Helm's record of the release %s: `helm uninstall` then finds nothing to delete.%s", o.Name, rest),
		[]string{fmt.Sprintf("kubectl -n %s delete secret -l owner=helm,name=%s", o.Namespace, o.Name)}}, true
}

// back gives the objects back to an owner.
func (o *Owner) back(h *Handover) []Step {
	switch o.Kind {
	case Application:
		commands := []string{fmt.Sprintf("kubectl -n %s replace -f %s.before.json", o.Namespace, o.Name)}
		if len(h.tracked) > 0 {
			commands = append(commands, h.untrack())
		}
		return []Step{{fmt.Sprintf("Put %s back as it was, and sync it.", o.Name), append(commands, "argocd app sync "+o.Name)}}
	case Kustomization:
		return []Step{{"Resume the Kustomization.", []string{fmt.Sprintf("flux -n %s resume kustomization %s", o.Namespace, o.Name)}}}
	case HelmRelease:
		return []Step{{"Resume the HelmRelease.", []string{fmt.Sprintf("flux -n %s resume helmrelease %s", o.Namespace, o.Name)}}}
	}
	return []Step{{"Have Helm write the release again; where its record was removed already, put that back first.", []string{
		fmt.Sprintf("kubectl -n %s apply -f %s.release.yaml", o.Namespace, o.Name), fmt.Sprintf("helm -n %s rollback %s $(helm -n %[1]s list -f '^%[2]s$' -o json | jq -r '.[0].revision')", o.Namespace, o.Name),
	}}}
}

// generator is the ApplicationSet that made an Application; empty for none.
func (o *Owner) generator() string {
	for _, r := range o.Object.Get("metadata", "ownerReferences").Items {
		if r.Get("kind").Text == "ApplicationSet" {
			return r.Get("name").Text
		}
	}
	return ""
}

// parent is the Application that brings an Application; empty for none.
func (o *Owner) parent() string {
	app, _, _ := strings.Cut(annotation(o.Object, trackingID), ":")
	return app
}

// State says of an Application that exists what could undo a hand-over.
func (o *Owner) State() string {
	if o.Kind != Application {
		return ""
	}
	if !o.Object.Exists() {
		return "not among what was read"
	}
	var out []string
	if o.Object.Get("spec", "syncPolicy", "automated").Exists() && o.Object.Get("spec", "syncPolicy", "automated").Kind != kube.Null {
		out = append(out, "syncs by itself")
	}
	for _, f := range o.Object.Get("metadata", "finalizers").Items {
		if strings.HasPrefix(f.Text, finalizer) {
			out = append(out, "deletes all it has when it is deleted")
		}
	}
	return strings.Join(out, ", ")
}
