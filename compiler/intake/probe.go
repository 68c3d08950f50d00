package intake

import (
	"slices"

	"slipway.dev/compiler/layer"
)

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
