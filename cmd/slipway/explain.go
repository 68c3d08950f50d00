package main

import (
	"fmt"
	"path"
	"path/filepath"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"slipway.dev/compiler"
	"slipway.dev/compiler/diag"
)

func newExplain(w world) *cobra.Command {
	var dir string
	c := &cobra.Command{
		Use:   "explain SERVICE ENV[.PATH]",
		Short: "Show what a service resolves to, and which line says so",
		Long: `Explain prints every value of a service in an environment, all layers laid, with
the line that gave it; and below it what that line overrode. Built-in defaults
and platform.cue are layers like the service's own file.`,
		Example: `  slipway explain checkout prod
  slipway explain checkout prod.run.main.resources`,
		Args: arguments("SERVICE", "ENV"),
		RunE: func(_ *cobra.Command, args []string) error { return explain(w, dir, args[0], args[1]) },
	}
	c.Flags().StringVar(&dir, "fleet", ".", "the fleet's folder")
	return c
}

func explain(w world, dir, service, where string) error {
	f, err := openFleet(dir)
	if err != nil {
		return err
	}
	env, below, _ := strings.Cut(where, ".")
	o, stop := watched(w, f)
	values, ds, err := compiler.Explain(f.fs(), service, env, below, o)
	stop()
	if err != nil {
		return readable(f, err)
	}
	if ds.HasErrors() {
		newPrinter(w, f, "text").diagnostics(ds.All())
		return exit(exitFindings)
	}
	tab := tabwriter.NewWriter(w.out, 0, 4, 2, ' ', 0)
	for _, v := range values {
		fmt.Fprintf(tab, "%s\t%s\t%s\n", v.Path, oneLine(v.Value), place(f, v.At))
		for _, o := range v.Over {
			fmt.Fprintf(tab, "\t  over %s\t%s\n", oneLine(o.Value), place(f, o.At))
		}
	}
	return tab.Flush()
}

// place names the line that gave a value.
func place(f *fleet, at diag.Pos) string {
	if at.IsBuiltin() {
		return "built-in default"
	}
	s := fmt.Sprintf("%s:%d", path.Join(filepath.ToSlash(f.dir), at.File), at.Line)
	if at.File == compiler.PlatformFile {
		s += " (platform)"
	}
	return s
}

func oneLine(s string) string {
	if r := []rune(s); len(r) > 50 {
		return string(r[:49]) + "…"
	}
	return s
}
