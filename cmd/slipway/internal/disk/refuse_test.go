package disk

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"slipway.dev/compiler/plan"
)

// onPath puts something on a planned path, and returns what the error says.
type onPath func(t *testing.T, dir, outside string) (says string)

func TestNothingIsWrittenOverOrThroughWhatIsNotOurs(t *testing.T) {
	t.Parallel()
	must := func(t *testing.T, err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	for name, put := range map[string]onPath{
		"a foreign file": func(t *testing.T, dir, _ string) string {
			must(t, os.WriteFile(filepath.Join(dir, "services/b/base/new.yaml"), []byte("mine\n"), 0o644))
			return "services/b/base/new.yaml was not written by slipway, and a generated file belongs there"
		},
		"a symlink to a file outside": func(t *testing.T, dir, outside string) string {
			must(t, os.Symlink(filepath.Join(outside, "x"), filepath.Join(dir, "services/b/base/new.yaml")))
			return "services/b/base/new.yaml is a symlink"
		},
		"a symlink to a file inside": func(t *testing.T, dir, _ string) string {
			must(t, os.Symlink("stale.yaml", filepath.Join(dir, "services/b/base/new.yaml")))
			return "services/b/base/new.yaml is a symlink"
		},
		"a symlink to nothing": func(t *testing.T, dir, _ string) string {
			must(t, os.Symlink("nothing", filepath.Join(dir, "services/b/base/new.yaml")))
			return "services/b/base/new.yaml is a symlink"
		},
		"a folder that is a symlink outside": func(t *testing.T, dir, outside string) string {
			must(t, os.Symlink(outside, filepath.Join(dir, "services/a/overlays")))
			return "services/a/overlays is a symlink"
		},
		"a folder that is a symlink inside": func(t *testing.T, dir, _ string) string {
			must(t, os.Symlink("base", filepath.Join(dir, "services/a/overlays")))
			return "services/a/overlays is a symlink"
		},
		"a file for a folder": func(t *testing.T, dir, _ string) string {
			must(t, os.WriteFile(filepath.Join(dir, "services/a/overlays"), nil, 0o644))
			return "services/a/overlays is a file, not a folder"
		},
		"a folder for a file": func(t *testing.T, dir, _ string) string {
			must(t, os.Mkdir(filepath.Join(dir, "services/b/base/new.yaml"), 0o755))
			return "services/b/base/new.yaml is a folder, not a file"
		},
	} {
		before, after := beforeAndAfter(t)
		dir, outside := newFolder(t, content(before)), newFolder(t, map[string]string{"x": "theirs\n"})
		// One run compares before it is there, the other after.
		early := open(t, dir)
		entries := compare(t, after, early, plan.Scope{Whole: true})
		says := put(t, dir, outside)
		want := snapshot(t, dir)
		_, err := tryCommit(open(t, dir), after)
		if err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%s: %v", name, err)
		}
		if _, err := early.Commit(t.Context(), entries, CommitOptions{Prune: true}); err == nil {
			t.Errorf("%s, after the comparison: no error", name)
		}
		same(t, snapshot(t, dir), want)
		same(t, snapshot(t, outside), map[string]string{"x": "theirs\n"})
	}
}

func TestPruneRemovesNothingThroughASymlink(t *testing.T) {
	t.Parallel()
	before, after := beforeAndAfter(t)
	dir, outside := newFolder(t, content(before)), newFolder(t, content(before))
	if err := os.Symlink(filepath.Join(outside, "services"), filepath.Join(dir, "link")); err != nil {
		t.Fatal(err)
	}
	out := open(t, dir)
	entries := compare(t, after, out, plan.Scope{Whole: true})
	// The folder of an orphan becomes a symlink after the comparison.
	if err := os.RemoveAll(filepath.Join(dir, "services/c")); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(filepath.Join(outside, "services/c"), filepath.Join(dir, "services/c")); err != nil {
		t.Fatal(err)
	}
	commit(t, out, entries)
	same(t, snapshot(t, outside), content(before))
}

func TestAnOutputFolderThatIsNoneIsRefused(t *testing.T) {
	t.Parallel()
	dir := newFolder(t, map[string]string{"file": "", "folder/x": ""})
	if err := os.Symlink("folder", filepath.Join(dir, "link")); err != nil {
		t.Fatal(err)
	}
	for name, says := range map[string]string{
		"file":   "it is a file",
		"link":   "it is a symlink; name the folder that it points to",
		"link/":  "it is a symlink; name the folder that it points to",
		"file/x": "not a directory",
	} {
		_, err := Open(dir + "/" + name)
		if err == nil || !strings.HasPrefix(err.Error(), "open output folder "+filepath.Join(dir, name)+": ") || !strings.HasSuffix(err.Error(), says) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
