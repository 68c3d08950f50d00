package fleets

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// node is a part of a spec: a struct, or a value as CUE writes it.
type node struct {
	name  string
	value string  // of a leaf
	under []*node // of a struct, in the order in which they were set
}

// set gives the field at path a value, which is CUE.
func (n *node) set(value string, path ...string) {
	for _, name := range path {
		n = n.child(name)
		n.value = ""
	}
	n.value = value
}

// child is the field of that name, made when it is missing.
func (n *node) child(name string) *node {
	for _, c := range n.under {
		if c.name == name {
			return c
		}
	}
	c := &node{name: name}
	n.under = append(n.under, c)
	return c
}

// get is the field at path, or nil.
func (n *node) get(path ...string) *node {
	for _, name := range path {
		i := slices.IndexFunc(n.under, func(c *node) bool { return c.name == name })
		if i < 0 {
			return nil
		}
		n = n.under[i]
	}
	return n
}

// drop takes a field of a struct away.
func (n *node) drop(name string) {
	n.under = slices.DeleteFunc(n.under, func(c *node) bool { return c.name == name })
}

func (n *node) clone() *node {
	c := &node{name: n.name, value: n.value}
	for _, u := range n.under {
		c.under = append(c.under, u.clone())
	}
	return c
}

// write appends the fields of a struct as people write them: one field a line, and a
// struct with a single field on the line of that field.
func (n *node) write(b *strings.Builder, indent int) {
	for _, c := range n.under {
		b.WriteString(strings.Repeat("\t", indent))
		b.WriteString(label(c.name) + ": ")
		for len(c.under) == 1 {
			c = c.under[0]
			b.WriteString(label(c.name) + ": ")
		}
		if c.under == nil {
			b.WriteString(c.value + "\n")
			continue
		}
		b.WriteString("{\n")
		c.write(b, indent+1)
		b.WriteString(strings.Repeat("\t", indent) + "}\n")
	}
}

// block is a struct as one value: an item of a list.
func (n *node) block(indent int) string {
	var b strings.Builder
	b.WriteString("{\n")
	n.write(&b, indent+1)
	b.WriteString(strings.Repeat("\t", indent) + "}")
	return b.String()
}

// items gives the field at path a list.
func (n *node) items(blocks []string, path ...string) {
	n.set("["+strings.Join(blocks, ", ")+"]", path...)
}

// plain are names that need no quotes; a pattern has none either.
var plain = regexp.MustCompile(`^([A-Za-z_][A-Za-z0-9_]*|\[string\])$`)

func label(name string) string {
	if plain.MatchString(name) {
		return name
	}
	return strconv.Quote(name)
}

func quoted(s string) string { return strconv.Quote(s) }

// list is a list of texts as CUE writes it.
func list(texts ...string) string {
	out := make([]string, len(texts))
	for i, t := range texts {
		out[i] = quoted(t)
	}
	return "[" + strings.Join(out, ", ") + "]"
}
