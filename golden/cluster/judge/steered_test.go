package judge

import (
	"fmt"
	"strings"
	"testing"
	"testing/fstest"

	argo "github.com/argoproj/argo-cd/v2/pkg/apis/application/v1alpha1"
	"github.com/argoproj/argo-cd/v2/util/argo/normalizers"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/yaml"

	"slipway.dev/compiler/intake"
	"slipway.dev/golden/systems"
	"slipway.dev/targets"
)

// Argo CD heals what differs from Git, and Argo Rollouts changes objects of a mesh that are in
// Git: amid a canary they are, to Argo CD's own normalizer, what Git says.
func TestACanaryIsNotTakenBack(t *testing.T) {
	t.Parallel()
	s := systems.Rollouts()
	r, err := intake.Import(s.Files, intake.Options{Sources: s.Sources, By: "ada", Now: "2026-01-01T00:00:00Z", Compiler: targets.Options()})
	if err != nil {
		t.Fatal(err)
	}
	fleet := fstest.MapFS{}
	for _, f := range r.Files {
		fleet[f.Path] = &fstest.MapFile{Data: f.Content}
	}
	files, _ := written(t, fleet, true)
	var app argo.Application
	for name, content := range files {
		if strings.HasSuffix(name, "/applications/production/catalog.yaml") {
			if err := yaml.UnmarshalStrict(content, &app); err != nil {
				t.Fatal(err)
			}
		}
	}
	n, err := normalizers.NewIgnoreNormalizer(app.Spec.IgnoreDifferences, nil, normalizers.IgnoreNormalizerOpts{})
	if err != nil {
		t.Fatal(err)
	}
	normal := func(format string, args ...any) string {
		o := &unstructured.Unstructured{}
		if err := yaml.Unmarshal(fmt.Appendf(nil, format, args...), &o.Object); err != nil {
			t.Fatal(err)
		}
		if err := n.Normalize(o); err != nil {
			t.Fatal(err)
		}
		out, err := o.MarshalJSON()
		if err != nil {
			t.Fatal(err)
		}
		return string(out)
	}
	const service = `{apiVersion: networking.istio.io/v1, kind: VirtualService, metadata: {name: catalog}, spec: {http: [%s{name: primary, route: [{destination: {host: %s}, weight: %d}]}]}}`
	const rule = `{apiVersion: networking.istio.io/v1, kind: DestinationRule, metadata: {name: catalog}, spec: {subsets: [{name: canary, labels: {app: %s}}]}}`
	git := normal(service, "", "catalog", 100)
	if live := normal(service, "{name: by-header, route: [{destination: {host: catalog}}]}, ", "catalog", 60); live != git {
		t.Errorf("a step of a canary would be taken back:\n%s\n%s", git, live)
	}
	if other := normal(service, "", "catalogue", 100); other == git {
		t.Error("another host would not be brought")
	}
	if git, live := normal(rule, "catalog"), normal(rule, "catalog, rollouts-pod-template-hash: 5f4d"); live != git {
		t.Errorf("the pods of a canary would be taken back:\n%s\n%s", git, live)
	}
}
