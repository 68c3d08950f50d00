package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"time"

	"slipway.dev/golden/cluster"
	"slipway.dev/golden/cluster/machine"
)

type flags struct {
	node     string
	slipway  string
	module   string
	dir, bin string
	port     int
}

// complete fills in the places below the checkout.
func (f *flags) complete() error {
	module, err := machine.FindModule()
	if err != nil {
		return err
	}
	f.module = module
	cache := filepath.Join(module, "..", "..", ".cache", "cluster")
	if f.dir == "" {
		f.dir = filepath.Join(cache, "run")
	}
	if f.bin == "" {
		f.bin = filepath.Join(cache, "bin")
	}
	if f.slipway == "" {
		f.slipway = filepath.Join(module, "..", "..", "bin", "slipway")
	}
	f.dir, err = filepath.Abs(f.dir)
	return err
}

func build(ctx context.Context, f flags) error {
	began := time.Now()
	fmt.Println("build the cluster's programs, two at a time:")
	if err := machine.Build(ctx, f.module, f.bin, os.Stdout); err != nil {
		return err
	}
	fmt.Printf("built in %s, in %s\n", time.Since(began).Round(time.Second), short(f.bin))
	return nil
}

func up(ctx context.Context, f flags) error {
	want := cluster.Want(f.node)
	if !slices.Contains([]cluster.Want{cluster.Perhaps, cluster.Always, cluster.Never}, want) {
		return fmt.Errorf("-node is %q, expected auto, yes or no", f.node)
	}
	if want != cluster.Never {
		if _, err := os.Stat(f.slipway); err != nil {
			return fmt.Errorf("%w: make build makes it", err)
		}
	}
	began := time.Now()
	fmt.Println("start the cluster:")
	c, err := cluster.Up(ctx, cluster.Options{
		Options: machine.Options{Module: f.module, Dir: f.dir, Bin: f.bin, Port: f.port, Log: os.Stdout},
		Node:    want, Slipway: f.slipway,
	})
	if errors.Is(err, machine.ErrRunning) {
		return fmt.Errorf("%w: make cluster-down", err)
	}
	if err != nil {
		return err
	}
	fmt.Printf("the cluster is up after %.0f s\n", time.Since(began).Seconds())
	if c.NoNode == "" {
		fmt.Println("  pods      only seem to run, on the node hollow; to run them for real:")
		fmt.Println("            kubectl uncordon real && kubectl cordon hollow")
	} else {
		fmt.Printf("  pods      only seem to run: %s\n", c.NoNode)
	}
	fmt.Printf("  export KUBECONFIG=%s\n", short(c.Kubeconfig()))
	fmt.Printf("  Git       %s\n", c.GitURL(""))
	fmt.Printf("  registry  %s\n", c.RegistryAddr())
	fmt.Printf("  CA        %s\n", short(c.CA()))
	return nil
}

func status(f flags) error {
	c, err := machine.Open(f.dir)
	if errors.Is(err, os.ErrNotExist) {
		fmt.Println("no cluster runs")
		return nil
	}
	if err != nil {
		return err
	}
	var memory int64
	ended := 0
	for _, s := range c.Status() {
		if !s.Running {
			ended++
			fmt.Printf("  %-26s has ended: %s\n", s.Name, short(s.Log))
			continue
		}
		fmt.Printf("  %-26s process %-8d %5d MiB\n", s.Name, s.PID, s.Memory>>20)
		memory += s.Memory
	}
	fmt.Printf("  %-26s         %8s %5d MiB\n", "together", "", memory>>20)
	if ended > 0 {
		return fmt.Errorf("%d processes have ended", ended)
	}
	return nil
}

func down(f flags) error {
	if err := cluster.Down(f.dir); err != nil {
		return err
	}
	fmt.Printf("the cluster is down; its logs are in %s\n", short(filepath.Join(f.dir, "log")))
	return nil
}

// short is a path as seen from the working directory, when that is shorter.
func short(path string) string {
	wd, err := os.Getwd()
	if err != nil {
		return path
	}
	if rel, err := filepath.Rel(wd, path); err == nil && len(rel) < len(path) {
		return rel
	}
	return path
}
