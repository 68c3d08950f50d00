package machine

import (
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"
	"time"

	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"
	"k8s.io/client-go/tools/clientcmd/api"
)

// Config is for clients of the API server, with all rights and without a limit of their
// own: the server has one.
func (c *Cluster) Config() (*rest.Config, error) {
	config, err := clientcmd.BuildConfigFromFlags("", c.Kubeconfig())
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", c.Kubeconfig(), err)
	}
	config.QPS = -1
	return config, nil
}

func (c *Cluster) writeKubeconfig() error {
	ca, err := os.ReadFile(c.CA())
	if err != nil {
		return err
	}
	config := api.NewConfig()
	config.Clusters["slipway"] = &api.Cluster{Server: c.URL(), CertificateAuthorityData: ca}
	config.AuthInfos["admin"] = &api.AuthInfo{Token: c.token("admin-token")}
	config.Contexts["slipway"] = &api.Context{Cluster: "slipway", AuthInfo: "admin"}
	config.CurrentContext = "slipway"
	return clientcmd.WriteToFile(*config, c.Kubeconfig())
}

// answers returns a check for Wait: that a URL answers 200 to who shows the administrator's
// certificate and token.
func (c *Cluster) answers(url string) func(context.Context) error {
	return c.answersWith(url, func(t *tls.Config) {})
}

// answersUntrusted is answers for servers that made their own certificate.
func (c *Cluster) answersUntrusted(url string) func(context.Context) error {
	return c.answersWith(url, func(t *tls.Config) {
		t.InsecureSkipVerify = true
		t.Certificates = nil
	})
}

func (c *Cluster) answersWith(url string, change func(*tls.Config)) func(context.Context) error {
	return func(ctx context.Context) error {
		config, err := c.clientTLS()
		if err != nil {
			return err
		}
		change(config)
		ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
		defer cancel()
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
		if err != nil {
			return err
		}
		if strings.HasPrefix(url, c.URL()) {
			req.Header.Set("Authorization", "Bearer "+c.token("admin-token"))
		}
		transport := &http.Transport{TLSClientConfig: config, DisableKeepAlives: true}
		res, err := transport.RoundTrip(req)
		if err != nil {
			return err
		}
		defer res.Body.Close()
		io.Copy(io.Discard, io.LimitReader(res.Body, 1<<20))
		if res.StatusCode != http.StatusOK {
			return fmt.Errorf("%s answers %s", url, res.Status)
		}
		return nil
	}
}
