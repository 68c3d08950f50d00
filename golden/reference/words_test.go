package reference

import (
	"fmt"
	"regexp"
	"strings"

	"cuelang.org/go/cue/ast"
	"cuelang.org/go/cue/token"
)

// typeWords says in plain words what fits x; link is asked for definitions, and with "" for
// a struct without one.
func (d *definitions) typeWords(x ast.Expr, link func(id string) string) string {
	switch x := x.(type) {
	case *ast.Ident:
		if plain, ok := map[string]string{"string": "text", "bool": "true or false", "int": "whole number", "number": "number", "_": "rules in CUE"}[x.Name]; ok {
			return plain
		}
		return link(x.Name)
	case *ast.BasicLit:
		return "`" + x.Value + "`"
	case *ast.ParenExpr:
		return d.typeWords(x.X, link)
	case *ast.ListLit:
		return "list of " + d.typeWords(x.Elts[0].(*ast.Ellipsis).Type, link)
	case *ast.StructLit:
		return d.structWords(x, link)
	case *ast.BinaryExpr:
		if x.Op == token.OR {
			return alternatives(d.orWords(x, link))
		}
		return rangeWords(source(x))
	}
	return rangeWords(source(x))
}

func (d *definitions) structWords(x *ast.StructLit, link func(id string) string) string {
	if len(x.Elts) == 0 {
		return "`{}`"
	}
	if f, ok := x.Elts[0].(*ast.Field); ok {
		key, ok := f.Label.(*ast.ListLit)
		if !ok {
			return link("")
		}
		return "map, " + d.typeWords(key.Elts[0], link) + " to " + d.typeWords(f.Value, link)
	}
	return "Kubernetes' own words"
}

// orWords are the alternatives of x, without null.
func (d *definitions) orWords(x ast.Expr, link func(id string) string) []string {
	if b, ok := x.(*ast.BinaryExpr); ok && b.Op == token.OR {
		return append(d.orWords(b.X, link), d.orWords(b.Y, link)...)
	}
	if w := d.typeWords(x, link); w != "`null`" {
		return []string{w}
	}
	return nil
}

func alternatives(words []string) string {
	if len(words) == 1 {
		return words[0]
	}
	last := len(words) - 1
	return strings.Join(words[:last], ", ") + " or " + words[last]
}

var bounds = regexp.MustCompile(`(>=?)(-?[0-9]+) & (<=?)([0-9]+)$`)

// rangeWords says int & >=0 & <=10 in words.
func rangeWords(src string) string {
	m := bounds.FindStringSubmatch(src)
	if re, ok := strings.CutPrefix(src, "=~"); ok {
		return "text that matches `" + re + "`"
	}
	if m == nil {
		return "`" + src + "`"
	}
	low, high := m[2], m[4]
	if m[1] == ">" {
		low = "1" // all that are there are >0
	}
	return fmt.Sprintf("whole number, %s to %s", low, high)
}

var capital = regexp.MustCompile(`[A-Z]+[a-z]*`)

// idWords are a definition's name in words: #ObjectName is an object name.
func idWords(id string) string {
	switch id {
	case "#IntOrPercent":
		return "number or percentage"
	case "#KubeService":
		return "Service of Kubernetes"
	case "#RelPath":
		return "path below a folder"
	case "#AbsPath":
		return "path from the root"
	case "#ID", "#URL", "#CIDR":
		return id[1:]
	case "#Fields":
		return "fields of every layer"
	case "#Duration":
		return "time"
	case "#Text":
		return "text"
	}
	var words []string
	for _, w := range capital.FindAllString(id[1:], -1) {
		if w != "HTTPPath" && len(w) > 1 && w[1] >= 'a' {
			w = strings.ToLower(w)
		}
		words = append(words, w)
	}
	return strings.Replace(strings.Join(words, " "), "HTTPPath", "URL path", 1)
}

var unlinked = regexp.MustCompile("[^a-z0-9 _-]")

// anchor is what GitHub makes of a heading.
func anchor(heading string) string {
	return strings.ReplaceAll(unlinked.ReplaceAllString(strings.ToLower(heading), ""), " ", "-")
}
