package plan

import (
	"bytes"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestTheFirstLineNamesOwnerAndHashInTheFilesOwnSyntax(t *testing.T) {
	t.Parallel()
	for path, want := range map[string]string{
		"services/checkout/base/service.yaml": "# slipway: service/checkout, generated: do not edit, sha256:37b128c59f1f5097\na: 1\n",
		"services/checkout/README.md":         "<!-- slipway: service/checkout, generated: do not edit, sha256:37b128c59f1f5097 -->\na: 1\n",
		".gitattributes":                      "# slipway: service/checkout, generated: do not edit, sha256:37b128c59f1f5097\na: 1\n",
	} {
		got := Bytes(file(path, Service("checkout"), "a: 1\n"))
		if string(got) != want {
			t.Errorf("%s: %q", path, got)
		}
		h, ok := ParseHeader(got)
		if !ok || h != (Header{Service("checkout"), "37b128c59f1f5097"}) || !Intact(got) {
			t.Errorf("%s: read back as %v", path, h)
		}
	}
}

func TestTheFirstLineStaysUnder100ColumnsForUsualNames(t *testing.T) {
	t.Parallel()
	line := firstLine(file("x.yaml", Service(strings.Repeat("n", 31)), ""))
	if len(line) > 100 {
		t.Errorf("%d columns", len(line))
	}
}

func TestOnlyTheVeryLineIsOurs(t *testing.T) {
	t.Parallel()
	for _, line := range []string{
		"",
		"# slipway: fleet, generated: do not edit, sha256:37b128c59f1f509\n",
		"# slipway: fleet, generated: do not edit, sha256:37B128C59F1F5097\n",
		"# slipway: fleet, generated: do not edit, sha256:37b128c59f1f5097 \n",
		" # slipway: fleet, generated: do not edit, sha256:37b128c59f1f5097\n",
		"#slipway: fleet, generated: do not edit, sha256:37b128c59f1f5097\n",
		"# slipway: everybody, generated: do not edit, sha256:37b128c59f1f5097\n",
		"# slipway: service/../x, generated: do not edit, sha256:37b128c59f1f5097\n",
		"# slipway: fleet, generated: do not edit, sha256:37b128c59f1f5097 -->\n",
		"# slipway: fleet, generated: do not edit, sha256:37b128c59f1f5097",
		"\n# slipway: fleet, generated: do not edit, sha256:37b128c59f1f5097\n",
	} {
		if h, ok := ParseHeader([]byte(line)); ok {
			t.Errorf("%q is read as %v", line, h)
		}
	}
}

func TestAnyOneChangedByteBelowTheFirstLineShows(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		body := rapid.StringMatching(`([ -~]{0,20}\n){1,8}`).Draw(t, "body")
		content := Bytes(file("x.yaml", Fleet, body))
		at := rapid.IntRange(len(content)-len(body), len(content)-1).Draw(t, "at")
		to := rapid.Byte().Draw(t, "to")
		changed := bytes.Clone(content)
		changed[at] = to
		if got := Intact(changed); got != bytes.Equal(changed, content) {
			t.Fatalf("%q becomes %q: intact %v", content, changed, got)
		}
	})
}

func TestLineEndingsAloneAreNoEdit(t *testing.T) {
	t.Parallel()
	content := string(Bytes(file("x.yaml", Fleet, "a: 1\nb: 2\n")))
	for name, c := range map[string]struct {
		content string
		want    condition
	}{
		"LF":                      {content, intact},
		"CRLF, as Git checks out": {strings.ReplaceAll(content, "\n", "\r\n"), intact},
		"CRLF on the first line":  {strings.Replace(content, "\n", "\r\n", 1), edited},
		"CRLF on the last line":   {content[:len(content)-1] + "\r\n", edited},
		"a lone CR":               {content + "\r", edited},
		"a byte order mark":       {"\xef\xbb\xbf" + content, edited},
		"no last newline":         {content[:len(content)-1], edited},
	} {
		if owner, got := recognise([]byte(c.content)); got != c.want || owner != Fleet {
			t.Errorf("%s: %v of %q, want %v", name, got, owner, c.want)
		}
	}
}

func TestConflictMarkersAreRecognisedWhereverGitPutsThem(t *testing.T) {
	t.Parallel()
	ours := string(Bytes(file("x.yaml", Service("a"), "a: 1\nb: 2\n")))
	base := string(Bytes(file("x.yaml", Service("a"), "a: 0\nb: 2\n")))
	theirs := string(Bytes(file("x.yaml", Service("a"), "a: 3\nb: 2\n")))
	all := "<<<<<<< HEAD\n" + ours + "=======\n" + theirs + ">>>>>>> topic\n"
	for name, c := range map[string]struct {
		content string
		want    condition
	}{
		"around the first line":  {all, conflicted},
		"diff3":                  {"<<<<<<< HEAD\n" + ours + "||||||| 1a2b3c4\n" + base + "=======\n" + theirs + ">>>>>>> topic\n", conflicted},
		"CRLF":                   {strings.ReplaceAll(all, "\n", "\r\n"), conflicted},
		"below the first line":   {firstLine(file("x.yaml", Service("a"), "")) + "<<<<<<< HEAD\na: 1\n=======\na: 3\n>>>>>>> topic\nb: 2\n", conflicted},
		"only one of them":       {ours + "=======\n", edited},
		"in a file of another's": {"<<<<<<< HEAD\na\n=======\nb\n>>>>>>> topic\n", notOurs},
		"never ended":            {"<<<<<<< HEAD\n" + ours, notOurs},
	} {
		owner, got := recognise([]byte(c.content))
		if got != c.want || got != notOurs && owner != Service("a") {
			t.Errorf("%s: %v of %q, want %v", name, got, owner, c.want)
		}
	}
}
