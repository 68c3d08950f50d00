package impact

import (
	"strings"

	"slipway.dev/targets/kube"
)

// verdict is the class of a change to an object that stays, and the edits that it is for.
type verdict struct {
	class   Class
	why     string
	decides func(Edit) bool // nil: all
}

// judge asks for the worst first.
func judge(o Object, before, after kube.Node, edits []Edit) verdict {
	fixed := func(e Edit) bool { return isFixed(o, before, after, e) }
	template := func(e Edit) bool { return isBelow(e.Path, "spec.template") }
	stops := func(e Edit) bool { return e.Path == "spec.replicas" && e.After == "0" }
	switch {
	case o.Group == "argoproj.io" && o.Kind == "Application" && after.Get("spec", "source", "chart").Exists() && some(edits, isSource):
		return verdict{Unknown, "Argo CD renders the chart: `argocd app diff` tells, once it is merged", isSource}
	case options(after)["Replace=true"] && options(after)["Force=true"]:
		// Argo CD runs `kubectl replace --force`, which deletes, whatever has changed
		// (https://argo-cd.readthedocs.io/en/stable/user-guide/sync-options/#replace-resource-instead-of-applying-changes).
		if o.Kind == "Job" {
			return verdict{Replace, "it runs again", nil}
		}
		return verdict{Replace, "Argo CD deletes it and makes it anew", nil}
	case isHook(after) && some(edits, fixed):
		// A hook's object is deleted before the next one is made, unless it says otherwise
		// (https://argo-cd.readthedocs.io/en/stable/user-guide/resource_hooks/#hook-deletion-policies).
		return verdict{Replace, "Argo CD makes it anew with every sync", fixed}
	case some(edits, fixed) && options(after)["Force=true"]:
		return verdict{Replace, "immutable: Argo CD deletes it and makes it anew", fixed}
	case some(edits, fixed):
		return verdict{Replace, "immutable: the sync fails until it is deleted", fixed}
	case isWorkload(o) && some(edits, template):
		if why := holdsBack(o, after); why != "" {
			return verdict{None, why, template}
		}
		return verdict{Restart, "", template}
	case isWorkload(o) && some(edits, stops):
		return verdict{Restart, "every pod is stopped", stops}
	case o.Group == "" && o.Kind == "Pod" && some(edits, isImage):
		return verdict{Restart, "", isImage}
	case !some(edits, isNotMetadata):
		return verdict{Metadata, "", nil}
	}
	return verdict{None, "", isNotMetadata}
}

// isWorkload tells the kinds that replace their pods when the template changes: an update
// of spec.template alone triggers a rollout
// (https://kubernetes.io/docs/concepts/workloads/controllers/deployment/#updating-a-deployment).
// A CronJob does not: a change applies to Jobs that start after it
// (https://kubernetes.io/docs/concepts/workloads/controllers/cron-jobs/#cron-jobs-limitations).
func isWorkload(o Object) bool {
	switch o.Group + "/" + o.Kind {
	case "apps/Deployment", "apps/StatefulSet", "apps/DaemonSet", "argoproj.io/Rollout":
		return true
	}
	return false
}

// holdsBack says why a new template reaches no running pod yet.
func holdsBack(o Object, after kube.Node) string {
	spec := after.Get("spec")
	switch {
	case spec.Get("paused").Text == "true":
		// https://kubernetes.io/docs/concepts/workloads/controllers/deployment/#pausing-and-resuming-a-deployment
		return "paused: pods are replaced when it is resumed"
	case o.Kind != "Deployment" && spec.Get("updateStrategy", "type").Text == "OnDelete":
		// https://kubernetes.io/docs/concepts/workloads/controllers/statefulset/#update-strategies
		return "OnDelete: pods keep the old template until somebody deletes them"
	}
	return ""
}

// isSource is about an Application that is a chart, whose version and values decide what it
// makes.
func isSource(e Edit) bool { return isBelow(e.Path, "spec.source") }

func isSpec(e Edit) bool { return isBelow(e.Path, "spec") }

func isNotMetadata(e Edit) bool {
	return !isBelow(e.Path, "metadata.labels") && !isBelow(e.Path, "metadata.annotations")
}

// isBelow reports whether path is field or something in it.
func isBelow(path, field string) bool {
	rest, found := strings.CutPrefix(path, field)
	return found && (rest == "" || rest[0] == '.' || rest[0] == '[')
}

func some(edits []Edit, f func(Edit) bool) bool {
	for _, e := range edits {
		if f(e) {
			return true
		}
	}
	return false
}

// shorten leaves out what every path of a pod template begins with.
func shorten(o Object, path string) string {
	if isWorkload(o) || o.Kind == "Job" {
		if rest, ok := strings.CutPrefix(path, "spec.template.spec."); ok {
			return rest
		}
		return strings.Replace(path, "spec.template.metadata", "template.metadata", 1)
	}
	return path
}
