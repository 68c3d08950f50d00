package intake

import (
	"regexp"
	"slices"

	"slipway.dev/compiler/layer"
)

// Objects of operators: what their short words say is taken out, the rest stays in the
// operators' own words.

var duration = regexp.MustCompile(`^([0-9]{1,5}(s|m|h))+$`)

// secret says an ExternalSecret.
func (b *builder) secret(o *Object) bool {
	body := b.objects[o]
	if !only(body, "apiVersion", "kind", "metadata", "spec") || !like(objectName)(body.Find("spec", "secretStoreRef", "name")) || !b.meta(o) {
		return false
	}
	s, spec := newStruct(), body.Get("spec")
	put(s, take(spec, "secretStoreRef", "name"), "store")
	switch kind := spec.Find("secretStoreRef", "kind"); {
	case kind == nil:
		put(s, str("SecretStore"), "kind") // the operator's default
	case oneOf("SecretStore", "ClusterSecretStore")(kind):
		if take(spec, "secretStoreRef", "kind"); kind.Text != "ClusterSecretStore" {
			put(s, kind, "kind")
		}
	}
	move(spec, "refreshInterval", s, "every", like(duration))
	if keys := externalKeys(spec.Get("data")); keys != nil {
		put(s, keys, "keys")
		take(spec, "data")
	}
	if all := extracts(spec.Get("dataFrom")); all != nil {
		put(s, all, "all")
		take(spec, "dataFrom")
	}
	takeIf(spec, oneOf(o.Name), "target", "name")
	if o.APIVersion == "external-secrets.io/v1beta1" {
		put(s, str("v1beta1"), "api")
	}
	if !empty(spec) {
		put(s, spec, "spec")
	}
	put(b.out, s, "secrets", o.Name)
	b.objects[o] = nil
	return true
}

func externalKeys(data *layer.Node) *layer.Node {
	out := newStruct()
	for _, d := range itemsOf(data) {
		ref, key := d.Get("remoteRef"), textOf(d, "secretKey")
		if !only(d, "secretKey", "remoteRef") || !only(ref, "key", "property", "version") || !dataKey.MatchString(key) || out.Get(key) != nil {
			return nil
		}
		k := newStruct()
		for _, f := range []struct{ theirs, ours string }{{"key", "from"}, {"property", "property"}, {"version", "version"}} {
			v := ref.Get(f.theirs)
			if v != nil && !like(oneLine)(v) || v == nil && f.theirs == "key" {
				return nil
			}
			put(k, v, f.ours)
		}
		put(out, k, key)
	}
	if len(out.Keys) == 0 {
		return nil
	}
	return out
}

func extracts(from *layer.Node) *layer.Node {
	out := list()
	for _, d := range itemsOf(from) {
		key := d.Find("extract", "key")
		if !only(d, "extract") || !only(d.Get("extract"), "key") || !like(oneLine)(key) {
			return nil
		}
		out.Items = append(out.Items, key)
	}
	if len(out.Items) == 0 {
		return nil
	}
	return out
}

// keda says a ScaledObject; its triggers stay in KEDA's words.
func (b *builder) keda(k, o *Object, out *layer.Node) {
	body := b.objects[k]
	spec := clone(body.Get("spec"))
	ref := spec.Get("scaleTargetRef")
	kind := textOf(ref, "kind")
	if textOf(ref, "name") != o.Name || kind != o.Kind && (kind != "" || o.Kind != "Deployment") ||
		o.Kind == "Rollout" && textOf(ref, "apiVersion") != o.APIVersion || out.Get("scale") != nil || len(itemsOf(spec.Get("triggers"))) == 0 ||
		!only(body, "apiVersion", "kind", "metadata", "spec") || !whole(1, 10000)(spec.Get("maxReplicaCount")) || !b.meta(k) {
		return
	}
	s := newStruct()
	move(spec, "minReplicaCount", s, "min", whole(0, 10000))
	move(spec, "maxReplicaCount", s, "max", whole(1, 10000))
	take(spec, "scaleTargetRef", "name")
	if o.Kind != "Deployment" {
		take(spec, "scaleTargetRef", "kind")
	}
	if o.Kind == "Rollout" {
		take(spec, "scaleTargetRef", "apiVersion")
	}
	put(s, spec, "spec")
	put(out, s, "scale")
	put(out, take(out, "replicas"), "workload", "spec", "replicas")
	named(out, k, o, "scaler")
	b.objects[k] = nil
}

// metrics says a PodMonitor of just the workload's pods.
func (b *builder) metrics(m, o *Object, out *layer.Node) {
	body := b.objects[m]
	spec := clone(body.Get("spec"))
	selector := spec.Get("selector")
	if !only(selector, "matchLabels") || !equal(selector.Get("matchLabels"), out.Find("identity", "selector"), false) || out.Get("metrics") != nil ||
		!only(body, "apiVersion", "kind", "metadata", "spec") || !b.meta(m) {
		return
	}
	take(spec, "selector")
	said := newStruct()
	if ends := itemsOf(spec.Get("podMetricsEndpoints")); len(ends) == 1 && only(ends[0], "port", "path", "interval") && b.declares(out, textOf(ends[0], "port")) &&
		(ends[0].Get("path") == nil || like(httpPath)(ends[0].Get("path"))) && (ends[0].Get("interval") == nil || like(duration)(ends[0].Get("interval"))) {
		put(said, ends[0].Get("port"), "port")
		put(said, ends[0].Get("path"), "path")
		put(said, ends[0].Get("interval"), "every")
		take(spec, "podMetricsEndpoints")
	}
	if !empty(spec) {
		put(said, spec, "spec")
	}
	put(out, said, "metrics")
	named(out, m, o, "monitor")
	b.objects[m] = nil
}

// declares reports whether a container of a process group has a port of that name.
func (b *builder) declares(out *layer.Node, name string) (found bool) {
	visitContainers(out, func(c *layer.Node) {
		found = found || slices.ContainsFunc(entries(c, "ports"), func(e layer.Entry) bool { return e.Name == name && e.Value.Get("unnamed") == nil })
	})
	return found
}

// claim is the PersistentVolumeClaim of that name, among the service's objects.
func (b *builder) claim(name string) *Object {
	for o, body := range b.objects {
		if body != nil && o.Kind == "PersistentVolumeClaim" && o.APIVersion == "v1" && o.Name == name {
			return o
		}
	}
	return nil
}

// disk is what the spec says of a claim that it makes itself, or nil.
func (b *builder) disk(claim, volume string) *layer.Node {
	o := b.claim(claim)
	if o == nil || !b.onlyMeta(o) || !only(b.objects[o], "apiVersion", "kind", "metadata", "spec") {
		return nil
	}
	body := newStruct()
	put(body, str(claim), "metadata", "name")
	put(body, b.objects[o].Get("spec"), "spec")
	s := b.storage(body)
	if s == nil {
		return nil
	}
	out := clone(s.Get("storage"))
	if claim != b.service.Name+"-"+volume {
		put(out, str(claim), "name")
	}
	return out
}

// disks takes the claims that volumes say, once they are said.
func (b *builder) disks() {
	for _, v := range entries(b.out, "volumes") {
		disk := v.Value.Get("disk")
		if disk == nil {
			continue
		}
		name := b.service.Name + "-" + v.Name
		if n := textOf(disk, "name"); n != "" {
			name = n
		}
		if o := b.claim(name); o != nil && b.meta(o) {
			b.objects[o] = nil
		} else { // another volume has it already
			claim := newStruct()
			put(claim, str(name), "claim")
			*v.Value = *claim
		}
	}
}
