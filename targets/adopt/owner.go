package adopt

import (
	"slices"
	"strings"

	"slipway.dev/targets/impact"
	"slipway.dev/targets/kube"
)

// OwnerKind is what kind of tool has an object.
type OwnerKind string

// The kinds of owner.
const (
	Application   OwnerKind = "Argo CD Application"
	Kustomization OwnerKind = "Flux Kustomization"
	HelmRelease   OwnerKind = "Flux HelmRelease"
	Release       OwnerKind = "Helm release"
)

// Owner is who has objects that are handed over.
type Owner struct {
	Kind            OwnerKind
	Namespace, Name string
	Object          kube.Node // absent where it is not among what exists
	Helm            string    // what Helm calls its release; empty where Helm is not involved
	Left            int       // objects of it that are not in the spec
}

// String is the owner as reports name it.
func (o *Owner) String() string { return string(o.Kind) + " " + o.Namespace + "/" + o.Name }

// kinds are the objects by which owners of a kind are known in a cluster.
var kinds = map[OwnerKind]impact.Object{
	Application:   {Group: "argoproj.io", Kind: "Application"},
	Kustomization: {Group: "kustomize.toolkit.fluxcd.io", Kind: "Kustomization"},
	HelmRelease:   {Group: "helm.toolkit.fluxcd.io", Kind: "HelmRelease"},
}

// isOwner tells the objects by which others come into a cluster.
func isOwner(n kube.Node) bool {
	o := impact.ObjectOf(n)
	for _, k := range kinds {
		if o.Group == k.Group && o.Kind == k.Kind {
			return true
		}
	}
	return o.Group == "argoproj.io" && (o.Kind == "ApplicationSet" || o.Kind == "AppProject")
}

// own notes whose an object is.
func (h *Handover) own(o impact.Object, live kube.Node, existing []kube.Node) {
	kind, namespace, name := ownerOf(live, existing)
	if kind == "" {
		return
	}
	if kind == Application {
		if namespace == "" {
			namespace = h.Target.ArgoCD
		}
		if name == h.Target.Application && namespace == h.Target.ArgoCD {
			app := find(existing, kinds[kind], namespace, name)
			if app.Get("metadata", "labels", "app.kubernetes.io/managed-by").Text == "slipway" {
				return // it is ours already
			}
			h.InPlace = true
		} else if annotation(live, trackingID) != "" {
			h.tracked = append(h.tracked, o)
		}
	}
	if !slices.ContainsFunc(h.Owners, func(o *Owner) bool { return o.Kind == kind && o.Namespace == namespace && o.Name == name }) {
		h.Owners = append(h.Owners, &Owner{Kind: kind, Namespace: namespace, Name: name, Object: find(existing, kinds[kind], namespace, name), Helm: annotation(live, "meta.helm.sh/release-name")})
	}
}

// ownerOf reads whose an object is from what tools write on it. Argo CD's tracking id says
// APPLICATION:GROUP/KIND:NAMESPACE/NAME, with NAMESPACE_ before an Application elsewhere
// (util/argo/resource_tracking.go); its label is also that of Helm charts, and counts only
// where there is such an Application.
func ownerOf(n kube.Node, existing []kube.Node) (kind OwnerKind, namespace, name string) {
	label := func(l string) string { return n.Get("metadata", "labels", l).Text }
	if id := annotation(n, trackingID); id != "" {
		app, _, _ := strings.Cut(id, ":")
		if ns, rest, ok := strings.Cut(app, "_"); ok {
			return Application, ns, rest
		}
		return Application, namespaceOf(existing, app), app
	}
	if name := label("kustomize.toolkit.fluxcd.io/name"); name != "" {
		return Kustomization, label("kustomize.toolkit.fluxcd.io/namespace"), name
	}
	if name := label("helm.toolkit.fluxcd.io/name"); name != "" {
		return HelmRelease, label("helm.toolkit.fluxcd.io/namespace"), name
	}
	if name := annotation(n, "meta.helm.sh/release-name"); name != "" {
		return Release, annotation(n, "meta.helm.sh/release-namespace"), name
	}
	if app := label("app.kubernetes.io/instance"); app != "" {
		if ns := namespaceOf(existing, app); ns != "" {
			return Application, ns, app
		}
	}
	return "", "", ""
}

// namespaceOf is where the Application of a name is; empty where it is not among what exists.
func namespaceOf(existing []kube.Node, app string) string {
	return find(existing, kinds[Application], "", app).Get("metadata", "namespace").Text
}

func find(existing []kube.Node, k impact.Object, namespace, name string) kube.Node {
	for _, n := range existing {
		if o := impact.ObjectOf(n); o.Group == k.Group && o.Kind == k.Kind && o.Name == name && (namespace == "" || o.Namespace == namespace) {
			return n
		}
	}
	return kube.Node{}
}

func annotation(n kube.Node, name string) string { return n.Get("metadata", "annotations", name).Text }
