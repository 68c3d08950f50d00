package reference

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
)

// heading is what a field is called; fields of a service by their paths alone.
func (p *part) heading(f *field) string {
	if p.kind == "service" {
		return "`" + f.path() + "`"
	}
	return p.file + ": `" + f.path() + "`"
}

func (b *book) anchorOf(p *part, id, path string) string {
	for _, s := range p.sections {
		if id != "" && s.id == id || id == "" && slices.Contains(s.places, path) && s.id == "" {
			return anchor(s.title())
		}
	}
	if p != b.parts[0] {
		return b.anchorOf(b.parts[0], id, path)
	}
	return "values"
}

func (b *book) field(w *bytes.Buffer, p *part, f *field) {
	doc, said := saidDefault(f.doc)
	r := p.results[f]
	fmt.Fprintf(w, "### %s\n\n%s\n\n", p.heading(f), doc)
	facts := []string{b.typeWords(f.expr, func(id string) string {
		if id == "" {
			return "[struct](#" + b.anchorOf(p, "", f.below) + ")"
		}
		return "[" + idWords(id) + "](#" + b.anchorOf(p, id, f.below) + ")"
	})}
	if d := b.builtIn(p, f); d != "" {
		facts = append(facts, "default "+d)
	} else if said != "" {
		facts = append(facts, "default: "+said)
	}
	if f.must {
		facts = append(facts, "must be there")
	} else if f.need {
		facts = append(facts, "must be there once all layers are laid")
	}
	if p.layers != nil {
		top, _, _ := strings.Cut(segments(f.path())[0], "[")
		facts = append(facts, p.layers[top])
	}
	fmt.Fprintf(w, "- %s\n", strings.Join(facts, "; "))
	if became := r.became(); became != "" {
		fmt.Fprintf(w, "- %s\n", became)
	}
	fmt.Fprintf(w, "\n```cue\n%s```\n\n", shortened(r))
}

// shortened is the example with the shortest of its entries, where it has many.
func shortened(r *result) string {
	whole, way := r.from.piece.tree, r.from.way
	if strings.Count(r.example, "\n") <= 6 {
		return r.example
	}
	best := r.example
	for i := range whole.at(way).kids {
		one := whole.only(append(slices.Clone(way), i)).lines(90)
		if i == 0 || len(one) < len(best) {
			best = one
		}
	}
	return best
}

// builtIn are the built-in defaults at the places where the field may stand.
func (b *book) builtIn(p *part, f *field) string {
	if p.kind != "service" {
		return ""
	}
	var out []string
	for _, path := range f.places() {
		if d, ok := b.defaults[path]; ok {
			if path != f.path() {
				d += "` in `" + path
			}
			out = append(out, "`"+d+"`")
		}
	}
	return strings.Join(out, ", ")
}

// shown are at most so many places of one field.
const shown = 5

// became says what the field does to the output.
func (r *result) became() string {
	if !r.measured || len(r.tops) == 0 {
		return ""
	}
	var out []string
	for i, k := 0, 0; i < len(r.tops); i = k {
		for k = i; k < len(r.tops) && r.tops[k].path == r.tops[i].path; k++ {
		}
		var kinds []string
		for _, s := range r.tops[i:k] {
			kinds = append(kinds, s.kind)
		}
		text := strings.Join(kinds, ", ")
		if path := r.tops[i].path; path != "" {
			text += " `" + path + "`"
		}
		out = append(out, text)
	}
	if len(out) > shown {
		out = append(out[:shown], fmt.Sprintf("%d more", len(out)-shown))
	}
	verb := "becomes "
	if r.gone {
		verb = "takes away "
	}
	return verb + strings.Join(out, "; ")
}
