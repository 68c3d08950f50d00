package main

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"slipway.dev/compiler/diag"
	"slipway.dev/compiler/ir"
	"slipway.dev/targets/kube"
	"slipway.dev/targets/kustomize"
)

func newRender(w world) *cobra.Command {
	var dir string
	c := &cobra.Command{
		Use:   "render SERVICE ENV",
		Short: "Print the Kubernetes objects of a service in an environment",
		Long: `Render prints what the cluster gets: the same objects that kustomize builds from
the committed overlay, straight from the spec and the release record.`,
		Example: "  slipway render checkout prod | kubectl diff -f -",
		Args:    arguments("SERVICE", "ENV"),
		RunE: func(_ *cobra.Command, args []string) error {
			f, err := openFleet(dir)
			if err != nil {
				return err
			}
			_, i, err := instance(w, f, args[0], args[1])
			if err != nil {
				return err
			}
			if c := i.Chart; c != nil {
				return fmt.Errorf("%s is a chart, which Argo CD renders: helm template %s %s --version %s --namespace %s, with the values that `slipway explain %s %s` shows, prints what it makes",
					args[0], c.Release, helmChart(c), c.Version, i.Env.Namespace, args[0], args[1])
			}
			_, err = w.out.Write(kube.Encode(kustomize.Render(i)...))
			return err
		},
	}
	c.Flags().StringVar(&dir, "fleet", ".", "the fleet's folder")
	return c
}

// helmChart is the chart as Helm's command line takes it.
func helmChart(c *ir.Chart) string {
	if strings.HasPrefix(c.Repo, "oci://") {
		return c.Repo + "/" + c.Name
	}
	return c.Name + " --repo " + c.Repo
}

// instance compiles one service and returns what runs of it in an environment.
func instance(w world, f *fleet, service, env string) (*ir.Platform, *ir.Instance, error) {
	r, err := faultless(w, f, service)
	if err != nil {
		return nil, nil, err
	}
	var names []string
	for _, e := range r.Fleet.Platform.Environments {
		names = append(names, e.Name)
		if e.Name != env {
			continue
		}
		for _, i := range r.Fleet.Services[0].Instances {
			if i.Env == e && i.Deployed() {
				return r.Fleet.Platform, i, nil
			}
		}
		return nil, nil, fmt.Errorf("%s is not released in %s", service, env)
	}
	return nil, nil, fmt.Errorf("there is no environment %q; %s", env, diag.Suggest(env, names))
}
