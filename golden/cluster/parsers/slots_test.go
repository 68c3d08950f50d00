package parsers_test

import (
	"fmt"
	"os"
	"path"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"slipway.dev/catalog/versions"
)

// A slot is a place for a string in testdata/fleet, written ‹NAME:FIELD=MARKER›:
//
//	FIELD   the field of the schema's Go types that it stands in: TYPE.FIELD, with {} for a key
//	NAME    the same string stands in every slot of this name; FIELD when not given
//	MARKER  what stands there unless a trap does; one is made when not given
//
// No marker is part of another, and none occurs in the output by itself: where a marker is,
// the slot's string goes. There is at most one slot in a line, so that a diagnostic says
// which one it refuses.
type slot struct {
	name   string
	marker string
	fields []string // it is used for, sorted
	inPath bool     // it is part of a file's name
}

var slotPattern = regexp.MustCompile(`‹(?:([^:›]+):)?([^=›]+)(?:=([^›]+))?›`)

// template is the fleet of testdata with slots in place of strings.
type template struct {
	files map[string]string // by path, which may hold slots too
	slots []*slot           // sorted by name
}

// records stand where the services of the template were released.
var records = []struct{ path, text string }{
	{"releases/‹dev:Environment.Name›/‹main:Service.Name›.yaml", record("‹dev:Environment.Name›", "‹main:Service.Name›", "", true)},
	{"releases/‹prod:Environment.Name›/‹main:Service.Name›.yaml", record("‹prod:Environment.Name›", "‹main:Service.Name›", "prod-", false)},
	{"releases/‹dev:Environment.Name›/ko.yaml", record("‹dev:Environment.Name›", "ko", "ko-", true)},
}

// record is a release record as a template. Commits are hexadecimal, so are their markers.
func record(environment, service, prefix string, short bool) string {
	commit := "fedcba9876543210fedcba9876543210fedcba98"
	if short {
		commit = "fabced" + fmt.Sprintf("%x", prefix) // 7 digits at least; no part of a digest
		commit = (commit + "012345")[:max(7, len(commit))]
	}
	return fmt.Sprintf(`service: "%s"
environment: "%s"
image: "registry.example.com/‹%[3]simage:Record.Image›@sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
version: "‹%[3]sversion:Record.Version›"
commit: "‹%[3]scommit:Record.Commit=%[4]s›"
message: "‹%[3]smessage:Record.Message›"
spec: "%[5]s"
since: "2026-03-01T09:30:00Z"
by: "‹%[3]sby:Record.By›"
reason: "‹%[3]sreason:Record.Reason›"
`, service, environment, prefix, commit, versions.SpecSum(nil))
}

func newTemplate(t *testing.T) *template {
	t.Helper()
	out := &template{files: map[string]string{}}
	for from, to := range map[string]string{
		"platform.cue": "platform.cue",
		"main.cue":     "services/‹main:Service.Name›.cue",
		"peer.cue":     "services/‹peer:Service.Name›.cue",
		"ko.cue":       "services/ko.cue",
	} {
		text, err := os.ReadFile(path.Join("testdata/fleet", from))
		if err != nil {
			t.Fatal(err)
		}
		_, code, _ := strings.Cut(string(text), "import ") // comments show the notation
		out.files[to] = "import " + code
	}
	for _, r := range records {
		out.files[r.path] = r.text
	}
	found := map[string]*slot{}
	for p, text := range out.files {
		for i, line := range strings.Split(p+"\n"+text, "\n") {
			matches := slotPattern.FindAllStringSubmatch(line, -1)
			if len(matches) > 1 && i > 0 {
				t.Fatalf("%s: two slots in one line: %s", p, line)
			}
			for _, m := range matches {
				name, field := m[1], m[2]
				if name == "" {
					name = field
				}
				s := found[name]
				if s == nil {
					s = &slot{name: name}
					found[name] = s
					out.slots = append(out.slots, s)
				}
				if !slices.Contains(s.fields, field) {
					s.fields = append(s.fields, field)
					slices.Sort(s.fields)
				}
				s.marker += m[3]
				s.inPath = s.inPath || i == 0
			}
		}
	}
	slices.SortFunc(out.slots, func(a, b *slot) int { return strings.Compare(a.name, b.name) })
	for i, s := range out.slots {
		if s.marker == "" {
			s.marker = fmt.Sprintf("mk%03dx", i)
		}
	}
	return out
}

// fill makes the fleet with a string in each slot, and tells which slot a line holds, by
// "FILE:LINE".
func (t *template) fill(values map[string]string) (fstest.MapFS, map[string]string) {
	fleet, lines := fstest.MapFS{}, map[string]string{}
	for p, text := range t.files {
		at := slotPattern.ReplaceAllStringFunc(p, func(s string) string { return values[slotName(s)] })
		text = slotPattern.ReplaceAllStringFunc(text, func(s string) string { return escape(values[slotName(s)]) })
		fleet[at] = &fstest.MapFile{Data: []byte(text)}
		for i, line := range strings.Split(t.files[p], "\n") {
			if m := slotPattern.FindString(line); m != "" {
				lines[fmt.Sprintf("%s:%d", at, i+1)] = slotName(m)
			}
		}
	}
	return fleet, lines
}

func slotName(match string) string {
	m := slotPattern.FindStringSubmatch(match)
	if m[1] != "" {
		return m[1]
	}
	return m[2]
}

// escape writes s for between double quotes, as CUE and YAML both read it.
func escape(s string) string {
	var b strings.Builder
	for _, r := range s {
		switch {
		case r == '"' || r == '\\':
			b.WriteString(`\` + string(r))
		case ' ' <= r && r <= '~':
			b.WriteRune(r)
		case r <= 0xffff:
			fmt.Fprintf(&b, `\u%04x`, r)
		default:
			fmt.Fprintf(&b, `\U%08x`, r)
		}
	}
	return b.String()
}

// markers are the strings that stand in slots without a trap.
func (t *template) markers() map[string]string {
	out := map[string]string{}
	for _, s := range t.slots {
		out[s.name] = s.marker
	}
	return out
}
