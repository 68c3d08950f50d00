package graph

import (
	"fmt"
	"strings"
)

// Mermaid writes a graph as a Mermaid flowchart, which Git hosts draw inside Markdown.
func Mermaid(g Graph) []byte {
	var b strings.Builder
	fmt.Fprintf(&b, "flowchart LR\n  accTitle: %s\n  accDescr: %s\n", mermaidLine(g.Title), mermaidLine(g.About))
	w := func(parts ...string) {
		for _, p := range parts {
			b.WriteString(p)
		}
	}
	for _, group := range g.Groups {
		w("  subgraph ", mermaidID(group.ID), `["`, mermaidText(group.Label, group.Note), "\"]\n")
		for _, n := range group.Nodes {
			w("    ", mermaidID(n.ID), `["`, mermaidText(n.Label, n.Note), "\"]\n")
		}
		w("  end\n")
	}
	for _, e := range g.Edges {
		arrow := " --> "
		if e.Dashed {
			arrow = " -.-> "
		}
		if e.Label != "" {
			arrow = strings.TrimRight(arrow, " ") + `|"` + mermaidText(e.Label, "") + `"| `
		}
		w("  ", mermaidID(e.From), arrow, mermaidID(e.To), "\n")
	}
	return []byte(b.String())
}

// mermaidID is an ID as Mermaid takes it. IDs begin with a word of ours, so that none is a
// keyword such as "end" once the slash is there; a group's gets one.
func mermaidID(id string) string {
	if !strings.Contains(id, "/") {
		id = "group/" + id
	}
	return strings.ReplaceAll(strings.ReplaceAll(id, "/", "__"), "-", "_")
}

var mermaidEscapes = strings.NewReplacer(
	`"`, "#quot;", "#", "#35;", "&", "#amp;", "<", "#lt;", ">", "#gt;", "`", "#96;", `\`, "#92;",
)

func mermaidText(label, note string) string {
	if note == "" {
		return mermaidEscape(label)
	}
	return mermaidEscape(label) + "<br/>" + mermaidEscape(note)
}

// mermaidLine is text that ends with its line and has no escapes.
func mermaidLine(s string) string {
	return strings.NewReplacer("{", "(", "}", ")", "#", "", ";", ",").Replace(plain(s))
}

func mermaidEscape(s string) string {
	s = plain(s)
	if !strings.ContainsAny(s, "\"#&<>`\\") {
		return s
	}
	return mermaidEscapes.Replace(s)
}
