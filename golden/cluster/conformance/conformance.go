// Package conformance runs what Slipway emits in a real cluster: the API server accepts it,
// Tekton runs its pipelines, Argo CD deploys it. A scenario is one sentence about that, and
// the code that finds out whether it is so.
//
// The example fleets run without a node (package machine/hollow), since their images exist
// in no registry here; the fleet shop, which is in testdata with its sources, is tested,
// built, released and run for real where the machine allows a node.
package conformance

import (
	"context"
	"fmt"
	"io"
	"strings"
	"time"
)

// Scenario is one thing that must hold in a cluster.
type Scenario struct {
	Name string
	// Claim is what holds, as a sentence.
	Claim string
	// Run finds out, and says in a few words what was judged. The scenarios of a fleet run
	// one after another on one cluster; each leaves the fleet as the next expects it.
	Run func(context.Context, *Fleet) (judged string, err error)
}

// Result is what came of one scenario.
type Result struct {
	Scenario string
	Judged   string
	Err      error
	Took     time.Duration
}

// Run runs scenarios on a fleet and writes a line for each. A scenario that fails does not
// keep the next from running: each line tells something.
func Run(ctx context.Context, out io.Writer, f *Fleet, scenarios []Scenario) []Result {
	var results []Result
	for _, s := range scenarios {
		began := time.Now()
		limited, cancel := context.WithTimeoutCause(ctx, 10*time.Minute, fmt.Errorf("ten minutes are over"))
		judged, err := s.Run(limited, f)
		cancel()
		r := Result{Scenario: s.Name, Judged: judged, Err: err, Took: time.Since(began)}
		results = append(results, r)
		verdict, text := "ok", judged
		if err != nil {
			verdict, text = "FAILED", s.Claim
		}
		fmt.Fprintf(out, "  %-7s %4.0fs %-12s %s\n", verdict, r.Took.Seconds(), s.Name, text)
		if err != nil {
			fmt.Fprintf(out, "%s\n", indent(err.Error()))
		}
		if ctx.Err() != nil {
			break
		}
	}
	return results
}

func indent(text string) string {
	const by = "                "
	return by + strings.ReplaceAll(strings.TrimRight(text, "\n"), "\n", "\n"+by)
}
