package intake

import (
	"slices"
	"strings"
	"testing/fstest"

	"slipway.dev/compiler"
	"slipway.dev/compiler/diag"
)

// decisions are the findings that a spec may accept, and what a person must decide then.
var decisions = map[string]string{
	string(diag.NotRestricted): "DECIDE: do without, container by container.",
	string(diag.UnpinnedImage): "DECIDE: pin images by their digests; another one may be behind a tag tomorrow.",
	string(diag.LiteralSecret): "DECIDE: take it from a Secret, and replace the value: it is in Git.",
	string(diag.BlockedDrain):  "DECIDE: let a pod be missing while nodes are drained.",
}

const accepted = "imported as it ran"

// settle compiles what was made, and lets specs accept by name what the compiler would
// refuse in them. What cannot be accepted stays a finding.
func (r *Result) settle(o Options, specs []*spec) {
	levels := []string{"restricted", "baseline", "privileged"}
	o.Compiler.Targets = nil
	for {
		r.Files = r.files(o, specs)
		fleet := fstest.MapFS{}
		for _, f := range r.Files {
			fleet[f.Path] = &fstest.MapFile{Data: f.Content}
		}
		c, err := compiler.Compile(fleet, o.Compiler)
		if err != nil {
			panic("intake: what was made compiles from memory: " + err.Error())
		}
		changed := false
		raised := map[string]bool{} // a level at a time
		for _, d := range c.Diags.All() {
			i := slices.IndexFunc(specs, func(s *spec) bool { return s.service.Name == d.Subject })
			if i < 0 || d.Severity != diag.Error || decisions[string(d.Code)] == "" {
				continue
			}
			if _, ok := specs[i].allow[string(d.Code)]; !ok {
				specs[i].allow[string(d.Code)] = accepted
				r.Report.Notes = append(r.Report.Notes, Note{Topic: Accepted, Service: d.Subject, Text: string(d.Code) + ": " + summary(d.Code)})
				changed = true
			}
			if d.Code == diag.NotRestricted {
				for e := range r.Environments {
					env := &r.Environments[e]
					if len(d.Related) > 0 && strings.Contains(d.Related[0].Message, `"`+env.Name+`"`) && env.PodSecurity != "privileged" && !raised[env.Name] {
						raised[env.Name] = true
						env.PodSecurity = levels[slices.Index(levels, env.PodSecurity)+1]
						changed = true
					}
				}
			}
		}
		if !changed {
			r.Diags, r.Compiled = c.Diags, c
			for _, d := range c.Diags.All() {
				if d.Severity == diag.Warning && d.Subject != "" {
					r.Report.Notes = append(r.Report.Notes, Note{Topic: Warned, Service: d.Subject, Text: string(d.Code) + ": " + summary(d.Code)})
				}
			}
			return
		}
	}
}

func summary(c diag.Code) string {
	info, _ := diag.Lookup(c)
	return info.Summary
}
