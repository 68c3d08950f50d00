package registry

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/opencontainers/image-spec/specs-go"
	ocispec "github.com/opencontainers/image-spec/specs-go/v1"
	"oras.land/oras-go/v2"
	"oras.land/oras-go/v2/registry/remote"

	"slipway.dev/cmd/slipway/internal/registry/registrytest"
)

// image puts an image of two platforms into a repository, with a signature under cosign's
// tag, an SBOM that refers to the whole and one that refers to the first platform; and a
// signature of an SBOM. It returns the image's digest.
func image(t *testing.T, c Client, repository string) string {
	t.Helper()
	ctx := context.Background()
	repo, err := c.repository(repository)
	if err != nil {
		t.Fatal(err)
	}
	pack := func(kind, text string, subject *ocispec.Descriptor) ocispec.Descriptor {
		layer, err := oras.PushBytes(ctx, repo, "application/octet-stream", []byte(text))
		if err != nil {
			t.Fatal(err)
		}
		d, err := oras.PackManifest(ctx, repo, oras.PackManifestVersion1_1, kind, oras.PackManifestOptions{
			Layers: []ocispec.Descriptor{layer}, Subject: subject,
			ManifestAnnotations: map[string]string{ocispec.AnnotationCreated: "2026-01-02T03:04:05Z"},
		})
		if err != nil {
			t.Fatal(err)
		}
		return d
	}
	amd, arm := pack("application/vnd.example.image", "amd64", nil), pack("application/vnd.example.image", "arm64", nil)
	amd.Platform, arm.Platform = &ocispec.Platform{OS: "linux", Architecture: "amd64"}, &ocispec.Platform{OS: "linux", Architecture: "arm64"}
	text, err := json.Marshal(ocispec.Index{Versioned: specs.Versioned{SchemaVersion: 2}, MediaType: ocispec.MediaTypeImageIndex, Manifests: []ocispec.Descriptor{amd, arm}})
	if err != nil {
		t.Fatal(err)
	}
	index, err := oras.TagBytes(ctx, repo, ocispec.MediaTypeImageIndex, text, "1.0")
	if err != nil {
		t.Fatal(err)
	}
	sbom := pack("application/spdx+json", "sbom", &index)
	pack("application/vnd.example.signature", "signature of the sbom", &sbom)
	pack("application/spdx+json", "sbom of amd64", &amd)
	signature := pack("application/vnd.example.signature", "signature", nil)
	if err := repo.Tag(ctx, signature, strings.Replace(index.Digest.String(), ":", "-", 1)+".sig"); err != nil {
		t.Fatal(err)
	}
	return index.Digest.String()
}

func TestAnImageIsCopiedWithAllThatRefersToIt(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	_, dev, devHTTP := registrytest.Start(t, "")
	shelf, prod, prodHTTP := registrytest.Start(t, "hunter2")
	from := Client{HTTP: devHTTP}
	digest := image(t, from, dev+"/shop/cart")
	name := dev + "/shop/cart:1.0@" + digest

	if _, err := Copy(ctx, from, Client{HTTP: prodHTTP}, name, prod+"/live/cart"); err == nil {
		t.Fatal("nobody may push, and it was copied")
	}
	folder := t.TempDir()
	login := `{"auths": {"` + prod + `": {"username": "ci", "password": "hunter2"}}}`
	if err := os.WriteFile(filepath.Join(folder, ".dockerconfigjson"), []byte(login), 0o600); err != nil {
		t.Fatal(err)
	}
	to := Client{Credentials: folder, HTTP: prodHTTP}
	if there, err := to.Has(ctx, prod+"/live/cart@"+digest); there || err != nil {
		t.Fatalf("before it was copied: %v, %v", there, err)
	}
	for range 2 { // again changes nothing
		got, err := Copy(ctx, from, to, name, prod+"/live/cart")
		if err != nil {
			t.Fatal(err)
		}
		if got.Image != prod+"/live/cart@"+digest || len(got.Tags) != 1 || got.Refer < 3 {
			t.Errorf("copied %+v", got)
		}
	}
	if there, err := to.Has(ctx, prod+"/live/cart:whatever@"+digest); !there || err != nil {
		t.Errorf("after it was copied: %v, %v", there, err)
	}
	repo, err := to.repository(prod + "/live/cart")
	if err != nil {
		t.Fatal(err)
	}
	index, err := repo.Resolve(ctx, digest)
	if err != nil {
		t.Fatal(err)
	}
	if kinds := referrers(t, repo, index); !slices.Equal(kinds, []string{"application/spdx+json", "application/vnd.example.signature"}) {
		t.Errorf("artifacts that refer to the image: %q", kinds)
	}
	for _, text := range []string{"amd64", "arm64", "sbom", "signature of the sbom", "sbom of amd64", "signature"} {
		if !shelf.Holds([]byte(text)) {
			t.Errorf("%q was not copied", text)
		}
	}
}

// referrers are the kinds of what refers to something, and to that, in the order found.
func referrers(t *testing.T, repo *remote.Repository, d ocispec.Descriptor) (kinds []string) {
	t.Helper()
	err := repo.Referrers(context.Background(), d, "", func(list []ocispec.Descriptor) error {
		for _, r := range list {
			kinds = append(append(kinds, r.ArtifactType), referrers(t, repo, r)...)
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
	return kinds
}

func TestWhatIsNotThereIsNotCopied(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	_, host, client := registrytest.Start(t, "")
	c := Client{HTTP: client}
	for _, name := range []string{"cart", "cart@sha256:1", host + "/cart:1.0", host + "/cart@sha256:nonsense", host + "/cart@" + registrytest.Sum(nil)} {
		if _, err := Copy(ctx, c, c, name, host+"/other"); err == nil {
			t.Errorf("%q was copied", name)
		}
	}
	empty := t.TempDir()
	if err := os.Symlink(".", filepath.Join(empty, "..data")); err != nil {
		t.Fatal(err)
	}
	if there, err := (Client{Credentials: empty, HTTP: client}).Has(ctx, host+"/cart@"+registrytest.Sum(nil)); there || err != nil {
		t.Errorf("asked with an optional Secret that is not there: %v, %v", there, err)
	}
	other := t.TempDir()
	if err := os.WriteFile(filepath.Join(other, "password"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Copy(ctx, Client{Credentials: other, HTTP: client}, c, host+"/cart@"+registrytest.Sum(nil), host+"/other"); err == nil || errors.Is(err, os.ErrNotExist) {
		t.Errorf("a folder without credentials: %v", err)
	}
}
