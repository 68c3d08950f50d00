// Package graph draws: the pipelines of a service, the environments that its releases go
// through, what it calls, and the fleet. A graph is data; a tree for the terminal, Mermaid,
// DOT and SVG are four ways to write it. It runs no layout program and reads nothing.
package graph

import "strconv"

// Graph is nodes in groups, and edges between them.
type Graph struct {
	Title  string // one line
	About  string // a sentence for those who cannot see the picture
	Groups []Group
	Edges  []Edge // from what comes first; in the order in which they are written
}

// Group is nodes that belong together, such as a pipeline's.
type Group struct {
	ID, Label string
	Note      string // said beside the label
	Nodes     []Node // in reading order
	Loose     bool   // a tree lists them with what they lead to, instead of hanging one below another
}

// Node is a thing.
type Node struct {
	ID    string // one in the whole graph, groups included; of a-z, 0-9, "-" and "/"
	Label string
	Note  string // said beside the label
}

// Edge leads from one node or group to another.
type Edge struct {
	From, To string // IDs
	Label    string
	Dashed   bool // it orders or needs less than others do: finally, optional
}

// where is a node's group, by the IDs of nodes and groups.
func (g Graph) where() map[string]int {
	at := map[string]int{}
	for i, group := range g.Groups {
		at[group.ID] = i
		for _, n := range group.Nodes {
			at[n.ID] = i
		}
	}
	return at
}

// labels are what nodes and groups are called, by their IDs.
func (g Graph) labels() map[string]string {
	out := map[string]string{}
	for _, group := range g.Groups {
		out[group.ID] = group.Label
		for _, n := range group.Nodes {
			out[n.ID] = n.Label
		}
	}
	return out
}

// Bundled joins the edges between groups into one for each pair of them, labelled with their
// number, where there are more than a picture can show.
func (g Graph) Bundled(most int) Graph {
	at, across := g.where(), 0
	for _, e := range g.Edges {
		if at[e.From] != at[e.To] {
			across++
		}
	}
	if across <= most {
		return g
	}
	type pair struct{ from, to int }
	place, count := map[pair]int{}, map[pair]int{}
	var edges []Edge
	for _, e := range g.Edges {
		k := pair{at[e.From], at[e.To]}
		if k.from == k.to {
			edges = append(edges, e)
			continue
		}
		if _, ok := place[k]; !ok {
			place[k] = len(edges)
			edges = append(edges, Edge{From: g.Groups[k.from].ID, To: g.Groups[k.to].ID})
		}
		count[k]++
	}
	for k, i := range place {
		edges[i].Label = strconv.Itoa(count[k])
	}
	g.Edges = edges
	return g
}

// Reduced leaves out every edge that others imply: what comes after b, which comes after a,
// comes after a. Names are in an order in which what comes first stands first; after lists
// what each of them directly follows.
func Reduced(names []string, after map[string][]string) map[string][]string {
	before := map[string]map[string]bool{} // all that comes before, by name
	out := map[string][]string{}
	for _, name := range names {
		all := map[string]bool{}
		for _, a := range after[name] {
			for b := range before[a] {
				all[b] = true
			}
		}
		for _, a := range after[name] {
			if !all[a] {
				out[name] = append(out[name], a)
			}
		}
		for _, a := range after[name] {
			all[a] = true
		}
		before[name] = all
	}
	return out
}
