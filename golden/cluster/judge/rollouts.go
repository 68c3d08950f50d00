package judge

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
)

// Rollouts judges what Argo Rollouts reads as its controller and its lint do, by a program
// in the module golden/cluster/rollouts: Argo Rollouts does not build beside the Kubernetes
// of this module. The program is built and asked when a tree holds such kinds.
func Rollouts() Judge {
	program := sync.OnceValues(buildRollouts)
	known := newVerdicts()
	return Judge{
		Name:  "rollouts",
		Reads: func(d Document) bool { return rolloutKinds[d.Kind()] },
		Judge: func(t *Tree) []Finding {
			r := &report{judge: "rollouts"}
			var objects []json.RawMessage
			var first place
			for _, o := range t.Objects() {
				// Services and Ingresses are what a Rollout steers.
				if rolloutKinds[o.Kind()] || o.GetKind() == "Service" || o.GetKind() == "Ingress" {
					text, err := o.MarshalJSON()
					if err != nil {
						continue
					}
					objects = append(objects, text)
				}
				if rolloutKinds[o.Kind()] && first.file == "" {
					first = o.place()
				}
			}
			if first.file == "" {
				return nil
			}
			input, err := json.Marshal(objects)
			if err != nil {
				panic(err) // it was JSON a moment ago
			}
			for _, f := range known.once(sha256.Sum256(input), func() []fault {
				path, err := program()
				if err != nil {
					return faultsOf(err)
				}
				return askRollouts(path, input)
			}) {
				r.add(first, f.path, "%s", f.message)
			}
			return r.found
		},
	}
}

// rolloutKinds are the kinds of Argo Rollouts.
var rolloutKinds = map[string]bool{
	"argoproj.io/v1alpha1 Rollout":                 true,
	"argoproj.io/v1alpha1 AnalysisTemplate":        true,
	"argoproj.io/v1alpha1 ClusterAnalysisTemplate": true,
	"argoproj.io/v1alpha1 AnalysisRun":             true,
	"argoproj.io/v1alpha1 Experiment":              true,
}

// askRollouts has the program judge objects: JSON in, one finding a line out.
func askRollouts(path string, objects []byte) []fault {
	var out, failed bytes.Buffer
	c := exec.Command(path)
	c.Stdin, c.Stdout, c.Stderr = bytes.NewReader(objects), &out, &failed
	if err := c.Run(); err != nil {
		return []fault{{message: fmt.Sprintf("%v: %s", err, failed.Bytes())}}
	}
	var faults []fault
	for line := range strings.Lines(out.String()) {
		at, message, _ := strings.Cut(strings.TrimSpace(line), "\t")
		faults = append(faults, fault{at, message})
	}
	return faults
}

// buildRollouts builds the program into the user's cache, where the next run finds it.
func buildRollouts() (string, error) {
	_, file, _, _ := runtime.Caller(0)
	cache, err := os.UserCacheDir()
	if err != nil {
		return "", err
	}
	path := filepath.Join(cache, "slipway", "judge-rollouts")
	c := exec.Command("go", "build", "-o", path, "./judge")
	c.Dir = filepath.Join(filepath.Dir(file), "..", "rollouts")
	if out, err := c.CombinedOutput(); err != nil {
		return "", fmt.Errorf("build the judge of Argo Rollouts: %w\n%s", err, out)
	}
	return path, nil
}
