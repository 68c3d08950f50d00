package intake

import (
	"fmt"
	"slices"
	"strconv"

	"slipway.dev/compiler/layer"
)

// findVolumes notes which volumes containers may mount: those of the pod, and of claim templates
// that the spec can say.
func (b *builder) findVolumes(pod, spec *layer.Node) {
	b.volumes = map[string]bool{}
	if v := pod.Get("volumes"); v != nil {
		for _, item := range v.Items {
			b.volumes[textOf(item, "name")] = true
		}
	}
	if v := spec.Get("volumeClaimTemplates"); v != nil {
		for _, item := range v.Items {
			if b.storage(item) != nil {
				b.volumes[textOf(item, "metadata", "name")] = true
			}
		}
	}
}

// shareVolumes says once the volumes that every pod with one of that name can take from the
// service: they are the same in all, some container mounts them, and their order is that of
// each pod. Once one stays with its pods, those behind it do too.
func (b *builder) shareVolumes(workloads []*Object) {
	type named struct {
		name string
		said *layer.Node // nil: no word says it
	}
	lists := make([][]named, 0, len(workloads))
	for _, o := range workloads {
		body := b.objects[o]
		pod := body.Find(append(slices.Clone(templateOf[o.Kind]), "spec")...)
		mounted := mountedBy(pod)
		var l []named
		for _, v := range itemsOf(pod.Get("volumes")) {
			n := named{textOf(v, "name"), b.volume(v)}
			if !mounted[n.name] || !containerName.MatchString(n.name) {
				n.said = nil
			}
			l = append(l, n)
		}
		lists = append(lists, l)
		l = nil
		for _, v := range itemsOf(body.Find("spec", "volumeClaimTemplates")) {
			l = append(l, named{textOf(v, "metadata", "name"), b.storage(v)})
		}
		lists = append(lists, l) // a list of its own
	}
	local := map[string]bool{}
	for changed := true; changed; {
		changed = false
		shared := newStruct()
		for _, l := range lists {
			at, rest := 0, false
			for _, v := range l {
				if rest = rest || local[v.name] || v.said == nil || !addVolume(shared, v.name, v.said, &at); rest && !local[v.name] {
					local[v.name], changed = true, true
				}
			}
		}
		if !changed && len(shared.Keys) > 0 {
			put(b.out, shared, "volumes")
			b.disks()
		}
	}
}

// addVolume adds a volume at a place, or moves the place behind it where it is there; false
// where another one has its name, or it would come too early.
func addVolume(all *layer.Node, name string, said *layer.Node, at *int) bool {
	k := slices.IndexFunc(all.Keys, func(e layer.Entry) bool { return e.Name == name })
	switch {
	case k < 0:
		all.Keys = slices.Insert(all.Keys, *at, layer.Entry{Name: name, Value: said})
		*at++
	case k < *at || !equal(all.Keys[k].Value, said, true):
		return false
	default:
		*at = k + 1
	}
	return true
}

// takeVolumes removes from a pod what shareVolumes said.
func (b *builder) takeVolumes(pod, spec *layer.Node) {
	for _, l := range []struct {
		from  *layer.Node
		field string
		name  []string
	}{{pod, "volumes", []string{"name"}}, {spec, "volumeClaimTemplates", []string{"metadata", "name"}}} {
		n := l.from.Get(l.field)
		if n == nil || len(n.Items) == 0 {
			continue
		}
		n.Items = slices.DeleteFunc(n.Items, func(v *layer.Node) bool { return b.out.Find("volumes", textOf(v, l.name...)) != nil })
		if len(n.Items) == 0 {
			take(l.from, l.field)
		}
	}
}

func itemsOf(n *layer.Node) []*layer.Node {
	if n == nil {
		return nil
	}
	return n.Items
}

// mountedBy are the volumes that containers of a pod mount.
func mountedBy(pod *layer.Node) map[string]bool {
	out := map[string]bool{}
	for _, list := range []string{"initContainers", "containers"} {
		for _, c := range itemsOf(pod.Get(list)) {
			for _, m := range itemsOf(c.Get("volumeMounts")) {
				out[textOf(m, "name")] = true
			}
		}
	}
	return out
}

func entries(n *layer.Node, name string) []layer.Entry {
	if v := n.Get(name); v != nil {
		return v.Keys
	}
	return nil
}

// visitContainers visits the containers of a process group.
func visitContainers(p *layer.Node, f func(*layer.Node)) {
	f(p)
	if init := p.Get("init"); init != nil {
		for _, c := range init.Items {
			f(c)
		}
	}
	for _, e := range entries(p, "sidecars") {
		f(e.Value)
	}
}

// volume is what the spec says of a volume, or nil.
func (b *builder) volume(v *layer.Node) *layer.Node {
	out := newStruct()
	if len(v.Keys) != 2 {
		return nil
	}
	kind := v.Keys[0].Name
	if kind == "name" {
		kind = v.Keys[1].Name
	}
	src := v.Get(kind)
	switch kind {
	case "emptyDir":
		s := newStruct()
		if !only(src, "sizeLimit", "medium") || src.Get("medium") != nil && textOf(src, "medium") != "Memory" || src.Get("sizeLimit") != nil && !amount(src.Get("sizeLimit")) {
			return nil
		}
		if q := textOf(src, "sizeLimit"); q != "" {
			put(s, str(q), "size")
		}
		if src.Get("medium") != nil {
			put(s, boolean(true), "memory")
		}
		put(out, s, "scratch")
	case "configMap":
		f := files(src, "name")
		if f == nil {
			return nil
		}
		put(f, str(b.setOf(textOf(f, "name"))), "name")
		put(out, f, "config")
	case "secret":
		f := files(src, "secretName")
		if f == nil {
			return nil
		}
		put(out, f, "secret")
	case "persistentVolumeClaim":
		if !only(src, "claimName") || !objectName.MatchString(textOf(src, "claimName")) {
			return nil
		}
		if disk := b.disk(textOf(src, "claimName"), textOf(v, "name")); disk != nil {
			put(out, disk, "disk")
			break
		}
		put(out, src.Get("claimName"), "claim")
	case "nfs":
		if !only(src, "server", "path", "readOnly") || src.Get("readOnly") != nil && !isTrue(src.Get("readOnly")) || !absPath.MatchString(textOf(src, "path")) {
			return nil
		}
		put(out, clone(src), "nfs")
	case "hostPath":
		if !only(src, "path", "type") || src.Get("type") != nil && textOf(src, "type") == "" || !absPath.MatchString(textOf(src, "path")) {
			return nil
		}
		put(out, clone(src), "host")
	default:
		return nil
	}
	return out
}

func files(src *layer.Node, nameField string) *layer.Node {
	name := textOf(src, nameField)
	if !only(src, nameField, "items", "defaultMode", "optional") || !objectName.MatchString(name) || src.Get("optional") != nil && !isTrue(src.Get("optional")) {
		return nil
	}
	out := newStruct()
	put(out, str(name), "name")
	if items := src.Get("items"); items != nil {
		last := ""
		for _, i := range items.Items {
			key, p := textOf(i, "key"), textOf(i, "path")
			if !only(i, "key", "path") || key <= last || !dataKey.MatchString(key) || !relPath.MatchString(p) || dotDot.MatchString(p) {
				return nil
			}
			last = key
			put(out, str(p), "items", key)
		}
		if len(items.Items) == 0 {
			return nil
		}
	}
	if m := src.Get("defaultMode"); m != nil {
		mode, err := strconv.ParseInt(m.Text, 10, 32)
		if err != nil || mode < 0 || mode > 0o777 {
			return nil
		}
		put(out, str(fmt.Sprintf("%04o", mode)), "mode")
	}
	if src.Get("optional") != nil {
		put(out, boolean(true), "optional")
	}
	return out
}

// storage is what the spec says of a claim template, or nil.
func (b *builder) storage(v *layer.Node) *layer.Node {
	size := v.Find("spec", "resources", "requests", "storage")
	meta := v.Get("metadata")
	if !only(v, "metadata", "spec", "apiVersion", "kind") || v.Get("apiVersion") != nil || !only(meta, "name") || size == nil || !amount(size) ||
		!only(v.Get("spec"), "accessModes", "resources", "storageClassName") || !only(v.Find("spec", "resources"), "requests") || !only(v.Find("spec", "resources", "requests"), "storage") {
		return nil
	}
	modes := v.Find("spec", "accessModes")
	if modes == nil || !texts(modes) {
		return nil
	}
	out := newStruct()
	put(out, str(size.Text), "storage", "size")
	if class := v.Find("spec", "storageClassName"); class != nil {
		if !objectName.MatchString(class.Text) {
			return nil
		}
		put(out, class, "storage", "class")
	}
	if len(modes.Items) != 1 || modes.Items[0].Text != "ReadWriteOnce" {
		put(out, modes, "storage", "access")
	}
	return out
}
