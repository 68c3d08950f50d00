package argocd_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"k8s.io/apiextensions-apiserver/pkg/apis/apiextensions"
	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/schema"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/schema/pruning"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/validation"
	"k8s.io/apimachinery/pkg/util/validation/field"
	"sigs.k8s.io/yaml"
)

// A crd judges objects as an API server does that has it installed.
type crd struct {
	structural *schema.Structural
	validator  validation.SchemaValidator
}

// loadCRD reads one of the CRDs in the folder of Argo CD's module.
func loadCRD(t *testing.T, file string) crd {
	t.Helper()
	dir, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}", "github.com/argoproj/argo-cd/v2").Output()
	if err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(filepath.Join(strings.TrimSpace(string(dir)), "manifests/crds", file))
	if err != nil {
		t.Fatal(err)
	}
	var def apiextensionsv1.CustomResourceDefinition
	if err := yaml.Unmarshal(data, &def); err != nil {
		t.Fatal(err)
	}
	var props apiextensions.JSONSchemaProps
	if err := apiextensionsv1.Convert_v1_JSONSchemaProps_To_apiextensions_JSONSchemaProps(
		def.Spec.Versions[0].Schema.OpenAPIV3Schema, &props, nil); err != nil {
		t.Fatal(err)
	}
	var c crd
	if c.structural, err = schema.NewStructural(&props); err != nil {
		t.Fatal(err)
	}
	if c.validator, _, err = validation.NewSchemaValidator(&props); err != nil {
		t.Fatal(err)
	}
	return c
}

// findings are what is wrong with an object, unknown fields included.
func (c crd) findings(t *testing.T, body []byte) []string {
	t.Helper()
	var object map[string]any
	if err := yaml.Unmarshal(body, &object); err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, e := range validation.ValidateCustomResource(field.NewPath(""), object, c.validator) {
		out = append(out, e.Error())
	}
	unknown := pruning.PruneWithOptions(object, c.structural, true, schema.UnknownFieldPathOptions{TrackUnknownFieldPaths: true})
	for _, p := range unknown {
		out = append(out, "unknown field "+p)
	}
	return out
}

func TestAPIServersTakeWhatIsEmitted(t *testing.T) {
	t.Parallel()
	applications, projects := loadCRD(t, "application-crd.yaml"), loadCRD(t, "appproject-crd.yaml")
	for name, file := range emit(t, newFleet()) {
		if strings.HasSuffix(name, "settling.yaml") {
			continue // Kubernetes' kinds
		}
		c := applications
		if strings.Contains(string(file.Body), "kind: AppProject\n") {
			c = projects
		}
		for _, f := range c.findings(t, file.Body) {
			t.Errorf("%s: %s", name, f)
		}
	}
	// The judge is alive.
	broken := []byte("spec: {project: 7, destination: {}, source: {repoURL: x}, sauce: {}}\n")
	if got := applications.findings(t, broken); len(got) < 2 {
		t.Errorf("of a number for a project and an unknown field, only %v was found", got)
	}
}
