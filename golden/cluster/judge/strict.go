package judge

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"

	argocd "github.com/argoproj/argo-cd/v2/pkg/apis/application/v1alpha1"
	tekton "github.com/tektoncd/pipeline/pkg/apis/pipeline/v1"
	triggers "github.com/tektoncd/triggers/pkg/apis/triggers/v1beta1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	serializer "k8s.io/apimachinery/pkg/runtime/serializer/json"
	utiljson "k8s.io/apimachinery/pkg/util/json"
	kubernetes "k8s.io/client-go/kubernetes/scheme"
	gateway "sigs.k8s.io/gateway-api/apis/v1"
	kjson "sigs.k8s.io/json"
	"sigs.k8s.io/kustomize/api/types"
)

// Strict decodes every document into the Go type of its kind, as an API server does with
// fieldValidation=Strict: unknown, misspelt and repeated fields and wrong types are errors.
// Patches and components of kustomize are documents like others.
func Strict() Judge {
	scheme := runtime.NewScheme()
	for _, add := range []func(*runtime.Scheme) error{
		kubernetes.AddToScheme, tekton.AddToScheme, triggers.AddToScheme, argocd.AddToScheme, gateway.Install,
	} {
		if err := add(scheme); err != nil {
			panic(err) // two kinds of one name
		}
	}
	j := strict{scheme, serializer.NewSerializerWithOptions(serializer.DefaultMetaFactory, scheme, scheme, serializer.SerializerOptions{Strict: true}), newVerdicts()}
	return Judge{Name: "strict", Reads: j.reads, Judge: j.judge}
}

type strict struct {
	scheme  *runtime.Scheme
	decoder runtime.Decoder
	known   verdicts
}

func (j strict) reads(d Document) bool {
	return isKustomization(d) || j.scheme.Recognizes(schema.FromAPIVersionAndKind(apiVersion(d), fmt.Sprint(d.Object["kind"])))
}

func (j strict) judge(t *Tree) []Finding {
	var found []Finding
	patches := patchFiles(t)
	for _, d := range t.Documents {
		if !j.reads(d) {
			continue
		}
		for _, f := range j.known.once(sum(d.json, fmt.Append(nil, patches[d.File])), func() []fault { return j.decode(d, patches[d.File]) }) {
			found = append(found, Finding{Judge: "strict", File: d.File, Object: d.Name(), Message: f.message})
		}
	}
	return found
}

func (j strict) decode(d Document, patch bool) []fault {
	if isKustomization(d) {
		return decodeKustomization(d)
	}
	text := d.json
	if patch {
		text = withoutDirectives(text)
	}
	_, _, err := j.decoder.Decode(text, nil, nil)
	return faultsOf(err)
}

// decodeKustomization asks kustomize itself, and beside it the exact decoder: kustomize's
// own takes fields in any case.
func decodeKustomization(d Document) []fault {
	var exact types.Kustomization
	unknown, err := kjson.UnmarshalStrict(d.json, &exact)
	faults := faultsOf(errors.Join(append(unknown, err)...))
	if len(faults) > 0 {
		return faults
	}
	var own types.Kustomization
	if err := own.Unmarshal(d.YAML); err != nil {
		return faultsOf(err)
	}
	for _, message := range own.EnforceFields() {
		faults = append(faults, fault{message: message})
	}
	return faults
}

func isKustomization(d Document) bool {
	return path.Dir(apiVersion(d)) == "kustomize.config.k8s.io"
}

func apiVersion(d Document) string { return fmt.Sprint(d.Object["apiVersion"]) }

// patchFiles are the files that kustomizations apply as patches.
func patchFiles(t *Tree) map[string]bool {
	files := map[string]bool{}
	for _, d := range t.Documents {
		var k types.Kustomization
		if !isKustomization(d) || k.Unmarshal(d.YAML) != nil {
			continue
		}
		for _, p := range k.Patches {
			files[path.Join(path.Dir(d.File), p.Path)] = true
		}
	}
	return files
}

// withoutDirectives takes out what a strategic merge patch says about merging: the
// $-fields of Kubernetes' sig-api-machinery/strategic-merge-patch.md are no fields of any type.
func withoutDirectives(text []byte) []byte {
	if !bytes.Contains(text, []byte(`"$`)) {
		return text
	}
	var object any
	err := utiljson.Unmarshal(text, &object)
	if err == nil {
		text, err = json.Marshal(undirected(object))
	}
	if err != nil {
		panic(err) // it was JSON a moment ago
	}
	return text
}

func undirected(v any) any {
	switch v := v.(type) {
	case map[string]any:
		for _, key := range slices.Sorted(maps.Keys(v)) {
			name, _, _ := strings.Cut(key, "/")
			if slices.Contains([]string{"$patch", "$retainKeys", "$setElementOrder", "$deleteFromPrimitiveList"}, name) {
				delete(v, key)
				continue
			}
			v[key] = undirected(v[key])
		}
	case []any:
		for i := range v {
			v[i] = undirected(v[i])
		}
		// What only says that the rest is replaced is no item.
		return slices.DeleteFunc(v, func(item any) bool { m, ok := item.(map[string]any); return ok && len(m) == 0 })
	}
	return v
}
