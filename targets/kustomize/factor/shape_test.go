package factor

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"sigs.k8s.io/kustomize/kyaml/openapi"
	"sigs.k8s.io/kustomize/kyaml/yaml"
)

// emitted are the kinds that targets write; those without a shape must have no
// merged lists, or be unknown to kustomize.
var emitted = []string{
	"v1 Pod", "apps/v1 Deployment", "apps/v1 StatefulSet", "apps/v1 DaemonSet", "batch/v1 Job", "batch/v1 CronJob",
	"v1 Service", "v1 ServiceAccount", "v1 ConfigMap", "v1 PersistentVolumeClaim",
	"autoscaling/v2 HorizontalPodAutoscaler", "policy/v1 PodDisruptionBudget",
	"networking.k8s.io/v1 NetworkPolicy", "networking.k8s.io/v1 Ingress", "gateway.networking.k8s.io/v1 HTTPRoute",
	"rbac.authorization.k8s.io/v1 Role", "rbac.authorization.k8s.io/v1 RoleBinding", "argoproj.io/v1alpha1 Rollout",
}

func TestShapesAreWhatKustomizeMerges(t *testing.T) {
	t.Parallel()
	for kind := range shapes {
		if !slices.Contains(emitted, kind) {
			t.Errorf("%s has a shape and is not among the emitted kinds", kind)
		}
	}
	for _, kind := range emitted {
		apiVersion, name, _ := strings.Cut(kind, " ")
		want := map[string]string{}
		if s := openapi.SchemaForResourceType(yaml.TypeMeta{APIVersion: apiVersion, Kind: name}); s != nil {
			mergedLists(s, "", want)
		}
		got := map[string]string{}
		shapeLists(shapes[kind], "", got)
		if !maps.Equal(got, want) {
			t.Errorf("%s:\nshape     %v\nkustomize %v", kind, got, want)
		}
	}
}

// mergedLists collects the lists that kustomize merges, without finalizers and
// ownerReferences (string sets, and never written by us), ephemeral containers
// and what lies below a volume (claim templates' metadata).
func mergedLists(s *openapi.ResourceSchema, path string, out map[string]string) {
	if slices.Contains([]string(s.Schema.Type), "array") {
		if strategy, keys := s.PatchStrategyAndKeyList(); strings.HasPrefix(strategy, "merge") {
			out[path] = strings.Join(keys, ",")
		}
		if elem := s.Elements(); elem != nil {
			mergedLists(elem, path+"[]", out)
		}
		return
	}
	for name := range s.Schema.Properties {
		switch name {
		case "status", "metadata", "ephemeralContainers", "ephemeral":
			continue
		}
		if f := s.Field(name); f != nil && strings.Count(path, ".") < 16 {
			mergedLists(f, path+"."+name, out)
		}
	}
}

func shapeLists(s *shape, path string, out map[string]string) {
	if s == nil {
		return
	}
	if s.keys != nil {
		out[path] = strings.Join(s.keys, ",")
	}
	for name, f := range s.fields {
		shapeLists(f, path+"."+name, out)
	}
	shapeLists(s.item, path+"[]", out)
}
