package graph

import (
	"fmt"
	"strings"

	"slipway.dev/compiler/ir"
)

// Fleet draws all services by their owners, who calls whom, and the environments.
func Fleet(f *ir.Fleet) Graph {
	p := f.Platform
	g := Graph{
		Title: p.Name + ": " + number(len(f.Services), "service"),
		About: fmt.Sprintf("The services of %s by their owners, which of them call which, and the environments that releases go through.", p.Name),
	}
	group, edges := path(p.Environments)
	g.Groups, g.Edges = append(g.Groups, group), edges
	for _, o := range p.Owners {
		team := Group{ID: "owner/" + o.Name, Label: o.Name, Note: o.Channel, Loose: true}
		for _, s := range f.Services {
			if s.Owner == o.Name {
				team.Nodes = append(team.Nodes, Node{ID: "service/" + s.Name, Label: s.Name, Note: where(p, s)})
			}
		}
		if len(team.Nodes) > 0 {
			g.Groups = append(g.Groups, team)
		}
	}
	known := g.where()
	for _, s := range f.Services {
		for _, c := range Calls(s) {
			if _, ok := known["service/"+c.Service]; ok { // one with mistakes is not drawn
				g.Edges = append(g.Edges, Edge{From: "service/" + s.Name, To: "service/" + c.Service, Dashed: c.Optional})
			}
		}
	}
	return g
}

// where says in which environments a service runs, when not in all of them.
func where(p *ir.Platform, s *ir.Service) string {
	if len(s.RunsIn) == len(p.Environments) {
		return ""
	}
	var names []string
	for _, e := range s.RunsIn {
		names = append(names, e.Name)
	}
	return "only " + strings.Join(names, ", ")
}

// Callers are the names of the services that call one, sorted.
func Callers(f *ir.Fleet, service string) (out []string) {
	for _, s := range f.Services {
		for _, c := range Calls(s) {
			if c.Service == service {
				out = append(out, s.Name)
			}
		}
	}
	return out
}

func number(n int, of string) string {
	if n == 1 {
		return "1 " + of
	}
	return fmt.Sprintf("%d %ss", n, of)
}
