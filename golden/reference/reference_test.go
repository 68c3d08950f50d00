// Package reference writes docs/reference.md and docs/kubernetes.md: every field of the
// schema, and what becomes of it. That is measured, never told: specs.txtar says every
// field, and what the output lacks without it is what it becomes.
package reference

import (
	"bytes"
	"flag"
	"os"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"slipway.dev/compiler/layer"
	"slipway.dev/schema"
)

var update = flag.Bool("update", false, "write docs/reference.md and docs/kubernetes.md")

// measured is the book, which takes its time.
var measured = struct {
	sync.Once
	*book
}{}

func theBook(t *testing.T) *book {
	t.Helper()
	measured.Do(func() { measured.book = newBook(t) })
	if measured.book == nil {
		t.Skip("the other test says why")
	}
	return measured.book
}

func newBook(t *testing.T) *book {
	c, d := readCorpus(t), readSchema(t)
	b := &book{definitions: d, defaults: defaults(t)}
	for _, p := range []*part{
		{kind: "service", file: "service.cue", intro: "A service's file, services/NAME.cue."},
		{kind: "platform", file: "platform.cue", intro: "The platform's file."},
		{kind: "record", file: "release record", intro: "releases/ENV/SERVICE.yaml, which `slipway promote` and pipelines write."},
	} {
		switch p.kind {
		case "service":
			p.sections = d.sections("#Service", "", layer.TypeOf[schema.Service]())
		case "platform":
			p.sections = d.sections("#Platform", "", layer.TypeOf[schema.Platform]())
		case "record":
			p.sections = d.sections("#Record", "", nil)
		}
		var fields []*field
		for _, s := range p.sections {
			fields = append(fields, s.fields...)
		}
		p.results = measure(t, c, p.kind, fields)
		if p.kind == "service" {
			p.layers = c.layersOf(t, p)
		}
		b.parts = append(b.parts, p)
	}
	return b
}

func TestReferenceSaysWhatTheSchemaSays(t *testing.T) {
	t.Parallel()
	compare(t, "../../docs/reference.md", theBook(t).reference())
}

var term = regexp.MustCompile(`(?:Kubernetes|Argo CD|Tekton): ([^.;,]*)`)

// The names of Kubernetes that comments of the schema give are in what the fields become.
func TestCommentsNameWhatFieldsBecome(t *testing.T) {
	t.Parallel()
	named := 0
	for _, p := range theBook(t).parts {
		for f, r := range p.results {
			m := term.FindStringSubmatch(f.doc)
			if m == nil || len(r.leaves) == 0 {
				continue
			}
			named++
			words := regexp.MustCompile(`[A-Za-z-]{3,}`).FindAllString(m[1], -1)
			if !slices.ContainsFunc(words, func(w string) bool { return strings.Contains(strings.ToLower(r.words), strings.ToLower(w)) }) {
				t.Errorf("%s: the comment says %q, but it becomes %v", f.path(), m[1], r.tops)
			}
		}
	}
	if named < 50 {
		t.Errorf("only %d comments name something", named)
	}
}

func TestLinksOfThePagesLeadSomewhere(t *testing.T) {
	t.Parallel()
	b := theBook(t)
	reference := string(b.reference())
	seen := map[string]bool{}
	for line := range strings.Lines(reference) {
		if title := strings.TrimLeft(line, "#"); title != line {
			if a := anchor(strings.TrimSpace(title)); seen[a] {
				t.Errorf("two headings are reached by #%s", a)
			} else {
				seen[a] = true
			}
		}
	}
	for _, m := range regexp.MustCompile(`\]\((?:reference\.md)?#([^)]*)\)`).FindAllStringSubmatch(reference+string(b.kubernetes()), -1) {
		if !seen[m[1]] {
			t.Errorf("nothing is reached by #%s", m[1])
		}
	}
}

func TestKubernetesPageIsMeasured(t *testing.T) {
	t.Parallel()
	b := theBook(t)
	compare(t, "../../docs/kubernetes.md", b.kubernetes())
	rows := b.rows()
	for _, c := range constructs {
		area, path, _ := strings.Cut(c, " ")
		if len(rows[spot{area, path}]) == 0 {
			t.Errorf("docs/kubernetes.md has no row for %s", c)
		}
	}
}

func compare(t *testing.T, file string, want []byte) {
	t.Helper()
	if *update {
		if err := os.WriteFile(file, want, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("%s is not what the schema says and the compiler does; `make golden` rewrites it", file)
	}
}
