package compiler

import (
	"bytes"
	"slices"
	"strings"

	"slipway.dev/catalog/versions"
	"slipway.dev/compiler/ir"
)

// rivals loads, in a run over some services, the others whose Applications may be called as one
// of theirs: the later one would take the place of the other, which Argo CD then deletes with all
// that it brought. That takes no look at most of the fleet: Applications are called SERVICE-ENV,
// so names of services tell, and who says another name wants it to be nowhere in another's spec.
// A name that a spec puts together is found by a run over all.
func (c *compilation) rivals() error {
	if c.result.Whole {
		return nil
	}
	c.rival = map[string]bool{}
	known := len(c.units)
	for _, u := range c.units[:known:known] {
		if u.svc == nil || !u.wanted {
			continue
		}
		for _, f := range c.files {
			if c.wanted[f.Name] || c.rival[f.Name] {
				continue
			}
			c.rival[f.Name] = c.near(u.svc, f)
			if c.rival[f.Name] && c.byName[f.Name] == nil {
				c.add(f, false)
			}
		}
	}
	return c.each(c.units[known:], c.resolveUnit)
}

// near reports whether another service may have an Application of a service's name.
func (c *compilation) near(svc *ir.Service, other ServiceFile) bool {
	for _, i := range svc.Instances {
		env, ok := strings.CutPrefix(i.Application(), other.Name+"-")
		if ok && c.platform.environment(env) != nil {
			return true
		}
	}
	for _, i := range svc.Instances {
		if i.App == "" {
			continue // who takes it in its own words is wrong, and told so
		}
		files := []string{other.Path}
		for _, env := range c.platform.ir.Environments {
			files = append(files, versions.SpecPath(env.Name, other.Name))
		}
		for _, file := range files {
			if src, err := readFile(c.fleet, file); err == nil && bytes.Contains(src, []byte(i.App)) {
				return true
			}
		}
	}
	return false
}

// withRivals are the services of a run without mistakes, and their rivals; nil where there are none.
// What is broken among these has no say.
func (c *compilation) withRivals() *ir.Fleet {
	f := &ir.Fleet{Platform: c.platform.ir, Services: slices.Clone(c.result.Fleet.Services)}
	for _, u := range c.units {
		if c.rival[u.file.Name] && u.svc != nil && !u.ds.HasErrors() {
			f.Services = append(f.Services, u.svc)
		}
	}
	if len(f.Services) == len(c.result.Fleet.Services) {
		return nil
	}
	slices.SortFunc(f.Services, func(a, b *ir.Service) int { return strings.Compare(a.Name, b.Name) })
	return f
}
