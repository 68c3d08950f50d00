package kube

import (
	"fmt"
	"slices"
	"sync"
)

// Encode writes nodes as the documents of one YAML stream, separated by "---".
// Indentation is two spaces, list items stand below their key as kubectl
// writes them, long lines are never folded. It panics on an absent node.
func Encode(nodes ...Node) []byte {
	buf := buffers.Get().(*[]byte)
	defer buffers.Put(buf)
	*buf = appendNodes((*buf)[:0], nodes)
	return slices.Clone(*buf)
}

// buffers are what Encode writes into before it knows how long the result is: tens of
// thousands of results are kept, and should not each hold on to more than they need.
var buffers = sync.Pool{New: func() any { return new([]byte) }}

func appendNodes(out []byte, nodes []Node) []byte {
	for i, n := range nodes {
		if i > 0 {
			out = append(out, "---\n"...)
		}
		switch {
		case n.Kind == Map && len(n.Fields) > 0:
			out = appendMap(out, n, 0)
		case n.Kind == List && len(n.Items) > 0:
			out = appendList(out, n, 0)
		default:
			out = append(appendLeaf(out, n, 0), '\n')
		}
	}
	return out
}

// maxSimpleKey is how long a written key may be before YAML wants the explicit
// form "? key"; the specification says 1024, with quotes.
const maxSimpleKey = 1000

// appendMap writes the entries of a map that has some. The cursor stands
// where the first key goes: at a line's start, or after "- ".
func appendMap(out []byte, n Node, indent int) []byte {
	for i := range n.Fields {
		f := &n.Fields[i]
		if i > 0 || indent == 0 || out[len(out)-1] == '\n' {
			out = appendIndent(out, indent)
		}
		before := len(out)
		out = appendKey(out, f.Key)
		if len(out)-before > maxSimpleKey {
			key := string(out[before:])
			out = append(append(out[:before], "? "...), key...)
			out = append(out, '\n')
			out = appendIndent(out, indent)
		}
		out = append(out, ':')
		switch v := f.Value; {
		case v.Kind == Map && len(v.Fields) > 0:
			out = append(out, '\n')
			out = appendMap(out, v, indent+2)
		case v.Kind == List && len(v.Items) > 0:
			out = append(out, '\n')
			out = appendList(out, v, indent)
		default:
			out = append(out, ' ')
			out = append(appendLeaf(out, v, indent), '\n')
		}
	}
	return out
}

// appendList writes the items of a list that has some. The cursor stands as
// for appendMap.
func appendList(out []byte, n Node, indent int) []byte {
	for i, v := range n.Items {
		if i > 0 || indent == 0 || out[len(out)-1] == '\n' {
			out = appendIndent(out, indent)
		}
		out = append(out, '-', ' ')
		switch {
		case v.Kind == Map && len(v.Fields) > 0:
			out = appendMap(out, v, indent+2)
		case v.Kind == List && len(v.Items) > 0:
			out = appendList(out, v, indent+2)
		default:
			out = append(appendLeaf(out, v, indent), '\n')
		}
	}
	return out
}

// appendLeaf writes a scalar, {} or [], without the line's end. A block
// scalar's lines stand two deeper than indent.
func appendLeaf(out []byte, n Node, indent int) []byte {
	switch n.Kind {
	case Null:
		return append(out, "null"...)
	case Bool, Int:
		return append(out, n.Text...)
	case Float:
		return appendFloat(out, n.Text)
	case String:
		return appendString(out, n.Text, indent+2)
	case List:
		return append(out, "[]"...)
	case Map:
		return append(out, "{}"...)
	}
	panic(fmt.Sprintf("kube: encode a node of kind %d", n.Kind))
}

func appendIndent(out []byte, n int) []byte {
	const spaces = "                                "
	for ; n > len(spaces); n -= len(spaces) {
		out = append(out, spaces...)
	}
	return append(out, spaces[:n]...)
}
