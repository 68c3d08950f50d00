// Package phases tells how the time of a compilation spreads over its phases, without a
// clock in the compiler: it listens to what the compiler tells its watchdog, and stands
// between it and its targets.
package phases

import (
	"bytes"
	"errors"
	"io/fs"
	"time"

	"slipway.dev/catalog/versions"
	"slipway.dev/compiler"
	"slipway.dev/compiler/diag"
	"slipway.dev/compiler/ir"
	"slipway.dev/compiler/load"
	"slipway.dev/compiler/plan"
	"slipway.dev/golden/fleets"
	"slipway.dev/targets"
)

// Meter is what can be read of a process while it runs.
type Meter struct {
	CPU, Wall time.Duration // since some beginning
	Heap      uint64        // bytes in use, garbage included
}

// Phase is what one phase took, over all services, and the largest heap seen in it.
type Phase struct {
	Name      string
	CPU, Wall time.Duration
	Heap      uint64
}

// Measure compiles the fleet with one worker and returns its phases in the order in which
// they run. read is asked at every step.
//
// What loading takes is measured by a run of its own, since a service is resolved as soon
// as it is loaded; resolving, policies included, is the rest of the two.
func Measure(fleet fs.FS, read func() Meter) ([]Phase, error) {
	load := stopwatch{read: read}
	load.begin()
	if err := loadAll(fleet); err != nil {
		return nil, err
	}
	load.end("load")

	w := &stopwatch{read: read}
	o := targets.Options()
	o.Workers = 1
	o.Watch = w.watch
	for i, t := range o.Targets {
		o.Targets[i] = timed{t, w}
	}
	w.begin()
	r, err := compiler.Compile(fleet, o)
	if err != nil {
		return nil, err
	}
	if r.Diags.HasErrors() {
		return nil, errors.New("the fleet has mistakes: " + r.Diags.All()[0].Message)
	}
	w.begin()
	p, _ := plan.New(r.Files)
	for _, f := range p.Files {
		plan.Bytes(f)
	}
	w.end("plan and hash")

	loaded := load.phase("load")
	resolve := w.phase("load and resolve")
	resolve.Name, resolve.CPU, resolve.Wall = "resolve", resolve.CPU-loaded.CPU, resolve.Wall-loaded.Wall
	out := []Phase{*w.phase("platform"), *loaded, *resolve, *w.phase("link and check")}
	for _, t := range targets.All() {
		out = append(out, *w.phase("emit " + t.Name()))
	}
	return append(out, *w.phase("plan and hash")), nil
}

// loadAll loads every spec, every record and every released copy that is not the spec as it
// stands, as the compiler does, and nothing more.
func loadAll(fleet fs.FS) error {
	var ds diag.List
	files, err := compiler.Services(fleet, &ds)
	if err != nil {
		return err
	}
	l := load.New()
	for _, f := range files {
		head, err := fs.ReadFile(fleet, f.Path)
		if err != nil {
			return err
		}
		l.Service(f.Path, head, &ds)
		for _, env := range fleets.Environments {
			if record, err := fs.ReadFile(fleet, versions.Path(env, f.Name)); err == nil {
				versions.Parse(env, f.Name, record, &ds)
			}
			path := versions.SpecPath(env, f.Name)
			if released, err := fs.ReadFile(fleet, path); err == nil && !bytes.Equal(released, head) {
				l.Service(path, released, &ds)
			}
		}
	}
	return nil
}

// stopwatch adds up what passes between begin and end, by phase.
type stopwatch struct {
	read   func() Meter
	since  Meter
	phases []*Phase
}

func (w *stopwatch) begin() { w.since = w.read() }

// end adds what passed since the last begin or end.
func (w *stopwatch) end(name string) {
	now, p := w.read(), w.phase(name)
	p.CPU += now.CPU - w.since.CPU
	p.Wall += now.Wall - w.since.Wall
	p.Heap = max(p.Heap, now.Heap)
	w.since = now
}

// phase is the phase of that name, added when it is new.
func (w *stopwatch) phase(name string) *Phase {
	for _, p := range w.phases {
		if p.Name == name {
			return p
		}
	}
	w.phases = append(w.phases, &Phase{Name: name})
	return w.phases[len(w.phases)-1]
}

// watch is told which file is at work, and "" when it is done: platform.cue is the first,
// and its phase ends when the first service begins.
func (w *stopwatch) watch(_ int, file string) {
	switch {
	case file == "":
		w.end("load and resolve")
	case file != compiler.PlatformFile && len(w.phases) == 1:
		w.phases[0].Name = "platform"
		w.end("platform")
	case file != compiler.PlatformFile:
		w.end("load and resolve")
	}
}

// timed is a target whose time is taken. What passes between the last spec and the first
// target is linking and checking; it is nothing between one target and the next.
type timed struct {
	plan.Target
	w *stopwatch
}

func (t timed) Service(p *ir.Platform, s *ir.Service) ([]plan.File, error) {
	t.w.end("link and check")
	defer t.w.end("emit " + t.Name())
	return t.Target.Service(p, s)
}

func (t timed) Fleet(p *ir.Platform) ([]plan.File, error) {
	t.w.end("link and check")
	defer t.w.end("emit " + t.Name())
	return t.Target.Fleet(p)
}
