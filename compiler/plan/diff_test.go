package plan

import (
	"errors"
	"strings"
	"testing"
	"testing/fstest"
)

func TestTheDiffIsWhatCommittingWouldChange(t *testing.T) {
	t.Parallel()
	a := Service("a")
	p, _ := New([]File{
		file("a/edited.yaml", a, "x: 1\n"), file("a/foreign.yaml", a, "x: 1\n"), file("a/new.yaml", a, "x: 1\n"),
		file("a/same.yaml", a, "x: 1\n"), file("a/stale.yaml", a, "1\n2\n3\n4\n5\n6\n7\n8\n9\n"),
	})
	tree := fstest.MapFS{
		"a/edited.yaml":  {Data: []byte(string(Bytes(file("x.yaml", a, "x: 1\n"))) + "y: 2")},
		"a/foreign.yaml": {Data: []byte("secret\n")},
		"a/gone.yaml":    {Data: Bytes(file("x.yaml", a, "x: 0\n"))},
		"a/kept.yaml":    {Data: []byte(string(Bytes(file("x.yaml", a, "x: 1\n"))) + "y: 2\n")},
		"a/same.yaml":    {Data: Bytes(file("x.yaml", a, "x: 1\n"))},
		"a/stale.yaml":   {Data: []byte(strings.ReplaceAll(string(Bytes(file("x.yaml", a, "1\n2\n3\n4\n5\n6\n8\n9\n"))), "\n", "\r\n"))},
	}
	entries, err := Compare(p, FromFS(tree), Scope{Whole: true})
	if err != nil {
		t.Fatal(err)
	}
	var got strings.Builder
	if err := Diff(&got, entries, "deploy", 1); err != nil {
		t.Fatal(err)
	}
	const want = `--- committed/deploy/a/edited.yaml
+++ compiled/deploy/a/edited.yaml
@@ -2,2 +2 @@
 x: 1
-y: 2
\ No newline at end of file
--- committed/deploy/a/gone.yaml
+++ /dev/null
@@ -1,2 +0,0 @@
-# slipway: service/a, generated: do not edit, sha256:1153fa703ad6f4ed
-x: 0
--- /dev/null
+++ compiled/deploy/a/new.yaml
@@ -0,0 +1,2 @@
+# slipway: service/a, generated: do not edit, sha256:d09edadd173a8bbc
+x: 1
--- committed/deploy/a/stale.yaml
+++ compiled/deploy/a/stale.yaml
@@ -1,2 +1,2 @@
-# slipway: service/a, generated: do not edit, sha256:34902ed4aec061dd
+# slipway: service/a, generated: do not edit, sha256:90cdaf13f564e4d2
 1
@@ -7,2 +7,3 @@
 6
+7
 8
`
	if got.String() != want {
		t.Errorf("%s", got.String())
	}
}

type fullPipe struct{}

func (fullPipe) Write([]byte) (int, error) { return 0, errors.New("broken pipe") }

func TestADiffThatCannotBePrintedSaysSo(t *testing.T) {
	t.Parallel()
	e := Entry{Path: "x.yaml", State: Missing, New: []byte(strings.Repeat("x\n", 10000))}
	if err := Diff(fullPipe{}, []Entry{e}, "deploy", 3); err == nil {
		t.Error("no error")
	}
}
