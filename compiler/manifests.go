package compiler

import (
	"encoding/json"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"

	"slipway.dev/compiler/api"
	"slipway.dev/compiler/diag"
	"slipway.dev/compiler/ir"
	"slipway.dev/compiler/layer"
)

// manifests resolves the objects that the spec gives whole. Kinds that Slipway knows are held
// against their types; others pass as they are, when the platform permits them.
func (r *resolver) manifests() {
	for _, name := range sorted(r.f.Manifests) {
		n, path := r.tree.Find("manifests", name), "manifests."+name
		m := ir.Manifest{At: n.LabelOr(), Name: name, APIVersion: said(n, "apiVersion"), Kind: said(n, "kind"), Object: said(n, "metadata", "name")}
		before := r.ds.Errors()
		for field, v := range map[string]string{"apiVersion": m.APIVersion, "kind": m.Kind, "metadata.name": m.Object} {
			if v == "" {
				r.ds.Errorf(diag.MissingField, m.At, "%s needs %q", path, field).WithPath(path + "." + field).WithHint("it is a whole object, as kubectl takes it")
			}
		}
		if r.ds.Errors() == before && r.permitted(m, n, path) {
			r.inst.Manifests = append(r.inst.Manifests, r.manifest(m, n, path))
		}
	}
	slices.SortStableFunc(r.inst.Manifests, func(a, b ir.Manifest) int { return strings.Compare(a.Name, b.Name) })
}

func said(n *layer.Node, path ...string) string {
	if v := n.Find(path...); v != nil && v.Kind == layer.String {
		return v.Text
	}
	return ""
}

// permitted reports whether a service may have an object of this kind, and says why not.
func (r *resolver) permitted(m ir.Manifest, n *layer.Node, path string) bool {
	group, _, ok := strings.Cut(m.APIVersion, "/")
	if !ok {
		group = ""
	}
	at := n.Pos("kind")
	if instead := api.Removed(m.APIVersion, m.Kind); instead != "" {
		r.ds.Errorf(diag.RemovedAPI, n.Pos("apiVersion"), "Kubernetes serves %s of %s no more", m.APIVersion, m.Kind).WithPath(path+".apiVersion").
			WithHint("write apiVersion: %q, and what changed with it", instead)
		return false
	}
	if why := api.Forbidden(group, m.Kind); why != "" {
		r.ds.Errorf(diag.ForbiddenKind, at, "a service may not make a %s: it %s", m.Kind, why).WithPath(path + ".kind").
			WithHint("it is the platform's to make, apart from services")
		return false
	}
	if api.Guarded(group, m.Kind) && !r.mayHave(group, m.Kind) {
		r.guarded(at, path+".kind", m.Kind, api.GroupKind(group, m.Kind))
		return false
	}
	if _, known := api.Lookup(m.APIVersion, m.Kind); known || r.mayHave(group, m.Kind) {
		return true
	}
	d := r.ds.Errorf(diag.UnknownKind, at, "%s %s is no kind that services may have", m.APIVersion, m.Kind).WithPath(path + ".kind")
	var near []string
	for _, k := range api.Kinds {
		if k.Name == m.Kind {
			d.WithHint("write apiVersion: %q", k.APIVersion)
			return false
		}
		near = append(near, k.Name)
	}
	if name, ok := diag.Nearest(m.Kind, near); ok && (!strings.Contains(group, ".") || strings.HasSuffix(group, ".k8s.io")) {
		d.WithHint("did you mean %q?", name)
	} else {
		d.WithHint("the platform permits it in platform.cue: kinds: [\"%s/%s\"]", group, m.Kind)
	}
	return false
}

// mayHave reports whether platform.cue permits a kind by name.
func (r *resolver) mayHave(group, kind string) bool {
	return slices.Contains(r.p.ir.Kinds, ir.GroupKind{Group: group, Kind: kind})
}

// guarded reports a kind that the platform has not permitted.
func (r *resolver) guarded(at diag.Pos, path, kind string, permits ...string) {
	why := "gives rights in the cluster"
	if kind == "Secret" {
		why = "would keep its values in Git"
	}
	r.ds.Errorf(diag.ForbiddenKind, at, "a %s %s, and the platform has not permitted it", kind, why).WithPath(path).
		WithHint("the platform permits it in platform.cue: kinds: [\"%s\"]", strings.Join(permits, "\", \""))
}

func (r *resolver) manifest(m ir.Manifest, n *layer.Node, path string) ir.Manifest {
	if ns := said(n, "metadata", "namespace"); ns != "" && ns != r.env.Namespace {
		r.ds.Errorf(diag.WrongValue, n.Pos("metadata", "namespace"), "namespace %q is not the environment's, which is %q", ns, r.env.Namespace).
			WithPath(path + ".metadata.namespace").WithHint("leave it out: every object of the service is in the environment's namespace")
	}
	m.Body = tree(n)
	k, known := api.Lookup(m.APIVersion, m.Kind)
	if !known || k.Type == nil || !api.Check(n, k.Type, path, r.ds) || k.Pods == nil {
		return m
	}
	at := k.Pods
	if at[0] == "" {
		at = nil
	}
	spec := n.Find(append(slices.Clone(at), "spec")...)
	if spec == nil {
		return m
	}
	var pod corev1.PodSpec
	if json.Unmarshal(api.JSON(spec), &pod) == nil {
		m.Pods = folder{r: r, n: spec}.workload(m.Object, m.At, &pod)
	}
	return m
}

// patches resolves what changes objects that were made from the other fields. It comes
// last: it must know which objects there are.
func (r *resolver) patches() {
	made := objects(r.inst)
	for _, name := range sorted(r.f.Patches) {
		p, path := r.f.Patches[name], "patches."+name
		n := r.tree.Find("patches", name)
		out := ir.Patch{At: n.LabelOr(), Name: name, Kind: text(p.Kind, ""), Object: text(p.Name, r.svc.Name)}
		var kinds, names []string
		found := false
		for _, o := range made {
			kinds = append(kinds, o.kind)
			if o.kind == out.Kind {
				names = append(names, o.name)
				found = found || o.name == out.Object
			}
		}
		body := n.Get("patch")
		switch {
		case len(names) == 0:
			r.ds.Errorf(diag.UnknownObject, n.Pos("kind"), "the service makes no %s", out.Kind).WithPath(path+".kind").
				WithHint("%s", diag.Suggest(out.Kind, slices.Compact(slices.Sorted(slices.Values(kinds)))))
			continue
		case !found:
			r.ds.Errorf(diag.UnknownObject, n.Pos("name"), "the service makes no %s called %q", out.Kind, out.Object).WithPath(path+".name").
				WithHint("%s", diag.Suggest(out.Object, names))
			continue
		case body == nil:
			continue // reported as missing
		}
		if k, ok := api.Lookup("", out.Kind); ok && k.Type != nil {
			for _, k2 := range api.Kinds { // the newest version is the one that is made
				if k2.Name == out.Kind {
					k = k2
				}
			}
			if !api.CheckPatch(body, k.Type, path+".patch", r.ds) {
				continue
			}
		}
		r.untouched(body, path)
		out.Body = tree(body)
		r.inst.Patches = append(r.inst.Patches, out)
	}
}

// untouched reports what a patch may not change: what names an object, and pods and their number,
// which are judged and so are said where judges look.
func (r *resolver) untouched(body *layer.Node, path string) {
	for field, instead := range map[string]string{
		"apiVersion": "remove it", "kind": "remove it", "metadata.name": "remove it", "metadata.namespace": "remove it",
		"spec.template": "say it in pod or container of the process group", "spec.jobTemplate": "say it in pod or container of the process group",
		"spec.replicas": "say replicas, or scale, of the process group", "spec.minReplicas": "say scale: min of the process group",
		"spec.maxReplicas": "say scale: max of the process group", "spec.minReplicaCount": "say scale: min of the process group", "spec.maxReplicaCount": "say scale: max of the process group",
		"spec.selector.matchLabels": "selectors cannot change once they are there",
	} {
		if n := body.Find(strings.Split(field, ".")...); n != nil {
			r.ds.Errorf(diag.UnknownField, n.LabelOr(), "a patch does not change %s", field).WithPath(path+".patch."+field).WithHint("%s", instead)
		}
	}
}

// object is one that a service makes.
type object struct {
	kind, name string
	at         diag.Pos
	rename     string // how to give it another name
}

// kindOf is the kind of what makes pods.
func kindOf(k ir.Kind) string {
	_, kind := k.Object()
	return kind
}

// objects are all that an instance makes, in the order of the spec's fields.
func objects(i *ir.Instance) (out []object) {
	add := func(kind, name string, at diag.Pos, rename string) { out = append(out, object{kind, name, at, rename}) }
	const process = "rename the route or the process group"
	if i.Account.Make {
		add("ServiceAccount", i.Account.Name, i.Service.At, "rename the service")
	}
	for _, c := range i.Configs {
		add("ConfigMap", c.Name, c.At, "rename the config set")
	}
	for _, w := range i.Workloads {
		add(kindOf(w.Kind), w.Name, w.At, process)
		if w.Service != nil {
			add("Service", w.Service.Name, w.At, process)
		}
		for _, s := range w.Services {
			add("Service", s.Name, s.At, "give it another name, or remove it")
		}
		if w.Headless {
			add("Service", w.Governing, w.At, process)
		}
		if w.Metrics != nil {
			add("PodMonitor", w.Metrics.Name, w.At, process)
		}
		if w.Scale != nil && w.Scale.KEDA {
			add("ScaledObject", w.Scale.Name, w.At, process)
		} else if w.Scale != nil {
			add("HorizontalPodAutoscaler", w.Scale.Name, w.At, process)
		}
		if w.Budget != nil {
			add("PodDisruptionBudget", w.Budget.Name, w.At, process)
		}
	}
	if !i.AsWritten {
		add("NetworkPolicy", i.Service.Name, i.Service.At, "rename the service")
	}
	for _, r := range i.Routes {
		switch {
		case r.LoadBalancer != nil:
			add("Service", r.Name, r.At, process)
		case i.Env.Gateway != nil:
			add("HTTPRoute", r.Name, r.At, process)
		default:
			add("Ingress", r.Name, r.At, process)
		}
	}
	for _, c := range i.Claims {
		add("PersistentVolumeClaim", c.Name, c.At, "give the disk another name")
	}
	for _, s := range i.Secrets {
		add("ExternalSecret", s.Name, s.At, "give it another name")
	}
	if len(i.Rights) > 0 {
		add("Role", i.Account.Name, i.Service.At, "rename the service")
		add("RoleBinding", i.Account.Name, i.Service.At, "rename the service")
	}
	for _, m := range i.Manifests {
		add(m.Kind, m.Object, m.At, "give the manifest another metadata.name, or remove what makes the other one")
	}
	return out
}

// checkManifestSecrets looks for values in Secrets that are given whole.
func checkManifestSecrets(c *checker, i *ir.Instance) {
	for _, m := range i.Manifests {
		if m.Kind != "Secret" || m.APIVersion != "v1" {
			continue
		}
		for _, list := range []string{"data", "stringData"} {
			for _, f := range m.Body.Get(list).Fields {
				if f.Value.Text != "" {
					c.unless(diag.LiteralSecret, m.At, "Secret %q holds a value for %q, and everything in a spec is in Git for ever", m.Object, f.Name).
						WithHint("have the Secret made outside of Git, by an ExternalSecret for instance; if it was real, replace it now").Hide()
				}
			}
		}
	}
}
