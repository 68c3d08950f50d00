package node

import (
	"encoding/json"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"strings"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	kubelet "k8s.io/kubelet/config/v1beta1"
	"sigs.k8s.io/yaml"

	"slipway.dev/golden/cluster/machine"
)

// configure writes what containerd, its network plugin and the kubelet read.
func (n node) configure(c *machine.Cluster) error {
	registry, own := c.PodRegistryAddr(), registryOf(machine.Image("any"))
	kubeletConfig, err := yaml.Marshal(n.kubelet(c))
	if err != nil {
		return err
	}
	network, err := n.network(c.Bridge)
	if err != nil {
		return err
	}
	for _, f := range []struct {
		path string
		mode os.FileMode
		text []byte
	}{
		{"node.sh", 0o700, script},
		{"containerd.toml", 0o600, []byte(n.containerd())},
		{"kubelet.yaml", 0o600, kubeletConfig},
		{"resolv.conf", 0o644, nil}, // of pods that want none of the cluster's names
		{"cni/10-slipway.conflist", 0o600, network},
		// Images that were made on this machine are in its registry under another name.
		{filepath.Join("hosts", registry, "hosts.toml"), 0o600, hosts(registry, c.CA())},
		{filepath.Join("hosts", own, "hosts.toml"), 0o600, hosts(registry, c.CA())},
	} {
		path := n.path(f.path)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			return err
		}
		if err := os.WriteFile(path, f.text, f.mode); err != nil {
			return err
		}
	}
	return nil
}

func registryOf(image string) string {
	host, _, _ := strings.Cut(image, "/")
	return host
}

// containerd is in the format of version 1.6. Its socket is where it is by default, in the
// node's own /run.
func (n node) containerd() string {
	return fmt.Sprintf(`version = 2
root = %q
state = "/run/containerd"

[plugins."io.containerd.internal.v1.opt"]
  path = %q

[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = %q
  # Lowering it needs CAP_SYS_RESOURCE, which root of a virtual machine or container may lack.
  restrict_oom_score_adj = true
  disable_tcp_service = true

  [plugins."io.containerd.grpc.v1.cri".cni]
    bin_dir = "/usr/lib/cni"
    conf_dir = %q

  [plugins."io.containerd.grpc.v1.cri".registry]
    config_path = %q

  [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]
    runtime_type = "io.containerd.runc.v2"
    [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc.options]
      SystemdCgroup = false
`, n.path("containerd"), n.path("opt"), machine.Image("pause"), n.path("cni"), n.path("hosts"))
}

// hosts says where containerd finds a registry, and whom it trusts there.
func hosts(address, ca string) []byte {
	return fmt.Appendf(nil, `server = "https://%[1]s"

[host."https://%[1]s"]
  capabilities = ["pull", "resolve"]
  ca = %[2]q
`, address, ca)
}

// kubelet listens on loopback only and lets nobody in: nobody asks it anything.
func (n node) kubelet(c *machine.Cluster) *kubelet.KubeletConfiguration {
	no := false
	return &kubelet.KubeletConfiguration{
		TypeMeta:           metav1.TypeMeta{APIVersion: kubelet.SchemeGroupVersion.String(), Kind: "KubeletConfiguration"},
		Address:            "127.0.0.1",
		Port:               int32(c.Port + machine.PortNode),
		HealthzBindAddress: "127.0.0.1",
		HealthzPort:        ptr(int32(c.Port + machine.PortNode + 1)),
		Authentication: kubelet.KubeletAuthentication{
			Anonymous: kubelet.KubeletAnonymousAuthentication{Enabled: &no},
			Webhook:   kubelet.KubeletWebhookAuthentication{Enabled: &no},
		},
		Authorization:            kubelet.KubeletAuthorization{Mode: kubelet.KubeletAuthorizationModeAlwaysAllow},
		ContainerRuntimeEndpoint: "unix:///run/containerd/containerd.sock",
		CgroupDriver:             "cgroupfs",
		CgroupRoot:               n.group.pods(),
		EnforceNodeAllocatable:   []string{"none"},
		FailSwapOn:               &no,
		MakeIPTablesUtilChains:   &no,
		ResolverConfig:           ptr(n.path("resolv.conf")),
		ClusterDNS:               []string{c.Bridge},
		ClusterDomain:            "cluster.local",
		PodLogsDir:               n.path("logs"),
		VolumePluginDir:          n.path("plugins"),
		MaxPods:                  50,
		SerializeImagePulls:      &no,
		// A machine that is used for other things may be fuller than a server should be.
		EvictionHard:                map[string]string{"memory.available": "50Mi", "nodefs.available": "0%", "nodefs.inodesFree": "0%", "imagefs.available": "0%", "imagefs.inodesFree": "0%"},
		ImageGCHighThresholdPercent: ptr(int32(100)),
	}
}

// network is the configuration of Debian's CNI plugins (containernetworking-plugins): the
// bridge exists, so that no plugin makes it, switches forwarding on or translates addresses.
func (n node) network(address string) ([]byte, error) {
	gateway, err := netip.ParseAddr(address)
	if err != nil {
		return nil, fmt.Errorf("the cluster's bridge: %w", err)
	}
	type ipam struct {
		Type    string                `json:"type"`
		DataDir string                `json:"dataDir"`
		Ranges  [][]map[string]string `json:"ranges"`
	}
	type plugin struct {
		Type   string `json:"type"`
		Bridge string `json:"bridge,omitempty"`
		IPMasq *bool  `json:"ipMasq,omitempty"`
		IPAM   *ipam  `json:"ipam,omitempty"`
	}
	masked, err := gateway.Prefix(24)
	if err != nil {
		return nil, err
	}
	no := false
	return json.Marshal(struct {
		Version string   `json:"cniVersion"`
		Name    string   `json:"name"`
		Plugins []plugin `json:"plugins"`
	}{"0.4.0", n.bridge(), []plugin{{
		Type: "bridge", Bridge: n.bridge(), IPMasq: &no,
		IPAM: &ipam{
			Type: "host-local", DataDir: n.path("addresses"),
			// The machine has the first address, which host-local would give away.
			Ranges: [][]map[string]string{{{"subnet": masked.String(), "gateway": address}}},
		},
	}}})
}

func ptr[T any](v T) *T { return &v }
