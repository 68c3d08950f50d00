// Package slipway_test holds what is true of the module as a whole.
package slipway_test

import (
	"os/exec"
	"slices"
	"strings"
	"testing"
)

// layers says who may import whom: for each package of the module, the packages of the
// module that it may import, and of the libraries that this fleet is built on, those that
// only some packages may know. A package that is not listed fails the test: say where it
// belongs.
var layers = []struct {
	pkg  string
	may  []string // of this module
	libs []string // of fenced
	why  string
}{
	{"schema", nil, nil, "the schema and its Go mirror; no logic"},
	{"compiler/diag", nil, nil, "knows nothing of what it reports"},
	{"compiler/diag/report", []string{"compiler/diag"}, nil, "rendering is apart from the model"},
	{"compiler/layer", []string{"schema", "compiler/diag"}, nil, "trees, not CUE"},
	{"compiler/api", []string{"compiler/diag", "compiler/layer"}, []string{"k8s", "tekton"}, "what Kubernetes' types say of trees, and Tekton's"},
	{"compiler/load", []string{"schema", "compiler/diag", "compiler/layer"}, []string{"cue"}, "the only package that knows CUE"},
	{"compiler/ir", []string{"compiler/diag"}, nil, "what a fleet means; everybody reads it"},
	{"compiler/plan", []string{"compiler/ir"}, nil, "files as data"},
	{"catalog/versions", []string{"compiler/diag"}, nil, "release records"},
	{"catalog/deployed", nil, nil, "what Argo CD says of a release"},
	{"catalog/tasks", nil, []string{"k8s", "tekton"}, "the task library"},
	{"compiler", []string{"schema", "catalog/versions", "compiler/api", "compiler/diag", "compiler/ir", "compiler/layer", "compiler/load", "compiler/plan"}, []string{"k8s", "dockerfile"}, "the phases; targets are handed in"},
	{"compiler/intake", []string{"schema", "catalog/versions", "compiler", "compiler/api", "compiler/diag", "compiler/layer"}, []string{"cue", "kustomize"}, "manifests to specs: it builds kustomizations, writes CUE, and has the compiler judge what it made"},
	{"targets/kube", nil, []string{"k8s"}, "the one YAML encoder"},
	{"targets/impact", []string{"targets/kube"}, []string{"k8s"}, "what a change does to a cluster"},
	{"targets/adopt", []string{"compiler/api", "targets/impact", "targets/kube"}, []string{"k8s"}, "how what runs is handed over"},
	{"targets/kustomize/factor", []string{"targets/kube"}, nil, "base and patches of any objects"},
	{"targets/kustomize", []string{"compiler/ir", "compiler/plan", "targets/kube", "targets/kustomize/factor"}, []string{"k8s", "kustomize"}, "a target"},
	{"targets/argocd", []string{"compiler/ir", "compiler/plan", "targets/kube"}, []string{"k8s", "argocd"}, "a target"},
	{"targets/graph", []string{"compiler/ir"}, nil, "pictures of the IR"},
	{"targets/tekton", []string{"compiler/ir", "compiler/plan", "targets/graph", "targets/kube", "catalog/tasks"}, []string{"k8s", "tekton"}, "a target"},
	{"targets/platform", []string{"compiler/ir", "compiler/plan", "targets/kube"}, []string{"k8s"}, "a target"},
	{"targets/runbook", []string{"compiler/ir", "compiler/plan", "targets/graph"}, nil, "a target"},
	{"targets", []string{"catalog/tasks", "compiler", "compiler/plan", "targets/kustomize", "targets/argocd", "targets/platform", "targets/runbook", "targets/tekton"}, nil, "the list of targets"},
	{"cmd/slipway/internal/disk", []string{"compiler/plan"}, nil, "the one place that writes"},
	{"cmd/slipway/internal/registry", nil, nil, "the one place that speaks to image registries"},
	{"cmd/slipway/internal/registry/registrytest", nil, nil, "a registry for tests"},
	{"cmd/slipway/internal/pact", nil, nil, "the one place that speaks to a Pact Broker"},
	{"cmd/slipway/internal/pact/pacttest", nil, nil, "a Pact Broker for tests"},
	{"cmd/slipway/internal/kubeapi", nil, []string{"k8s"}, "the one place that asks clusters"},
	{"cmd/slipway/internal/doctor", []string{"cmd/slipway/internal/kubeapi", "compiler/ir", "compiler/plan", "targets/kube", "targets/tekton"}, nil, "what clusters lack"},
	{"cmd/slipway/internal/land", nil, nil, "the one place that pushes"},
	{"cmd/slipway/internal/tell", nil, nil, "what is said outside of the cluster"},
	{"cmd/slipway", []string{"*"}, []string{"*"}, "flags, files, exit codes"},
	{"golden/fleets", []string{"*"}, nil, "makes fleets for tests and benchmarks"},
	{"golden/systems", []string{"*"}, nil, "manifests for tests to import"},
	{"golden/phases", []string{"*"}, nil, "takes the time of the compiler's phases"},
	{"golden/bench", []string{"*"}, nil, "a command: make bench"},
	{"golden/roundtrip", []string{"*"}, []string{"k8s", "kustomize"}, "a command: make roundtrip"},
}

// fenced are libraries by import path prefix, which only the packages above may import.
var fenced = map[string][]string{
	"cue":        {"cuelang.org/"},
	"k8s":        {"k8s.io/", "sigs.k8s.io/gateway-api", "github.com/prometheus-operator/", "github.com/argoproj/argo-rollouts/"},
	"tekton":     {"github.com/tektoncd/"},
	"argocd":     {"github.com/argoproj/argo-cd/", "github.com/argoproj/gitops-engine/"},
	"kustomize":  {"sigs.k8s.io/kustomize/"},
	"dockerfile": {"github.com/moby/buildkit/"},
	"cobra":      {"github.com/spf13/cobra"},
}

// surroundings are packages that only commands may import: clock, disk, network, processes.
var surroundings = []string{"os", "os/exec", "os/user", "net", "net/http", "math/rand", "math/rand/v2"}

func TestPackagesImportOnlyWhatTheirLayerAllows(t *testing.T) {
	t.Parallel()
	out, err := exec.Command("go", "list", "-f", `{{.ImportPath}} {{join .Imports " "}}`, "./...").Output()
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(out)) {
		fields := strings.Fields(line)
		pkg := strings.TrimPrefix(strings.TrimPrefix(fields[0], "slipway.dev"), "/")
		if pkg == "" || strings.HasPrefix(pkg, "golden") && len(fields) == 1 {
			continue // tests only
		}
		k := slices.IndexFunc(layers, func(l struct {
			pkg  string
			may  []string
			libs []string
			why  string
		}) bool {
			return l.pkg == pkg
		})
		if k < 0 {
			t.Errorf("package %s has no layer: add it to the list, with who it may import and why", pkg)
			continue
		}
		l := layers[k]
		for _, imp := range fields[1:] {
			if inner, ok := strings.CutPrefix(imp, "slipway.dev/"); ok {
				if !slices.Contains(l.may, inner) && !slices.Contains(l.may, "*") {
					t.Errorf("%s (%s) imports %s", pkg, l.why, inner)
				}
				continue
			}
			for lib, prefixes := range fenced {
				for _, p := range prefixes {
					if strings.HasPrefix(imp, p) && !slices.Contains(l.libs, lib) && !slices.Contains(l.libs, "*") {
						t.Errorf("%s (%s) imports %s", pkg, l.why, imp)
					}
				}
			}
			if slices.Contains(surroundings, imp) && !strings.HasPrefix(pkg, "cmd/") && pkg != "golden/bench" && pkg != "golden/roundtrip" {
				t.Errorf("%s imports %s: only commands touch disk, network, processes and chance", pkg, imp)
			}
		}
	}
}
