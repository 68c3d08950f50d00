package machine

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// edit replaces a piece of a dependency's source while its programs are built.
type edit struct {
	module, file string
	old, new     string
}

// edits make servers listen on loopback and on ports of our own whose addresses are
// written into the programs: in their containers each has the machine for itself, here
// they would take each other's ports and answer the network. Nothing else is changed.
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
	"rollouts": {
		{"github.com/argoproj/argo-rollouts", "controller/controller.go", `"0.0.0.0:%d"`, `"127.0.0.1:%d"`},
	},
}

// writeOverlay writes the edited sources below dir, and the file that go build -overlay
// takes, whose path it returns. An edit that does not find its place is an error: a new
// version of the dependency needs another look.
func writeOverlay(ctx context.Context, root, module, dir string) (string, error) {
	replace := map[string]string{}
	for _, e := range edits[module] {
		from, err := dependency(ctx, filepath.Join(root, module), e.module)
		if err != nil {
			return "", err
		}
		original := filepath.Join(from, e.file)
		edited, ok := replace[original]
		if !ok {
			edited = filepath.Join(dir, e.module, e.file)
			replace[original] = edited
			if err := copyFile(original, edited); err != nil {
				return "", err
			}
		}
		if err := e.apply(edited); err != nil {
			return "", err
		}
	}
	data, err := json.Marshal(map[string]any{"Replace": replace})
	if err != nil {
		panic(err)
	}
	file := filepath.Join(dir, "overlay.json")
	return file, os.WriteFile(file, data, 0o600)
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
