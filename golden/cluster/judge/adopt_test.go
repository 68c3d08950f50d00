package judge

import (
	"fmt"
	"io/fs"
	"os"
	"slices"
	"testing"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/kubernetes/pkg/api/legacyscheme"
	"sigs.k8s.io/yaml"

	"slipway.dev/golden/fleets"
	"slipway.dev/targets/adopt"
	"slipway.dev/targets/kube"
	target "slipway.dev/targets/kustomize"
)

// TestWhatKubernetesFillsInIsNoDifference has the API server's own functions fill in what our
// objects leave out, as they would be read back from a cluster, and wants a hand-over of
// these to change nothing: whoever applied them before, and whether he said it all or not.
func TestWhatKubernetesFillsInIsNoDifference(t *testing.T) {
	t.Parallel()
	compared := map[string]int{}
	judge := func(name string, i int, ours, live kube.Node) {
		h, err := adopt.New(adopt.Target{Namespace: ours.Get("metadata", "namespace").Text}, []kube.Node{ours}, []kube.Node{live})
		if err != nil {
			t.Errorf("%s: %v", name, err)
			return
		}
		compared[ours.Get("kind").Text]++
		for _, c := range h.Changes {
			t.Errorf("%s, case %d: %v", name, i, c)
		}
	}
	for _, fleet := range append(slices.Clone(examples), "generated") {
		var specs fs.FS = fleets.Generate(40, 7)
		if fleet != "generated" {
			specs = os.DirFS("../../../examples/" + fleet)
		}
		_, meaning := written(t, specs, true)
		for _, s := range meaning.Services {
			for _, i := range s.Instances {
				if !i.Deployed() || i.Chart != nil {
					continue
				}
				for _, ours := range target.Render(i) {
					name := fmt.Sprintf("%s in %s: %s/%s", s.Name, i.Env.Name, ours.Get("kind").Text, ours.Get("metadata", "name").Text)
					filled, ok := filledIn(t, ours)
					if !ok {
						continue
					}
					short, whole := filled.Clone(), filled.Clone()
					short.Set(kube.Str("1"), "metadata", "uid")
					judge(name, 1, ours, short) // applied by others
					said(t, &short, ours)
					judge(name, 2, ours, short) // applied as we do
					whole.Set(kube.Str("1"), "metadata", "uid")
					said(t, &whole, filled)
					judge(name, 3, ours, whole)  // all of it was said
					judge(name, 4, ours, filled) // the same, as a manifest
				}
			}
		}
	}
	for _, kind := range []string{"Deployment", "StatefulSet", "Service", "ConfigMap", "NetworkPolicy", "HorizontalPodAutoscaler", "Ingress", "PodDisruptionBudget", "ServiceAccount", "CronJob", "Job"} {
		if compared[kind] == 0 {
			t.Errorf("no %s was compared", kind)
		}
	}
}

// filledIn is an object with the API server's defaults; false for kinds of others.
func filledIn(t *testing.T, n kube.Node) (kube.Node, bool) {
	var u unstructured.Unstructured
	if err := yaml.Unmarshal(kube.Encode(n), &u.Object); err != nil {
		t.Fatal(err)
	}
	gvk := schema.FromAPIVersionAndKind(n.Get("apiVersion").Text, n.Get("kind").Text)
	if !legacyscheme.Scheme.Recognizes(gvk) {
		return kube.Node{}, false
	}
	typed, err := legacyscheme.Scheme.New(gvk)
	if err == nil {
		err = runtime.DefaultUnstructuredConverter.FromUnstructured(u.Object, typed)
	}
	if err != nil {
		t.Fatal(err)
	}
	legacyscheme.Scheme.Default(typed)
	object, err := runtime.DefaultUnstructuredConverter.ToUnstructured(typed)
	if err != nil {
		t.Fatal(err)
	}
	object["apiVersion"], object["kind"] = n.Get("apiVersion").Text, n.Get("kind").Text
	out, err := yaml.Marshal(object)
	if err != nil {
		t.Fatal(err)
	}
	docs, err := kube.Decode(out)
	if err != nil {
		t.Fatal(err)
	}
	return docs[0], true
}

// said writes on an object what kubectl apply would.
func said(t *testing.T, live *kube.Node, what kube.Node) {
	j, err := yaml.YAMLToJSON(kube.Encode(what))
	if err != nil {
		t.Fatal(err)
	}
	live.Set(kube.Str(string(j)), "metadata", "annotations", "kubectl.kubernetes.io/last-applied-configuration")
}
