package judge

import (
	"fmt"
	"path"
	"slices"
	"strings"

	"sigs.k8s.io/kustomize/api/types"
)

// Kustomizations judges kustomizations and patches: that kustomize builds them is seen when
// a tree is read. It wants them to say only what reviewers can follow and builds do fast:
// files below the service's own folder, components, patches in files of their own, images in
// one block (design §4); and patches that add, for what a patch takes away is not missed.
func Kustomizations() Judge {
	return Judge{
		Name:  "kustomizations",
		Reads: func(Document) bool { return false }, // kustomize's own types say what is one: Strict
		Judge: func(t *Tree) []Finding {
			r := &report{judge: "kustomizations"}
			patches := patchFiles(t)
			for _, d := range t.Documents {
				if isKustomization(d) {
					r.kustomization(d)
				} else if patches[d.File] {
					r.patch(d, d.Object, "")
				}
			}
			return r.found
		},
	}
}

// plainFields are the fields that kustomizations need.
var plainFields = []string{"apiVersion", "kind", "namespace", "resources", "components", "patches", "images", "labels"}

func (r *report) kustomization(d Document) {
	for name := range d.Object {
		if !slices.Contains(plainFields, name) {
			r.add(d.place(), name, "nothing that is generated needs it")
		}
	}
	var k types.Kustomization
	if k.Unmarshal(d.YAML) != nil {
		return // said by Strict
	}
	for _, p := range k.Patches {
		if p.Path == "" || p.Target != nil || p.Patch != "" {
			r.add(d.place(), "patches", "a patch is a file that names its object")
		}
	}
	for _, name := range slices.Concat(k.Resources, k.Components) {
		if strings.Contains(name, ":") || path.IsAbs(name) {
			r.add(d.place(), "resources", "%q is not a file of the fleet", name)
		}
	}
	for _, l := range k.Labels {
		if l.IncludeSelectors {
			r.add(d.place(), "labels", "labels of a release go into selectors, which never change")
		}
	}
}

// patch finds instructions that take something away.
func (r *report) patch(d Document, v any, at string) {
	switch v := v.(type) {
	case map[string]any:
		if v["$patch"] != nil {
			r.add(d.place(), at, "the patch says %v, and patches only add", v["$patch"])
		}
		for key, item := range v {
			if item == nil {
				r.add(d.place(), at+"."+key, "the patch takes it away, and patches only add")
			}
			r.patch(d, item, at+"."+key)
		}
	case []any:
		for i, item := range v {
			r.patch(d, item, fmt.Sprintf("%s[%d]", at, i))
		}
	}
}
