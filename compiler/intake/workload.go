package intake

import (
	"slices"
	"strconv"
	"strings"

	"slipway.dev/compiler/layer"
)

// workload says what concerns the object that makes the pods.
func (b *builder) workload(o *Object, body, spec, out *layer.Node, process string) {
	def := b.service.Name + "-" + process
	if process == "main" {
		def = b.service.Name
	}
	if o.Name != def {
		put(out, str(o.Name), "identity", "name")
	}
	move(spec, "replicas", out, "replicas", whole(0, 10000))
	move(spec, "revisionHistoryLimit", out, "history", whole(0, 1000))
	seconds(spec, "minReadySeconds", out, "settle", 1)
	job := spec
	switch o.Kind {
	case "StatefulSet":
		move(spec, "serviceName", out, "identity.pods", like(objectName))
	case "CronJob":
		move(spec, "schedule", out, "schedule.cron", like(oneLine))
		move(spec, "timeZone", out, "schedule.zone", like(oneLine))
		move(spec, "concurrencyPolicy", out, "schedule.overlap", oneOf("Allow", "Forbid", "Replace"))
		move(spec, "suspend", out, "schedule.suspended", isBool)
		move(spec, "successfulJobsHistoryLimit", out, "schedule.succeeded", whole(0, 1000))
		move(spec, "failedJobsHistoryLimit", out, "schedule.failed", whole(0, 1000))
		move(spec, "jobTemplate.spec.backoffLimit", out, "retries", whole(0, 100))
		seconds(spec, "jobTemplate.spec.activeDeadlineSeconds", out, "deadline", 1)
	case "Job":
		move(job, "backoffLimit", out, "retries", whole(0, 100))
		seconds(job, "activeDeadlineSeconds", out, "deadline", 1)
		hook(body, out)
	}
	if a := annotations(body); a != nil {
		put(out, a, "workload", "annotations")
	}
	labels := body.Find("metadata", "labels")
	if labels != nil && len(labels.Keys) > 0 && !slices.ContainsFunc(labels.Keys, func(e layer.Entry) bool { return !like(labelValue)(e.Value) || !labelKey.MatchString(e.Name) }) {
		put(out, take(body, "metadata", "labels"), "workload", "labels")
	}
	take(body, "metadata", "name")
	take(body, "apiVersion")
	take(body, "kind")
	take(body, "spec")
	if selector := take(spec, "selector"); selector != nil {
		b.note(Dropped, o, "its selector, which is more than labels that must match")
	}
	if !empty(spec) {
		put(out, spec, "workload", "spec")
	}
	if !empty(body) {
		var names []string
		for _, e := range body.Keys {
			names = append(names, e.Name)
		}
		b.note(Dropped, o, "fields of the object itself: "+strings.Join(names, ", "))
	}
}

// hook says when Argo CD runs a Job, where that is at one point.
func hook(body, out *layer.Node) {
	const prefix = "argocd.argoproj.io/"
	a := body.Find("metadata", "annotations")
	at := a.Get(prefix + "hook")
	if at == nil || !oneOf("PreSync", "Sync", "PostSync", "SyncFail")(at) {
		return
	}
	h := newStruct()
	put(h, at, "at")
	if policy := a.Get(prefix + "hook-delete-policy"); policy != nil {
		var names []*layer.Node
		for _, p := range strings.Split(policy.Text, ",") {
			if !slices.Contains([]string{"BeforeHookCreation", "HookSucceeded", "HookFailed"}, p) {
				return
			}
			names = append(names, str(p))
		}
		put(h, list(names...), "remove")
	}
	if wave := a.Get(prefix + "sync-wave"); wave != nil {
		i, err := strconv.Atoi(wave.Text)
		if err != nil || strconv.Itoa(i) != wave.Text || i < -1000 || i > 1000 {
			return
		}
		put(h, num(wave.Text), "wave")
	}
	for _, f := range []string{"hook", "hook-delete-policy", "sync-wave"} {
		take(body, "metadata", "annotations", prefix+f)
	}
	put(out, h, "hook")
}
