package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"slipway.dev/cmd/slipway/internal/kubeapi"
)

// releaseRun is a PipelineRun as the API server answers.
func releaseRun(name, second, asked, by, succeeded string) string {
	return fmt.Sprintf(`{"metadata":{"name":%q,"creationTimestamp":"2026-03-12T09:12:%sZ","annotations":{"slipway.dev/superseded-by":%q}},"spec":{"status":%q},"status":{"conditions":[{"type":"Succeeded","status":%q}]}}`, name, second, by, asked, succeeded)
}

// inEnvironment is a run that was given an environment.
func inEnvironment(run, env string) string {
	return strings.Replace(run, `"spec":{`, `"spec":{"params":[{"name":"environment","value":"`+env+`"}],`, 1)
}

func TestFailuresAndRecoveriesAreTold(t *testing.T) {
	t.Parallel()
	this := releaseRun("cart-3", "30", "", "", "Unknown")
	ok, bad, stopped := releaseRun("cart-2", "20", "", "", "True"), releaseRun("cart-2", "20", "", "", "False"), releaseRun("cart-2", "20", "Cancelled", "", "False")
	older, newer := releaseRun("cart-1", "10", "", "", "False"), releaseRun("cart-4", "40", "", "", "False")
	for _, c := range []struct {
		name    string
		runs    []string
		edit    func(*reported)
		state   string // of the commit
		message string // to people; empty: none
	}{
		{"the first success", []string{this}, nil, "success", ""},
		{"a success after a success", []string{this, ok, older}, nil, "success", ""},
		{"a recovery", []string{this, bad}, nil, "success", "release of cart works again: commit 5b3a712ab85c, run ci-shop/cart-3"},
		{"a recovery after a cancelled run", []string{this, stopped, older}, nil, "success", "works again"},
		{"a success while a newer one failed", []string{this, ok, newer}, nil, "success", ""},
		{"a failure", []string{this, ok}, func(r *reported) { r.failed, r.unfinished = "unit scan", "release" }, "failure", "release of cart failed in unit scan: commit 5b3a712ab85c"},
		{"a failure after a failure", []string{this, bad}, func(r *reported) { r.failed = "unit" }, "failure", "failed in unit"},
		{"nothing ran", []string{this}, func(r *reported) { r.unfinished = "clone unit" }, "failure", "did not run: clone unit"},
		{"superseded", []string{releaseRun("cart-3", "30", "CancelledRunFinally", "cart-4", "Unknown"), bad}, func(r *reported) { r.failed = "unit" }, "error", ""},
		{"cancelled by a person", []string{releaseRun("cart-3", "30", "CancelledRunFinally", "", "Unknown"), ok}, func(r *reported) { r.failed = "unit" }, "error", ""},
		{"it has begun", []string{this, bad}, func(r *reported) { r.pending = true }, "pending", ""},
		{"an impact", []string{this, bad}, func(r *reported) { r.impact = "prod: 1 restart" }, "success: slipway/cart-impact is prod: 1 restart", ""},
		{"a pull request", []string{this}, func(r *reported) { r.kind, r.failed = "pull-request", "unit" }, "failure", ""},
		{"a failure where it is deployed", []string{inEnvironment(this, "dev")}, func(r *reported) { r.kind, r.failed = "verify", "smoke" }, "failure", "verify of cart in dev failed in smoke: commit 5b3a712ab85c"},
		{"a success after a failure in another environment", []string{inEnvironment(this, "dev"), inEnvironment(bad, "test")}, func(r *reported) { r.kind = "verify" }, "success", ""},
		{"a recovery where it is deployed", []string{inEnvironment(this, "dev"), inEnvironment(bad, "dev")}, func(r *reported) { r.kind = "verify" }, "success", "verify of cart in dev works again"},
		{"the API does not answer", nil, func(r *reported) { r.failed = "unit" }, "failure", "failed in unit"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			var state, message string
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				body, err := io.ReadAll(r.Body)
				if err != nil {
					t.Error(err)
				}
				said := map[string]any{}
				switch {
				case strings.HasPrefix(r.URL.Path, "/apis/") && c.runs == nil:
					w.WriteHeader(http.StatusForbidden)
				case strings.HasPrefix(r.URL.Path, "/apis/"):
					fmt.Fprintf(w, `{"items":[%s]}`, strings.Join(c.runs, ","))
				case strings.HasPrefix(r.URL.Path, "/repos/acme/cart/statuses/5b3a"):
					json.Unmarshal(body, &said)
					state = fmt.Sprint(said["state"])
					if said["context"] == "slipway/cart-impact" {
						state = fmt.Sprintf("%s: %s is %s", state, said["context"], said["description"])
					}
				case r.URL.Path == "/hook":
					json.Unmarshal(body, &said)
					message += fmt.Sprint(said["text"])
				default:
					t.Errorf("asked for %s", r.URL)
				}
			}))
			defer server.Close()
			dir := t.TempDir()
			for name, text := range map[string]string{"token": "secret\n", "chat": server.URL + "/hook\n"} {
				if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			r := reported{
				run: "ci-shop/cart-3", service: "cart", kind: "release", revision: "5b3a712ab85ccb8f6f7cd5b720d36ba9a8d041eb",
				host: "github", api: server.URL, project: "acme/cart", tokenFile: filepath.Join(dir, "token"),
				notify: "slack:chat webhook:nobody", messages: dir, channel: "#shop",
			}
			if c.edit != nil {
				c.edit(&r)
			}
			var out bytes.Buffer
			api, err := kubeapi.At(server.URL, "t", "")
			if err != nil {
				t.Fatal(err)
			}
			tellOf(context.Background(), world{out: &out}, api, server.Client(), r)
			if state != c.state {
				t.Errorf("the commit is %q, expected %q", state, c.state)
			}
			if c.message == "" && message != "" || !strings.Contains(message, c.message) {
				t.Errorf("told %q, expected %q\n%s", message, c.message, out.String())
			}
			if strings.Contains(out.String(), "/hook") || strings.Contains(out.String(), "secret") {
				t.Errorf("a secret is told: %s", out.String())
			}
		})
	}
}
