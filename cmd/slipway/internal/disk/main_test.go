package disk

import (
	"context"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"

	"slipway.dev/compiler/plan"
)

// killAt, in the environment, makes the test binary a run that is killed at
// that step; see kill_test.go.
const killAt = "SLIPWAY_TEST_KILL_AT"

func TestMain(m *testing.M) {
	if at := os.Getenv(killAt); at != "" {
		n, err := strconv.Atoi(at)
		if err != nil {
			panic(err)
		}
		killedRun(os.Args[1], n)
		return
	}
	os.Exit(m.Run())
}

func file(path string, owner plan.Owner, body string) plan.File {
	return plan.File{Path: path, Owner: owner, Body: []byte(body)}
}

func newPlan(tb testing.TB, files ...plan.File) plan.Plan {
	tb.Helper()
	p, clashes := plan.New(files)
	if len(clashes) > 0 {
		tb.Fatal(clashes)
	}
	return p
}

// content is p's files as they stand on disk.
func content(p plan.Plan) map[string]string {
	out := map[string]string{}
	for _, f := range p.Files {
		out[f.Path] = string(plan.Bytes(f))
	}
	return out
}

// newFolder is a folder that holds these files.
func newFolder(tb testing.TB, files map[string]string) string {
	tb.Helper()
	dir := filepath.Join(tb.TempDir(), "deploy")
	if err := putFiles(dir, files); err != nil {
		tb.Fatal(err)
	}
	return dir
}

func putFiles(dir string, files map[string]string) error {
	for path, content := range files {
		path = filepath.Join(dir, path)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			return err
		}
		if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
			return err
		}
	}
	return nil
}

// snapshot is all that is below dir: files with their contents, empty folders
// and symlinks with what they are.
func snapshot(tb testing.TB, dir string) map[string]string {
	tb.Helper()
	out := map[string]string{}
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if os.IsNotExist(err) {
			return nil
		}
		if err != nil {
			return err
		}
		name, err := filepath.Rel(dir, path)
		if err != nil {
			return err
		}
		name = filepath.ToSlash(name)
		switch {
		case d.IsDir():
			if inside, err := os.ReadDir(path); err != nil || len(inside) > 0 || path == dir {
				return err
			}
			out[name] = "an empty folder"
		case d.Type()&fs.ModeSymlink != 0:
			to, err := os.Readlink(path)
			out[name] = "a symlink to " + to
			return err
		case d.Type().IsRegular():
			content, err := os.ReadFile(path)
			out[name] = string(content)
			return err
		}
		return nil
	})
	if err != nil {
		tb.Fatal(err)
	}
	return out
}

func same(tb testing.TB, got, want map[string]string) {
	tb.Helper()
	for _, path := range slices.Sorted(maps.Keys(want)) {
		if got[path] != want[path] {
			tb.Errorf("%s is %q, want %q", path, got[path], want[path])
		}
	}
	for _, path := range slices.Sorted(maps.Keys(got)) {
		if _, ok := want[path]; !ok {
			tb.Errorf("%s is there", path)
		}
	}
}

// tryCommit compares and commits, for the whole fleet.
func tryCommit(out *Output, p plan.Plan) (Summary, error) {
	entries, err := plan.Compare(p, out, plan.Scope{Whole: true})
	if err != nil {
		return Summary{}, err
	}
	return out.Commit(context.Background(), entries, CommitOptions{Prune: true})
}

// failAt returns a hook that fails the n-th step with err, and counts.
func failAt(n int, err error) (before func(op, path string) error, steps *atomic.Int64, op *atomic.Value) {
	steps, op = new(atomic.Int64), new(atomic.Value)
	return func(o, path string) error {
		if steps.Add(1) == int64(n) {
			op.Store(o)
			return err
		}
		return nil
	}, steps, op
}

func hasTemp(files map[string]string) bool {
	for path := range files {
		if strings.Contains(path, plan.TempPrefix) {
			return true
		}
	}
	return false
}

// before and after are a fleet that changes in every way a run can change it.
func beforeAndAfter(tb testing.TB) (before, after plan.Plan) {
	tb.Helper()
	a, b, c := plan.Service("a"), plan.Service("b"), plan.Service("c")
	before = newPlan(tb,
		file("services/a/base/stale.yaml", a, "x: 0\n"), file("services/a/base/same.yaml", a, "x: 0\n"),
		file("services/a/base/gone.yaml", a, "x: 0\n"), file("services/b/base/stale.yaml", b, "x: 0\n"),
		file("services/c/base/gone.yaml", c, "x: 0\n"), file("README.md", plan.Fleet, "0\n"))
	after = newPlan(tb,
		file("services/a/base/stale.yaml", a, "x: 1\n"), file("services/a/base/same.yaml", a, "x: 0\n"),
		file("services/a/overlays/prod/new.yaml", a, "x: 1\n"), file("services/b/base/stale.yaml", b, "x: 1\n"),
		file("services/b/base/new.yaml", b, "x: 1\n"), file("README.md", plan.Fleet, "1\n"))
	return before, after
}
