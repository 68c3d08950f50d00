package main

import (
	"context"
	"fmt"
	"path"
	"strings"

	"github.com/spf13/cobra"

	"slipway.dev/catalog/versions"
	"slipway.dev/cmd/slipway/internal/registry"
	"slipway.dev/compiler"
	"slipway.dev/compiler/ir"
)

func newVerify(w world) *cobra.Command {
	var r remote
	var image, commit, credentials string
	c := &cobra.Command{
		Use:   "verify SERVICE --image REF@DIGEST --commit SHA",
		Short: "Tell whether an image may be released as a service",
		Long: `Verify is what the promoter asks before it releases anything: whether the image has
the service's name in the registry of its first environment and is there under its
digest, and whether the commit is on the branch of the service's source. What a
request says of itself is not believed; the fleet says what the service is.`,
		Example: "  slipway verify checkout --image registry.example.com/shop/checkout@sha256:… --commit $(git rev-parse HEAD)",
		Args:    arguments("SERVICE"),
		RunE: func(c *cobra.Command, args []string) error {
			s, err := r.newSources()
			if err != nil {
				return err
			}
			defer s.close()
			return r.read(c.Context(), func(f *checkout) error {
				svc, err := oneService(w, f.dir, args[0])
				if err != nil {
					return err
				}
				return verify(c.Context(), w, svc, image, commit, s, registry.Client{Credentials: credentials})
			})
		},
	}
	c.Flags().StringVar(&image, "image", "", "the image, by digest")
	c.Flags().StringVar(&commit, "commit", "", "the commit that it was built from, as a full SHA")
	c.Flags().StringVar(&credentials, "registry-credentials", "", "a folder with .dockerconfigjson or config.json")
	r.flags(c.Flags())
	for _, name := range []string{"image", "commit"} {
		if err := c.MarkFlagRequired(name); err != nil {
			panic(err)
		}
	}
	return c
}

// oneService compiles one service of a fleet without writing anything.
func oneService(w world, dir, name string) (*ir.Service, error) {
	f, err := openFleet(dir)
	if err != nil {
		return nil, err
	}
	defer f.root.Close()
	o, stop := watched(w, f)
	o.Targets, o.Services = nil, []string{name}
	res, err := compiler.Compile(f.fs(), o)
	stop()
	if err != nil {
		return nil, readable(f, err)
	}
	newPrinter(w, f, "text").diagnostics(res.Diags.All())
	if res.Diags.HasErrors() {
		return nil, exit(exitFindings)
	}
	return res.Fleet.Services[0], nil
}

// verify holds an image and a commit against what the fleet says of the service.
func verify(ctx context.Context, w world, svc *ir.Service, image, commit string, s *sources, images registry.Client) error {
	no := func(format string, args ...any) error {
		fmt.Fprintf(w.err, format+"\n", args...)
		return exit(exitFindings)
	}
	if svc.Build == nil || svc.Source == nil || len(svc.RunsIn) == 0 {
		return no("others build the image of %s, so nothing is released for it", svc.Name)
	}
	if !versions.Digest.MatchString(image) {
		return no("%q is not an image by digest", image)
	}
	if !fullSHA.MatchString(commit) {
		return no("%q is not a full commit SHA", commit)
	}
	name, _, _ := strings.Cut(image, "@")
	want := path.Join(svc.RunsIn[0].Registry, svc.Name)
	if i := strings.LastIndex(name, ":"); i > strings.LastIndex(name, "/") {
		name = name[:i]
	}
	if name != want {
		return no("the image is called %q, but images of %s are called %q", name, svc.Name, want)
	}
	c, err := s.of(ctx, *svc.Source)
	if err != nil {
		return err
	}
	on := c.Knows(ctx, commit)
	if on {
		if on, err = c.OnBranch(ctx, commit); err != nil {
			return err
		}
	}
	if !on {
		return no("%s has no commit %s on its branch %s", svc.Source.Repo, commit, svc.Source.Branch)
	}
	there, err := images.Has(ctx, image)
	if err != nil {
		return fmt.Errorf("ask for the image: %w", err)
	}
	if !there {
		return no("there is no image %s", image)
	}
	fmt.Fprintf(w.out, "%s: %s is there, and commit %s is on %s of %s\n", svc.Name, image, commit, svc.Source.Branch, svc.Source.Repo)
	return nil
}
