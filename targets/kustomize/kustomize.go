// Package kustomize is the Kustomize target: for every service a base for each copy of
// its spec and an overlay for each environment that it was released to.
//
//	services/SERVICE/base/            what the environments that follow head share
//	services/SERVICE/overlays/ENV/    one environment
//	  kustomization.yaml              what it is made of, and its namespace
//	  base/                           its own base, where it follows releases
//	  spec/                           what the spec says differently here
//	  release/                        what runs: image, version, commit; the only files a promotion changes
//
// The objects come from the IR (objects.go); what is shared and what differs is found by
// package factor. `slipway render` prints the objects directly, and a test holds what
// kustomize builds against them.
package kustomize

import (
	"path"
	"regexp"
	"slices"
	"strings"

	"sigs.k8s.io/kustomize/api/types"

	"slipway.dev/compiler/ir"
	"slipway.dev/compiler/plan"
	"slipway.dev/targets/kube"
	"slipway.dev/targets/kustomize/factor"
)

// Target is the Kustomize target.
type Target struct{}

// Name is what --target calls it.
func (Target) Name() string { return "kustomize" }

// Fleet emits nothing: every file of this target belongs to a service.
func (Target) Fleet(*ir.Platform) ([]plan.File, error) { return nil, nil }

// Service emits the bases and overlays of a service; none where it is a chart.
func (Target) Service(_ *ir.Platform, svc *ir.Service) ([]plan.File, error) {
	e := emitter{svc: svc}
	var head []*ir.Instance
	for _, i := range svc.Instances {
		if i.Chart == nil && i.Env.Head {
			head = append(head, i)
		}
	}
	e.group(svc.BaseDir(), "../../base", head)
	for _, i := range svc.Instances {
		if i.Chart == nil && !i.Env.Head {
			e.group(path.Join(i.OverlayDir(), "base"), "base", []*ir.Instance{i})
		}
	}
	return e.files, nil
}

type emitter struct {
	svc   *ir.Service
	files []plan.File
}

func (e *emitter) add(dir, name string, docs ...kube.Node) {
	e.files = append(e.files, plan.File{Path: path.Join(dir, name), Owner: plan.Service(e.svc.Name), Body: kube.Encode(docs...)})
}

// group emits the base of environments that share a copy of the spec, and the overlays of
// those that something was released to. The base is made of all of them, released or not,
// so that a first promotion changes no file but its own.
func (e *emitter) group(base, fromOverlay string, group []*ir.Instance) {
	if !slices.ContainsFunc(group, (*ir.Instance).Deployed) {
		return
	}
	objects := make([][]kube.Node, len(group))
	for k, i := range group {
		objects[k] = nodes(i)
	}
	split := factor.Split(objects)
	e.add(base, "kustomization.yaml", kube.FromObject(&types.Kustomization{
		TypeMeta:  types.TypeMeta{APIVersion: types.KustomizationVersion, Kind: types.KustomizationKind},
		Resources: e.objects(base, "", split.Base),
	}))
	for k, i := range group {
		if i.Deployed() {
			e.overlay(i, fromOverlay, split.Environments[k])
		}
	}
}

// overlay emits one environment: its own differences first, then the release over them.
func (e *emitter) overlay(i *ir.Instance, base string, own factor.Environment) {
	dir := i.OverlayDir()
	k := &types.Kustomization{
		TypeMeta:  types.TypeMeta{APIVersion: types.KustomizationVersion, Kind: types.KustomizationKind},
		Namespace: i.Env.Namespace,
		Resources: []string{base},
	}
	if len(own.Resources)+len(own.Patches) > 0 {
		k.Components = append(k.Components, "spec")
		spec := path.Join(dir, "spec")
		c := newComponent()
		c.Resources = e.objects(spec, "", own.Resources)
		for _, p := range e.objects(spec, "patch-", own.Patches) {
			c.Patches = append(c.Patches, types.Patch{Path: p})
		}
		e.add(spec, "kustomization.yaml", kube.FromObject(c))
	}
	if r := newRelease(i); r != nil {
		k.Components = append(k.Components, "release")
		e.add(path.Join(dir, "release"), "kustomization.yaml", kube.FromObject(r))
	}
	e.add(dir, "kustomization.yaml", kube.FromObject(k))
}

func newComponent() *types.Kustomization {
	return &types.Kustomization{TypeMeta: types.TypeMeta{APIVersion: types.ComponentVersion, Kind: types.ComponentKind}}
}

// objects emits a file for each object and returns their names in order.
func (e *emitter) objects(dir, prefix string, objs []kube.Node) []string {
	var names []string
	for _, o := range objs {
		name := prefix + FileName(e.svc.Name, o)
		if slices.Contains(names, name) { // kinds of one name in two APIs
			group, _, _ := strings.Cut(o.Get("apiVersion").Text, "/")
			name = prefix + group + "-" + FileName(e.svc.Name, o)
		}
		e.add(dir, name, o)
		names = append(names, name)
	}
	return names
}

var contentHash = regexp.MustCompile(`-[0-9a-f]{10}$`)

// FileName is what the file of an object is called: deployment.yaml for the one that is
// called like the service, deployment-NAME.yaml for others.
func FileName(service string, object kube.Node) string {
	kind, name := strings.ToLower(object.Get("kind").Text), object.Get("metadata", "name").Text
	if name == service {
		return kind + ".yaml"
	}
	if kind == "configmap" { // its content's hash is no part of the file's name: a diff shows what changed
		name = contentHash.ReplaceAllString(name, "")
	}
	return kind + "-" + strings.TrimPrefix(name, service+"-") + ".yaml"
}
