package main

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime/debug"
	"slices"

	"slipway.dev/golden/fleets"
	"slipway.dev/golden/phases"
)

// measure runs everything in turns. A cold run writes into a folder that is new each time
// and stays until the end: creating files where others were just removed is slow on some
// file systems, and none of our doing.
func (b *bench) measure() error {
	b.cold, b.files = map[int]series{}, map[int]int{}
	for round := range b.rounds {
		fmt.Fprintf(os.Stderr, "round %d of %d\n", round+1, b.rounds)
		for _, n := range sizes {
			out := filepath.Join(b.dir, fmt.Sprintf("out-%d-%d", n, round))
			for range repeats(n) {
				u, err := process(b.fleet(n), b.slipway, "compile", "--out", out)
				if err != nil {
					return err
				}
				b.cold[n] = append(b.cold[n], u)
				if b.files[n], err = countFiles(out); err != nil {
					return err
				}
				out += "-again"
			}
		}
		out := filepath.Join(b.dir, fmt.Sprintf("out-%d-%d", services, round))
		for _, step := range []func(string) error{b.others, b.starts} {
			if err := step(out); err != nil {
				return err
			}
		}
	}
	return nil
}

// repeats is how often a fleet is compiled in a round: small ones more often, as their
// times are the shortest.
func repeats(n int) int { return max(1, min(5, 500/n)) }

// others runs cue and kustomize on samples: of the specs, and of what came of them.
func (b *bench) others(out string) error {
	dir := b.fleet(services)
	specs, err := filepath.Glob(filepath.Join(dir, "services", "*.cue"))
	if err != nil {
		return err
	}
	for _, spec := range sample(specs, exports) {
		u, err := process(dir, b.cue, "export", "./services/"+filepath.Base(spec))
		if err != nil {
			return err
		}
		b.export = append(b.export, u)
	}
	overlays, err := filepath.Glob(filepath.Join(out, "services", "*", "overlays", "*"))
	if err != nil {
		return err
	}
	b.overlay = len(overlays)
	byEnvironment := map[string][]string{}
	for _, o := range overlays {
		env := filepath.Base(o)
		byEnvironment[env] = append(byEnvironment[env], o)
	}
	for _, list := range byEnvironment {
		for _, o := range sample(list, builds/environments) {
			u, err := process(out, b.kustomize, "build", o)
			if err != nil {
				return err
			}
			b.build = append(b.build, u)
		}
	}
	return nil
}

// starts runs slipway over one service of the largest fleet, whose output is up to date,
// and over nothing at all.
func (b *bench) starts(out string) error {
	dir := b.fleet(services)
	specs, err := filepath.Glob(filepath.Join(dir, "services", "*.cue"))
	if err != nil {
		return err
	}
	for _, spec := range sample(specs, starts) {
		u, err := process(dir, b.slipway, "compile", "--check", "--out", out, filepath.Join("services", filepath.Base(spec)))
		if err != nil {
			return err
		}
		b.one = append(b.one, u)
		if u, err = process(dir, b.slipway, "version"); err != nil {
			return err
		}
		b.bare = append(b.bare, u)
	}
	return nil
}

// measurePhases compiles the fleets in this process; of the rounds the one whose processor
// time is in the middle counts.
func (b *bench) measurePhases() error {
	b.phases = map[int][]phases.Phase{}
	for _, n := range sizes {
		fleet := fleets.Generate(n, seed)
		var rounds [][]phases.Phase
		for range b.rounds {
			debug.FreeOSMemory()
			p, err := phases.Measure(fleet, read)
			if err != nil {
				return err
			}
			rounds = append(rounds, p)
		}
		slices.SortFunc(rounds, func(x, y []phases.Phase) int { return int(total(x) - total(y)) })
		b.phases[n] = rounds[len(rounds)/2]
	}
	return nil
}
