package compiler

import (
	"reflect"
	"slices"
	"strings"

	rolloutsv1alpha1 "github.com/argoproj/argo-rollouts/pkg/apis/rollouts/v1alpha1"
	appsv1 "k8s.io/api/apps/v1"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"slipway.dev/compiler/api"
	"slipway.dev/compiler/diag"
	"slipway.dev/compiler/ir"
	"slipway.dev/compiler/layer"
	"slipway.dev/schema"
)

// What a spec says in Kubernetes' own words: container, pod and workload.spec. They are held
// against Kubernetes' types, kept as trees that targets lay over what they make, and folded
// into the IR (fold.go), so that checks see them like everything else.

// tree is a node as the IR holds it.
func tree(n *layer.Node) ir.Tree {
	if n == nil {
		return ir.Tree{}
	}
	switch n.Kind {
	case layer.Struct:
		t := ir.Tree{Kind: ir.Map}
		for _, name := range n.SortedKeys() {
			t.Fields = append(t.Fields, ir.TreeField{Name: name, Value: tree(n.Get(name))})
		}
		return t
	case layer.List:
		t := ir.Tree{Kind: ir.List}
		for _, item := range n.Items {
			t.Items = append(t.Items, tree(item))
		}
		return t
	}
	return ir.Tree{Kind: map[layer.Kind]ir.TreeKind{layer.String: ir.Text, layer.Bool: ir.Bool, layer.Number: ir.Number, layer.Null: ir.Null}[n.Kind], Text: n.Text}
}

// own is a field of Kubernetes that the spec has a word of its own for.
type own struct{ theirs, ours string }

// containerWords are those of a container. Of env, ports and volumeMounts, which merge, the
// entries are looked at one by one.
var containerWords = slices.Concat([]own{
	{"imagePullPolicy", "pull"}, {"lifecycle.preStop", "beforeStop"}, {"securityContext.allowPrivilegeEscalation", "security.escalation"},
	{"securityContext.capabilities.drop", "security.drop"}, {"securityContext.seccompProfile.type", "security.seccomp"},
	{"image", "image"}, {"command", "command"}, {"args", "args"}, {"envFrom", "envFrom"},
	{"resources.requests.cpu", "resources.cpu"}, {"resources.requests.memory", "resources.memory"}, {"resources.requests.ephemeral-storage", "resources.disk"},
	{"resources.limits.cpu", "resources.cpuLimit"}, {"resources.limits.memory", "resources.memoryLimit"}, {"resources.limits.ephemeral-storage", "resources.diskLimit"},
	{"securityContext.runAsUser", "security.user"}, {"securityContext.runAsGroup", "security.group"}, {"securityContext.runAsNonRoot", "security.root"},
	{"securityContext.readOnlyRootFilesystem", "security.writable"}, {"securityContext.privileged", "security.privileged"}, {"securityContext.capabilities.add", "security.capabilities"},
}, probeWords("readinessProbe", "ready"), probeWords("livenessProbe", "live"), probeWords("startupProbe", "start"))

func probeWords(theirs, ours string) (out []own) {
	for _, w := range []own{
		{"httpGet.path", "http.path"}, {"httpGet.port", "http"}, {"httpGet.scheme", "http.scheme"}, {"httpGet.httpHeaders", "http.headers"},
		{"grpc.port", "grpc"}, {"grpc.service", "grpc.service"}, {"tcpSocket.port", "tcp"}, {"exec", "exec"},
		{"periodSeconds", "every"}, {"initialDelaySeconds", "after"}, {"timeoutSeconds", "timeout"}, {"failureThreshold", "failures"}, {"successThreshold", "successes"},
	} {
		out = append(out, own{theirs + "." + w.theirs, ours + "." + w.ours})
	}
	return out
}

// podWords are those of a pod.
var podWords = []own{
	{"terminationGracePeriodSeconds", "stopAfter"},
	{"securityContext.runAsUser", "user"}, {"securityContext.runAsGroup", "group"}, {"securityContext.fsGroup", "volumeGroup"},
	{"nodeSelector", "nodes"}, {"tolerations", "tolerate"}, {"priorityClassName", "priority"}, {"schedulerName", "scheduler"}, {"dnsPolicy", "dns"},
	{"enableServiceLinks", "serviceLinks"}, {"restartPolicy", "restart"},
	{"containers", ""}, {"initContainers", ""}, {"ephemeralContainers", ""},
}

// elsewhere says where the fields belong that Kubernetes' words may not say.
var sayInstead = map[string]string{
	"containers": "the program's container is the process group itself, with container: for the rest; others are sidecars", "initContainers": "say init",
	"ephemeralContainers": "they are for debugging what runs", "name": "containers are called by their names in the spec",
	"template": "say pod, or container", "labels": "say labels, or annotations, of the process group", "annotations": "say annotations of the process group",
	"workloadRef": "the process group says its pods itself", "selector": "it cannot change once it is there", "scaleTargetRef": "it is the process group itself", "jobTemplate.spec.template": "say pod, or container",
}

// alike are the words of Kubernetes' that say what a word of a process group's does, in the same form: a
// policy speaks of ours, and is not to be got around by theirs, which are laid over what defaults say.
var alike = []own{
	{"workload.spec.replicas", "replicas"}, {"workload.spec.revisionHistoryLimit", "history"}, {"workload.spec.backoffLimit", "retries"},
	{"workload.spec.jobTemplate.spec.backoffLimit", "retries"}, {"workload.spec.schedule", "schedule.cron"}, {"workload.spec.concurrencyPolicy", "schedule.overlap"},
	{"scale.spec.minReplicas", "scale.min"}, {"scale.spec.maxReplicas", "scale.max"}, {"scale.spec.minReplicaCount", "scale.min"}, {"scale.spec.maxReplicaCount", "scale.max"},
	{"pod.securityContext.runAsUser", "user"}, {"pod.securityContext.runAsGroup", "group"}, {"pod.securityContext.fsGroup", "volumeGroup"},
	{"pod.priorityClassName", "priority"}, {"pod.schedulerName", "scheduler"}, {"pod.dnsPolicy", "dns"}, {"pod.enableServiceLinks", "serviceLinks"},
	{"container.imagePullPolicy", "pull"}, {"container.securityContext.runAsUser", "security.user"}, {"container.securityContext.runAsGroup", "security.group"},
	{"container.securityContext.privileged", "security.privileged"}, {"container.securityContext.allowPrivilegeEscalation", "security.escalation"},
	{"container.resources.requests.cpu", "resources.cpu"}, {"container.resources.requests.memory", "resources.memory"}, {"container.resources.requests.ephemeral-storage", "resources.disk"},
	{"container.resources.limits.cpu", "resources.cpuLimit"}, {"container.resources.limits.memory", "resources.memoryLimit"}, {"container.resources.limits.ephemeral-storage", "resources.diskLimit"},
}

// meant is a tree with what process groups say in Kubernetes' words said in ours as well.
func meant(tree *layer.Node) *layer.Node {
	out, fields := tree, layer.TypeOf[schema.Fields]()
	for _, name := range tree.Get("run").SortedKeys() {
		for _, w := range alike {
			n := tree.Find("run", name).Find(strings.Split(w.theirs, ".")...)
			if n == nil || n.Kind == layer.Struct || n.Kind == layer.List || n.Kind == layer.Null {
				continue
			}
			path := strings.Split("run."+name+"."+w.ours, ".")
			for i := len(path) - 1; i >= 0; i-- {
				n = &layer.Node{Kind: layer.Struct, At: n.At, Keys: []layer.Entry{{Name: path[i], Value: n}}}
			}
			out = layer.Merge(fields, out, n)
		}
	}
	return out
}

// twice reports fields that are said in Kubernetes' words and in the spec's own, in a layer
// above the defaults.
func (r *resolver) twice(words *layer.Node, ours *layer.Node, path []string, list []own) {
	for _, w := range list {
		said := words.Find(strings.Split(w.theirs, ".")...)
		if said == nil {
			continue
		}
		where := strings.Join(append(slices.Clone(path), w.theirs), ".")
		if w.ours == "" {
			r.ds.Errorf(diag.UnknownField, said.LabelOr(), "%s is not said here", w.theirs).WithPath(where).WithHint("%s", sayInstead[w.theirs])
			continue
		}
		r.conflict(said, ours.Find(strings.Split(w.ours, ".")...), w.theirs, w.ours, where)
	}
}

func (r *resolver) conflict(said, ours *layer.Node, theirs, word, where string) {
	if ours == nil || onlyDefaults(ours) {
		return
	}
	r.ds.Errorf(diag.SaidTwice, said.LabelOr(), "%s is said twice: %s says it already", theirs, word).WithPath(where).
		WithRelated(ours.LabelOr(), "the other one").WithHint("keep one of them")
}

// containerWords resolves what a container says in Kubernetes' words.
func (r *resolver) containerWords(out *ir.Container, path []string) {
	at := append(slices.Clone(path), "container")
	n := r.tree.Find(at...)
	if n == nil {
		return
	}
	where := strings.Join(at, ".")
	k := api.Decode[corev1.Container](n, where, r.ds)
	if name := n.Get("name"); name != nil {
		r.ds.Errorf(diag.UnknownField, name.LabelOr(), "name is not said here").WithPath(where+".name").WithHint("%s", sayInstead["name"])
	}
	if k == nil {
		return
	}
	short := r.tree.Find(path...)
	r.twice(n, short, at, containerWords)
	r.entriesTwice(n, short, at)
	out.Words = tree(n)
	f := folder{r: r, n: n}
	f.container(out, k)
	for _, m := range items(n.Get("volumeMounts")) {
		name := m.Get("name")
		if name == nil {
			continue
		}
		if _, ok := r.f.Volumes[name.Text]; !ok && !r.podVolumes[name.Text] {
			r.ds.Errorf(diag.UnknownVolume, name.At, "%s mounts volume %q, which the service does not have", strings.Join(path, "."), name.Text).
				WithPath(where+".volumeMounts").WithHint("%s", cmpOr(diag.Suggest(name.Text, sorted(r.f.Volumes)), "add it to volumes"))
		}
	}
}

// entriesTwice looks at lists that merge, entry by entry.
func (r *resolver) entriesTwice(n, short *layer.Node, at []string) {
	where := strings.Join(at, ".")
	for _, e := range items(n.Get("env")) {
		if name := e.Get("name"); name != nil {
			for _, f := range []string{"value", "valueFrom"} {
				if e.Get(f) != nil && !(f == "valueFrom" && onlyVersion(e.Get(f))) {
					r.conflict(name, short.Find("env", name.Text), name.Text, "env."+name.Text, where+".env")
				}
			}
		}
	}
	for _, p := range items(n.Get("ports")) {
		if name := p.Get("name"); name != nil && p.Get("containerPort") != nil {
			r.conflict(name, short.Find("ports", name.Text), name.Text, "ports."+name.Text, where+".ports")
		}
	}
	for _, m := range items(n.Get("volumeMounts")) {
		path := m.Get("mountPath")
		for _, name := range short.Get("mounts").SortedKeys() {
			own := short.Find("mounts", name)
			if p := own.Get("path"); path != nil && p != nil && p.Text == path.Text && m.Get("name") != nil {
				r.conflict(path, own, path.Text, "mounts."+name, where+".volumeMounts")
			}
		}
	}
}

// onlyVersion reports whether a reference adds no more than the version of its API.
func onlyVersion(from *layer.Node) bool {
	ref := from.Get("fieldRef")
	return ref != nil && len(from.Keys) == 1 && ref.Get("fieldPath") == nil
}

func items(n *layer.Node) []*layer.Node {
	if n == nil {
		return nil
	}
	return n.Items
}

// podWordsOf decodes what a process group says of its pod in Kubernetes' words. It comes
// before the containers, which may mount its volumes.
func (r *resolver) podWordsOf(w *ir.Workload, path []string) {
	r.podVolumes = map[string]bool{}
	at := append(slices.Clone(path), "pod")
	n := r.tree.Find(at...)
	if n == nil {
		return
	}
	k := api.Decode[corev1.PodSpec](n, strings.Join(at, "."), r.ds)
	if k == nil {
		return
	}
	r.twice(n, r.tree.Find(path...), at, podWords)
	w.Pod = tree(n)
	f := folder{r: r, n: n}
	f.pod(w, k)
	for _, v := range w.Volumes {
		r.podVolumes[v.Name] = true
		if own := r.tree.Find("volumes", v.Name); own != nil && v.Other != "" {
			r.conflict(n.Get("volumes"), own, v.Name, "volumes."+v.Name, strings.Join(at, ".")+".volumes")
		}
	}
}

// specs are the types of the objects that make pods.
var specs = map[ir.Kind]reflect.Type{
	ir.Deployment: reflect.TypeFor[appsv1.DeploymentSpec](), ir.StatefulSet: reflect.TypeFor[appsv1.StatefulSetSpec](), ir.Job: reflect.TypeFor[batchv1.JobSpec](),
	ir.DaemonSet: reflect.TypeFor[appsv1.DaemonSetSpec](), ir.CronJob: reflect.TypeFor[batchv1.CronJobSpec](),
	ir.Rollout: reflect.TypeFor[rolloutsv1alpha1.RolloutSpec](),
}

// workloadWords are what the spec may not say of the object that makes pods, or says itself.
var workloadWords = []own{
	{"template", ""}, {"selector", ""}, {"workloadRef", ""}, {"jobTemplate.spec.template", ""}, {"replicas", "replicas"}, {"replicas", "scale"},
	{"backoffLimit", "retries"}, {"activeDeadlineSeconds", "deadline"}, {"jobTemplate.spec.backoffLimit", "retries"}, {"jobTemplate.spec.activeDeadlineSeconds", "deadline"},
	{"revisionHistoryLimit", "history"}, {"minReadySeconds", "settle"}, {"serviceName", "identity.pods"},
	{"schedule", "schedule"}, {"timeZone", "schedule.zone"}, {"concurrencyPolicy", "schedule.overlap"}, {"suspend", "schedule.suspended"},
	{"successfulJobsHistoryLimit", "schedule.succeeded"}, {"failedJobsHistoryLimit", "schedule.failed"},
}

func (r *resolver) ownWords(w *ir.Workload, path []string) {
	at := append(slices.Clone(path), "workload")
	if n := r.tree.Find(append(at, "pods")...); n != nil && api.Decode[metav1.ObjectMeta](n, strings.Join(at, ".")+".pods", r.ds) != nil {
		r.twice(n, r.tree.Find(path...), append(at, "pods"), []own{{"labels", ""}, {"annotations", ""}})
		w.Own.Pods = tree(n)
	}
	n := r.tree.Find(append(at, "spec")...)
	if n == nil || !api.Check(n, specs[w.Kind], strings.Join(at, ".")+".spec", r.ds) {
		return
	}
	said := workloadWords
	if replicas := n.Get("replicas"); replicas != nil && r.loose && r.tree.Find(append(slices.Clone(path), "scale")...) != nil {
		r.ds.Warnf(diag.FixedAndAutoscaled, replicas.LabelOr(), "%q has a fixed number of pods, and its autoscaler changes it: every sync would undo that", w.Process).
			WithPath(strings.Join(at, ".") + ".spec.replicas").WithHint("leave replicas out: Kubernetes keeps the number that there is")
		said = slices.DeleteFunc(slices.Clone(said), func(o own) bool { return o.theirs == "replicas" })
	}
	r.twice(n, r.tree.Find(path...), append(at, "spec"), said)
	w.Own.Spec = tree(n)
}
