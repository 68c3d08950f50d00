package reference

import (
	"bytes"
	"fmt"
	"strings"
)

// book is all that the two pages tell.
type book struct {
	*definitions
	parts    []*part
	defaults map[string]string
}

// part is what one of the schema's files says.
type part struct {
	kind, file, intro string
	sections          []*section
	results           map[*field]*result
	layers            map[string]string // where a field at the top may stand
}

const aboutReference = `# Reference

<!-- Written by ` + "`make golden`" + ` from schema/ and golden/reference/specs.txtar: do not edit. -->

Every field of a service's file, of platform.cue and of release records. [The service file](spec.md) and
[platform.cue](platform.md) explain them in their context; [kubernetes.md](kubernetes.md) finds them by Kubernetes' names.

- NAME in a path is a name of yours. A path names a place in a service's file; where several have the same fields, the
  first is told for all of them.
- What a field *becomes* was measured: it is what the output has only because of the example, or has otherwise. Paths are
  those of Kubernetes, Argo CD and Tekton objects, ` + "`[]`" + ` is any item of a list. Where nothing is said, the example's
  output is the same without it, or there is none without it.
- Layers are explained in [spec.md](spec.md#layers).

`

func (b *book) reference() []byte {
	var w bytes.Buffer
	w.WriteString(aboutReference)
	for _, p := range b.parts {
		fmt.Fprintf(&w, "- [%s](#%s)\n", p.file, anchor(p.file))
	}
	w.WriteString("- [Values](#values)\n")
	for _, p := range b.parts {
		fmt.Fprintf(&w, "\n# %s\n\n%s\n", p.file, p.intro)
		for _, s := range p.sections {
			if len(s.fields) > 0 {
				b.section(&w, p, s)
			}
		}
	}
	b.values(&w)
	return w.Bytes()
}

func (s *section) title() string {
	switch {
	case s.id == "":
		return "Fields of `" + s.places[0] + "`"
	case s.id == "#Fields":
		return "Fields of every layer"
	case s.places[0] == "":
		return "A " + idWords(s.id)
	}
	return strings.ToUpper(idWords(s.id)[:1]) + idWords(s.id)[1:] + ": `" + s.places[0] + "`"
}

func (b *book) section(w *bytes.Buffer, p *part, s *section) {
	fmt.Fprintf(w, "\n## %s\n\n", s.title())
	if s.doc != "" {
		fmt.Fprintf(w, "%s\n\n", s.doc)
	}
	if len(s.places) > 1 {
		fmt.Fprintf(w, "The same fields are in `%s`.\n\n", strings.Join(s.places[1:], "`, `"))
	}
	for _, id := range s.also {
		fmt.Fprintf(w, "It has the [%s](#%s) too.\n\n", fieldsOf(id), b.anchorOf(p, id, ""))
	}
	if len(s.oneOf) > 0 {
		fmt.Fprintf(w, "At most one of `%s`: a layer that gives another one replaces it.\n\n", strings.Join(s.oneOf, "`, `"))
	}
	if s.short != "" {
		fmt.Fprintf(w, "Short: a value alone stands for `{%s: VALUE}`.\n\n", s.short)
	}
	for _, f := range s.fields {
		b.field(w, p, f)
	}
}

func fieldsOf(id string) string {
	if id == "#Fields" {
		return idWords(id)
	}
	return "fields of a " + idWords(id)
}

// values are the schema's definitions of what is no struct.
func (b *book) values(w *bytes.Buffer) {
	w.WriteString("\n# Values\n\n| value | what fits |\n| --- | --- |\n")
	for _, id := range b.order {
		if lit, _ := b.structOf(b.exprs[id]); lit == nil || pattern(lit) != nil {
			doc := b.docs[id]
			if isEnum(b.exprs[id]) {
				doc += " " + b.typeWords(b.exprs[id], idWords) + "."
			}
			fmt.Fprintf(w, "| %s | %s |\n", idWords(id), doc)
		}
	}
}
