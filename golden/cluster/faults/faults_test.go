package faults

import (
	"cmp"
	"flag"
	"fmt"
	"maps"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
)

// shared is one for all tests: the judges remember what they have judged.
var shared = sync.OnceValues(func() (*Bench, error) {
	good, err := Good()
	if err != nil {
		return nil, err
	}
	return NewBench(good, Judges()), nil
})

func bench(t *testing.T) *Bench {
	t.Helper()
	b, err := shared()
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestGoodTreeIsGood(t *testing.T) {
	t.Parallel()
	for _, finding := range bench(t).Known() {
		t.Error(finding)
	}
}

func TestWritingADocumentAnewIsNoFault(t *testing.T) {
	t.Parallel()
	b := bench(t)
	anew := func(files map[string][]byte) error {
		for file := range b.good {
			if strings.HasSuffix(file, ".yaml") {
				if err := document(files, file, func(object any) (any, error) { return object, nil }); err != nil {
					return err
				}
			}
		}
		return nil
	}
	o := b.Try(Fault{Edit: anew}, len(b.judges)+1)
	if o.Err != nil {
		t.Fatal(o.Err)
	}
	if len(o.Caught) > 0 {
		t.Errorf("what faults are seeded with is a fault itself: %v", o.First)
	}
}

func TestEveryFaultHasANameOfItsOwn(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for _, f := range Table() {
		if seen[f.Name] {
			t.Errorf("%q is there twice", f.Name)
		}
		seen[f.Name] = true
	}
}

// every makes the report say who else catches a fault; it takes several times as long.
var every = flag.Bool("every", false, "ask all judges about every fault, not only until the first that catches it")

func TestJudgesCatchSeededFaults(t *testing.T) {
	t.Parallel()
	b, enough := bench(t), 1
	if *every {
		enough = len(b.judges) + 1
	}
	outcomes := tryAll(Table(), func(f Fault) Outcome { return b.Try(f, enough) })
	if killed := held(t, outcomes, Survivors()); killed < 98 {
		t.Errorf("%.1f %% of the faults are caught, and 98 %% are asked for", killed)
	}
	first := map[string]bool{}
	for _, o := range outcomes {
		if len(o.Caught) > 0 {
			first[o.Caught[0]] = true
		}
	}
	for _, j := range b.judges {
		if !first[j.Name] {
			t.Errorf("the judge %s is the first to catch nothing: it is dead, or others do all that it does", j.Name)
		}
	}
	t.Log(report(outcomes))
}

func TestJudgesCatchEveryMisspellingAndWrongType(t *testing.T) {
	t.Parallel()
	b := bench(t)
	all, err := Systematic(b.good)
	if err != nil {
		t.Fatal(err)
	}
	outcomes := tryAll(all, func(f Fault) Outcome { return b.TryDecoding(f) })
	held(t, outcomes, nil)
	t.Log(report(outcomes))
}

// tryAll tries faults in parallel; the outcomes are in the order of the faults.
func tryAll(all []Fault, try func(Fault) Outcome) []Outcome {
	outcomes := make([]Outcome, len(all))
	next := make(chan int)
	var group sync.WaitGroup
	for range runtime.GOMAXPROCS(0) {
		group.Go(func() {
			for i := range next {
				outcomes[i] = try(all[i])
			}
		})
	}
	for i := range all {
		next <- i
	}
	close(next)
	group.Wait()
	return outcomes
}

// held holds the outcomes to the list of survivors, and returns how many percent are caught.
func held(t *testing.T, outcomes []Outcome, listed map[string]string) float64 {
	t.Helper()
	survivors, unused := 0, maps.Clone(listed)
	for _, o := range outcomes {
		_, known := listed[o.Name]
		delete(unused, o.Name)
		switch {
		case o.Err != nil:
			t.Errorf("%s: %q cannot be tried: %v", o.Area, o.Name, o.Err)
		case len(o.Caught) == 0:
			survivors++
			if o.Worst {
				t.Errorf("%s: nobody catches %q, one of the worst", o.Area, o.Name)
			} else if !known {
				t.Errorf("%s: nobody catches %q", o.Area, o.Name)
			}
		case known:
			t.Errorf("%s: %q is caught now; take it from the survivors: %v", o.Area, o.Name, o.First)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(unused)) {
		t.Errorf("the survivor %q is no fault any more", name)
	}
	return 100 * float64(len(outcomes)-survivors) / float64(len(outcomes))
}

// report tells who caught how much, by judge and by area.
func report(outcomes []Outcome) string {
	type count struct{ caught, first, alone, all, worst int }
	judges, areas := map[string]*count{}, map[string]*count{}
	get := func(m map[string]*count, name string) *count {
		if m[name] == nil {
			m[name] = &count{}
		}
		return m[name]
	}
	total := &count{}
	for _, o := range outcomes {
		for _, c := range []*count{get(areas, o.Area), total} {
			c.all++
			if len(o.Caught) > 0 {
				c.caught++
			}
			if o.Worst {
				c.worst++
			}
		}
		for i, name := range o.Caught {
			c := get(judges, name)
			c.caught++
			if i == 0 {
				c.first++
			}
			if len(o.Caught) == 1 {
				c.alone++
			}
		}
	}
	var b strings.Builder
	fmt.Fprintf(&b, "\n%-22s %7s", "judge", "first")
	if *every {
		fmt.Fprintf(&b, " %7s %7s", "caught", "alone")
	}
	for _, name := range sortedBy(judges, func(c *count) int { return -c.first }) {
		c := judges[name]
		fmt.Fprintf(&b, "\n%-22s %7d", name, c.first)
		if *every {
			fmt.Fprintf(&b, " %7d %7d", c.caught, c.alone)
		}
	}
	b.WriteString("\n")
	fmt.Fprintf(&b, "\n%-22s %7s %7s %7s %8s\n", "area", "faults", "worst", "caught", "")
	line := func(name string, c *count) {
		fmt.Fprintf(&b, "%-22s %7d %7d %7d %7.1f %%\n", name, c.all, c.worst, c.caught, 100*float64(c.caught)/float64(c.all))
	}
	for _, name := range sortedBy(areas, func(*count) int { return 0 }) {
		line(name, areas[name])
	}
	line("all", total)
	return b.String()
}

func sortedBy[T any](m map[string]*T, key func(*T) int) []string {
	return slices.SortedFunc(maps.Keys(m), func(a, b string) int {
		return cmp.Or(cmp.Compare(key(m[a]), key(m[b])), cmp.Compare(a, b))
	})
}
