package registry

import (
	"context"
	"encoding/json"
	"testing"

	ocispec "github.com/opencontainers/image-spec/specs-go/v1"
	"oras.land/oras-go/v2"

	"slipway.dev/cmd/slipway/internal/registry/registrytest"
)

func TestAnImageLiesOnItsBase(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	_, address, client := registrytest.Start(t, "")
	c := Client{HTTP: client}
	push := func(name string, platforms ...[]string) string {
		t.Helper()
		repo, err := c.repository(address + "/" + name)
		if err != nil {
			t.Fatal(err)
		}
		var manifests []ocispec.Descriptor
		for _, layers := range platforms {
			var list []ocispec.Descriptor
			for _, l := range layers {
				d, err := oras.PushBytes(ctx, repo, ocispec.MediaTypeImageLayerGzip, []byte(l))
				if err != nil {
					t.Fatal(err)
				}
				list = append(list, d)
			}
			d, err := oras.PackManifest(ctx, repo, oras.PackManifestVersion1_1, "application/vnd.example.image", oras.PackManifestOptions{Layers: list})
			if err != nil {
				t.Fatal(err)
			}
			manifests = append(manifests, d)
		}
		if len(manifests) == 1 {
			return address + "/" + name + "@" + manifests[0].Digest.String()
		}
		index := ocispec.Index{MediaType: ocispec.MediaTypeImageIndex, Manifests: manifests}
		index.SchemaVersion = 2
		text, err := json.Marshal(index)
		if err != nil {
			t.Fatal(err)
		}
		d, err := oras.TagBytes(ctx, repo, ocispec.MediaTypeImageIndex, text, "1")
		if err != nil {
			t.Fatal(err)
		}
		return address + "/" + name + "@" + d.Digest.String()
	}
	image := push("cart", []string{"libc", "certs", "program"})
	for name, c := range map[string]struct {
		base string
		want bool
	}{
		"its base":                          {push("base", []string{"libc", "certs"}), true},
		"one platform of its base":          {push("both", []string{"arm libc", "arm certs"}, []string{"libc", "certs"}), true},
		"a base that was renewed":           {push("new", []string{"libc 2", "certs"}), false},
		"a base with more than the image":   {push("more", []string{"libc", "certs", "program", "tools"}), false},
		"the same layers in another order":  {push("turned", []string{"certs", "libc"}), false},
		"a base of which the top was added": {push("top", []string{"libc", "zone"}), false},
	} {
		got, err := Client{HTTP: client}.BuiltOn(ctx, image, c.base)
		if err != nil || got != c.want {
			t.Errorf("%s: %v, %v", name, got, err)
		}
	}
	if _, err := c.BuiltOn(ctx, image, address+"/base@sha256:"+registrytest.Sum([]byte("x"))[7:]); err == nil {
		t.Error("a base that there is not is no error")
	}
}
