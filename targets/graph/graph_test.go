package graph

import (
	"bytes"
	enc "encoding/xml"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// tangle is a graph of many groups with edges everywhere, circles included.
func tangle(groups, nodes int) Graph {
	g := Graph{Title: "tangle", About: "Everything leads everywhere."}
	seed := uint32(1)
	random := func(n int) int {
		seed = seed*1664525 + 1013904223
		return int(seed>>8) % n
	}
	id := func(i, k int) string { return fmt.Sprintf("n/%d-%d", i, k) }
	for i := range groups {
		group := Group{ID: fmt.Sprintf("g/%d", i), Label: fmt.Sprint("group ", i), Loose: true}
		for k := range nodes {
			group.Nodes = append(group.Nodes, Node{ID: id(i, k), Label: strings.Repeat("x", 3+random(12))})
		}
		g.Groups = append(g.Groups, group)
	}
	for range groups * nodes * 2 {
		from, to := id(random(groups), random(nodes)), id(random(groups), random(nodes))
		if from != to {
			g.Edges = append(g.Edges, Edge{From: from, To: to})
		}
	}
	return g
}

func TestBoxesDoNotOverlap(t *testing.T) {
	t.Parallel()
	for _, g := range []Graph{tangle(1, 40), tangle(10, 10), tangle(10, 10).Bundled(60), tangle(3, 1)} {
		d := drawing{g: g, at: g.where(), node: map[string]box{}, label: g.labels()}
		d.arrange()
		overlap := func(a, b box) bool {
			return a.x < b.x+b.w && b.x < a.x+a.w && a.y < b.y+b.h && b.y < a.y+a.h
		}
		for i, group := range g.Groups {
			for _, other := range d.groups[:i] {
				if overlap(d.groups[i], other) {
					t.Errorf("groups %v and %v overlap", d.groups[i], other)
				}
			}
			for k, n := range group.Nodes {
				b, outer := d.node[n.ID], d.groups[i]
				if b.x < outer.x || b.y < outer.y+headH || b.x+b.w > outer.x+outer.w || b.y+b.h > outer.y+outer.h {
					t.Errorf("node %v is not inside %v", b, outer)
				}
				for _, other := range group.Nodes[:k] {
					if overlap(b, d.node[other.ID]) {
						t.Errorf("nodes %v and %v overlap", b, d.node[other.ID])
					}
				}
			}
		}
	}
}

// An edge that passes behind a node seems to begin or end there.
func TestEdgesPassBesideNodesTheyDoNotConcern(t *testing.T) {
	t.Parallel()
	g := Graph{Groups: []Group{
		{ID: "a", Label: "a", Nodes: []Node{{ID: "a/1", Label: "one"}, {ID: "a/2", Label: "two"}}},
		{ID: "b", Label: "b", Nodes: []Node{{ID: "b/1", Label: "three"}, {ID: "b/2", Label: "four"}}},
	}, Edges: []Edge{{From: "a/1", To: "a/2"}, {From: "a/1", To: "b/2"}, {From: "b/1", To: "b/2"}}}
	d := drawing{g: g, at: g.where(), node: map[string]box{}, label: g.labels()}
	d.arrange()
	for _, p := range d.ways[1] {
		for _, id := range []string{"a/2", "b/1"} {
			if b := d.node[id]; p.x >= b.x && p.x <= b.x+b.w && p.y >= b.y && p.y <= b.y+b.h {
				t.Errorf("the edge passes through %s at %v", id, p)
			}
		}
	}
	if len(d.ways[1]) == 0 {
		t.Error("the edge goes straight")
	}
}

var hostile = []string{`a"b`, "a<script>alert(1)</script>", "]]>", "a\nb", "a\x1b[31mred", "end", "`md`", "#quot;", `\`, "a&b", "\u202eabc", "日本", "x\xffy", "x\ufffey", "%%{init}%%"}

func TestNoTextBreaksAFormat(t *testing.T) {
	t.Parallel()
	for i, text := range hostile {
		g := Graph{Title: text, About: text, Groups: []Group{{ID: "g", Label: text, Note: text, Nodes: []Node{{ID: "n/1", Label: text, Note: text}, {ID: "n/2", Label: "plain"}}}}, Edges: []Edge{{From: "n/1", To: "n/2", Label: text}}}
		plain := Graph{Title: "t", About: "t", Groups: []Group{{ID: "g", Label: "t", Note: "t", Nodes: []Node{{ID: "n/1", Label: "t", Note: "t"}, {ID: "n/2", Label: "plain"}}}}, Edges: []Edge{{From: "n/1", To: "n/2", Label: "t"}}}
		for name, draw := range map[string]func(Graph) []byte{"tree": Tree, "mermaid": Mermaid, "dot": DOT, "svg": SVG} {
			got, want := draw(g), draw(plain)
			if bytes.Count(got, []byte("\n")) != bytes.Count(want, []byte("\n")) {
				t.Errorf("%s: text %d makes other lines:\n%s", name, i, got)
			}
			if bytes.IndexByte(got, 0x1b) >= 0 {
				t.Errorf("%s: text %d keeps its escape", name, i)
			}
			if name != "svg" {
				continue
			}
			if bytes.Contains(got, []byte("<script")) {
				t.Errorf("text %d is an element", i)
			}
			count := func(svg []byte) (n int) {
				for dec := enc.NewDecoder(bytes.NewReader(svg)); ; n++ {
					if _, err := dec.Token(); err == io.EOF {
						return n
					} else if err != nil {
						t.Fatalf("text %d: %v", i, err)
					}
				}
			}
			if count(got) != count(want) {
				t.Errorf("text %d adds elements", i)
			}
		}
	}
}

func TestAPictureTakesNothingFromElsewhere(t *testing.T) {
	t.Parallel()
	svg := string(SVG(tangle(3, 4)))
	for _, word := range []string{"href", "<script", "@import", "@font-face", "<image", "http://", "https://"} {
		if n := strings.Count(strings.ReplaceAll(svg, `xmlns="http://www.w3.org/2000/svg"`, ""), word); n > 0 {
			t.Errorf("it has %q", word)
		}
	}
	for _, word := range []string{`role="img"`, `aria-labelledby="title about"`, `<title id="title">`, `<desc id="about">`} {
		if !strings.Contains(svg, word) {
			t.Errorf("it lacks %s", word)
		}
	}
}

func TestTreesFitTheirWidthAndNameEveryNode(t *testing.T) {
	t.Parallel()
	g := tangle(4, 12)
	for loose := range 2 {
		for i := range g.Groups {
			g.Groups[i].Loose = loose == 1
		}
		for line := range strings.Lines(string(Tree(g))) {
			if w := wide(strings.TrimRight(line, "\n")); w > Width && loose == 1 {
				t.Errorf("%d columns: %s", w, line)
			}
		}
		n := 0
		for range regexp.MustCompile(`[├└]─`).FindAllString(string(Tree(g)), -1) {
			n++
		}
		if n != 4*12 {
			t.Errorf("%d nodes of %d are in the tree", n, 4*12)
		}
	}
}

func TestBundlesCountTheirEdges(t *testing.T) {
	t.Parallel()
	g := tangle(5, 8)
	across := 0
	at := g.where()
	for _, e := range g.Edges {
		if at[e.From] != at[e.To] {
			across++
		}
	}
	sum := 0
	for _, e := range g.Bundled(10).Edges {
		if at[e.From] != at[e.To] {
			n, err := strconv.Atoi(e.Label)
			if err != nil {
				t.Fatal(err)
			}
			sum += n
		}
	}
	if sum != across {
		t.Errorf("bundles of %d edges, there are %d", sum, across)
	}
	if got := g.Bundled(across); len(got.Edges) != len(g.Edges) {
		t.Error("few edges are bundled too")
	}
}

func TestWhatOthersImplyIsLeftOut(t *testing.T) {
	t.Parallel()
	got := Reduced([]string{"a", "b", "c", "d"}, map[string][]string{"b": {"a"}, "c": {"a"}, "d": {"a", "b", "c"}})
	if !slices.Equal(got["d"], []string{"b", "c"}) || !slices.Equal(got["b"], []string{"a"}) {
		t.Errorf("%v", got)
	}
}

func TestSameGraphSameBytes(t *testing.T) {
	t.Parallel()
	for name, draw := range map[string]func(Graph) []byte{"tree": Tree, "mermaid": Mermaid, "dot": DOT, "svg": SVG} {
		first := draw(tangle(10, 10).Bundled(60))
		for range 3 {
			if !bytes.Equal(first, draw(tangle(10, 10).Bundled(60))) {
				t.Errorf("%s differs", name)
			}
		}
	}
}
