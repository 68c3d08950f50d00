package machine

import (
	"context"
	"fmt"
	"net"
	"os"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/client-go/tools/clientcmd"
)

// startArgo starts Argo CD's repository server and application controller, and the redis
// between them. There is no argocd-server: nobody looks.
func (c *Cluster) startArgo(ctx context.Context) error {
	redis, repo := "127.0.0.1:"+c.port(portRedis), "127.0.0.1:"+c.port(portRepoServer)
	password := newToken()
	conf := fmt.Sprintf("bind 127.0.0.1\nport %s\nrequirepass %s\nsave \"\"\nappendonly no\ndir %s\nmaxmemory 128mb\nmaxmemory-policy allkeys-lru\n",
		c.port(portRedis), password, c.path("redis"))
	if err := os.WriteFile(c.path("redis", "redis.conf"), []byte(conf), 0o600); err != nil {
		return err
	}
	// Argo CD trusts a Git server by a file named after its host.
	for _, host := range []string{"127.0.0.1", "localhost", c.podHost()} {
		if err := copyFile(c.CA(), c.path("argocd", "tls", host)); err != nil {
			return err
		}
	}
	for _, d := range []string{"ssh", "gnupg", "plugins"} {
		if err := os.MkdirAll(c.path("argocd", d), 0o700); err != nil {
			return err
		}
	}
	env := []string{
		"KUBECONFIG=" + c.Kubeconfig(),
		"REDIS_PASSWORD=" + password,
		"ARGOCD_TLS_DATA_PATH=" + c.path("argocd", "tls"),
		"ARGOCD_SSH_DATA_PATH=" + c.path("argocd", "ssh"),
		"ARGOCD_PLUGINSOCKFILEPATH=" + c.path("argocd", "plugins"),
		"ARGOCD_GNUPGHOME=" + c.path("argocd", "gnupg"),
		"ARGOCD_GPG_ENABLED=false",
		"ARGOCD_FAKE_IN_CLUSTER=true", // https://kubernetes.default.svc is what KUBECONFIG says
	}
	err := c.Start(Process{Name: "redis", Path: "redis-server", Args: []string{c.path("redis", "redis.conf")}})
	if err != nil {
		return err
	}
	if err := c.Wait(ctx, "redis", dials(redis)); err != nil {
		return err
	}
	err = c.Start(Process{
		Name: "argocd-repo-server",
		Path: "argocd",
		Args: []string{
			"--address=127.0.0.1", "--port=" + c.port(portRepoServer), "--disable-tls",
			"--metrics-address=127.0.0.1", "--metrics-port=" + c.port(portRepoServerMetrics),
			"--redis=" + redis,
			"--parallelismlimit=4",
		},
		Env:    append(env, "ARGOCD_BINARY_NAME=argocd-repo-server"),
		Memory: "512MiB",
	})
	if err != nil {
		return err
	}
	err = c.Start(Process{
		Name: "argocd-controller",
		Path: "argocd",
		Args: []string{
			"--kubeconfig=" + c.Kubeconfig(), "--namespace=argocd",
			"--metrics-port=" + c.port(portArgoController),
			"--redis=" + redis,
			"--repo-server=" + repo, "--repo-server-plaintext",
			"--app-resync=10",
			"--status-processors=8", "--operation-processors=4", "--kubectl-parallelism-limit=4",
		},
		Env:    append(env, "ARGOCD_BINARY_NAME=argocd-application-controller"),
		Memory: "768MiB",
	})
	if err != nil {
		return err
	}
	if err := c.Wait(ctx, "argocd-repo-server", dials(repo)); err != nil {
		return err
	}
	return c.Wait(ctx, "argocd-controller", c.answers("http://127.0.0.1:"+c.port(portArgoController)+"/healthz"))
}

// StartNotifications starts Argo CD's notifications controller. Its metrics, which it serves
// on every address, go to a port that nobody knows.
func (c *Cluster) StartNotifications(ctx context.Context) error {
	config, err := clientcmd.LoadFromFile(c.Kubeconfig())
	if err != nil {
		return err
	}
	for _, known := range config.Contexts {
		known.Namespace = "argocd" // its flag for that is read and forgotten
	}
	kubeconfig := c.path("argocd", "notifications-kubeconfig")
	if err := clientcmd.WriteToFile(*config, kubeconfig); err != nil {
		return err
	}
	return c.Start(Process{
		Name: "argocd-notifications",
		Path: "argocd",
		Args: []string{"--kubeconfig=" + kubeconfig, "--metrics-port=0",
			"--argocd-repo-server=127.0.0.1:" + c.port(portRepoServer), "--argocd-repo-server-plaintext"},
		Env: []string{"KUBECONFIG=" + kubeconfig, "ARGOCD_BINARY_NAME=argocd-notifications",
			"ARGOCD_TLS_DATA_PATH=" + c.path("argocd", "tls"), "ARGOCD_SSH_DATA_PATH=" + c.path("argocd", "ssh")},
	})
}

// argoSettings fills in what argocd-server would, or an administrator.
func argoSettings(_ *Cluster, u *unstructured.Unstructured) {
	switch u.GetName() {
	case "argocd-secret":
		unstructured.SetNestedField(u.Object, newToken(), "stringData", "server.secretkey")
	case "argocd-cm":
		// The controller looks at Git this often.
		unstructured.SetNestedField(u.Object, "10s", "data", "timeout.reconciliation")
		unstructured.SetNestedField(u.Object, "0s", "data", "timeout.reconciliation.jitter")
		// As docs/argocd.md asks for with 2.14: by label, Tekton's own ConfigMap would
		// belong to an Application "default".
		unstructured.SetNestedField(u.Object, "annotation", "data", "application.resourceTrackingMethod")
	}
}

// dials returns a check for Wait: that somebody listens.
func dials(address string) func(context.Context) error {
	return func(ctx context.Context) error {
		conn, err := (&net.Dialer{}).DialContext(ctx, "tcp", address)
		if err != nil {
			return err
		}
		return conn.Close()
	}
}
