package reference

import (
	"strconv"
	"strings"
	"testing"

	"cuelang.org/go/cue/ast"
	"cuelang.org/go/cue/format"
	"cuelang.org/go/cue/parser"
)

// tree is a piece of a spec that can be taken apart: a struct, a list or anything else as it
// was written.
type tree struct {
	keys []string // of a struct, as written
	kids []*tree  // of a struct or list
	list bool
	lit  string // of neither
}

func parse(t *testing.T, src []byte) *tree {
	t.Helper()
	f, err := parser.ParseFile("piece.cue", src)
	if err != nil {
		t.Fatal(err)
	}
	return newTree(&ast.StructLit{Elts: f.Decls})
}

func newTree(x ast.Expr) *tree {
	switch x := x.(type) {
	case *ast.StructLit:
		n := &tree{keys: []string{}}
		for _, d := range x.Elts {
			if f, ok := d.(*ast.Field); ok {
				n.keys = append(n.keys, source(f.Label)+strings.Trim(f.Constraint.String(), "AEGIL"))
				n.kids = append(n.kids, newTree(f.Value))
			}
		}
		return n
	case *ast.ListLit:
		n := &tree{list: true}
		for _, e := range x.Elts {
			if e, ok := e.(*ast.Ellipsis); ok { // in the defaults
				n.kids = append(n.kids, newTree(e.Type))
				continue
			}
			n.kids = append(n.kids, newTree(e))
		}
		return n
	}
	return &tree{lit: source(x)}
}

func source(n ast.Node) string {
	b, err := format.Node(n)
	if err != nil {
		panic(err) // it was parsed
	}
	return strings.TrimSpace(string(b))
}

// key is the i-th key without quotes.
func (n *tree) key(i int) string {
	if s, err := strconv.Unquote(n.keys[i]); err == nil {
		return s
	}
	return n.keys[i]
}

// find are the ways to what a path says, as positions from the top. In a path, NAME stands
// for any key and [] for any item.
func (n *tree) find(path []string) (ways [][]int) {
	if len(path) == 0 {
		return [][]int{{}}
	}
	for i, kid := range n.kids {
		if fits := n.list && path[0] == "[]" || !n.list && (path[0] == "NAME" || path[0] == n.key(i)); !fits {
			continue
		}
		for _, way := range kid.find(path[1:]) {
			ways = append(ways, append([]int{i}, way...))
		}
	}
	return ways
}

func (n *tree) at(way []int) *tree {
	for _, i := range way {
		n = n.kids[i]
	}
	return n
}

// only is the part of the tree that leads to a place, and all that is there.
func (n *tree) only(way []int) *tree {
	if len(way) == 0 {
		return n
	}
	out := &tree{list: n.list, kids: []*tree{n.kids[way[0]].only(way[1:])}}
	if !n.list {
		out.keys = []string{n.keys[way[0]]}
	}
	return out
}

// with is a copy of the tree in which another one stands at a place, or nothing.
func (n *tree) with(way []int, other *tree) *tree {
	if len(way) == 0 {
		return other
	}
	out := &tree{list: n.list, lit: n.lit}
	if !n.list {
		out.keys = []string{}
	}
	for i, kid := range n.kids {
		if i == way[0] {
			if kid = kid.with(way[1:], other); kid == nil {
				continue
			}
		}
		if out.kids = append(out.kids, kid); !n.list {
			out.keys = append(out.keys, n.keys[i])
		}
	}
	return out
}

// String writes the tree as specs are written, on one line.
func (n *tree) String() string { return n.text(1<<20, "") }

// text writes what is longer than width over several lines.
func (n *tree) text(width int, indent string) string {
	if n.keys == nil && !n.list {
		return n.lit
	}
	if len(n.keys) == 1 && len(n.kids) == 1 {
		return "{" + n.field(0, width, indent) + "}"
	}
	var parts []string
	size := 0
	for i, kid := range n.kids {
		part := kid.text(1<<20, "")
		if !n.list {
			part = n.field(i, 1<<20, "")
		}
		parts, size = append(parts, part), size+len(part)+2
	}
	open, end := "{", "}"
	if n.list {
		open, end = "[", "]"
	}
	if size+len(indent) < width {
		return open + strings.Join(parts, ", ") + end
	}
	var b strings.Builder
	b.WriteString(open + "\n")
	for i, kid := range n.kids {
		if n.list {
			b.WriteString(indent + "\t" + kid.text(width, indent+"\t") + ",\n")
		} else {
			b.WriteString(indent + "\t" + n.field(i, width, indent+"\t") + "\n")
		}
	}
	return b.String() + indent + end
}

// field writes a struct's field; a struct with one field only needs no braces.
func (n *tree) field(i, width int, indent string) string {
	kid := n.kids[i]
	s := kid.text(width-len(n.keys[i])-2, indent)
	if len(kid.keys) == 1 {
		s = s[1 : len(s)-1]
	}
	return n.keys[i] + ": " + s
}

// body is the tree as the content of a file.
func (n *tree) body() string { return n.lines(1 << 20) }

func (n *tree) lines(width int) string {
	var b strings.Builder
	for i := range n.kids {
		b.WriteString(n.field(i, width, "") + "\n")
	}
	return b.String()
}
