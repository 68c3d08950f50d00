package plan

import "slices"

// Scope is who a run speaks for. Its zero value speaks for nobody.
type Scope struct {
	Whole  bool                   // for every owner, and so for orphans too
	Owners []Owner                // for these, unless Whole
	Kept   []Owner                // for none of these, whatever the rest says: services whose spec is broken
	Paths  func(path string) bool // only for these paths, if not nil: --env and --target
}

// covers reports whether the run speaks for a file that is planned.
func (s Scope) covers(f File) bool {
	if slices.Contains(s.Kept, f.Owner) || s.Paths != nil && !s.Paths(f.Path) {
		return false
	}
	return s.Whole || slices.Contains(s.Owners, f.Owner)
}

// seesOrphans is false for every run that did not plan all there is: what it
// did not plan may well be somebody else's, or its own of another environment.
func (s Scope) seesOrphans() bool { return s.Whole && s.Paths == nil }
