package parsers_test

import (
	"bytes"
	"os"
	"strings"
	"testing"

	"slipway.dev/golden/cluster/judge"
	"slipway.dev/golden/cluster/parsers"
)

// trees are the committed outputs.
var trees = []string{"online-boutique", "bank-of-anthos", "legacy"}

func TestCommittedTreesAreReadAlikeInThisProcess(t *testing.T) {
	t.Parallel()
	j := parsers.Judge()
	for _, name := range trees {
		tree, wrong := judge.Read(os.DirFS("../../" + name))
		if len(wrong) > 0 || len(tree.Documents) == 0 {
			t.Fatalf("%s: %d documents, %v", name, len(tree.Documents), wrong)
		}
		for _, f := range j.Judge(tree) {
			t.Error(f)
		}
	}
}

const service = `# a comment
apiVersion: v1
kind: Service
metadata:
  name: cart
  annotations:
    commit: "12345e6"
    script: |
      a:
      	b
spec:
  ports:
  - port: 80
`

func TestEveryFaultOfFormOrTypeIsFound(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ from, to, want string }{
		{"", "", ""},
		{`"12345e6"`, `12345e6`, `metadata.annotations.commit`},
		{`"12345e6"`, `~`, `a null`},
		{`"12345e6"`, `12:30:45`, `none to YAML 1.1`},
		{`"12345e6"`, `1e400`, `none to YAML 1.1`},
		{`"12345e6"`, `=`, `none to YAML 1.1`},
		{`"12345e6"`, `a #b`, `the comment #b`},
		{`"12345e6"`, `no`, `reads the string "no"`},
		{`"12345e6"`, `2026-01-01`, `the other`},
		{`"12345e6"`, `&a x`, `the anchor &a`},
		{`"12345e6"`, `!!str 5`, `the tag !!str`},
		{`"12345e6"`, `[&a b, *a]`, `the alias *a`},
		{`"12345e6"`, "\"a\"\n    commit: b", `commit`},
		{`commit:`, `1:`, `a key of type !!int`},
		{`commit: "12345e6"`, `<<: {a: b}`, `a merge key`},
		{`"12345e6"`, "\"\u2028\"", `U+2028`},
		{`"12345e6"`, "\"\ufeff\"", `U+FEFF`},
		{`"12345e6"`, "\"\u0085\"", `U+0085`},
		{`"12345e6"`, "\"\u202e\"", `U+202E`},
		{`"12345e6"`, "\"\xff\"", `not UTF-8`},
		{`"12345e6"`, "\"\tb\"", `a tab`},
		{`80`, "80\t# tab", `a tab`},
		{"spec:\n", "spec:\r\n", `U+000D`},
		{"spec:\n", "spec: [\n", `sigs.k8s.io/yaml`},
	} {
		file := strings.Replace(service, c.from, c.to, 1)
		tree, _ := judge.NewTree(map[string][]byte{"x.yaml": []byte(file)})
		var said strings.Builder
		for _, f := range parsers.Judge().Judge(tree) {
			said.WriteString(f.String() + "\n")
		}
		if got := said.String(); c.want == "" && got != "" || !strings.Contains(got, c.want) {
			t.Errorf("%q for %q: want a finding with %q, got %q", c.to, c.from, c.want, got)
		}
	}
}

// TestTheParsersOfOtherProcessesFindMore shows that they are alive: each misreads something
// that those written in Go agree on.
func TestTheParsersOfOtherProcessesFindMore(t *testing.T) {
	t.Parallel()
	all := read(t, []byte("a: =\n"), []byte("a: e123456\n"), []byte("a: 1e400\n"), []byte("a: 010\n"), []byte("a: 12:30:45\n"))
	var said bytes.Buffer
	for _, d := range parsers.Compare(all) {
		said.WriteString(d.Message + "\n")
	}
	for name := range all {
		if name != parsers.Kubernetes && !strings.Contains(name, "go") && !strings.Contains(said.String(), name) {
			t.Errorf("%s finds nothing", name)
		}
	}
}
