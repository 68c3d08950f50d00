package main

import (
	"cmp"
	"context"
	"fmt"
	"strings"

	"github.com/spf13/pflag"

	"slipway.dev/cmd/slipway/internal/registry"
	"slipway.dev/compiler"
	"slipway.dev/compiler/diag"
)

// images is what a promotion does about its image.
type images struct {
	copy     bool
	from, to string // folders of credentials, as registry.Client has them
	key      string // a file; images must be signed with it
}

func (i *images) flags(f *pflag.FlagSet) {
	f.BoolVar(&i.copy, "copy", false, "copy the image to the environment's registry, with its signatures and SBOMs, unless it is there")
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
	if p.CopyOf == "" {
		return ds, nil
	}
	repository, _, _ := strings.Cut(p.Record.Image, "@")
	if i.copy {
		// What is there already is not sent again, but what came to it since, such as a signature, is.
		lies, err := from.Has(ctx, p.CopyOf)
		if err != nil {
			return ds, fmt.Errorf("ask for the image: %w", err)
		}
		if lies {
			return ds, copyImage(ctx, w, p.CopyOf, repository, from, to)
		}
	}
	there, err := to.Has(ctx, p.Record.Image)
	if err != nil {
		return ds, fmt.Errorf("ask for the image in the registry of %s: %w", p.Record.Environment, err)
	}
	if !there {
		d := ds.Errorf(diag.MissingImage, diag.Pos{}, "%q takes its images from a registry that does not have %s", p.Record.Environment, p.Record.Image)
		if i.copy {
			d.WithHint("nor is it where it is copied from: %s", p.CopyOf)
		} else {
			d.WithHint("say --copy, or copy it first: slipway copy %s %s", p.CopyOf, repository)
		}
	}
	return ds, nil
}
