package runbook_test

import (
	"fmt"
	"io/fs"
	"os"
	"regexp"
	"strings"
	"testing"

	"slipway.dev/compiler"
	"slipway.dev/compiler/ir"
	"slipway.dev/golden/fleets"
	"slipway.dev/targets"
	"slipway.dev/targets/runbook"
	"slipway.dev/targets/tekton"
)

func compiled(t testing.TB, fleet fs.FS) *ir.Fleet {
	t.Helper()
	o := targets.Options()
	o.Targets = nil
	r, err := compiler.Compile(fleet, o)
	if err != nil {
		t.Fatal(err)
	}
	if r.Diags.HasErrors() {
		t.Fatal(r.Diags.All()[0])
	}
	return r.Fleet
}

func pages(t testing.TB, f *ir.Fleet) map[string]string {
	t.Helper()
	out := map[string]string{}
	for _, s := range f.Services {
		files, err := runbook.Target{Pipelines: tekton.Drawn}.Service(f.Platform, s)
		if err != nil {
			t.Fatal(err)
		}
		for _, file := range files {
			out[s.Name] = string(file.Body)
		}
	}
	return out
}

// A promotion writes a record and a copy of the spec; no page may say anything of them.
func TestNoReleaseChangesARunbook(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"online-boutique", "bank-of-anthos"} {
		fleet := os.DirFS("../../examples/" + name)
		with, without := pages(t, compiled(t, fleet)), pages(t, compiled(t, unreleased{fleet}))
		for service, page := range with {
			if without[service] != page {
				t.Errorf("%s: %s differs with its releases", name, service)
			}
		}
		if len(with) == 0 {
			t.Errorf("%s has no pages", name)
		}
	}
}

// unreleased is a fleet to which nothing was released.
type unreleased struct{ fs.FS }

func (u unreleased) Open(name string) (fs.File, error) {
	if name == "releases" || strings.HasPrefix(name, "releases/") {
		return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrNotExist}
	}
	return u.FS.Open(name)
}

// What is printed on a page is meant to be pasted into a shell, and every part of Markdown
// must end where it should.
func TestPagesAreWholeMarkdown(t *testing.T) {
	t.Parallel()
	for service, page := range pages(t, compiled(t, fleets.Generate(200, 3))) {
		if strings.Count(page, "\n```")%2 != 0 {
			t.Errorf("%s: a block does not end", service)
		}
		if strings.Contains(page, "%!") {
			t.Errorf("%s: a verb without its value", service)
		}
		columns := 0
		for line := range strings.Lines(page) {
			if !strings.HasPrefix(line, "|") {
				columns = 0
				continue
			}
			n := len(regexp.MustCompile(`[^\\]\|`).FindAllString(line, -1))
			if columns != 0 && n != columns {
				t.Errorf("%s: %d cells instead of %d: %s", service, n, columns, line)
			}
			columns = n
		}
	}
}

func BenchmarkService(b *testing.B) {
	f := compiled(b, fleets.Generate(100, 1))
	for _, with := range []bool{true, false} {
		b.Run(fmt.Sprintf("pipelines=%v", with), func(b *testing.B) {
			t := runbook.Target{}
			if with {
				t.Pipelines = tekton.Drawn
			}
			for b.Loop() {
				for _, s := range f.Services {
					if _, err := t.Service(f.Platform, s); err != nil {
						b.Fatal(err)
					}
				}
			}
			b.ReportMetric(b.Elapsed().Seconds()*1e6/float64(b.N)/100, "µs/service")
		})
	}
}
