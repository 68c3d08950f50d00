package main

import (
	"fmt"
	"io"
	"runtime"
	"text/tabwriter"
	"time"

	"slipway.dev/golden/phases"
)

func (b *bench) print(to io.Writer) {
	w := tabwriter.NewWriter(to, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintf(w, "%s/%s, %d processors, %s; medians of %d rounds\n\n", runtime.GOOS, runtime.GOARCH, runtime.NumCPU(), runtime.Version(), b.rounds)
	fmt.Fprintf(w, "slipway compile, cold, %d environments\t\t\t\t\t\n", environments)
	fmt.Fprintln(w, "services\tfiles\tCPU\twall\tpeak memory\tCPU a service\t")
	for _, n := range sizes {
		c := b.cold[n]
		fmt.Fprintf(w, "%d\t%d\t%s\t%s\t%d MB\t%s\t\n", n, b.files[n], ms(c.cpu()), ms(c.wall()), c.memory()>>20, ms(c.cpu()/time.Duration(n)))
	}
	w.Flush()
	b.printPhases(to)
	fmt.Fprintf(to, "\nother processes                       CPU     wall\n")
	for _, r := range []struct {
		name string
		s    series
		cpu  time.Duration
	}{
		{"cue export, one service", b.export, b.export.mean()},
		{"kustomize build, one overlay", b.build, b.build.mean()},
		{"slipway compile --check, one service", b.one, b.one.cpu()},
		{"slipway version", b.bare, b.bare.cpu()},
	} {
		fmt.Fprintf(to, "%-36s%8s %8s\n", r.name, ms(r.cpu), ms(r.s.wall()))
	}
	b.printTargets(to)
}

// printPhases has a row for each phase. Each runs on one worker, in memory.
func (b *bench) printPhases(to io.Writer) {
	fmt.Fprintf(to, "\nphases, one worker, in memory     ")
	for _, n := range sizes {
		fmt.Fprintf(to, "%25s", fmt.Sprintf("CPU, wall of %d", n))
	}
	fmt.Fprintf(to, "  heap of %d\n", services)
	for k, p := range b.phases[services] {
		fmt.Fprintf(to, "%-34s", p.Name)
		for _, n := range sizes {
			fmt.Fprintf(to, "%13s%12s", ms(b.phases[n][k].CPU), ms(b.phases[n][k].Wall))
		}
		fmt.Fprintf(to, "%9d MB\n", p.Heap>>20)
	}
	fmt.Fprintf(to, "%-34s", "process, disk, several workers")
	for _, n := range sizes {
		var wall time.Duration
		for _, p := range b.phases[n] {
			wall += p.Wall
		}
		fmt.Fprintf(to, "%13s%12s", ms(b.cold[n].cpu()-total(b.phases[n])), ms(b.cold[n].wall()-wall))
	}
	fmt.Fprintln(to)
}

// total is the processor time of all phases.
func total(list []phases.Phase) (sum time.Duration) {
	for _, p := range list {
		sum += p.CPU
	}
	return sum
}

// printTargets says what was wanted and whether it was met; nothing is left out.
func (b *bench) printTargets(to io.Writer) {
	cpu := b.cold[services].cpu()
	cue := b.export.mean() * services
	kustomize := b.build.mean() * time.Duration(b.overlay)
	growth := float64(cpu) / float64(b.cold[100].cpu())
	more := b.one.wall() - b.bare.wall()
	fmt.Fprintf(to, "\ntargets, %d services in %d environments\n", services, environments)
	row := func(what, got, wanted string, met bool) {
		fmt.Fprintf(to, "%-6s  %-54s %18s   wanted %s\n", map[bool]string{true: "met", false: "MISSED"}[met], what, got, wanted)
	}
	row("CPU, of cue export run once for each service", share(cpu, cue), "1/5", cpu*5 <= cue)
	row("CPU, of kustomize build run once for each overlay", share(cpu, kustomize), "1/30", cpu*30 <= kustomize)
	if m := b.cold[services].memory(); m > 0 {
		row("peak memory", fmt.Sprintf("%d MB", m>>20), "at most 500 MB", m <= 500<<20)
	}
	row("CPU of 1,000 services, of that of 100", fmt.Sprintf("%.1f times", growth), "at most 11", growth <= 11)
	row("one service, wall beyond the bare start", ms(more), "at most 120 ms", more <= 120*time.Millisecond)
}

func share(part, whole time.Duration) string {
	return fmt.Sprintf("1/%.1f", float64(whole)/float64(part))
}

func ms(d time.Duration) string {
	switch v := float64(d) / float64(time.Millisecond); {
	case v < 100 && v > -100:
		return fmt.Sprintf("%.1f ms", v)
	default:
		return fmt.Sprintf("%.0f ms", v)
	}
}
