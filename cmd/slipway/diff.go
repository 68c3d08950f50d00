package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"slipway.dev/cmd/slipway/internal/disk"
	"slipway.dev/compiler"
	"slipway.dev/compiler/diag"
	"slipway.dev/compiler/plan"
	"slipway.dev/targets"
)

type diffFlags struct {
	fleet  string
	format string
	env    []string
	out    string
	// against is another branch: what is committed where this one left it stands for deploy/.
	against string
	check   bool
	removal bool
}

func newDiff(w world) *cobra.Command {
	var o diffFlags
	c := &cobra.Command{
		Use:   "diff [PATH…]",
		Short: "Tell what compiling would do to what runs",
		Long: `Diff compares what is committed in deploy/ with what the specs mean now, object by
object as Kustomize builds them, and tells what each difference does to a cluster:

  delete    the object goes
  replace   a field that cannot change: the object has to be made anew
  restart   running pods are stopped, and started anew
  create    a new object
  stay      no longer in Git, but left in the cluster
  metadata  the object's own labels or annotations
  none      changed in place; no pod is touched
  unknown   what is committed does not build, or a chart changes: nothing can be said

It writes nothing and asks no cluster. PATH narrows it as it does compile; files that
nothing writes any more, an Application among them, need a run over the whole fleet.
The exit status is 0 whatever the impact, and 1 when a spec has mistakes; scripts
read --format json. With --check it is 1, too, when so much would go that compile
would refuse to remove it.`,
		Example: `  slipway diff
  slipway diff --against origin/main
  slipway diff services/checkout.cue --env prod
  slipway diff --format json`,
		RunE: func(c *cobra.Command, paths []string) error { return runDiff(c.Context(), w, o, paths) },
	}
	f := c.Flags()
	f.StringVar(&o.fleet, "fleet", ".", "the fleet's folder, when no path is given")
	f.StringVar(&o.format, "format", "text", "how the impact is printed: text, json")
	f.StringSliceVar(&o.env, "env", nil, "only these environments")
	f.StringVar(&o.out, "out", "", "compare with this folder instead of the fleet's deploy/")
	f.StringVar(&o.against, "against", "", againstHelp)
	f.BoolVar(&o.check, "check", false, "exit with 1 when a large share of the output would go")
	f.BoolVar(&o.removal, "allow-removal", false, "with --check: let it go")
	return c
}

func runDiff(ctx context.Context, w world, o diffFlags, paths []string) error {
	if o.format != "text" && o.format != "json" {
		return fmt.Errorf("there is no format %q: text, json", o.format)
	}
	if o.out != "" && o.against != "" {
		return errors.New("--out and --against both say what to compare with; say one of them")
	}
	f, services, err := selection(paths, o.fleet)
	if err != nil {
		return err
	}
	opts := targets.Options()
	opts.Services = services
	watch := newWatchdog(w, f)
	opts.Watch = watch.at
	result, err := compiler.Compile(f.fs(), opts)
	watch.stop()
	if err != nil {
		return readable(f, err)
	}
	newPrinter(w, f, "text").diagnostics(result.Diags.All()) // to stderr: stdout is the impact's
	if result.Fleet == nil {
		return exit(exitFindings)
	}
	if _, err := narrow(result, o.env); err != nil { // for its test of the names
		return err
	}
	if pin := result.Fleet.Platform.Compiler; !pinAllows(pin) {
		fmt.Fprintf(w.err, "the fleet is compiled with %s, and this is slipway %s: what follows is the upgrade's impact too\n", pin, compiler.Version)
	}
	out, close, err := o.committed(ctx, f)
	if err != nil {
		return err
	}
	defer close()
	pl, _ := plan.New(result.Files)
	scope := plan.Scope{Whole: result.Whole}
	for _, s := range services {
		scope.Owners = append(scope.Owners, plan.Service(s))
	}
	for _, s := range result.Broken {
		scope.Kept = append(scope.Kept, plan.Service(s))
	}
	entries, err := plan.Compare(pl, out, scope)
	if err != nil {
		return err
	}
	if result.Diags.HasErrors() { // a run with mistakes did not plan all there is
		entries = slices.DeleteFunc(entries, func(e plan.Entry) bool { return e.State == plan.Orphan || e.State == plan.EditedOrphan })
	}
	d := differ{fleet: result.Fleet, plan: pl, committed: out, only: o.env}
	groups := d.compare(entries)
	if o.format == "json" {
		err = writeDiffJSON(w.out, groups, result.Broken)
	} else {
		writeDiff(w.out, groups, len(result.Broken) == 0)
		if len(result.Broken) > 0 {
			fmt.Fprintf(w.out, "not compared, their specs have mistakes: %s\n", strings.Join(result.Broken, ", "))
		}
	}
	if err != nil {
		return err
	}
	refused := &diag.List{}
	if o.check {
		refuseRemoval(entries, o.removal, refused)
		newPrinter(w, f, "text").diagnostics(refused.All())
	}
	if result.Diags.HasErrors() || refused.HasErrors() {
		return exit(exitFindings)
	}
	return nil
}

// committed is what the plan is compared with, and how it is closed.
func (o diffFlags) committed(ctx context.Context, f *fleet) (plan.Tree, func(), error) {
	if o.against != "" {
		tree, err := committedAt(ctx, f, o.against)
		return tree, func() {}, err
	}
	out, err := disk.Open(f.output(o.out))
	if err != nil {
		return nil, nil, err
	}
	return out, func() { out.Close() }, nil
}
