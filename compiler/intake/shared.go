package intake

import (
	"slices"
	"strconv"
	"strings"

	"slipway.dev/compiler/layer"
)

// shared says what a service has once for all of its process groups, where they agree.
func (b *builder) shared(objects, workloads []*Object) {
	pods := make([]*layer.Node, len(workloads))
	for i, o := range workloads {
		pods[i] = b.objects[o].Find(append(slices.Clone(templateOf[o.Kind]), "spec")...)
	}
	// agreed takes a field that all pods have with one value.
	agreed := func(fits func(*layer.Node) bool, path ...string) *layer.Node {
		v := pods[0].Find(path...)
		if v == nil || !fits(v) || slices.ContainsFunc(pods, func(p *layer.Node) bool { return !equal(p.Find(path...), v, true) }) {
			return nil
		}
		for _, p := range pods {
			take(p, path...)
		}
		return v
	}
	if image := mainContainer(pods[0]).Get("image"); isText(image) {
		// A placeholder that somebody replaces later is no image; what stands in container is it.
		name := strings.TrimLeft(strings.ToLower(image.Text), "${}_-")
		if imageName.MatchString(image.Text) {
			name = image.Text
		}
		if imageName.MatchString(name) {
			put(b.out, str(name), "image")
		}
	}
	if secrets := agreed(func(n *layer.Node) bool {
		return n.Kind == layer.List && len(n.Items) > 0 && !slices.ContainsFunc(n.Items, func(i *layer.Node) bool {
			return !only(i, "name") || !objectName.MatchString(textOf(i, "name"))
		})
	}, "imagePullSecrets"); secrets != nil {
		var names []*layer.Node
		for _, s := range secrets.Items {
			names = append(names, s.Get("name"))
		}
		put(b.out, list(names...), "pullSecrets")
	}
	b.account(objects, agreed(like(objectName), "serviceAccountName"))
	if token := agreed(isBool, "automountServiceAccountToken"); token != nil {
		put(b.out, token, "identity", "token")
	}
	b.release(workloads)
	b.shareVolumes(workloads)
}

func mainContainer(pod *layer.Node) *layer.Node {
	if c := pod.Find("containers", "0"); c != nil {
		return c
	}
	return newStruct()
}

// account says whose rights the pods have, and makes the account where it is among the objects.
func (b *builder) account(objects []*Object, name *layer.Node) {
	if name == nil {
		return
	}
	for _, o := range objects {
		body := b.objects[o]
		if o.Kind != "ServiceAccount" || o.Name != name.Text || !only(body, "apiVersion", "kind", "metadata", "automountServiceAccountToken", "imagePullSecrets", "secrets") || !only(body.Get("metadata"), "name", "labels", "annotations") {
			continue
		}
		if a := take(body, "metadata", "annotations"); a != nil {
			put(b.out, a, "identity", "annotations")
		}
		if !b.meta(o) {
			break
		}
		put(b.out, boolean(true), "identity", "make")
		for _, e := range body.Keys {
			if e.Name != "apiVersion" && e.Name != "kind" && e.Name != "metadata" {
				put(b.out, e.Value, "identity", "object", e.Name)
			}
		}
		b.objects[o] = nil
	}
	if b.out.Find("identity", "make") == nil || name.Text != b.service.Name {
		put(b.out, name, "identity", "account")
	}
}

// release says how Deployments replace their pods, where they agree and say it in a form
// that the spec has.
func (b *builder) release(workloads []*Object) {
	var first *layer.Node
	var found []*Object
	for _, o := range workloads {
		if o.Kind != "Deployment" {
			continue
		}
		s := b.objects[o].Find("spec", "strategy")
		if s == nil || len(found) > 0 && !equal(s, first, false) {
			return
		}
		first, found = s, append(found, o)
	}
	if len(found) == 0 {
		return
	}
	out := newStruct()
	switch roll := first.Get("rollingUpdate"); {
	case only(first, "type") && textOf(first, "type") == "Recreate":
		put(out, newStruct(), "recreate")
	case only(first, "type", "rollingUpdate") && textOf(first, "type") == "RollingUpdate" && (roll == nil || only(roll, "maxSurge", "maxUnavailable") && len(roll.Keys) > 0):
		put(out, newStruct(), "rolling")
		for _, f := range []struct{ theirs, ours string }{{"maxSurge", "surge"}, {"maxUnavailable", "unavailable"}} {
			v := roll.Get(f.theirs)
			if v == nil {
				continue
			}
			if !intOrPercent(v) {
				return
			}
			put(out, v, "rolling", f.ours)
		}
	default:
		return
	}
	for _, o := range found {
		take(b.objects[o], "spec", "strategy")
	}
	put(b.out, out, "release")
}

func intOrPercent(n *layer.Node) bool {
	if isText(n) {
		p, ok := strings.CutSuffix(n.Text, "%")
		i, err := strconv.Atoi(p)
		return ok && err == nil && i >= 0 && i <= 100 && strconv.Itoa(i) == p
	}
	return whole(0, 10000)(n)
}
