// Package machine runs a Kubernetes control plane with Tekton, Tekton Triggers, Argo CD and
// Argo Rollouts, a Git server and an image registry as ordinary processes of this machine.
// All of it is built from Go modules or comes from the distribution; no image is pulled.
//
// It runs no pods: package machine/node does with a kubelet, package machine/hollow pretends
// to. It knows no scenario.
//
// Everything listens on loopback, on ports of one range, and keeps its data, logs, keys and
// process files in one folder that only the owner can read. Processes outlive the one that
// started them, so that a cluster can be used from several commands; Down finds them again
// by what is written in the folder and by a mark in their environment.
package machine

import (
	"path/filepath"
	"strconv"
)

// Cluster is a control plane that runs, or ran, with its data in one folder.
type Cluster struct {
	// Dir holds all data of this cluster; mode 0700.
	Dir string
	// Bin holds the programs that Build made.
	Bin string
	// Port is the first port of the cluster's range; ports.go says who has which.
	Port int
	// Bridge is the address by which pods on this machine reach the Git server and the
	// registry, beside loopback; empty without a node.
	Bridge string
}

// Kubeconfig is the path of a kubeconfig with all rights.
func (c *Cluster) Kubeconfig() string { return c.path("kubeconfig") }

// URL is the API server's by address. Argo CD knows the cluster by this URL as "first".
func (c *Cluster) URL() string { return "https://127.0.0.1:" + c.port(portAPI) }

// OtherURL is the same API server's by name. Argo CD knows it as another cluster, "second".
func (c *Cluster) OtherURL() string { return "https://localhost:" + c.port(portAPI) }

// PodURL is the API server's as pods reach it.
func (c *Cluster) PodURL() string { return "https://" + c.podHost() + ":" + c.port(portAPI) }

// CA is the path of the certificate, in PEM, of who signed for the API server, the Git
// server and the registry.
func (c *Cluster) CA() string { return c.path("pki", "ca.crt") }

// GitURL is the address of a repository on the Git server, as processes of this machine
// reach it. Reading is free; pushing takes any user name, with GitToken as its password.
func (c *Cluster) GitURL(repository string) string {
	return "https://127.0.0.1:" + c.port(portGit) + "/" + repository
}

// PodGitURL is the same as pods reach it; without a node it is GitURL.
func (c *Cluster) PodGitURL(repository string) string {
	return "https://" + c.podHost() + ":" + c.port(portGit) + "/" + repository
}

// RegistryAddr is host and port of the image registry, for processes of this machine.
// It speaks HTTPS with a certificate of CA.
func (c *Cluster) RegistryAddr() string { return "127.0.0.1:" + c.port(portRegistry) }

// PodRegistryAddr is the same as pods and the container runtime reach it.
func (c *Cluster) PodRegistryAddr() string { return c.podHost() + ":" + c.port(portRegistry) }

func (c *Cluster) podHost() string {
	if c.Bridge != "" {
		return c.Bridge
	}
	return "127.0.0.1"
}

// Log is the path of the output of the process with this name.
func (c *Cluster) Log(name string) string { return c.path("log", name+".log") }

func (c *Cluster) path(elem ...string) string {
	return filepath.Join(append([]string{c.Dir}, elem...)...)
}

func (c *Cluster) port(offset int) string { return strconv.Itoa(c.Port + offset) }
