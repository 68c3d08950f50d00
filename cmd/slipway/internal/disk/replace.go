package disk

import (
	"errors"
	"fmt"
	"path"
	"slices"
)

// replace renames all that was staged onto its targets, in order.
func (r *run) replace() error {
	at := &walk{root: r.root}
	defer at.back(0)
	for _, w := range r.writes {
		if w.settled {
			continue
		}
		p := w.entry.Path
		if err := r.step("rename", p); err != nil {
			return r.wrap("write", p, err)
		}
		folder, err := at.to(path.Dir(p))
		if err == nil {
			err = folder.Rename(path.Base(w.temp), path.Base(p))
		}
		if err != nil {
			return r.wrap("write", p, err)
		}
		w.renamed = true
	}
	return nil
}

// undo puts back what replace replaced. A rename seldom fails when all the
// files could be created, but on Windows another program may hold one open.
// What cannot be put back is whole and new, and the error names it.
func (r *run) undo() error {
	at := &walk{root: r.root}
	defer at.back(0)
	var errs []error
	for _, w := range slices.Backward(r.writes) {
		if !w.renamed {
			continue
		}
		if err := r.putBack(at, w); err != nil {
			errs = append(errs, fmt.Errorf("put back %s, which is new now: %w", r.name(w.entry.Path), cause(err)))
			continue
		}
		w.renamed = false
	}
	return errors.Join(errs...)
}

func (r *run) putBack(at *walk, w *write) error {
	p := w.entry.Path
	if err := r.step("undo", p); err != nil {
		return err
	}
	if w.was == nil {
		return r.root.Remove(p)
	}
	err := r.writeTemp(at, w.temp, w.mode, w.was, p)
	if err == nil {
		err = r.root.Rename(w.temp, p)
	}
	if err != nil {
		r.root.Remove(w.temp)
	}
	return err
}
