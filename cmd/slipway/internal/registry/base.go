package registry

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	ocispec "github.com/opencontainers/image-spec/specs-go/v1"
	"oras.land/oras-go/v2/content"
	"oras.land/oras-go/v2/registry/remote"
)

// mostPlatforms is more than an image has, attestations beside each counted.
const mostPlatforms = 64

// BuiltOn reports whether an image lies on a base image, both NAME[:TAG]@DIGEST: its layers
// begin with those of one of the base's platforms.
func (c Client) BuiltOn(ctx context.Context, image, base string) (bool, error) {
	own, err := c.platforms(ctx, image)
	if err != nil {
		return false, err
	}
	below, err := c.platforms(ctx, base)
	if err != nil {
		return false, err
	}
	return slices.ContainsFunc(own, func(o platform) bool { return o.liesOn(below) }), nil
}

// Bases are base images as they are today, each asked for once.
type Bases struct {
	Client Client
	Asks   func(host string) bool // whether a registry is asked; images name it, so anybody does
	today  map[string]*today
}

// today is what a tag names.
type today struct {
	digest    string
	platforms []platform // nil until they are needed
}

// Stale is the base image that an image, NAME[:TAG]@DIGEST, says it lies on, where it does not
// lie on that any more: NAME:TAG@DIGEST as it is today; "" when there is none. What an image says
// is org.opencontainers.image.base.name, an annotation of its manifest or a label; what it
// lies on, its layers tell. A base that is named by digest is another one only when the source says so.
func (b *Bases) Stale(ctx context.Context, image string) (base string, err error) {
	own, err := b.Client.platforms(ctx, image)
	if err != nil {
		return "", err
	}
	for _, p := range own {
		says, err := p.base(ctx)
		if err != nil {
			return "", fmt.Errorf("read %s: %w", image, err)
		}
		name, ok := FullName(says[ocispec.AnnotationBaseImageName])
		if !ok || strings.Contains(name, "@") {
			continue
		}
		if host, _, _ := strings.Cut(name, "/"); !b.Asks(host) {
			return "", fmt.Errorf("%s says that it lies on %s, whose registry is not one that is asked", image, name)
		}
		t, err := b.look(ctx, name)
		if err != nil {
			return "", fmt.Errorf("ask for %s, which %s says it lies on: %w", name, image, err)
		}
		if t.digest == says[ocispec.AnnotationBaseImageDigest] {
			continue
		}
		if t.platforms == nil {
			if t.platforms, err = b.Client.platforms(ctx, name+"@"+t.digest); err != nil {
				return "", err
			}
		}
		if !p.liesOn(t.platforms) {
			return name + "@" + t.digest, nil
		}
	}
	return "", nil
}

// look asks what a tag names today.
func (b *Bases) look(ctx context.Context, name string) (*today, error) {
	if t := b.today[name]; t != nil {
		return t, nil
	}
	repository, tag := name[:strings.LastIndex(name, ":")], name[strings.LastIndex(name, ":")+1:]
	repo, err := b.Client.repository(repository)
	if err != nil {
		return nil, err
	}
	d, err := repo.Resolve(ctx, tag)
	if err != nil {
		return nil, err
	}
	if b.today == nil {
		b.today = map[string]*today{}
	}
	b.today[name] = &today{digest: d.Digest.String()}
	return b.today[name], nil
}

// platform is the image of one platform.
type platform struct {
	repo        *remote.Repository
	annotations map[string]string
	config      ocispec.Descriptor
	layers      []string
}

// liesOn reports whether the layers begin with those of one of a base's platforms.
func (p platform) liesOn(below []platform) bool {
	return slices.ContainsFunc(below, func(b platform) bool {
		return len(b.layers) <= len(p.layers) && slices.Equal(p.layers[:len(b.layers)], b.layers)
	})
}

// base is where the image says what it lies on: its manifest's annotations, or its labels.
func (p platform) base(ctx context.Context) (map[string]string, error) {
	if p.annotations[ocispec.AnnotationBaseImageName] != "" {
		return p.annotations, nil
	}
	if p.config.MediaType != ocispec.MediaTypeImageConfig && p.config.MediaType != dockerConfig {
		return nil, nil
	}
	var config ocispec.Image
	err := p.fetch(ctx, p.config, &config)
	return config.Config.Labels, err
}

// platforms are the images of each platform of an image.
func (c Client) platforms(ctx context.Context, image string) (out []platform, err error) {
	repo, sum, err := c.repositoryOf(image)
	if err != nil {
		return nil, err
	}
	root, err := repo.Resolve(ctx, sum)
	if err != nil {
		return nil, fmt.Errorf("find %s: %w", image, err)
	}
	manifests := []ocispec.Descriptor{root}
	if root.MediaType != ocispec.MediaTypeImageManifest && root.MediaType != dockerManifest {
		if manifests, err = content.Successors(ctx, repo, root); err != nil {
			return nil, fmt.Errorf("read %s: %w", image, err)
		}
	}
	if len(manifests) > mostPlatforms {
		return nil, fmt.Errorf("%s names %d images", image, len(manifests))
	}
	for _, d := range manifests {
		if d.MediaType != ocispec.MediaTypeImageManifest && d.MediaType != dockerManifest {
			continue
		}
		p := platform{repo: repo}
		var m ocispec.Manifest
		if err := p.fetch(ctx, d, &m); err != nil {
			return nil, fmt.Errorf("read %s: %w", image, err)
		}
		p.annotations, p.config = m.Annotations, m.Config
		for _, l := range m.Layers {
			p.layers = append(p.layers, l.Digest.String())
		}
		out = append(out, p)
	}
	return out, nil
}

// fetch reads a small JSON document.
func (p platform) fetch(ctx context.Context, d ocispec.Descriptor, into any) error {
	if d.Size > largestManifest {
		return fmt.Errorf("the document %s has %d bytes", d.Digest, d.Size)
	}
	text, err := content.FetchAll(ctx, p.repo, d)
	if err != nil {
		return err
	}
	return json.Unmarshal(text, into)
}
