// Package registry speaks to image registries: it asks whether they have an image, copies
// images with all that refers to them, and pushes and pulls images that lie in files.
package registry

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"

	ocispec "github.com/opencontainers/image-spec/specs-go/v1"
	"oras.land/oras-go/v2"
	"oras.land/oras-go/v2/content"
	"oras.land/oras-go/v2/errdef"
	"oras.land/oras-go/v2/registry/remote"
	"oras.land/oras-go/v2/registry/remote/auth"
	"oras.land/oras-go/v2/registry/remote/credentials"
	"oras.land/oras-go/v2/registry/remote/retry"
)

// Client speaks to registries as somebody.
type Client struct {
	// Credentials is a folder with .dockerconfigjson or config.json, as a Secret is mounted;
	// "" is nobody. Helpers that the file names are not run.
	Credentials string
	HTTP        *http.Client // nil: one that tries again when a registry is busy
}

// Images as Docker writes them: of one platform, of several, and what is said of one.
const (
	dockerManifest = "application/vnd.docker.distribution.manifest.v2+json"
	dockerIndex    = "application/vnd.docker.distribution.manifest.list.v2+json"
	dockerConfig   = "application/vnd.docker.container.image.v1+json"
)

// deepest is how many artifacts may refer to each other on top of an image: a signature of
// an SBOM of an image has two.
const deepest = 3

// Has reports whether there is an image, NAME[:TAG]@DIGEST, under its digest.
func (c Client) Has(ctx context.Context, image string) (bool, error) {
	repo, digest, err := c.repositoryOf(image)
	if err != nil {
		return false, err
	}
	_, err = repo.Resolve(ctx, digest)
	if errors.Is(err, errdef.ErrNotFound) {
		return false, nil
	}
	return err == nil, err
}

// Copied says what was copied.
type Copied struct {
	Image string   // under its digest, where it is now
	Tags  []string // of signatures and attestations that are found by the image's digest
	Refer int      // artifacts that refer to it, however indirectly
}

// Copy copies an image, NAME[:TAG]@DIGEST, with all its platforms into another repository,
// and with what refers to it: artifacts of OCI 1.1, and tags that cosign makes of its digest. from and
// to may be the same registry under different clients. Digests stay what they are.
func Copy(ctx context.Context, from, to Client, image, repository string) (Copied, error) {
	name, digest, err := Split(image)
	if err != nil {
		return Copied{}, err
	}
	source, err := from.repository(name)
	if err != nil {
		return Copied{}, err
	}
	target, err := to.repository(repository)
	if err != nil {
		return Copied{}, err
	}
	root, err := source.Resolve(ctx, digest)
	if err != nil {
		return Copied{}, fmt.Errorf("find %s: %w", image, err)
	}
	out := Copied{Image: repository + "@" + digest}
	o := oras.DefaultExtendedCopyGraphOptions
	o.Depth = deepest
	o.FindPredecessors = func(ctx context.Context, s content.ReadOnlyGraphStorage, d ocispec.Descriptor) ([]ocispec.Descriptor, error) {
		list, err := s.Predecessors(ctx, d)
		out.Refer += len(list)
		return list, err
	}
	// Artifacts may also refer to the image of one platform.
	parts, err := content.Successors(ctx, source, root)
	if err != nil {
		return Copied{}, fmt.Errorf("read %s: %w", image, err)
	}
	for _, d := range append([]ocispec.Descriptor{root}, parts...) {
		if d.Digest != root.Digest && d.MediaType != ocispec.MediaTypeImageManifest && d.MediaType != dockerManifest {
			continue
		}
		if err := oras.ExtendedCopyGraph(ctx, source, target, d, o); err != nil {
			return Copied{}, fmt.Errorf("copy %s to %s: %w", image, repository, err)
		}
	}
	for _, kind := range []string{"sig", "att", "sbom"} {
		tag := strings.Replace(digest, ":", "-", 1) + "." + kind
		_, err := oras.Copy(ctx, source, tag, target, tag, oras.DefaultCopyOptions)
		switch {
		case err == nil:
			out.Tags = append(out.Tags, tag)
		case !errors.Is(err, errdef.ErrNotFound):
			return Copied{}, fmt.Errorf("copy %s to %s: %w", tag, repository, err)
		}
	}
	if there, err := to.Has(ctx, out.Image); err != nil {
		return Copied{}, err
	} else if !there {
		return Copied{}, fmt.Errorf("it was copied, but %s does not have it", repository)
	}
	return out, nil
}

// Split takes NAME[:TAG]@DIGEST apart; an image without its registry or its digest is refused.
func Split(image string) (name, digest string, err error) {
	name, digest, ok := strings.Cut(image, "@")
	if !ok || !strings.Contains(name, "/") {
		return "", "", fmt.Errorf("%q is not an image by digest with its registry", image)
	}
	if i := strings.LastIndex(name, ":"); i > strings.LastIndex(name, "/") {
		name = name[:i]
	}
	return name, digest, nil
}

// repositoryOf is where an image, NAME[:TAG]@DIGEST, is, and its digest.
func (c Client) repositoryOf(image string) (repo *remote.Repository, digest string, err error) {
	name, digest, err := Split(image)
	if err != nil {
		return nil, "", err
	}
	repo, err = c.repository(name)
	return repo, digest, err
}

func (c Client) repository(name string) (*remote.Repository, error) {
	repo, err := remote.NewRepository(name)
	if err != nil {
		return nil, err
	}
	client := &auth.Client{Client: c.HTTP, Cache: auth.NewCache(), Header: http.Header{"User-Agent": {"slipway"}}}
	if c.HTTP == nil {
		client.Client = retry.DefaultClient
	}
	store, err := c.store()
	if err != nil {
		return nil, err
	}
	if store != nil {
		client.Credential = credentials.Credential(store)
	}
	repo.Client = client
	return repo, nil
}

// store holds the credentials; nil for nobody.
func (c Client) store() (credentials.Store, error) {
	if c.Credentials == "" {
		return nil, nil
	}
	for _, name := range []string{".dockerconfigjson", "config.json"} {
		file := filepath.Join(c.Credentials, name)
		if _, err := os.Stat(file); err == nil {
			return credentials.NewFileStore(file)
		}
	}
	// An optional Secret that is not there is mounted as a folder with nothing but what the
	// kubelet keeps there, ..data and a folder named by the time.
	entries, err := os.ReadDir(c.Credentials)
	if err == nil && !slices.ContainsFunc(entries, func(e os.DirEntry) bool { return !strings.HasPrefix(e.Name(), "..") }) {
		return nil, nil
	}
	return nil, fmt.Errorf("%s has neither .dockerconfigjson nor config.json", c.Credentials)
}
