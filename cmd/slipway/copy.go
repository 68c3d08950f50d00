package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"slipway.dev/cmd/slipway/internal/registry"
)

func newCopy(w world) *cobra.Command {
	var from, to string
	c := &cobra.Command{
		Use:   "copy IMAGE@DIGEST REPOSITORY",
		Short: "Copy an image with its signatures and SBOMs to another registry",
		Long: `Copy brings an image under its digest, all platforms of it, into another repository,
with what refers to it: artifacts such as SBOMs (OCI 1.1), and the tags under which
cosign keeps signatures and attestations. Nothing is built or changed, so the digest
stays what it is; what is there already is not sent again.

Credentials are those of docker login, unless folders are given.`,
		Example: "  slipway copy registry.example.com/dev/checkout@sha256:… registry.example.com/prod/checkout",
		Args:    arguments("IMAGE@DIGEST", "REPOSITORY"),
		RunE: func(c *cobra.Command, args []string) error {
			if to == "" {
				to = from
			}
			return copyImage(c.Context(), w, args[0], args[1], w.registry(login(from)), w.registry(login(to)))
		},
	}
	c.Flags().StringVar(&from, "registry-credentials", "", "a folder with config.json or .dockerconfigjson")
	c.Flags().StringVar(&to, "to-credentials", "", "the same for the registry that is copied to; the one above when not given")
	return c
}

// registry is who speaks to registries, with a folder of credentials.
func (w world) registry(credentials string) registry.Client {
	return registry.Client{Credentials: credentials, HTTP: w.http}
}

// login is the folder that says who we are to registries: the one that is given, or
// docker's, or none.
func login(dir string) string {
	if dir != "" {
		return dir
	}
	if dir = os.Getenv("DOCKER_CONFIG"); dir == "" {
		home, err := os.UserHomeDir()
		if err != nil {
			return ""
		}
		dir = filepath.Join(home, ".docker")
	}
	if _, err := os.Stat(filepath.Join(dir, "config.json")); err != nil {
		return ""
	}
	return dir
}

func copyImage(ctx context.Context, w world, image, repository string, from, to registry.Client) error {
	done, err := registry.Copy(ctx, from, to, image, repository)
	if err != nil {
		return err
	}
	fmt.Fprintf(w.out, "copied %s\n", done.Image)
	for _, tag := range done.Tags {
		fmt.Fprintf(w.out, "  and %s\n", tag)
	}
	if done.Refer > 0 {
		fmt.Fprintf(w.out, "  and %s that refer to it\n", count(done.Refer, "artifact", "artifacts"))
	}
	return nil
}
