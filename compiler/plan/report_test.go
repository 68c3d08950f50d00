package plan

import "testing"

func TestEachStateSaysWhatIsTheMatterAndTheWayOut(t *testing.T) {
	t.Parallel()
	const spec = "services/a.cue"
	for _, c := range []struct {
		entry         Entry
		message, hint string
	}{
		{Entry{State: UpToDate}, "deploy/a/x.yaml is up to date", ""},
		{Entry{State: Stale}, "deploy/a/x.yaml is stale: the specs mean something else by now", "run `slipway compile`"},
		{Entry{State: HandEdited}, "deploy/a/x.yaml was edited by hand",
			"it is overwritten by `slipway compile`; move the change to services/a.cue"},
		{Entry{State: HandEdited, Note: Conflicted}, "deploy/a/x.yaml has Git conflict markers",
			"run `slipway compile`, which writes it anew, then `git add` it"},
		{Entry{State: Missing}, "deploy/a/x.yaml is missing", "run `slipway compile`"},
		{Entry{State: Orphan}, "deploy/a/x.yaml is an orphan: nothing in the specs writes it any more",
			"run `slipway compile` without a path, which removes it"},
		{Entry{State: EditedOrphan}, "deploy/a/x.yaml is an orphan that was edited by hand",
			"it is kept; delete it, or delete its first line to make it your own"},
		{Entry{State: EditedOrphan, Note: Conflicted},
			"deploy/a/x.yaml has Git conflict markers, and nothing in the specs writes it any more", "delete it"},
		{Entry{State: EditedOrphan, Note: OtherCase},
			"deploy/a/x.yaml differs only in case from a file that the specs mean", "rename it with `git mv`, or delete it"},
		{Entry{State: Foreign}, "deploy/a/x.yaml was not written by slipway, and a generated file belongs there",
			"move it away, then run `slipway compile`"},
		{Entry{State: Foreign, Obstacle: &Obstacle{"a", Symlink}}, "deploy/a is a symlink, and deploy/a/x.yaml belongs there",
			"move it away, then run `slipway compile`"},
	} {
		c.entry.Path = "a/x.yaml"
		if got := c.entry.Message("deploy"); got != c.message {
			t.Errorf("%s: %s", c.entry.State, got)
		}
		if got := c.entry.Hint(spec); got != c.hint {
			t.Errorf("%s: %s", c.entry.State, got)
		}
	}
}

func TestAStateThatNobodyKnowsIsOurBug(t *testing.T) {
	t.Parallel()
	if !panics(func() { _ = Entry{State: 99}.Message("") }) {
		t.Error("it has a message")
	}
}

func TestOnlyASweepingRemovalNeedsAsking(t *testing.T) {
	t.Parallel()
	entries := func(state State, owner Owner, n int) []Entry {
		out := make([]Entry, n)
		for i := range out {
			out[i] = Entry{State: state, Owner: owner}
		}
		return out
	}
	a, b := Service("a"), Service("b")
	for name, c := range map[string]struct {
		lists [][]Entry
		want  bool
	}{
		"nothing":                    {nil, false},
		"nothing goes":               {[][]Entry{entries(UpToDate, a, 10)}, false},
		"one of two services":        {[][]Entry{entries(UpToDate, a, 10), entries(Orphan, b, 10)}, false},
		"everything of one":          {[][]Entry{entries(Orphan, b, 10), entries(Missing, a, 3), entries(Foreign, a, 3)}, true},
		"a little of two":            {[][]Entry{entries(UpToDate, a, 14), entries(Orphan, a, 3), entries(Orphan, b, 3)}, false},
		"a third of two":             {[][]Entry{entries(Stale, a, 12), entries(Orphan, a, 3), entries(Orphan, b, 3)}, true},
		"edited orphans do not go":   {[][]Entry{entries(EditedOrphan, a, 10), entries(EditedOrphan, b, 10)}, false},
		"a third of it, hand-edited": {[][]Entry{entries(HandEdited, a, 12), entries(Orphan, a, 3), entries(Orphan, b, 3)}, true},
	} {
		var all []Entry
		for _, l := range c.lists {
			all = append(all, l...)
		}
		if got := NewRemoval(all).Sweeping(); got != c.want {
			t.Errorf("%s: %v", name, got)
		}
	}
}
