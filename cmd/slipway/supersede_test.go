package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"slipway.dev/cmd/slipway/internal/kubeapi"
)

// pullRequestRun is a PipelineRun as the API server answers.
func pullRequestRun(name, created, number, asked, succeeded string) string {
	return fmt.Sprintf(`{"metadata":{"name":%q,"creationTimestamp":"2026-03-12T09:12:%sZ"},"spec":{"status":%q,"params":[{"name":"revision","value":"5b3a"},{"name":"number","value":%q},{"name":"list","value":["a"]}]},"status":{"conditions":[{"type":"Succeeded","status":%q}]}}`, name, created, asked, number, succeeded)
}

func TestOnlyOlderRunsOfThePullRequestThatAreNotOverAreCancelled(t *testing.T) {
	t.Parallel()
	var cancelled []string
	api := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") != "Bearer the-token" {
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		at, ok := strings.CutPrefix(r.URL.Path, "/apis/tekton.dev/v1/namespaces/ci-shop-pr/pipelineruns")
		switch {
		case ok && r.Method == http.MethodGet && at == "":
			labels := strings.Split(r.URL.Query().Get("labelSelector"), ",")
			slices.Sort(labels)
			if got := strings.Join(labels, " "); got != "app.kubernetes.io/component=pull-request app.kubernetes.io/name=cart" {
				t.Errorf("asked for %q", got)
			}
			fmt.Fprintf(w, `{"items":[%s]}`, strings.Join([]string{
				pullRequestRun("cart-old", "01", "12", "", "Unknown"),
				pullRequestRun("cart-same-a", "40", "12", "", "Unknown"),
				pullRequestRun("cart-same-m", "40", "12", "", "Unknown"), // this one
				pullRequestRun("cart-same-z", "40", "12", "", "Unknown"),
				pullRequestRun("cart-new", "50", "12", "", "Unknown"),
				pullRequestRun("cart-other", "02", "13", "", "Unknown"),
				pullRequestRun("cart-over", "03", "12", "", "True"),
				pullRequestRun("cart-failed", "04", "12", "", "False"),
				pullRequestRun("cart-cancelled", "05", "12", "Cancelled", "Unknown"),
			}, ","))
		case ok && r.Method == http.MethodPatch:
			body, err := io.ReadAll(r.Body)
			if err != nil || !json.Valid(body) || r.Header.Get("Content-Type") != "application/merge-patch+json" {
				t.Errorf("%s %s", body, r.Header)
			}
			if got := string(body); got != `{"metadata":{"annotations":{"slipway.dev/superseded-by":"cart-same-m"}},"spec":{"status":"CancelledRunFinally"}}` {
				t.Errorf("patched with %s", got)
			}
			cancelled = append(cancelled, strings.TrimPrefix(at, "/"))
			fmt.Fprint(w, `{}`)
		default:
			w.WriteHeader(http.StatusNotFound)
		}
	}))
	defer api.Close()
	var out bytes.Buffer
	as := func(token string) *kubeapi.Client {
		c, err := kubeapi.At(api.URL, token, "")
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	if err := supersede(context.Background(), world{out: &out}, as("the-token"), "ci-shop-pr", "cart-same-m", "cart", "12"); err != nil {
		t.Fatal(err)
	}
	if want := []string{"cart-old", "cart-same-a"}; !slices.Equal(cancelled, want) {
		t.Errorf("cancelled %q, want %q\n%s", cancelled, want, out.String())
	}
	if err := supersede(context.Background(), world{out: &out}, as("another"), "ci-shop-pr", "cart-same-m", "cart", "12"); err == nil || !strings.Contains(err.Error(), "Unauthorized") {
		t.Errorf("%v", err)
	}
}

func TestASupersedeOutsideOfAClusterFailsNothing(t *testing.T) {
	t.Setenv("KUBERNETES_SERVICE_HOST", "")
	var out bytes.Buffer
	w := world{in: strings.NewReader(""), out: &out, err: &out}
	if code := run(context.Background(), w, []string{"supersede", "--run", "a/b", "--service", "cart", "--number", "12"}); code != exitOK {
		t.Errorf("exit code %d: %s", code, out.String())
	}
	if !strings.Contains(out.String(), "no pod of a cluster") {
		t.Error(out.String())
	}
}
