package intake

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"

	"slipway.dev/compiler/diag"
	"slipway.dev/compiler/layer"
)

// documents reads a file of YAML documents as trees. Scalars mean what they mean to
// kubectl, which reads YAML 1.1. What is no YAML is reported, and what came before it returned.
func documents(file string, content []byte, ds *diag.List) (out []*layer.Node) {
	if at := template(content); at > 0 {
		ds.Errorf(diag.BadManifest, diag.Pos{File: file, Line: at}, "%s is a template, not a manifest", file).
			WithHint("render it first: helm template RELEASE CHART --values …, and import what that prints")
		return nil
	}
	for dec := yaml.NewDecoder(bytes.NewReader(content)); ; {
		var doc yaml.Node
		err := dec.Decode(&doc)
		if errors.Is(err, io.EOF) {
			return out
		}
		if err != nil {
			ds.Errorf(diag.BadManifest, diag.Pos{File: file, Line: lineOf(err)}, "%s is not YAML: %s", file, reason(err)).
				WithHint("kubectl could not read it either: kubectl apply --dry-run=client -f %s", file)
			return out
		}
		if len(doc.Content) == 0 || doc.Content[0].Tag == "!!null" {
			continue
		}
		d := decoder{file: file, ds: ds, expand: 100_000}
		if n := d.node(doc.Content[0]); n != nil {
			out = append(out, n)
		}
	}
}

// A template has actions where YAML has none: a line that begins with one, or a value that
// is one and not quoted. In a text they are somebody else's.
var action = regexp.MustCompile(`^\s*(-\s+)?(["'\w./-]+:\s+)?\{\{`)

func template(content []byte) int {
	var doc yaml.Node
	dec, sound := yaml.NewDecoder(bytes.NewReader(content)), true
	for sound {
		err := dec.Decode(&doc)
		if errors.Is(err, io.EOF) {
			break
		}
		sound = err == nil && !oddKey(&doc)
	}
	if sound {
		return 0
	}
	for i, line := range strings.Split(string(content), "\n") {
		if action.MatchString(line) {
			return i + 1
		}
	}
	return 0
}

// oddKey reports whether a map has a map for a key, as YAML reads {{ .Values.x }}.
func oddKey(y *yaml.Node) bool {
	for i, c := range y.Content {
		if y.Kind == yaml.MappingNode && i%2 == 0 && c.Kind == yaml.MappingNode || c.Kind != yaml.AliasNode && oddKey(c) {
			return true
		}
	}
	return false
}

var yamlLine = regexp.MustCompile(`line (\d+): `)

func lineOf(err error) int {
	if m := yamlLine.FindStringSubmatch(err.Error()); m != nil {
		n, _ := strconv.Atoi(m[1])
		return n
	}
	return 1
}

func reason(err error) string {
	s := strings.Join(strings.Fields(strings.TrimPrefix(err.Error(), "yaml: ")), " ")
	return yamlLine.ReplaceAllString(s, "")
}

type decoder struct {
	file   string
	ds     *diag.List
	expand int // nodes that aliases may still make
	deep   int
}

func (d *decoder) at(y *yaml.Node) diag.Pos {
	return diag.Pos{File: d.file, Line: y.Line, Col: y.Column}
}

func (d *decoder) wrong(y *yaml.Node, format string, args ...any) {
	d.ds.Errorf(diag.BadManifest, d.at(y), format, args...)
}

func (d *decoder) node(y *yaml.Node) *layer.Node {
	if y.Kind == yaml.AliasNode {
		d.deep++
		defer func() { d.deep-- }()
		if d.expand--; d.expand < 0 || d.deep > 50 {
			d.wrong(y, "aliases make more of this file than there is in it")
			return nil
		}
		return d.node(y.Alias)
	}
	if d.deep > 0 {
		if d.expand--; d.expand < 0 {
			return nil
		}
	}
	n := &layer.Node{At: d.at(y)}
	switch y.Kind {
	case yaml.MappingNode:
		n.Kind = layer.Struct
		d.mapping(n, y)
	case yaml.SequenceNode:
		n.Kind = layer.List
		for _, item := range y.Content {
			if v := d.node(item); v != nil {
				n.Items = append(n.Items, v)
			}
		}
	default:
		return d.scalar(n, y)
	}
	return n
}

func (d *decoder) mapping(n *layer.Node, y *yaml.Node) {
	for i := 0; i+1 < len(y.Content); i += 2 {
		key := y.Content[i]
		if key.Tag == "!!merge" {
			d.merge(n, y.Content[i+1])
			continue
		}
		v := d.node(y.Content[i+1])
		if v == nil {
			continue
		}
		if key.Kind != yaml.ScalarNode {
			d.wrong(key, "a key here is no text")
			continue
		}
		v.Label = d.at(key)
		if n.Get(key.Value) != nil {
			d.ds.Errorf(diag.BadManifest, d.at(key), "%q stands here twice", key.Value).WithHint("kubectl takes the last one; keep the one that is meant")
			continue
		}
		n.Keys = append(n.Keys, layer.Entry{Name: key.Value, Value: v})
	}
}

// merge takes in the fields of << that the map does not have itself.
func (d *decoder) merge(n *layer.Node, y *yaml.Node) {
	from := d.node(y)
	if from == nil {
		return
	}
	for _, e := range from.Keys {
		if n.Get(e.Name) == nil {
			n.Keys = append(n.Keys, e)
		}
	}
}

func (d *decoder) scalar(n *layer.Node, y *yaml.Node) *layer.Node {
	n.Text = y.Value
	switch y.Tag {
	case "!!null":
		n.Kind, n.Text = layer.Null, ""
	case "!!bool", "!!int", "!!float":
		var v any
		if err := y.Decode(&v); err != nil {
			d.wrong(y, "%s", reason(err))
			return nil
		}
		n.Kind, n.Text = layer.Number, fmt.Sprint(v)
		if b, ok := v.(bool); ok {
			n.Kind, n.Text = layer.Bool, strconv.FormatBool(b)
		} else if f, ok := v.(float64); ok {
			n.Text = strconv.FormatFloat(f, 'g', -1, 64)
		}
	default:
		n.Kind = layer.String
		if y.Style == 0 {
			switch strings.ToLower(y.Value) {
			case "y", "yes", "on":
				n.Kind, n.Text = layer.Bool, "true"
			case "n", "no", "off":
				n.Kind, n.Text = layer.Bool, "false"
			}
		}
	}
	return n
}
