package compiler

import (
	"regexp"
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/api/resource"
	"k8s.io/apimachinery/pkg/util/validation"

	"slipway.dev/compiler/api"
	"slipway.dev/compiler/diag"
	"slipway.dev/compiler/ir"
	"slipway.dev/compiler/layer"
)

// A stage in Tekton's own words is code of the team like a test: its pod gets the source, which
// it may read, and nothing else that somebody has. So here is what such a Task may say beyond
// what Tekton lets it. All else that pods need, the target fills in.

// commandWords are what a stage says of its commands, instead of a Task.
var commandWords = []string{"image", "run", "env", "needs", "quarantine", "reports", "coverage"}

// sourceWorkspace is the one workspace of stages.
const sourceWorkspace = "source"

// task resolves what a stage says in Tekton's words; the zero Tree when it says nothing there.
func (r *resolver) task(stage string) ir.Tree {
	s := r.tree.Find("stages", stage)
	n, path := s.Get("task"), "stages."+stage+".task"
	if n == nil {
		return ir.Tree{}
	}
	for _, word := range commandWords {
		if other := s.Get(word); other != nil {
			r.ds.Errorf(diag.SeveralChoices, other.LabelOr(), "stage %q has both task and %s, but it is either a Task or commands in an image", stage, word).
				WithPath("stages."+stage+"."+word).WithRelated(n.LabelOr(), "task is given here").WithHint("say it in the Task, or remove one of them")
		}
	}
	if !api.Check(n, api.TaskSpec, path, r.ds) {
		return tree(n)
	}
	ours := r.ds.Sub()
	j := taskJudge{ds: ours, n: n, path: path, code: map[*layer.Node]bool{}}
	j.judge()
	if !ours.HasErrors() { // or Tekton would say some of it again
		api.Task(n, []string{sourceWorkspace}, path, ours)
	}
	r.ds.Append(ours)
	return tree(n)
}

// taskTexts are all texts below a node of a Task, and whose values they are.
func taskTexts(n *layer.Node, path, name string) (out []ir.TaskText) {
	if n == nil {
		return nil
	}
	if n.Kind == layer.String {
		return []ir.TaskText{{At: n.At, Path: path, Name: name, Text: n.Text}}
	}
	for _, item := range n.Items {
		out = append(out, taskTexts(item, path, name)...)
	}
	for _, e := range n.Keys {
		whose := ""
		switch {
		case name != "": // an object, with keys of its own
			whose = e.Name
		case strings.HasSuffix(path, ".env") && e.Name == "value", path == "params" && e.Name == "default":
			whose = said(n, "name")
		}
		out = append(out, taskTexts(e.Value, strings.TrimPrefix(path+"."+e.Name, "."), whose)...)
	}
	return out
}

// taskJudge judges the Task of a stage.
type taskJudge struct {
	ds   *diag.List
	n    *layer.Node
	path string
	code map[*layer.Node]bool // words that an interpreter runs
}

func (j taskJudge) unsafe(at diag.Pos, path, hint, format string, args ...any) {
	j.ds.Errorf(diag.UnsafeTask, at, format, args...).WithPath(j.path+path).WithHint("%s", hint)
}

// workspaces wants none but the source, which is as the pipelines have it.
func (j taskJudge) workspaces() {
	for _, w := range items(j.n.Get("workspaces")) {
		name := w.Get("name")
		if name == nil || name.Text != sourceWorkspace {
			at := w.At
			if name != nil {
				at = name.At
			}
			j.unsafe(at, ".workspaces", "remove it: $(workspaces.source.path) is where the source is; what is written goes to $HOME or a volume with emptyDir: {}", "a stage has one workspace, \"source\"")
			continue
		}
		if m := w.Get("mountPath"); m != nil {
			j.unsafe(m.LabelOr(), ".workspaces.mountPath", "remove it, and give steps a variable with $(workspaces.source.path)", "the source is mounted where Tekton puts it")
		}
		if o := w.Get("readOnly"); o != nil && o.Text == "false" {
			j.unsafe(o.LabelOr(), ".workspaces.readOnly", "remove it; copy what is to be changed to $HOME", "a stage may only read the source, since others build from it")
		}
	}
}

func (j taskJudge) judge() {
	j.nulls(j.n, "")
	j.workspaces()
	j.names("volumes")
	j.names("sidecars")
	j.volumes()
	j.params()
	j.results()
	if t := j.n.Get("stepTemplate"); t != nil {
		j.container(t, ".stepTemplate")
	}
	for _, s := range items(j.n.Get("steps")) {
		j.container(s, ".steps")
	}
	for _, s := range items(j.n.Get("sidecars")) {
		j.container(s, ".sidecars")
		asks := func(how string) bool { return s.Find("readinessProbe", how) != nil }
		if !slices.ContainsFunc([]string{"exec", "grpc", "httpGet", "tcpSocket"}, asks) {
			j.ds.Errorf(diag.MissingField, s.At, "sidecar %q has no readinessProbe that asks it something, so the steps would start before it is ready", said(s, "name")).WithPath(j.path + ".sidecars.readinessProbe").
				WithHint("say how to ask, such as readinessProbe: tcpSocket: port: 5432")
		}
	}
	j.allPrograms(j.n, "")
	j.variables(j.n, "", inText)
}

// names judges the names that become part of a pod, which Tekton leaves to Kubernetes.
func (j taskJudge) names(list string) {
	seen := map[string]bool{}
	for _, e := range items(j.n.Get(list)) {
		name := said(e, "name")
		switch at := e.Pos("name"); {
		case len(validation.IsDNS1123Label(name)) > 0:
			j.ds.Errorf(diag.BadName, at, "%s are called by small letters, digits and dashes, and %q is not", list, name).WithPath(j.path + "." + list + ".name").
				WithHint("give it a name such as \"work\"")
		case strings.HasPrefix(name, "tekton-"):
			j.ds.Errorf(diag.BadName, at, "%s cannot be called %q: Tekton has its own of names that begin so", list, name).WithPath(j.path + "." + list + ".name").
				WithHint("call it after what it is, such as \"work\"")
		case seen[name] && list == "sidecars": // of volumes Tekton says so
			j.ds.Errorf(diag.BadName, at, "two sidecars are called %q", name).WithPath(j.path + "." + list + ".name").WithHint("rename one of them")
		}
		seen[name] = true
	}
}

// volumeKinds say of volumes, by kind, why stages have none of them.
var volumeKinds = map[string]string{
	"secret": "is a Secret", "configMap": "is a ConfigMap", "hostPath": "is a folder of the node", "persistentVolumeClaim": "is a disk that other runs have too",
	"projected": "projects Secrets or a token", "csi": "is what a driver brings", "downwardAPI": "tells of the pod; a variable with fieldRef does that too",
}

func (j taskJudge) volumes() {
	for _, v := range items(j.n.Get("volumes")) {
		for _, e := range v.Keys {
			if e.Name == "name" || e.Name == "emptyDir" {
				continue
			}
			what := cmpOr(volumeKinds[e.Name], "is of the kind "+e.Name)
			j.unsafe(e.Value.LabelOr(), ".volumes."+e.Name, "write emptyDir: {}, and fetch what the steps need, or take it from the source", "volume %q %s, and a stage runs the team's code, which holds nothing but the source", said(v, "name"), what)
		}
	}
}

// pipelineParams are the parameters that pipelines have, whose values Tekton would put in the
// place of the Task's own.
var pipelineParams = []string{"revision", "number", "image", "built"}

func (j taskJudge) params() {
	for _, p := range items(j.n.Get("params")) {
		switch name := said(p, "name"); {
		case listed(p):
			j.unsafe(p.Pos("name"), ".params.type", "write the words where they are called, or make it text that a script takes apart", "the parameter %q is a list, and Tekton puts lists only among words that are called, where one can become an option", name)
		case vouching.MatchString(name):
			j.unsafe(p.Pos("name"), ".params.name", "give it another name", "Tekton Chains would attest what a parameter %q says, and only what the pipelines know is attested", name)
		case p.Get("default") == nil:
			j.unsafe(p.At, ".params.default", "give it a default, or remove it", "nothing gives the parameter %q a value", name)
		case slices.Contains(pipelineParams, name):
			j.unsafe(p.Pos("name"), ".params.name", "give it another name", "the pipelines have a parameter %q of their own", name)
		}
	}
}

// listed reports whether a parameter is a list, as Tekton sees it.
func listed(p *layer.Node) bool {
	d := p.Get("default")
	return said(p, "type") == "array" || d != nil && d.Kind == layer.List
}

// vouching are the names of results by which Tekton Chains knows what a run has made, to sign it, and of
// results and params by which it knows from what.
var vouching = regexp.MustCompile(`(IMAGE_URL|IMAGE_DIGEST|ARTIFACT_URI|ARTIFACT_DIGEST|ARTIFACT_INPUTS|ARTIFACT_OUTPUTS)$|^IMAGES$|^CHAINS-GIT_`)

func (j taskJudge) results() {
	lists := []*layer.Node{j.n.Get("results")}
	for _, s := range items(j.n.Get("steps")) {
		lists = append(lists, s.Get("results"))
	}
	for _, list := range lists {
		for _, r := range items(list) {
			if name := said(r, "name"); vouching.MatchString(name) {
				j.unsafe(r.Pos("name"), ".results.name", "give it another name", "Tekton Chains would sign what a result %q names, and only what the pipelines build is signed", name)
			}
		}
	}
}

// refusals are fields of steps and sidecars that they do not have here, why, and what to do.
var refusals = map[string]struct{ why, hint string }{
	"ref":           {"it is fetched when the run begins, so that nobody knows what runs", "write the step here"},
	"envFrom":       {"it takes all that a Secret or ConfigMap holds, and the team's code holds none", "name the variables in env, with their values"},
	"volumeDevices": {"a stage has no disks", "use a volume with emptyDir: {}"},
	"workspaces":    {"every step has the source, and there is no other workspace", "remove it"},
}

// container judges a step, a sidecar or what all steps have in common.
func (j taskJudge) container(c *layer.Node, path string) {
	if image := c.Get("image"); image != nil && !pinned(image.Text) {
		unpinned(j.ds, image.At, j.path+path+".image", image.Text)
	}
	for _, e := range c.Keys {
		if no, ok := refusals[e.Name]; ok {
			j.unsafe(e.Value.LabelOr(), path+"."+e.Name, no.hint, "%s is not for stages: %s", e.Name, no.why)
		}
	}
	if o := c.Get("onError"); o != nil && o.Text != "stopAndFail" {
		j.unsafe(o.LabelOr(), path+".onError", "remove it, and say in the script what may fail: COMMAND || true", "a stage passes only if each of its steps does")
	}
	for _, e := range items(c.Get("env")) {
		for _, from := range e.Get("valueFrom").SortedKeys() {
			if from == "secretKeyRef" || from == "configMapKeyRef" {
				j.unsafe(e.Find("valueFrom", from).LabelOr(), path+".env.valueFrom", "write a plain value, or have the steps fetch what everybody may read", "variable %q is taken from a %s, and a stage runs the team's code, which holds nothing but the source",
					said(e, "name"), map[string]string{"secretKeyRef": "Secret", "configMapKeyRef": "ConfigMap"}[from])
			}
		}
	}
	for _, m := range items(c.Get("volumeMounts")) {
		j.mount(m, path+".volumeMounts")
	}
	for _, p := range items(c.Get("ports")) {
		if host := p.Get("hostPort"); host != nil {
			j.unsafe(host.LabelOr(), path+".ports.hostPort", "remove it: steps reach sidecars at localhost", "a stage has no port of the node")
		}
	}
	for _, probe := range []string{"livenessProbe", "readinessProbe", "startupProbe", "lifecycle"} {
		j.hosts(c.Get(probe), path+"."+probe)
	}
	j.resources(c.Get("computeResources"), path+".computeResources")
	j.security(c.Get("securityContext"), path+".securityContext")
	j.acceptable(c, path)
}

// resources wants no limit below what is asked for: no pod would be made.
func (j taskJudge) resources(n *layer.Node, path string) {
	for _, name := range n.Get("limits").SortedKeys() {
		limit, request := n.Find("limits", name), n.Find("requests", name)
		if request == nil {
			continue
		}
		if most := resource.MustParse(limit.Text); most.Cmp(resource.MustParse(request.Text)) < 0 { // both have been read as amounts
			j.ds.Errorf(diag.LimitBelowRequest, limit.At, "it asks for %s %s, but may take at most %s", request.Text, name, limit.Text).WithPath(j.path+path+".limits."+name).
				WithHint("give requests: %s: %q or less", name, limit.Text)
		}
	}
}

// ownVolumes are the volumes that the target brings.
var ownVolumes = []string{"home", "tmp"}

func (j taskJudge) mount(m *layer.Node, path string) {
	known := append(j.named("volumes"), ownVolumes...)
	if name := said(m, "name"); name != "" && !slices.Contains(known, name) {
		j.ds.Errorf(diag.UnknownVolume, m.Pos("name"), "there is no volume %q", name).WithPath(j.path+path+".name").
			WithHint("%s", cmpOr(diag.Suggest(name, known), "add it to volumes of the Task"))
	}
	if p := m.Get("mountPropagation"); p != nil && p.Text != "None" {
		j.unsafe(p.LabelOr(), path+".mountPropagation", "remove it", "mounts of a stage stay in its pod")
	}
}

// hosts refuses probes and hooks of other hosts than the pod: the node would call them.
func (j taskJudge) hosts(n *layer.Node, path string) {
	if n == nil {
		return
	}
	for _, e := range n.Keys {
		if e.Name == "host" {
			j.unsafe(e.Value.LabelOr(), path+".host", "remove it: it is the pod when not given", "the node would call another host for it")
		}
		j.hosts(e.Value, path+"."+e.Name)
	}
}

// named are the names of a list's entries.
func (j taskJudge) named(list string) (out []string) {
	for _, e := range items(j.n.Get(list)) {
		out = append(out, said(e, "name"))
	}
	return out
}

// harmless are what the security context of a container may say, at Pod Security "restricted".
var harmless = map[string]func(*layer.Node) bool{
	"runAsUser":                func(n *layer.Node) bool { return n.Text != "0" },
	"runAsGroup":               func(n *layer.Node) bool { return true },
	"runAsNonRoot":             func(n *layer.Node) bool { return n.Text == "true" },
	"readOnlyRootFilesystem":   func(n *layer.Node) bool { return true },
	"allowPrivilegeEscalation": func(n *layer.Node) bool { return n.Text == "false" },
	"privileged":               func(n *layer.Node) bool { return n.Text == "false" },
	"procMount":                func(n *layer.Node) bool { return n.Text == "Default" },
	"seccompProfile":           confined,
	"appArmorProfile":          confined,
	"capabilities": func(n *layer.Node) bool {
		drop, add := n.Get("drop"), items(n.Get("add"))
		return (drop == nil || slices.ContainsFunc(drop.Items, func(c *layer.Node) bool { return c.Text == "ALL" })) &&
			!slices.ContainsFunc(add, func(c *layer.Node) bool { return c.Text != "NET_BIND_SERVICE" })
	},
}

func confined(n *layer.Node) bool {
	return slices.Contains([]string{"RuntimeDefault", "Localhost"}, said(n, "type"))
}

func (j taskJudge) security(n *layer.Node, path string) {
	if n == nil {
		return
	}
	for _, e := range n.Keys {
		if ok := harmless[e.Name]; ok == nil || !ok(e.Value) {
			j.unsafe(e.Value.LabelOr(), path+"."+e.Name, "remove it: what is not said is as in tests, and runAsUser says another user than root", "%s would take the pod out of Pod Security \"restricted\"", e.Name)
		}
	}
}
