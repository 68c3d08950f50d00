package main

import (
	"bytes"
	"cmp"
	"fmt"
	"os/exec"
	"slices"
	"time"
)

// usage is what a process took, its children included.
type usage struct {
	cpu, wall time.Duration // cpu is user and system time
	memory    int64         // the most that was resident, in bytes; 0 where the system does not say
}

// process runs a program to its end. Its output is read and dropped.
func process(dir, name string, args ...string) (usage, error) {
	var out bytes.Buffer
	c := exec.Command(name, args...)
	c.Dir, c.Stdout, c.Stderr = dir, &out, &out
	start := time.Now()
	err := c.Run()
	wall := time.Since(start)
	if err != nil {
		return usage{}, fmt.Errorf("%v: %w\n%s", c.Args, err, out.String())
	}
	s := c.ProcessState
	return usage{s.UserTime() + s.SystemTime(), wall, maxResident(s)}, nil
}

// series are measurements of one thing.
type series []usage

func (s series) cpu() time.Duration  { return median(s, func(u usage) time.Duration { return u.cpu }) }
func (s series) wall() time.Duration { return median(s, func(u usage) time.Duration { return u.wall }) }
func (s series) memory() int64       { return median(s, func(u usage) int64 { return u.memory }) }

func median[T cmp.Ordered](s series, of func(usage) T) T {
	values := make([]T, len(s))
	for i, u := range s {
		values[i] = of(u)
	}
	slices.Sort(values)
	return values[len(values)/2]
}

// mean is for a sample of things that differ, one measurement of each.
func (s series) mean() time.Duration {
	var sum time.Duration
	for _, u := range s {
		sum += u.cpu
	}
	return sum / time.Duration(len(s))
}
