package intake

import (
	"slices"
	"strings"

	"slipway.dev/compiler/layer"
)

// whole says an object that no process group has, where a word of the spec takes its spec in
// Kubernetes' own words.
func (b *builder) whole(o *Object) bool {
	body := b.objects[o]
	meta := body.Get("metadata")
	if !only(meta, "name", "labels", "annotations") || o.Name == "" {
		return false
	}
	var at []string
	switch o.APIVersion + " " + o.Kind {
	case "networking.k8s.io/v1 NetworkPolicy":
		at = []string{"network", "policies", o.Name}
	case "networking.k8s.io/v1 Ingress":
		return b.ingress(o)
	case "gateway.networking.k8s.io/v1 HTTPRoute":
		at = []string{"expose", b.route(o), "route"}
	case "monitoring.coreos.com/v1 ServiceMonitor":
		at = []string{"monitors", o.Name}
	case "monitoring.coreos.com/v1 PrometheusRule":
		at = []string{"alerts", o.Name}
	case "external-secrets.io/v1 ExternalSecret", "external-secrets.io/v1beta1 ExternalSecret":
		return b.secret(o)
	case "v1 ServiceAccount":
		if !b.meta(o) {
			return false
		}
		words := newStruct()
		for _, e := range body.Keys {
			if e.Name != "apiVersion" && e.Name != "kind" && e.Name != "metadata" {
				put(words, e.Value, e.Name)
			}
		}
		put(b.out, words, "identity", "accounts", o.Name)
		b.objects[o] = nil
		return true
	default:
		return false
	}
	if !only(body, "apiVersion", "kind", "metadata", "spec") || body.Get("spec") == nil || !b.meta(o) {
		return false
	}
	b.nameRoute(o, at)
	b.chosen(o)
	put(b.out, body.Get("spec"), at...)
	b.objects[o] = nil
	return true
}

// chosen takes the selector of an object that is for what "main" selects.
func (b *builder) chosen(o *Object) {
	field := map[string]string{"NetworkPolicy": "podSelector", "ServiceMonitor": "selector"}[o.Kind]
	if field == "" {
		return
	}
	selector := b.objects[o].Find("spec", field)
	if main := b.out.Find("run", "main", "identity", "selector"); main != nil && only(selector, "matchLabels") && equal(selector.Get("matchLabels"), main, false) && len(b.objects[o].Get("spec").Keys) > 1 {
		take(b.objects[o], "spec", field)
	}
}

// route is what the spec calls a way in.
func (b *builder) route(o *Object) string {
	name := strings.Trim(strings.TrimPrefix(b.called.of(o), b.service.Name), "-.")
	if name == "" || !serviceName.MatchString(name) {
		name = word(strings.TrimPrefix(o.Name, b.service.Name+"-"))
	}
	for b.out.Find("expose", name) != nil {
		name = word(name + "-more")
	}
	return name
}

// nameRoute keeps the name of an object that expose would call otherwise.
func (b *builder) nameRoute(o *Object, at []string) {
	if at[0] == "expose" && o.Name != b.service.Name+"-"+at[1] {
		put(b.out, str(o.Name), "expose", at[1], "name")
	}
}

// ingress says an Ingress: by hosts and paths where it has one form of them, otherwise in
// Kubernetes' own words.
func (b *builder) ingress(o *Object) bool {
	body := b.objects[o]
	if !only(body, "apiVersion", "kind", "metadata", "spec") || body.Get("spec") == nil {
		return false
	}
	name := b.route(o)
	out := b.http(o)
	if out != nil {
		if a := annotations(body); a != nil {
			put(out, a, "http", "annotations")
		}
	} else {
		out = newStruct()
		put(out, body.Get("spec"), "ingress")
	}
	if !b.meta(o) {
		return false
	}
	for _, e := range out.Keys {
		put(b.out, e.Value, "expose", name, e.Name)
	}
	b.nameRoute(o, []string{"expose", name})
	b.objects[o] = nil
	return true
}

// http is what the spec says of an Ingress whose rules lead to one port of a process group's
// Service; nil where there is more to it.
func (b *builder) http(o *Object) *layer.Node {
	spec := b.objects[o].Get("spec")
	rules := itemsOf(spec.Get("rules"))
	if !only(spec, "ingressClassName", "rules", "tls") || len(rules) == 0 || b.fleet.claimed[o] {
		return nil
	}
	var hosts, paths []*layer.Node
	var match, backend *layer.Node
	for i, rule := range rules {
		if !only(rule, "host", "http") || !like(hostName)(rule.Get("host")) || !only(rule.Get("http"), "paths") {
			return nil
		}
		hosts = append(hosts, rule.Get("host"))
		var here []*layer.Node
		for _, p := range itemsOf(rule.Find("http", "paths")) {
			if match == nil {
				match, backend = p.Get("pathType"), p.Get("backend")
			}
			if !only(p, "path", "pathType", "backend") || !like(httpPath)(p.Get("path")) || match == nil || !equal(p.Get("pathType"), match, false) || !equal(p.Get("backend"), backend, false) {
				return nil
			}
			here = append(here, p.Get("path"))
		}
		if len(here) == 0 || i > 0 && !slices.EqualFunc(here, paths, func(a, b *layer.Node) bool { return equal(a, b, false) }) {
			return nil
		}
		paths = here
	}
	process, port := b.behind(backend)
	if process == "" {
		return nil
	}
	out, h := newStruct(), newStruct()
	put(h, hosts[0], "host")
	if len(hosts) > 1 {
		put(h, list(hosts[1:]...), "hosts")
	}
	switch {
	case len(paths) > 1:
		put(h, paths[0], "path")
		put(h, list(paths[1:]...), "paths")
	case paths[0].Text != "/":
		put(h, paths[0], "path")
	}
	if match.Text != "Prefix" {
		put(h, match, "match")
	}
	switch class := spec.Get("ingressClassName"); {
	case textOf(spec, "ingressClassName") == b.fleet.class[b.here]:
	case class == nil || !like(objectName)(class):
		return nil
	default:
		put(h, class, "class")
	}
	if tls := spec.Get("tls"); tls != nil {
		if len(tls.Items) != 1 || !only(tls.Items[0], "hosts", "secretName") || !equal(tls.Items[0].Get("hosts"), list(hosts...), true) || !like(objectName)(tls.Items[0].Get("secretName")) {
			return nil
		}
		put(h, tls.Items[0].Get("secretName"), "tls")
	}
	put(out, h, "http")
	put(out, port, "port")
	if process != "main" {
		put(out, str(process), "process")
	}
	return out
}

// behind is the process group whose own Service a backend names, and its port: nil for the
// only one, by its name.
func (b *builder) behind(backend *layer.Node) (process string, port *layer.Node) {
	service := textOf(backend, "service", "name")
	if !only(backend, "service") || !only(backend.Get("service"), "name", "port") || !only(backend.Find("service", "port"), "name", "number") {
		return "", nil
	}
	for _, p := range entries(b.out, "run") {
		if b.served[p.Name] == nil || b.served[p.Name].Name != service {
			continue
		}
		ports := itemsOf(b.served[p.Name].Body.Find("spec", "ports"))
		for _, offered := range ports {
			switch want := backend.Find("service", "port"); {
			case want.Get("number") != nil && textOf(want, "number") == textOf(offered, "port"):
				return p.Name, want.Get("number")
			case want.Get("number") == nil && textOf(want, "name") != "" && textOf(want, "name") == textOf(offered, "name"):
				if len(ports) == 1 {
					return p.Name, nil
				}
				return p.Name, want.Get("name")
			}
		}
	}
	return "", nil
}
