package registry

import (
	"archive/tar"
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/opencontainers/image-spec/specs-go"
	ocispec "github.com/opencontainers/image-spec/specs-go/v1"
	"oras.land/oras-go/v2"
	"oras.land/oras-go/v2/content"

	"slipway.dev/cmd/slipway/internal/registry/registrytest"
)

// layout writes an OCI image layout of one image by hand, as Jib does, and returns its
// folder and the image's digest.
func layout(t *testing.T, edit func(files map[string]string)) (folder, digest string) {
	t.Helper()
	marshal := func(v any) string {
		text, err := json.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		return string(text)
	}
	files := map[string]string{"oci-layout": `{"imageLayoutVersion": "1.0.0"}`}
	blob := func(kind, text string) ocispec.Descriptor {
		d := content.NewDescriptorFromBytes(kind, []byte(text))
		files["blobs/sha256/"+d.Digest.Encoded()] = text
		return d
	}
	manifest := blob(ocispec.MediaTypeImageManifest, marshal(ocispec.Manifest{
		Versioned: specs.Versioned{SchemaVersion: 2}, MediaType: ocispec.MediaTypeImageManifest,
		Config: blob(ocispec.MediaTypeImageConfig, `{"os": "linux", "architecture": "`+runtime.GOARCH+`"}`),
		Layers: []ocispec.Descriptor{blob(ocispec.MediaTypeImageLayerGzip, "classes")},
	}))
	manifest.Annotations = map[string]string{ocispec.AnnotationRefName: "cart:1.0"}
	files["index.json"] = marshal(ocispec.Index{Versioned: specs.Versioned{SchemaVersion: 2}, Manifests: []ocispec.Descriptor{manifest}})
	if edit != nil {
		edit(files)
	}
	folder = t.TempDir()
	for name, text := range files {
		if err := os.MkdirAll(filepath.Dir(filepath.Join(folder, name)), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(folder, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return folder, manifest.Digest.String()
}

// packed is a folder as a tar.
func packed(t *testing.T, folder string) string {
	t.Helper()
	file, err := os.Create(filepath.Join(t.TempDir(), "image.tar"))
	if err != nil {
		t.Fatal(err)
	}
	w := tar.NewWriter(file)
	if err := w.AddFS(os.DirFS(folder)); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if err := file.Close(); err != nil {
		t.Fatal(err)
	}
	return file.Name()
}

func TestALayoutIsPushedFromAFolderAndFromATar(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	folder, digest := layout(t, nil)
	for _, from := range []string{folder, packed(t, folder)} {
		shelf, host, client := registrytest.Start(t, "")
		c := Client{HTTP: client}
		for range 2 { // again changes nothing
			image, err := Push(ctx, c, from, host+"/shop/cart", []string{"0123abc", "v1.2"})
			if err != nil {
				t.Fatal(err)
			}
			if image != host+"/shop/cart@"+digest {
				t.Errorf("pushed %s", image)
			}
		}
		repo, err := c.repository(host + "/shop/cart")
		if err != nil {
			t.Fatal(err)
		}
		for _, tag := range []string{"0123abc", "v1.2"} {
			if got, err := repo.Resolve(ctx, tag); err != nil || got.Digest.String() != digest {
				t.Errorf("the tag %s is %v, %v", tag, got.Digest, err)
			}
		}
		if !shelf.Holds([]byte("classes")) {
			t.Error("a layer is missing")
		}
	}
}

func TestWhatIsNoLayoutOfOneImageIsNotPushed(t *testing.T) {
	t.Parallel()
	secret := filepath.Join(t.TempDir(), "config.json")
	if err := os.WriteFile(secret, []byte(`{"auths": {}}`), 0o600); err != nil {
		t.Fatal(err)
	}
	whole, _ := layout(t, nil)
	edited := func(edit func(map[string]string)) string { folder, _ := layout(t, edit); return folder }
	linked := func(name, to string) string {
		folder, _ := layout(t, nil)
		path := filepath.Join(folder, name)
		if err := os.RemoveAll(path); err != nil {
			t.Fatal(err)
		}
		if err := os.Symlink(to, path); err != nil {
			t.Fatal(err)
		}
		return folder
	}
	alias := filepath.Join(t.TempDir(), "image")
	if err := os.Symlink(whole, alias); err != nil {
		t.Fatal(err)
	}
	truncated := packed(t, whole)
	if err := os.Truncate(truncated, 700); err != nil {
		t.Fatal(err)
	}
	cases := []struct{ name, layout, why string }{
		{"nothing", filepath.Join(whole, "nowhere"), "no such file"},
		{"an empty folder", t.TempDir(), "index.json"},
		{"a file", secret, "no tar"},
		{"half a tar", truncated, ""},
		{"a tar of something else", packed(t, filepath.Dir(secret)), "no OCI image layout"},
		{"a link to a layout", alias, "neither a folder nor a file"},
		{"an index that is a link to a credential", linked("index.json", secret), "escapes"},
		{"blobs that are a link", linked("blobs", filepath.Join(whole, "blobs")), "escapes"},
		{"two images", edited(func(f map[string]string) {
			f["index.json"] = strings.Replace(f["index.json"], `"manifests":[`, `"manifests":[{"mediaType": "x"},`, 1)
		}), "2 images"},
		{"no image", edited(func(f map[string]string) { f["index.json"] = `{"manifests": []}` }), "0 images"},
		{"something else than an image", edited(func(f map[string]string) {
			f["index.json"] = strings.Replace(f["index.json"], "image.manifest", "artifact", 1)
		}), "is not an image"},
		{"a digest that leads elsewhere", edited(func(f map[string]string) {
			f["index.json"] = strings.Replace(f["index.json"], "sha256:", "sha256:../", 1)
		}), "digest"},
		{"a layer that is not what its digest says", edited(func(f map[string]string) {
			for name, text := range f {
				if text == "classes" {
					f[name] = "classiz"
				}
			}
		}), ""},
	}
	for _, c := range cases {
		_, host, client := registrytest.Start(t, "")
		_, err := Push(context.Background(), Client{HTTP: client}, c.layout, host+"/shop/cart", []string{"1"})
		if err == nil || !strings.Contains(err.Error(), c.why) {
			t.Errorf("%s: %v, want %q", c.name, err, c.why)
		}
		if there, err := (Client{HTTP: client}).Has(context.Background(), host+"/shop/cart@"+registrytest.Sum(nil)); there || err != nil {
			t.Errorf("%s: %v, %v", c.name, there, err)
		}
	}
}

func TestTagsThatSayNothingAreRefused(t *testing.T) {
	t.Parallel()
	folder, _ := layout(t, nil)
	_, host, client := registrytest.Start(t, "")
	for _, tag := range []string{"latest", "", "a b", "-x", "a:b"} {
		if _, err := Push(context.Background(), Client{HTTP: client}, folder, host+"/shop/cart", []string{tag}); err == nil {
			t.Errorf("%q was taken", tag)
		}
	}
	for _, repository := range []string{host + "/shop/cart:1.0", host + "/shop/cart@" + registrytest.Sum(nil), "cart"} {
		if _, err := Push(context.Background(), Client{HTTP: client}, folder, repository, nil); err == nil {
			t.Errorf("%q was taken", repository)
		}
	}
}

func TestAnImageIsPulledForThisMachine(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	_, host, client := registrytest.Start(t, "")
	c := Client{HTTP: client}
	folder, digest := layout(t, nil)
	if _, err := Push(ctx, c, folder, host+"/base/java", nil); err != nil {
		t.Fatal(err)
	}
	repo, err := c.repository(host + "/base/java")
	if err != nil {
		t.Fatal(err)
	}
	one, err := repo.Resolve(ctx, digest)
	if err != nil {
		t.Fatal(err)
	}
	one.Platform = &ocispec.Platform{OS: "linux", Architecture: runtime.GOARCH}
	other := one
	other.Platform = &ocispec.Platform{OS: "linux", Architecture: "s390x"}
	text, err := json.Marshal(ocispec.Index{Versioned: specs.Versioned{SchemaVersion: 2}, MediaType: ocispec.MediaTypeImageIndex, Manifests: []ocispec.Descriptor{other, one}})
	if err != nil {
		t.Fatal(err)
	}
	index, err := oras.TagBytes(ctx, repo, ocispec.MediaTypeImageIndex, text, "17")
	if err != nil {
		t.Fatal(err)
	}
	for _, wanted := range []string{digest, index.Digest.String()} {
		to := filepath.Join(t.TempDir(), "run", "run")
		got, err := Pull(ctx, c, host+"/base/java:17@"+wanted, to)
		if err != nil || got != digest {
			t.Fatalf("pulled %s, %v", got, err)
		}
		if image, err := Push(ctx, c, to, host+"/again/java", nil); err != nil || !strings.HasSuffix(image, digest) {
			t.Errorf("pushed again it is %s, %v", image, err)
		}
		if _, err := Pull(ctx, c, host+"/base/java:17@"+wanted, to); err == nil {
			t.Error("it was pulled into a folder that was there")
		}
	}
	for _, image := range []string{host + "/base/java:17", host + "/base/java@" + registrytest.Sum(nil), host + "/base/java@x"} {
		if _, err := Pull(ctx, c, image, filepath.Join(t.TempDir(), "x")); err == nil {
			t.Errorf("%s was pulled", image)
		}
	}
}

func TestImagesWithoutARegistryAreOfDockerHub(t *testing.T) {
	t.Parallel()
	for image, want := range map[string]string{
		"busybox@sha256:1": "docker.io/library/busybox@sha256:1", "paketo/run:1@sha256:1": "docker.io/paketo/run:1@sha256:1",
		"docker.io/busybox@sha256:1": "docker.io/library/busybox@sha256:1", "docker.io/a/b@sha256:1": "docker.io/a/b@sha256:1",
		"localhost/a@sha256:1": "localhost/a@sha256:1", "gcr.io/a/b@sha256:1": "gcr.io/a/b@sha256:1", "host:5000/a@sha256:1": "host:5000/a@sha256:1",
	} {
		if got := fromHub(image); got != want {
			t.Errorf("%s is %s", image, got)
		}
	}
}
