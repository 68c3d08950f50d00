package plan

import (
	"reflect"
	"slices"
	"strings"
	"testing"
)

func file(path string, owner Owner, body string) File {
	return File{Path: path, Owner: owner, Body: []byte(body)}
}

func TestNewSortsByPathWhateverTheOrder(t *testing.T) {
	t.Parallel()
	files := []File{
		file("services/b/base/x.yaml", Service("b"), "b: 1\n"),
		file("README.md", Fleet, "# Fleet\n"),
		file("services/a/base/x.yaml", Service("a"), ""),
	}
	p, clashes := New(files)
	slices.Reverse(files)
	q, _ := New(files)
	if len(clashes) != 0 || !reflect.DeepEqual(p, q) {
		t.Fatalf("%v\n%v\n%v", clashes, p, q)
	}
	if f, ok := p.Lookup("README.md"); !ok || f.Owner != Fleet {
		t.Error("README.md is not found")
	}
	if _, ok := p.Lookup("README"); ok {
		t.Error("README is found")
	}
}

func TestTwoFilesThatCannotBothBeWrittenClash(t *testing.T) {
	t.Parallel()
	a, b := Service("a"), Service("b")
	for name, c := range map[string]struct {
		first, second string
		want          []Clash
	}{
		"the same path":           {"x.yaml", "x.yaml", []Clash{{"x.yaml", "x.yaml", a, b}}},
		"the same but for case":   {"X.yaml", "x.yaml", []Clash{{"X.yaml", "x.yaml", a, b}}},
		"a folder but for case":   {"D/x.yaml", "d/y.yaml", []Clash{{"D/x.yaml", "d/y.yaml", a, b}}},
		"a file that is a folder": {"d.md", "d.md/x.yaml", []Clash{{"d.md", "d.md/x.yaml", a, b}}},
		"a folder that is a file": {"D.md/x.yaml", "d.md", []Clash{{"D.md/x.yaml", "d.md", a, b}}},
		"neighbours":              {"d/x.yaml", "d/y.yaml", nil},
		"a name with a beginning": {"d/x.yaml", "d-x/x.yaml", nil},
	} {
		p, got := New([]File{file(c.first, a, ""), file(c.second, b, "")})
		if !reflect.DeepEqual(got, c.want) {
			t.Errorf("%s: %v, want %v", name, got, c.want)
		}
		if len(p.Files) != 2-len(c.want) {
			t.Errorf("%s: %d files", name, len(p.Files))
		}
	}
}

func TestEveryClashIsReportedInOrder(t *testing.T) {
	t.Parallel()
	a, b := Service("a"), Service("b")
	p, clashes := New([]File{
		file("y.md", a, ""), file("y.md/z.yaml", b, ""), file("y.md", a, ""), file("x.yaml", a, ""), file("x.yaml", b, ""), file("X.yaml", a, ""),
	})
	want := []Clash{{"X.yaml", "x.yaml", a, a}, {"X.yaml", "x.yaml", a, b}, {"y.md", "y.md", a, a}, {"y.md", "y.md/z.yaml", a, b}}
	if !reflect.DeepEqual(clashes, want) || len(p.Files) != 2 {
		t.Errorf("%v", clashes)
	}
}

func TestWhatNoUserCanCausePanics(t *testing.T) {
	t.Parallel()
	for _, path := range []string{
		"", ".", "/x.yaml", "../x.yaml", "a/../x.yaml", "a//x.yaml", "a/", `a\x.yaml`, "C:x.yaml",
		".git/x.yaml", "a/.GIT/x.yaml", "a/.slipway-1/x.yaml", ".slipway-x.yaml", "a./x.yaml",
		"a b.yaml", "é.yaml", "a\nb.yaml", "a/x.json", "a/x", "a/yaml",
	} {
		if !panics(func() { New([]File{file(path, Fleet, "")}) }) {
			t.Errorf("path %q is taken", path)
		}
	}
	for _, owner := range []Owner{"", "service/", "service/A", "service/a/b", "checkout", "service/a--", "service/" + Owner(strings.Repeat("a", 64))} {
		if !panics(func() { New([]File{file("x.yaml", owner, "")}) }) {
			t.Errorf("owner %q is taken", owner)
		}
	}
	for _, body := range []string{"a: 1", "a: 1\r\n", "\xef\xbb\xbfa: 1\n"} {
		if !panics(func() { New([]File{file("x.yaml", Fleet, body)}) }) {
			t.Errorf("body %q is taken", body)
		}
	}
}

func panics(f func()) (did bool) {
	defer func() { did = recover() != nil }()
	f()
	return false
}
