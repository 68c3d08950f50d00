package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing/fstest"
	"time"

	"github.com/spf13/cobra"

	"slipway.dev/cmd/slipway/internal/disk"
	"slipway.dev/compiler"
	"slipway.dev/compiler/diag"
	"slipway.dev/compiler/intake"
	"slipway.dev/targets"
)

func newImport(w world) *cobra.Command {
	var envs []string
	var from, out string
	var force bool
	c := &cobra.Command{
		Use:   "import --env NAME=PATH… --out services/",
		Short: "Make specs of manifests that exist",
		Long: `Import reads what runs today, a source for each environment: a folder with a
kustomization, a YAML file (rendered, of many documents), or a folder of
manifests. It writes one spec for each service it finds there, what its
environments have in common once and what differs under environments, beside
it release records, a platform.cue to begin with, and in manifests/ the objects
that belong to no service.

What comes out is what was there: nothing is hardened, nothing is left out in
silence. The report says what had to go through Kubernetes' own words, what
belongs to nobody, and what a person must decide; specs say it with DECIDE.

Files that exist are not overwritten without --force. Import reads no network:
remote bases and Helm charts are to be built first.`,
		Example: `  slipway import --env staging=overlays/staging --env production=overlays/production --out services/
  slipway import --env production=rendered.yaml --out fleet/services/`,
		Args: cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			sources, dir, err := sourcesOf(envs, from)
			if err != nil {
				return err
			}
			return runImport(w, dir, sources, fleetOf(out), force)
		},
	}
	c.Flags().StringArrayVar(&envs, "env", nil, "an environment and its manifests, as NAME=PATH; once for each, in the order of promotion")
	c.Flags().StringVar(&out, "out", "services", "the services/ folder of the fleet to write")
	c.Flags().StringVar(&from, "from", "", "the folder that holds all manifests, and that nothing outside of is read; the current one or the repository's when not given")
	c.Flags().BoolVar(&force, "force", false, "overwrite files that exist")
	return c
}

var environmentName = regexp.MustCompile(`^[a-z]([-a-z0-9]{0,51}[a-z0-9])?$`)

// sourcesOf reads --env flags. Paths become relative to the folder that is returned.
func sourcesOf(envs []string, from string) (out []intake.Source, dir string, err error) {
	if len(envs) == 0 {
		return nil, "", errors.New("import needs --env NAME=PATH, once for each environment; see `slipway import --help`")
	}
	local := true
	for _, e := range envs {
		name, p, ok := strings.Cut(e, "=")
		switch {
		case !ok || p == "":
			return nil, "", fmt.Errorf("--env %s: write NAME=PATH, such as staging=overlays/staging", e)
		case !environmentName.MatchString(name):
			return nil, "", fmt.Errorf("--env %s: %q is not the name of an environment: lower-case letters, digits and dashes", e, name)
		}
		for _, o := range out {
			if o.Env == name {
				return nil, "", fmt.Errorf("--env %s: %q is there twice", e, name)
			}
		}
		out = append(out, intake.Source{Env: name, Path: p})
		local = local && filepath.IsLocal(p)
	}
	if dir = from; dir == "" {
		if dir = "."; !local {
			dir = around(out)
		}
	}
	for i := range out {
		p, err := filepath.Abs(out[i].Path)
		if err != nil {
			return nil, "", err
		}
		rel, err := relative(dir, p)
		if err != nil || !filepath.IsLocal(rel) {
			return nil, "", fmt.Errorf("--env %s=%s: it is not below %s; say --from DIR", out[i].Env, out[i].Path, dir)
		}
		out[i].Path = filepath.ToSlash(rel)
	}
	return out, dir, nil
}

// around is the folder that sources elsewhere are in: the repository's, or the one above
// all of them, since bases lie beside overlays.
func around(sources []intake.Source) string {
	common := ""
	for _, s := range sources {
		p, _ := filepath.Abs(s.Path)
		if common == "" {
			common = filepath.Dir(p)
		}
		for p != common && !strings.HasPrefix(p, strings.TrimSuffix(common, string(filepath.Separator))+string(filepath.Separator)) {
			common = filepath.Dir(common)
		}
	}
	for dir := common; dir != filepath.Dir(dir); dir = filepath.Dir(dir) {
		if _, err := os.Stat(filepath.Join(dir, ".git")); err == nil {
			return dir
		}
	}
	return filepath.Dir(common)
}

// fleetOf is the fleet's folder, of which out is the services/.
func fleetOf(out string) string {
	if out = filepath.Clean(out); filepath.Base(out) == "services" {
		return filepath.Dir(out)
	}
	return out
}

func runImport(w world, dir string, sources []intake.Source, out string, force bool) error {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return err
	}
	defer root.Close()
	o := targets.Options()
	r, err := intake.Import(root.FS(), intake.Options{Sources: sources, By: w.user(), Now: w.now().UTC().Format(time.RFC3339), Compiler: o})
	if err != nil {
		return err
	}
	if len(r.Files) == 0 {
		printer{w, &fleet{dir, root}, root.FS(), "text"}.diagnostics(r.Diags.All())
		fmt.Fprintln(w.err, "nothing was written")
		return exit(exitFindings)
	}
	if err := os.MkdirAll(out, 0o755); err != nil {
		return err
	}
	to, err := os.OpenRoot(out)
	if err != nil {
		return err
	}
	defer to.Close()
	kept, err := writeImport(to, r.Files, force)
	if err != nil {
		return err
	}
	if !exists(to, "cue.mod/module.cue") {
		if err := vendor(to); err != nil {
			return err
		}
		if err := disk.WriteFile(to, "cue.mod/module.cue", starter("module.cue")); err != nil {
			return err
		}
	}
	printImport(w, out, r, kept)
	printer{w, &fleet{out, to}, made(r.Files), "text"}.diagnostics(errorsOf(r.Diags))
	if r.Diags.HasErrors() {
		return exit(exitFindings)
	}
	return nil
}

// made are the files of an import, before or after they are written.
func made(files []intake.File) fs.FS {
	out := fstest.MapFS{}
	for _, f := range files {
		out[f.Path] = &fstest.MapFile{Data: f.Content}
	}
	return out
}

// errorsOf leaves out warnings: the report says what there is to think about.
func errorsOf(ds *diag.List) (out []*diag.Diagnostic) {
	for _, d := range ds.All() {
		if d.Severity == diag.Error {
			out = append(out, d)
		}
	}
	return out
}

// writeImport writes files. A platform.cue that exists is kept; anything else that does is
// a reason to write nothing.
func writeImport(to *os.Root, files []intake.File, force bool) (kept bool, err error) {
	var there []string
	for _, f := range files {
		switch {
		case force || !exists(to, f.Path):
		case f.Path == compiler.PlatformFile:
			kept = true
		default:
			there = append(there, f.Path)
		}
	}
	if len(there) > 0 {
		return false, fmt.Errorf("%s there already, and import overwrites nothing without --force", enumerated(there))
	}
	for _, f := range files {
		if kept && f.Path == compiler.PlatformFile {
			continue
		}
		if err := disk.WriteFile(to, f.Path, f.Content); err != nil {
			return kept, err
		}
	}
	return kept, nil
}

func enumerated(names []string) string {
	switch {
	case len(names) == 1:
		return names[0] + " is"
	case len(names) > 3:
		return fmt.Sprintf("%s and %d others are", strings.Join(names[:3], ", "), len(names)-3)
	}
	return strings.Join(names[:len(names)-1], ", ") + " and " + names[len(names)-1] + " are"
}
