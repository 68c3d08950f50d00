// Package faults shows that the judges are alive: it breaks good output on purpose, one
// fault at a time, and counts who notices. It holds no opinion on output; what is wrong
// with a fault is said by its name, and judged by package judge.
//
// The faults are two sets. Table holds those that people thought of, by area, at least one
// for every rule of a validator that the output can break and for every hazard of the
// design. Systematic makes a misspelling and a wrong type of every field there is.
package faults

import (
	"bytes"
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"slipway.dev/golden/cluster/judge"
)

// Fault is one way to break the good tree.
type Fault struct {
	Name  string // a sentence, unique
	Area  string
	Worst bool // one that must never survive
	Edit  Edit
}

// Outcome is what the judges say about one fault.
type Outcome struct {
	Fault
	// Caught are the judges that find something which they do not find in the good tree,
	// in the order in which they were asked.
	Caught []string
	// First is the first such finding.
	First judge.Finding
	// Err says why the fault could not be tried.
	Err error
}

// Bench tries faults. It is safe for concurrent use.
type Bench struct {
	judges []judge.Judge
	reader judge.Reader
	good   map[string][]byte
	cuts   []cut // the smallest first, the last is the whole tree
}

// cut is a part of the good tree that stands alone: a fault inside is seeded there first,
// because judging the whole tree takes several times as long.
type cut struct {
	holds func(file string) bool
	known map[string]bool // what is found in it without any fault
	files int
}

// NewBench makes a bench of a good tree. What is found in it without a fault is not held
// against it here: a fault is caught by a finding that is not there without it.
func NewBench(good map[string][]byte, judges []judge.Judge) *Bench {
	b := &Bench{judges: judges, good: good}
	for _, holds := range parts(good) {
		c := cut{holds: holds, known: map[string]bool{}}
		files := b.within(c, good)
		c.files = len(files)
		for _, f := range b.judge(files, nil, len(judges)+1) {
			c.known[f.String()] = true
		}
		b.cuts = append(b.cuts, c)
	}
	// A part in which something is found does not stand alone.
	whole := b.cuts[len(b.cuts)-1]
	b.cuts = slices.DeleteFunc(b.cuts, func(c cut) bool { return c.files < whole.files && len(c.known) > 0 })
	slices.SortStableFunc(b.cuts, func(x, y cut) int { return cmp.Compare(x.files, y.files) })
	return b
}

// Known are the findings in the good tree, sorted.
func (b *Bench) Known() []string {
	return slices.Sorted(maps.Keys(b.cuts[len(b.cuts)-1].known))
}

// parts are the parts of a tree that may stand alone, and last the whole.
func parts(good map[string][]byte) []func(string) bool {
	var all []func(string) bool
	services := map[string]bool{}
	for file := range good {
		if rest, ok := strings.CutPrefix(file, "services/"); ok {
			name, _, _ := strings.Cut(rest, "/")
			services[name] = true
		}
	}
	always := func(file string) bool {
		return strings.HasPrefix(file, "platform/") || strings.HasPrefix(file, "argocd/bootstrap/projects/")
	}
	for _, service := range slices.Sorted(maps.Keys(services)) {
		all = append(all, func(file string) bool {
			return always(file) || strings.HasPrefix(file, "services/"+service+"/") ||
				strings.HasPrefix(file, "argocd/clusters/") && strings.HasSuffix(file, "/"+service+".yaml")
		})
	}
	return append(all, func(file string) bool {
		return always(file) || strings.HasPrefix(file, "pipelines/") || strings.HasPrefix(file, "runs/") ||
			strings.HasPrefix(file, "argocd/clusters/") && strings.HasSuffix(file, "/pipelines.yaml")
	}, func(string) bool { return true })
}

// within are the files of a cut.
func (b *Bench) within(c cut, files map[string][]byte) map[string][]byte {
	part := map[string][]byte{}
	for file, content := range files {
		if c.holds(file) {
			part[file] = content
		}
	}
	return part
}

// Try seeds a fault and asks the judges, until so many have caught it.
func (b *Bench) Try(f Fault, enough int) (o Outcome) {
	o.Fault = f
	defer func() {
		if r := recover(); r != nil {
			o.Err = fmt.Errorf("a judge panics: %v", r)
		}
	}()
	bad := maps.Clone(b.good)
	if o.Err = f.Edit(bad); o.Err != nil {
		return o
	}
	changed := changes(b.good, bad)
	if len(changed) == 0 {
		o.Err = fmt.Errorf("the edit changes nothing")
		return o
	}
	for _, c := range b.cuts {
		if slices.ContainsFunc(changed, func(file string) bool { return !c.holds(file) }) {
			continue
		}
		for _, finding := range b.judge(b.within(c, bad), c.known, enough) {
			if len(o.Caught) == 0 {
				o.First = finding
			}
			if !slices.Contains(o.Caught, finding.Judge) {
				o.Caught = append(o.Caught, finding.Judge)
			}
		}
		if len(o.Caught) > 0 {
			return o
		}
	}
	return o
}

// changes are the files that differ.
func changes(good, bad map[string][]byte) []string {
	var all []string
	for file, content := range good {
		if other, there := bad[file]; !there || !bytes.Equal(content, other) {
			all = append(all, file)
		}
	}
	for file := range bad {
		if _, there := good[file]; !there {
			all = append(all, file)
		}
	}
	return all
}

// judge asks the judges one after another, until so many have found something that is not
// known.
func (b *Bench) judge(files map[string][]byte, known map[string]bool, enough int) []judge.Finding {
	fresh := func(all []judge.Finding) []judge.Finding {
		return slices.DeleteFunc(all, func(f judge.Finding) bool { return known[f.String()] })
	}
	tree, found := b.reader.Tree(files)
	found = fresh(found)
	loud := min(len(found), 1)
	for _, j := range b.judges {
		if loud >= enough {
			break
		}
		more := fresh(judge.Find(tree, j))
		loud += min(len(more), 1)
		found = append(found, more...)
	}
	return found
}

// TryDecoding tries a fault that a decoder may see in one file alone, and else all judges
// until the first that catches it.
func (b *Bench) TryDecoding(f Fault) Outcome {
	bad := maps.Clone(b.good)
	if err := f.Edit(bad); err != nil {
		return Outcome{Fault: f, Err: err}
	}
	if changed := changes(b.good, bad); len(changed) == 1 {
		known := b.alone(b.good, changed[0])
		for _, finding := range b.alone(bad, changed[0]) {
			if !slices.ContainsFunc(known, func(k judge.Finding) bool { return k.String() == finding.String() }) {
				return Outcome{Fault: f, Caught: []string{finding.Judge}, First: finding}
			}
		}
	}
	return b.Try(f, 1)
}

// alone is what the first judge, which decodes, says about one file.
func (b *Bench) alone(files map[string][]byte, file string) []judge.Finding {
	tree, _ := b.reader.Tree(map[string][]byte{file: files[file]})
	return b.judges[0].Judge(tree)
}
