package images

import (
	"archive/tar"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"testing"
)

// A file system from a layer: parents before children, everything root's, no times, so that
// the same programs make the same digest.
func TestALayerIsSortedAndTheSameEachTime(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "program"), []byte("#!/bin/sh\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	make := func() files {
		f := files{}
		f.program("/usr/local/bin/program", filepath.Join(dir, "program"))
		f["/bin/sh"] = file{link: "/bin/busybox"}
		f["/etc/passwd"] = file{text: []byte("root\n")}
		f["/tmp"] = file{mode: fs.ModeDir | fs.ModeSticky | 0o777}
		return f
	}
	first, err := make().layer()
	if err != nil {
		t.Fatal(err)
	}
	second, err := make().layer()
	if err != nil {
		t.Fatal(err)
	}
	one, _ := first.Digest()
	two, _ := second.Digest()
	if one != two {
		t.Errorf("%s, then %s", one, two)
	}
	content, err := first.Uncompressed()
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for r := tar.NewReader(content); ; {
		h, err := r.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		names = append(names, h.Name)
		if h.Uid != 0 || h.Name == "tmp/" && h.Mode != 0o1777 || h.Name == "usr/local/bin/program" && h.Mode != 0o755 {
			t.Errorf("%+v", h)
		}
	}
	want := []string{"bin/", "bin/sh", "etc/", "etc/passwd", "tmp/", "usr/", "usr/local/", "usr/local/bin/", "usr/local/bin/program"}
	if !slices.Equal(names, want) {
		t.Errorf("%q", names)
	}
}

func TestBusyboxIsNoLinkToItself(t *testing.T) {
	t.Parallel()
	if _, err := os.Stat("/bin/busybox"); err != nil {
		t.Skip("busybox-static is not installed")
	}
	f := files{}
	if err := shell(f); err != nil {
		t.Fatal(err)
	}
	for at, entry := range f {
		if entry.link == at {
			t.Errorf("%s links to itself", at)
		}
	}
	if f["/bin/sh"].link == "" {
		t.Error("there is no shell")
	}
}
