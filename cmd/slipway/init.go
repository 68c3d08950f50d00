package main

import (
	"bytes"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"slipway.dev/cmd/slipway/internal/disk"
	"slipway.dev/compiler"
	"slipway.dev/schema"
)

// vendored is where CUE finds the schema without a registry: editors and `cue vet` read it
// there. The compiler never does.
const vendored = "cue.mod/pkg/" + schema.ImportPath

// templates are the files that a new fleet begins with.
//
//go:embed templates
var templates embed.FS

// starters are the templates and where each goes. VERSION in one becomes the compiler's.
var starters = []struct{ template, path, what string }{
	{"platform.cue", compiler.PlatformFile, "teams, clusters, registries, environments"},
	{"services/hello.cue", "services/hello.cue", "a service to begin with"},
	{"module.cue", "cue.mod/module.cue", ""},
}

func newInit(w world) *cobra.Command {
	var refresh bool
	c := &cobra.Command{
		Use:   "init [DIR]",
		Short: "Make a new fleet, or refresh its copy of the schema",
		Long: `Init makes a fleet that compiles at once: platform.cue, a service to begin with, and
a copy of the schema for editors and ` + "`cue vet services/NAME.cue`" + `. It never overwrites a file.

With --schema it brings the copy of the schema in an existing fleet up to date, and
touches nothing else. The compiler itself never reads that copy.`,
		Example: `  slipway init fleet
  slipway init --schema`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			dir := "."
			if len(args) == 1 {
				dir = args[0]
			}
			if refresh {
				return refreshSchema(w, dir)
			}
			return initFleet(w, dir)
		},
	}
	c.Flags().BoolVar(&refresh, "schema", false, "only bring the fleet's copy of the schema up to date")
	return c
}

func initFleet(w world, dir string) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return err
	}
	defer root.Close()
	var there []string
	for _, p := range append(starterPaths(), vendored) {
		if _, err := root.Lstat(filepath.FromSlash(p)); err == nil {
			there = append(there, filepath.Join(dir, filepath.FromSlash(p)))
		} else if !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	if len(there) > 0 {
		return fmt.Errorf("%s: there already, and init overwrites nothing; `slipway init --schema` refreshes the schema of an existing fleet", strings.Join(there, ", "))
	}
	for _, s := range starters {
		if err := disk.WriteFile(root, s.path, starter(s.template)); err != nil {
			return err
		}
	}
	if err := vendor(root); err != nil {
		return err
	}
	fmt.Fprintf(w.out, "made a fleet in %s\n", dir)
	for _, s := range starters {
		if s.what != "" {
			fmt.Fprintf(w.out, "  %-20s %s\n", s.path, s.what)
		}
	}
	fmt.Fprintf(w.out, "  %-20s the schema, for editors and `cue vet services/hello.cue`\n", "cue.mod/")
	_, err = fmt.Fprint(w.out, nextSteps)
	return err
}

const nextSteps = `
next, in that folder:
  edit platform.cue                                   your repository, teams, clusters
  slipway compile                                     writes deploy/
  slipway promote hello --image REF@DIGEST --to dev   the first release
  slipway explain hello dev                           which line says what
  git init, and commit everything: specs, releases/ and deploy/ belong together
  kubectl apply -R -f deploy/argocd/bootstrap/        once; from then on Git is enough

in CI, with slipway on the PATH:
  GitHub Actions    - run: slipway compile --check --format github
  GitLab CI         script: [slipway compile --check]
`

func starterPaths() (out []string) {
	for _, s := range starters {
		out = append(out, s.path)
	}
	return out
}

func starter(name string) []byte {
	b, err := templates.ReadFile(path.Join("templates", name))
	if err != nil {
		panic(err) // embedded
	}
	return bytes.ReplaceAll(b, []byte("VERSION"), []byte(compiler.Version))
}

// refreshSchema makes the vendored copy of the fleet that holds dir the compiler's own.
func refreshSchema(w world, dir string) error {
	f, err := openFleet(dir)
	if err != nil {
		return err
	}
	at := filepath.Join(f.dir, filepath.FromSlash(vendored))
	if !schemaDiffers(f.fs()) && exists(f.root, "cue.mod/module.cue") && exists(f.root, vendored) {
		fmt.Fprintf(w.out, "%s is up to date\n", at)
		return nil
	}
	if err := vendor(f.root); err != nil {
		return err
	}
	if !exists(f.root, "cue.mod/module.cue") {
		if err := disk.WriteFile(f.root, "cue.mod/module.cue", starter("module.cue")); err != nil {
			return err
		}
	}
	fmt.Fprintf(w.out, "%s is now the schema of slipway %s\n", at, compiler.Version)
	return nil
}

func exists(root *os.Root, name string) bool {
	_, err := root.Lstat(filepath.FromSlash(name))
	return err == nil
}

// vendor writes the schema's files, and removes other CUE files beside them: they would be
// part of the same package.
func vendor(root *os.Root) error {
	ours := schemaFiles()
	entries, _ := fs.ReadDir(root.FS(), vendored) // not there is empty
	for _, e := range entries {
		if path.Ext(e.Name()) == ".cue" && !slices.Contains(ours, e.Name()) {
			if err := root.Remove(filepath.FromSlash(path.Join(vendored, e.Name()))); err != nil {
				return err
			}
		}
	}
	for _, name := range ours {
		if err := disk.WriteFile(root, path.Join(vendored, name), schemaFile(name)); err != nil {
			return err
		}
	}
	return nil
}

// schemaDiffers reports whether a fleet has a copy of the schema that is not the
// compiler's: an editor would then accept or refuse other things than the compiler.
func schemaDiffers(fleet fs.FS) bool {
	entries, err := fs.ReadDir(fleet, vendored)
	if err != nil {
		return false // no copy, or none that could be read
	}
	found := 0
	for _, e := range entries {
		if path.Ext(e.Name()) != ".cue" {
			continue
		}
		found++
		content, err := fs.ReadFile(fleet, path.Join(vendored, e.Name()))
		if err != nil || !slices.Contains(schemaFiles(), e.Name()) || !bytes.Equal(withLF(content), schemaFile(e.Name())) {
			return true
		}
	}
	return found != len(schemaFiles())
}

// withLF undoes what a checkout on Windows does to line ends.
func withLF(b []byte) []byte { return bytes.ReplaceAll(b, []byte("\r\n"), []byte("\n")) }

// tellSchemaDiffers says so in one line; it changes nothing for the compiler.
func tellSchemaDiffers(w world, f *fleet) {
	if schemaDiffers(f.fs()) {
		fmt.Fprintf(w.err, "%s is not the schema of slipway %s, so editors judge by another one: `slipway init --schema` refreshes it\n",
			filepath.Join(f.dir, filepath.FromSlash(vendored)), compiler.Version)
	}
}

func schemaFiles() (names []string) {
	entries, err := schema.CUE.ReadDir(".")
	if err != nil {
		panic(err) // embedded
	}
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return names
}

func schemaFile(name string) []byte {
	b, err := schema.CUE.ReadFile(name)
	if err != nil {
		panic(err) // embedded
	}
	return b
}
