package golden

import (
	"fmt"
	"io/fs"
	"strings"
	"testing"
	"time"

	"slipway.dev/compiler"
	"slipway.dev/compiler/plan"
	"slipway.dev/golden/fleets"
	"slipway.dev/golden/phases"
	"slipway.dev/targets"
)

// BenchmarkCompile compiles whole fleets of three environments from nothing, in memory:
// what a run costs but for its process and its disk.
func BenchmarkCompile(b *testing.B) {
	for _, n := range []int{1, 100, 1000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			fleet := fleets.Generate(n, 1)
			b.ReportAllocs()
			for b.Loop() {
				r := compileFleet(b, fleet, targets.Options())
				p, _ := plan.New(r.Files)
				for _, f := range p.Files {
					plan.Bytes(f)
				}
			}
			b.ReportMetric(b.Elapsed().Seconds()*1e3/float64(b.N)/float64(n), "ms/service")
		})
	}
}

// BenchmarkCompileOne compiles one service of a fleet of 1,000, with the interfaces that it
// needs.
func BenchmarkCompileOne(b *testing.B) {
	fleet := fleets.Generate(1000, 1)
	entries, err := fs.ReadDir(fleet, "services")
	if err != nil {
		b.Fatal(err)
	}
	o := targets.Options()
	o.Services = []string{strings.TrimSuffix(entries[500].Name(), ".cue")}
	for b.Loop() {
		compileFleet(b, fleet, o)
	}
}

// BenchmarkPhase reports what each phase takes of a service, of a fleet of 100.
func BenchmarkPhase(b *testing.B) {
	const n = 100
	fleet := fleets.Generate(n, 1)
	start := time.Now()
	total := map[string]time.Duration{}
	for b.Loop() {
		rows, err := phases.Measure(fleet, func() phases.Meter { return phases.Meter{Wall: time.Since(start)} })
		if err != nil {
			b.Fatal(err)
		}
		for _, r := range rows {
			total[r.Name] += r.Wall
		}
	}
	for name, took := range total {
		b.ReportMetric(took.Seconds()*1e6/float64(b.N)/n, strings.ReplaceAll(name, " ", "-")+"-µs/service")
	}
}

func compileFleet(b *testing.B, fleet fs.FS, o compiler.Options) *compiler.Result {
	b.Helper()
	r, err := compiler.Compile(fleet, o)
	if err != nil {
		b.Fatal(err)
	}
	if r.Diags.HasErrors() {
		b.Fatal(r.Diags.All()[0])
	}
	return r
}
