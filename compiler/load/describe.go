package load

import (
	"fmt"
	"strings"

	"cuelang.org/go/cue"
)

// onlyStruct is the struct among a schema's alternatives; a value that does not exist
// where there is none.
func onlyStruct(want cue.Value) cue.Value {
	if want.IncompleteKind()&cue.StructKind == 0 {
		return cue.Value{}
	}
	for _, alt := range alternatives(want) {
		if alt.IncompleteKind() == cue.StructKind {
			return alt
		}
	}
	return cue.Value{}
}

// alternatives splits a disjunction; null, which is for layers, is not an alternative that
// anybody asks for.
func alternatives(v cue.Value) []cue.Value {
	op, args := v.Expr()
	if op != cue.OrOp {
		if _, ref := v.ReferencePath(); len(ref.Selectors()) > 0 {
			if d := cue.Dereference(v); !same(d, v) {
				if op, _ := d.Expr(); op == cue.OrOp {
					return alternatives(d)
				}
			}
		}
		if v.Kind() == cue.NullKind {
			return nil
		}
		return []cue.Value{v}
	}
	var out []cue.Value
	for _, a := range args {
		out = append(out, alternatives(a)...)
	}
	return out
}

func same(a, b cue.Value) bool { return a.Source() != nil && a.Source() == b.Source() }

func accepts(want cue.Value, k cue.Kind) bool { return want.IncompleteKind()&k != 0 }

// literals are the values of an enumeration; nil for anything else.
func literals(want cue.Value) (out []string) {
	for _, alt := range alternatives(want) {
		s, err := alt.String()
		if err != nil {
			return nil
		}
		out = append(out, s)
	}
	return out
}

// describe says what a schema wants, in the words of the definition it refers to: "a port's
// number, 1 to 65535".
func describe(want cue.Value) string {
	if enum := literals(want); len(enum) > 0 {
		return "one of " + quoted(enum)
	}
	plainOnly := mixed(want)
	if doc := definition(want); doc != "" && !plainOnly {
		return doc
	}
	var out []string
	for _, alt := range alternatives(want) {
		if alt.Kind() == cue.NullKind || plainOnly && alt.IncompleteKind() == cue.StructKind {
			continue
		}
		s := definition(alt)
		if s == "" {
			s = plain(alt)
		}
		out = append(out, s)
	}
	return strings.Join(out, ", or ")
}

// mixed reports whether a schema takes a struct or a value that stands for one; who gives
// a plain value is then told about plain values.
func mixed(want cue.Value) bool {
	k := want.IncompleteKind()
	return k&cue.StructKind != 0 && k&^(cue.StructKind|cue.NullKind) != 0
}

// definition is the comment of the definition that v refers to, as part of a sentence.
func definition(v cue.Value) string {
	root, ref := v.ReferencePath()
	if len(ref.Selectors()) == 0 {
		return ""
	}
	return comment(root.LookupPath(ref))
}

// comment is a definition's comment as part of a sentence.
func comment(def cue.Value) string {
	for _, doc := range def.Doc() {
		text := strings.TrimSuffix(strings.TrimSpace(strings.ReplaceAll(doc.Text(), "\n", " ")), ".")
		if text != "" {
			return strings.ToLower(text[:1]) + text[1:]
		}
	}
	return ""
}

// plain describes bounds and kinds that no definition names.
func plain(v cue.Value) string {
	low, high := "", ""
	if args := conjuncts(v); len(args) > 1 {
		for _, a := range args {
			o, operands := a.Expr()
			if len(operands) != 1 {
				continue
			}
			n := fmt.Sprint(operands[0])
			switch o {
			case cue.GreaterThanOp:
				if i, err := operands[0].Int64(); err == nil {
					n = fmt.Sprint(i + 1)
				}
				low = n
			case cue.GreaterThanEqualOp:
				low = n
			case cue.LessThanEqualOp:
				high = n
			}
		}
	}
	switch k := v.IncompleteKind(); {
	case low != "" && high != "":
		return fmt.Sprintf("a whole number from %s to %s", low, high)
	case k == cue.IntKind:
		return "a whole number"
	case k == cue.StringKind:
		return "text in double quotes"
	case k == cue.BoolKind:
		return "true or false"
	case k == cue.NumberKind || k == cue.FloatKind:
		return "a number"
	case k == cue.ListKind:
		return "a list"
	case k == cue.StructKind:
		return "fields in braces"
	case k&^(cue.StringKind|cue.NumberKind|cue.BoolKind) == 0:
		return "text, a number, true or false"
	}
	return v.IncompleteKind().String()
}

func conjuncts(v cue.Value) (out []cue.Value) {
	op, args := v.Expr()
	if op != cue.AndOp {
		return []cue.Value{v}
	}
	for _, a := range args {
		out = append(out, conjuncts(a)...)
	}
	return out
}

// labelRule describes the rule for a map's names; patterns do not keep their reference, so
// the definition is found by what it says.
func labelRule(schema, label cue.Value) string {
	rule := fmt.Sprint(label)
	for it, _ := schema.Fields(cue.Definitions(true)); it.Next(); {
		if v := it.Value(); v.IncompleteKind() == cue.StringKind && fmt.Sprint(v) == rule {
			return comment(v)
		}
	}
	return describe(label)
}

// show prints a user's value for a sentence, cut to a sensible length.
func show(v cue.Value) string {
	s := fmt.Sprint(v)
	if r := []rune(s); len(r) > 60 {
		s = string(r[:57]) + "…"
	}
	return s
}
