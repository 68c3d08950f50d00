package disk

import (
	"bytes"
	"errors"
	"io/fs"
	"path"
	"slices"

	"slipway.dev/compiler/plan"
)

// remove removes the orphans, and the folders that this leaves empty. It looks
// at each file once more: one that was edited since it was compared stays.
func (r *run) remove() (removed []string, err error) {
	defer func() { r.removeEmptied(removed) }()
	for _, e := range r.orphans {
		now, err := r.Read(e.Path)
		var obstacle *plan.Obstacle
		if errors.Is(err, fs.ErrNotExist) || errors.As(err, &obstacle) {
			continue
		}
		if err != nil {
			return removed, err
		}
		if !plan.Intact(now) || !bytes.Equal(now, e.Old) {
			continue
		}
		if err := r.step("remove", e.Path); err != nil {
			return removed, r.wrap("remove", e.Path, err)
		}
		if err := r.root.Remove(e.Path); err != nil {
			return removed, r.wrap("remove", e.Path, err)
		}
		removed = append(removed, e.Path)
	}
	return removed, nil
}

// removeEmptied removes the folders of files that are gone, as far up as they
// are empty. One that is not, or that we may not remove, stays. So does one of
// a run that is killed just here, as nothing tells whose it was; Git does not
// see empty folders.
func (r *run) removeEmptied(gone []string) {
	var dirs []string
	for _, p := range gone {
		for dir := path.Dir(p); dir != "."; dir = path.Dir(dir) {
			dirs = append(dirs, dir)
		}
	}
	slices.Sort(dirs)
	for _, dir := range slices.Backward(slices.Compact(dirs)) { // inner before outer
		r.root.Remove(dir) // removes no folder that holds anything
	}
}
