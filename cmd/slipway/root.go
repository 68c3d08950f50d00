package main

import (
	"fmt"

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
		newCompile(w),
		newDiff(w),
		newExplain(w),
		newRender(w),
		newPromote(w),
		newRun(w),
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
