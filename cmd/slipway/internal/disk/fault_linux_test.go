package disk

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"slipway.dev/compiler/plan"
)

// A disk that is really full, where this may mount one; a step that says so
// where it may not.
func TestAFullDiskLosesNothing(t *testing.T) {
	t.Parallel()
	before := newPlan(t, file("a/x.yaml", plan.Service("a"), "x: 0\n"), file("a/z.yaml", plan.Service("a"), "x: 0\n"))
	big := strings.Repeat("x: a line of some length\n", 4000)
	after := newPlan(t, file("a/x.yaml", plan.Service("a"), "x: 1\n"), file("a/y.yaml", plan.Service("a"), big))
	disk := t.TempDir()
	mounted := syscall.Mount("tmpfs", disk, "tmpfs", 0, "size=64k") == nil
	dir := filepath.Join(disk, "deploy")
	if _, err := tryCommit(open(t, dir), before); err != nil {
		t.Fatal(err)
	}
	out, err := Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	if !mounted {
		out.before = func(op, path string) error {
			if op == "write" && path == "a/y.yaml" {
				return syscall.ENOSPC
			}
			return nil
		}
	}
	_, err = tryCommit(out, after)
	// Files are written several at a time: either may meet the full disk.
	want := "write " + filepath.Join(dir, "a") + "/"
	if !errors.Is(err, syscall.ENOSPC) || !strings.HasPrefix(err.Error(), want) || !strings.HasSuffix(err.Error(), ".yaml: no space left on device") {
		t.Error(err)
	}
	same(t, snapshot(t, dir), content(before))
	out.Close()
	if mounted {
		if err := syscall.Unmount(disk, syscall.MNT_DETACH); err != nil {
			t.Error(err)
		}
	}
}

func TestAPipeOnAPlannedPathIsRefusedAndNotWaitedFor(t *testing.T) {
	t.Parallel()
	before, after := beforeAndAfter(t)
	dir := newFolder(t, content(before))
	if err := syscall.Mkfifo(filepath.Join(dir, "services/b/base/new.yaml"), 0o644); err != nil {
		t.Fatal(err)
	}
	_, err := tryCommit(open(t, dir), after)
	if err == nil || !strings.Contains(err.Error(), "services/b/base/new.yaml is neither a file nor a folder") {
		t.Error(err)
	}
}

func TestManyFilesAreSyncedAtOnce(t *testing.T) {
	t.Parallel()
	p := fleet(t, 15)
	dir := filepath.Join(t.TempDir(), "deploy")
	if _, err := tryCommit(open(t, dir), p); err != nil {
		t.Fatal(err)
	}
	same(t, snapshot(t, dir), content(p))
	if err := os.RemoveAll(dir); err != nil {
		t.Fatal(err)
	}
}
