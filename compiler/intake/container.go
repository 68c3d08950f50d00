package intake

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"slipway.dev/compiler/layer"
)

// What the schema takes; anything else goes into Kubernetes' own words.
var (
	envName       = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_.-]*$`)
	hostName      = regexp.MustCompile(`^([*][.])?[a-z0-9]([-a-z0-9]*[a-z0-9])?([.][a-z0-9]([-a-z0-9]*[a-z0-9])?)*$`)
	objectName    = regexp.MustCompile(`^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$`)
	containerName = regexp.MustCompile(`^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$`)
	portName      = regexp.MustCompile(`^[a-z]([-a-z0-9]{0,13}[a-z0-9])?$`)
	dataKey       = regexp.MustCompile(`^[-._a-zA-Z0-9]+$`)
	quantity      = regexp.MustCompile(`^[0-9]+([.][0-9]+)?(m|k|Ki|M|Mi|G|Gi|T|Ti)?$`)
	absPath       = regexp.MustCompile(`^/[^\x00-\x1f:]*$`)
	relPath       = regexp.MustCompile(`^[^/\x00-\x1f\\][^\x00-\x1f\\]*$`)
	dotDot        = regexp.MustCompile(`(^|/)[.][.](/|$)`)
	httpPath      = regexp.MustCompile(`^/[^\x00-\x20]*$`)
	oneLine       = regexp.MustCompile(`^[^\x00-\x1f]+$`)
	capability    = regexp.MustCompile(`^[A-Z][A-Z_]*$`)
	imageName     = regexp.MustCompile(`^([a-z0-9]|[A-Za-z0-9-]+[.:][A-Za-z0-9.:-]*/|\[[0-9a-fA-F:]+\])[^ \x00-\x20'"` + "`" + `$;|&<>\\]*$`)
	labelKey      = regexp.MustCompile(`^([a-z0-9]([-a-z0-9.]*[a-z0-9])?/)?[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$`)
	labelValue    = regexp.MustCompile(`^([A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?)?$`)
)

func like(r *regexp.Regexp) func(*layer.Node) bool {
	return func(n *layer.Node) bool { return isText(n) && r.MatchString(n.Text) }
}

func oneOf(texts ...string) func(*layer.Node) bool {
	return func(n *layer.Node) bool { return isText(n) && slices.Contains(texts, n.Text) }
}

func whole(low, high int64) func(*layer.Node) bool {
	return func(n *layer.Node) bool {
		if n == nil || n.Kind != layer.Number {
			return false
		}
		i, err := strconv.ParseInt(n.Text, 10, 64)
		return err == nil && i >= low && i <= high
	}
}

func isBool(n *layer.Node) bool { return n != nil && n.Kind == layer.Bool }

func isTrue(n *layer.Node) bool { return isBool(n) && n.Text == "true" }

func texts(n *layer.Node) bool {
	return n != nil && n.Kind == layer.List && len(n.Items) > 0 && !slices.ContainsFunc(n.Items, func(i *layer.Node) bool { return !isText(i) })
}

// move takes a field out of an object and says it in the spec.
func move(from *layer.Node, path string, to *layer.Node, word string, fits func(*layer.Node) bool) {
	if v := takeIf(from, fits, strings.Split(path, ".")...); v != nil {
		put(to, v, strings.Split(word, ".")...)
	}
}

// seconds moves a number of seconds, which the spec says as a time.
func seconds(from *layer.Node, path string, to *layer.Node, word string, low int64) {
	if v := takeIf(from, whole(low, 99999), strings.Split(path, ".")...); v != nil {
		put(to, str(v.Text+"s"), strings.Split(word, ".")...)
	}
}

// container says a container's fields in the words of #Container; what is left goes into
// its container field. image is the service's own.
func (b *builder) container(c *layer.Node, image string) *layer.Node {
	out := newStruct()
	take(c, "name")
	if i := c.Get("image"); isText(i) && imageName.MatchString(i.Text) {
		if take(c, "image"); i.Text != image {
			put(out, i, "image")
		}
	}
	move(c, "imagePullPolicy", out, "pull", oneOf("Always", "IfNotPresent", "Never"))
	move(c, "command", out, "command", texts)
	move(c, "args", out, "args", texts)
	ports(c, out)
	b.env(c, out)
	b.envFrom(c, out)
	b.mounts(c, out)
	for ours, theirs := range map[string]string{"cpu": "cpu", "memory": "memory", "disk": "ephemeral-storage"} {
		for _, r := range []struct{ from, suffix string }{{"requests", ""}, {"limits", "Limit"}} {
			if v := takeIf(c, amount, "resources", r.from, theirs); v != nil {
				put(out, str(v.Text), "resources", ours+r.suffix)
			}
		}
	}
	sortStruct(out.Get("resources"), "cpu", "memory", "disk", "cpuLimit", "memoryLimit", "diskLimit")
	for _, p := range []struct{ theirs, ours string }{{"readinessProbe", "ready"}, {"livenessProbe", "live"}, {"startupProbe", "start"}} {
		probe(c, p.theirs, out, p.ours)
	}
	if stop := c.Find("lifecycle", "preStop"); stop != nil && len(stop.Keys) == 1 {
		switch {
		case only(stop.Get("sleep"), "seconds") && whole(1, 99999)(stop.Find("sleep", "seconds")):
			put(out, str(textOf(stop, "sleep", "seconds")+"s"), "beforeStop", "sleep")
			take(c, "lifecycle", "preStop")
		case only(stop.Get("exec"), "command") && texts(stop.Find("exec", "command")):
			put(out, stop.Find("exec", "command"), "beforeStop", "exec")
			take(c, "lifecycle", "preStop")
		}
	}
	security(c, out)
	if !empty(c) {
		put(out, c, "container")
	}
	return out
}

// amount is a quantity in a form that the spec takes.
func amount(n *layer.Node) bool {
	return n != nil && (n.Kind == layer.String || n.Kind == layer.Number) && quantity.MatchString(n.Text)
}

// sortStruct brings the keys of a struct into an order.
func sortStruct(n *layer.Node, order ...string) {
	if n != nil {
		slices.SortStableFunc(n.Keys, func(a, b layer.Entry) int {
			return slices.Index(order, a.Name) - slices.Index(order, b.Name)
		})
	}
}

func ports(c, out *layer.Node) {
	ports := c.Get("ports")
	if ports == nil || ports.Kind != layer.List || len(ports.Items) == 0 {
		return
	}
	said := newStruct()
	for _, p := range ports.Items {
		name := textOf(p, "name")
		if !only(p, "name", "containerPort", "protocol", "hostPort") || p.Get("containerPort") == nil || name != "" && !portName.MatchString(name) {
			return
		}
		port := newStruct()
		put(port, p.Get("containerPort"), "port")
		if proto := p.Get("protocol"); proto != nil {
			put(port, str(strings.ToLower(proto.Text)), "protocol")
		}
		if h := p.Get("hostPort"); h != nil {
			if !whole(1, 65535)(h) {
				return
			}
			put(port, h, "host")
		}
		if name == "" {
			name = "port-" + textOf(p, "containerPort")
			put(port, boolean(true), "unnamed")
		}
		if said.Get(name) != nil {
			return
		}
		put(said, port, name)
	}
	put(out, said, "ports")
	take(c, "ports")
}

// mounts says where volumes appear, like env: in order, and the rest in Kubernetes' words.
func (b *builder) mounts(c, out *layer.Node) {
	mounts := c.Get("volumeMounts")
	if mounts == nil || len(mounts.Items) == 0 {
		return
	}
	said := newStruct()
	var left []*layer.Node
	for _, m := range mounts.Items {
		name, p, sub := textOf(m, "name"), textOf(m, "mountPath"), m.Get("subPath")
		if len(left) > 0 || !only(m, "name", "mountPath", "subPath", "readOnly") || !containerName.MatchString(name) || !absPath.MatchString(p) || !b.volumes[name] ||
			sub != nil && (!relPath.MatchString(sub.Text) || dotDot.MatchString(sub.Text)) || m.Get("readOnly") != nil && !isTrue(m.Get("readOnly")) {
			left = append(left, m)
			continue
		}
		o, key := newStruct(), name
		put(o, str(p), "path")
		for n := 2; said.Get(key) != nil; n++ {
			key = fmt.Sprintf("%s-%d", name[:min(len(name), 60)], n)
		}
		if key != name {
			put(o, str(name), "volume")
		}
		if sub != nil {
			put(o, sub, "sub")
		}
		if m.Get("readOnly") != nil {
			put(o, boolean(true), "readOnly")
		}
		put(said, o, key)
	}
	if len(said.Keys) > 0 {
		put(out, said, "mounts")
	}
	take(c, "volumeMounts")
	if len(left) > 0 {
		put(c, list(left...), "volumeMounts")
	}
}

func security(c, out *layer.Node) {
	s := newStruct()
	id := whole(0, 2147483647)
	move(c, "securityContext.runAsUser", s, "user", id)
	move(c, "securityContext.runAsGroup", s, "group", id)
	opposite(c, "runAsNonRoot", s, "root")
	opposite(c, "readOnlyRootFilesystem", s, "writable")
	move(c, "securityContext.privileged", s, "privileged", isBool)
	caps := func(n *layer.Node) bool {
		return texts(n) && !slices.ContainsFunc(n.Items, func(i *layer.Node) bool { return !capability.MatchString(i.Text) })
	}
	move(c, "securityContext.capabilities.add", s, "capabilities", func(n *layer.Node) bool {
		return caps(n) && slices.IsSortedFunc(n.Items, func(a, b *layer.Node) int { return strings.Compare(a.Text, b.Text) })
	})
	move(c, "securityContext.capabilities.drop", s, "drop", caps)
	move(c, "securityContext.allowPrivilegeEscalation", s, "escalation", isBool)
	if p := c.Find("securityContext", "seccompProfile"); only(p, "type") {
		move(c, "securityContext.seccompProfile.type", s, "seccomp", oneOf("RuntimeDefault", "Unconfined"))
	}
	if len(s.Keys) > 0 {
		put(out, s, "security")
	}
}

func opposite(c *layer.Node, theirs string, s *layer.Node, ours string) {
	if v := takeIf(c, isBool, "securityContext", theirs); v != nil {
		put(s, boolean(v.Text != "true"), ours)
	}
}
