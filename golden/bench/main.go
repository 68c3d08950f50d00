// Command bench measures slipway beside the tools that people would run otherwise: fleets
// of 1, 100 and 1,000 services in three environments, compiled from nothing; every phase;
// one service of a large fleet; `cue export` once for each service and `kustomize build`
// once for each overlay. docs/performance.md says how to read it.
//
//	make bench
//
// Programs are measured as whole processes, by the processor time that the system counted
// for them, all in one run and in turns, so that what else the machine does weighs on all
// of them alike. It builds slipway from this module and installs the other two.
package main

import (
	"flag"
	"fmt"
	"os"
)

func main() {
	var b bench
	flag.IntVar(&b.rounds, "rounds", 3, "how often everything is measured; the median counts")
	flag.StringVar(&b.slipway, "slipway", "", "measure this binary instead of building one")
	flag.StringVar(&b.cue, "cue", "", "measure this binary instead of installing one")
	flag.StringVar(&b.kustomize, "kustomize", "", "measure this binary instead of installing one")
	generate := flag.Int("generate", 0, "only write a fleet of so many services into the folder DIR")
	flag.Parse()
	work := run
	if *generate > 0 {
		work = func(b *bench) error { return writeFleet(*generate, flag.Arg(0)) }
	}
	if err := work(&b); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func run(b *bench) error {
	dir, err := os.MkdirTemp("", "slipway-bench-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	b.dir = dir
	for _, step := range []func() error{b.tools, b.makeFleets, b.measure, b.measurePhases} {
		if err := step(); err != nil {
			return err
		}
	}
	b.print(os.Stdout)
	return nil
}
