package main

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime/debug"
	"runtime/metrics"
	"sync"
	"time"

	"slipway.dev/compiler"
	"slipway.dev/compiler/diag"
	"slipway.dev/compiler/ir"
	"slipway.dev/targets"
)

// Evaluating CUE may not end, and Go cannot recover from running out of memory. The
// watchdog looks every few milliseconds how long a worker has been at one file and how
// large the heap is, and ends the process with a diagnostic that names the file. It is no
// security boundary: a single giant allocation is faster than it.
const (
	maxPerFile = 20 * time.Second // a real spec takes milliseconds
	maxHeap    = 4 << 30
	lookEvery  = 10 * time.Millisecond

	// CUE makes much garbage and keeps little: as long as the heap is small it is collected
	// late, which would otherwise take a quarter of the time.
	defaultGC = 100
	lateGC    = 400
	lateHeap  = 200 << 20
)

type watchdog struct {
	w     world
	fleet *fleet
	mu    sync.Mutex
	files map[int]string // what each worker is at
	since map[int]time.Time
	done  chan struct{}

	collect int // what GOGC was, while garbage is collected late; 0 otherwise
}

func newWatchdog(w world, f *fleet) *watchdog {
	d := &watchdog{w: w, fleet: f, files: map[int]string{}, since: map[int]time.Time{}, done: make(chan struct{})}
	if before := debug.SetGCPercent(lateGC); before == defaultGC {
		d.collect = before
	} else {
		debug.SetGCPercent(before) // somebody knows better
	}
	go d.look()
	return d
}

// watched are the compiler's options with a watchdog; stop ends it.
func watched(w world, f *fleet) (o compiler.Options, stop func()) {
	d := newWatchdog(w, f)
	o = targets.Options()
	o.Watch = d.at
	return o, d.stop
}

// understood compiles services, all when there are none, for who only wants to know what they
// mean: no target is asked, and nothing is written.
func understood(w world, f *fleet, only ...string) (*compiler.Result, error) {
	o, stop := watched(w, f)
	o.Targets, o.Services = nil, only
	r, err := compiler.Compile(f.fs(), o)
	stop()
	if err != nil {
		return nil, readable(f, err)
	}
	return r, nil
}

// faultless is what one service means, of a fleet that must have no mistake that concerns it.
func faultless(w world, f *fleet, service string) (*compiler.Result, error) {
	r, err := understood(w, f, service)
	if err != nil {
		return nil, err
	}
	newPrinter(w, f, "text").diagnostics(r.Diags.All())
	if r.Diags.HasErrors() {
		return nil, exit(exitFindings)
	}
	return r, nil
}

// readableFleet is a fleet whose platform.cue has no mistakes; services that have some are left
// out.
func readableFleet(w world, f *fleet) (*ir.Fleet, error) {
	r, err := understood(w, f)
	if err != nil {
		return nil, err
	}
	if r.Fleet == nil {
		newPrinter(w, f, "text").diagnostics(r.Diags.All())
		return nil, exit(exitFindings)
	}
	return r.Fleet, nil
}

// at is told what a worker is at; "" for nothing.
func (d *watchdog) at(worker int, file string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.files[worker], d.since[worker] = file, time.Now()
}

func (d *watchdog) stop() {
	close(d.done)
	d.collectAsUsual()
}

func (d *watchdog) collectAsUsual() {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.collect != 0 {
		debug.SetGCPercent(d.collect)
		d.collect = 0
	}
}

func (d *watchdog) look() {
	tick := time.NewTicker(lookEvery)
	defer tick.Stop()
	sample := []metrics.Sample{{Name: "/memory/classes/heap/objects:bytes"}}
	for {
		select {
		case <-d.done:
			return
		case <-tick.C:
		}
		metrics.Read(sample)
		if sample[0].Value.Uint64() > lateHeap {
			d.collectAsUsual()
		}
		if why, file := d.judge(sample[0].Value.Uint64()); why != "" {
			ds := []*diag.Diagnostic{{Code: diag.EndlessSpec, At: diag.Pos{File: file, Line: 1, Col: 1}, Message: why,
				Hint: "look for fields that refer to each other in a circle, or comprehensions over large ranges"}}
			newPrinter(d.w, d.fleet, "text").diagnostics(ds)
			os.Exit(exitFindings)
		}
	}
}

// judge returns what is wrong and the file that a worker has been at the longest.
func (d *watchdog) judge(heap uint64) (why, file string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	var longest time.Duration
	for worker, f := range d.files {
		if age := time.Since(d.since[worker]); f != "" && age >= longest {
			longest, file = age, filepath.ToSlash(f)
		}
	}
	switch {
	case file == "":
		return "", ""
	case longest > maxPerFile:
		return fmt.Sprintf("evaluating the spec does not end: it was stopped after %v", maxPerFile), file
	case heap > maxHeap:
		return fmt.Sprintf("evaluating the spec takes more than %d GB of memory", maxHeap>>30), file
	}
	return "", ""
}
