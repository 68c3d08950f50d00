package main

import (
	"fmt"
	"io/fs"
	"maps"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"slipway.dev/cmd/slipway/internal/disk"
	"slipway.dev/compiler"
	"slipway.dev/compiler/diag"
	"slipway.dev/compiler/diag/report"
	"slipway.dev/compiler/ir"
	"slipway.dev/compiler/plan"
)

var formats = []string{"text", "json", "sarif", "github"}

// printer prints diagnostics. Positions are given below the folder that the user is in.
type printer struct {
	w      world
	fleet  *fleet
	files  fs.FS // the fleet as it was compiled
	format string
}

func newPrinter(w world, f *fleet, format string) printer { return printer{w, f, f.fs(), format} }

func (p printer) diagnostics(ds []*diag.Diagnostic) {
	var err error
	switch p.format {
	case "json":
		err = report.JSON(p.w.out, p.placed(ds))
	case "sarif":
		err = report.SARIF(p.w.out, p.placed(ds), compiler.Version)
	case "github":
		err = report.GitHub(p.w.out, p.placed(ds))
	default:
		if len(ds) == 0 {
			return
		}
		err = report.Text(p.w.err, p.placed(ds), p.source, report.TextOptions{Color: p.w.color})
		fmt.Fprintf(p.w.err, "%s\n", report.Summary(ds))
	}
	if err != nil {
		fmt.Fprintf(p.w.err, "slipway: %v\n", err)
	}
}

// placed gives positions as seen from the user's folder.
func (p printer) placed(ds []*diag.Diagnostic) []*diag.Diagnostic {
	move := func(at *diag.Pos) {
		if at.IsValid() && !at.IsBuiltin() {
			at.File = path.Join(filepath.ToSlash(p.fleet.dir), at.File)
		}
	}
	out := make([]*diag.Diagnostic, len(ds))
	for i, d := range ds {
		c := *d
		c.Related = slices.Clone(d.Related)
		move(&c.At)
		for k := range c.Related {
			move(&c.Related[k].At)
		}
		out[i] = &c
	}
	return out
}

func (p printer) source(file string) []byte {
	rel, err := filepath.Rel(filepath.FromSlash(p.fleet.dir), filepath.FromSlash(file))
	if err != nil {
		return nil
	}
	b, err := fs.ReadFile(p.files, filepath.ToSlash(rel))
	if err != nil {
		return nil
	}
	return b
}

// reporter tells what a run found and did. In a format for machines it says nothing.
type reporter struct {
	w      world
	fleet  *fleet
	out    string
	format string
	result *compiler.Result
}

func (r reporter) say(format string, args ...any) {
	to := r.w.out
	if r.format != "text" {
		to = r.w.err
	}
	fmt.Fprintf(to, format, args...)
}

// check prints what is not up to date, then the diff.
func (r reporter) check(entries []plan.Entry) error {
	findings := plan.Findings(entries)
	for _, e := range findings {
		r.say("%s\n  %s\n", e.Message(r.out), e.Hint(r.specOf(e)))
	}
	if len(findings) > 0 && r.format == "text" {
		r.say("\n")
		if err := plan.Diff(r.w.out, findings, r.out, 3); err != nil {
			return err
		}
	}
	switch {
	case len(findings) > 0:
		r.say("\n%d of %s: not as the specs mean; `slipway compile` writes what they mean\n", len(findings), count(len(entries), "file", "files"))
		return exit(exitFindings)
	case r.result.Diags.HasErrors():
		return exit(exitFindings)
	}
	r.say("%s: %s up to date\n", r.out, count(len(entries), "file is", "files are"))
	return nil
}

// specOf is where a change to the entry's content belongs.
func (r reporter) specOf(e plan.Entry) string {
	name, ok := e.Owner.Service()
	if !ok {
		return filepath.Join(r.fleet.dir, compiler.PlatformFile)
	}
	return filepath.Join(r.fleet.dir, "services", name+".cue")
}

// written sums up what was written.
func (r reporter) written(s disk.Summary, entries []plan.Entry) {
	for _, p := range s.Overwritten {
		r.say("%s was edited by hand and is written anew\n", path.Join(r.out, p))
	}
	kept := 0
	for _, e := range entries {
		if e.State == plan.EditedOrphan || e.State == plan.Stray {
			r.say("%s\n  %s\n", e.Message(r.out), e.Hint(""))
			kept++
		}
	}
	services := len(r.result.Fleet.Services)
	if services == 0 && len(r.result.Broken) > 0 {
		r.say("nothing was compiled; the output of %s is as it was\n", strings.Join(r.result.Broken, ", "))
		return
	}
	var envs []string
	for _, e := range r.result.Fleet.Platform.Environments {
		envs = append(envs, e.Name)
	}
	r.say("compiled %s for %s into %s\n", count(services, "service", "services"), strings.Join(envs, ", "), r.out)
	same := len(entries) - len(s.Created) - len(s.Updated) - len(s.Overwritten) - len(s.Removed) - kept
	r.say("  %d new, %d changed, %d removed, %d as they were\n", len(s.Created), len(s.Updated)+len(s.Overwritten), len(s.Removed), same)
	r.removed(entries, s.Removed)
	if len(r.result.Broken) > 0 {
		r.say("  not compiled, their output is as it was: %s\n", strings.Join(r.result.Broken, ", "))
	}
	r.unreleased()
}

// removed names whose files went: Argo CD takes from clusters what goes from here.
func (r reporter) removed(entries []plan.Entry, paths []string) {
	gone := map[string]int{}
	for _, e := range entries {
		if slices.Contains(paths, e.Path) {
			gone[strings.TrimPrefix(string(e.Owner), "service/")]++
		}
	}
	for _, name := range slices.Sorted(maps.Keys(gone)) {
		r.say("  removed of %s: %s\n", name, count(gone[name], "file", "files"))
	}
}

// unreleased tells, for each environment, the services whose next step it is: released in
// the one before, or nowhere yet, and how they get there.
func (r reporter) unreleased() {
	next := map[*ir.Environment][]*ir.Service{}
	for _, s := range r.result.Fleet.Services {
		for _, env := range s.RunsIn {
			if !runsThere(s, env) {
				next[env] = append(next[env], s)
				break
			}
		}
	}
	for _, env := range r.result.Fleet.Platform.Environments {
		list := next[env]
		if len(list) == 0 {
			continue
		}
		names := make([]string, len(list))
		for i, s := range list {
			names[i] = s.Name
		}
		how := "--image REF@DIGEST --to " + env.Name
		if from := before(list[0], env); from != nil {
			how = "--from " + from.Name + " --to " + env.Name
		}
		r.say("  not released yet in %s: %s\n    slipway promote %s %s\n", env.Name, strings.Join(names, ", "), names[0], how)
	}
}

func runsThere(s *ir.Service, env *ir.Environment) bool {
	return slices.ContainsFunc(s.Instances, func(i *ir.Instance) bool { return i.Env == env && i.Deployed() })
}

// before is the environment that a service is promoted from to reach env: the one that env
// names, or the last one before it in which the service runs; nil when there is none.
func before(s *ir.Service, env *ir.Environment) *ir.Environment {
	for from := env.From; from != nil; from = from.From {
		if slices.Contains(s.RunsIn, from) {
			return from
		}
	}
	if s.Build == nil && !s.External {
		return env.From // nothing is built: its spec is what moves
	}
	return nil
}

func count(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}
