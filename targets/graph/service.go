package graph

import (
	"fmt"
	"slices"
	"strings"

	"slipway.dev/compiler/ir"
)

// Pipeline is a pipeline as it is drawn.
type Pipeline struct {
	Group
	Edges    []Edge
	Releases bool     // it ends in the service's first environment
	Tests    []string // the environments in which it tests what is deployed
}

// Service draws one service: its pipelines, its environments, what it calls and what calls
// it; everything but the callers is said in its own spec and in platform.cue.
func Service(svc *ir.Service, pipelines []Pipeline, callers []string) Graph {
	g := Graph{
		Title: svc.Name + ", of " + svc.Owner,
		About: fmt.Sprintf("The pipelines of %s, the environments that a release goes through, and the services that it calls.", svc.Name),
	}
	for _, pl := range pipelines {
		g.Groups = append(g.Groups, pl.Group)
		g.Edges = append(g.Edges, pl.Edges...)
	}
	const environments = "environments"
	if len(svc.RunsIn) > 0 {
		group, edges := path(svc.RunsIn)
		for _, i := range svc.AsItStands() {
			for k := range group.Nodes {
				if tests := i.Verified(); len(tests) > 0 && group.Nodes[k].ID == "env/"+i.Env.Name {
					group.Nodes[k].Note += "; then " + strings.Join(tests, ", ")
				}
				if tests := i.ByNight(); len(tests) > 0 && group.Nodes[k].ID == "env/"+i.Env.Name {
					group.Nodes[k].Note += "; by night " + strings.Join(tests, ", ")
				}
			}
		}
		for _, pl := range pipelines {
			if pl.Releases {
				edges = append(edges, Edge{From: pl.ID, To: "env/" + svc.RunsIn[0].Name})
			}
		}
		g.Groups = append(g.Groups, group)
		g.Edges = append(g.Edges, edges...)
	}
	if calls := Calls(svc); len(calls) > 0 {
		group := Group{ID: "calls", Label: "calls", Loose: true}
		for _, c := range calls {
			n := Node{ID: "calls/" + c.Service, Label: c.Service}
			if c.Optional {
				n.Note = "works without it"
			}
			group.Nodes = append(group.Nodes, n)
		}
		g.Groups = append(g.Groups, group)
		g.Edges = append(g.Edges, Edge{From: environments, To: "calls", Label: "calls"})
	}
	if len(callers) > 0 {
		group := Group{ID: "callers", Label: "called by", Loose: true}
		for _, c := range callers {
			group.Nodes = append(group.Nodes, Node{ID: "callers/" + c, Label: c})
		}
		g.Groups = append(g.Groups, group)
		g.Edges = append(g.Edges, Edge{From: "callers", To: environments, Label: "call"})
	}
	return g
}

// path draws the way of a release through environments. Where a service leaves one out, it
// goes on from the last one before it.
func path(runs []*ir.Environment) (Group, []Edge) {
	group := Group{ID: "environments", Label: "environments"}
	var edges []Edge
	for _, e := range runs {
		note := e.Cluster.Name + "/" + e.Namespace
		if e.Head {
			note += ", spec as it stands"
		} else {
			note += ", spec as released"
		}
		from := Before(e, runs)
		if from != nil {
			note += "; " + into(e)
		}
		group.Nodes = append(group.Nodes, Node{ID: "env/" + e.Name, Label: e.Name, Note: note})
		if from != nil {
			edges = append(edges, Edge{From: "env/" + from.Name, To: "env/" + e.Name})
		}
	}
	return group, edges
}

// into says what brings releases into an environment that is not their first.
func into(e *ir.Environment) string {
	switch e.Promote.How {
	case ir.Auto:
		return "by itself"
	case ir.After:
		return e.Promote.After + " later"
	case ir.Tag:
		return "when tagged " + e.Promote.Tag
	}
	return "by hand"
}

// Before is the environment that releases of a service which runs in some environments come
// from to reach one of them; nil for the first.
func Before(e *ir.Environment, runs []*ir.Environment) *ir.Environment {
	for from := e.From; from != nil; from = from.From {
		if slices.Contains(runs, from) {
			return from
		}
	}
	return nil
}

// Calls are the services that a service consumes in some environment, as its spec stands;
// sorted by name, and optional where it is everywhere.
func Calls(svc *ir.Service) []ir.Consume {
	var out []ir.Consume
	for _, i := range svc.AsItStands() {
		for _, c := range i.Consumes {
			k := slices.IndexFunc(out, func(o ir.Consume) bool { return o.Service == c.Service })
			if k < 0 {
				out = append(out, c)
			} else if !c.Optional {
				out[k].Optional = false
			}
		}
	}
	slices.SortFunc(out, func(a, b ir.Consume) int { return strings.Compare(a.Service, b.Service) })
	return out
}
