package plan

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"pgregory.net/rapid"
)

// outputFolder is an output folder in memory, with the plan's files as they are
// written and others beside them.
func outputFolder(p Plan, others map[string]string) fstest.MapFS {
	out := fstest.MapFS{}
	for _, f := range p.Files {
		out[f.Path] = &fstest.MapFile{Data: Bytes(f), Mode: 0o644}
	}
	for path, content := range others {
		out[path] = &fstest.MapFile{Data: []byte(content), Mode: 0o644}
	}
	return out
}

// show is what a comparison found, without what is up to date.
func show(entries []Entry) string {
	var b strings.Builder
	for _, e := range Findings(entries) {
		fmt.Fprintf(&b, "%s: %s", e.Path, e.State)
		if e.Note != NoNote {
			fmt.Fprintf(&b, " (%d)", e.Note)
		}
		if e.Obstacle != nil {
			fmt.Fprintf(&b, " (%s)", e.Obstacle)
		}
		b.WriteString("; ")
	}
	return strings.TrimSuffix(b.String(), "; ")
}

func TestEachStateIsToldApart(t *testing.T) {
	t.Parallel()
	a := Service("a")
	p, _ := New([]File{file("a/x.yaml", a, "x: 1\n"), file("fleet.md", Fleet, "Hello.\n")})
	written := string(Bytes(file("a/x.yaml", a, "x: 1\n")))
	before := string(Bytes(file("a/x.yaml", a, "x: 0\n")))
	for name, c := range map[string]struct {
		others map[string]string
		links  map[string]fs.FileMode
		want   string
	}{
		"up to date":                      {},
		"up to date with CRLF":            {others: map[string]string{"a/x.yaml": strings.ReplaceAll(written, "\n", "\r\n")}},
		"stale":                           {others: map[string]string{"a/x.yaml": before}, want: "a/x.yaml: stale"},
		"stale with CRLF":                 {others: map[string]string{"a/x.yaml": strings.ReplaceAll(before, "\n", "\r\n")}, want: "a/x.yaml: stale"},
		"of another owner":                {others: map[string]string{"a/x.yaml": string(Bytes(file("x.yaml", Service("b"), "x: 1\n")))}, want: "a/x.yaml: stale"},
		"edited":                          {others: map[string]string{"a/x.yaml": written + "y: 2\n"}, want: "a/x.yaml: hand-edited"},
		"emptied":                         {others: map[string]string{"a/x.yaml": ""}, want: "a/x.yaml: hand-edited"},
		"conflicted":                      {others: map[string]string{"a/x.yaml": "<<<<<<< HEAD\n" + written + "=======\n" + before + ">>>>>>> b\n"}, want: "a/x.yaml: hand-edited (1)"},
		"foreign":                         {others: map[string]string{"a/x.yaml": "x: 1\n"}, want: "a/x.yaml: foreign"},
		"a symlink":                       {links: map[string]fs.FileMode{"a/x.yaml": fs.ModeSymlink}, want: "a/x.yaml: foreign (a/x.yaml is a symlink)"},
		"below a symlink":                 {links: map[string]fs.FileMode{"a": fs.ModeSymlink}, want: "a/x.yaml: foreign (a is a symlink)"},
		"a folder":                        {links: map[string]fs.FileMode{"a/x.yaml": fs.ModeDir}, want: "a/x.yaml: foreign (a/x.yaml is a folder, not a file)"},
		"below a file":                    {links: map[string]fs.FileMode{"a": 0}, want: "a/x.yaml: foreign (a is a file, not a folder)"},
		"a pipe":                          {links: map[string]fs.FileMode{"a/x.yaml": fs.ModeNamedPipe}, want: "a/x.yaml: foreign (a/x.yaml is neither a file nor a folder)"},
		"below a pipe":                    {links: map[string]fs.FileMode{"a": fs.ModeNamedPipe}, want: "a/x.yaml: foreign (a is neither a file nor a folder)"},
		"orphan":                          {others: map[string]string{"b/x.yaml": before}, want: "b/x.yaml: orphan"},
		"orphan between others":           {others: map[string]string{"a/b.yaml": before}, want: "a/b.yaml: orphan"},
		"edited orphan":                   {others: map[string]string{"b/x.yaml": before + "y: 2\n"}, want: "b/x.yaml: edited orphan"},
		"conflicted orphan":               {others: map[string]string{"b/x.yaml": "<<<<<<< HEAD\n" + before + "=======\n" + written + ">>>>>>> b\n"}, want: "b/x.yaml: edited orphan (1)"},
		"orphan that differs in case":     {others: map[string]string{"A/x.yaml": written}, want: "A/x.yaml: edited orphan (2)"},
		"somebody's own file":             {others: map[string]string{"b/x.txt": "x: 1\n", "b/empty": ""}},
		"somebody's own manifest":         {others: map[string]string{"b/x.yaml": "x: 1\n", "b/empty.yaml": ""}, want: "b/empty.yaml: stray; b/x.yaml: stray"},
		"our line in a repository's .git": {others: map[string]string{".git/x.yaml": before, "b/.git/x.yaml": before}},
		"a temporary file":                {others: map[string]string{"b/.slipway-0123456789abcdef-1.tmp": before}},
		"an unplanned symlink":            {links: map[string]fs.FileMode{"b.yaml": fs.ModeSymlink}},
	} {
		tree := outputFolder(p, c.others)
		for path, mode := range c.links {
			tree[path] = &fstest.MapFile{Mode: mode | 0o644, Data: []byte("fleet.md")}
			if path == "a" {
				delete(tree, "a/x.yaml")
			}
		}
		entries, err := Compare(p, FromFS(tree), Scope{Whole: true})
		if err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if got := show(entries); got != c.want {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}

func TestNoOutputFolderMeansThatAllIsMissing(t *testing.T) {
	t.Parallel()
	p, _ := New([]File{file("a/x.yaml", Service("a"), "x: 1\n"), file("fleet.md", Fleet, "Hello.\n")})
	entries, err := Compare(p, FromFS(fstest.MapFS{}), Scope{Whole: true})
	if got := show(entries); err != nil || got != "a/x.yaml: missing; fleet.md: missing" {
		t.Errorf("%v: %s", err, got)
	}
	if string(entries[0].New) != string(Bytes(p.Files[0])) {
		t.Errorf("new is %q", entries[0].New)
	}
}

func TestARunSpeaksForItsScopeOnly(t *testing.T) {
	t.Parallel()
	a, b := Service("a"), Service("b")
	p, _ := New([]File{
		file("a/dev/x.yaml", a, "x: 1\n"), file("a/prod/x.yaml", a, "x: 1\n"),
		file("b/x.yaml", b, "x: 1\n"), file("fleet.yaml", Fleet, "x: 1\n"),
	})
	tree := fstest.MapFS{
		"a/gone.yaml": {Data: Bytes(file("x.yaml", a, "x: 0\n"))},
		"b/gone.yaml": {Data: Bytes(file("x.yaml", b, "x: 0\n"))},
		"b/mine.yaml": {Data: append(Bytes(file("x.yaml", b, "x: 0\n")), "y: 1\n"...)},
	}
	prod := func(path string) bool { return strings.Contains(path, "prod") }
	for name, c := range map[string]struct {
		scope Scope
		want  string
	}{
		"nobody":       {Scope{}, ""},
		"one service":  {Scope{Owners: []Owner{a}}, "a/dev/x.yaml: missing; a/prod/x.yaml: missing"},
		"one of it":    {Scope{Owners: []Owner{a}, Paths: prod}, "a/prod/x.yaml: missing"},
		"fleet files":  {Scope{Owners: []Owner{Fleet}}, "fleet.yaml: missing"},
		"one env":      {Scope{Whole: true, Paths: prod}, "a/prod/x.yaml: missing"},
		"b is broken":  {Scope{Whole: true, Kept: []Owner{b}}, "a/dev/x.yaml: missing; a/gone.yaml: orphan; a/prod/x.yaml: missing; fleet.yaml: missing"},
		"only b, kept": {Scope{Owners: []Owner{b}, Kept: []Owner{b}}, ""},
		"everybody": {Scope{Whole: true}, "a/dev/x.yaml: missing; a/gone.yaml: orphan; a/prod/x.yaml: missing; " +
			"b/gone.yaml: orphan; b/mine.yaml: edited orphan; b/x.yaml: missing; fleet.yaml: missing"},
	} {
		entries, err := Compare(p, FromFS(tree), c.scope)
		if got := show(entries); err != nil || got != c.want {
			t.Errorf("%s: %v: %q, want %q", name, err, got, c.want)
		}
	}
}

// reader is a tree that notes what is asked of it, and cannot read one path.
type reader struct {
	Tree
	read   chan string
	broken string
}

func (r reader) List() ([]string, error) {
	r.read <- "LIST"
	return r.Tree.List()
}

func (r reader) Read(path string) ([]byte, error) {
	r.read <- path
	if path == r.broken {
		return nil, errors.New("read " + path + ": input/output error")
	}
	return r.Tree.Read(path)
}

func TestANarrowScopeReadsOnlyWhatIsPlanned(t *testing.T) {
	t.Parallel()
	p, _ := New([]File{file("a/x.yaml", Service("a"), ""), file("b/x.yaml", Service("b"), "")})
	r := reader{FromFS(outputFolder(p, map[string]string{"a/y.yaml": ""})), make(chan string, 10), ""}
	if _, err := Compare(p, r, Scope{Owners: []Owner{Service("a")}}); err != nil {
		t.Fatal(err)
	}
	close(r.read)
	for path := range r.read {
		if path != "a/x.yaml" {
			t.Errorf("%s was read", path)
		}
	}
}

func TestAFileThatCannotBeReadIsAnErrorPlannedOrNot(t *testing.T) {
	t.Parallel()
	p, _ := New([]File{file("a/x.yaml", Service("a"), "")})
	for _, path := range []string{"a/x.yaml", "a/y.yaml"} {
		r := reader{FromFS(outputFolder(p, map[string]string{"a/y.yaml": ""})), make(chan string, 10), path}
		_, err := Compare(p, r, Scope{Whole: true})
		if err == nil || err.Error() != "read "+path+": input/output error" {
			t.Errorf("%s: %v", path, err)
		}
	}
}

// listing is a tree that names one file too many, or none.
type listing struct {
	Tree
	paths []string
	err   error
}

func (l listing) List() ([]string, error) { return l.paths, l.err }

func TestAFileThatIsGoneSinceItWasListedIsNoOrphan(t *testing.T) {
	t.Parallel()
	entries, err := Compare(Plan{}, listing{FromFS(fstest.MapFS{}), []string{"a/x.yaml"}, nil}, Scope{Whole: true})
	if err != nil || len(entries) != 0 {
		t.Errorf("%v: %v", err, entries)
	}
}

func TestAFolderThatCannotBeListedIsAnError(t *testing.T) {
	t.Parallel()
	broken := errors.New("list deploy: input/output error")
	if _, err := Compare(Plan{}, listing{FromFS(fstest.MapFS{}), nil, broken}, Scope{Whole: true}); !errors.Is(err, broken) {
		t.Errorf("%v", err)
	}
	if files, err := FromFS(os.DirFS(filepath.Join(t.TempDir(), "deploy"))).List(); err != nil || len(files) != 0 {
		t.Errorf("no folder at all: %v", err)
	}
	if _, err := FromFS(brokenFS{}).List(); !errors.Is(err, fs.ErrPermission) {
		t.Errorf("an unreadable folder: %v", err)
	}
}

type brokenFS struct{}

func (brokenFS) Open(path string) (fs.File, error) {
	return nil, &fs.PathError{Op: "open", Path: path, Err: fs.ErrPermission}
}

func TestWhateverIsInTheFolderNothingButOursIsEverAnOrphan(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		p, _ := New([]File{file("a/x.yaml", Service("a"), "x: 1\n")})
		tree := outputFolder(p, nil)
		for range rapid.IntRange(0, 5).Draw(t, "files") {
			path := rapid.SampledFrom([]string{"a/y.yaml", "b", "b/x.md", "A/X.yaml", "z.yaml"}).Draw(t, "path")
			content := Bytes(file("x.yaml", Service("b"), "y: 1\n"))
			cut := rapid.IntRange(0, len(content)).Draw(t, "cut")
			insert := rapid.SliceOfN(rapid.Byte(), 0, 3).Draw(t, "insert")
			content = append(append(append([]byte{}, content[:cut]...), insert...), content[cut:]...)
			tree[path] = &fstest.MapFile{Data: content}
		}
		entries, err := Compare(p, FromFS(tree), Scope{Whole: true})
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range entries {
			if e.State == Orphan && !Intact(tree[e.Path].Data) {
				t.Fatalf("%s is an orphan: %q", e.Path, tree[e.Path].Data)
			}
		}
	})
}
