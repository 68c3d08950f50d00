package kubeapi

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// Run is a PipelineRun, as far as anybody here asks.
type Run struct {
	Metadata struct {
		Name              string            `json:"name"`
		CreationTimestamp time.Time         `json:"creationTimestamp"`
		Annotations       map[string]string `json:"annotations"`
	} `json:"metadata"`
	Spec struct {
		Status string `json:"status"` // what was asked for: Cancelled, CancelledRunFinally, …
		Params []struct {
			Name  string          `json:"name"`
			Value json.RawMessage `json:"value"`
		} `json:"params"`
	} `json:"spec"`
	Status struct {
		CompletionTime *time.Time `json:"completionTime"`
		Conditions     []struct {
			Type, Status, Reason string
		} `json:"conditions"`
	} `json:"status"`
}

// Param is the text of a parameter; empty when it has none of that name.
func (r *Run) Param(name string) (text string) {
	for _, p := range r.Spec.Params {
		if p.Name == name {
			json.Unmarshal(p.Value, &text) // a list is no text
		}
	}
	return text
}

// Succeeded says how a run ended; done is false for one that has not.
func (r *Run) Succeeded() (ok, done bool) {
	for _, c := range r.Status.Conditions {
		if c.Type == "Succeeded" {
			return c.Status == "True", c.Status == "True" || c.Status == "False"
		}
	}
	return false, false
}

// Before says whether a run was created before another; names decide within a second.
func (r *Run) Before(other *Run) bool {
	a, b := r.Metadata.CreationTimestamp, other.Metadata.CreationTimestamp
	return a.Before(b) || a.Equal(b) && r.Metadata.Name < other.Metadata.Name
}

// Named finds a run; nil when it is not there.
func Named(runs []Run, name string) *Run {
	for i := range runs {
		if runs[i].Metadata.Name == name {
			return &runs[i]
		}
	}
	return nil
}

func runs(namespace string) string {
	return "/apis/tekton.dev/v1/namespaces/" + url.PathEscape(namespace) + "/pipelineruns"
}

// Runs are the PipelineRuns of a namespace with these labels.
func (c *Client) Runs(ctx context.Context, namespace string, labels map[string]string) ([]Run, error) {
	var selector []string
	for k, v := range labels {
		selector = append(selector, k+"="+v)
	}
	var list struct{ Items []Run }
	err := c.Get(ctx, runs(namespace)+"?labelSelector="+url.QueryEscape(strings.Join(selector, ",")), &list)
	return list.Items, err
}

// Cancel ends a run gracefully: its tasks are stopped, and what runs last still runs. The
// annotation says why.
func (c *Client) Cancel(ctx context.Context, namespace, name, annotation, why string) error {
	patch, err := json.Marshal(map[string]any{
		"metadata": map[string]any{"annotations": map[string]string{annotation: why}},
		"spec":     map[string]any{"status": "CancelledRunFinally"},
	})
	if err != nil {
		return err
	}
	path := runs(namespace) + "/" + url.PathEscape(name)
	req, err := http.NewRequestWithContext(ctx, http.MethodPatch, c.server+path, bytes.NewReader(patch))
	if err != nil {
		return err
	}
	req.Header.Set("Content-Type", "application/merge-patch+json")
	return c.do(req, path, nil)
}
