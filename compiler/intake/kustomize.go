package intake

import (
	"fmt"
	"io/fs"
	"path"
	"regexp"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
	"sigs.k8s.io/kustomize/api/krusty"
	"sigs.k8s.io/kustomize/api/types"
	"sigs.k8s.io/kustomize/kyaml/filesys"

	"slipway.dev/compiler/diag"
)

// kustomization is the kustomization file of a folder, or "".
func kustomization(files fs.FS, dir string) string {
	for _, name := range []string{"kustomization.yaml", "kustomization.yml", "Kustomization"} {
		if info, err := fs.Stat(files, path.Join(dir, name)); err == nil && info.Mode().IsRegular() {
			return path.Join(dir, name)
		}
	}
	return ""
}

// build builds a kustomization. It sees the files of the fs.FS and nothing else: neither
// network nor other programs.
func build(files fs.FS, s Source, ds *diag.List) ([]*Object, error) {
	k := walker{files: files, ds: ds, seen: map[string]bool{}}
	k.folder(s.Path, diag.Pos{File: s.Path})
	if ds.HasErrors() {
		return nil, nil
	}
	mem := filesys.MakeFsInMemory()
	for _, name := range k.reached {
		content, err := fs.ReadFile(files, name)
		if err != nil {
			return nil, err
		}
		if err := mem.WriteFile(path.Join("/", name), content); err != nil {
			return nil, err
		}
	}
	o := krusty.MakeDefaultOptions()
	o.LoadRestrictions = types.LoadRestrictionsNone // it is closed in as a whole
	m, err := krusty.MakeKustomizer(o).Run(mem, path.Join("/", s.Path))
	if err != nil {
		ds.Errorf(diag.BadManifest, diag.Pos{File: kustomization(files, s.Path)}, "kustomize does not build it: %s", strings.Join(strings.Fields(err.Error()), " ")).
			WithHint("see the same with: kustomize build %s", s.Path)
		return nil, nil
	}
	var out []*Object
	at := diag.Pos{File: kustomization(files, s.Path)}
	for _, res := range m.Resources() {
		text, err := res.AsYAML()
		if err != nil {
			return nil, fmt.Errorf("build %s: %w", s.Path, err)
		}
		// What kustomize built has no lines that anybody could look at: the object's name stands for them.
		found := ds.Sub()
		for _, n := range documents(at.File, text, found) {
			out = append(out, newObjects(n, s.Env, found)...)
		}
		for _, d := range found.All() {
			d.At, d.Message = at, res.GetKind()+"/"+res.GetName()+": "+d.Message
			ds.Add(d)
		}
	}
	for _, o := range out {
		o.At = at
	}
	return out, nil
}

// walker finds the files that a kustomization is made of, and refuses what is elsewhere.
type walker struct {
	files   fs.FS
	ds      *diag.List
	seen    map[string]bool
	reached []string
}

// remote is what kustomize would fetch: an address, a host and path, or a branch to check out.
var remote = regexp.MustCompile(`^[a-z+]+://|^git@|^[\w-]+(\.[\w-]+)+/[^ ]+/[^ ]+|[?&]ref=|^git::`)

// folder takes in a kustomization's folder and those that it names.
func (w *walker) folder(dir string, from diag.Pos) {
	if w.seen[dir] {
		return
	}
	w.seen[dir] = true
	file := kustomization(w.files, dir)
	if file == "" {
		w.ds.Errorf(diag.BadManifest, from, "there is no kustomization in %s", dir)
		return
	}
	entries, err := fs.ReadDir(w.files, dir)
	if err != nil {
		w.ds.Errorf(diag.UnreadableFile, from, "%s cannot be read: %v", dir, err)
		return
	}
	for _, e := range entries {
		if e.Type().IsRegular() {
			w.reached = append(w.reached, path.Join(dir, e.Name()))
		}
	}
	content, err := fs.ReadFile(w.files, file)
	if err != nil {
		w.ds.Errorf(diag.UnreadableFile, diag.Pos{File: file}, "%s cannot be read: %v", file, err)
		return
	}
	var doc yaml.Node
	if err := yaml.Unmarshal(content, &doc); err != nil {
		w.ds.Errorf(diag.BadManifest, diag.Pos{File: file, Line: lineOf(err)}, "%s is not YAML: %s", file, reason(err))
		return
	}
	w.names(&doc, "", file, dir)
}

// loaded are the fields of a kustomization that name files or folders.
var loaded = []string{"resources", "bases", "components", "crds", "configurations", "transformers", "generators", "validators", "patchesStrategicMerge", "files", "envs", "env", "path", "valuesFile", "replacements"}

// names visits every name of a file in a kustomization.
func (w *walker) names(y *yaml.Node, field, file, dir string) {
	at := diag.Pos{File: file, Line: y.Line, Col: y.Column}
	switch y.Kind {
	case yaml.MappingNode:
		for i := 0; i+1 < len(y.Content); i += 2 {
			if key := y.Content[i].Value; strings.HasPrefix(key, "helm") {
				w.ds.Errorf(diag.BadManifest, diag.Pos{File: file, Line: y.Content[i].Line, Col: y.Content[i].Column}, "%s lets kustomize call helm, which import does not", key).
					WithHint("build it first: kustomize build --enable-helm %s > all.yaml, and import that file", dir)
				continue
			} else {
				w.names(y.Content[i+1], key, file, dir)
			}
		}
	case yaml.ScalarNode:
		if slices.Contains(loaded, field) && !strings.Contains(y.Value, "\n") {
			w.name(y.Value, field, at, dir)
		}
	default:
		for _, c := range y.Content {
			w.names(c, field, file, dir)
		}
	}
}

func (w *walker) name(value, field string, at diag.Pos, dir string) {
	name := value
	if field == "files" { // [KEY=]FILE
		if _, after, ok := strings.Cut(value, "="); ok {
			name = after
		}
	}
	p := path.Join(dir, name)
	info, err := fs.Stat(w.files, p)
	switch {
	case strings.HasPrefix(name, "/") || !fs.ValidPath(p):
		w.ds.Errorf(diag.BadManifest, at, "%q leads out of the folder", value).
			WithHint("import from the folder that holds all of it: run slipway there, or say --from DIR")
	case err == nil && info.IsDir():
		w.folder(p, at)
	case err == nil && !w.seen[p]:
		w.seen[p] = true
		w.reached = append(w.reached, p)
	case err != nil && remote.MatchString(name):
		w.ds.Errorf(diag.BadManifest, at, "%q is elsewhere, and import fetches nothing", value).
			WithHint("build it first: kustomize build %s > all.yaml, and import that file", dir)
	case err != nil && field != "path": // the path of a patch's target, and of a field, is no file
		w.ds.Errorf(diag.BadManifest, at, "there is no %q", value).WithHint("it is named in %s", at.File)
	}
}
