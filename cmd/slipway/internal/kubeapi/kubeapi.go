// Package kubeapi speaks with the API of the cluster that a pod runs in, as far as the tasks
// of pipelines need it: it lists runs and cancels them. A whole client for two requests
// would be most of the program.
package kubeapi

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// Client is what a pod's account may do.
type Client struct {
	URL   string // of the API server, without a slash at the end
	Token string
	HTTP  *http.Client
}

// Account is the folder where a pod finds its account's token.
const Account = "/var/run/secrets/kubernetes.io/serviceaccount"

// InCluster is the client of this pod. getenv and dir are how it finds its surroundings.
func InCluster(getenv func(string) string, dir string) (*Client, error) {
	host, port := getenv("KUBERNETES_SERVICE_HOST"), getenv("KUBERNETES_SERVICE_PORT")
	if host == "" || port == "" {
		return nil, errors.New("this is no pod of a cluster: KUBERNETES_SERVICE_HOST is not set")
	}
	token, err := os.ReadFile(filepath.Join(dir, "token"))
	if err != nil {
		return nil, fmt.Errorf("read the account's token: %w", err)
	}
	ca, err := os.ReadFile(filepath.Join(dir, "ca.crt"))
	if err != nil {
		return nil, fmt.Errorf("read the cluster's authority: %w", err)
	}
	trusted := x509.NewCertPool()
	if !trusted.AppendCertsFromPEM(ca) {
		return nil, errors.New("the cluster's authority is no certificate")
	}
	return &Client{
		URL:   "https://" + net.JoinHostPort(host, port),
		Token: strings.TrimSpace(string(token)),
		HTTP: &http.Client{
			Timeout:   30 * time.Second,
			Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: trusted, MinVersion: tls.VersionTLS12}},
		},
	}, nil
}

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

// Runs are the PipelineRuns of a namespace with these labels.
func (c *Client) Runs(ctx context.Context, namespace string, labels map[string]string) ([]Run, error) {
	var selector []string
	for k, v := range labels {
		selector = append(selector, k+"="+v)
	}
	var list struct{ Items []Run }
	err := c.do(ctx, http.MethodGet, namespace, "?labelSelector="+url.QueryEscape(strings.Join(selector, ",")), "", nil, &list)
	return list.Items, err
}

// Cancel ends a run gracefully: its tasks are stopped, and what runs last still runs. The
// annotation says why.
func (c *Client) Cancel(ctx context.Context, namespace, name, annotation, why string) error {
	patch := map[string]any{
		"metadata": map[string]any{"annotations": map[string]string{annotation: why}},
		"spec":     map[string]any{"status": "CancelledRunFinally"},
	}
	return c.do(ctx, http.MethodPatch, namespace, "/"+url.PathEscape(name), "application/merge-patch+json", patch, nil)
}

// most is more than any answer that makes sense.
const most = 64 << 20

func (c *Client) do(ctx context.Context, method, namespace, rest, content string, body, into any) error {
	var text io.Reader
	if body != nil {
		b, err := json.Marshal(body)
		if err != nil {
			return err
		}
		text = bytes.NewReader(b)
	}
	at := c.URL + "/apis/tekton.dev/v1/namespaces/" + url.PathEscape(namespace) + "/pipelineruns" + rest
	req, err := http.NewRequestWithContext(ctx, method, at, text)
	if err != nil {
		return err
	}
	req.Header.Set("Authorization", "Bearer "+c.Token)
	req.Header.Set("Accept", "application/json")
	if content != "" {
		req.Header.Set("Content-Type", content)
	}
	res, err := c.HTTP.Do(req)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	answer, err := io.ReadAll(io.LimitReader(res.Body, most))
	if err != nil {
		return err
	}
	if res.StatusCode/100 != 2 {
		var status struct{ Message string }
		json.Unmarshal(answer, &status) // whatever it is, the status line says most
		return fmt.Errorf("%s of pipelineruns in %s: %s %s", method, namespace, res.Status, status.Message)
	}
	if into == nil {
		return nil
	}
	return json.Unmarshal(answer, into)
}
