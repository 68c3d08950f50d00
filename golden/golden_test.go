// Package golden holds the complete output for every example, and the tests that hold the
// compiler to it: golden/NAME is what examples/NAME compiles to. `make golden` rewrites.
package golden

import (
	"flag"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"sigs.k8s.io/kustomize/api/krusty"
	"sigs.k8s.io/kustomize/kyaml/filesys"

	"slipway.dev/compiler"
	"slipway.dev/compiler/ir"
	"slipway.dev/compiler/plan"
	"slipway.dev/targets"
	"slipway.dev/targets/kube"
	"slipway.dev/targets/kustomize"
)

var update = flag.Bool("update", false, "write what the examples compile to")

// examples are the names of the example fleets.
func examples(t *testing.T) []string {
	t.Helper()
	entries, err := os.ReadDir("../examples")
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, e := range entries {
		if e.IsDir() {
			names = append(names, e.Name())
		}
	}
	if len(names) == 0 {
		t.Fatal("there are no examples")
	}
	return names
}

// compiled is what a fleet compiles to, by path, and what it means.
func compiled(t *testing.T, fleet fs.FS) (map[string]string, *ir.Fleet) {
	t.Helper()
	r, err := compiler.Compile(fleet, targets.Options())
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range r.Diags.All() {
		t.Errorf("%v", d)
	}
	p, clashes := plan.New(r.Files)
	for _, c := range clashes {
		t.Errorf("%s and %s both write %s", c.A, c.B, c.Path)
	}
	out := map[string]string{}
	for _, f := range p.Files {
		out[f.Path] = string(plan.Bytes(f))
	}
	return out, r.Fleet
}

func TestExamplesCompileToTheirGoldenTrees(t *testing.T) {
	t.Parallel()
	for _, name := range examples(t) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, _ := compiled(t, os.DirFS(filepath.Join("../examples", name)))
			if *update {
				rewrite(t, name, got)
			}
			want := tree(t, name)
			for p, content := range got {
				switch w, ok := want[p]; {
				case !ok:
					t.Errorf("golden/%s/%s is missing", name, p)
				case w != content:
					t.Errorf("golden/%s/%s is not what the example compiles to:\n%s", name, p, firstDifference(w, content))
				}
			}
			for p := range want {
				if _, ok := got[p]; !ok {
					t.Errorf("golden/%s/%s is written no more", name, p)
				}
			}
		})
	}
}

func tree(t *testing.T, dir string) map[string]string {
	t.Helper()
	out := map[string]string{}
	err := filepath.WalkDir(dir, func(p string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		b, err := os.ReadFile(p)
		rel, _ := filepath.Rel(dir, p)
		out[filepath.ToSlash(rel)] = string(b)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func rewrite(t *testing.T, dir string, files map[string]string) {
	t.Helper()
	if err := os.RemoveAll(dir); err != nil {
		t.Fatal(err)
	}
	for p, content := range files {
		at := filepath.Join(dir, filepath.FromSlash(p))
		if err := os.MkdirAll(filepath.Dir(at), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(at, []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

func firstDifference(want, got string) string {
	w, g := strings.Split(want, "\n"), strings.Split(got, "\n")
	for i := 1; i < min(len(w), len(g)); i++ { // the first line is the hash
		if w[i] != g[i] {
			return "golden:   " + w[i] + "\ncompiled: " + g[i]
		}
	}
	return "one is longer"
}

// Every overlay is built by kustomize itself and must be what `slipway render` says
// directly from the IR, lists in order.
func TestKustomizeBuildsWhatRenderPrints(t *testing.T) {
	t.Parallel()
	for _, name := range examples(t) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			files, fleet := compiled(t, os.DirFS(filepath.Join("../examples", name)))
			disk := filesys.MakeFsInMemory()
			for p, content := range files {
				if err := disk.WriteFile(p, []byte(content)); err != nil {
					t.Fatal(err)
				}
			}
			overlays := 0
			for _, s := range fleet.Services {
				for _, i := range s.Instances {
					if !i.Deployed() {
						continue
					}
					overlays++
					compareBuild(t, disk, i)
				}
			}
			if overlays == 0 {
				t.Error("no overlay was built")
			}
		})
	}
}

func compareBuild(t *testing.T, disk filesys.FileSystem, i *ir.Instance) {
	t.Helper()
	built, err := krusty.MakeKustomizer(krusty.MakeDefaultOptions()).Run(disk, i.OverlayDir())
	if err != nil {
		t.Errorf("kustomize build %s: %v", i.OverlayDir(), err)
		return
	}
	y, err := built.AsYaml()
	if err != nil {
		t.Fatal(err)
	}
	docs, err := kube.Decode(y)
	if err != nil {
		t.Fatal(err)
	}
	got, want := keyed(docs), keyed(kustomize.Render(i))
	for k, w := range want {
		g, ok := got[k]
		switch {
		case !ok:
			t.Errorf("%s: kustomize builds no %s", i.OverlayDir(), k)
		case !kube.Equal(sortKeys(g), sortKeys(w)):
			t.Errorf("%s: %s differs:\n%s", i.OverlayDir(), k, firstDifference("\n"+string(kube.Encode(sortKeys(w))), "\n"+string(kube.Encode(sortKeys(g)))))
		}
	}
	if len(got) != len(want) {
		t.Errorf("%s: kustomize builds %d objects, render prints %d", i.OverlayDir(), len(got), len(want))
	}
}

func keyed(nodes []kube.Node) map[string]kube.Node {
	out := map[string]kube.Node{}
	for _, n := range nodes {
		out[n.Get("kind").Text+" "+n.Get("metadata", "name").Text] = n
	}
	return out
}

// sortKeys makes two trees comparable: the order of a map's keys means nothing, that of a
// list's items does.
func sortKeys(n kube.Node) kube.Node {
	c := n.Clone()
	slices.SortFunc(c.Fields, func(a, b kube.Field) int { return strings.Compare(a.Key, b.Key) })
	for k := range c.Fields {
		c.Fields[k].Value = sortKeys(c.Fields[k].Value)
	}
	for k := range c.Items {
		c.Items[k] = sortKeys(c.Items[k])
	}
	return c
}

// Files in another order, other processors, another folder, another locale: the same bytes.
func TestSameInputSameOutput(t *testing.T) { // not parallel: it sets GOMAXPROCS
	for _, name := range examples(t) {
		want, _ := compiled(t, os.DirFS(filepath.Join("../examples", name)))
		elsewhere := filepath.Join(t.TempDir(), "Ünïcode dir", name)
		if err := os.CopyFS(elsewhere, os.DirFS(filepath.Join("../examples", name))); err != nil {
			t.Fatal(err)
		}
		for _, procs := range []int{1, 2, 7} {
			before := runtime.GOMAXPROCS(procs)
			for _, locale := range []string{"C", "tr_TR.UTF-8", "de_DE"} {
				t.Setenv("LANG", locale)
				t.Setenv("LC_ALL", locale)
				t.Setenv("TZ", "Asia/Kathmandu")
				got, _ := compiled(t, backwards{os.DirFS(elsewhere)})
				if len(got) != len(want) {
					t.Fatalf("%s: %d files, then %d", name, len(want), len(got))
				}
				for p := range want {
					if got[p] != want[p] {
						t.Errorf("%s: %s differs with GOMAXPROCS=%d LANG=%s", name, p, procs, locale)
					}
				}
			}
			runtime.GOMAXPROCS(before)
		}
	}
}

// backwards lists folders the other way round.
type backwards struct{ fs.FS }

func (b backwards) ReadDir(name string) ([]fs.DirEntry, error) {
	entries, err := fs.ReadDir(b.FS, name)
	slices.Reverse(entries)
	return entries, err
}

func (b backwards) Lstat(name string) (fs.FileInfo, error) { return fs.Lstat(b.FS, name) }
func (b backwards) ReadLink(name string) (string, error)   { return fs.ReadLink(b.FS, name) }

// The first line of every golden file recognises the rest, and no file says which version,
// day or machine wrote it.
func TestGoldenFilesAreRecognised(t *testing.T) {
	t.Parallel()
	for _, name := range examples(t) {
		for p, content := range tree(t, name) {
			if !plan.Intact([]byte(content)) {
				t.Errorf("golden/%s/%s was edited by hand", name, p)
			}
			if wd, err := os.Getwd(); err != nil || strings.Contains(content, filepath.Dir(wd)) {
				t.Errorf("golden/%s/%s holds a path of this machine", name, p)
			}
		}
	}
}
