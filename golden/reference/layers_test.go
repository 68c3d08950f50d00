package reference

import (
	"slices"
	"strings"
	"testing"
)

// layersOf are the layers in which each field at the top of a service may stand; measured.
func (c *corpus) layersOf(t *testing.T, p *part) map[string]string {
	out := map[string]string{}
	for f, r := range p.results {
		if f.in.places[0] != "" {
			continue
		}
		if f.in.id != "#Fields" {
			out[f.name] = "only in the service"
			continue
		}
		s := r.from
		value := &tree{keys: []string{f.name}, kids: []*tree{s.piece.tree.at(s.way)}}
		rest := &corpus{platform: c.platform, record: c.record, routed: s.piece.tree.with(s.way, nil)}
		within := func(base *tree, path ...string) *tree {
			n := value
			for i := len(path) - 1; i > 0; i-- {
				n = &tree{keys: []string{path[i]}, kids: []*tree{n}}
			}
			return &tree{keys: append(slices.Clone(base.keys), path[0]), kids: append(slices.Clone(base.kids), n)}
		}
		envs := c.platform.find([]string{"environments", "[]"})[0]
		admitted := func(kind string, tree *tree) bool {
			_, err := rest.compile(kind, tree)
			return err == nil || !strings.Contains(err.Error(), "[unknown-field]")
		}
		var not []string
		if !admitted("platform", within(c.platform, "defaults")) {
			not = append(not, "the platform's defaults")
		}
		if !admitted("platform", c.platform.with(envs, within(c.platform.at(envs), "defaults"))) {
			not = append(not, "an environment's defaults")
		}
		if !admitted("service", within(rest.routed, "environments", "dev")) {
			not = append(not, "the service's environments")
		}
		if out[f.name] = "in every layer"; len(not) > 0 {
			out[f.name] = "not in " + alternatives(not)
		}
	}
	return out
}
