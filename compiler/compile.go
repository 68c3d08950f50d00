// Package compiler turns a fleet, as its people write it, into the files that clusters
// read. This file is its table of contents:
//
//	load     files to trees (source.go, package load)
//	resolve  layers laid, names looked up, defaults filled in: the IR (platform.go, resolve.go, …)
//	link     every service is told the interfaces of those it consumes (fleet.go)
//	check    what is wrong although every part is well-formed (check.go)
//	plan     every target turns the IR into files (below, package plan)
//
// Each phase may trust the one before it, and collects all it finds. The package touches
// neither disk nor clock: it reads from an fs.FS and returns data.
package compiler

import (
	"fmt"
	"io/fs"
	"runtime"
	"runtime/debug"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	"slipway.dev/compiler/diag"
	"slipway.dev/compiler/ir"
	"slipway.dev/compiler/load"
	"slipway.dev/compiler/plan"
)

// Options say what to compile. The zero value compiles the whole fleet.
type Options struct {
	// Services are the names to compile; all when empty. Whole-fleet checks and
	// fleet-owned files belong to a run over all.
	Services []string
	// Targets turn IR into files. Without any, the fleet is only judged.
	Targets []plan.Target
	// Stages are those of the pipelines, by name, and what each waits for; nil for what nothing
	// can be before or after. Specs may set something of each.
	Stages map[string][]string
	// Once are those of them that are not tried again, by name, and why.
	Once map[string]string
	// Tools are the images that platform.cue may replace, sorted.
	Tools []string
	// Workers bounds the parallel work; GOMAXPROCS when 0.
	Workers int
	// Watch is told which file a worker is at, and "" when it is done with it; so that
	// a watchdog can name the spec that does not end. It may be nil.
	Watch func(worker int, file string)
}

// Result is what a fleet means.
type Result struct {
	Fleet  *ir.Fleet // the services without mistakes; nil when platform.cue has some
	Files  []plan.File
	Diags  *diag.List
	Broken []string // services with mistakes, sorted by name: their committed output stays
	Whole  bool     // the run was over all services
}

// Compile compiles a fleet. The error is the world's (a file could not be read); users'
// mistakes are diagnostics.
func Compile(fleet fs.FS, o Options) (*Result, error) {
	c, err := begin(fleet, o)
	if err != nil {
		return nil, err
	}
	if c.platform == nil {
		return c.result, nil
	}
	steps := []func() error{c.loadAndResolve, c.rivals, c.link, c.check, c.plan}
	for _, step := range steps {
		if err := step(); err != nil {
			return nil, err
		}
	}
	return c.finish(), nil
}

// compilation is one run. Slices indexed by service are written by one worker each.
type compilation struct {
	fleet    fs.FS
	o        Options
	platform *platform
	result   *Result
	files    []ServiceFile // of all services, sorted by name
	names    []string      // of all services, sorted
	wanted   map[string]bool
	units    []*unit // wanted services and those they consume, sorted by name
	byName   map[string]*unit
	rival    map[string]bool // those whose Applications may be called as ones of the wanted
}

// unit is one service in a run.
type unit struct {
	file   ServiceFile
	wanted bool
	svc    *ir.Service // nil when nothing of its spec loads
	ds     diag.List
	known  []*diag.Diagnostic // mistakes of form, which explain others
	out    []plan.File
}

// begin loads the platform and finds the services.
func begin(fleet fs.FS, o Options) (*compilation, error) {
	if o.Workers == 0 {
		o.Workers = runtime.GOMAXPROCS(0)
	}
	c := &compilation{fleet: fleet, o: o, wanted: map[string]bool{}, byName: map[string]*unit{}}
	c.result = &Result{Diags: &diag.List{}, Whole: len(o.Services) == 0}
	var err error
	if c.platform, err = loadPlatform(fleet, o, c.result.Diags); err != nil {
		return nil, err
	}
	if c.platform == nil {
		return c, nil
	}
	if c.files, err = Services(fleet, c.result.Diags); err != nil {
		return nil, err
	}
	for _, f := range c.files {
		c.names = append(c.names, f.Name)
	}
	if c.result.Whole {
		if err := c.platform.strayRecords(fleet, c.names, c.result.Diags); err != nil {
			return nil, err
		}
	}
	for _, name := range o.Services {
		c.wanted[name] = true
		if !slices.Contains(c.names, name) {
			c.result.Diags.Errorf(diag.UnknownService, diag.Pos{}, "there is no service %q in this fleet", name).
				WithHint("%s", diag.Suggest(name, c.names))
		}
	}
	for _, f := range c.files {
		if c.result.Whole || c.wanted[f.Name] {
			c.add(f, true)
		}
	}
	return c, nil
}

func (c *compilation) add(f ServiceFile, wanted bool) {
	u := &unit{file: f, wanted: wanted}
	u.ds.Subject = f.Name
	c.units = append(c.units, u)
	c.byName[f.Name] = u
}

// watch returns the function that tells the watchdog what worker w is at.
func (o Options) watch(w int) func(string) {
	if o.Watch == nil {
		return func(string) {}
	}
	return func(file string) { o.Watch(w, file) }
}

// loadPlatform loads platform.cue; nil when it has mistakes.
func loadPlatform(fleet fs.FS, o Options, ds *diag.List) (*platform, error) {
	watch := o.watch(0)
	src, err := readFile(fleet, PlatformFile)
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", PlatformFile, err)
	}
	l := load.New()
	watch(PlatformFile)
	defer watch("")
	var pds diag.List
	tree := l.Platform(PlatformFile, src, &pds)
	ds.Append(&pds)
	if pds.HasErrors() {
		return nil, nil
	}
	p := newPlatform(tree, l.Defaults(), o.Tools, ds)
	p.rules = l.Rules(PlatformFile, src, tree, p.environments(), ds)
	if ds.HasErrors() {
		return nil, nil
	}
	return p, nil
}

// loadAndResolve makes the IR of every wanted service, then of those that they consume:
// of these only the interface is needed, but that is what their layers say.
func (c *compilation) loadAndResolve() error {
	if err := c.each(c.units, c.resolveUnit); err != nil {
		return err
	}
	if c.result.Whole {
		return nil
	}
	byFile := map[string]ServiceFile{}
	for _, f := range c.files {
		byFile[f.Name] = f
	}
	known := len(c.units)
	for _, u := range c.units[:known:known] {
		if u.svc == nil {
			continue
		}
		for _, i := range slices.Concat(u.svc.Instances, u.svc.Pending) {
			for _, n := range i.Consumes {
				if f, ok := byFile[n.Service]; ok && c.byName[n.Service] == nil {
					c.add(f, false)
				}
			}
		}
	}
	return c.each(c.units[known:], c.resolveUnit)
}

func (c *compilation) resolveUnit(u *unit, l *load.Loader, watch func(string)) error {
	watch(u.file.Path)
	defer watch("")
	s, err := c.platform.load(c.fleet, l, u.file, &u.ds)
	if err != nil || s == nil {
		return err
	}
	u.known = s.wrong.All()
	later := u.ds.Sub()
	u.svc = c.platform.resolve(l, s, later)
	if u.svc != nil && u.wanted {
		if err := c.platform.inReach(c.fleet, u.svc, later); err != nil {
			return err
		}
	}
	for _, d := range later.All() {
		if d.Code == diag.MissingField || d.Code == diag.NoChoice {
			u.known = append(u.known, d)
		}
	}
	u.add(later)
	return nil
}

// add takes in what a later phase found, but for what follows from mistakes already known.
func (u *unit) add(later *diag.List) {
	for _, d := range later.All() {
		if !follows(d, u.known) {
			u.ds.Add(d)
		}
	}
}

// link tells every service the interfaces of those it consumes.
func (c *compilation) link() error {
	others, broken := map[string]*ir.Service{}, map[string]bool{}
	for _, u := range c.units {
		others[u.file.Name] = u.svc
		broken[u.file.Name] = u.svc == nil || u.ds.HasErrors()
	}
	for _, u := range c.units {
		if u.svc != nil && u.wanted {
			link(u.svc, others, c.names, broken, &u.ds)
			for _, i := range slices.Concat(u.svc.Instances, u.svc.Pending) {
				for _, n := range i.Consumes {
					if p := c.byName[n.Service]; p != nil && !p.wanted && broken[n.Service] {
						u.ds.Append(&p.ds) // a partner's mistakes are ours to show: they block this run
					}
				}
			}
		}
	}
	return nil
}

func (c *compilation) check() error {
	if err := c.each(c.units, func(u *unit, _ *load.Loader, _ func(string)) error {
		if u.svc != nil && u.wanted {
			later := u.ds.Sub()
			check(u.svc, c.o, u.ds.HasErrors(), later)
			u.add(later)
		}
		return nil
	}); err != nil {
		return err
	}
	c.result.Fleet = &ir.Fleet{Platform: c.platform.ir}
	for _, u := range c.units {
		if u.wanted && u.svc != nil && !u.ds.HasErrors() {
			c.result.Fleet.Services = append(c.result.Fleet.Services, u.svc)
		}
	}
	if c.result.Whole {
		c.checkFleet(c.result.Fleet, fleetChecks)
	} else if f := c.withRivals(); f != nil {
		c.checkFleet(f, []func(*ir.Fleet, *diag.List){checkObjectNames})
	}
	return nil
}

// checkFleet judges services against each other. Each finding blocks the one service whose
// line it names, so that the others are compiled all the same.
func (c *compilation) checkFleet(fleet *ir.Fleet, checks []func(*ir.Fleet, *diag.List)) {
	var ds diag.List
	for _, f := range checks {
		f(fleet, &ds)
	}
	for _, d := range ds.All() {
		if u := c.byName[d.Subject]; u != nil {
			u.ds.Add(d)
		} else {
			c.result.Diags.Add(d)
		}
	}
	c.result.Fleet.Services = slices.DeleteFunc(c.result.Fleet.Services, func(s *ir.Service) bool {
		return c.byName[s.Name].ds.HasErrors()
	})
}

// plan has every target emit the files of every service without mistakes, and those of
// the fleet.
func (c *compilation) plan() error {
	if err := c.each(c.units, func(u *unit, _ *load.Loader, _ func(string)) error {
		if u.svc == nil || !u.wanted || u.ds.HasErrors() {
			return nil
		}
		for _, t := range c.o.Targets {
			files, err := t.Service(c.platform.ir, u.svc)
			if err != nil {
				return fmt.Errorf("target %s, service %s: %w", t.Name(), u.file.Name, err)
			}
			u.out = append(u.out, files...)
		}
		return nil
	}); err != nil {
		return err
	}
	if c.result.Whole {
		for _, t := range c.o.Targets {
			files, err := t.Fleet(c.platform.ir)
			if err != nil {
				return fmt.Errorf("target %s, fleet: %w", t.Name(), err)
			}
			c.result.Files = append(c.result.Files, files...)
		}
	}
	return nil
}

// finish gathers what the workers made, in the order of names.
func (c *compilation) finish() *Result {
	slices.SortFunc(c.units, func(a, b *unit) int { return strings.Compare(a.file.Name, b.file.Name) })
	for _, u := range c.units {
		if !u.wanted {
			continue
		}
		c.result.Diags.Append(&u.ds)
		c.result.Files = append(c.result.Files, u.out...)
		if u.ds.HasErrors() {
			c.result.Broken = append(c.result.Broken, u.file.Name)
		}
	}
	return c.result
}

// each runs f on every unit, in parallel, with a loader that belongs to the worker. The
// first error in the units' order is returned.
func (c *compilation) each(units []*unit, f func(*unit, *load.Loader, func(string)) error) error {
	errs := make([]error, len(units))
	var next atomic.Int64
	var wg sync.WaitGroup
	for w := range min(c.o.Workers, len(units)) {
		wg.Go(func() {
			l := load.New()
			for {
				i := int(next.Add(1)) - 1
				if i >= len(units) {
					return
				}
				errs[i] = guarded(units[i].file.Path, func() error { return f(units[i], l, c.o.watch(w)) })
			}
		})
	}
	wg.Wait()
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

// Bug is a mistake of ours, met while a file was compiled.
type Bug struct {
	File  string
	What  any
	Stack []byte
}

func (b *Bug) Error() string { return fmt.Sprintf("%v, while compiling %s", b.What, b.File) }

// guarded turns a panic, which no worker can leave to others, into a Bug.
func guarded(file string, f func() error) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = &Bug{file, r, debug.Stack()}
		}
	}()
	return f()
}
