package main

import (
	"context"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"slipway.dev/cmd/slipway/internal/kubeapi"
)

// supersededBy is the annotation of a run that a newer one cancelled.
const supersededBy = "slipway.dev/superseded-by"

func newSupersede(w world) *cobra.Command {
	var run, service, number string
	c := &cobra.Command{
		Use:   "supersede --run NAMESPACE/NAME --service SERVICE --number N",
		Short: "Cancel the runs for older commits of a pull request",
		Long: `Supersede cancels the runs of a service's pull-request pipeline that are for the
same pull request and older than this run. It is what the task of that name runs
in a pod; elsewhere it is of no use. What cannot be cancelled is said, and fails
nothing.`,
		Hidden: true,
		Args:   cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			namespace, name, ok := strings.Cut(run, "/")
			if !ok || namespace == "" || name == "" {
				return fmt.Errorf("--run %q is not of the form NAMESPACE/NAME", run)
			}
			api, err := kubeapi.InCluster()
			if err == nil {
				err = supersede(c.Context(), w, api, namespace, name, service, number)
			}
			if err != nil {
				fmt.Fprintf(w.out, "supersede: %v\nsupersede: older runs, if there are any, go on\n", err)
			}
			return nil
		},
	}
	f := c.Flags()
	f.StringVar(&run, "run", "", "this run")
	f.StringVar(&service, "service", "", "the service")
	f.StringVar(&number, "number", "", "the pull request's number")
	required(c, "run", "service", "number")
	return c
}

// supersede cancels what is older than this run and not over. Two runs that start together
// agree which of them is older; a run that is not there any more supersedes nothing.
func supersede(ctx context.Context, w world, api *kubeapi.Client, namespace, name, service, number string) error {
	runs, err := api.Runs(ctx, namespace, map[string]string{
		"app.kubernetes.io/name": service, "app.kubernetes.io/component": "pull-request",
	})
	if err != nil {
		return err
	}
	own := kubeapi.Named(runs, name)
	if own == nil {
		return fmt.Errorf("there is no run %s/%s of %s", namespace, name, service)
	}
	cancelled := 0
	for i := range runs {
		r := &runs[i]
		if _, done := r.Succeeded(); done || r.Spec.Status != "" || r.Param("number") != number || !r.Before(own) {
			continue
		}
		if err := api.Cancel(ctx, namespace, r.Metadata.Name, supersededBy, name); err != nil {
			return err
		}
		cancelled++
		fmt.Fprintf(w.out, "supersede: cancelled %s\n", r.Metadata.Name)
	}
	if cancelled == 0 {
		fmt.Fprintf(w.out, "supersede: no older run of pull request %s\n", number)
	}
	return nil
}
