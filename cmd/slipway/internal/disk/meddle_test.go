package disk

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"slipway.dev/compiler/plan"
)

// Somebody else changes the folder while a run is at work on it, at the worst
// of moments. What is theirs stays, and a run that fails leaves the rest old.
func TestMeddlingWithARunLosesNothing(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		op, path string // ahead of this step …
		put      map[string]string
		remove   string // … these are put there and that removed
		says     string // the error; none if empty
	}{
		"a folder on a target": {op: "rename", path: "services/b/base/new.yaml",
			put: map[string]string{"services/b/base/new.yaml/mine": "mine\n"}, says: "write DIR/services/b/base/new.yaml: file exists"},
		"a folder that goes": {op: "create", path: "services/a/overlays/prod/new.yaml",
			remove: "services/a/overlays", says: "no such file or directory"},
		"a temporary file that goes": {op: "sync", path: ".",
			remove: ".slipway-*", says: "write DIR/README.md: no such file or directory"},
		"an orphan that goes": {op: "remove", path: "services/c/base/gone.yaml",
			remove: "services/c/base/gone.yaml", says: "remove DIR/services/c/base/gone.yaml: no such file or directory"},
		"a file in an orphan's folder": {op: "remove", path: "services/c/base/gone.yaml",
			put: map[string]string{"services/c/base/mine.yaml": "mine\n"}},
	} {
		before, after := beforeAndAfter(t)
		dir := newFolder(t, content(before))
		out := open(t, dir)
		out.before = func(op, path string) error {
			if op != c.op || path != c.path {
				return nil
			}
			if c.remove != "" {
				gone, err := filepath.Glob(filepath.Join(dir, c.remove))
				if err != nil {
					return err
				}
				for _, path := range gone {
					if err := os.RemoveAll(path); err != nil {
						return err
					}
				}
			}
			return putFiles(dir, c.put)
		}
		_, err := tryCommit(out, after)
		says := strings.ReplaceAll(c.says, "DIR", dir)
		if (err == nil) != (says == "") || err != nil && !strings.HasSuffix(err.Error(), says) {
			t.Errorf("%s: %v", name, err)
		}
		got := snapshot(t, dir)
		if hasTemp(got) {
			t.Errorf("%s: %v", name, got)
		}
		for path, content := range c.put {
			if got[path] != content {
				t.Errorf("%s: %s is %q", name, path, got[path])
			}
		}
		if err == nil || c.op == "remove" {
			continue
		}
		for path, old := range content(before) {
			if now, there := got[path]; there && now != old {
				t.Errorf("%s: %s is %q", name, path, now)
			}
		}
	}
}

func TestARunOverOneServiceClearsAwayItsOwnLeftovers(t *testing.T) {
	t.Parallel()
	before, after := beforeAndAfter(t)
	const ours, others = "services/b/base/.slipway-0123456789abcdef-1.tmp", "services/c/base/.slipway-0123456789abcdef-2.tmp"
	files := content(before)
	files[ours], files[others] = "# slip", "# slip"
	dir := newFolder(t, files)
	out := open(t, dir)
	commit(t, out, compare(t, after, out, plan.Scope{Owners: []plan.Owner{plan.Service("b")}}))
	delete(files, ours)
	for _, f := range after.Files {
		if f.Owner == plan.Service("b") {
			files[f.Path] = string(plan.Bytes(f))
		}
	}
	same(t, snapshot(t, dir), files)
}

func TestAnOutputFolderThatCannotBeCreatedIsNamed(t *testing.T) {
	t.Parallel()
	_, after := beforeAndAfter(t)
	parent := filepath.Join(t.TempDir(), "parent")
	dir := filepath.Join(parent, "deploy")
	out := open(t, dir)
	if err := os.WriteFile(parent, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	entries := compare(t, after, out, plan.Scope{Whole: true})
	_, err := out.Commit(t.Context(), entries, CommitOptions{})
	if err == nil || err.Error() != "create folder "+dir+": not a directory" {
		t.Error(err)
	}
}
