// Command conformance runs the example fleets, and one whose steps are really executed, on
// the cluster of this checkout, and says what was judged. A cluster that runs already is
// used and left; else one is started, and stopped at the end.
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

func main() {
	node := flag.String("node", "auto", "run pods for real, if the cluster has to be started: auto, yes or no")
	keep := flag.Bool("keep", false, "leave the cluster running, for a look at what failed")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	defer stop()
	if err := run(ctx, cluster.Want(*node), *keep); err != nil {
		fmt.Fprintln(os.Stderr, "conformance:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, node cluster.Want, keep bool) (err error) {
	began := time.Now()
	module, err := machine.FindModule()
	if err != nil {
		return err
	}
	checkout := filepath.Join(module, "..", "..")
	slipway := filepath.Join(checkout, "bin", "slipway")
	dir := filepath.Join(checkout, ".cache", "cluster", "run")
	c, err := cluster.Open(dir)
	if errors.Is(err, os.ErrNotExist) {
		fmt.Println("start the cluster:")
		c, err = cluster.Up(ctx, cluster.Options{
			Options: machine.Options{Module: module, Dir: dir, Log: os.Stdout}, Node: node, Slipway: slipway,
		})
		if err == nil && !keep {
			defer func() { err = errors.Join(err, cluster.Down(dir)) }()
		}
	}
	if err != nil {
		return err
	}
	work, err := os.MkdirTemp("", "slipway-conformance-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(work)
	e, err := conformance.NewEnv(c, slipway, work)
	if err != nil {
		return err
	}
	err = conformance.All(ctx, os.Stdout, e, filepath.Join(checkout, "examples"))
	fmt.Printf("took %s\n", time.Since(began).Round(time.Second))
	return err
}
