package graph

import (
	"fmt"
	"slices"
	"strings"
)

// Sizes of the picture, in pixels. No font is loaded: a letter is taken to be as wide as
// the wide ones of usual fonts are on average.
const (
	letter, small  = 8, 7 // width of a letter of a label, of a note
	nodeH, noteH   = 28, 42
	padX, padY     = 12, 14
	headH          = 30
	gapX, gapY     = 44, 14
	outerX, outerY = 64, 28
	margin         = 20
	titleH         = 34
)

const style = `text{font:13px ui-sans-serif,system-ui,sans-serif;fill:#1f2933}` +
	`.note{font-size:11px;fill:#52606d}.title{font-size:16px;font-weight:600}.head{font-weight:600}` +
	`.paper{fill:#fff}.group{fill:#f5f7fa;stroke:#cbd2d9}.node{fill:#fff;stroke:#52606d}` +
	`.edge{fill:none;stroke:#52606d;stroke-width:1.3}.dashed{stroke-dasharray:5 4}.tip{fill:#52606d}`

// SVG draws a graph. The picture stands alone: no script, no font, nothing from elsewhere;
// a screen reader is told its title, what it shows, and every edge.
func SVG(g Graph) []byte {
	d := drawing{g: g, at: g.where(), node: map[string]box{}, label: g.labels()}
	d.arrange()
	return d.write()
}

type drawing struct {
	g      Graph
	at     map[string]int
	label  map[string]string
	groups []box // by group
	node   map[string]box
	ways   [][]point // by edge, between its two ends
	back   []bool    // by edge: it leads from a left side to a right one
	w, h   int
}

// across is an edge's part within a group that it enters or leaves.
type across struct {
	node string
	side side
}

// arrange lays out every group, then the groups.
func (d *drawing) arrange() {
	d.ways, d.back = make([][]point, len(d.g.Edges)), make([]bool, len(d.g.Edges))
	var links []link // between groups
	number := map[link]int{}
	for _, e := range d.g.Edges {
		k := link{d.at[e.From], d.at[e.To]}
		if _, ok := number[k]; !ok && k.from != k.to {
			number[k] = len(links)
			links = append(links, k)
		}
	}
	back := layered(make([]box, len(d.g.Groups)), links, 0, 0).back // sizes do not matter for that
	first, last := make([][]point, len(d.g.Edges)), make([][]point, len(d.g.Edges))
	inner := make([]layout, len(d.g.Groups))
	for i, group := range d.g.Groups {
		inner[i] = d.inside(i, func(k link) bool { return back[number[k]] }, first, last)
		head := wide(group.Label)*letter + wide(group.Note)*small + 3*padX
		d.groups = append(d.groups, box{w: max(inner[i].w+2*padX, head), h: inner[i].h + headH + padY})
	}
	outer := layered(d.groups, links, outerX, outerY)
	for i, b := range outer.boxes {
		b.x, b.y = b.x+margin, b.y+margin+titleH
		d.groups[i] = b
		d.node[d.g.Groups[i].ID] = b
		for k, n := range d.g.Groups[i].Nodes {
			r := inner[i].boxes[k]
			r.x, r.y = r.x+b.x+padX, r.y+b.y+headH
			d.node[n.ID] = r
		}
	}
	for i, e := range d.g.Edges {
		a, z := d.at[e.From], d.at[e.To]
		d.ways[i] = moved(first[i], d.groups[a].x+padX, d.groups[a].y+headH)
		if a == z {
			continue
		}
		k := number[link{a, z}]
		d.back[i] = back[k]
		d.ways[i] = append(d.ways[i], moved(outer.ways[k], margin, margin+titleH)...)
		d.ways[i] = append(d.ways[i], moved(last[i], d.groups[z].x+padX, d.groups[z].y+headH)...)
	}
	d.w = max(outer.w, wide(d.g.Title)*10) + 2*margin
	d.h = outer.h + 2*margin + titleH
}

// inside lays out a group. It gives the ways of edges within it, and of those that cross its
// border: of the ones that leave it as their first part, of the others as their last.
func (d *drawing) inside(group int, back func(link) bool, first, last [][]point) layout {
	number := map[string]int{}
	var boxes []box
	for i, n := range d.g.Groups[group].Nodes {
		number[n.ID] = i
		boxes = append(boxes, size(n))
	}
	var links []link
	gates := map[across]int{}          // links to a border
	use := make([]int, len(d.g.Edges)) // the link that each edge takes; -1 for none
	for i, e := range d.g.Edges {
		use[i] = -1
		from, a := number[e.From]
		to, b := number[e.To]
		k := link{d.at[e.From], d.at[e.To]}
		gate := across{e.From, atRight}
		switch {
		case a && b:
			use[i] = len(links)
			links = append(links, link{from, to})
			continue
		case a && back(k):
			gate.side = atLeft
		case a:
		case b && back(k):
			gate = across{e.To, atRight}
		case b:
			gate = across{e.To, atLeft}
		default:
			continue
		}
		if _, ok := gates[gate]; !ok {
			gates[gate] = len(links)
			l := link{number[gate.node], len(boxes)}
			if gate.side == atLeft {
				l = link{l.to, l.from}
			}
			links = append(links, l)
			boxes = append(boxes, box{h: 2, side: gate.side})
		}
		use[i] = gates[gate]
	}
	out := layered(boxes, links, gapX, gapY)
	for i, k := range use {
		if k < 0 {
			continue
		}
		way := slices.Clone(out.ways[k])
		if from := out.boxes[links[k].from]; from.side == atLeft {
			way = append([]point{{from.x, from.y + 1}}, way...)
		}
		if to := out.boxes[links[k].to]; to.side == atRight {
			way = append(way, point{to.x, to.y + 1})
		}
		e := d.g.Edges[i]
		if leaves := d.at[e.From] == group; leaves {
			if d.at[e.To] != group && back(link{group, d.at[e.To]}) {
				slices.Reverse(way) // of a link that leads inwards
			}
			first[i] = way
		} else {
			if back(link{d.at[e.From], group}) {
				slices.Reverse(way)
			}
			last[i] = way
		}
	}
	return out
}

func moved(way []point, x, y int) []point {
	out := make([]point, len(way))
	for i, p := range way {
		out[i] = point{p.x + x, p.y + y}
	}
	return out
}

func size(n Node) box {
	b := box{w: wide(n.Label)*letter + 2*padX, h: nodeH}
	if n.Note != "" {
		b.w, b.h = max(b.w, wide(n.Note)*small+2*padX), noteH
	}
	return b
}

func (d *drawing) write() []byte {
	var b strings.Builder
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" width="%d" height="%d" role="img" aria-labelledby="title about">`+"\n", d.w, d.h, d.w, d.h)
	fmt.Fprintf(&b, "<title id=\"title\">%s</title>\n<desc id=\"about\">%s</desc>\n<style>%s</style>\n", xml(d.g.Title), xml(d.g.About), style)
	b.WriteString(`<defs><marker id="tip" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto"><path class="tip" d="M0 0L8 4L0 8z"/></marker></defs>` + "\n")
	fmt.Fprintf(&b, "<rect class=\"paper\" width=\"%d\" height=\"%d\"/>\n", d.w, d.h)
	fmt.Fprintf(&b, "<text class=\"title\" x=\"%d\" y=\"%d\">%s</text>\n", margin, margin+14, xml(d.g.Title))
	for i, r := range d.groups {
		group := d.g.Groups[i]
		fmt.Fprintf(&b, "<rect class=\"group\" x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\" rx=\"8\"/>\n", r.x, r.y, r.w, r.h)
		fmt.Fprintf(&b, "<text class=\"head\" x=\"%d\" y=\"%d\">%s", r.x+padX, r.y+20, xml(group.Label))
		if group.Note != "" {
			fmt.Fprintf(&b, "<tspan class=\"note\" dx=\"10\">%s</tspan>", xml(group.Note))
		}
		b.WriteString("</text>\n")
	}
	for i, e := range d.g.Edges {
		d.edge(&b, e, d.ways[i], d.back[i])
	}
	for _, group := range d.g.Groups {
		for _, n := range group.Nodes {
			r := d.node[n.ID]
			fmt.Fprintf(&b, "<rect class=\"node\" x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\" rx=\"5\"/>", r.x, r.y, r.w, r.h)
			fmt.Fprintf(&b, "<text x=\"%d\" y=\"%d\">%s</text>", r.x+padX, r.y+18, xml(n.Label))
			if n.Note != "" {
				fmt.Fprintf(&b, "<text class=\"note\" x=\"%d\" y=\"%d\">%s</text>", r.x+padX, r.y+33, xml(n.Note))
			}
			b.WriteString("\n")
		}
	}
	b.WriteString("</svg>\n")
	return []byte(b.String())
}

// edge draws a curve from the side of one box, through the points of its way, to the side
// of another.
func (d *drawing) edge(b *strings.Builder, e Edge, way []point, back bool) {
	from, to := d.node[e.From], d.node[e.To]
	start, end := point{from.x + from.w, from.middle()}, point{to.x, to.middle()}
	if back || len(way) == 0 && to.x+to.w <= from.x {
		start.x, end.x = from.x, to.x+to.w
	}
	points := append(append([]point{start}, way...), end)
	class := "edge"
	if e.Dashed {
		class += " dashed"
	}
	fmt.Fprintf(b, "<path class=\"%s\" marker-end=\"url(#tip)\" d=\"M%d %d", class, start.x, start.y)
	for i, p := range points[1:] {
		bend := (p.x - points[i].x) / 2
		fmt.Fprintf(b, "C%d %d %d %d %d %d", points[i].x+bend, points[i].y, p.x-bend, p.y, p.x, p.y)
	}
	fmt.Fprintf(b, "\"><title>%s</title></path>\n", xml(d.label[e.From]+" → "+d.label[e.To]))
	if e.Label != "" {
		a, z := points[len(points)/2-1], points[len(points)/2]
		fmt.Fprintf(b, "<text class=\"note\" text-anchor=\"middle\" x=\"%d\" y=\"%d\">%s</text>\n", (a.x+z.x)/2, (a.y+z.y)/2-4, xml(e.Label))
	}
}

var xmlEscapes = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;", `"`, "&quot;", "'", "&#39;")

func xml(s string) string { return xmlEscapes.Replace(strings.ToValidUTF8(plain(s), "\ufffd")) }
