package disk

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"slipway.dev/compiler/plan"
)

func TestCommitMakesTheFolderWhatThePlanSays(t *testing.T) {
	t.Parallel()
	before, after := beforeAndAfter(t)
	files := content(before)
	files["services/b/base/stale.yaml"] += "edited: true\n"
	files["services/own.txt"] = "mine\n"
	dir := newFolder(t, files)
	out := open(t, dir)
	summary := commit(t, out, compare(t, after, out, plan.Scope{Whole: true}))
	want := content(after)
	want["services/own.txt"] = "mine\n"
	same(t, snapshot(t, dir), want)
	wantSummary := Summary{
		Created:     []string{"services/a/overlays/prod/new.yaml", "services/b/base/new.yaml"},
		Updated:     []string{"README.md", "services/a/base/stale.yaml"},
		Overwritten: []string{"services/b/base/stale.yaml"},
		Removed:     []string{"services/a/base/gone.yaml", "services/c/base/gone.yaml"},
	}
	if !reflect.DeepEqual(summary, wantSummary) {
		t.Errorf("%+v", summary)
	}
}

func TestAfterCommitAllIsUpToDate(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		dir, err := os.MkdirTemp(t.TempDir(), "")
		if err != nil {
			rt.Fatal(err)
		}
		out, err := Open(filepath.Join(dir, "deploy"))
		if err != nil {
			rt.Fatal(err)
		}
		defer out.Close()
		for range 3 {
			var files []plan.File
			for _, path := range rapid.SliceOfNDistinct(rapid.StringMatching(`([ab]/){0,3}[xy]\.(yaml|md)`), 0, 12, rapid.ID).Draw(rt, "paths") {
				owner := rapid.SampledFrom([]plan.Owner{plan.Fleet, plan.Service("a"), plan.Service("b")}).Draw(rt, "owner")
				files = append(files, file(path, owner, rapid.StringMatching(`([ -~]{0,9}\n){0,3}`).Draw(rt, "body")))
			}
			p, clashes := plan.New(files)
			if len(clashes) > 0 {
				rt.Fatal(clashes)
			}
			if _, err := tryCommit(out, p); err != nil {
				rt.Fatal(err)
			}
			entries, err := plan.Compare(p, out, plan.Scope{Whole: true})
			if err != nil || len(plan.Findings(entries)) > 0 || len(entries) != len(files) {
				rt.Fatalf("%v: %v", err, plan.Findings(entries))
			}
			same(t, snapshot(t, filepath.Join(dir, "deploy")), content(p))
		}
	})
}

func TestFilesThatAreUpToDateAreNotTouched(t *testing.T) {
	t.Parallel()
	before, after := beforeAndAfter(t)
	dir := newFolder(t, content(before))
	path := filepath.Join(dir, "services/a/base/same.yaml")
	old := time.Date(2020, 1, 2, 3, 4, 5, 0, time.UTC)
	if err := os.Chtimes(path, old, old); err != nil {
		t.Fatal(err)
	}
	if _, err := tryCommit(open(t, dir), after); err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(path)
	if err != nil || !info.ModTime().Equal(old) {
		t.Errorf("%v: %v", err, info.ModTime())
	}
}

func TestANewFileIs0644AndAReplacedOneKeepsItsMode(t *testing.T) {
	t.Parallel()
	before, after := beforeAndAfter(t)
	dir := newFolder(t, content(before))
	if err := os.Chmod(filepath.Join(dir, "README.md"), 0o664); err != nil {
		t.Fatal(err)
	}
	if _, err := tryCommit(open(t, dir), after); err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]os.FileMode{
		"README.md": 0o664, "services/b/base/new.yaml": 0o644, "services/b/base/stale.yaml": 0o644,
	} {
		info, err := os.Stat(filepath.Join(dir, path))
		if err != nil {
			t.Fatal(err)
		}
		// The umask of whoever runs this may take more away.
		if got := info.Mode(); got&^want != 0 || got&0o600 != 0o600 {
			t.Errorf("%s: %v, want %v", path, got, want)
		}
	}
}

func TestWithoutPruneOrphansStay(t *testing.T) {
	t.Parallel()
	before, after := beforeAndAfter(t)
	dir := newFolder(t, content(before))
	out := open(t, dir)
	if _, err := out.Commit(t.Context(), compare(t, after, out, plan.Scope{Whole: true}), CommitOptions{}); err != nil {
		t.Fatal(err)
	}
	want := content(after)
	for path, content := range content(before) {
		if strings.HasSuffix(path, "gone.yaml") {
			want[path] = content
		}
	}
	same(t, snapshot(t, dir), want)
}

func TestPruneKeepsWhatSomebodyWorkedOn(t *testing.T) {
	t.Parallel()
	before, after := beforeAndAfter(t)
	files := content(before)
	files["services/c/base/gone.yaml"] += "edited: true\n"
	dir := newFolder(t, files)
	out := open(t, dir)
	entries := compare(t, after, out, plan.Scope{Whole: true})
	// One more is edited, and one replaced by a symlink, after the comparison.
	late := filepath.Join(dir, "services/a/base/gone.yaml")
	if err := os.WriteFile(late, []byte(files["services/a/base/gone.yaml"]+"late: true\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	summary := commit(t, out, entries)
	if len(summary.Removed) > 0 {
		t.Errorf("removed %v", summary.Removed)
	}
	want := content(after)
	want["services/c/base/gone.yaml"] = files["services/c/base/gone.yaml"]
	want["services/a/base/gone.yaml"] = files["services/a/base/gone.yaml"] + "late: true\n"
	same(t, snapshot(t, dir), want)
}

func TestAnOrphanThatIsGoneAlreadyIsNoMatter(t *testing.T) {
	t.Parallel()
	before, after := beforeAndAfter(t)
	dir := newFolder(t, content(before))
	out := open(t, dir)
	entries := compare(t, after, out, plan.Scope{Whole: true})
	if err := os.RemoveAll(filepath.Join(dir, "services/c")); err != nil {
		t.Fatal(err)
	}
	commit(t, out, entries)
	same(t, snapshot(t, dir), content(after))
}

func TestAFileThatChangedSinceItWasComparedStopsTheRun(t *testing.T) {
	t.Parallel()
	before, after := beforeAndAfter(t)
	for _, path := range []string{"services/a/base/stale.yaml", "services/b/base/new.yaml"} {
		dir := newFolder(t, content(before))
		out := open(t, dir)
		entries := compare(t, after, out, plan.Scope{Whole: true})
		if err := os.WriteFile(filepath.Join(dir, path), []byte("mine\n"), 0o644); err != nil {
			t.Fatal(err)
		}
		want := snapshot(t, dir)
		_, err := out.Commit(t.Context(), entries, CommitOptions{Prune: true})
		if err == nil || !strings.HasSuffix(err.Error(), path+": it changed since it was compared; nothing was written, run it again") {
			t.Errorf("%s: %v", path, err)
		}
		same(t, snapshot(t, dir), want)
	}
}

func TestAFileThatIsByNowWhatItShallBeIsLeftAlone(t *testing.T) {
	t.Parallel()
	before, after := beforeAndAfter(t)
	dir := newFolder(t, content(before))
	out := open(t, dir)
	entries := compare(t, after, out, plan.Scope{Whole: true})
	if _, err := tryCommit(open(t, dir), after); err != nil {
		t.Fatal(err)
	}
	summary := commit(t, out, entries)
	if !reflect.DeepEqual(summary, Summary{}) {
		t.Errorf("%+v", summary)
	}
	same(t, snapshot(t, dir), content(after))
}

func TestACancelledRunLeavesNothingBehind(t *testing.T) {
	t.Parallel()
	before, after := beforeAndAfter(t)
	dir := newFolder(t, content(before))
	out := open(t, dir)
	entries := compare(t, after, out, plan.Scope{Whole: true})
	ctx, cancel := context.WithCancel(t.Context())
	out.before = func(op, _ string) error {
		if op == "write" {
			cancel()
		}
		return nil
	}
	_, err := out.Commit(ctx, entries, CommitOptions{Prune: true})
	if err != nil && !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	if err != nil {
		same(t, snapshot(t, dir), content(before))
	} else { // the cancel came with the last file
		same(t, snapshot(t, dir), content(after))
	}
}

func TestAnEmptyPlanOnNoFolderCreatesNone(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "deploy")
	if _, err := tryCommit(open(t, dir), plan.Plan{}); err != nil {
		t.Error(err)
	}
	if _, err := os.Lstat(dir); !os.IsNotExist(err) {
		t.Errorf("it is there: %v", err)
	}
}
