package parsers

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"

	yamlv3 "go.yaml.in/yaml/v3"
)

// Form finds what a generated file has no need of and programs differ in, or people cannot
// see: anchors, aliases, tags, merge keys, keys that are no strings, nulls (to some a field
// that is not there), comments (the end of a text that should have had quotes), plain texts
// that are numbers or signs to YAML 1.1, bytes that are not UTF-8, characters that are
// invisible, tabs but in the text of a block scalar. That is our own rule (the YAML
// specification allows all but the bytes), so no parser can be asked; duplicate keys every
// parser refuses by itself.
func Form(file []byte) []Disagreement {
	var found []Disagreement
	add := func(doc int, path, format string, args ...any) {
		found = append(found, Disagreement{Doc: doc, Path: path, Message: fmt.Sprintf(format, args...)})
	}
	if !utf8.Valid(file) {
		add(0, "", "the file is not UTF-8")
		return found
	}
	block := map[int]bool{} // lines of block scalars
	d := yamlv3.NewDecoder(bytes.NewReader(file))
	for doc := 0; ; doc++ {
		var node yamlv3.Node
		err := d.Decode(&node)
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return found // the parser says so itself
		}
		inspect(&node, "", block, func(path, what string) { add(doc, path, "%s", what) })
	}
	for i, line := range strings.Split(string(file), "\n") {
		for _, r := range line {
			switch {
			case r == '\t' && block[i+1]:
			case r == '\t':
				add(0, "", "line %d has a tab outside the text of a block scalar", i+1)
			case !unicode.IsPrint(r):
				add(0, "", "line %d has the character %U, which nobody sees", i+1, r)
			}
		}
	}
	return found
}

// older are texts that yaml.v3 leaves as they are and that the types of YAML 1.1 claim:
// numbers to the base of 60, numbers beyond any float, signs of values and merges.
var older = regexp.MustCompile(`^([-+]?[0-9][0-9_]*(:[0-5]?[0-9])+(\.[0-9_]*)?|[-+]?(\.?[0-9][0-9_]*(\.[0-9_]*)?)([eE][-+]?[0-9]+)?|=|<<)$`)

func inspect(n *yamlv3.Node, path string, block map[int]bool, found func(path, what string)) {
	if n.Anchor != "" {
		found(path, "the anchor &"+n.Anchor)
	}
	if n.Style&yamlv3.TaggedStyle != 0 {
		found(path, "the tag "+n.Tag)
	}
	if n.LineComment != "" {
		found(path, "the comment "+n.LineComment)
	}
	switch n.Kind {
	case yamlv3.AliasNode:
		found(path, "the alias *"+n.Value)
		return
	case yamlv3.ScalarNode:
		switch {
		case n.Tag == "!!null":
			found(path, "a null")
		case n.Style == 0 && (n.Tag == "!!str" || n.Tag == "!!merge") && older.MatchString(n.Value):
			found(path, "the plain text "+n.Value+", which is none to YAML 1.1")
		}
		if n.Style&yamlv3.LiteralStyle != 0 {
			for k := range strings.Count(n.Value, "\n") + 1 {
				block[n.Line+1+k] = true
			}
		}
	case yamlv3.MappingNode:
		for i := 0; i+1 < len(n.Content); i += 2 {
			key := n.Content[i]
			here := at(path, key.Value)
			switch key.Tag {
			case "!!str":
			case "!!merge":
				found(here, "a merge key")
			default:
				found(here, "a key of type "+key.Tag)
			}
			inspect(key, here, block, found)
			inspect(n.Content[i+1], here, block, found)
		}
		return
	}
	for i, c := range n.Content {
		next := path
		if n.Kind == yamlv3.SequenceNode {
			next = fmt.Sprintf("%s[%d]", path, i)
		}
		inspect(c, next, block, found)
	}
}
