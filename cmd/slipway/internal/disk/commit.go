package disk

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"slipway.dev/compiler/plan"
)

// CommitOptions says how far a commit goes. Its zero value writes and removes
// nothing, and does not wait.
type CommitOptions struct {
	Prune bool          // remove the orphans; edited ones are kept all the same
	Wait  time.Duration // for another run that is writing to the same folder
}

// Summary is what a commit did; paths are relative to the output folder and
// sorted.
type Summary struct {
	Created     []string // were missing
	Updated     []string // were stale
	Overwritten []string // were edited by hand, or left by a merge
	Removed     []string // were orphans
}

// Commit makes the folder what the entries say. With a foreign entry among
// them it touches nothing. It is to be called even if all is up to date: it
// then clears away what a killed run left behind.
//
// A file that is no longer as it was compared is an error, unless it is by now
// what would be written. Ending ctx before the first rename takes everything
// back; after it the few moments that are left are not worth half a result.
func (o *Output) Commit(ctx context.Context, entries []plan.Entry, opts CommitOptions) (Summary, error) {
	var r run
	for _, e := range entries {
		switch {
		case e.State == plan.Foreign:
			return Summary{}, fmt.Errorf("%s; %s", e.Message(filepath.ToSlash(o.dir)), e.Hint(""))
		case e.State.Writes():
			r.writes = append(r.writes, &write{entry: e})
		case e.State == plan.Orphan && opts.Prune:
			r.orphans = append(r.orphans, e)
		}
	}
	if len(r.writes) == 0 && len(r.orphans) == 0 && len(o.temps) == 0 {
		return Summary{}, nil
	}
	o.forget()
	defer o.forget()
	created, err := o.create()
	if err != nil {
		return Summary{}, err
	}
	l, err := o.lock(ctx, opts.Wait)
	if errors.Is(err, ErrBusy) && len(r.writes) == 0 && len(r.orphans) == 0 {
		return Summary{}, nil // what List saw belongs to the run that is at work
	}
	if err != nil {
		return Summary{}, err
	}
	r.Output, r.tempName = o, newTempName()
	if l.held {
		r.sweep()
	}
	defer l.release()
	summary, err := r.commit(ctx)
	if err != nil && created {
		o.discard()
	}
	return summary, err
}

// run is one commit at work.
type run struct {
	*Output
	writes   []*write
	orphans  []plan.Entry
	tempName func() string
	created  []string        // folders, outermost first
	fresh    map[string]bool // the same; nothing of anybody's can be in them
}

// commit is the order of things that the promises hang on.
func (r *run) commit(ctx context.Context) (Summary, error) {
	var s Summary
	if err := r.stage(ctx); err != nil {
		r.unstage()
		return s, err
	}
	if err := r.replace(); err != nil {
		err = errors.Join(err, r.undo())
		r.unstage()
		return s, err
	}
	for _, w := range r.writes {
		if !w.renamed {
			continue
		}
		switch w.entry.State {
		case plan.Missing:
			s.Created = append(s.Created, w.entry.Path)
		case plan.Stale:
			s.Updated = append(s.Updated, w.entry.Path)
		case plan.HandEdited:
			s.Overwritten = append(s.Overwritten, w.entry.Path)
		}
	}
	if err := r.syncFolders(); err != nil {
		return s, err
	}
	var err error
	s.Removed, err = r.remove()
	return s, err
}

// create makes the output folder if there is none, and reports whether it did.
func (o *Output) create() (created bool, err error) {
	if o.root != nil {
		return false, nil
	}
	if err := o.step("mkdir", "."); err != nil {
		return false, o.wrap("create folder", ".", err)
	}
	if err := os.MkdirAll(o.dir, 0o755); err != nil {
		return false, o.wrap("create folder", ".", err)
	}
	return true, o.open()
}

// discard takes back create. If it cannot, an empty folder stays.
func (o *Output) discard() {
	o.root.Close()
	o.root = nil
	os.Remove(o.dir)
}

func (o *Output) step(op, path string) error {
	if o.before == nil {
		return nil
	}
	return o.before(op, path)
}
