// Package systems makes manifests as those who have no specs write them: a fleet that is
// rendered from one chart, a web process with workers and many cron jobs, services around
// custom resources of kinds that nobody has heard of, canaries and blue-green releases of Argo
// Rollouts. Tests import them.
package systems

import (
	"bytes"
	"embed"
	"strings"
	"testing/fstest"
	"text/template"

	"slipway.dev/compiler/intake"
)

// System is what is imported together.
type System struct {
	Name     string
	Files    fstest.MapFS // a file for each environment
	Sources  []intake.Source
	Services []string // that must come of it, sorted
}

// All are all systems.
func All() []System { return []System{Chart(), Jobs(), Custom(), Rollouts()} }

// Templates are what Helm would render: specs are never made like this.
//
//go:embed *.yaml
var templates embed.FS

// rendered makes a system of a template, which is executed with all values of an environment.
func rendered(name string, envs []string, values func(env int) []any) System {
	text, err := templates.ReadFile(name + ".yaml")
	if err != nil {
		panic("systems: " + err.Error())
	}
	root := template.New(name)
	root.Funcs(template.FuncMap{"include": func(name string, values any, indent int) (string, error) {
		var b strings.Builder
		err := root.ExecuteTemplate(&b, name, values)
		return strings.ReplaceAll(b.String(), "\n", "\n"+strings.Repeat(" ", indent)), err
	}})
	template.Must(root.Parse(string(text)))
	s := System{Name: name, Files: fstest.MapFS{}}
	for e, env := range envs {
		var out bytes.Buffer
		for _, v := range values(e) {
			if err := root.Execute(&out, v); err != nil {
				panic("systems: " + err.Error())
			}
			out.WriteString("\n")
		}
		s.Files[env+".yaml"] = &fstest.MapFile{Data: out.Bytes()}
		s.Sources = append(s.Sources, intake.Source{Env: env, Path: env + ".yaml"})
	}
	return s
}
