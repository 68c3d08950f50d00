package intake

import (
	"slices"
	"strconv"
	"strings"

	"slipway.dev/compiler/layer"
)

var kindWord = map[string]string{"StatefulSet": "statefulset", "DaemonSet": "daemonset", "Job": "job", "CronJob": "cronjob"}

// processFields is the order of a process group's fields.
var processFields = []string{
	"kind", "name", "native", "schedule", "hook", "image", "pull", "command", "args", "ports", "service", "services", "replicas", "scale", "disruption",
	"env", "envFrom", "mounts", "resources", "ready", "live", "start", "beforeStop", "stopAfter", "deadline", "retries", "init", "sidecars",
	"user", "group", "volumeGroup", "security", "nodes", "tolerate", "priority", "scheduler", "dns", "serviceLinks", "restart", "history", "settle",
	"labels", "annotations", "identity", "container", "pod", "workload",
}

// shared says what a service has once for all of its process groups, where they agree.
func (b *builder) shared(objects, workloads []*Object) {
	pods := make([]*layer.Node, len(workloads))
	for i, o := range workloads {
		pods[i] = b.objects[o].Find(append(slices.Clone(templateOf[o.Kind]), "spec")...)
	}
	// agreed takes a field that all pods have with one value.
	agreed := func(fits func(*layer.Node) bool, path ...string) *layer.Node {
		v := pods[0].Find(path...)
		if v == nil || !fits(v) || slices.ContainsFunc(pods, func(p *layer.Node) bool { return !equal(p.Find(path...), v, true) }) {
			return nil
		}
		for _, p := range pods {
			take(p, path...)
		}
		return v
	}
	if image := mainContainer(pods[0]).Get("image"); isText(image) {
		// A placeholder that somebody replaces later is no image; what stands in container is it.
		name := strings.TrimLeft(strings.ToLower(image.Text), "${}_-")
		if imageName.MatchString(image.Text) {
			name = image.Text
		}
		if imageName.MatchString(name) {
			put(b.out, str(name), "image")
		}
	}
	if secrets := agreed(func(n *layer.Node) bool {
		return n.Kind == layer.List && len(n.Items) > 0 && !slices.ContainsFunc(n.Items, func(i *layer.Node) bool {
			return !only(i, "name") || !objectName.MatchString(textOf(i, "name"))
		})
	}, "imagePullSecrets"); secrets != nil {
		var names []*layer.Node
		for _, s := range secrets.Items {
			names = append(names, s.Get("name"))
		}
		put(b.out, list(names...), "pullSecrets")
	}
	b.account(objects, agreed(like(objectName), "serviceAccountName"))
	if token := agreed(isBool, "automountServiceAccountToken"); token != nil {
		put(b.out, token, "identity", "token")
	}
	b.release(workloads)
	b.shareVolumes(workloads)
}

func mainContainer(pod *layer.Node) *layer.Node {
	if c := pod.Find("containers", "0"); c != nil {
		return c
	}
	return newStruct()
}

// account says whose rights the pods have, and makes the account where it is among the objects.
func (b *builder) account(objects []*Object, name *layer.Node) {
	if name == nil {
		return
	}
	for _, o := range objects {
		body := b.objects[o]
		if o.Kind != "ServiceAccount" || o.Name != name.Text || !only(body, "apiVersion", "kind", "metadata") || !only(body.Get("metadata"), "name", "labels", "annotations") {
			continue
		}
		if a := take(body, "metadata", "annotations"); a != nil {
			put(b.out, a, "identity", "annotations")
		}
		if !b.patch(o, "account") {
			break
		}
		put(b.out, boolean(true), "identity", "make")
		b.objects[o] = nil
	}
	if b.out.Find("identity", "make") == nil || name.Text != b.service.Name {
		put(b.out, name, "identity", "account")
	}
}

// release says how Deployments replace their pods, where they agree and say it in a form
// that the spec has.
func (b *builder) release(workloads []*Object) {
	var first *layer.Node
	var found []*Object
	for _, o := range workloads {
		if o.Kind != "Deployment" {
			continue
		}
		s := b.objects[o].Find("spec", "strategy")
		if s == nil || len(found) > 0 && !equal(s, first, false) {
			return
		}
		first, found = s, append(found, o)
	}
	if len(found) == 0 {
		return
	}
	out := newStruct()
	switch roll := first.Get("rollingUpdate"); {
	case only(first, "type") && textOf(first, "type") == "Recreate":
		put(out, newStruct(), "recreate")
	case only(first, "type", "rollingUpdate") && textOf(first, "type") == "RollingUpdate" && (roll == nil || only(roll, "maxSurge", "maxUnavailable") && len(roll.Keys) > 0):
		put(out, newStruct(), "rolling")
		for _, f := range []struct{ theirs, ours string }{{"maxSurge", "surge"}, {"maxUnavailable", "unavailable"}} {
			v := roll.Get(f.theirs)
			if v == nil {
				continue
			}
			if !intOrPercent(v) {
				return
			}
			put(out, v, "rolling", f.ours)
		}
	default:
		return
	}
	for _, o := range found {
		take(b.objects[o], "spec", "strategy")
	}
	put(b.out, out, "release")
}

func intOrPercent(n *layer.Node) bool {
	if isText(n) {
		p, ok := strings.CutSuffix(n.Text, "%")
		i, err := strconv.Atoi(p)
		return ok && err == nil && i >= 0 && i <= 100 && strconv.Itoa(i) == p
	}
	return whole(0, 10000)(n)
}

// process says a workload and its pods as a process group.
func (b *builder) process(o *Object, process string) *layer.Node {
	body := b.objects[o]
	b.objects[o] = nil
	at := templateOf[o.Kind]
	pods := take(body, at...)
	pod, spec := take(pods, "spec"), body.Get("spec")
	if spec == nil {
		spec = newStruct()
	}
	b.findVolumes(pod, spec)
	containers := take(pod, "containers")
	var out *layer.Node
	image := textOf(b.out, "image")
	name := process
	if process == "main" {
		name = b.service.Name
	}
	first := containers.Items[0]
	if c := textOf(first, "name"); c != name {
		defer func() { put(out, str(c), "identity", "container"); sortStruct(out, processFields...) }()
	}
	out = b.container(first, image)
	if k := kindWord[o.Kind]; k != "" {
		put(out, str(k), "kind")
	}
	if init := take(pod, "initContainers"); init != nil {
		said := list()
		for _, c := range init.Items {
			name := c.Get("name")
			always := takeIf(c, oneOf("Always"), "restartPolicy")
			i := b.container(c, image)
			put(i, name, "name")
			if always != nil {
				put(i, boolean(true), "native")
			}
			sortStruct(i, append([]string{"name"}, processFields...)...)
			said.Items = append(said.Items, i)
		}
		if len(said.Items) > 0 {
			put(out, said, "init")
		}
	}
	for _, c := range containers.Items[1:] {
		name := textOf(c, "name")
		side := b.container(c, "")
		sortStruct(side, processFields...)
		put(out, side, "sidecars", name)
	}
	b.pod(pod, out)
	b.takeVolumes(pod, spec)
	b.template(o, pods, body, out)
	b.workload(o, body, spec, out, process)
	if !empty(pod) {
		put(out, pod, "pod")
	}
	for _, w := range []string{"container", "pod", "workload"} {
		if n := out.Get(w); n != nil && Leaves(n) > 0 {
			b.words(o, w, n)
		}
	}
	sortStruct(out, processFields...)
	return out
}

// words notes what is said in Kubernetes' own words.
func (b *builder) words(o *Object, where string, n *layer.Node) {
	if where == "workload" {
		if n = n.Get("spec"); n == nil {
			return
		}
	}
	for _, e := range n.Keys {
		b.note(Words, o, where+": "+e.Name)
	}
}

// pod says what concerns the pod as a whole.
func (b *builder) pod(pod, out *layer.Node) {
	seconds(pod, "terminationGracePeriodSeconds", out, "stopAfter", 0)
	id := whole(0, 2147483647)
	move(pod, "securityContext.runAsUser", out, "user", id)
	move(pod, "securityContext.runAsGroup", out, "group", id)
	move(pod, "securityContext.fsGroup", out, "volumeGroup", id)
	move(pod, "nodeSelector", out, "nodes", func(n *layer.Node) bool {
		return len(n.Keys) > 0 && !slices.ContainsFunc(n.Keys, func(e layer.Entry) bool { return !labelKey.MatchString(e.Name) || !isText(e.Value) })
	})
	if t := tolerations(pod.Get("tolerations")); t != nil {
		put(out, t, "tolerate")
		take(pod, "tolerations")
	}
	move(pod, "priorityClassName", out, "priority", like(objectName))
	move(pod, "schedulerName", out, "scheduler", like(objectName))
	move(pod, "dnsPolicy", out, "dns", oneOf("ClusterFirst", "ClusterFirstWithHostNet", "Default", "None"))
	move(pod, "enableServiceLinks", out, "serviceLinks", isBool)
	move(pod, "restartPolicy", out, "restart", oneOf("Always", "OnFailure", "Never"))
}

// tolerations are said by key when each key is there once and they are in order.
func tolerations(n *layer.Node) *layer.Node {
	if n == nil || len(n.Items) == 0 {
		return nil
	}
	out, last := newStruct(), ""
	for _, t := range n.Items {
		key, op, value := textOf(t, "key"), textOf(t, "operator"), t.Get("value")
		if !only(t, "key", "operator", "value", "effect", "tolerationSeconds") || key <= last || !labelKey.MatchString(key) ||
			!(op == "Exists" && value == nil || op == "Equal" && isText(value) && value.Text != "") {
			return nil
		}
		last = key
		o := newStruct()
		if value != nil {
			put(o, value, "value")
		}
		if e := t.Get("effect"); e != nil {
			put(o, e, "effect")
		}
		if s := t.Get("tolerationSeconds"); s != nil {
			if !whole(0, 99999)(s) {
				return nil
			}
			put(o, str(s.Text+"s"), "for")
		}
		put(out, o, key)
	}
	return out
}

// template says the labels and annotations of pods.
func (b *builder) template(o *Object, pods, body, out *layer.Node) {
	if o.Kind != "Job" && o.Kind != "CronJob" {
		if s := body.Find("spec", "selector", "matchLabels"); s != nil && only(body.Find("spec", "selector"), "matchLabels") {
			put(out, clone(s), "identity", "selector")
			take(body, "spec", "selector")
			for _, e := range s.Keys { // pods carry what selects them
				take(pods, "metadata", "labels", e.Name)
			}
		}
	}
	b.takeCommon(pods, "metadata", "labels")
	labels := pods.Find("metadata", "labels")
	if labels != nil && len(labels.Keys) > 0 && !slices.ContainsFunc(labels.Keys, func(e layer.Entry) bool { return !like(labelValue)(e.Value) || !labelKey.MatchString(e.Name) }) {
		put(out, take(pods, "metadata", "labels"), "labels")
	}
	if a := annotations(pods); a != nil {
		put(out, a, "annotations")
	}
	if left := pods.Get("metadata"); !empty(left) {
		if only(left, "labels", "annotations") || left.Get("labels") != nil || left.Get("annotations") != nil {
			b.note(Dropped, o, "labels or annotations of its pod template that are none to Kubernetes")
		}
		take(left, "labels")
		take(left, "annotations")
		if !empty(left) {
			put(out, left, "workload", "pods")
		}
	}
}

// annotations takes the annotations of an object's metadata, where the spec can say all.
func annotations(n *layer.Node) *layer.Node {
	return takeIf(n, func(a *layer.Node) bool {
		return len(a.Keys) > 0 && !slices.ContainsFunc(a.Keys, func(e layer.Entry) bool { return !isText(e.Value) || !labelKey.MatchString(e.Name) })
	}, "metadata", "annotations")
}

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
