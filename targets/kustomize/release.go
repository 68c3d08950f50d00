package kustomize

import (
	"strings"

	"sigs.k8s.io/kustomize/api/types"

	"slipway.dev/compiler/ir"
	"slipway.dev/targets/kube"
)

const (
	labelVersion = "app.kubernetes.io/version"
	labelCommit  = "slipway.dev/commit" // the commit that the image was built from
)

// templates are the pod templates that carry the version, so that metrics and logs tell
// it. Claim templates are not among them: they are immutable. Kinds that a service may have
// one day are there from the start, or a new one would change every release.
var templates = []types.FieldSpec{
	template("Deployment", "spec/template"), template("StatefulSet", "spec/template"), template("DaemonSet", "spec/template"),
	template("Job", "spec/template"), template("CronJob", "spec/jobTemplate/spec/template"), template("Rollout", "spec/template"),
}

func template(kind, path string) types.FieldSpec {
	f := types.FieldSpec{Path: path + "/metadata/labels", CreateIfNotPresent: true}
	f.Kind = kind
	return f
}

// newRelease makes the component that a promotion changes: the image by digest, and labels
// that say what runs. It depends on the release record alone. It is nil when the record
// says nothing of these.
func newRelease(i *ir.Instance) *types.Kustomization {
	c := newComponent()
	if r := i.Release; r.Image != "" {
		name, digest := splitDigest(r.Image)
		c.Images = []types.Image{{Name: i.Service.Placeholder(), NewName: name, Digest: digest}}
	}
	if i.Release.Version != "" {
		l := types.Label{Pairs: map[string]string{labelVersion: i.Release.Version}}
		if !i.AsWritten {
			l.FieldSpecs = templates
		}
		c.Labels = append(c.Labels, l)
	}
	if commit := shortCommit(i.Release.Commit); commit != "" {
		c.Labels = append(c.Labels, types.Label{Pairs: map[string]string{labelCommit: commit}})
	}
	if len(c.Images)+len(c.Labels) == 0 {
		return nil
	}
	return c
}

// shortCommit fits a commit into a label: SHA-1 whole, SHA-256 by its first forty digits.
func shortCommit(c string) string { return c[:min(len(c), 40)] }

// splitDigest parts NAME[:TAG]@sha256:… into the name without its tag and the digest. A
// tag beside a digest decides nothing, and a port's colon is followed by a slash.
func splitDigest(image string) (name, digest string) {
	name, digest, _ = strings.Cut(image, "@")
	if k := strings.LastIndexByte(name, ':'); k > strings.LastIndexByte(name, '/') {
		name = name[:k]
	}
	return name, digest
}

// Render returns the objects of an instance as they reach the cluster: released, and in
// their namespace. It says directly what base, overlay and release together say.
func Render(i *ir.Instance) []kube.Node {
	objects := nodes(i)
	for k := range objects {
		o := &objects[k]
		setNamespace(o, i.Env.Namespace)
		template := []string{"spec", "template"}
		if o.Get("kind").Text == "CronJob" {
			template = templateOf(ir.CronJob)
		}
		pod := o.Get(append(template, "spec")...)
		if i.Release.Version != "" {
			o.Set(kube.Str(i.Release.Version), "metadata", "labels", labelVersion)
			if pod.Exists() && !i.AsWritten {
				o.Set(kube.Str(i.Release.Version), append(template, "metadata", "labels", labelVersion)...)
			}
		}
		if c := shortCommit(i.Release.Commit); c != "" {
			o.Set(kube.Str(c), "metadata", "labels", labelCommit)
		}
		if i.Release.Image == "" {
			continue
		}
		name, digest := splitDigest(i.Release.Image)
		for _, list := range []string{"initContainers", "containers"} {
			items := pod.Get(list).Items
			for c := range items {
				if items[c].Get("image").Text == i.Service.Placeholder() {
					items[c].Set(kube.Str(name+"@"+digest), "image")
				}
			}
		}
	}
	return objects
}

// setNamespace puts the namespace where people look for it: after the name.
func setNamespace(o *kube.Node, namespace string) {
	meta := o.Get("metadata")
	fields := []kube.Field{{Key: "name", Value: meta.Get("name")}, {Key: "namespace", Value: kube.Str(namespace)}}
	for _, f := range meta.Fields {
		if f.Key != "name" && f.Key != "namespace" {
			fields = append(fields, f)
		}
	}
	o.Set(kube.NewMap(fields...), "metadata")
}
