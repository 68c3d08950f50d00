// Package modules finds the folders of Go modules that hold more than Go: CRDs and install
// manifests. The modules need not be in any go.mod: two versions of Argo CD cannot be.
package modules

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
)

// Release is a version of a program that clusters run, and where its module keeps its CRDs.
type Release struct{ Name, Module, Version, Folder string }

// Operators are those whose kinds specs and imported manifests speak of, by API group. None of
// them runs here: their CRDs say what they take.
var Operators = map[string]Release{
	"external-secrets.io":   {"External Secrets v0.16.1", "github.com/external-secrets/external-secrets", "v0.16.1", "config/crds/bases"}, // serves v1 and v1beta1
	"keda.sh":               {"KEDA v2.17.0", "github.com/kedacore/keda/v2", "v2.17.0", "config/crd/bases"},
	"monitoring.coreos.com": {"Prometheus operator v0.80.1", "github.com/prometheus-operator/prometheus-operator", "v0.80.1", "example/prometheus-operator-crd"},
}

// Dir is the folder of a module's version in the module cache. It is downloaded when it is
// not there; else neither network nor go.mod is touched.
func Dir(path, version string) (string, error) {
	cmd := exec.Command("go", "mod", "download", "-json", path+"@"+version)
	cmd.Dir = os.TempDir() // outside all modules: nobody's go.sum grows
	out, err := cmd.Output()
	var m struct{ Dir, Error string }
	if e := json.Unmarshal(out, &m); e != nil {
		m.Error = fmt.Sprint(err)
	}
	if m.Error != "" {
		return "", fmt.Errorf("download %s@%s: %s", path, version, m.Error)
	}
	return m.Dir, nil
}
