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
class and only the credentials that it needs.`,
		Example: "  slipway run checkout release --revision $(git rev-parse HEAD) | kubectl create -f -",
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

func printRun(w world, f *fleet, service, pipeline, revision string) error {
	var kinds []string
	var kind tekton.Kind
	for _, k := range tekton.Kinds() {
		kinds = append(kinds, string(k))
		if string(k) == pipeline {
			kind = k
		}
	}
	if kind == "" {
		return fmt.Errorf("there is no pipeline %q; %s", pipeline, diag.Suggest(pipeline, kinds))
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
