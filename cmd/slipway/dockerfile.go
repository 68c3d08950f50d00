package main

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"slipway.dev/cmd/slipway/internal/registry"
	"slipway.dev/compiler"
	"slipway.dev/compiler/diag"
)

// mostDockerfile is more than anybody writes by hand.
const mostDockerfile = 1 << 20

func newDockerfile(w world) *cobra.Command {
	var target, format string
	var given []string
	var base bool
	c := &cobra.Command{
		Use:   "dockerfile FILE",
		Short: "Check a Dockerfile before anything is built from it",
		Long: `Dockerfile reads a Dockerfile as BuildKit does and reports what would stop a release
later, or should: images without a digest, users that pods may not run as,
credentials in arguments and variables.

Compile does the same for services whose source is the fleet's own repository.

With --base it only prints what the image will lie on, with its registry: the base image
of the stage that is built, with build arguments filled in. It prints nothing for scratch,
for a name that only the build knows, and for what is no Dockerfile.`,
		Example: "  slipway dockerfile Dockerfile --target release\n  slipway dockerfile Dockerfile --base --build-arg VERSION=22",
		Args:    arguments("FILE"),
		RunE: func(_ *cobra.Command, args []string) error {
			if !slices.Contains(formats, format) {
				return fmt.Errorf("there is no format %q: %s", format, strings.Join(formats, ", "))
			}
			src, err := readDockerfile(args[0])
			if err != nil {
				return err
			}
			if base {
				if name, ok := registry.FullName(compiler.BaseOf(src, target, buildArgs(given))); ok {
					fmt.Fprintln(w.out, name)
				}
				return nil
			}
			var ds diag.List
			dir, name := filepath.Split(args[0])
			dir = filepath.Clean(dir)
			compiler.Dockerfile(name, src, target, &ds)
			printer{w: w, fleet: &fleet{dir: dir}, files: os.DirFS(dir), format: format}.diagnostics(ds.All())
			if ds.HasErrors() {
				return exit(exitFindings)
			}
			return nil
		},
	}
	c.Flags().StringVar(&target, "target", "", "the stage that is built; the last one when not given")
	c.Flags().BoolVar(&base, "base", false, "print the base image, and nothing else")
	c.Flags().StringArrayVar(&given, "build-arg", nil, "a build argument, NAME=value; for --base")
	c.Flags().StringVar(&format, "format", "text", "text, json, sarif or github")
	return c
}

// buildArgs are build arguments by name; what is none is left out.
func buildArgs(list []string) map[string]string {
	out := map[string]string{}
	for _, a := range list {
		if name, value, ok := strings.Cut(a, "="); ok {
			out[name] = value
		}
	}
	return out
}

func readDockerfile(file string) ([]byte, error) {
	info, err := os.Stat(file)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() || info.Size() > mostDockerfile {
		return nil, fmt.Errorf("%s is no Dockerfile", file)
	}
	return os.ReadFile(file)
}
