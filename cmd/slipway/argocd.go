package main

import (
	"context"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"

	"slipway.dev/catalog/deployed"
	"slipway.dev/cmd/slipway/internal/kubeapi"
)

// argoReader reads Applications through the API server that has them.
type argoReader struct {
	dir       string // with server, token and ca.crt, as a Secret is mounted
	namespace string
	api       *kubeapi.Client // made when it is first needed
}

// read is an Application by its name; nil when there is none.
func (a *argoReader) read(ctx context.Context, name string) (*deployed.Application, error) {
	if a.api == nil {
		if err := a.connect(); err != nil {
			return nil, err
		}
	}
	app := &deployed.Application{}
	err := a.api.Get(ctx, applicationsPath(a.namespace)+"/"+url.PathEscape(name), app)
	if kubeapi.NotFound(err) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read the Application: %w", err)
	}
	return app, nil
}

func (a *argoReader) connect() error {
	server, err := os.ReadFile(filepath.Join(a.dir, "server"))
	if err != nil {
		return err
	}
	token, err := os.ReadFile(filepath.Join(a.dir, "token"))
	if err != nil {
		return err
	}
	at := strings.TrimSpace(string(server))
	if !strings.HasPrefix(at, "https://") {
		return fmt.Errorf("the API server's address does not begin with https://")
	}
	ca := filepath.Join(a.dir, "ca.crt") // without one, those of the machine count
	if _, err := os.Stat(ca); os.IsNotExist(err) {
		ca = ""
	}
	a.api, err = kubeapi.At(at, strings.TrimSpace(string(token)), ca)
	return err
}

// applicationsPath is where the API server has the Applications of a namespace.
func applicationsPath(namespace string) string {
	return "/apis/argoproj.io/v1alpha1/namespaces/" + url.PathEscape(namespace) + "/applications"
}
