package judge

import (
	"reflect"
	"slices"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/schema"
	group "k8s.io/apimachinery/pkg/runtime/schema"
)

// What compiler/rollout.go reports as fields that rollouts' pods do not have is what the
// CustomResourceDefinition lacks of Kubernetes' type, and nothing else.
func TestRolloutsDropWhatTheCompilerSays(t *testing.T) {
	t.Parallel()
	all, err := load(releases["argoproj.io"])
	if err != nil {
		t.Fatal(err)
	}
	template := all[group.GroupVersionKind{Group: "argoproj.io", Version: "v1alpha1", Kind: "Rollout"}][0].structural.Properties["spec"].Properties["template"]
	pod := template.Properties["spec"]
	want := []string{
		"pod.resourceClaims.resourceClaimName", "pod.resourceClaims.resourceClaimTemplateName", "pod.resources",
		"pod.securityContext.appArmorProfile", "pod.securityContext.seLinuxChangePolicy", "pod.securityContext.supplementalGroupsPolicy",
	}
	for _, list := range []string{"containers", "ephemeralContainers", "initContainers"} {
		for _, field := range []string{"lifecycle.stopSignal", "resources.claims.request", "securityContext.appArmorProfile", "volumeMounts.recursiveReadOnly"} {
			want = append(want, "pod."+list+"."+field)
		}
	}
	got := lacks(reflect.TypeFor[corev1.PodSpec](), &pod, "pod")
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(got, want) {
		t.Errorf("the CRD lacks\n%s\nand compiler/rollout.go says\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	if metadata := template.Properties["metadata"]; len(metadata.Properties) != 2 {
		t.Errorf("the CRD has more of pods' metadata than labels and annotations: %v", metadata.Properties)
	}
}

// lacks lists the fields of a type that a schema does not have, by their paths.
func lacks(t reflect.Type, s *schema.Structural, path string) []string {
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	var missing []string
	switch {
	case t.Kind() == reflect.Slice && s.Items != nil:
		return lacks(t.Elem(), s.Items, path)
	case t.Kind() == reflect.Map && s.AdditionalProperties != nil && s.AdditionalProperties.Structural != nil:
		return lacks(t.Elem(), s.AdditionalProperties.Structural, path)
	case t.Kind() != reflect.Struct || len(s.Properties) == 0:
		return nil
	}
	for f := range t.NumField() {
		name, _, _ := strings.Cut(t.Field(f).Tag.Get("json"), ",")
		if name == "" {
			missing = append(missing, lacks(t.Field(f).Type, s, path)...)
		} else if below, ok := s.Properties[name]; ok {
			missing = append(missing, lacks(t.Field(f).Type, &below, path+"."+name)...)
		} else {
			missing = append(missing, path+"."+name)
		}
	}
	return missing
}
