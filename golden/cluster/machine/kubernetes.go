package machine

import (
	"context"
	"fmt"
	"net/netip"
	"os"
)

// startEtcd starts the store. Only who shows a certificate of the cluster's authority can
// talk to it. It does not wait for the disk: the data do not outlive the cluster.
func (c *Cluster) startEtcd(ctx context.Context) error {
	client, peer := "https://127.0.0.1:"+c.port(portEtcd), "https://127.0.0.1:"+c.port(portEtcdPeer)
	err := c.Start(Process{
		Name: "etcd",
		Path: "etcd",
		Args: []string{
			"--name=slipway",
			"--data-dir=" + c.path("etcd"),
			"--listen-client-urls=" + client, "--advertise-client-urls=" + client,
			"--listen-peer-urls=" + peer, "--initial-advertise-peer-urls=" + peer,
			"--initial-cluster=slipway=" + peer,
			"--client-cert-auth", "--trusted-ca-file=" + c.CA(),
			"--cert-file=" + c.path("pki", "server.crt"), "--key-file=" + c.path("pki", "server.key"),
			"--peer-client-cert-auth", "--peer-trusted-ca-file=" + c.CA(),
			"--peer-cert-file=" + c.path("pki", "server.crt"), "--peer-key-file=" + c.path("pki", "server.key"),
			"--quota-backend-bytes=1073741824",
			"--snapshot-count=10000",
			"--unsafe-no-fsync",
		},
		Memory: "512MiB",
	})
	if err != nil {
		return err
	}
	return c.Wait(ctx, "etcd", c.answers(client+"/health"))
}

// startAPI starts the API server with all admission that is on by default: Pod Security,
// service accounts, webhooks. It never says where it is to clients in the cluster, for they
// could not reach loopback.
func (c *Cluster) startAPI(ctx context.Context) error {
	line := fmt.Sprintf("%s,admin,admin,system:masters\n", c.token("admin-token"))
	if err := os.WriteFile(c.path("tokens.csv"), []byte(line), 0o600); err != nil {
		return err
	}
	err := c.Start(Process{
		Name: "kube-apiserver",
		Path: "kube-apiserver",
		Args: []string{
			"--bind-address=127.0.0.1", "--advertise-address=127.0.0.1", "--secure-port=" + c.port(portAPI),
			"--endpoint-reconciler-type=none",
			"--etcd-servers=https://127.0.0.1:" + c.port(portEtcd),
			"--etcd-cafile=" + c.CA(),
			"--etcd-certfile=" + c.path("pki", "admin.crt"), "--etcd-keyfile=" + c.path("pki", "admin.key"),
			"--client-ca-file=" + c.CA(), "--token-auth-file=" + c.path("tokens.csv"),
			"--tls-cert-file=" + c.path("pki", "server.crt"), "--tls-private-key-file=" + c.path("pki", "server.key"),
			"--kubelet-client-certificate=" + c.path("pki", "admin.crt"),
			"--kubelet-client-key=" + c.path("pki", "admin.key"),
			"--service-account-issuer=https://kubernetes.default.svc",
			"--service-account-key-file=" + c.path("pki", "accounts.key"),
			"--service-account-signing-key-file=" + c.path("pki", "accounts.key"),
			"--service-cluster-ip-range=" + c.serviceRange(),
			"--authorization-mode=Node,RBAC",
			"--enable-admission-plugins=NodeRestriction",
			"--allow-privileged",
			"--profiling=false",
		},
		Memory: "1500MiB",
	})
	if err != nil {
		return err
	}
	return c.Wait(ctx, "kube-apiserver", c.answers(c.URL()+"/readyz"))
}

// serviceRange is where Services get their addresses, which nothing here routes. The first
// is the API server's own, by which pods look for it: where there is a node, the range begins
// so that this is the machine's address on the bridge.
func (c *Cluster) serviceRange() string {
	if a, err := netip.ParseAddr(c.Bridge); err == nil {
		return netip.PrefixFrom(a, 24).Masked().String()
	}
	return "10.251.0.0/20"
}

// startControllerManager starts it without the controllers that give nodes addresses. It
// reads JSON, not protobuf: the metrics that autoscaling wants are custom resources here.
func (c *Cluster) startControllerManager(ctx context.Context) error {
	err := c.Start(Process{
		Name: "kube-controller-manager",
		Path: "kube-controller-manager",
		Args: []string{
			"--kubeconfig=" + c.Kubeconfig(),
			"--kube-api-content-type=application/json",
			"--bind-address=127.0.0.1", "--secure-port=" + c.port(portControllerManager),
			"--tls-cert-file=" + c.path("pki", "server.crt"), "--tls-private-key-file=" + c.path("pki", "server.key"),
			"--leader-elect=false",
			"--controllers=*,-node-ipam-controller,-node-route-controller,-cloud-node-lifecycle-controller,-service-lb-controller",
			"--root-ca-file=" + c.CA(),
			"--service-account-private-key-file=" + c.path("pki", "accounts.key"),
			"--use-service-account-credentials",
			"--horizontal-pod-autoscaler-sync-period=5s",
			"--profiling=false",
		},
		Memory: "512MiB",
	})
	if err != nil {
		return err
	}
	return c.Wait(ctx, "kube-controller-manager", c.answers("https://127.0.0.1:"+c.port(portControllerManager)+"/healthz"))
}

func (c *Cluster) startScheduler(ctx context.Context) error {
	err := c.Start(Process{
		Name: "kube-scheduler",
		Path: "kube-scheduler",
		Args: []string{
			"--kubeconfig=" + c.Kubeconfig(),
			"--bind-address=127.0.0.1", "--secure-port=" + c.port(portScheduler),
			"--tls-cert-file=" + c.path("pki", "server.crt"), "--tls-private-key-file=" + c.path("pki", "server.key"),
			"--leader-elect=false",
			"--profiling=false",
		},
	})
	if err != nil {
		return err
	}
	return c.Wait(ctx, "kube-scheduler", c.answers("https://127.0.0.1:"+c.port(portScheduler)+"/healthz"))
}
