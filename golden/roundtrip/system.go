package main

import (
	"bytes"
	"io/fs"
	"path"
	"slices"
	"strings"

	"slipway.dev/compiler/intake"
)

// system is what is imported together.
type system struct {
	name     string
	files    fs.FS
	sources  []intake.Source
	original int // lines of what people wrote for it; 0 where only the rendered form is known
}

// stages are names of environments, in the order of promotion.
var stages = []string{"dev", "development", "test", "qa", "stage", "staging", "preprod", "prod", "production"}

// find lists the systems of a folder of cases.
func find(cases fs.FS) ([]system, error) {
	dirs, err := fs.ReadDir(cases, ".")
	if err != nil {
		return nil, err
	}
	var out []system
	for _, d := range dirs {
		files, err := fs.Glob(cases, path.Join(d.Name(), "reference", "*.yaml"))
		if err != nil {
			return nil, err
		}
		lines := written(cases, path.Join(d.Name(), "raw"))
		var staged []intake.Source
		for _, f := range files {
			variant := strings.TrimSuffix(path.Base(f), ".yaml")
			if slices.Contains(stages, variant) {
				staged = append(staged, intake.Source{Env: variant, Path: f})
				continue
			}
			out = append(out, system{name: d.Name() + " " + variant, files: cases, sources: []intake.Source{{Env: strings.TrimPrefix(variant, "variant-"), Path: f}}})
		}
		slices.SortFunc(staged, func(a, b intake.Source) int { return slices.Index(stages, a.Env) - slices.Index(stages, b.Env) })
		if len(staged) > 0 {
			out = append(out, system{d.Name(), cases, staged, lines})
		}
	}
	return out, nil
}

// written counts the lines of YAML in a folder.
func written(files fs.FS, dir string) (n int) {
	_ = fs.WalkDir(files, dir, func(p string, d fs.DirEntry, err error) error {
		if err == nil && d.Type().IsRegular() && (path.Ext(p) == ".yaml" || path.Ext(p) == ".yml") {
			content, _ := fs.ReadFile(files, p)
			n += lines(content, "#")
		}
		return nil
	})
	return n
}

// lines counts those that say something.
func lines(content []byte, comment string) (n int) {
	for line := range bytes.Lines(content) {
		if l := strings.TrimSpace(string(line)); l != "" && l != "---" && !strings.HasPrefix(l, comment) {
			n++
		}
	}
	return n
}
