package disk

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"slipway.dev/compiler/plan"
)

func TestASecondRunIsTurnedAwayAndMayWait(t *testing.T) {
	t.Parallel()
	before, after := beforeAndAfter(t)
	dir := newFolder(t, content(before))
	first := open(t, dir)
	began, goOn := make(chan struct{}), make(chan struct{})
	first.before = func(op, _ string) error {
		if op == "sync" {
			close(began)
			<-goOn
		}
		return nil
	}
	done := make(chan error, 2)
	go func() {
		_, err := tryCommit(first, after)
		done <- err
	}()
	<-began
	if _, err := tryCommit(open(t, dir), after); !errors.Is(err, ErrBusy) ||
		err.Error() != "write "+dir+": another slipway is writing to it; run it again when that has ended" {
		t.Error(err)
	}
	// Nothing to write, and the other's temporary files are left in peace.
	if _, err := tryCommit(open(t, dir), before); err != nil {
		t.Error(err)
	}
	if !hasTemp(snapshot(t, dir)) {
		t.Error("the first run's temporary files are gone")
	}
	second := open(t, dir)
	entries := compare(t, after, second, plan.Scope{Whole: true})
	go func() {
		_, err := second.Commit(context.Background(), entries, CommitOptions{Prune: true, Wait: time.Minute})
		done <- err
	}()
	close(goOn)
	for range 2 {
		if err := <-done; err != nil {
			t.Error(err)
		}
	}
	same(t, snapshot(t, dir), content(after))
}

func TestManyRunsAtOnceEndInOneOfTheirResults(t *testing.T) {
	t.Parallel()
	before, after := beforeAndAfter(t)
	dir := newFolder(t, content(before))
	var wg sync.WaitGroup
	for i := range 64 {
		p := after
		if i%2 == 0 {
			p = before
		}
		wg.Go(func() {
			out, err := Open(dir)
			if err != nil {
				t.Error(err)
				return
			}
			defer out.Close()
			entries, err := plan.Compare(p, out, plan.Scope{Whole: true})
			if err != nil {
				t.Error(err)
				return
			}
			// Errors are as they must be: somebody else changed a file
			// since it was compared. What counts is what is left.
			out.Commit(context.Background(), entries, CommitOptions{Prune: true, Wait: time.Minute})
		})
	}
	wg.Wait()
	if got := snapshot(t, dir); hasTemp(got) {
		t.Error(got)
	}
	for _, e := range compare(t, after, open(t, dir), plan.Scope{Whole: true}) {
		if e.State == plan.HandEdited || e.State == plan.Foreign || e.State == plan.EditedOrphan {
			t.Errorf("%s is %s", e.Path, e.State)
		}
	}
	if _, err := tryCommit(open(t, dir), after); err != nil {
		t.Error(err)
	}
	same(t, snapshot(t, dir), content(after))
}

func TestALockLeavesNoFile(t *testing.T) {
	t.Parallel()
	p := newPlan(t, file("x.yaml", plan.Fleet, "x: 1\n"))
	dir := filepath.Join(t.TempDir(), "deploy")
	if _, err := tryCommit(open(t, dir), p); err != nil {
		t.Fatal(err)
	}
	inside, err := os.ReadDir(dir)
	if err != nil || len(inside) != 1 {
		t.Errorf("%v: %v", err, inside)
	}
}
