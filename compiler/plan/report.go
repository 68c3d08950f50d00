package plan

import (
	"fmt"
	"path"
)

// Message says what is the matter with e, for people; prefix is the output
// folder as the user knows it. It is one line, and [Entry.Hint] is its way out.
func (e Entry) Message(prefix string) string {
	at := path.Join(prefix, e.Path)
	switch {
	case e.Obstacle != nil:
		return fmt.Sprintf("%s is %s, and %s belongs there", path.Join(prefix, e.Obstacle.Path), e.Obstacle.Kind, at)
	case e.Note == OtherCase:
		return fmt.Sprintf("%s differs only in case from a file that the specs mean", at)
	case e.Note == Conflicted && e.State == EditedOrphan:
		return fmt.Sprintf("%s has Git conflict markers, and nothing in the specs writes it any more", at)
	case e.Note == Conflicted:
		return fmt.Sprintf("%s has Git conflict markers", at)
	}
	switch e.State {
	case UpToDate:
		return fmt.Sprintf("%s is up to date", at)
	case Stale:
		return fmt.Sprintf("%s is stale: the specs mean something else by now", at)
	case HandEdited:
		return fmt.Sprintf("%s was edited by hand", at)
	case Missing:
		return fmt.Sprintf("%s is missing", at)
	case Orphan:
		return fmt.Sprintf("%s is an orphan: nothing in the specs writes it any more", at)
	case EditedOrphan:
		return fmt.Sprintf("%s is an orphan that was edited by hand", at)
	case Stray:
		return fmt.Sprintf("%s was not written by slipway, but clusters apply what lies there", at)
	case Foreign:
		return fmt.Sprintf("%s was not written by slipway, and a generated file belongs there", at)
	}
	panic("plan: state without a message")
}

// Hint is the command or the step that mends e; empty if nothing is amiss.
// spec is the file that e's content comes from, such as services/checkout.cue.
func (e Entry) Hint(spec string) string {
	switch {
	case e.Obstacle != nil:
		return "move it away, then run `slipway compile`"
	case e.Note == OtherCase:
		return "rename it with `git mv`, or delete it"
	case e.Note == Conflicted && e.State == EditedOrphan:
		return "delete it"
	case e.Note == Conflicted:
		return "run `slipway compile`, which writes it anew, then `git add` it"
	}
	switch e.State {
	case Stale, Missing:
		return "run `slipway compile`"
	case HandEdited:
		return fmt.Sprintf("it is overwritten by `slipway compile`; move the change to %s", spec)
	case Orphan:
		return "run `slipway compile` without a path, which removes it"
	case EditedOrphan:
		return "it is kept; delete it, or delete its first line to make it your own"
	case Stray:
		return "move it out of the output folder"
	case Foreign:
		return "move it away, then run `slipway compile`"
	}
	return ""
}
