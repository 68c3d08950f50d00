package reference

import (
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
)

// result is what saying a field does.
type result struct {
	example string // the shortest piece of a spec that says it
	from    saying
	tops    []spot // the highest places that are there only because of it, or say something else
	leaves  []spot // all the values that are
	gone    bool   // it takes these away
	coarse  bool   // it cannot be left out alone: this is what the struct around it does

	more     []*result // other examples
	measured bool      // the fleet compiles without it
	words    string    // all paths and values, for searching
}

// measure says each field in a fleet and leaves it out again.
func measure(t *testing.T, c *corpus, kind string, fields []*field) map[*field]*result {
	t.Helper()
	whole := map[*piece]objects{}
	for _, p := range c.pieces {
		if p.kind != kind {
			continue
		}
		var err error
		if whole[p], err = c.compile(kind, p.tree); err != nil {
			t.Errorf("%s.%s in specs.txtar: %v", p.name, p.kind, err)
		}
	}
	if t.Failed() {
		t.FailNow()
	}
	results := make([]*result, len(fields))
	var wg sync.WaitGroup
	turn := make(chan bool, 4)
	for i, f := range fields {
		wg.Add(1)
		turn <- true
		go func() {
			defer func() { <-turn; wg.Done() }()
			results[i] = c.measure(kind, f, whole)
		}()
	}
	wg.Wait()
	out := map[*field]*result{}
	for i, f := range fields {
		if results[i] == nil {
			t.Errorf("specs.txtar does not show %s", f.path())
			results[i] = &result{}
		}
		out[f] = results[i]
	}
	return out
}

// saying is a place in a piece where a field is said.
type saying struct {
	piece   *piece
	path    string
	way     []int
	example string
}

func (c *corpus) sayings(kind string, f *field) (out []saying) {
	for _, path := range f.places() {
		for _, p := range c.pieces {
			if p.kind != kind {
				continue
			}
			for _, way := range p.tree.find(segments(path)) {
				out = append(out, saying{p, path, way, strings.TrimSpace(p.tree.only(way).body())})
			}
		}
	}
	slices.SortStableFunc(out, func(a, b saying) int { return len(a.example) - len(b.example) })
	return out
}

// measure takes the shortest example that shows what the field does; and where that depends
// on what is said, all of them.
func (c *corpus) measure(kind string, f *field, whole map[*piece]objects) *result {
	var best *result
	all := isOpen(f.expr) || isEnum(f.expr) || strings.HasPrefix(f.path(), "run.NAME.ready.") || f.in.id == "#Files"
	for _, s := range c.sayings(kind, f) {
		r := &result{example: s.piece.tree.only(s.way).lines(90), from: s}
		if before, coarse := c.without(kind, f, s); before != nil {
			r.differ(before, whole[s.piece])
			if coarse {
				r.coarse = !r.narrow(before, whole[s.piece], s.piece.tree.at(s.way))
			}
		}
		if len(r.leaves) > 0 && !r.coarse {
			if !all {
				return r
			}
			if best != nil && len(best.leaves) > 0 && !best.coarse {
				if !r.gone {
					best.tops, best.leaves = sorted(append(best.tops, r.tops...)), sorted(append(best.leaves, r.leaves...))
					best.words += r.words
					best.more = append(best.more, r)
				}
				continue
			}
			best = r
			own := *r
			best.more = []*result{&own}
		}
		if best == nil || len(best.leaves) == 0 && len(r.leaves) > 0 {
			best = r
		}
	}
	return best
}

// without compiles a piece without what is at a place; where that does not compile, with
// another of the one-of or another value there; one of several kinds also without what only it
// has; and where that does not either, without what is around it.
func (c *corpus) without(kind string, f *field, s saying) (o objects, coarse bool) {
	var instead []*tree
	instead = append(instead, s.piece.tree.with(s.way, nil))
	if slices.Contains(f.in.oneOf, f.name) {
		for _, other := range c.otherChoices(kind, f) {
			instead = append(instead, s.piece.tree.with(s.way[:len(s.way)-1], other))
		}
	}
	if at := s.piece.tree.at(s.way); at.lit != "" {
		for _, other := range others(at.lit) {
			instead = append(instead, s.piece.tree.with(s.way, &tree{lit: other}))
		}
	}
	if isEnum(f.expr) {
		around, last := s.way[:len(s.way)-1], s.way[len(s.way)-1]
		for i := range s.piece.tree.at(around).kids {
			if i != last {
				both := s.piece.tree.with(append(slices.Clone(around), max(i, last)), nil)
				instead = append(instead, both.with(append(slices.Clone(around), min(i, last)), nil))
			}
		}
	}
	for _, piece := range instead {
		if o, err := c.compile(kind, piece); err == nil {
			return o, false
		}
	}
	for n := len(s.way) - 1; n > 0; n-- {
		if o, err := c.compile(kind, s.piece.tree.with(s.way[:n], nil)); err == nil {
			return o, true
		}
	}
	return nil, true
}

// otherChoices are the other fields of f's one-of, as pieces say them.
func (c *corpus) otherChoices(kind string, f *field) (out []*tree) {
	for _, name := range f.in.oneOf {
		if name == f.name {
			continue
		}
		for _, s := range c.sayings(kind, &field{in: f.in, name: name}) {
			out = append(out, &tree{keys: []string{name}, kids: []*tree{s.piece.tree.at(s.way)}})
			break
		}
	}
	return out
}

var lastDigit = regexp.MustCompile(`[0-9]([^0-9]*)$`)

// others are values like lit.
func others(lit string) (out []string) {
	if i := lastDigit.FindStringIndex(lit); i != nil {
		d := (lit[i[0]]-'0'+1)%10 + '0'
		out = append(out, lit[:i[0]]+string(d)+lit[i[0]+1:])
	}
	if strings.HasSuffix(lit, `"`) {
		out = append(out, lit[:len(lit)-1]+`x"`)
	}
	return out
}
