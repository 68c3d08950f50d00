package adopt

import (
	"fmt"
	"reflect"
	"strings"

	"k8s.io/apimachinery/pkg/util/strategicpatch"
	"sigs.k8s.io/yaml"

	"slipway.dev/compiler/api"
	"slipway.dev/targets/impact"
	"slipway.dev/targets/kube"
)

// applied is what an object that exists becomes when ours is applied, as Argo CD and kubectl
// apply do: what ours says is set, what was said until now and ours does not say goes, and
// everything else stays.
// https://kubernetes.io/docs/tasks/manage-kubernetes-objects/declarative-config/#merge-patch-calculation
func applied(live, ours kube.Node) (kube.Node, error) {
	before := clean(said(live))
	if before.Get("metadata").Exists() {
		before.Set(live.Get("metadata", "namespace"), "metadata", "namespace")
	}
	k, ok := api.Lookup(ours.Get("apiVersion").Text, ours.Get("kind").Text)
	if !ok || k.Type == nil || !builtin(impact.ObjectOf(ours).Group) {
		return overlaid(before, ours, live), nil
	}
	meta, err := strategicpatch.NewPatchMetaFromStruct(reflect.New(k.Type).Interface())
	if err != nil {
		panic("adopt: " + err.Error()) // a type of Kubernetes
	}
	current := toJSON(live)
	patch, err := strategicpatch.CreateThreeWayMergePatch(toJSON(before), toJSON(ours), current, meta, true)
	if err == nil {
		current, err = strategicpatch.StrategicMergePatchUsingLookupPatchMeta(current, patch, meta)
	}
	if err != nil {
		return kube.Node{}, fmt.Errorf("compare %v: %w", impact.ObjectOf(ours), err)
	}
	docs, err := kube.Decode(current)
	if err != nil || len(docs) != 1 {
		panic(fmt.Sprintf("adopt: a merged object does not read: %v", err))
	}
	return docs[0], nil
}

// builtin tells Kubernetes' own groups, whose lists merge by what names their items. Those
// of custom resources are replaced.
func builtin(group string) bool {
	return !strings.Contains(group, ".") || strings.HasSuffix(group, ".k8s.io") && group != "gateway.networking.k8s.io"
}

// overlaid is the same for custom resources.
func overlaid(before, ours, live kube.Node) kube.Node {
	if ours.Kind != kube.Map || live.Kind != kube.Map {
		return ours
	}
	out := live.Clone()
	for _, f := range before.Fields {
		if !ours.Get(f.Key).Exists() && out.Get(f.Key).Exists() {
			out.Set(kube.Node{}, f.Key)
		}
	}
	for _, f := range ours.Fields {
		out.Set(overlaid(before.Get(f.Key), f.Value, live.Get(f.Key)), f.Key)
	}
	return out
}

func toJSON(n kube.Node) []byte {
	j, err := yaml.YAMLToJSON(kube.Encode(n))
	if err != nil {
		panic("adopt: " + err.Error()) // what was encoded reads
	}
	return j
}
