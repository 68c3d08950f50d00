package main

import (
	"cmp"
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/pflag"

	"slipway.dev/cmd/slipway/internal/registry"
	"slipway.dev/compiler"
	"slipway.dev/compiler/diag"
)

// images is what a promotion does about its image.
type images struct {
	copy     bool
	tag      bool   // with the release's version
	from, to string // folders of credentials, as registry.Client has them
	key      string // a file; images must be signed with it
}

func (i *images) flags(f *pflag.FlagSet) {
	f.BoolVar(&i.copy, "copy", false, "copy the image to the environment's registry, with its signatures and SBOMs, unless it is there")
	f.BoolVar(&i.tag, "tag", false, "tag the image with its version in the environment's registry, where that is allowed; a tag never moves")
	f.StringVar(&i.from, "registry-credentials", "", "a folder with config.json or .dockerconfigjson; that of docker login when not given")
	publicKey(f, &i.key)
	f.StringVar(&i.to, "to-credentials", "", "the same for the registry that is copied to; the one above when not given")
}

func publicKey(f *pflag.FlagSet, key *string) {
	f.StringVar(key, "public-key", "", "a file, cosign.pub: refuse images that are not signed with this key")
}

// signed tells whether an image is signed with the key in a file; if it is not, why. Without a
// file everything is.
func signed(ctx context.Context, c registry.Client, image, file string) (why string, err error) {
	if file == "" || image == "" {
		return "", nil
	}
	key, err := registry.ReadPublicKey(file)
	if err != nil {
		return "", err
	}
	return c.Signed(ctx, image, key)
}

// clients are who reads where the image lies, and who writes where it goes.
func (i *images) clients(w world) (from, to registry.Client) {
	from = w.registry(login(i.from))
	to = from
	if i.to != "" {
		to.Credentials = i.to
	}
	return from, to
}

// place sees to it that the image of a release is signed, where that is asked for, and in the
// registry that its environment takes images from.
func (i *images) place(ctx context.Context, w world, p *compiler.Promoted) (*diag.List, error) {
	ds := &diag.List{}
	from, to := i.clients(w)
	image := cmp.Or(p.CopyOf, p.Record.Image)
	why, err := signed(ctx, from, image, i.key)
	if err != nil {
		return ds, fmt.Errorf("ask for the signature: %w", err)
	}
	if why != "" {
		ds.Errorf(diag.UnsignedImage, diag.Pos{}, "%s", why).WithHint("release what the pipeline built and signed; signatures are looked for beside the image")
		return ds, nil
	}
	if p.CopyOf != "" {
		if err := i.bring(ctx, w, p, from, to, ds); err != nil || ds.HasErrors() {
			return ds, err
		}
	}
	i.name(ctx, w, p, to, ds)
	return ds, nil
}

// bring sees to it that the image is in the registry of the environment.
func (i *images) bring(ctx context.Context, w world, p *compiler.Promoted, from, to registry.Client, ds *diag.List) error {
	repository, _, _ := strings.Cut(p.Record.Image, "@")
	if i.copy {
		// What is there already is not sent again, but what came to it since, such as a signature, is.
		lies, err := from.Has(ctx, p.CopyOf)
		if err != nil {
			return fmt.Errorf("ask for the image: %w", err)
		}
		if lies {
			return copyImage(ctx, w, p.CopyOf, repository, from, to)
		}
	}
	there, err := to.Has(ctx, p.Record.Image)
	if err != nil {
		return fmt.Errorf("ask for the image in the registry of %s: %w", p.Record.Environment, err)
	}
	if !there {
		d := ds.Errorf(diag.MissingImage, diag.Pos{}, "%q takes its images from a registry that does not have %s", p.Record.Environment, p.Record.Image)
		if i.copy {
			d.WithHint("nor is it where it is copied from: %s", p.CopyOf)
		} else {
			d.WithHint("say --copy, or copy it first: slipway copy %s %s", p.CopyOf, repository)
		}
	}
	return nil
}

// tagPatience is how long a registry may take to tag an image; a release does not wait for it.
const tagPatience = 30 * time.Second

// name tags the image with its version, for people. What runs goes by digest, so that a registry
// that does not let us stops nobody; but a version that names another image is refused.
func (i *images) name(ctx context.Context, w world, p *compiler.Promoted, to registry.Client, ds *diag.List) {
	tag := p.Record.Version
	if !i.tag || tag == "" || !p.Own {
		return
	}
	ctx, stop := context.WithTimeout(ctx, tagPatience)
	defer stop()
	repository, digest, err := registry.Split(p.Record.Image)
	is := ""
	if err == nil {
		is, err = to.Tag(ctx, p.Record.Image, tag)
	}
	switch tagged := repository + ":" + tag; {
	case err != nil:
		fmt.Fprintf(w.err, "%s is not tagged %s: %v\n", repository, tag, err)
	case is == digest:
		fmt.Fprintf(w.out, "tagged %s\n", tagged)
	case p.Known:
		fmt.Fprintf(w.out, "%s stays %s, which was built of this commit before\n", tagged, is)
	default:
		ds.Errorf(diag.TakenVersion, diag.Pos{}, "%s is another image, %s, and a version never moves; %s was to be called that", tagged, is, digest).
			WithHint("give this one a version of its own, by --version or another Git tag; if the other was never released, delete its tag in the registry")
	}
}
