package reference

import (
	"regexp"
	"testing"

	"slipway.dev/schema"
)

// defaults are the built-in ones by path.
func defaults(t *testing.T) map[string]string {
	out := map[string]string{}
	var flatten func(path string, n *tree)
	flatten = func(path string, n *tree) {
		for i, kid := range n.kids {
			switch {
			case n.list:
				flatten(path+"[]", kid)
			case n.keys[i] == "[string]":
				flatten(join(path, "NAME"), kid)
			default:
				flatten(join(path, n.key(i)), kid)
			}
		}
		if n.lit != "" {
			out[path] = n.lit
		}
	}
	flatten("", parse(t, schema.Defaults))
	return out
}

var whenNotGiven = regexp.MustCompile(`[;.,] ([^;.,]+|[^;]*:[^;]*) when not given`)

// saidDefault takes "…; X when not given" out of a comment.
func saidDefault(doc string) (rest, def string) {
	if m := whenNotGiven.FindStringSubmatchIndex(doc); m != nil {
		return doc[:m[0]] + doc[m[1]:], doc[m[2]:m[3]]
	}
	return doc, ""
}
