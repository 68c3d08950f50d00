package machine

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// edit replaces a piece of a dependency's source while its programs are built.
type edit struct {
	module, file string
	old, new     string
}

// chainsSecret is the folder with the key of Tekton Chains, relative to where processes work.
const chainsSecret = "signing-secrets"

// edits make servers listen on loopback and on ports of our own whose addresses are
// written into the programs: in their containers each has the machine for itself, here
// they would take each other's ports and answer the network; and make the one that reads a
// fixed folder read one of the cluster's. Nothing else is changed.
var edits = map[string][]edit{
	"": {
		// One of any port: nobody asks, the process is watched.
		{"knative.dev/pkg", "injection/health_check.go", `":" + strconv.Itoa(port)`, `"127.0.0.1:" + strconv.Itoa(port-HealthCheckDefaultPort)`},
		{"knative.dev/pkg", "profiling/server.go", `":" + port`, `"127.0.0.1:" + port`},
		{"knative.dev/pkg", "webhook/webhook.go", `fmt.Sprint(":", wh.Options.Port)`, `fmt.Sprint("127.0.0.1:", wh.Options.Port)`},
		{"github.com/tektoncd/pipeline", "cmd/controller/main.go", `http.ListenAndServe(":"+port`, `http.ListenAndServe("127.0.0.1:"+port`},
		{"github.com/tektoncd/pipeline", "cmd/webhook/main.go", `http.ListenAndServe(":"+port`, `http.ListenAndServe("127.0.0.1:"+port`},
		{"github.com/tektoncd/triggers", "cmd/interceptors/main.go", `fmt.Sprintf(":%d", HTTPSPort)`, `fmt.Sprintf("127.0.0.1:%s", os.Getenv("INTERCEPTORS_PORT"))`},
		{"github.com/tektoncd/triggers", "cmd/interceptors/main.go", `"net/http"`, `"net/http"; "os"`},
		{"github.com/tektoncd/triggers", "pkg/adapter/adapter.go", `":" + s.Args.Port`, `"127.0.0.1:" + s.Args.Port`},
		{"github.com/argoproj/argo-cd/v2", "controller/appcontroller.go", `"0.0.0.0:%d"`, `"127.0.0.1:%d"`},
	},
	"chains": {
		{"knative.dev/pkg", "injection/health_check.go", `":" + strconv.Itoa(port)`, `"127.0.0.1:" + strconv.Itoa(port-HealthCheckDefaultPort)`},
		{"knative.dev/pkg", "profiling/server.go", `":" + port`, `"127.0.0.1:" + port`},
		// Its key is in the folder of the cluster, where processes work.
		{"github.com/tektoncd/chains", "pkg/reconciler/taskrun/taskrun.go", `"/etc/signing-secrets"`, `"` + chainsSecret + `"`},
		{"github.com/tektoncd/chains", "pkg/reconciler/pipelinerun/pipelinerun.go", `"/etc/signing-secrets"`, `"` + chainsSecret + `"`},
	},
	"rollouts": {
		{"github.com/argoproj/argo-rollouts", "controller/controller.go", `"0.0.0.0:%d"`, `"127.0.0.1:%d"`},
	},
}

// withEdits writes a go.mod for go build -modfile, by which a module of golden/cluster uses
// edited copies of its dependencies, and returns its path. The copies are in the user's cache
// folder, so that every checkout builds them in the same place and Go's build cache knows
// them again. An edit that does not find its place is an error: a new version of the
// dependency needs another look.
func withEdits(ctx context.Context, root, module, dir string) (string, error) {
	cache, err := os.UserCacheDir()
	if err != nil {
		return "", err
	}
	folder := filepath.Join(root, module)
	byModule := map[string][]edit{}
	for _, e := range edits[module] {
		byModule[e.module] = append(byModule[e.module], e)
	}
	mod, err := os.ReadFile(filepath.Join(folder, "go.mod"))
	if err != nil {
		return "", err
	}
	sum, err := os.ReadFile(filepath.Join(folder, "go.sum"))
	if err != nil {
		return "", err
	}
	for _, path := range slices.Sorted(maps.Keys(byModule)) {
		from, err := dependency(ctx, folder, path)
		if err != nil {
			return "", err
		}
		name := fmt.Sprintf("%s-%x", filepath.Base(from), sha256.Sum256([]byte(from+fmt.Sprint(byModule[path]))))
		to := filepath.Join(cache, "slipway-cluster", name[:len(name)-48])
		if err := editedCopy(from, to, byModule[path]); err != nil {
			return "", err
		}
		mod = fmt.Appendf(mod, "\nreplace %s => %s\n", path, to)
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return "", err
	}
	file := filepath.Join(dir, "go.mod")
	return file, errors.Join(os.WriteFile(file, mod, 0o600), os.WriteFile(filepath.Join(dir, "go.sum"), sum, 0o600))
}

// editedCopy makes a copy of a module with its edits, unless it is there. Files that are not
// edited are links where the file system allows.
func editedCopy(from, to string, edits []edit) error {
	if _, err := os.Stat(to); err == nil {
		return nil
	}
	if err := os.MkdirAll(filepath.Dir(to), 0o755); err != nil {
		return err
	}
	part, err := os.MkdirTemp(filepath.Dir(to), ".part-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(part)
	err = filepath.WalkDir(from, func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(from, name)
		if err != nil {
			return err
		}
		target := filepath.Join(part, rel)
		if d.IsDir() {
			return os.MkdirAll(target, 0o755)
		}
		edited := slices.ContainsFunc(edits, func(e edit) bool { return e.file == filepath.ToSlash(rel) })
		if !edited && os.Link(name, target) == nil {
			return nil
		}
		return copyFile(name, target)
	})
	if err != nil {
		return err
	}
	for _, e := range edits {
		if err := e.apply(filepath.Join(part, filepath.FromSlash(e.file))); err != nil {
			return err
		}
	}
	err = os.Rename(part, to)
	if errors.Is(err, fs.ErrExist) {
		return nil // somebody else made the same
	}
	return err
}

func (e edit) apply(path string) error {
	data, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	if !strings.Contains(string(data), e.old) {
		return fmt.Errorf("%s of %s has no %s to replace", e.file, e.module, e.old)
	}
	return os.WriteFile(path, []byte(strings.ReplaceAll(string(data), e.old, e.new)), 0o600)
}

func copyFile(from, to string) error {
	data, err := os.ReadFile(from)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(to), 0o700); err != nil {
		return err
	}
	return os.WriteFile(to, data, 0o600)
}
