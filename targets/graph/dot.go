package graph

import (
	"fmt"
	"strings"
)

// DOT writes a graph for Graphviz.
func DOT(g Graph) []byte {
	var b strings.Builder
	fmt.Fprintf(&b, "digraph {\n  label=%s\n  labelloc=t\n  rankdir=LR\n  compound=true\n", dotText(g.Title, ""))
	b.WriteString("  node [shape=box, style=rounded, fontname=\"sans-serif\"]\n  edge [fontname=\"sans-serif\"]\n")
	inner := map[string]string{} // a node of each group: Graphviz draws no edge to a group itself
	for _, group := range g.Groups {
		fmt.Fprintf(&b, "  subgraph %s {\n    label=%s\n", dotText("cluster "+group.ID, ""), dotText(group.Label, group.Note))
		for _, n := range group.Nodes {
			fmt.Fprintf(&b, "    %s [label=%s]\n", dotText(n.ID, ""), dotText(n.Label, n.Note))
		}
		b.WriteString("  }\n")
		if len(group.Nodes) > 0 {
			inner[group.ID] = group.Nodes[len(group.Nodes)/2].ID
		}
	}
	for _, e := range g.Edges {
		from, to := e.From, e.To
		var attrs []string
		if n, ok := inner[e.From]; ok {
			from, attrs = n, append(attrs, "ltail="+dotText("cluster "+e.From, ""))
		}
		if n, ok := inner[e.To]; ok {
			to, attrs = n, append(attrs, "lhead="+dotText("cluster "+e.To, ""))
		}
		// Graphviz gives up on clusters that lead to each other in a circle.
		if len(attrs) == 2 && reaches(g.Edges, e.To, e.From) {
			attrs = append(attrs, "constraint=false")
		}
		if e.Label != "" {
			attrs = append(attrs, "label="+dotText(e.Label, ""))
		}
		if e.Dashed {
			attrs = append(attrs, "style=dashed")
		}
		fmt.Fprintf(&b, "  %s -> %s", dotText(from, ""), dotText(to, ""))
		if len(attrs) > 0 {
			fmt.Fprintf(&b, " [%s]", strings.Join(attrs, ", "))
		}
		b.WriteString("\n")
	}
	b.WriteString("}\n")
	return []byte(b.String())
}

func dotText(label, note string) string {
	escape := strings.NewReplacer(`\`, `\\`, `"`, `\"`)
	text := escape.Replace(plain(label))
	if note != "" {
		text += `\n` + escape.Replace(plain(note))
	}
	return `"` + text + `"`
}

// reaches reports whether edges lead from one node or group to another.
func reaches(edges []Edge, from, to string) bool {
	seen, next := map[string]bool{from: true}, []string{from}
	for len(next) > 0 {
		at := next[0]
		next = next[1:]
		for _, e := range edges {
			if e.From == at && !seen[e.To] {
				seen[e.To] = true
				next = append(next, e.To)
			}
		}
	}
	return seen[to]
}
