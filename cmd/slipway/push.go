package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"slipway.dev/cmd/slipway/internal/registry"
)

func newPush(w world) *cobra.Command {
	var credentials string
	var tags []string
	c := &cobra.Command{
		Use:   "push LAYOUT REPOSITORY",
		Short: "Push an image that lies in a folder or a tar file",
		Long: `Push brings the image of an OCI image layout, a folder or a tar file, into a repository
of a registry, and says its digest. Jib, buildpacks and others write such layouts without
a credential; who pushes them runs nothing of what they hold. Links that lead out of the
layout are not followed, and the tag "latest" is refused: it says nothing of an image.

Credentials are those of docker login, unless a folder is given.`,
		Example: "  slipway push target/jib-image.tar registry.example.com/dev/checkout --tags 0123abc",
		Args:    arguments("LAYOUT", "REPOSITORY"),
		RunE: func(c *cobra.Command, args []string) error {
			image, err := registry.Push(c.Context(), w.registry(login(credentials)), args[0], args[1], tags)
			if err != nil {
				return err
			}
			_, err = fmt.Fprintf(w.out, "pushed %s\n", image)
			return err
		},
	}
	c.Flags().StringSliceVar(&tags, "tags", nil, "tags for people, separated by commas")
	c.Flags().StringVar(&credentials, "registry-credentials", "", "a folder with config.json or .dockerconfigjson")
	return c
}

func newPull(w world) *cobra.Command {
	var credentials string
	c := &cobra.Command{
		Use:   "pull IMAGE@DIGEST FOLDER",
		Short: "Fetch an image into a folder",
		Long: `Pull fetches an image under its digest into a new folder, as an OCI image layout: of an
image for several platforms, the one of this machine. Nothing of it is run.

Credentials are those of docker login, unless a folder is given.`,
		Example: "  slipway pull registry.example.com/base/java@sha256:… layout",
		Args:    arguments("IMAGE@DIGEST", "FOLDER"),
		RunE: func(c *cobra.Command, args []string) error {
			digest, err := registry.Pull(c.Context(), w.registry(login(credentials)), args[0], args[1])
			if err != nil {
				return err
			}
			_, err = fmt.Fprintf(w.out, "pulled %s\n", digest)
			return err
		},
	}
	c.Flags().StringVar(&credentials, "registry-credentials", "", "a folder with config.json or .dockerconfigjson")
	return c
}
