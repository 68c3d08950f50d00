//go:build !linux

package main

import (
	"os"
	"runtime/metrics"
	"time"

	"slipway.dev/golden/phases"
)

// maxResident is not known: systems count it in different units, or not at all.
func maxResident(*os.ProcessState) int64 { return 0 }

// read takes the wall's time for the processor's.
func read() phases.Meter {
	heap := []metrics.Sample{{Name: "/memory/classes/heap/objects:bytes"}}
	metrics.Read(heap)
	return phases.Meter{CPU: time.Since(began), Wall: time.Since(began), Heap: heap[0].Value.Uint64()}
}
