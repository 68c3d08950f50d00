package compiler

import (
	"slices"
	"strconv"
	"strings"

	"k8s.io/apimachinery/pkg/api/resource"
	"k8s.io/apimachinery/pkg/util/validation"

	"slipway.dev/compiler/diag"
	"slipway.dev/compiler/layer"
)

// What Tekton lets a Task say and no API server takes in its pod: the run would end before it
// begins. The tree has been held against the types.

func (j taskJudge) wrong(code diag.Code, at diag.Pos, path, hint, format string, args ...any) {
	j.ds.Errorf(code, at, format, args...).WithPath(j.path+path).WithHint("%s", hint)
}

// nulls refuses entries of lists that are nothing.
func (j taskJudge) nulls(n *layer.Node, path string) {
	for _, item := range n.Items {
		if item.Kind == layer.Null {
			j.wrong(diag.WrongValue, item.At, path, "remove it", "null is no entry of a list")
		}
		j.nulls(item, path)
	}
	for _, e := range n.Keys {
		j.nulls(e.Value, path+"."+e.Name)
	}
}

// needs wants fields of an entry to be given, where there is one.
func (j taskJudge) needs(n *layer.Node, path string, fields ...string) {
	if n.Kind == layer.Null {
		return
	}
	for _, f := range fields {
		if v := n.Get(f); v == nil || v.Kind == layer.Null || v.Kind == layer.String && v.Text == "" || v.Kind == layer.List && len(v.Items) == 0 {
			j.wrong(diag.MissingField, n.LabelOr(), path+"."+f, "", "it needs %q", f)
		}
	}
}

// acceptable judges a step, a sidecar or what all steps have in common as the API server does.
func (j taskJudge) acceptable(c *layer.Node, path string) {
	for _, e := range items(c.Get("env")) {
		j.acceptableEnv(e, path+".env")
	}
	seen := map[string]bool{}
	for _, m := range items(c.Get("volumeMounts")) {
		j.needs(m, path+".volumeMounts", "name", "mountPath")
		at := said(m, "mountPath")
		if seen[at] && at != "" {
			j.wrong(diag.DuplicateMount, m.Pos("mountPath"), path+".volumeMounts.mountPath", "mount one of them elsewhere", "two volumes are mounted at %s", at)
		}
		seen[at] = true
		if sub := said(m, "subPath"); strings.HasPrefix(sub, "/") || slices.Contains(strings.Split(sub, "/"), "..") {
			j.wrong(diag.WrongValue, m.Pos("subPath"), path+".volumeMounts.subPath", "give a path below the volume", "%q leads out of the volume", sub)
		}
	}
	for _, p := range items(c.Get("ports")) {
		j.acceptablePort(p, path+".ports")
	}
	for _, name := range []string{"livenessProbe", "readinessProbe", "startupProbe"} {
		if p := c.Get(name); p != nil && p.Kind == layer.Struct {
			j.handlers(p, path+"."+name)
			for _, e := range p.Keys {
				j.least(e.Value, 0, path+"."+name+"."+e.Name)
			}
			if n := p.Get("successThreshold"); n != nil && name != "readinessProbe" && n.Text != "1" {
				j.wrong(diag.WrongValue, n.At, path+"."+name+".successThreshold", "remove it", "only a readinessProbe counts more than one success")
			}
		}
	}
	for _, name := range []string{"postStart", "preStop"} {
		if h := c.Find("lifecycle", name); h != nil && h.Kind == layer.Struct {
			j.handlers(h, path+".lifecycle."+name)
		}
	}
	j.amounts(c.Get("computeResources"), path+".computeResources")
	j.identity(c.Get("securityContext"), path+".securityContext")
}

func (j taskJudge) acceptableEnv(e *layer.Node, path string) {
	j.needs(e, path, "name")
	name := said(e, "name")
	if errs := validation.IsEnvVarName(name); name != "" && len(errs) > 0 {
		j.wrong(diag.BadName, e.Pos("name"), path+".name", "call it by letters, digits and underscores", "%q is not a variable's name", name)
	}
	from := e.Get("valueFrom")
	if from == nil || from.Kind == layer.Null {
		return
	}
	if said(e, "value") != "" {
		j.wrong(diag.SeveralChoices, from.LabelOr(), path+".valueFrom", "keep one of them", "variable %q has both value and valueFrom", name)
	}
	if len(from.Keys) != 1 {
		j.wrong(diag.WrongValue, from.LabelOr(), path+".valueFrom", "say one, such as fieldRef: fieldPath: \"metadata.name\"", "variable %q takes its value from %s", name, countOf(len(from.Keys), "place"))
	}
	if f := from.Get("fieldRef"); f != nil && !podFields.MatchString(said(f, "fieldPath")) {
		j.wrong(diag.WrongValue, f.Pos("fieldPath"), path+".valueFrom.fieldRef", "take one such as metadata.namespace, status.podIP or spec.nodeName", "a pod has no field %q that a variable can take", said(f, "fieldPath"))
	}
	if r := from.Get("resourceFieldRef"); r != nil && !resourceFields.MatchString(said(r, "resource")) {
		j.wrong(diag.WrongValue, r.Pos("resource"), path+".valueFrom.resourceFieldRef", "take one such as limits.memory or requests.cpu", "a container has no resource %q", said(r, "resource"))
	}
}

func countOf(n int, what string) string {
	if n == 0 {
		return "no " + what
	}
	return strconv.Itoa(n) + " " + what + "s"
}

func (j taskJudge) acceptablePort(p *layer.Node, path string) {
	j.needs(p, path, "containerPort")
	if n := p.Get("containerPort"); n != nil && n.Kind == layer.Number && !isPort(n.Text) {
		j.wrong(diag.WrongValue, n.At, path+".containerPort", "ports are 1 to 65535", "%s is not a port", n.Text)
	}
	if name := said(p, "name"); name != "" && len(validation.IsValidPortName(name)) > 0 {
		j.wrong(diag.BadName, p.Pos("name"), path+".name", "call it by small letters, digits and dashes, at most 15", "%q is not a port's name", name)
	}
}

func isPort(text string) bool {
	n, err := strconv.Atoi(text)
	return err == nil && len(validation.IsValidPortNum(n)) == 0
}

// handlerNeeds are the ways in which the kubelet asks or tells a container, and what each needs.
var handlerNeeds = map[string]string{"exec": "command", "grpc": "port", "httpGet": "port", "tcpSocket": "port", "sleep": "seconds"}

// handlers wants one way; that a sidecar's readinessProbe has one, is asked for elsewhere.
func (j taskJudge) handlers(n *layer.Node, path string) {
	var ways []string
	for _, e := range n.Keys {
		need, ok := handlerNeeds[e.Name]
		if !ok || e.Value.Kind == layer.Null {
			continue
		}
		ways = append(ways, e.Name)
		j.needs(e.Value, path+"."+e.Name, need)
		if p := e.Value.Get("port"); p != nil && p.Kind == layer.Number && !isPort(p.Text) {
			j.wrong(diag.WrongValue, p.At, path+"."+e.Name+".port", "ports are 1 to 65535", "%s is not a port", p.Text)
		}
	}
	switch {
	case len(ways) > 1:
		j.wrong(diag.SeveralChoices, n.LabelOr(), path, "keep one of them", "it asks by %s, and Kubernetes asks in one way", strings.Join(ways, " and by "))
	case len(ways) == 0 && !strings.HasSuffix(path, ".readinessProbe"):
		j.wrong(diag.MissingField, n.LabelOr(), path, "say how, such as exec: command: [\"true\"]", "it does not say how the container is asked or told")
	}
}

// least wants a number to be one at least; other values are no concern of it.
func (j taskJudge) least(n *layer.Node, least int64, path string) {
	if v, err := strconv.ParseInt(n.Text, 10, 64); n.Kind == layer.Number && err == nil && v < least {
		j.wrong(diag.WrongValue, n.At, path, "", "%s is less than %d", n.Text, least)
	}
}

// plainResources are those of Kubernetes; all others have a domain: example.com/gpu.
var plainResources = []string{"cpu", "memory", "ephemeral-storage"}

func (j taskJudge) amounts(n *layer.Node, path string) {
	for _, list := range []string{"requests", "limits"} {
		l := n.Get(list)
		if l == nil {
			continue
		}
		for _, e := range l.Keys {
			domain, _, has := strings.Cut(e.Name, "/")
			foreign := has && len(validation.IsQualifiedName(e.Name)) == 0 && domain != "kubernetes.io" && !strings.HasSuffix(domain, ".kubernetes.io")
			if !slices.Contains(plainResources, e.Name) && !foreign && !strings.HasPrefix(e.Name, "hugepages-") {
				j.wrong(diag.WrongValue, e.Value.LabelOr(), path+"."+list+"."+e.Name, cmpOr(diag.Suggest(e.Name, plainResources), "known: "+strings.Join(plainResources, ", ")), "a container has no resource %q", e.Name)
			}
			if q, err := resource.ParseQuantity(e.Value.Text); err == nil && q.Sign() < 0 {
				j.wrong(diag.WrongValue, e.Value.At, path+"."+list+"."+e.Name, "", "%s is less than nothing", e.Value.Text)
			}
		}
	}
	if claims := n.Get("claims"); claims != nil {
		j.unsafe(claims.LabelOr(), path+".claims", "remove it", "a stage has no devices that somebody claimed")
	}
}

// identity judges who runs, and how it is confined.
func (j taskJudge) identity(n *layer.Node, path string) {
	for _, who := range []string{"runAsUser", "runAsGroup"} {
		if id := n.Get(who); id != nil {
			j.least(id, 0, path+"."+who)
			if v, err := strconv.ParseInt(id.Text, 10, 64); err == nil && v > 1<<31-1 {
				j.wrong(diag.WrongValue, id.At, path+"."+who, "users and groups are 0 to 2147483647", "%s is more than there are", id.Text)
			}
		}
	}
	for _, profile := range []string{"seccompProfile", "appArmorProfile"} {
		p := n.Get(profile)
		local, file := said(p, "type") == "Localhost", said(p, "localhostProfile")
		switch {
		case local && file == "":
			j.wrong(diag.MissingField, p.LabelOr(), path+"."+profile+".localhostProfile", "name the node's profile, or say type: \"RuntimeDefault\"", "%s of the type Localhost needs localhostProfile", profile)
		case !local && file != "":
			j.wrong(diag.WrongValue, p.Get("localhostProfile").LabelOr(), path+"."+profile+".localhostProfile", "remove it, or say type: \"Localhost\"", "only the type Localhost has a localhostProfile")
		}
	}
}
