package judge

import (
	"context"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"

	"k8s.io/apiextensions-apiserver/pkg/apis/apiextensions"
	v1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/schema"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/schema/defaulting"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/schema/pruning"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/validation"
	"k8s.io/apiextensions-apiserver/pkg/registry/customresource"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured/unstructuredscheme"
	group "k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apiserver/pkg/registry/rest"
	"k8s.io/kubernetes/pkg/api/legacyscheme"
	"sigs.k8s.io/yaml"

	"slipway.dev/golden/cluster/modules"
)

// releases are those whose CRDs must take the output, by API group, beside the operators'. A
// kind may be read by several; all must take it.
var releases = map[string][]modules.Release{
	"argoproj.io": {
		{Name: "Argo CD v2.14.21", Module: "github.com/argoproj/argo-cd/v2", Version: "v2.14.21", Folder: "manifests/crds"},
		{Name: "Argo CD v3.5.7", Module: "github.com/argoproj/argo-cd/v3", Version: "v3.5.7", Folder: "manifests/crds"},
		{Name: "Argo Rollouts v1.8.3", Module: "github.com/argoproj/argo-rollouts", Version: "v1.8.3", Folder: "manifests/crds"},
	},
	"tekton.dev":                {{Name: "Tekton v1.9.2", Module: "github.com/tektoncd/pipeline", Version: "v1.9.2", Folder: "config/300-crds"}},
	"triggers.tekton.dev":       {{Name: "Triggers v0.34.0", Module: "github.com/tektoncd/triggers", Version: "v0.34.0", Folder: "config"}},
	"gateway.networking.k8s.io": {{Name: "Gateway API v1.2.1", Module: "sigs.k8s.io/gateway-api", Version: "v1.2.1", Folder: "config/crd/standard"}},
}

// Schemas puts every object of a kind that is not Kubernetes' own through what the API
// server does with custom resources: unknown fields, the OpenAPI schema of the CRD, lists
// that are sets and maps, and CEL rules. A kind whose CRD is not at hand is a finding.
func Schemas() Judge {
	crds := &crds{byGroup: map[string]func() (map[group.GroupVersionKind][]crd, error){}}
	read := func(g string, all []modules.Release) {
		crds.byGroup[g] = sync.OnceValues(func() (map[group.GroupVersionKind][]crd, error) { return load(all) })
	}
	for g, all := range releases {
		read(g, all)
	}
	for g, r := range modules.Operators {
		read(g, []modules.Release{r})
	}
	known := newVerdicts()
	return Judge{
		Name: "schemas",
		Reads: func(d Document) bool {
			return custom(group.FromAPIVersionAndKind(apiVersion(d), fmt.Sprint(d.Object["kind"])))
		},
		Judge: func(t *Tree) []Finding {
			var found []Finding
			for _, o := range t.Objects() {
				if custom(o.GroupVersionKind()) {
					found = append(found, known.of("schemas", o, func() []fault { return crds.judge(o) })...)
				}
			}
			return found
		},
	}
}

// custom says whether clusters know a kind by a CRD. Kustomize's kinds reach no cluster.
func custom(gvk group.GroupVersionKind) bool {
	return gvk.Group != "kustomize.config.k8s.io" && !legacyscheme.Scheme.Recognizes(gvk)
}

// crds are read when the first document of their group comes.
type crds struct {
	byGroup map[string]func() (map[group.GroupVersionKind][]crd, error)
}

// crd is one version of a CRD, ready to take objects.
type crd struct {
	release    string
	structural *schema.Structural
	strategy   rest.RESTCreateStrategy
}

func (c *crds) judge(o Object) []fault {
	gvk := o.GroupVersionKind()
	read := c.byGroup[gvk.Group]
	if read == nil {
		return []fault{{message: fmt.Sprintf("no CRD of %s is at hand: the judge cannot say what its reader says", gvk.Group)}}
	}
	all, err := read()
	if err != nil {
		return []fault{{message: err.Error()}}
	}
	if len(all[gvk]) == 0 {
		return []fault{{message: fmt.Sprintf("no CRD for %s, Kind=%s is at hand", gvk.GroupVersion(), gvk.Kind)}}
	}
	var faults []fault
	for _, crd := range all[gvk] {
		for _, f := range crd.judge(o) {
			faults = append(faults, fault{f.path, crd.release + ": " + f.message})
		}
	}
	return faults
}

func (c crd) judge(o Object) []fault {
	var faults []fault
	u := o.DeepCopy()
	for _, unknown := range pruning.PruneWithOptions(u.Object, c.structural, true, schema.UnknownFieldPathOptions{TrackUnknownFieldPaths: true}) {
		faults = append(faults, fault{unknown, "unknown field"})
	}
	defaulting.PruneNonNullableNullsWithoutDefaults(u.Object, c.structural)
	defaulting.Default(u.Object, c.structural)
	return append(faults, store(context.Background(), c.strategy, u, u.GetNamespace())...)
}

// load reads the CRDs of some releases.
func load(all []modules.Release) (map[group.GroupVersionKind][]crd, error) {
	out := map[group.GroupVersionKind][]crd{}
	for _, r := range all {
		dir, err := modules.Dir(r.Module, r.Version)
		if err != nil {
			return nil, err
		}
		err = filepath.WalkDir(filepath.Join(dir, filepath.FromSlash(r.Folder)), func(p string, e fs.DirEntry, err error) error {
			if err != nil || e.IsDir() || filepath.Ext(p) != ".yaml" {
				return err
			}
			content, err := os.ReadFile(p)
			if err != nil || !strings.Contains(string(content), "\nkind: CustomResourceDefinition\n") {
				return err
			}
			return compile(r.Name, content, out)
		})
		if err != nil {
			return nil, fmt.Errorf("the CRDs of %s: %w", r.Name, err)
		}
	}
	return out, nil
}

func compile(release string, content []byte, out map[group.GroupVersionKind][]crd) error {
	var d v1.CustomResourceDefinition
	if err := yaml.Unmarshal(content, &d); err != nil {
		return err
	}
	namespaced := d.Spec.Scope == v1.NamespaceScoped
	for _, v := range d.Spec.Versions {
		gvk := group.GroupVersionKind{Group: d.Spec.Group, Version: v.Name, Kind: d.Spec.Names.Kind}
		if v.Schema == nil || !v.Served {
			continue
		}
		var props apiextensions.CustomResourceValidation
		if err := v1.Convert_v1_CustomResourceValidation_To_apiextensions_CustomResourceValidation(v.Schema, &props, nil); err != nil {
			return fmt.Errorf("%s: %w", gvk, err)
		}
		structural, err := schema.NewStructural(props.OpenAPIV3Schema)
		if err != nil {
			return fmt.Errorf("%s: %w", gvk, err)
		}
		validator, _, err := validation.NewSchemaValidator(props.OpenAPIV3Schema)
		if err != nil {
			return fmt.Errorf("%s: %w", gvk, err)
		}
		strategy := customresource.NewStrategy(unstructuredscheme.NewUnstructuredObjectTyper(), namespaced, gvk, validator, nil, structural, nil, nil, nil)
		out[gvk] = append(out[gvk], crd{release, structural, strategy})
	}
	return nil
}
