package main

import (
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"slipway.dev/compiler"
	"slipway.dev/compiler/diag"
	"slipway.dev/compiler/ir"
	"slipway.dev/targets/graph"
	"slipway.dev/targets/tekton"
)

// drawings are the formats of a graph.
var drawings = map[string]func(graph.Graph) []byte{
	"tree":    graph.Tree,
	"mermaid": func(g graph.Graph) []byte { return graph.Mermaid(g.Bundled(mostAcross)) },
	"dot":     func(g graph.Graph) []byte { return graph.DOT(g.Bundled(mostAcross)) },
	"svg":     func(g graph.Graph) []byte { return graph.SVG(g.Bundled(mostAcross)) },
}

// mostAcross is how many calls from team to team a picture shows one by one.
const mostAcross = 60

func newGraph(w world) *cobra.Command {
	var dir, format, pipeline string
	c := &cobra.Command{
		Use:   "graph [SERVICE]",
		Short: "Draw a service's way to production, or the fleet",
		Long: `Graph draws a service: its pipelines, the environments that a release goes through,
what it calls and what calls it. Without SERVICE it draws the fleet: services by
their owners, who calls whom, the environments and what brings a release from one
into the next. In a tree, → is who is called, and ? what a service works without.

The formats are tree for the terminal; mermaid, which Git hosts draw in Markdown;
dot for Graphviz; svg, a picture that needs nothing else. Where more than 60 calls
go from team to team, the last three show their number for each pair of teams.`,
		Example: `  slipway graph checkout
  slipway graph checkout --pipeline release --format mermaid
  slipway graph --format svg >fleet.svg`,
		Args: optional("SERVICE"),
		RunE: func(_ *cobra.Command, args []string) error {
			draw, ok := drawings[format]
			switch {
			case !ok:
				return fmt.Errorf("there is no format %q: tree, mermaid, dot, svg", format)
			case pipeline != "" && len(args) == 0:
				return fmt.Errorf("--pipeline needs a SERVICE")
			}
			f, err := openFleet(dir)
			if err != nil {
				return err
			}
			g, err := drawn(w, f, strings.Join(args, ""), pipeline)
			if err != nil {
				return err
			}
			_, err = w.out.Write(draw(g))
			return err
		},
	}
	c.Flags().StringVar(&format, "format", "tree", "how it is drawn: tree, mermaid, dot, svg")
	c.Flags().StringVar(&pipeline, "pipeline", "", "only this pipeline of the service")
	c.Flags().StringVar(&dir, "fleet", ".", "the fleet's folder")
	return c
}

// drawn is the graph of a service, of one of its pipelines, or of the fleet.
func drawn(w world, f *fleet, service, pipeline string) (graph.Graph, error) {
	only := []string(nil)
	if pipeline != "" { // nobody else matters
		only = []string{service}
	}
	r, svc, err := judged(w, f, service, only)
	if err != nil {
		return graph.Graph{}, err
	}
	if svc == nil {
		return graph.Fleet(r.Fleet), nil
	}
	pipelines := tekton.Drawn(r.Fleet.Platform, svc)
	if pipeline == "" {
		return graph.Service(svc, pipelines, graph.Callers(r.Fleet, service)), nil
	}
	var names []string
	for _, pl := range pipelines {
		names = append(names, pl.ID)
		if pl.ID == pipeline {
			return graph.Graph{
				Title:  pl.Note,
				About:  fmt.Sprintf("The tasks of the %s pipeline of %s, and which of them come after which.", pipeline, service),
				Groups: []graph.Group{pl.Group}, Edges: pl.Edges,
			}, nil
		}
	}
	if len(names) == 0 {
		return graph.Graph{}, fmt.Errorf("%s has no pipelines: others build its image", service)
	}
	return graph.Graph{}, fmt.Errorf("there is no pipeline %q; %s", pipeline, diag.Suggest(pipeline, names))
}

// judged compiles services, all when there are none, without writing anything, and returns
// the one with a name. Mistakes of others are no reason to stop: they are counted.
func judged(w world, f *fleet, service string, only []string) (*compiler.Result, *ir.Service, error) {
	r, err := understood(w, f, only...)
	if err != nil {
		return nil, nil, err
	}
	if r.Fleet == nil || service != "" && slices.Contains(r.Broken, service) || len(only) > 0 && r.Diags.HasErrors() {
		newPrinter(w, f, "text").diagnostics(r.Diags.All())
		return nil, nil, exit(exitFindings)
	}
	if len(r.Broken) > 0 {
		fmt.Fprintf(w.err, "left out, their specs have mistakes: %s\n", strings.Join(r.Broken, ", "))
	}
	if service == "" {
		return r, nil, nil
	}
	var names []string
	for _, s := range r.Fleet.Services {
		if s.Name == service {
			return r, s, nil
		}
		names = append(names, s.Name)
	}
	if hint := diag.Suggest(service, names); hint != "" {
		return nil, nil, fmt.Errorf("there is no service %q; %s", service, hint)
	}
	return nil, nil, fmt.Errorf("there is no service %q in this fleet", service)
}
