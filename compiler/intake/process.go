package intake

import (
	"slices"

	"slipway.dev/compiler/layer"
)

var kindWord = map[string]string{"StatefulSet": "statefulset", "DaemonSet": "daemonset", "Rollout": "rollout", "Job": "job", "CronJob": "cronjob"}

// processFields is the order of a process group's fields.
var processFields = []string{
	"kind", "name", "native", "schedule", "hook", "image", "pull", "command", "args", "ports", "service", "services", "replicas", "scale", "metrics", "disruption",
	"env", "envFrom", "mounts", "resources", "ready", "live", "start", "beforeStop", "stopAfter", "deadline", "retries", "init", "sidecars",
	"user", "group", "volumeGroup", "security", "nodes", "tolerate", "priority", "scheduler", "dns", "serviceLinks", "restart", "history", "settle",
	"labels", "annotations", "identity", "container", "pod", "workload",
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
