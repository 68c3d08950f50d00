package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"slipway.dev/golden/cluster/machine"
)

type flags struct {
	node     bool
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
	began := time.Now()
	fmt.Println("start the cluster:")
	c, err := machine.Up(ctx, machine.Options{Module: f.module, Dir: f.dir, Bin: f.bin, Port: f.port, Log: os.Stdout})
	if errors.Is(err, machine.ErrRunning) {
		return fmt.Errorf("%w: cluster down", err)
	}
	if err != nil {
		return err
	}
	fmt.Printf("the cluster is up after %.0f s\n", time.Since(began).Seconds())
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

// down needs nothing but the folder's name: whatever became of who started the cluster, and
// of the files in the folder.
func down(f flags) error {
	c, err := machine.Open(f.dir)
	if err != nil {
		c = &machine.Cluster{Dir: f.dir}
	}
	if err := c.Down(); err != nil {
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
