package disk

import (
	"context"
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"slipway.dev/compiler/plan"
)

// fleet is a plan of the size that a large company writes: some forty files of
// 2 KB a service.
func fleet(tb testing.TB, services int) plan.Plan {
	tb.Helper()
	var files []plan.File
	for s := range services {
		name := fmt.Sprintf("service-%04d", s)
		for _, dir := range []string{"base", "overlays/dev", "overlays/dev/release", "overlays/prod", "overlays/prod/release"} {
			for f := range 8 {
				files = append(files, plan.File{
					Path:  fmt.Sprintf("services/%s/%s/file-%d.yaml", name, dir, f),
					Owner: plan.Service(name),
					Body:  []byte(fmt.Sprintf("name: %s\n", name) + strings.Repeat("key: value of some length\n", 80)),
				})
			}
		}
	}
	p, clashes := plan.New(files)
	if len(clashes) > 0 {
		tb.Fatal(clashes)
	}
	return p
}

func BenchmarkCompare40000UpToDateFiles(b *testing.B) {
	p := fleet(b, 1000)
	out := open(b, filepath.Join(b.TempDir(), "deploy"))
	commit(b, out, compare(b, p, out, plan.Scope{Whole: true}))
	for b.Loop() {
		out.folders.Clear()
		if entries := compare(b, p, out, plan.Scope{Whole: true}); len(plan.Findings(entries)) > 0 {
			b.Fatal(plan.Findings(entries)[0])
		}
	}
}

func BenchmarkCompareOneServiceOf1000(b *testing.B) {
	p := fleet(b, 1000)
	out := open(b, filepath.Join(b.TempDir(), "deploy"))
	commit(b, out, compare(b, p, out, plan.Scope{Whole: true}))
	scope := plan.Scope{Owners: []plan.Owner{plan.Service("service-0500")}}
	for b.Loop() {
		out.folders.Clear()
		if entries := compare(b, p, out, scope); len(entries) != 40 {
			b.Fatal(len(entries))
		}
	}
}

func BenchmarkCommit40000NewFiles(b *testing.B) {
	p := fleet(b, 1000)
	for b.Loop() {
		out := open(b, filepath.Join(b.TempDir(), "deploy"))
		commit(b, out, compare(b, p, out, plan.Scope{Whole: true}))
	}
}

func open(tb testing.TB, dir string) *Output {
	tb.Helper()
	out, err := Open(dir)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { out.Close() })
	return out
}

func compare(tb testing.TB, p plan.Plan, out *Output, scope plan.Scope) []plan.Entry {
	tb.Helper()
	entries, err := plan.Compare(p, out, scope)
	if err != nil {
		tb.Fatal(err)
	}
	return entries
}

func commit(tb testing.TB, out *Output, entries []plan.Entry) Summary {
	tb.Helper()
	summary, err := out.Commit(context.Background(), entries, CommitOptions{Prune: true})
	if err != nil {
		tb.Fatal(err)
	}
	return summary
}
