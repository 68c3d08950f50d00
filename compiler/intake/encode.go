package intake

import (
	"bytes"

	"go.yaml.in/yaml/v3"

	"slipway.dev/compiler/layer"
)

// encode writes an object as YAML, in its own order.
func encode(n *layer.Node) []byte {
	var b bytes.Buffer
	enc := yaml.NewEncoder(&b)
	enc.SetIndent(2)
	if err := enc.Encode(toYAML(n)); err != nil {
		panic("intake: a tree always encodes: " + err.Error())
	}
	return b.Bytes()
}

func toYAML(n *layer.Node) *yaml.Node {
	scalar := func(tag string) *yaml.Node { return &yaml.Node{Kind: yaml.ScalarNode, Tag: tag, Value: n.Text} }
	switch n.Kind {
	case layer.Struct:
		out := &yaml.Node{Kind: yaml.MappingNode, Tag: "!!map"}
		for _, e := range n.Keys {
			out.Content = append(out.Content, toYAML(str(e.Name)), toYAML(e.Value))
		}
		return out
	case layer.List:
		out := &yaml.Node{Kind: yaml.SequenceNode, Tag: "!!seq"}
		for _, item := range n.Items {
			out.Content = append(out.Content, toYAML(item))
		}
		return out
	case layer.Bool:
		return scalar("!!bool")
	case layer.Null:
		return &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!null", Value: "null"}
	case layer.String:
		out := &yaml.Node{}
		out.SetString(n.Text)
		switch n.Text { // what YAML 1.1 takes for a boolean
		case "y", "Y", "yes", "Yes", "YES", "on", "On", "ON", "n", "N", "no", "No", "NO", "off", "Off", "OFF":
			out.Style = yaml.DoubleQuotedStyle
		}
		return out
	}
	return &yaml.Node{Kind: yaml.ScalarNode, Value: n.Text}
}

// YAML is the object as it was read.
func (o *Object) YAML() []byte { return encode(o.Body) }
