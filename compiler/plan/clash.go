package plan

import (
	"slices"
	"strings"
)

// Clash is one place in the output that two files claim: the same path, paths
// that differ only in case (one file on macOS and Windows), or a file where
// another file needs a folder.
type Clash struct {
	Path  string // the file that is kept
	Other string // the file that is not; equal to Path when both claim that very path
	A, B  Owner  // of Path, of Other; equal when one target emitted a path twice
}

// findClashes returns the files that can be written together, in order, and a
// clash for each of the rest. Each file is in at most one clash of its own.
func findClashes(sorted []File) ([]File, []Clash) {
	kept := make([]File, 0, len(sorted))
	var clashes []Clash
	claims := newClaims(len(sorted))
	for _, f := range sorted {
		if first, taken := claims.add(len(kept), f.Path); taken {
			k := kept[first]
			clashes = append(clashes, Clash{Path: k.Path, Other: f.Path, A: k.Owner, B: f.Owner})
			continue
		}
		kept = append(kept, f)
	}
	slices.SortStableFunc(clashes, func(a, b Clash) int { return strings.Compare(a.Path, b.Path) })
	return kept, clashes
}

// claims knows what every accepted file takes, by folded path. The values are
// indexes into the accepted files.
type claims struct {
	files   map[string]int
	folders map[string]folder
}

type folder struct {
	spelling string
	first    int // the first file in it
}

func newClaims(n int) *claims {
	return &claims{files: make(map[string]int, n), folders: map[string]folder{}}
}

// add claims path for file i, or tells which earlier file is in its way.
func (c *claims) add(i int, path string) (first int, taken bool) {
	folded := fold(path)
	if first, taken = c.files[folded]; taken {
		return first, true
	}
	if dir, isFolder := c.folders[folded]; isFolder {
		return dir.first, true
	}
	for end := range path {
		if path[end] != '/' {
			continue
		}
		if first, taken = c.files[folded[:end]]; taken {
			return first, true
		}
		if dir, known := c.folders[folded[:end]]; known && dir.spelling != path[:end] {
			return dir.first, true
		}
	}
	c.files[folded] = i
	for end := range path {
		if path[end] != '/' {
			continue
		}
		if _, known := c.folders[folded[:end]]; !known {
			c.folders[folded[:end]] = folder{spelling: path[:end], first: i}
		}
	}
	return 0, false
}
