package main

import (
	"bytes"
	"fmt"
	"os"
	"strings"
	"testing"
	"testing/fstest"
	"text/template"

	"slipway.dev/compiler/intake"
)

// rendered makes a system of a template in testdata, which is rendered for each environment.
func rendered(t *testing.T, name string, envs []string, values func(env int) []any) system {
	t.Helper()
	text, err := os.ReadFile("testdata/" + name + ".yaml")
	if err != nil {
		t.Fatal(err)
	}
	root := template.New(name)
	root.Funcs(template.FuncMap{"include": func(name string, values any, indent int) (string, error) {
		var b strings.Builder
		err := root.ExecuteTemplate(&b, name, values)
		return strings.ReplaceAll(b.String(), "\n", "\n"+strings.Repeat(" ", indent)), err
	}})
	template.Must(root.Parse(string(text)))
	s := system{name: name}
	files := fstest.MapFS{}
	for e, env := range envs {
		var out bytes.Buffer
		for _, v := range values(e) {
			if err := root.Execute(&out, v); err != nil {
				t.Fatal(err)
			}
			out.WriteString("\n")
		}
		files[env+".yaml"] = &fstest.MapFile{Data: out.Bytes()}
		s.sources = append(s.sources, intake.Source{Env: env, Path: env + ".yaml"})
	}
	s.files = files
	return s
}

func TestAWebProcessWithWorkersAndManyCronJobsComesBack(t *testing.T) {
	t.Parallel()
	type cron struct {
		Name, Cron, Task string
		Suspended        bool
	}
	m := comesBack(t, rendered(t, "jobs", []string{"staging", "production"}, func(e int) []any {
		var crons []cron
		for k := range 24 + 2*e { // production has some that staging has not
			crons = append(crons, cron{fmt.Sprintf("task-%02d", k), fmt.Sprintf("%d %d * * *", 7*k%60, k%24), fmt.Sprintf("cron:task_%d", k), e == 0 && k%3 == 0})
		}
		return []any{struct {
			Env, LogLevel string
			Replicas      int
			Crons         []cron
		}{[]string{"staging", "production"}[e], []string{"debug", "info"}[e], 2 + 2*e, crons}}
	}))
	if n := len(m.result.Services); n != 1 {
		t.Errorf("%d services, want one with web, worker and jobs", n)
	}
}

func TestKindsNeverHeardOfComeBack(t *testing.T) {
	t.Parallel()
	m := comesBack(t, rendered(t, "custom", []string{"dev", "qa", "production"}, func(e int) []any {
		return []any{struct {
			Env, Size string
			Replicas  int
			Names     []string
		}{[]string{"dev", "qa", "production"}[e], []string{"10Gi", "10Gi", "500Gi"}[e], 1 + 2*e, []string{"rater", "ledger-export", "mediation", "collector"}}}
	}))
	for _, s := range m.result.Services {
		for env, objects := range s.Objects {
			if len(objects) < 5 {
				t.Errorf("%s has %d objects in %s, and not its custom resources", s.Name, len(objects), env)
			}
		}
	}
}
