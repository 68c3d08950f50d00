package main

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"time"

	"slipway.dev/catalog/deployed"
)

// argoReader reads Applications through the API server that has them.
type argoReader struct {
	dir       string // with server, token and ca.crt, as a Secret is mounted
	namespace string
	client    *http.Client // made when it is first needed
}

// read is an Application by its name; nil when there is none.
func (a *argoReader) read(ctx context.Context, name string) (*deployed.Application, error) {
	server, err := os.ReadFile(filepath.Join(a.dir, "server"))
	if err != nil {
		return nil, err
	}
	token, err := os.ReadFile(filepath.Join(a.dir, "token"))
	if err != nil {
		return nil, err
	}
	if a.client == nil {
		if err := a.connect(); err != nil {
			return nil, err
		}
	}
	url := strings.TrimRight(strings.TrimSpace(string(server)), "/") + "/apis/argoproj.io/v1alpha1/namespaces/" + a.namespace + "/applications/" + name
	if !strings.HasPrefix(url, "https://") {
		return nil, fmt.Errorf("the API server's address does not begin with https://")
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return nil, err
	}
	req.Header.Set("Authorization", "Bearer "+strings.TrimSpace(string(token)))
	res, err := a.client.Do(req)
	if err != nil {
		return nil, fmt.Errorf("read the Application: %w", err)
	}
	defer res.Body.Close()
	switch res.StatusCode {
	case http.StatusOK:
	case http.StatusNotFound:
		return nil, nil
	default:
		return nil, fmt.Errorf("read the Application %s: the API server answers %s", name, res.Status)
	}
	text, err := io.ReadAll(io.LimitReader(res.Body, 32<<20))
	if err != nil {
		return nil, fmt.Errorf("read the Application: %w", err)
	}
	return deployed.Parse(text)
}

func (a *argoReader) connect() error {
	t := http.DefaultTransport.(*http.Transport).Clone()
	ca, err := os.ReadFile(filepath.Join(a.dir, "ca.crt"))
	if err == nil {
		pool := x509.NewCertPool()
		if !pool.AppendCertsFromPEM(ca) {
			return fmt.Errorf("%s holds no certificate", filepath.Join(a.dir, "ca.crt"))
		}
		t.TLSClientConfig = &tls.Config{RootCAs: pool, MinVersion: tls.VersionTLS12}
	} else if !os.IsNotExist(err) {
		return err
	}
	a.client = &http.Client{Timeout: 30 * time.Second, Transport: t}
	return nil
}
