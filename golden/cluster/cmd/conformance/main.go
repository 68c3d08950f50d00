// Command conformance runs the example fleets, and one whose steps are really executed, on
// clusters of its own beside that of make cluster, and says what was judged.
//
// Run it in golden/cluster, or by make conformance, which builds what it needs.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"
	"time"

	"slipway.dev/golden/cluster"
	"slipway.dev/golden/cluster/conformance"
	"slipway.dev/golden/cluster/machine"
)

type flags struct {
	node  string
	fleet string
	cases string
	keep  bool
	begin time.Duration
}

func main() {
	var f flags
	flag.StringVar(&f.node, "node", "auto", "run pods for real: auto, yes or no")
	flag.StringVar(&f.fleet, "fleet", "", "only this fleet: an example's name, shop, which really runs, or imported-SYSTEM")
	flag.StringVar(&f.cases, "cases", "", "systems of others to import, as for make roundtrip; ../shared/cases beside the checkout when not given")
	flag.BoolVar(&f.keep, "keep", false, "leave the last cluster running, for a look at what failed")
	flag.DurationVar(&f.begin, "begin", 0, "begin no other fleet after this time, and say so; 0 for all")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	defer stop()
	began := time.Now()
	err := run(ctx, f)
	fmt.Printf("took %s\n", time.Since(began).Round(time.Second))
	if err != nil {
		fmt.Fprintln(os.Stderr, "conformance:", err)
		os.Exit(1)
	}
}

// port is the first of these clusters' ports, beyond those of machine.DefaultPort.
const port = machine.DefaultPort + 100

func run(ctx context.Context, f flags) error {
	module, err := machine.FindModule()
	if err != nil {
		return err
	}
	checkout := filepath.Join(module, "..", "..")
	slipway := filepath.Join(checkout, "bin", "slipway")
	dir := filepath.Join(checkout, ".cache", "cluster", "conformance")
	work, err := os.MkdirTemp("", "slipway-conformance-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(work)
	start := func(ctx context.Context, apiOnly bool) (*conformance.Env, func() error, error) {
		// What an earlier run left, perhaps on purpose.
		if err := cluster.Down(dir); err != nil {
			return nil, nil, err
		}
		c, err := cluster.Up(ctx, cluster.Options{
			Options: machine.Options{Module: module, Dir: dir, Port: port, APIOnly: apiOnly},
			Node:    cluster.Want(f.node), Slipway: slipway,
		})
		if err != nil {
			return nil, nil, err
		}
		stop := func() error {
			if f.keep {
				return nil
			}
			return cluster.Down(dir)
		}
		e, err := conformance.NewEnv(c, slipway, work)
		if err != nil {
			return nil, nil, errors.Join(err, stop())
		}
		return e, stop, nil
	}
	folders := conformance.Folders{Examples: filepath.Join(checkout, "examples"), Cases: f.cases}
	if folders.Cases == "" {
		folders.Cases = filepath.Join(checkout, "..", "shared", "cases")
	}
	return conformance.All(ctx, os.Stdout, start, folders, f.fleet, f.begin)
}
