package main

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"slipway.dev/compiler"
)

func newRoot(w world) *cobra.Command {
	root := &cobra.Command{
		Use:   "slipway",
		Short: "Compile one CUE file per service into Tekton, Argo CD and Kustomize",
		Long: `Slipway compiles one CUE file per service, and one platform file per
organisation, into everything that takes a service from a commit to
production: Tekton pipelines, Argo CD Applications, Kustomize overlays.

A fleet is a folder with platform.cue, services/, releases/ and the compiled
deploy/. Commands work on the fleet of the current folder, or of --fleet.`,
		Version:      compiler.Version,
		SilenceUsage: true, SilenceErrors: true,
		CompletionOptions: cobra.CompletionOptions{HiddenDefaultCmd: true},
	}
	root.SetIn(w.in)
	root.SetOut(w.out)
	root.SetErr(w.err)
	root.SetFlagErrorFunc(func(c *cobra.Command, err error) error {
		return fmt.Errorf("%w; see `%s --help`", err, c.CommandPath())
	})
	for _, c := range []*cobra.Command{
		newInit(w),
		newBuild(w),
		newCompile(w),
		newContracts(w),
		newCopy(w),
		newPush(w),
		newPull(w),
		newKeep(w),
		newDiff(w),
		newDockerfile(w),
		newExplain(w),
		newRender(w),
		newGraph(w),
		newStatus(w),
		newDoctor(w),
		newPromote(w),
		newRollback(w),
		newVerify(w),
		newRequest(w),
		newSettle(w),
		newVerdict(w),
		newAffected(w),
		newCatchUp(w),
		newNightly(w),
		newImport(w),
		newAdopt(w),
		newRun(w),
		newSupersede(w),
		newReport(w),
		newVersion(w),
	} {
		root.AddCommand(c)
	}
	return root
}

func newVersion(w world) *cobra.Command {
	return &cobra.Command{
		Use: "version", Short: "Print the compiler's version", Args: cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			_, err := fmt.Fprintln(w.out, compiler.Version)
			return err
		},
	}
}

// required names flags that a command has to be given.
func required(c *cobra.Command, names ...string) {
	for _, name := range names {
		if err := c.MarkFlagRequired(name); err != nil {
			panic(err)
		}
	}
}

// optional checks that a command is given nothing, or what arguments asks for.
func optional(names ...string) cobra.PositionalArgs {
	return func(c *cobra.Command, args []string) error {
		if len(args) == 0 {
			return nil
		}
		return arguments(names...)(c, args)
	}
}

// arguments checks that a command is given these, by the names of its usage line.
func arguments(names ...string) cobra.PositionalArgs {
	return func(c *cobra.Command, args []string) error {
		switch {
		case len(args) < len(names):
			return fmt.Errorf("%s needs %s; see `%s --help`", c.Name(), strings.Join(names[len(args):], " and "), c.CommandPath())
		case len(args) > len(names):
			return fmt.Errorf("%s takes %s, so what is %q? See `%s --help`", c.Name(), strings.Join(names, " and "), args[len(names)], c.CommandPath())
		}
		return nil
	}
}
