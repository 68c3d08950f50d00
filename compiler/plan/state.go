package plan

// State is how one file of the output folder compares with the plan.
type State int

// The states. What mends each is told by [Entry.Hint].
const (
	UpToDate     State = iota // what would be written
	Stale                     // ours and intact, but the specs or the compiler moved on
	HandEdited                // ours by its first line, but the hash does not fit the rest
	Missing                   // planned, not there
	Orphan                    // ours and intact, planned by nobody: may be removed
	EditedOrphan              // planned by nobody, but somebody's work: kept
	Stray                     // a manifest that nobody planned and we did not write: clusters may apply it
	Foreign                   // something not ours on a planned path: nothing is written
)

var stateNames = [...]string{
	UpToDate:     "up to date",
	Stale:        "stale",
	HandEdited:   "hand-edited",
	Missing:      "missing",
	Orphan:       "orphan",
	EditedOrphan: "edited orphan",
	Stray:        "stray",
	Foreign:      "foreign",
}

// String is the state's name as reports print it.
func (s State) String() string { return stateNames[s] }

// Writes reports whether committing an entry in this state writes its file.
func (s State) Writes() bool { return s == Stale || s == HandEdited || s == Missing }

// Note singles out cases of a state that want words of their own.
type Note int

// The notes.
const (
	NoNote     Note = iota
	Conflicted      // hand-edited by a merge: Git's conflict markers are in it
	OtherCase       // an orphan's path differs only in case from a planned one
)

// Entry is one path of the output folder, planned or found.
type Entry struct {
	Path     string // slash-separated, relative to the output folder
	Owner    Owner  // the plan's; of an orphan, its first line's; the file on disk may name another
	State    State
	Note     Note
	Obstacle *Obstacle // what stands on the path of a foreign entry, if not a regular file
	Old      []byte    // as on disk; nil if up to date, missing or an obstacle
	New      []byte    // as it will be; nil if up to date, orphan or foreign
}

// Findings returns the entries that are not up to date, in order: what
// `slipway compile --check` fails for.
func Findings(entries []Entry) []Entry {
	var out []Entry
	for _, e := range entries {
		if e.State != UpToDate {
			out = append(out, e)
		}
	}
	return out
}
