package main

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"slipway.dev/cmd/slipway/internal/doctor"
	"slipway.dev/cmd/slipway/internal/kubeapi"
	"slipway.dev/compiler"
	"slipway.dev/compiler/diag"
	"slipway.dev/compiler/ir"
)

type doctorFlags struct {
	fleet, format, cluster string
	clusters               kubeapi.Config
}

func newDoctor(w world) *cobra.Command {
	var o doctorFlags
	c := &cobra.Command{
		Use:   "doctor",
		Short: "Say what clusters lack of what the output relies on",
		Long: `Doctor asks the clusters of platform.cue whether they have what compiled output
relies on: every kind that is emitted, in its version; the namespaces with their
Pod Security levels and Tekton's settings, as deploy/platform has them; the cluster
resolver; Argo CD's projects, roots and tracking of objects; the Secrets that runs
and pods need, by name, never what is in them; Chains, where it signs images. It also
advises: a pruner, notifications, events of the fleet itself.

Each finding says what is missing, why it matters, and what mends it. Nothing is
changed. The exit status is 1 when something is missing, advice aside. A cluster's
context is the one that is called as the cluster, else the current one.`,
		Example: "  slipway doctor\n  slipway doctor --cluster live --context live-admin",
		Args:    cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			if o.format != "text" && o.format != "json" {
				return fmt.Errorf("there is no format %q: text, json", o.format)
			}
			return examine(c, w, o)
		},
	}
	f := c.Flags()
	f.StringVar(&o.cluster, "cluster", "", "only this cluster of platform.cue")
	f.StringVar(&o.format, "format", "text", "how findings are printed: text, json")
	f.StringVar(&o.clusters.Kubeconfig, "kubeconfig", "", "a kubeconfig; as kubectl finds it, when not given")
	f.StringVar(&o.clusters.Context, "context", "", "the context of the kubeconfig; needs --cluster where there are several")
	f.StringVar(&o.fleet, "fleet", ".", "the fleet's folder")
	return c
}

func examine(c *cobra.Command, w world, o doctorFlags) error {
	f, err := openFleet(o.fleet)
	if err != nil {
		return err
	}
	opts, stop := watched(w, f)
	r, err := compiler.Compile(f.fs(), opts)
	stop()
	if err != nil {
		return readable(f, err)
	}
	if r.Fleet == nil {
		newPrinter(w, f, "text").diagnostics(r.Diags.All())
		return exit(exitFindings)
	}
	if len(r.Broken) > 0 {
		fmt.Fprintf(w.err, "left out, their specs have mistakes: %s\n", strings.Join(r.Broken, ", "))
	}
	p := r.Fleet.Platform
	var clusters []*ir.Cluster
	var names []string
	for _, cl := range p.Clusters {
		names = append(names, cl.Name)
		if o.cluster == "" || cl.Name == o.cluster {
			clusters = append(clusters, cl)
		}
	}
	switch {
	case len(clusters) == 0:
		return fmt.Errorf("there is no cluster %q; %s", o.cluster, diag.Suggest(o.cluster, names))
	case len(clusters) > 1 && o.clusters.Context != "":
		return fmt.Errorf("--context is one cluster's; say which with --cluster: %s", strings.Join(names, ", "))
	}
	found := []doctor.Finding{}
	for _, cl := range clusters {
		api, err := o.clusters.Open(cl.Name)
		if err == nil {
			var more []doctor.Finding
			more, err = doctor.Examine(c.Context(), api, doctor.Patient{
				Platform: p, Services: r.Fleet.Services, Files: r.Files, Cluster: cl,
				ArgoCD: cl == argocdCluster(p), Output: f.output(""),
			})
			found = append(found, more...)
		}
		if err != nil {
			return fmt.Errorf("cluster %s: %s", cl.Name, printable(err.Error()))
		}
	}
	missing := 0
	for _, n := range found {
		if !n.Advice {
			missing++
		}
	}
	if o.format == "json" {
		enc := json.NewEncoder(w.out)
		enc.SetIndent("", "  ")
		if err := enc.Encode(found); err != nil {
			return err
		}
	} else {
		writeFindings(w, found, names)
		fmt.Fprintf(w.out, "%s missing, %s of advice\n", count(missing, "thing is", "things are"), count(len(found)-missing, "piece", "pieces"))
	}
	if missing > 0 {
		return exit(exitFindings)
	}
	return nil
}

func writeFindings(w world, found []doctor.Finding, clusters []string) {
	for _, n := range found {
		what := n.What
		if n.Advice {
			what = "advice: " + what
		}
		if len(clusters) > 1 {
			what = n.Cluster + ": " + what
		}
		fmt.Fprintf(w.out, "%s [%s]\n  why:  %s\n  mend: %s\n\n", printable(what), n.Check, printable(n.Why), printable(n.Mend))
	}
}
