package main

import (
	"fmt"

	ocispec "github.com/opencontainers/image-spec/specs-go/v1"
	"github.com/spf13/cobra"

	"slipway.dev/cmd/slipway/internal/registry"
)

// mostNamed is how many files that are left out are named.
const mostNamed = 20

func newKeep(w world) *cobra.Command {
	var credentials, tag, revision, source string
	c := &cobra.Command{
		Use:   "keep FOLDER REPOSITORY --tag NAME",
		Short: "Keep reports of tests in a registry",
		Long: `Keep pushes the files of a folder into a repository of a registry, as one archive,
reports.tar.gz, under a tag: the last task of a run does so with what tests reported, under
the run's name. Any client of OCI artifacts gets it.

Tests wrote what is in the folder: links are not followed, and what is no plain file is left
out, as is what exceeds 5000 files or 64 MiB. An empty folder leaves nothing to keep.

Credentials are those of docker login, unless a folder is given.`,
		Example: "  slipway keep out/reports registry.example.com/reports/checkout --tag checkout-release-x7k2p\n  oras pull registry.example.com/reports/checkout:checkout-release-x7k2p",
		Args:    arguments("FOLDER", "REPOSITORY"),
		RunE: func(c *cobra.Command, args []string) error {
			about := map[string]string{}
			for name, value := range map[string]string{ocispec.AnnotationRevision: revision, ocispec.AnnotationSource: source} {
				if value != "" {
					about[name] = value
				}
			}
			kept, err := registry.Keep(c.Context(), w.registry(login(credentials)), args[0], args[1], tag, about)
			if err != nil {
				return err
			}
			for i, name := range kept.Left {
				if i == mostNamed {
					fmt.Fprintf(w.err, "and %d more are left out\n", len(kept.Left)-i)
					break
				}
				fmt.Fprintf(w.err, "left out, no plain file or too much: %q\n", name)
			}
			if kept.Image == "" {
				_, err = fmt.Fprintln(w.out, "there is nothing to keep")
				return err
			}
			_, err = fmt.Fprintf(w.out, "kept %s as %s\n", count(kept.Files, "file", "files"), kept.Image)
			return err
		},
	}
	c.Flags().StringVar(&tag, "tag", "", "what they are called there")
	c.Flags().StringVar(&revision, "revision", "", "the commit that was tested")
	c.Flags().StringVar(&source, "source", "", "the address of the repository that the commit is of")
	c.Flags().StringVar(&credentials, "registry-credentials", "", "a folder with config.json or .dockerconfigjson")
	required(c, "tag")
	return c
}
