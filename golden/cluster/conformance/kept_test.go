package conformance

import (
	"testing"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

func TestAPodHasTheClaimsOfItsStatefulSet(t *testing.T) {
	t.Parallel()
	template := map[string]any{
		"metadata": map[string]any{"labels": map[string]any{"app": "rows"}},
		"spec":     map[string]any{"containers": []any{map[string]any{"name": "rows", "volumeMounts": []any{map[string]any{"name": "data", "mountPath": "/data"}}}}},
	}
	set := &unstructured.Unstructured{Object: map[string]any{
		"apiVersion": "apps/v1", "kind": "StatefulSet", "metadata": map[string]any{"name": "rows", "namespace": "shop"},
		"spec": map[string]any{
			"template":             template,
			"volumeClaimTemplates": []any{map[string]any{"metadata": map[string]any{"name": "data"}}},
		},
	}}
	pod, err := podOf(set)
	if err != nil {
		t.Fatal(err)
	}
	volumes, _, err := unstructured.NestedSlice(pod.Object, "spec", "volumes")
	if err != nil || len(volumes) != 1 || pod.GetNamespace() != "shop" || pod.GetLabels()["app"] != "rows" {
		t.Errorf("%v, %v", pod.Object, err)
	}
	if _, there := template["spec"].(map[string]any)["volumes"]; there {
		t.Error("the StatefulSet itself changed")
	}
	service := &unstructured.Unstructured{Object: map[string]any{"apiVersion": "v1", "kind": "Service"}}
	if pod, err := podOf(service); pod != nil || err != nil {
		t.Errorf("a Service makes the pod %v, %v", pod, err)
	}
}
