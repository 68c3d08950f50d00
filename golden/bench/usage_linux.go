package main

import (
	"os"
	"runtime/metrics"
	"syscall"
	"time"

	"slipway.dev/golden/phases"
)

// maxResident is the most memory that the process had, in bytes.
func maxResident(s *os.ProcessState) int64 {
	r, ok := s.SysUsage().(*syscall.Rusage)
	if !ok {
		return 0
	}
	return r.Maxrss << 10 // Linux counts in KB
}

// read is what this process has taken so far, in all of its threads.
func read() phases.Meter {
	var r syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &r); err != nil {
		panic("bench: " + err.Error())
	}
	heap := []metrics.Sample{{Name: "/memory/classes/heap/objects:bytes"}}
	metrics.Read(heap)
	return phases.Meter{CPU: time.Duration(r.Utime.Nano() + r.Stime.Nano()), Wall: time.Since(began), Heap: heap[0].Value.Uint64()}
}
