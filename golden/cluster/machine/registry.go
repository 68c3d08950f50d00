package machine

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"net/http"
	"os"
)

// startRegistry starts the image registry. The Git server's process passes on what pods
// send to it: it listens on one address only.
func (c *Cluster) startRegistry(ctx context.Context) error {
	conf := fmt.Sprintf(`version: 0.1
log: {level: warn}
storage:
  filesystem: {rootdirectory: %q}
  delete: {enabled: true}
  maintenance: {uploadpurging: {enabled: false}}
http:
  addr: %q
  secret: %q
  tls: {certificate: %q, key: %q}
`, c.path("registry"), c.RegistryAddr(), newToken(), c.path("pki", "server.crt"), c.path("pki", "server.key"))
	if err := os.WriteFile(c.path("registry.yaml"), []byte(conf), 0o600); err != nil {
		return err
	}
	err := c.Start(Process{
		Name: "registry",
		Path: "registry",
		Args: []string{"serve", c.path("registry.yaml")},
		Env:  []string{"OTEL_TRACES_EXPORTER=none"},
	})
	if err != nil {
		return err
	}
	return c.Wait(ctx, "registry", c.answers("https://"+c.RegistryAddr()+"/v2/"))
}

// RegistryTransport is for clients of the registry on this machine. It trusts the cluster's authority
// alone; where that cannot be read, nobody.
func (c *Cluster) RegistryTransport() http.RoundTripper {
	trusted := x509.NewCertPool()
	if ca, err := os.ReadFile(c.CA()); err == nil {
		trusted.AppendCertsFromPEM(ca)
	}
	t := http.DefaultTransport.(*http.Transport).Clone()
	t.Proxy, t.TLSClientConfig = nil, &tls.Config{RootCAs: trusted}
	return t
}
