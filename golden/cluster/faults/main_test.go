package faults

import (
	"os"
	"runtime/debug"
	"testing"
)

// TestMain lets garbage lie: thousands of trees leave much of it, and nothing for long.
func TestMain(m *testing.M) {
	debug.SetGCPercent(400)
	debug.SetMemoryLimit(2 << 30)
	os.Exit(m.Run())
}
