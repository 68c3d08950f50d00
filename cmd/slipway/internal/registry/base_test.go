package registry

import (
	"context"
	"encoding/json"
	"strings"
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

// pushed pushes an image for each platform, its layers being these texts, and returns it by digest.
func pushed(t *testing.T, c Client, repository, tag string, annotations, labels map[string]string, platforms ...[]string) string {
	t.Helper()
	ctx := context.Background()
	repo, err := c.repository(repository)
	if err != nil {
		t.Fatal(err)
	}
	blob := func(kind string, text []byte) ocispec.Descriptor {
		d, err := oras.PushBytes(ctx, repo, kind, text)
		if err != nil {
			t.Fatal(err)
		}
		return d
	}
	marshal := func(v any) []byte {
		text, err := json.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		return text
	}
	index := ocispec.Index{MediaType: ocispec.MediaTypeImageIndex}
	index.SchemaVersion = 2
	for _, layers := range platforms {
		m := ocispec.Manifest{MediaType: ocispec.MediaTypeImageManifest, Annotations: annotations}
		m.SchemaVersion = 2
		m.Config = blob(ocispec.MediaTypeImageConfig, marshal(ocispec.Image{Config: ocispec.ImageConfig{Labels: labels}}))
		for _, l := range layers {
			m.Layers = append(m.Layers, blob(ocispec.MediaTypeImageLayerGzip, []byte(l)))
		}
		d, err := oras.TagBytes(ctx, repo, m.MediaType, marshal(m), tag)
		if err != nil {
			t.Fatal(err)
		}
		index.Manifests = append(index.Manifests, d)
	}
	if len(platforms) == 1 {
		return repository + "@" + index.Manifests[0].Digest.String()
	}
	d, err := oras.TagBytes(ctx, repo, index.MediaType, marshal(index), tag)
	if err != nil {
		t.Fatal(err)
	}
	return repository + "@" + d.Digest.String()
}

func TestAnImageSaysWhatItLiesOnAndItsLayersTell(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	_, host, client := registrytest.Start(t, "")
	c := Client{HTTP: client}
	base := host + "/base/os:1"
	now := pushed(t, c, host+"/base/os", "1", nil, nil, []string{"arm 2"}, []string{"libc 2", "certs"})
	named := func(name, digest string) map[string]string {
		return map[string]string{ocispec.AnnotationBaseImageName: name, ocispec.AnnotationBaseImageDigest: digest}
	}
	digest := now[len(host+"/base/os@"):]
	old := []string{"libc", "certs", "program"}
	fresh := []string{"libc 2", "certs", "program"}
	for name, tc := range map[string]struct {
		annotations, labels map[string]string
		platforms           [][]string
		want                string // digest; "" when it lies on what it says
		fails               bool
	}{
		"nothing said":                          {nil, nil, [][]string{old}, "", false},
		"a label":                               {nil, named(base, ""), [][]string{old}, digest, false},
		"a label, and today's layers":           {nil, named(base, ""), [][]string{fresh}, "", false},
		"an annotation":                         {named(base, "sha256:1"), nil, [][]string{old}, digest, false},
		"an annotation, and today's layers":     {named(base, "sha256:1"), nil, [][]string{fresh}, "", false},
		"an annotation wins over a label":       {named(base, ""), named("elsewhere.example.org/x:1", ""), [][]string{fresh}, "", false},
		"today's digest":                        {named(base, digest), nil, [][]string{old}, "", false},
		"one platform of two is old":            {nil, named(base, ""), [][]string{fresh, {"arm 1", "program"}}, digest, false},
		"both platforms are today's":            {nil, named(base, ""), [][]string{fresh, {"arm 2", "program"}}, "", false},
		"by digest the source decides":          {nil, named(base+"@"+digest, ""), [][]string{old}, "", false},
		"what is no name":                       {nil, named("a b,c", ""), [][]string{old}, "", false},
		"an empty name":                         {nil, named("", ""), [][]string{old}, "", false},
		"a tag that there is not":               {nil, named(host+"/base/os:2", ""), [][]string{old}, "", true},
		"a registry that nobody shall be asked": {nil, named("169.254.169.254/latest/meta-data:x", ""), [][]string{old}, "", true},
	} {
		bases := Bases{Client: c, Asks: func(h string) bool { return h == host }}
		image := pushed(t, c, host+"/shop/cart", "1", tc.annotations, tc.labels, tc.platforms...)
		want := tc.want
		if want != "" {
			want = base + "@" + want
		}
		for range 2 { // the second time from memory
			got, err := bases.Stale(ctx, image)
			if got != want || (err != nil) != tc.fails {
				t.Errorf("%s: %q, %v; want %q", name, got, err, want)
			}
		}
	}
}

func TestNamesOfImagesAreWrittenInFull(t *testing.T) {
	t.Parallel()
	sum := "@" + registrytest.Sum(nil)
	for image, want := range map[string]string{
		"node": "docker.io/library/node:latest", "node:22": "docker.io/library/node:22", "a/b": "docker.io/a/b:latest", "node" + sum: "docker.io/library/node" + sum,
		"host:5000/a": "host:5000/a:latest", "host:5000/a/b:1" + sum: "host:5000/a/b:1" + sum,
		"": "", "-a": "", "a b": "", "a,push=false": "", "http://a/b": "", "a/../b": "", "host/a@sha256:1": "", "a:1:2": "", "A/B": "", "a\n": "", strings.Repeat("a", 600): "",
	} {
		if got, ok := FullName(image); ok != (want != "") || ok && got != want {
			t.Errorf("%q is %q, %v", image, got, ok)
		}
	}
}

func TestATagNeverMoves(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	_, host, client := registrytest.Start(t, "")
	c := Client{HTTP: client}
	first := pushed(t, c, host+"/shop/cart", "a", nil, nil, []string{"1"})
	second := pushed(t, c, host+"/shop/cart", "b", nil, nil, []string{"2"})
	for _, image := range []string{first, first, second} {
		got, err := c.Tag(ctx, image, "v1.4.0")
		if err != nil || host+"/shop/cart@"+got != first {
			t.Errorf("tagged %s: %s, %v", image, got, err)
		}
	}
	for _, tag := range []string{"latest", "", "a b"} {
		if _, err := c.Tag(ctx, first, tag); err == nil {
			t.Errorf("%q was taken", tag)
		}
	}
	if got, err := c.Tagged(ctx, first, "v2"); got != "" || err != nil {
		t.Errorf("a tag that there is not: %q, %v", got, err)
	}
}
