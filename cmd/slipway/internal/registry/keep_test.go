package registry

import (
	"archive/tar"
	"compress/gzip"
	"context"
	"encoding/json"
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	ocispec "github.com/opencontainers/image-spec/specs-go/v1"
	"oras.land/oras-go/v2"

	"slipway.dev/cmd/slipway/internal/registry/registrytest"
)

// reportsOf makes a folder of reports.
func reportsOf(t *testing.T, files map[string]string) string {
	t.Helper()
	folder := t.TempDir()
	for name, text := range files {
		if err := os.MkdirAll(filepath.Dir(filepath.Join(folder, name)), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(folder, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return folder
}

func TestReportsAreKeptAsOneFile(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	_, host, client := registrytest.Start(t, "")
	to := Client{HTTP: client}
	secret := reportsOf(t, map[string]string{"config.json": "a credential"})
	folder := reportsOf(t, map[string]string{"unit/out/junit.xml": "<testsuite/>", "integration/cover.out": "75"})
	for name, target := range map[string]string{"unit/link.xml": filepath.Join(secret, "config.json"), "all": secret, "unit/near.xml": "out/junit.xml"} {
		if err := os.Symlink(target, filepath.Join(folder, name)); err != nil {
			t.Fatal(err)
		}
	}
	kept, err := Keep(ctx, to, folder, host+"/reports/cart", "cart-release-x7k2p", map[string]string{ocispec.AnnotationRevision: "5f3c"})
	if err != nil {
		t.Fatal(err)
	}
	if kept.Files != 2 || !slices.Equal(kept.Left, []string{"all", "unit/link.xml", "unit/near.xml"}) || !strings.HasPrefix(kept.Image, host+"/reports/cart:cart-release-x7k2p@sha256:") {
		t.Errorf("%+v", kept)
	}
	again, err := Keep(ctx, to, folder, host+"/reports/cart", "another-run", map[string]string{ocispec.AnnotationRevision: "5f3c"})
	if _, digest, _ := strings.Cut(kept.Image, "@"); err != nil || !strings.HasSuffix(again.Image, "@"+digest) {
		t.Errorf("the same reports are kept as %s and %s: %v", kept.Image, again.Image, err)
	}

	repo, err := to.repository(host + "/reports/cart")
	if err != nil {
		t.Fatal(err)
	}
	_, text, err := oras.FetchBytes(ctx, repo, "cart-release-x7k2p", oras.DefaultFetchBytesOptions)
	if err != nil {
		t.Fatal(err)
	}
	var manifest ocispec.Manifest
	if err := json.Unmarshal(text, &manifest); err != nil {
		t.Fatal(err)
	}
	if manifest.ArtifactType != reportsType || manifest.Annotations[ocispec.AnnotationRevision] != "5f3c" || len(manifest.Layers) != 1 || manifest.Layers[0].Annotations[ocispec.AnnotationTitle] != reportsFile {
		t.Errorf("%s", text)
	}
	blob, err := repo.Fetch(ctx, manifest.Layers[0])
	if err != nil {
		t.Fatal(err)
	}
	defer blob.Close()
	packed, err := gzip.NewReader(blob)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for entries := tar.NewReader(packed); ; {
		header, err := entries.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		names = append(names, header.Name)
	}
	if !slices.Equal(names, []string{"integration/cover.out", "unit/out/junit.xml"}) {
		t.Errorf("the archive has %q", names)
	}
}

func TestWhatIsNoReportIsNotKept(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	_, host, client := registrytest.Start(t, "")
	to := Client{HTTP: client}
	if kept, err := Keep(ctx, to, t.TempDir(), host+"/reports/cart", "run", nil); err != nil || kept.Image != "" {
		t.Errorf("of nothing there is %+v, %v", kept, err)
	}
	folder := reportsOf(t, map[string]string{"a.xml": "a", "z.xml": "z"})
	huge := filepath.Join(folder, "huge.xml")
	if err := os.WriteFile(huge, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	if err := os.Truncate(huge, largestKept); err != nil {
		t.Fatal(err)
	}
	if kept, err := Keep(ctx, to, folder, host+"/reports/cart", "run", nil); err != nil || kept.Files != 2 || !slices.Equal(kept.Left, []string{"huge.xml"}) {
		t.Errorf("%+v, %v", kept, err)
	}
	for _, c := range []struct{ folder, repository, tag, why string }{
		{folder, host + "/reports/cart", "latest", "says nothing"},
		{folder, host + "/reports/cart", "a b", "is not a tag"},
		{folder, host + "/reports/cart:1", "run", "not a repository"},
		{folder, "cart", "run", ""},
		{filepath.Join(folder, "a.xml"), host + "/reports/cart", "run", ""},
		{filepath.Join(folder, "nowhere"), host + "/reports/cart", "run", "no such file"},
	} {
		if _, err := Keep(ctx, to, c.folder, c.repository, c.tag, nil); err == nil || !strings.Contains(err.Error(), c.why) {
			t.Errorf("%+v: %v", c, err)
		}
	}
	_, host, client = registrytest.Start(t, "a password")
	if _, err := Keep(ctx, Client{HTTP: client}, reportsOf(t, map[string]string{"a.xml": "a"}), host+"/reports/cart", "run", nil); err == nil {
		t.Error("a registry that asks who we are is not heard")
	}
}
