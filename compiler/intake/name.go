package intake

import (
	"slices"
	"strings"
)

// stages are other words for environments, as names of objects have them.
var stages = [][]string{
	{"production", "prod", "prd", "live"}, {"staging", "stage", "stg"}, {"development", "develop", "dev"}, {"testing", "test", "tst"}, {"preproduction", "preprod", "pre"}, {"acceptance", "uat", "acc"},
}

// without is a name without the word for its environment: "cart-prod-web" and "cart-web" in
// prod. It is the name itself where it has no such word, or is nothing else.
func without(name, env string) string {
	words := []string{env}
	for _, s := range stages {
		if slices.Contains(s, env) {
			words = s
		}
	}
	for _, w := range words {
		switch {
		case strings.Contains(name, "-"+w+"-"):
			return strings.Replace(name, "-"+w+"-", "-", 1)
		case strings.HasSuffix(name, "-"+w):
			return strings.TrimSuffix(name, "-"+w)
		case strings.HasPrefix(name, w+"-"):
			return strings.TrimPrefix(name, w+"-")
		}
	}
	return name
}

// names says what objects are called in specs: without the word for their environment,
// where that makes one thing of what is in several environments.
type names map[string]string // by KIND/NAME

func newNames(objects []*Object) names {
	taken := map[string]bool{}        // names that something has as they are
	sources := map[string][]*Object{} // by kind and the name without the word
	for _, o := range objects {
		taken[o.String()] = true
		key := o.Kind + "/" + without(o.Name, o.Source)
		sources[key] = append(sources[key], o)
	}
	out := names{}
	for key, found := range sources {
		several := slices.ContainsFunc(found, func(o *Object) bool { return o.Source != found[0].Source && o.Name != found[0].Name })
		if !several || taken[key] && slices.ContainsFunc(found, func(o *Object) bool {
			return o.String() != key && slices.ContainsFunc(found, func(p *Object) bool { return p.Source == o.Source && p.String() == key })
		}) {
			continue
		}
		for _, o := range found {
			out[o.String()] = key[len(o.Kind)+1:]
		}
	}
	return out
}

// of is what an object is called in specs.
func (n names) of(o *Object) string {
	if name, ok := n[o.String()]; ok {
		return name
	}
	return o.Name
}
