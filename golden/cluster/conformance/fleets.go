package conformance

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"slipway.dev/golden/systems"
)

// Claims of the scenarios that all example fleets have.
const (
	claimSynced   = "Argo CD brings every Application to Synced and Healthy"
	claimAccepted = "the API server takes every document, strictly, and taking it again changes nothing"
	claimHealed   = "what somebody changes by hand is changed back"
	claimRuns     = "pipelines run to the end, and stop where a task fails"
	claimPruned   = "what leaves Git leaves the cluster only where that was decided"
	claimReleased = "a commit becomes a running pod"
	claimEvents   = "an event starts what it is to start, and nobody else's event does"
	claimOlder    = "an older run overwrites no newer release"
	claimRefused  = "the promoter believes nothing that is not so"
	claimBuilt    = "a Dockerfile becomes a running pod, and from nothing the same image again"
	claimNetted   = "the CronJob finds what an event missed"
	claimSettled  = "a release that is well and passes its tests goes on by itself"
	claimAttested = "an image is released only of the commit that it was built from"
	claimBack     = "what somebody took back is not brought back by itself"
	claimTested   = "a release that fails its tests where it is deployed goes no further"
	claimHeld     = "a release that is not well goes no further"
	claimNight    = "the night tests and scans what is released, and builds what nobody saw"
	claimChecked  = "a change of the fleet is checked before it is merged"
	claimStopped  = "nothing is released after a failure"
)

// example is an example fleet and what scenarios take from it.
type example struct {
	name    string
	runs    []string // services whose pipelines run; one for each kind of build
	scaled  string   // a service that is given an autoscaler and loses it
	removed string   // a service that is removed
	env     string   // the first environment
	events  func(context.Context, *Fleet) (string, error)
}

var examples = []example{
	{name: "online-boutique", runs: []string{"productcatalogservice", "shippingservice"}, scaled: "currencyservice", removed: "loadgenerator", env: "dev", events: triggeredByGitHub},
	{name: "bank-of-anthos", runs: []string{"userservice"}, scaled: "userservice", removed: "loadgenerator", env: "development"},
}

func (e example) scenarios() []Scenario {
	list := []Scenario{
		{Name: "synced", Claim: claimSynced, Run: synced},
		{Name: "accepted", Claim: claimAccepted, Run: accepted},
		{Name: "healed", Claim: claimHealed, Run: healed},
	}
	for _, service := range e.runs {
		list = append(list, Scenario{Name: "runs", Claim: claimRuns, Run: pretended(service)})
	}
	if e.events != nil {
		list = append(list, Scenario{Name: "triggered", Claim: claimEvents, Run: e.events})
	}
	return append(list, Scenario{Name: "pruned", Claim: claimPruned, Run: pruned(e.scaled, e.removed, e.env)})
}

// later are the places of scenarios for what Slipway does not generate yet: each becomes a
// scenario, of an example or of the fleet that really runs, with the issue that generates it.
var later = []string{
	"canary and blue-green releases",
}

// group is the scenarios of one fleet.
type group struct {
	name string
	real bool // pods really run
	only bool // the API server, and nothing that acts
	open func(context.Context, *Env) (*Fleet, error)
	list []Scenario
}

// groups are all there are, what tells most first.
func groups(folders Folders) []group {
	var all []group
	shop := []Scenario{
		{Name: "synced", Claim: claimSynced, Run: synced},
		{Name: "released", Claim: claimReleased, Run: released},
		{Name: "packed", Claim: claimReleased, Run: packed},
		{Name: "built", Claim: claimBuilt, Run: built},
		{Name: "netted", Claim: claimNetted, Run: netted}, // at once: the CronJob would at any time, and the fleet is to stay in what follows
		{Name: "superseded", Claim: claimOlder, Run: superseded},
		{Name: "refused", Claim: claimRefused, Run: refused},
		{Name: "accepted", Claim: claimAccepted, Run: accepted},
		{Name: "triggered", Claim: claimEvents, Run: triggeredByGitLab},
	}
	for _, m := range mistakes {
		shop = append(shop, Scenario{Name: "stopped", Claim: claimStopped, Run: stopped(m)})
	}
	shop = append(shop,
		Scenario{Name: "night", Claim: claimNight, Run: night},
		Scenario{Name: "attested", Claim: claimAttested, Run: attested},
		Scenario{Name: "checked", Claim: claimChecked, Run: checked},
		Scenario{Name: "settled", Claim: claimSettled, Run: settled},
		Scenario{Name: "rolled back", Claim: claimBack, Run: rolledBack},
		Scenario{Name: "tested", Claim: claimTested, Run: tested},
		Scenario{Name: "held", Claim: claimHeld, Run: held}, // what follows would find dev broken
	)
	all = append(all, group{name: "shop", real: true, open: NewRealFleet, list: shop})
	for _, x := range examples {
		all = append(all, group{name: x.name, list: x.scenarios(), open: func(ctx context.Context, e *Env) (*Fleet, error) {
			return NewFleet(ctx, e, x.name, os.DirFS(filepath.Join(folders.Examples, x.name)))
		}})
	}
	kept := []Scenario{{Name: "accepted", Claim: claimAccepted, Run: taken}}
	all = append(all, group{name: "legacy", only: true, list: kept, open: func(ctx context.Context, e *Env) (*Fleet, error) {
		return newKept(ctx, e, "legacy", os.DirFS(filepath.Join(folders.Examples, "legacy")))
	}})
	for _, s := range append(systems.All(), systems.Cases(os.DirFS(folders.Cases))...) {
		name := "imported-" + s.Name
		all = append(all, group{name: name, only: true, list: kept, open: func(ctx context.Context, e *Env) (*Fleet, error) {
			return newImported(ctx, e, name, s)
		}})
	}
	return all
}

// Folders are where fleets and systems lie.
type Folders struct {
	Examples string
	Cases    string // systems of others; it need not be there
}

// Start starts a cluster, or only its API server, and returns what stops it.
type Start func(ctx context.Context, apiOnly bool) (e *Env, stop func() error, err error)

// All runs the scenarios of all fleets, or of the one that is named, and says of each what
// was judged and how long it took. Each fleet has a cluster of
// its own, which start makes: one Argo CD serves one fleet. The error counts what failed.
func All(ctx context.Context, out io.Writer, start Start, folders Folders, only string, within time.Duration) error {
	passed, failed, known, began := 0, 0, false, time.Now()
	for _, g := range groups(folders) {
		if only != "" && only != g.name {
			continue
		}
		known = true
		if gone := time.Since(began); within > 0 && gone > within {
			fmt.Fprintf(out, "%s\n  left out: %s are gone\n", g.name, gone.Round(time.Second))
			continue
		}
		results, err := g.run(ctx, out, start)
		if err != nil {
			return fmt.Errorf("%s: %w", g.name, err)
		}
		for _, r := range results {
			if r.Err != nil {
				failed++
			} else {
				passed++
			}
		}
	}
	if !known {
		return fmt.Errorf("there is no fleet %q", only)
	}
	for _, name := range later {
		fmt.Fprintf(out, "not generated yet: %s\n", name)
	}
	fmt.Fprintf(out, "%d passed, %d failed\n", passed, failed)
	if failed > 0 {
		return fmt.Errorf("%d scenarios failed", failed)
	}
	return nil
}

func (g group) run(ctx context.Context, out io.Writer, start Start) (results []Result, err error) {
	began := time.Now()
	e, stop, err := start(ctx, g.only)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, stop()) }()
	pods := "pods only seem to run"
	switch {
	case g.real:
		pods = "pods really run"
	case g.only:
		pods = "nothing runs but the API server"
	}
	if g.real && e.Cluster.NoNode != "" {
		fmt.Fprintf(out, "%s\n  left out: pods do not really run here; %s\n", g.name, e.Cluster.NoNode)
		return nil, nil
	}
	fmt.Fprintf(out, "%s, %s; its cluster was up after %.0f s\n", g.name, pods, time.Since(began).Seconds())
	if !g.only {
		if err := e.Cluster.Use(ctx, g.real); err != nil {
			return nil, err
		}
	}
	f, err := g.open(ctx, e)
	if err != nil {
		return nil, err
	}
	results = Run(ctx, out, f, g.list)
	if ctx.Err() != nil {
		return results, context.Cause(ctx)
	}
	return results, nil
}
