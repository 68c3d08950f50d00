package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"slipway.dev/cmd/slipway/internal/disk"
	"slipway.dev/compiler"
	"slipway.dev/compiler/diag"
	"slipway.dev/compiler/plan"
	"slipway.dev/targets"
)

type compileFlags struct {
	fleet   string
	check   bool
	format  string
	env     []string
	target  []string
	out     string
	removal bool
	upgrade bool
}

func newCompile(w world) *cobra.Command {
	var o compileFlags
	c := &cobra.Command{
		Use:   "compile [PATH…]",
		Short: "Write what the specs mean, or check that it is written",
		Long: `Compile writes deploy/ for the fleet of the current folder. PATH narrows it to a
fleet's folder or to single services (services/NAME.cue); whole-fleet checks and
the removal of what nothing writes any more need a run over the whole fleet.

With --check nothing is written: the exit status is 1 when what is committed is
not what the specs mean, and a unified diff shows the difference.`,
		Example: `  slipway compile
  slipway compile services/checkout.cue
  slipway compile --check --format github`,
		RunE: func(c *cobra.Command, paths []string) error {
			return compile(c.Context(), w, o, paths)
		},
	}
	f := c.Flags()
	f.StringVar(&o.fleet, "fleet", ".", "the fleet's folder, when no path is given")
	f.BoolVar(&o.check, "check", false, "write nothing; exit with 1 when the output is not up to date")
	f.StringVar(&o.format, "format", "text", "how mistakes are printed: text, json, sarif, github")
	f.StringSliceVar(&o.env, "env", nil, "only the files of these environments")
	f.StringSliceVar(&o.target, "target", nil, "only the files of these targets: "+strings.Join(targetNames(), ", "))
	f.StringVar(&o.out, "out", "", "write to this folder instead of the fleet's deploy/")
	f.BoolVar(&o.removal, "allow-removal", false, "let a run remove a large share of the output")
	f.BoolVar(&o.upgrade, "upgrade", false, "move platform.cue's pin to this compiler and write the output")
	return c
}

func targetNames() (names []string) {
	for _, t := range targets.All() {
		names = append(names, t.Name())
	}
	return names
}

func compile(ctx context.Context, w world, o compileFlags, paths []string) error {
	if !slices.Contains(formats, o.format) {
		return fmt.Errorf("there is no format %q: %s", o.format, strings.Join(formats, ", "))
	}
	f, services, err := selection(paths, o.fleet)
	if err != nil {
		return err
	}
	tellSchemaDiffers(w, f)
	opts, stop := watched(w, f)
	defer stop()
	opts.Services = services
	if opts.Targets, err = chosenTargets(opts.Targets, o.target); err != nil {
		return err
	}
	if o.upgrade {
		if err := upgrade(f, o.check); err != nil {
			return err
		}
	}
	result, err := compiler.Compile(f.fs(), opts)
	if err != nil {
		return readable(f, err)
	}
	p := newPrinter(w, f, o.format)
	if result.Fleet == nil {
		p.diagnostics(result.Diags.All())
		return exit(exitFindings)
	}
	if pin := result.Fleet.Platform.Compiler; !pinAllows(pin) {
		d := &diag.Diagnostic{Code: diag.CompilerVersion, At: result.Fleet.Platform.PinAt,
			Message: fmt.Sprintf("the fleet is compiled with %s, but this is slipway %s", pin, compiler.Version)}
		p.diagnostics([]*diag.Diagnostic{d.WithHint("use slipway %s, or move the fleet to this one with `slipway compile --upgrade`", pin)})
		return exit(exitUsage)
	}
	only, err := narrow(result, o.env)
	if err != nil {
		return err
	}
	pl, clashes := plan.New(result.Files)
	if len(clashes) > 0 { // names are checked, and every owner has folders of its own
		panic(fmt.Sprintf("%s and %s both write %s", clashes[0].A, clashes[0].B, clashes[0].Path))
	}
	scope := plan.Scope{Whole: result.Whole && len(o.target) == 0, Paths: only}
	for _, s := range services {
		scope.Owners = append(scope.Owners, plan.Service(s))
	}
	if result.Whole && len(o.target) > 0 { // a run over some targets speaks for their files only
		scope.Owners = ownersOf(pl)
	}
	for _, s := range result.Broken {
		scope.Kept = append(scope.Kept, plan.Service(s))
	}
	blocked := fleetErrors(result)
	out, err := disk.Open(f.output(o.out))
	if err != nil {
		return err
	}
	defer out.Close()
	entries, err := plan.Compare(pl, out, scope)
	if err != nil {
		return err
	}
	if result.Diags.HasErrors() { // a run with mistakes did not plan all there is
		entries = slices.DeleteFunc(entries, func(e plan.Entry) bool { return e.State == plan.Orphan || e.State == plan.EditedOrphan })
	}
	r := reporter{w: w, fleet: f, out: f.output(o.out), format: o.format, result: result}
	if !o.check && unsafeToWrite(entries, r.out, o.removal, result.Diags) {
		blocked = true
	}
	if o.check && o.format != "text" { // as text they are told one by one, with the difference
		for _, e := range plan.Findings(entries) {
			result.Diags.Add((&diag.Diagnostic{Code: diag.OutputDiffers, At: diag.Pos{File: compiler.OutputDir + "/" + e.Path},
				Message: e.Message(r.out), Subject: string(e.Owner)}).WithHint("%s", e.Hint(r.specOf(e))))
		}
	}
	p.diagnostics(result.Diags.All())
	if o.check {
		return r.check(entries)
	}
	if blocked {
		r.say("nothing was written\n")
		return exit(exitFindings)
	}
	sum, err := out.Commit(ctx, entries, disk.CommitOptions{Prune: true, Wait: 10 * time.Second})
	if err != nil {
		return err
	}
	r.written(sum, entries)
	if result.Diags.HasErrors() {
		return exit(exitFindings)
	}
	return nil
}

// unsafeToWrite reports what stands in the way of writing: files that are not ours on the
// paths of ours, and a removal that nobody should get without asking for it.
func unsafeToWrite(entries []plan.Entry, out string, removal bool, ds *diag.List) bool {
	before := ds.Errors()
	obstacles := map[string]bool{}
	for _, e := range entries {
		switch {
		case e.State != plan.Foreign:
		case e.Obstacle != nil && obstacles[e.Obstacle.Path]:
		case e.Obstacle != nil && e.Obstacle.Kind == plan.Symlink:
			ds.Errorf(diag.OutsideOutput, diag.Pos{}, "%s", e.Message(out)).WithHint("%s", e.Hint(""))
		default:
			ds.Errorf(diag.ForeignFile, diag.Pos{}, "%s", e.Message(out)).WithHint("%s", e.Hint(""))
		}
		if e.Obstacle != nil {
			obstacles[e.Obstacle.Path] = true
		}
	}
	refuseRemoval(entries, removal, ds)
	return ds.Errors() > before
}

// refuseRemoval reports a removal of so much that nobody should get it without asking.
func refuseRemoval(entries []plan.Entry, allowed bool, ds *diag.List) {
	if r := plan.NewRemoval(entries); r.Sweeping() && !allowed {
		ds.Errorf(diag.MassChange, diag.Pos{}, "this run would remove %d of %d generated files, of %s", r.Orphans, r.Ours, count(r.Owners, "owner", "owners")).
			WithHint("Argo CD deletes from clusters what goes from here; if that is meant, say --allow-removal")
	}
}

func chosenTargets(all []plan.Target, names []string) ([]plan.Target, error) {
	if len(names) == 0 {
		return all, nil
	}
	var out []plan.Target
	for _, n := range names {
		i := slices.IndexFunc(all, func(t plan.Target) bool { return t.Name() == n })
		if i < 0 {
			return nil, fmt.Errorf("there is no target %q; %s", n, diag.Suggest(n, targetNames()))
		}
		out = append(out, all[i])
	}
	return out, nil
}

// narrow returns the test for --env: whether a path belongs to one of the environments, or nil.
func narrow(r *compiler.Result, envs []string) (func(string) bool, error) {
	if len(envs) == 0 {
		return nil, nil
	}
	var names []string
	for _, e := range r.Fleet.Platform.Environments {
		names = append(names, e.Name)
	}
	for _, e := range envs {
		if !slices.Contains(names, e) {
			return nil, fmt.Errorf("there is no environment %q; %s", e, diag.Suggest(e, names))
		}
	}
	return func(p string) bool {
		return slices.ContainsFunc(envs, func(e string) bool {
			return strings.Contains(p, "/overlays/"+e+"/") || strings.Contains(p, "/applications/"+e+"/")
		})
	}, nil
}

func ownersOf(p plan.Plan) (out []plan.Owner) {
	seen := map[plan.Owner]bool{}
	for _, f := range p.Files {
		if !seen[f.Owner] {
			seen[f.Owner] = true
			out = append(out, f.Owner)
		}
	}
	return out
}

// fleetErrors reports whether something is wrong that no single service has to answer for.
func fleetErrors(r *compiler.Result) bool {
	return slices.ContainsFunc(r.Diags.All(), func(d *diag.Diagnostic) bool {
		return d.Severity == diag.Error && d.Subject == ""
	})
}

// pinAllows reports whether platform.cue's pin, "v0.1" or "v0.1.2", means this compiler.
func pinAllows(pin string) bool {
	return pin == compiler.Version || strings.HasPrefix(compiler.Version, pin+".") || strings.HasPrefix(pin, compiler.Version+".")
}

// readable says what could not be read, with the fleet's folder before it.
func readable(f *fleet, err error) error {
	var pe *fs.PathError
	if errors.As(err, &pe) {
		return fmt.Errorf("read %s: %w", filepath.Join(f.dir, pe.Path), pe.Err)
	}
	return err
}
