package disk

import (
	"crypto/rand"
	"encoding/hex"
	"path"
	"regexp"
	"strconv"

	"slipway.dev/compiler/plan"
)

// tempShape is the whole shape of the names that newTempName gives, not just
// how they begin: sweeping by prefix has cost others files that were not
// theirs. Nobody names a file of their own like this.
var tempShape = regexp.MustCompile(`^` + regexp.QuoteMeta(plan.TempPrefix) + `[0-9a-f]{16}-[0-9]+\.tmp$`)

// newTempName returns a source of names that no other run gives.
func newTempName() func() string {
	var id [8]byte
	rand.Read(id[:]) // never fails
	prefix := plan.TempPrefix + hex.EncodeToString(id[:]) + "-"
	n := 0
	return func() string {
		n++
		return prefix + strconv.Itoa(n) + ".tmp"
	}
}

// sweep removes the temporary files of killed runs: those that List came
// across, and those in the folders that this run writes to, so that running
// again what was killed leaves nothing behind. It needs the lock, which says
// that no run is alive that they could belong to. What cannot be removed does
// no harm.
func (r *run) sweep() {
	var gone []string
	sweep := func(p string) {
		info, err := r.root.Lstat(p)
		if err == nil && info.Mode().IsRegular() && tempShape.MatchString(path.Base(p)) &&
			r.step("sweep", p) == nil && r.root.Remove(p) == nil {
			gone = append(gone, p)
		}
	}
	for _, p := range r.temps {
		sweep(p)
	}
	r.Output.temps = nil
	seen := map[string]bool{}
	for _, w := range r.writes {
		dir := path.Dir(w.entry.Path)
		if seen[dir] || r.checkFolder(dir) != nil {
			continue
		}
		seen[dir] = true
		for _, name := range r.names(dir) {
			if tempShape.MatchString(name) {
				sweep(path.Join(dir, name))
			}
		}
	}
	r.removeEmptied(gone)
	r.forget()
}

func (r *run) names(dir string) []string {
	f, err := r.root.Open(dir)
	if err != nil {
		return nil
	}
	defer f.Close()
	names, _ := f.Readdirnames(-1)
	return names
}
