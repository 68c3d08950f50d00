package machine

import (
	"bytes"
	"context"
	_ "embed"
	"os"
	"path/filepath"
)

//go:embed chains.yaml
var chainsManifests []byte

// StartChains starts Tekton Chains, which signs what runs have built, also those that ended
// before, with a key that `cosign generate-key-pair` made.
func (c *Cluster) StartChains(ctx context.Context, key []byte, password string) error {
	objects, err := decode(bytes.NewReader(chainsManifests))
	if err != nil {
		panic(err) // chains.yaml is ours
	}
	if err := c.apply(ctx, objects); err != nil {
		return err
	}
	secret := c.path("tmp", chainsSecret) // processes work in tmp
	if err := os.MkdirAll(secret, 0o700); err != nil {
		return err
	}
	for name, text := range map[string][]byte{"cosign.key": key, "cosign.password": []byte(password)} {
		if err := os.WriteFile(filepath.Join(secret, name), text, 0o600); err != nil {
			return err
		}
	}
	err = c.Start(Process{
		Name: "chains",
		Path: "chains-controller",
		Args: []string{"--kubeconfig=" + c.Kubeconfig()},
		Env:  c.knative("tekton-chains", "-chains", "chains", portChainsMetrics),
	})
	if err != nil {
		return err
	}
	return c.Wait(ctx, "chains", c.answers("http://127.0.0.1:"+c.port(portChainsMetrics)+"/metrics"))
}
