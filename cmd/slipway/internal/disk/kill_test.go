package disk

import (
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"slipway.dev/compiler/plan"
)

// panicking stands in for a testing.TB in a process that runs no test.
type panicking struct{ testing.TB }

func (panicking) Helper()           {}
func (panicking) Fatal(args ...any) { panic(args) }

// killedRun commits to dir, and kills its own process ahead of the n-th step.
// It exits 0 if it has fewer.
func killedRun(dir string, n int) {
	_, after := beforeAndAfter(panicking{})
	out, err := Open(dir)
	if err != nil {
		panic(err)
	}
	step, self := 0, make(chan struct{}, 1)
	self <- struct{}{}
	out.before = func(op, path string) error {
		<-self // one step at a time, as none may go on beside the kill
		if step++; step == n {
			p, err := os.FindProcess(os.Getpid())
			if err == nil {
				err = p.Kill()
			}
			if err != nil {
				panic(err)
			}
			select {}
		}
		self <- struct{}{}
		return nil
	}
	if _, err := tryCommit(out, after); err != nil {
		panic(err)
	}
}

func TestAKilledRunLeavesEveryFileOldOrNewAndTheNextOneFinishes(t *testing.T) {
	t.Parallel()
	before, after := beforeAndAfter(t)
	untilNoStep(t, func(n int) int64 {
		dir := newFolder(t, content(before))
		cmd := exec.Command(os.Args[0], dir)
		cmd.Env = []string{killAt + "=" + strconv.Itoa(n)}
		output, err := cmd.CombinedOutput()
		if err == nil {
			same(t, snapshot(t, dir), content(after))
			return int64(n - 1)
		}
		if len(output) > 0 {
			t.Fatalf("it was not killed: %s", output)
		}
		checkKilled(t, n, snapshot(t, dir), content(before), content(after))
		// A check by somebody else does not see the leftovers.
		entries := compare(t, after, open(t, dir), plan.Scope{Whole: true})
		for _, e := range entries {
			if strings.Contains(e.Path, plan.TempPrefix) || e.State == plan.HandEdited || e.State == plan.Foreign {
				t.Errorf("killed at step %d: %s is %s", n, e.Path, e.State)
			}
		}
		if _, err := tryCommit(open(t, dir), after); err != nil {
			t.Errorf("killed at step %d, run again: %v", n, err)
		}
		same(t, snapshot(t, dir), content(after))
		return int64(n)
	})
}

func checkKilled(t *testing.T, n int, got, before, after map[string]string) {
	t.Helper()
	removed, allNew := false, true
	for path, old := range before {
		now, there := got[path]
		_, planned := after[path]
		removed = removed || !there
		if there && now != old && now != after[path] || !there && planned {
			t.Errorf("killed at step %d: %s is %q", n, path, now)
		}
	}
	for path, new := range after {
		now, there := got[path]
		allNew = allNew && now == new
		if there && now != new && now != before[path] {
			t.Errorf("killed at step %d: %s is %q", n, path, now)
		}
	}
	if removed && !allNew {
		t.Errorf("killed at step %d: something was removed before all was written", n)
	}
}

func TestTheNextRunClearsAwayOnlyWhatAKilledOneLeft(t *testing.T) {
	t.Parallel()
	before, _ := beforeAndAfter(t)
	files := content(before)
	keep := []string{
		".slipway-notes.md", "services/a/.slipway-0123456789abcdef-x.tmp", "services/a/.slipway-0123456789ABCDEF-1.tmp",
		"services/a/base/x.slipway-0123456789abcdef-1.tmp", "services/a/.slipway-0123456789abcdef-1.tmp.yaml",
	}
	for _, path := range keep {
		files[path] = "mine\n"
	}
	dir := newFolder(t, files)
	for _, path := range []string{
		".slipway-0123456789abcdef-7.tmp", "services/a/base/.slipway-0123456789abcdef-12.tmp", "services/d/base/.slipway-0123456789abcdef-12.tmp",
	} {
		if err := os.MkdirAll(filepath.Dir(filepath.Join(dir, path)), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, path), []byte("# slip"), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	link := filepath.Join(dir, "services/a/.slipway-0123456789abcdef-9.tmp")
	if err := os.Symlink("base/same.yaml", link); err != nil {
		t.Fatal(err)
	}
	files["services/a/.slipway-0123456789abcdef-9.tmp"] = "a symlink to base/same.yaml"
	if _, err := tryCommit(open(t, dir), before); err != nil { // which has nothing to write
		t.Fatal(err)
	}
	same(t, snapshot(t, dir), files)
}
