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
	imageName     = regexp.MustCompile(`^[a-z0-9][^ \x00-\x20'"` + "`" + `$;|&<>\\]*$`)
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
		if n.Kind != layer.Number {
			return false
		}
		i, err := strconv.ParseInt(n.Text, 10, 64)
		return err == nil && i >= low && i <= high
	}
}

func isBool(n *layer.Node) bool { return n.Kind == layer.Bool }

func isTrue(n *layer.Node) bool { return isBool(n) && n.Text == "true" }

func texts(n *layer.Node) bool {
	return n.Kind == layer.List && len(n.Items) > 0 && !slices.ContainsFunc(n.Items, func(i *layer.Node) bool { return !isText(i) })
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
	return (isText(n) || n.Kind == layer.Number) && quantity.MatchString(n.Text)
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

// env says variables in order; from the first that no word says on, all are said in
// Kubernetes' words, which come last.
func (b *builder) env(c, out *layer.Node) {
	vars := c.Get("env")
	if vars == nil || vars.Kind != layer.List || len(vars.Items) == 0 {
		return
	}
	said := newStruct()
	var left []*layer.Node
	for _, e := range vars.Items {
		v, rest := b.variable(e)
		name := textOf(e, "name")
		if v == nil || said.Get(name) != nil || !partial(left) {
			left = append(left, e)
			continue
		}
		put(said, v, name)
		if rest != nil {
			left = append(left, rest)
		}
	}
	if len(said.Keys) > 0 {
		put(out, said, "env")
	}
	take(c, "env")
	if len(left) > 0 {
		put(c, &layer.Node{Kind: layer.List, Items: left}, "env")
	}
}

// partial reports whether all of these only add to variables that have been said.
func partial(left []*layer.Node) bool {
	return !slices.ContainsFunc(left, func(n *layer.Node) bool {
		return n.Find("valueFrom", "fieldRef", "apiVersion") == nil || n.Find("valueFrom", "fieldRef", "fieldPath") != nil
	})
}

// variable is what the spec says of a variable, and what it cannot; nil where it cannot say it.
func (b *builder) variable(e *layer.Node) (said, rest *layer.Node) {
	name := textOf(e, "name")
	if !envName.MatchString(name) || !only(e, "name", "value", "valueFrom") {
		return nil, nil
	}
	said = newStruct()
	from := e.Get("valueFrom")
	if from == nil {
		v := e.Get("value")
		if v == nil {
			v = str("") // the same to Kubernetes
		}
		put(said, v, "value")
		return said, nil
	}
	if e.Get("value") != nil || len(from.Keys) != 1 {
		return nil, nil
	}
	switch ref := from.Keys[0].Value; from.Keys[0].Name {
	case "secretKeyRef", "configMapKeyRef":
		key := keyRef(ref)
		if key == nil {
			return nil, nil
		}
		word := "secret"
		if from.Keys[0].Name == "configMapKeyRef" {
			word = "config"
			put(key, str(b.setOf(textOf(key, "name"))), "name")
		}
		put(said, key, word)
	case "fieldRef":
		if !only(ref, "fieldPath", "apiVersion") || !isText(ref.Get("fieldPath")) {
			return nil, nil
		}
		put(said, ref.Get("fieldPath"), "field")
		if v := ref.Get("apiVersion"); v != nil {
			rest = newStruct()
			put(rest, str(name), "name")
			put(rest, v, "valueFrom", "fieldRef", "apiVersion")
		}
	case "resourceFieldRef":
		if !only(ref, "resource") {
			return nil, nil
		}
		put(said, ref.Get("resource"), "resource")
	default:
		return nil, nil
	}
	return said, rest
}

// keyRef is a reference to one key, where it is one that the spec can say.
func keyRef(ref *layer.Node) *layer.Node {
	if !only(ref, "name", "key", "optional") || !objectName.MatchString(textOf(ref, "name")) || !dataKey.MatchString(textOf(ref, "key")) {
		return nil
	}
	if o := ref.Get("optional"); o != nil && !isTrue(o) {
		return nil
	}
	out := newStruct()
	for _, f := range []string{"name", "key", "optional"} {
		if v := ref.Get(f); v != nil {
			put(out, v, f)
		}
	}
	return out
}

func (b *builder) envFrom(c, out *layer.Node) {
	from := c.Get("envFrom")
	if from == nil || len(from.Items) == 0 {
		return
	}
	var said []*layer.Node
	for _, e := range from.Items {
		o := newStruct()
		for theirs, ours := range map[string]string{"configMapRef": "config", "secretRef": "secret"} {
			ref := e.Get(theirs)
			if ref == nil {
				continue
			}
			if !only(ref, "name", "optional") || !objectName.MatchString(textOf(ref, "name")) || ref.Get("optional") != nil && !isTrue(ref.Get("optional")) {
				return
			}
			name := textOf(ref, "name")
			if ours == "config" {
				name = b.setOf(name)
			}
			put(o, str(name), ours)
			if ref.Get("optional") != nil {
				put(o, boolean(true), "optional")
			}
		}
		if p := e.Get("prefix"); p != nil {
			if !envName.MatchString(p.Text) {
				return
			}
			put(o, p, "prefix")
		}
		if !only(e, "configMapRef", "secretRef", "prefix") || len(o.Keys) == 0 {
			return
		}
		said = append(said, o)
	}
	put(out, list(said...), "envFrom")
	take(c, "envFrom")
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

// probe says a probe whose handler the spec has; what it has no word for stays behind.
func probe(c *layer.Node, theirs string, out *layer.Node, ours string) {
	p := c.Get(theirs)
	if p == nil {
		return
	}
	said := newStruct()
	single := ""
	if own := portsOf(out); len(own) == 1 && own[0].Value.Get("unnamed") == nil {
		single = own[0].Name
	}
	// port is what the spec says of a port; "" where the only one is meant.
	port := func(n *layer.Node) (*layer.Node, bool) {
		switch {
		case n == nil:
			return nil, false
		case isText(n) && n.Text == single:
			return nil, true
		case slices.ContainsFunc(portsOf(out), func(e layer.Entry) bool {
			return isText(n) && e.Name == n.Text || whole(1, 65535)(n) && textOf(e.Value, "port") == n.Text
		}):
			return n, true
		}
		return nil, false
	}
	switch {
	case p.Get("httpGet") != nil:
		get := p.Get("httpGet")
		n, ok := port(get.Get("port"))
		if !ok || !httpPath.MatchString(textOf(get, "path")) {
			return
		}
		put(said, take(p, "httpGet", "path"), "http", "path")
		take(p, "httpGet", "port")
		if n != nil {
			put(said, n, "http", "port")
		}
		if takeIf(p, oneOf("HTTPS"), "httpGet", "scheme") != nil {
			put(said, str("https"), "http", "scheme")
		}
		headers(p, said)
	case p.Get("grpc") != nil:
		number := p.Find("grpc", "port")
		if n, ok := port(number); !ok || isText(n) {
			return
		}
		take(p, "grpc", "port")
		g := newStruct()
		if own := portsOf(out); !(len(own) == 1 && textOf(own[0].Value, "port") == number.Text) {
			put(g, number, "port")
		}
		put(said, g, "grpc")
		move(p, "grpc.service", said, "grpc.service", like(oneLine))
	case p.Get("tcpSocket") != nil:
		n, ok := port(p.Find("tcpSocket", "port"))
		if !ok {
			return
		}
		take(p, "tcpSocket", "port")
		t := newStruct()
		if n != nil {
			put(t, n, "port")
		}
		put(said, t, "tcp")
	case p.Find("exec", "command") != nil && texts(p.Find("exec", "command")):
		put(said, take(p, "exec", "command"), "exec")
	default:
		return
	}
	seconds(p, "periodSeconds", said, "every", 1)
	seconds(p, "initialDelaySeconds", said, "after", 1)
	seconds(p, "timeoutSeconds", said, "timeout", 1)
	move(p, "failureThreshold", said, "failures", whole(1, 1000))
	move(p, "successThreshold", said, "successes", whole(1, 1000))
	put(out, said, ours)
	if empty(p) {
		take(c, theirs)
	}
}

func portsOf(out *layer.Node) []layer.Entry {
	if p := out.Get("ports"); p != nil {
		return p.Keys
	}
	return nil
}

// headers are said when each is there once and they are in order, as the spec has them.
func headers(p, said *layer.Node) {
	h := p.Find("httpGet", "httpHeaders")
	if h == nil {
		return
	}
	last := ""
	for _, item := range h.Items {
		if name := textOf(item, "name"); name <= last || !only(item, "name", "value") || !isText(item.Get("value")) || !oneLine.MatchString(name) {
			return
		}
		last = textOf(item, "name")
	}
	for _, item := range h.Items {
		put(said, item.Get("value"), "http", "headers", textOf(item, "name"))
	}
	take(p, "httpGet", "httpHeaders")
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
