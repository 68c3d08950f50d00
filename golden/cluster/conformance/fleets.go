package conformance

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
)

// Claims of the scenarios that all example fleets have.
const (
	claimSynced   = "Argo CD brings every Application to Synced and Healthy"
	claimAccepted = "the API server takes every document, strictly, and taking it again changes nothing"
	claimHealed   = "what somebody changes by hand is changed back"
	claimRuns     = "pipelines run to the end, and stop where a task fails"
	claimPruned   = "what leaves Git leaves the cluster only where that was decided"
	claimReleased = "a commit becomes a running pod"
	claimStopped  = "nothing is released after a failure"
)

// example is an example fleet and what scenarios take from it.
type example struct {
	name    string
	runs    []string // services whose pipelines run; one for each kind of build
	scaled  string   // a service that is given an autoscaler and loses it
	removed string   // a service that is removed
	env     string   // the first environment
}

var examples = []example{
	{name: "online-boutique", runs: []string{"productcatalogservice", "shippingservice"}, scaled: "currencyservice", removed: "loadgenerator", env: "dev"},
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
	return append(list, Scenario{Name: "pruned", Claim: claimPruned, Run: pruned(e.scaled, e.removed, e.env)})
}

// later are the places of scenarios for what Slipway does not generate yet: each becomes a
// scenario, of an example or of the fleet that really runs, with the issue that generates it.
var later = []string{
	"canary and blue-green releases",
	"triggers",
	"rollback",
}

// All runs all scenarios of all fleets, and says of each what was judged and how long it
// took. The examples are in the checkout's folder examples. The error counts what failed.
func All(ctx context.Context, out io.Writer, e *Env, folder string) error {
	var results []Result
	run := func(name, pods string, real bool, open func() (*Fleet, error), scenarios []Scenario) error {
		fmt.Fprintf(out, "%s, %s\n", name, pods)
		if err := e.Cluster.Use(ctx, real); err != nil {
			return err
		}
		f, err := open()
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		results = append(results, Run(ctx, out, f, scenarios)...)
		if err := ctx.Err(); err != nil {
			return context.Cause(ctx)
		}
		if err := f.Leave(ctx); err != nil {
			return fmt.Errorf("take %s off the cluster: %w", name, err)
		}
		return nil
	}
	for _, x := range examples {
		err := run(x.name, "pods only seem to run", false, func() (*Fleet, error) {
			return NewFleet(ctx, e, x.name, os.DirFS(filepath.Join(folder, x.name)))
		}, x.scenarios())
		if err != nil {
			return err
		}
	}
	if e.Cluster.NoNode == "" {
		err := run("shop", "pods really run", true, func() (*Fleet, error) { return NewRealFleet(ctx, e) }, []Scenario{
			{Name: "synced", Claim: claimSynced, Run: synced},
			{Name: "released", Claim: claimReleased, Run: released},
			{Name: "stopped", Claim: claimStopped, Run: stopped},
			{Name: "accepted", Claim: claimAccepted, Run: accepted},
		})
		if err != nil {
			return err
		}
	} else {
		fmt.Fprintf(out, "shop\n  left out: pods do not really run here; %s\n", e.Cluster.NoNode)
	}
	for _, name := range later {
		fmt.Fprintf(out, "not generated yet: %s\n", name)
	}
	failed := 0
	for _, r := range results {
		if r.Err != nil {
			failed++
		}
	}
	fmt.Fprintf(out, "%d passed, %d failed\n", len(results)-failed, failed)
	if failed > 0 {
		return fmt.Errorf("%d scenarios failed", failed)
	}
	return nil
}
