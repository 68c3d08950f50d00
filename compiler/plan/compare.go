package plan

import (
	"bytes"
	"errors"
	"io/fs"
	"path"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
)

// Compare returns one entry for each planned file within the scope and, if the
// scope is the whole fleet, one for each orphan, sorted by path. Without
// orphans to look for it reads no file that the plan does not name. An error
// is the world's: a file that could not be read.
func Compare(p Plan, tree Tree, scope Scope) ([]Entry, error) {
	var files []File
	for _, f := range p.Files {
		if scope.covers(f) {
			files = append(files, f)
		}
	}
	entries := make([]Entry, len(files))
	err := each(len(files), func(i int) (err error) {
		entries[i], err = compareFile(files[i], tree)
		return err
	})
	if err != nil || !scope.seesOrphans() {
		return entries, err
	}
	orphans, err := findOrphans(p, tree, scope)
	if err != nil {
		return nil, err
	}
	entries = append(entries, orphans...)
	slices.SortFunc(entries, func(a, b Entry) int { return strings.Compare(a.Path, b.Path) })
	return entries, nil
}

func compareFile(f File, tree Tree) (Entry, error) {
	e := Entry{Path: f.Path, Owner: f.Owner}
	old, err := tree.Read(f.Path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		e.State, e.New = Missing, Bytes(f)
		return e, nil
	case errors.As(err, &e.Obstacle):
		e.State = Foreign
		return e, nil
	case err != nil:
		return e, err
	}
	if isUpToDate(f, old) {
		return e, nil
	}
	e.Old = old
	switch _, c := recognise(old); {
	case c == intact:
		e.State = Stale
	case c == conflicted:
		e.State, e.Note = HandEdited, Conflicted
	case c == edited, len(bytes.TrimSpace(old)) == 0:
		// An empty file, as a full disk leaves it behind other tools, is
		// nobody's work.
		e.State = HandEdited
	default:
		e.State = Foreign
		return e, nil
	}
	e.New = Bytes(f)
	return e, nil
}

// isUpToDate copies nothing: nearly every file of nearly every run is so.
func isUpToDate(f File, old []byte) bool {
	rest, ok := bytes.CutPrefix(unix(old), []byte(firstLine(f)))
	return ok && bytes.Equal(rest, f.Body)
}

// findOrphans reads every file that p does not name.
func findOrphans(p Plan, tree Tree, scope Scope) ([]Entry, error) {
	paths, err := tree.List()
	if err != nil {
		return nil, err
	}
	folded := make(map[string]bool, len(p.Files))
	for _, f := range p.Files {
		folded[fold(f.Path)] = true
	}
	paths = slices.DeleteFunc(paths, func(path string) bool {
		_, planned := p.Lookup(path)
		return planned
	})
	entries := make([]Entry, len(paths))
	err = each(len(paths), func(i int) (err error) {
		entries[i], err = inspectOrphan(paths[i], tree, scope)
		if entries[i].State != UpToDate && folded[fold(paths[i])] {
			// Where case does not count this is the planned file itself:
			// removing it would remove what was just written.
			entries[i].State, entries[i].Note = EditedOrphan, OtherCase
		}
		return err
	})
	return Findings(entries), err
}

// inspectOrphan returns a zero State for what is not ours or not in scope.
func inspectOrphan(p string, tree Tree, scope Scope) (Entry, error) {
	var obstacle *Obstacle
	old, err := tree.Read(p)
	if errors.Is(err, fs.ErrNotExist) || errors.As(err, &obstacle) {
		return Entry{}, nil // gone since it was listed
	}
	if err != nil {
		return Entry{}, err
	}
	owner, c := recognise(old)
	if c == notOurs && isManifest(p) {
		return Entry{Path: p, State: Stray}, nil
	}
	if c == notOurs || slices.Contains(scope.Kept, owner) {
		return Entry{}, nil
	}
	e := Entry{Path: p, Owner: owner, State: EditedOrphan, Old: old}
	switch c {
	case intact:
		e.State = Orphan
	case conflicted:
		e.Note = Conflicted
	}
	return e, nil
}

// each calls f for 0 to n-1 on as many goroutines as there are processors, and
// returns the error of the lowest number, so that a run that fails fails alike
// every time.
func each(n int, f func(i int) error) error {
	errs := make([]error, n)
	var next atomic.Int64
	var wg sync.WaitGroup
	for range min(n, runtime.GOMAXPROCS(0)) {
		wg.Go(func() {
			for i := int(next.Add(1)) - 1; i < n; i = int(next.Add(1)) - 1 {
				errs[i] = f(i)
			}
		})
	}
	wg.Wait()
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

// isManifest reports whether Argo CD would read a file of this name.
func isManifest(p string) bool {
	switch path.Ext(p) {
	case ".yaml", ".yml", ".json":
		return true
	}
	return false
}
