package graph

import (
	"fmt"
	"strings"
)

// Mermaid writes a graph as a Mermaid flowchart, which Git hosts draw inside Markdown.
func Mermaid(g Graph) []byte {
	var b strings.Builder
	fmt.Fprintf(&b, "flowchart LR\n  accTitle: %s\n  accDescr: %s\n", mermaidLine(g.Title), mermaidLine(g.About))
	for _, group := range g.Groups {
		fmt.Fprintf(&b, "  subgraph %s[\"%s\"]\n", mermaidID(group.ID), mermaidText(group.Label, group.Note))
		for _, n := range group.Nodes {
			fmt.Fprintf(&b, "    %s[\"%s\"]\n", mermaidID(n.ID), mermaidText(n.Label, n.Note))
		}
		b.WriteString("  end\n")
	}
	for _, e := range g.Edges {
		arrow := "-->"
		if e.Dashed {
			arrow = "-.->"
		}
		if e.Label != "" {
			arrow += `|"` + mermaidText(e.Label, "") + `"|`
		}
		fmt.Fprintf(&b, "  %s %s %s\n", mermaidID(e.From), arrow, mermaidID(e.To))
	}
	return []byte(b.String())
}

// mermaidID is an ID as Mermaid takes it. IDs begin with a word of ours, so that none is a
// keyword such as "end" once the slash is there; a group's gets one.
func mermaidID(id string) string {
	if !strings.Contains(id, "/") {
		id = "group/" + id
	}
	return strings.NewReplacer("/", "__", "-", "_").Replace(id)
}

var mermaidEscapes = strings.NewReplacer(
	`"`, "#quot;", "#", "#35;", "&", "#amp;", "<", "#lt;", ">", "#gt;", "`", "#96;", `\`, "#92;",
)

func mermaidText(label, note string) string {
	text := mermaidEscapes.Replace(plain(label))
	if note != "" {
		text += "<br/>" + mermaidEscapes.Replace(plain(note))
	}
	return text
}

// mermaidLine is text that ends with its line and has no escapes.
func mermaidLine(s string) string {
	return strings.NewReplacer("{", "(", "}", ")", "#", "", ";", ",").Replace(plain(s))
}
