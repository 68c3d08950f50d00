// Package modules finds the folders of Go modules that hold more than Go: CRDs and install
// manifests. The modules need not be in any go.mod: two versions of Argo CD cannot be.
package modules

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
)

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
