// Package plan is what will be written, as data: the files of a run with their
// owners, the first line that makes each of them recognisable, and how they
// compare with what the output folder holds.
//
// It reads through [Tree] and writes nothing; one other place commits the
// entries that [Compare] returns.
package plan

import (
	"bytes"
	"slices"
	"strings"
)

// File is one file to be written.
type File struct {
	Path  string // slash-separated, relative to the output folder
	Owner Owner
	Body  []byte // without the first line; LF, no BOM, ends with a newline unless empty
}

// Plan is every file that a run writes. It is made by [New].
type Plan struct {
	Files []File // sorted by Path, unique
}

// New sorts the files and finds the paths that more than one of them claims.
// With clashes the plan keeps the first claimant of each path, and must not be
// written. The order of files decides nothing but that.
//
// It panics on what no user can cause: a path that leaves the output folder or
// that Git or Windows would not hold, a kind of file without a comment syntax,
// an owner that could not be read back, a body that is not plain LF text.
func New(files []File) (Plan, []Clash) {
	sorted := slices.Clone(files)
	for _, f := range sorted {
		checkPath(f.Path)
		f.Owner.check()
		checkBody(f)
	}
	// Stable, so that of two claimants the one emitted first stays.
	slices.SortStableFunc(sorted, func(a, b File) int { return strings.Compare(a.Path, b.Path) })
	kept, clashes := findClashes(sorted)
	return Plan{Files: kept}, clashes
}

// Lookup returns the file at path.
func (p Plan) Lookup(path string) (File, bool) {
	i, found := slices.BinarySearchFunc(p.Files, path, func(f File, path string) int {
		return strings.Compare(f.Path, path)
	})
	if !found {
		return File{}, false
	}
	return p.Files[i], true
}

func checkBody(f File) {
	switch {
	case bytes.IndexByte(f.Body, '\r') >= 0:
		panic("plan: carriage return in " + f.Path)
	case bytes.HasPrefix(f.Body, bom):
		panic("plan: byte order mark in " + f.Path)
	case len(f.Body) > 0 && f.Body[len(f.Body)-1] != '\n':
		panic("plan: no newline at the end of " + f.Path)
	}
}
