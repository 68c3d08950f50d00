package intake

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"

	"slipway.dev/compiler/diag"
)

// read finds the objects of a source.
func read(files fs.FS, s Source, ds *diag.List) ([]*Object, error) {
	info, err := fs.Stat(files, s.Path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, fmt.Errorf("--env %s=%s: there is no such file or folder", s.Env, s.Path)
	case err != nil:
		return nil, err
	}
	var out []*Object
	switch {
	case !info.IsDir():
		out, err = readFile(files, s.Path, s.Env, ds)
	case kustomization(files, s.Path) != "":
		out, err = build(files, s, ds)
	default:
		out, err = readFolder(files, s, ds)
	}
	if err == nil && len(out) == 0 && !ds.HasErrors() {
		ds.Errorf(diag.BadManifest, diag.Pos{File: s.Path}, "there is no object in %s", s.Path).
			WithHint("give a folder with a kustomization, a YAML file, or a folder of YAML files")
	}
	return out, err
}

func readFile(files fs.FS, name, env string, ds *diag.List) (out []*Object, err error) {
	content, err := fs.ReadFile(files, name)
	if err != nil {
		return nil, err
	}
	for _, n := range documents(name, content, ds) {
		out = append(out, newObjects(n, env, ds)...)
	}
	return out, nil
}

// readFolder reads every YAML and JSON file in a folder and below it. Other files are none
// of ours, and a kustomization among them builds nothing: it would be the source.
func readFolder(files fs.FS, s Source, ds *diag.List) (out []*Object, err error) {
	err = fs.WalkDir(files, s.Path, func(p string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && p != s.Path && strings.HasPrefix(d.Name(), ".") {
			return fs.SkipDir
		}
		if !d.Type().IsRegular() || !slices.Contains([]string{".yaml", ".yml", ".json"}, path.Ext(p)) {
			return nil
		}
		if kustomization(files, path.Dir(p)) == p {
			return nil // what it names is read as it stands
		}
		if d.Name() == "Chart.yaml" {
			ds.Errorf(diag.BadManifest, diag.Pos{File: p, Line: 1}, "%s is a Helm chart, not manifests", path.Dir(p)).
				WithHint("render it first: helm template RELEASE %s --values …, and import what that prints", path.Dir(p))
			return fs.SkipAll
		}
		found, err := readFile(files, p, s.Env, ds)
		out = append(out, found...)
		return err
	})
	return out, err
}
