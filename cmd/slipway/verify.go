package main

import (
	"context"
	"errors"
	"fmt"
	"path"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"slipway.dev/catalog/versions"
	"slipway.dev/cmd/slipway/internal/registry"
	"slipway.dev/compiler/ir"
	"slipway.dev/targets/tekton"
)

func newVerify(w world) *cobra.Command {
	var r remote
	var v verification
	c := &cobra.Command{
		Use:   "verify SERVICE --image REF@DIGEST --commit SHA",
		Short: "Tell whether an image may be released as a service",
		Long: `Verify is what the promoter asks before it releases anything: whether the image has
the service's name in the registry of its first environment and is there under its
digest, and whether the commit is on the branch of the service's source. What a
request says of itself is not believed; the fleet says what the service is.

With --public-key the image must be signed with that key, as cosign and Tekton Chains
sign. Chains does so after a build has ended; --signature-wait gives it some time.
With --provenance somebody with that key must also attest that the image was built
from that commit of the service's source by a run of its release pipeline, as Chains
does of the runs that it sees; what it attests of a single task counts nothing.`,
		Example: "  slipway verify checkout --image registry.example.com/shop/checkout@sha256:… --commit $(git rev-parse HEAD)",
		Args:    arguments("SERVICE"),
		RunE: func(c *cobra.Command, args []string) error {
			if v.provenance && v.key == "" {
				return errors.New("whose attestation counts says the key: --provenance goes with --public-key")
			}
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
				return v.verify(c.Context(), w, svc, s)
			})
		},
	}
	c.Flags().StringVar(&v.image, "image", "", "the image, by digest")
	c.Flags().StringVar(&v.commit, "commit", "", "the commit that it was built from, as a full SHA")
	publicKey(c.Flags(), &v.key)
	c.Flags().BoolVar(&v.provenance, "provenance", false, "with --public-key: refuse images that are not attested, with this key, to be built from the commit")
	c.Flags().DurationVar(&v.wait, "signature-wait", 0, "how long to wait for signature and provenance")
	c.Flags().StringVar(&v.credentials, "registry-credentials", "", "a folder with .dockerconfigjson or config.json")
	r.reading(c.Flags())
	required(c, "image", "commit")
	return c
}

// oneService compiles one service of a fleet without writing anything.
func oneService(w world, dir, name string) (*ir.Service, error) {
	f, err := openFleet(dir)
	if err != nil {
		return nil, err
	}
	defer f.root.Close()
	r, err := faultless(w, f, name)
	if err != nil {
		return nil, err
	}
	return r.Fleet.Services[0], nil
}

// verification is what is asked of an image and a commit.
type verification struct {
	image, commit string
	credentials   string // of the registry
	key           string // as images has it
	provenance    bool   // whether it must be attested that the image is of the commit
	wait          time.Duration
}

// verify holds an image and a commit against what the fleet says of the service.
func (v *verification) verify(ctx context.Context, w world, svc *ir.Service, s *sources) error {
	image, commit, images := v.image, v.commit, w.registry(v.credentials)
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
	switch why, err := v.signed(ctx, images, registry.Origin{Repository: svc.Source.Repo, Commit: commit, Pipeline: tekton.PipelineName(svc.Name, tekton.Release)}); {
	case err != nil:
		return fmt.Errorf("ask for the signature: %w", err)
	case why != "":
		return no("%s", why)
	}
	fmt.Fprintf(w.out, "%s: %s is there, and commit %s is on %s of %s\n", svc.Name, image, commit, svc.Source.Branch, svc.Source.Repo)
	return nil
}

// looks is how often a signature is looked for while it is waited for.
const looks = 40

// signed tells whether the image is signed, and attested to be of the commit, where that is asked
// for; if it is not, why. It is asked again until the time is over: Tekton Chains signs some time
// after a build has ended.
func (v *verification) signed(ctx context.Context, images registry.Client, from registry.Origin) (why string, err error) {
	for look := 0; ; look++ {
		why, err = signed(ctx, images, v.image, v.key)
		if err == nil && why == "" && v.provenance {
			why, err = builtFrom(ctx, images, v.image, from, v.key)
		}
		if err != nil || why == "" || v.wait == 0 || look == looks {
			return why, err
		}
		select {
		case <-ctx.Done():
			return why, context.Cause(ctx)
		case <-time.After(v.wait / looks):
		}
	}
}

func builtFrom(ctx context.Context, c registry.Client, image string, from registry.Origin, file string) (why string, err error) {
	key, err := registry.ReadPublicKey(file)
	if err != nil {
		return "", err
	}
	return c.BuiltFrom(ctx, image, from, key)
}
