package faults

// kustomize breaks what ties the files of a service together.
func kustomize() []row {
	const (
		overlay   = "services/shop/overlays/prod/kustomization.yaml"
		base      = shopFolder + "kustomization.yaml"
		component = "services/shop/overlays/prod/release/kustomization.yaml"
		dev       = "services/shop/overlays/dev/kustomization.yaml"
		spec      = "services/shop/overlays/dev/spec/kustomization.yaml"
		devBase   = "services/shop/base/deployment.yaml"
	)
	return []row{
		{worst, "a kustomization names a file that there is not", set(base, "resources[deployment.yaml]", "deploymnet.yaml")},
		{usual, "a kustomization names a file outside the repository", add(base, "resources", "../../../../../../secret.yaml")},
		{usual, "a kustomization names an absolute path", add(base, "resources", "/etc/passwd")},
		{usual, "a kustomization reads a file of the internet", add(base, "resources", "https://example.com/all.yaml")},
		{usual, "a kustomization names a file twice", add(base, "resources", "deployment.yaml")},
		{worst, "a file is written that no kustomization names", drop(base, "resources[networkpolicy.yaml]")},
		{usual, "an object of a service is in no kustomization", drop(base, "resources[horizontalpodautoscaler.yaml]")},
		{usual, "a file that a kustomization names is gone", gone(service)},
		{usual, "a kustomization is gone", gone(overlay)},
		{usual, "a base's kustomization is gone", gone(base)},
		{usual, "an overlay has no base", drop(overlay, "resources")},
		{usual, "an overlay's base is another's", set(overlay, "resources[0]", "../../../store/overlays/prod/base")},
		{usual, "an overlay builds itself", set(overlay, "resources[0]", ".")},
		{worst, "an overlay's namespace is another", set(overlay, "namespace", "small-dev")},
		{worst, "an overlay's namespace is none", drop(overlay, "namespace")},
		{usual, "an overlay's namespace is no name", set(overlay, "namespace", "Small Prod")},
		{worst, "an overlay leaves the release out", drop(overlay, "components")},
		{usual, "an overlay's component is a resource", both(drop(overlay, "components"), add(overlay, "resources", "release"))},
		{usual, "an overlay's component is misspelt", set(overlay, "components[0]", "relaese")},
		{worst, "a release's image has another name", set(component, "images[0].name", "registry.invalid/shopp")},
		{worst, "a release's image has no digest", both(drop(component, "images[0].digest"), set(component, "images[0].newTag", "1.4.0"))},
		{usual, "a release's image has neither digest nor tag", drop(component, "images[0].digest")},
		{usual, "a release's digest is cut short", set(component, "images[0].digest", "sha256:0a0a")},
		{usual, "a release's digest has no algorithm", set(component, "images[0].digest", "0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a")},
		{usual, "a release's digest is in capitals", set(component, "images[0].digest", "sha256:0A0A0A0A0A0A0A0A0A0A0A0A0A0A0A0A0A0A0A0A0A0A0A0A0A0A0A0A0A0A0A0A")},
		{usual, "a release's image is not renamed", drop(component, "images[0].newName")},
		{usual, "a release's image has a blank", set(component, "images[0].newName", "registry.small.example/prod/the shop")},
		{usual, "a release's image is in capitals", set(component, "images[0].newName", "registry.small.example/prod/Shop")},
		{usual, "a release has no images", drop(component, "images")},
		{usual, "a release's label is no label", set(component, "labels[0].pairs['app.kubernetes.io/version']", "1.4.0 (final)")},
		{usual, "a release's label is longer than a label", set(component, "labels[1].pairs['slipway.dev/commit']", long(64))},
		{usual, "a release's label goes to a field that is none", set(component, "labels[0].fields[0].path", "spec/template/labels")},
		{worst, "a release's labels change the selectors", set(component, "labels[0].includeSelectors", true)},
		{usual, "a release is a kustomization and no component", both(set(component, "kind", "Kustomization"), set(component, "apiVersion", "kustomize.config.k8s.io/v1beta1"))},
		{usual, "a component is of a wrong version", set(component, "apiVersion", "kustomize.config.k8s.io/v1beta1")},
		{usual, "a patch's file is misspelt", set(spec, "patches[0].path", "patch-deploymnet.yaml")},
		{usual, "a patch's object is misspelt", set(patch, "metadata.name", "shopp")},
		{usual, "a patch's kind is another", set(patch, "kind", "StatefulSet")},
		{worst, "a patch's container is misspelt", set(patch, pod+"containers[0].name", "shopp")},
		{usual, "a patch's target is misspelt", set(spec, "patches[0].target", m{"kind": "Deployment", "name": "shopp"})},
		{usual, "a patch is there twice, as a file and in place", add(spec, "patches", m{"patch": "a: b"})},
		{usual, "a patch has neither file nor text", set(spec, "patches[0]", m{"target": m{"kind": "Deployment"}})},
		{usual, "a patch's file is gone", gone(patch)},
		{usual, "a patch removes a container", set(patch, pod+"containers[proxy].$patch", "delete")},
		{usual, "a patch's instruction is misspelt", set(patch, pod+"containers[proxy].$patch", "remove")},
		{usual, "a patch replaces the whole pod", set(patch, pod+"$patch", "replace")},
		{usual, "a patch misspells a field", rename(patch, pod+"containers[shop].env", "envs")},
		{usual, "a patch of a list item has no name", drop(patch, pod+"containers[shop].name")},
		{usual, "a base's object is renamed under its patch", set(devBase, "metadata.name", "shops")},
		{usual, "an overlay has a prefix for all names", set(overlay, "namePrefix", "a-")},
		{usual, "an overlay has labels in every selector", set(overlay, "commonLabels", m{"a": "b"})},
		{usual, "an overlay makes a secret", set(overlay, "secretGenerator", l(m{"name": "s", "literals": l("password=hunter2")}))},
		{usual, "an overlay runs a plug-in", set(overlay, "generators", l("gen.yaml"))},
		{usual, "an overlay takes variables", set(overlay, "vars", l(m{"name": "A", "objref": m{"kind": "Service", "name": "shop", "apiVersion": "v1"}}))},
		{usual, "an overlay brings a chart", set(overlay, "helmCharts", l(m{"name": "a", "repo": "https://example.com"}))},
		{usual, "an overlay builds another branch", set(dev, "resources[0]", "https://git.small.example/platform/fleet//deploy/services/shop/base?ref=main")},
		{usual, "two objects of one overlay have one name", both(add(base, "resources", "copy.yaml"), copied(service, shopFolder+"copy.yaml"), set(shopFolder+"copy.yaml", "metadata.labels.tier", "back"))},
		{usual, "a kustomization's field is unknown", set(overlay, "resource", l("base"))},
	}
}
