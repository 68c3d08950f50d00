package kube

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"

	"go.yaml.in/yaml/v3"
)

// Decode reads the documents of a YAML stream, keys in their order; empty
// documents are left out. Scalars mean what they mean to kubectl, which reads
// YAML 1.1: a plain yes is a boolean and a plain date a string.
//
// It refuses what Encode never writes and other programs read differently:
// anchors, aliases, merge keys, explicit tags, duplicate keys, keys that are no
// strings, and numbers that JSON cannot hold. A refusal names the line.
func Decode(data []byte) ([]Node, error) {
	var out []Node
	for dec := yaml.NewDecoder(bytes.NewReader(data)); ; {
		var doc yaml.Node
		err := dec.Decode(&doc)
		if errors.Is(err, io.EOF) {
			return out, nil
		}
		if err != nil {
			return nil, err
		}
		if isEmptyDocument(&doc) {
			continue
		}
		n, err := fromYAML(doc.Content[0])
		if err != nil {
			return nil, err
		}
		out = append(out, n)
	}
}

// isEmptyDocument reports whether doc holds nothing, or only comments.
func isEmptyDocument(doc *yaml.Node) bool {
	return len(doc.Content) == 0 ||
		doc.Content[0].Kind == yaml.ScalarNode && doc.Content[0].Style == 0 && doc.Content[0].Value == "" &&
			doc.Content[0].Tag == "!!null" && doc.Content[0].Anchor == ""
}

func fromYAML(y *yaml.Node) (Node, error) {
	switch {
	case y.Kind == yaml.AliasNode:
		return Node{}, refuse(y, "an alias")
	case y.Anchor != "":
		return Node{}, refuse(y, "an anchor")
	case y.Style&yaml.TaggedStyle != 0:
		return Node{}, refuse(y, "the tag "+y.Tag)
	}
	switch y.Kind {
	case yaml.ScalarNode:
		return fromScalar(y)
	case yaml.SequenceNode:
		list := NewList(make([]Node, len(y.Content))...)
		for i, item := range y.Content {
			var err error
			if list.Items[i], err = fromYAML(item); err != nil {
				return Node{}, err
			}
		}
		return list, nil
	case yaml.MappingNode:
		return fromMapping(y)
	}
	return Node{}, refuse(y, "this kind of node")
}

func fromMapping(y *yaml.Node) (Node, error) {
	m := NewMap(make([]Field, 0, len(y.Content)/2)...)
	seen := make(map[string]bool, len(y.Content)/2)
	for i := 0; i < len(y.Content); i += 2 {
		if y.Content[i].Tag == "!!merge" {
			return Node{}, refuse(y.Content[i], "a merge key")
		}
		key, err := fromYAML(y.Content[i])
		if err != nil {
			return Node{}, err
		}
		if key.Kind != String {
			return Node{}, refuse(y.Content[i], "a key that is no string")
		}
		if seen[key.Text] {
			return Node{}, refuse(y.Content[i], fmt.Sprintf("a second key %q", key.Text))
		}
		seen[key.Text] = true
		value, err := fromYAML(y.Content[i+1])
		if err != nil {
			return Node{}, err
		}
		m.Fields = append(m.Fields, Field{key.Text, value})
	}
	return m, nil
}

func fromScalar(y *yaml.Node) (Node, error) {
	plain := y.Style&(yaml.SingleQuotedStyle|yaml.DoubleQuotedStyle|yaml.LiteralStyle|yaml.FoldedStyle) == 0
	switch y.Tag {
	case "!!null":
		return Node{Kind: Null}, nil
	case "!!bool", "!!int", "!!float":
		var v any
		if err := y.Decode(&v); err != nil {
			return Node{}, fmt.Errorf("line %d: %w", y.Line, err)
		}
		data, err := json.Marshal(v)
		if err != nil {
			return Node{}, refuse(y, "a number that JSON does not have: "+y.Value)
		}
		return parseJSON(data), nil
	case "!!str", "!!timestamp", "!!merge": // "<<" is a merge key only as a key
		if plain {
			switch strings.ToLower(y.Value) {
			case "y", "yes", "on":
				return Boolean(true), nil
			case "n", "no", "off":
				return Boolean(false), nil
			}
		}
		return Str(y.Value), nil
	}
	return Node{}, refuse(y, "a value of type "+y.Tag)
}

func refuse(y *yaml.Node, what string) error {
	return fmt.Errorf("line %d: %s, which generated files never have", y.Line, what)
}
