package main

import (
	"fmt"
	"regexp"

	"github.com/spf13/cobra"

	"slipway.dev/compiler/diag"
	"slipway.dev/targets/kube"
	"slipway.dev/targets/tekton"
)

var fullSHA = regexp.MustCompile(`^([0-9a-f]{40}|[0-9a-f]{64})$`)

func newRun(w world) *cobra.Command {
	var dir, revision string
	c := &cobra.Command{
		Use:   "run SERVICE PIPELINE",
		Short: "Print the PipelineRun that starts a pipeline for a commit",
		Long: `Run prints a Tekton PipelineRun of one of the service's pipelines, pull-request or
release: what a trigger would create, every task with the account of its trust
class and only the credentials that it needs.

"fleet" stands for the fleet itself, unless a service is called so: its pipelines are
pull-request and push, and the commit is one of the fleet's repository.`,
		Example: "  slipway run checkout release --revision $(git rev-parse HEAD) | kubectl create -f -\n  slipway run fleet pull-request --revision $(git rev-parse HEAD) | kubectl create -f -",
		Args:    arguments("SERVICE", "PIPELINE"),
		RunE: func(_ *cobra.Command, args []string) error {
			if !fullSHA.MatchString(revision) {
				return fmt.Errorf("%q is not a full commit SHA; `git rev-parse HEAD` prints one", revision)
			}
			f, err := openFleet(dir)
			if err != nil {
				return err
			}
			return printRun(w, f, args[0], args[1], revision)
		},
	}
	c.Flags().StringVar(&revision, "revision", "", "the commit, as a full SHA")
	c.Flags().StringVar(&dir, "fleet", ".", "the fleet's folder")
	if err := c.MarkFlagRequired("revision"); err != nil {
		panic(err)
	}
	return c
}

// kindOf is the one of some kinds that a name means.
func kindOf(kinds []tekton.Kind, name string) (tekton.Kind, error) {
	var names []string
	for _, k := range kinds {
		if string(k) == name {
			return k, nil
		}
		names = append(names, string(k))
	}
	return "", fmt.Errorf("there is no pipeline %q; %s", name, diag.Suggest(name, names))
}

func printRun(w world, f *fleet, service, pipeline, revision string) error {
	if _, err := f.root.Stat("services/" + service + ".cue"); service == tekton.FleetName && err != nil {
		return printFleetRun(w, f, pipeline, revision)
	}
	kind, err := kindOf(tekton.Kinds(), pipeline)
	if err != nil {
		return err
	}
	r, err := faultless(w, f, service)
	if err != nil {
		return err
	}
	svc := r.Fleet.Services[0]
	if svc.External {
		return fmt.Errorf("%s has no pipelines: another CI builds it (ci: \"external\")", service)
	}
	if svc.Build == nil {
		return fmt.Errorf("%s has no pipelines: others make what it runs", service)
	}
	pr, err := tekton.NewRun(r.Fleet.Platform, svc, kind, revision)
	if err != nil {
		panic(err) // Tekton refuses what we made
	}
	_, err = w.out.Write(kube.Encode(kube.FromObject(pr)))
	return err
}

// printFleetRun prints a run of one of the fleet's own pipelines. Mistakes in specs do not
// hinder it: that is what the run is to find.
func printFleetRun(w world, f *fleet, pipeline, revision string) error {
	kind, err := kindOf(tekton.FleetKinds(), pipeline)
	if err != nil {
		return err
	}
	r, err := readableFleet(w, f)
	if err != nil {
		return err
	}
	pr, err := tekton.NewFleetRun(r.Platform, kind, revision)
	if err != nil {
		panic(err) // Tekton refuses what we made
	}
	_, err = w.out.Write(kube.Encode(kube.FromObject(pr)))
	return err
}
