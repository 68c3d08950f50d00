package diag

import (
	"fmt"
	"slices"
	"testing"
)

func TestDiagnosticsAreSortedAndToldOnce(t *testing.T) {
	t.Parallel()
	var l, other List
	at := func(file string, line, col int) Pos { return Pos{file, line, col} }
	l.Errorf("b-code", at("b.cue", 1, 1), "late file")
	l.Errorf("b-code", at("a.cue", 10, 1), "late line")
	l.Errorf("b-code", at("a.cue", 9, 2), "late column")
	l.Errorf("b-code", at("a.cue", 9, 1), "late code")
	l.Errorf("a-code", at("a.cue", 9, 1), "m2")
	l.Warnf("a-code", at("a.cue", 9, 1), "m1").WithHint("first")
	other.Errorf("a-code", at("a.cue", 9, 1), "m1").WithHint("second")
	other.Errorf("a-code", at("a.cue", 9, 1), "m1").WithHint("third")
	other.Warnf("no-place", Pos{}, "the fleet")
	l.Append(&other, nil, new(List))

	want := []string{
		"-: warning: the fleet [no-place]",
		"a.cue:9:1: m1 [a-code]",
		"a.cue:9:1: m2 [a-code]",
		"a.cue:9:1: late code [b-code]",
		"a.cue:9:2: late column [b-code]",
		"a.cue:10:1: late line [b-code]",
		"b.cue:1:1: late file [b-code]",
	}
	all := l.All()
	var got []string
	for _, d := range all {
		got = append(got, d.String())
	}
	if !slices.Equal(got, want) {
		t.Errorf("got  %q\nwant %q", got, want)
	}
	if all[1].Hint != "second" {
		t.Errorf("of equal diagnostics the one with hint %q was kept, want the first error", all[1].Hint)
	}
	if l.Len() != 7 || l.Errors() != 6 || l.Warnings() != 1 || !l.HasErrors() {
		t.Errorf("%d diagnostics, %d errors, %d warnings", l.Len(), l.Errors(), l.Warnings())
	}
}

func TestAListGivesItsSubjectAndKeepsThatOfOthers(t *testing.T) {
	t.Parallel()
	cart, fleet := List{Subject: "cart"}, List{}
	cart.Errorf(NoImage, Pos{}, "a")
	cart.Errorf(NoImage, Pos{}, "b").WithSubject("checkout")
	fleet.Append(&cart)
	fleet.Warnf(UnusedAllow, Pos{}, "c")
	var got []string
	for _, d := range fleet.All() {
		got = append(got, d.Subject)
	}
	if want := []string{"cart", "checkout", ""}; !slices.Equal(got, want) {
		t.Errorf("subjects are %q, want %q", got, want)
	}
}

func TestAnEmptyListHasNoErrors(t *testing.T) {
	t.Parallel()
	var l List
	if l.HasErrors() || l.Len() != 0 || len(l.All()) != 0 {
		t.Error("the zero List is not empty")
	}
	l.Warnf(UnusedVolume, Pos{}, "w")
	if l.HasErrors() {
		t.Error("a warning counts as an error")
	}
}

func TestDetailsAreAddedInPlace(t *testing.T) {
	t.Parallel()
	var l List
	second := Pos{"platform.cue", 3, 1}
	l.Errorf(PolicyViolation, Pos{"a.cue", 1, 2}, "min is %d", 2).
		WithPath("run.web.scale.min").WithHint("raise it to %d", 8).WithRelated(second, "rule of %q", "prod")
	d := l.All()[0]
	if d.Message != "min is 2" || d.Path != "run.web.scale.min" || d.Hint != "raise it to 8" ||
		!slices.Equal(d.Related, []Related{{second, `rule of "prod"`}}) {
		t.Errorf("got %+v", d)
	}
}

func TestPlacesPrintWhatIsKnown(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		pos     Pos
		want    string
		valid   bool
		builtin bool
	}{
		{Pos{}, "-", false, false},
		{Pos{"a.cue", 0, 0}, "a.cue", true, false},
		{Pos{"a.cue", 3, 0}, "a.cue:3", true, false},
		{Pos{"services/a.cue", 3, 14}, "services/a.cue:3:14", true, false},
		{Pos{"slipway:defaults.cue", 1, 1}, "slipway:defaults.cue:1:1", true, true},
	} {
		if got := c.pos.String(); got != c.want || c.pos.IsValid() != c.valid || c.pos.IsBuiltin() != c.builtin {
			t.Errorf("%#v: %q, valid %t, built in %t", c.pos, got, c.pos.IsValid(), c.pos.IsBuiltin())
		}
	}
}

func TestPlacesAreOrderedByFileLineAndColumn(t *testing.T) {
	t.Parallel()
	order := []Pos{{}, {"a", 1, 9}, {"a", 2, 1}, {"a", 2, 3}, {"a", 10, 1}, {"b", 0, 0}}
	for i, p := range order {
		for j, q := range order {
			if p.Before(q) != (i < j) {
				t.Errorf("%v before %v is %t", p, q, p.Before(q))
			}
		}
	}
}

func ExampleDiagnostic() {
	var ds List
	ds.Errorf(UnknownService, Pos{"services/cart.cue", 8, 12}, "service %q consumes %q, which no service provides", "cart", "apii").
		WithHint("%s", Suggest("apii", []string{"api", "web"}))
	for _, d := range ds.All() {
		fmt.Println(d)
		fmt.Println(d.Hint)
	}
	// Output:
	// services/cart.cue:8:12: service "cart" consumes "apii", which no service provides [unknown-service]
	// did you mean "api"?
}
