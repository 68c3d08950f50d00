package registry

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"

	ocispec "github.com/opencontainers/image-spec/specs-go/v1"
	"oras.land/oras-go/v2/content"
	"oras.land/oras-go/v2/registry/remote"
)

// BuiltOn reports whether an image lies on a base image, both NAME[:TAG]@DIGEST: its layers
// begin with those of one of the base's platforms.
func (c Client) BuiltOn(ctx context.Context, image, base string) (bool, error) {
	own, err := c.layers(ctx, image)
	if err != nil {
		return false, err
	}
	below, err := c.layers(ctx, base)
	if err != nil {
		return false, err
	}
	return slices.ContainsFunc(own, func(o []string) bool {
		return slices.ContainsFunc(below, func(b []string) bool { return len(b) <= len(o) && slices.Equal(o[:len(b)], b) })
	}), nil
}

// layers are those of each platform of an image.
func (c Client) layers(ctx context.Context, image string) (out [][]string, err error) {
	name, sum, err := Split(image)
	if err != nil {
		return nil, err
	}
	repo, err := c.repository(name)
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
	for _, d := range manifests {
		if d.MediaType != ocispec.MediaTypeImageManifest && d.MediaType != dockerManifest {
			continue
		}
		m, err := manifest(ctx, repo, d)
		if err != nil {
			return nil, fmt.Errorf("read %s: %w", image, err)
		}
		var list []string
		for _, l := range m.Layers {
			list = append(list, l.Digest.String())
		}
		out = append(out, list)
	}
	return out, nil
}

func manifest(ctx context.Context, repo *remote.Repository, d ocispec.Descriptor) (m ocispec.Manifest, err error) {
	if d.Size > largestManifest {
		return m, fmt.Errorf("the manifest %s has %d bytes", d.Digest, d.Size)
	}
	text, err := content.FetchAll(ctx, repo, d)
	if err != nil {
		return m, err
	}
	return m, json.Unmarshal(text, &m)
}
