package disk

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"

	"slipway.dev/compiler/plan"
)

// untilNoStep calls try with 1, 2, 3, … until a run has fewer steps than that.
func untilNoStep(t *testing.T, try func(n int) (steps int64)) {
	t.Helper()
	for n := 1; ; n++ {
		if steps := try(n); int64(n) > steps {
			if n < 20 {
				t.Errorf("only %d steps: a run has more", steps)
			}
			return
		}
	}
}

func TestAFailureAtAnyStepLeavesAllOldOrAllNew(t *testing.T) {
	t.Parallel()
	before, after := beforeAndAfter(t)
	for _, failure := range []error{syscall.ENOSPC, syscall.EACCES, syscall.EROFS, syscall.EIO} {
		var ops []string
		untilNoStep(t, func(n int) int64 {
			dir := newFolder(t, content(before))
			out := open(t, dir)
			hook, steps, op := failAt(n, failure)
			out.before = hook
			_, err := tryCommit(out, after)
			failed, _ := op.Load().(string)
			ops = append(ops, failed)
			switch failed {
			case "": // none did
				if err != nil {
					t.Error(err)
				}
				same(t, snapshot(t, dir), content(after))
				return steps.Load()
			case "remove":
				checkWords(t, err, "remove ", failure)
				if got := snapshot(t, dir); hasTemp(got) {
					t.Errorf("step %d: %v", n, got)
				}
				for _, f := range after.Files {
					got, err := os.ReadFile(filepath.Join(dir, f.Path))
					if err != nil || string(got) != string(plan.Bytes(f)) {
						t.Errorf("step %d: %s: %v", n, f.Path, err)
					}
				}
			default:
				doing := "write "
				if failed == "mkdir" {
					doing = "create folder "
				}
				checkWords(t, err, doing, failure)
				same(t, snapshot(t, dir), content(before))
			}
			out.before = nil
			if _, err := tryCommit(out, after); err != nil {
				t.Errorf("step %d, again: %v", n, err)
			}
			same(t, snapshot(t, dir), content(after))
			return steps.Load()
		})
		for _, op := range []string{"mkdir", "create", "write", "sync", "rename", "remove", ""} {
			if !slices.Contains(ops, op) {
				t.Errorf("%v: %q never failed", failure, op)
			}
		}
	}
}

func checkWords(t *testing.T, err error, doing string, failure error) {
	t.Helper()
	if !errors.Is(err, failure) || !strings.HasPrefix(err.Error(), doing) || !strings.HasSuffix(err.Error(), ": "+failure.Error()) {
		t.Errorf("%v, want %s…: %v", err, doing, failure)
	}
}

func TestAFailureInAFirstRunLeavesNoFolder(t *testing.T) {
	t.Parallel()
	_, after := beforeAndAfter(t)
	for n := range 5 {
		dir := filepath.Join(t.TempDir(), "deploy")
		out := open(t, dir)
		out.before, _, _ = failAt(n+1, syscall.EROFS)
		if _, err := tryCommit(out, after); !errors.Is(err, syscall.EROFS) {
			t.Error(err)
		}
		if _, err := os.Lstat(dir); !os.IsNotExist(err) {
			t.Errorf("step %d: it is there", n)
		}
	}
}

func TestWhatCannotBePutBackIsNamedAndWhole(t *testing.T) {
	t.Parallel()
	before, after := beforeAndAfter(t)
	dir := newFolder(t, content(before))
	out := open(t, dir)
	out.before = func(op, path string) error {
		// Two renames succeed, the third does not; one of the two stays.
		if op == "rename" && path == "services/a/overlays/prod/new.yaml" || op == "undo" && path == "README.md" {
			return syscall.EIO
		}
		return nil
	}
	_, err := tryCommit(out, after)
	if err == nil || !strings.Contains(err.Error(), "put back "+filepath.Join(dir, "README.md")+", which is new now: input/output error") {
		t.Error(err)
	}
	want := content(before)
	want["README.md"] = content(after)["README.md"]
	same(t, snapshot(t, dir), want)
}

func TestAnUndoThatCannotWriteLeavesNoTemporaryFile(t *testing.T) {
	t.Parallel()
	before, after := beforeAndAfter(t)
	dir := newFolder(t, content(before))
	out := open(t, dir)
	var full atomic.Bool
	out.before = func(op, path string) error {
		if op == "rename" && path == "services/b/base/new.yaml" {
			full.Store(true)
		}
		if full.Load() && (op == "rename" || op == "write") {
			return syscall.ENOSPC
		}
		return nil
	}
	_, err := tryCommit(out, after)
	if !errors.Is(err, syscall.ENOSPC) {
		t.Error(err)
	}
	got := snapshot(t, dir)
	if hasTemp(got) {
		t.Error(got)
	}
	for path, content := range content(before) {
		if got[path] != content && got[path] != string(plan.Bytes(mustLookup(t, after, path))) {
			t.Errorf("%s is %q", path, got[path])
		}
	}
}

func mustLookup(t *testing.T, p plan.Plan, path string) plan.File {
	t.Helper()
	f, ok := p.Lookup(path)
	if !ok {
		t.Fatal(path)
	}
	return f
}
