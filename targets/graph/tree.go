package graph

import (
	"slices"
	"strings"
)

// Width is how many columns a tree takes, as far as names let it.
const Width = 80

// Tree writes a graph for a terminal: a tree for each group. A node hangs below the last of
// those that it comes after, and names the others.
func Tree(g Graph) []byte {
	t := treeWriter{g: g, at: g.where(), label: g.labels()}
	t.b.WriteString(plain(g.Title) + "\n")
	for i, group := range g.Groups {
		t.b.WriteString("\n")
		t.line("", "", group.Label, group.Note)
		if group.Loose {
			t.list(i)
		} else {
			t.forest(i)
		}
	}
	return []byte(t.b.String())
}

type treeWriter struct {
	g     Graph
	at    map[string]int
	label map[string]string
	b     strings.Builder
}

// list writes nodes with what they lead to.
func (t *treeWriter) list(group int) {
	nodes := t.g.Groups[group].Nodes
	for i, n := range nodes {
		var to []string
		for _, e := range t.g.Edges {
			if e.From != n.ID {
				continue
			}
			name := t.label[e.To]
			if e.Dashed {
				name += "?"
			}
			to = append(to, name)
		}
		note := n.Note
		if len(to) > 0 {
			if note != "" {
				note += "  "
			}
			note += "→ " + strings.Join(to, ", ")
		}
		first, rest := branch(i == len(nodes)-1)
		t.line(first, rest, n.Label, note)
	}
}

// forest hangs nodes below each other.
func (t *treeWriter) forest(group int) {
	nodes := t.g.Groups[group].Nodes
	depth, parent, beside := map[string]int{}, map[string]string{}, map[string][]string{}
	for _, n := range nodes { // in reading order: what comes first stands first
		for _, e := range t.g.Edges {
			if e.To != n.ID || e.Dashed || e.From == n.ID {
				continue
			}
			d, known := depth[e.From]
			switch {
			case !known: // of another group, or of a circle
				beside[n.ID] = append(beside[n.ID], t.label[e.From])
				continue
			case parent[n.ID] == "":
			case d < depth[parent[n.ID]]:
				beside[n.ID] = append(beside[n.ID], t.label[e.From])
				continue
			default:
				beside[n.ID] = append(beside[n.ID], t.label[parent[n.ID]])
			}
			parent[n.ID] = e.From
		}
		depth[n.ID] = 0
		if p := parent[n.ID]; p != "" {
			depth[n.ID] = depth[p] + 1
		}
	}
	t.children("", nodes, parent, beside, "")
}

func (t *treeWriter) children(of string, nodes []Node, parent map[string]string, beside map[string][]string, indent string) {
	mine := slices.DeleteFunc(slices.Clone(nodes), func(n Node) bool { return parent[n.ID] != of })
	for i, n := range mine {
		first, rest := branch(i == len(mine)-1)
		note := n.Note
		if others := beside[n.ID]; len(others) > 0 {
			if note != "" {
				note += "; "
			}
			if parent[n.ID] != "" {
				note += "also "
			}
			note += "after " + strings.Join(others, ", ")
		}
		t.line(indent+first, indent+rest, n.Label, note)
		t.children(n.ID, nodes, parent, beside, indent+rest)
	}
}

func branch(last bool) (first, rest string) {
	if last {
		return "└─ ", "   "
	}
	return "├─ ", "│  "
}

// line writes a label and a note, which goes on below itself where it is too long.
func (t *treeWriter) line(first, rest, label, note string) {
	line := first + plain(label)
	if note != "" {
		line += "  "
	}
	margin := rest + strings.Repeat(" ", 4)
	fresh := true // nothing of the note is on this line yet
	for _, word := range strings.Fields(plain(note)) {
		if !fresh && wide(line)+1+wide(word) > Width {
			t.b.WriteString(strings.TrimRight(line, " ") + "\n")
			line, fresh = margin, true
		}
		if !fresh {
			line += " "
		}
		line, fresh = line+word, false
	}
	t.b.WriteString(strings.TrimRight(line, " ") + "\n")
}

// plain is text without what a terminal or an XML parser would take for anything else.
func plain(s string) string {
	for i := 0; ; i++ { // nearly all there is needs nothing
		if i == len(s) {
			return s
		}
		if s[i] < ' ' || s[i] >= 0x7f {
			break
		}
	}
	return strings.Map(func(r rune) rune {
		if r < ' ' || r >= 0x7f && r < 0xa0 || r >= 0xfffe || r >= 0x202a && r <= 0x202e || r >= 0x2066 && r <= 0x2069 {
			return -1
		}
		return r
	}, s)
}

// wide is the number of columns of a text: two for what East Asian fonts draw wide.
func wide(s string) (n int) {
	for _, r := range s {
		n++
		if r >= 0x1100 && r <= 0x115f || r >= 0x2e80 && r <= 0xa4cf || r >= 0xac00 && r <= 0xd7a3 ||
			r >= 0xf900 && r <= 0xfaff || r >= 0xfe30 && r <= 0xfe6f || r >= 0xff00 && r <= 0xff60 || r >= 0x1f300 {
			n++
		}
	}
	return n
}
