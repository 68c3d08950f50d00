package plan

// Removal is what pruning would take away.
type Removal struct {
	Orphans int // files that would go
	Ours    int // files there that carry our line, the orphans among them
	Owners  int // owners that the orphans belong to
}

// NewRemoval counts the orphans of a run over the whole fleet.
func NewRemoval(entries []Entry) Removal {
	var r Removal
	owners := map[Owner]bool{}
	for _, e := range entries {
		if e.State != Missing && e.State != Foreign && e.State != Stray {
			r.Ours++
		}
		if e.State == Orphan {
			r.Orphans++
			owners[e.Owner] = true
		}
	}
	r.Owners = len(owners)
	return r
}

// Sweeping reports a removal that nobody should get without asking for it:
// everything, or more than three files in ten of several owners. One service
// that goes is an everyday thing, however large its share of a small fleet.
//
// Argo CD deletes what is no longer in Git. A folder that could not be listed,
// a wrong working directory or a lost environment would empty clusters.
func (r Removal) Sweeping() bool {
	if r.Orphans == 0 {
		return false
	}
	return r.Orphans == r.Ours || r.Owners > 1 && r.Orphans*10 > r.Ours*3
}
