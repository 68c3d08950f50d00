// Command cluster builds, starts and stops the cluster that tests of the output run on.
//
//	cluster build          build what is built from Go modules, into .cache/cluster/bin
//	cluster up             start it, data in .cache/cluster/run
//	cluster status         say what runs
//	cluster down           stop it and remove its data; logs stay
//
// Run it in golden/cluster, or by make cluster and make cluster-down.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"syscall"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	defer stop()
	if err := run(ctx, os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "cluster:", err)
		os.Exit(1)
	}
}

const usage = `usage: cluster build | up | status | down

  build   build the programs, two at a time; what is built already stays
  up      start the cluster; where the machine can, pods run in containers
          (root, containerd, runc), else a pod runner pretends that they do
  status  say what runs, and where its logs are
  down    stop everything, also what a killed "up" left; only logs stay

flags, before the arguments' end:
`

func run(ctx context.Context, args []string) error {
	var f flags
	set := flag.NewFlagSet("cluster", flag.ContinueOnError)
	set.StringVar(&f.node, "node", "auto", "up: run pods for real: auto, yes or no")
	set.StringVar(&f.slipway, "slipway", "", "up: the slipway that release tasks run (bin/slipway)")
	set.StringVar(&f.dir, "dir", "", "the `folder` of the data (.cache/cluster/run)")
	set.StringVar(&f.bin, "bin", "", "the `folder` of the programs (.cache/cluster/bin)")
	set.IntVar(&f.port, "port", 0, "the first of the cluster's ports (27400)")
	set.Usage = func() { fmt.Fprint(set.Output(), usage); set.PrintDefaults() }
	command := ""
	if len(args) > 0 {
		command, args = args[0], args[1:]
	}
	if err := set.Parse(args); err != nil {
		return err
	}
	if err := f.complete(); err != nil {
		return err
	}
	switch {
	case set.NArg() > 0:
		return fmt.Errorf("%s takes no arguments, got %q", command, set.Arg(0))
	case command == "build":
		return build(ctx, f)
	case command == "up":
		return up(ctx, f)
	case command == "status":
		return status(f)
	case command == "down":
		return down(f)
	}
	set.Usage()
	return fmt.Errorf("expected a command")
}
