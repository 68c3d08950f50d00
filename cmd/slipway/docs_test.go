package main

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// What the documents show is what happens. Each of these is run from top to bottom in a
// folder of its own:
//
//   - a ```console block: its `$ ` lines are commands of a shell, what follows is what they
//     print. A line `...` stands for any lines, `…` in a line for any text.
//   - a ```cue block that begins with `// PATH.cue` is written to that file.
//   - <!-- run: COMMAND --> is what the text asks the reader to do by hand.
//
// With -update, what commands print is written into the document, unless it is cut short.
func TestDocumentsShowWhatHappens(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"README.md", "docs/spec.md", "docs/platform.md", "docs/releases.md", "docs/output.md", "docs/tekton.md", "docs/import.md", "docs/adopt.md", "docs/seeing.md"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			file := filepath.Join("../..", filepath.FromSlash(name))
			src, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			d := document{t: t, dir: t.TempDir()}
			d.run(strings.Split(string(src), "\n"))
			if *update {
				if err := os.WriteFile(file, []byte(strings.Join(d.out, "\n")), 0o644); err != nil {
					t.Fatal(err)
				}
			}
		})
	}
}

type document struct {
	t   *testing.T
	dir string   // where commands run; `cd` moves it
	out []string // the document with what commands really print
}

var hidden = regexp.MustCompile(`^<!-- run: (.*) -->$`)

func (d *document) run(lines []string) {
	for k := 0; k < len(lines); k++ {
		d.out = append(d.out, lines[k])
		switch m := hidden.FindStringSubmatch(lines[k]); {
		case m != nil:
			d.shell(m[1])
		case lines[k] == "```console":
			n := end(lines, k+1)
			d.console(lines[k+1 : n])
			k = n - 1
		case lines[k] == "```cue":
			n := end(lines, k+1)
			d.out = append(d.out, lines[k+1:n+1]...)
			d.file(lines[k+1 : n])
			k = n
		}
	}
}

// end is the line that closes the block which begins at k.
func end(lines []string, k int) int {
	for lines[k] != "```" {
		k++
	}
	return k
}

func (d *document) file(block []string) {
	name, ok := strings.CutPrefix(block[0], "// ")
	if !ok || !strings.HasSuffix(name, ".cue") || strings.Contains(name, " ") {
		return
	}
	if err := os.WriteFile(filepath.Join(d.dir, filepath.FromSlash(name)), []byte(strings.Join(block, "\n")+"\n"), 0o644); err != nil {
		d.t.Fatal(err)
	}
}

func (d *document) console(block []string) {
	for k := 0; k < len(block); {
		command, ok := strings.CutPrefix(block[k], "$ ")
		if !ok {
			d.t.Fatalf("a console block begins with a command: %q", block[k])
		}
		d.out = append(d.out, block[k])
		n := k + 1
		for n < len(block) && !strings.HasPrefix(block[n], "$ ") {
			n++
		}
		want, got := block[k+1:n], d.shell(command)
		k = n
		switch {
		case matches(want, got):
			d.out = append(d.out, want...)
		case *update && !strings.ContainsAny(strings.Join(want, ""), "…") && !strings.Contains(strings.Join(want, "\n"), "..."):
			d.out = append(d.out, got...)
		default:
			d.out = append(d.out, want...)
			d.t.Errorf("$ %s\nprints:\n%s\nbut the document says:\n%s", command, strings.Join(got, "\n"), strings.Join(want, "\n"))
		}
	}
}

// shell runs a command and returns the lines that it prints.
func (d *document) shell(command string) []string {
	d.t.Helper()
	if to, ok := strings.CutPrefix(command, "cd "); ok {
		d.dir = filepath.Join(d.dir, to)
		return nil
	}
	c := exec.Command("sh", "-c", command)
	c.Dir, c.Env = d.dir, append(os.Environ(), "NO_COLOR=1", "LC_ALL=C")
	b, err := c.CombinedOutput()
	if _, failed := err.(*exec.ExitError); err != nil && !failed {
		d.t.Fatalf("%s: %v", command, err)
	}
	text := strings.TrimRight(string(b), "\n")
	if text == "" {
		return nil
	}
	return strings.Split(text, "\n")
}

// matches compares what a document says with what was printed.
func matches(want, got []string) bool {
	var b strings.Builder
	b.WriteString(`\A`)
	for _, line := range want {
		if line == "..." {
			b.WriteString(`(?:.*\n)*?`)
			continue
		}
		b.WriteString(strings.ReplaceAll(regexp.QuoteMeta(line), "…", ".*") + `\n`)
	}
	b.WriteString(`\z`)
	text := strings.Join(got, "\n")
	if len(got) > 0 {
		text += "\n"
	}
	return regexp.MustCompile(b.String()).MatchString(text)
}

// The pattern that docs/tekton.md gives to bots finds every image that an example names by tag and digest.
func TestBotsFindTheImages(t *testing.T) {
	t.Parallel()
	doc, err := os.ReadFile("../../docs/tekton.md")
	if err != nil {
		t.Fatal(err)
	}
	_, text, _ := strings.Cut(string(doc), "```json\n")
	text, _, _ = strings.Cut(text, "```")
	var bot struct {
		CustomManagers []struct {
			ManagerFilePatterns, MatchStrings []string
		}
	}
	if err := json.Unmarshal([]byte(text), &bot); err != nil || len(bot.CustomManagers) != 1 {
		t.Fatalf("%v: %s", err, text)
	}
	files := regexp.MustCompile(strings.Trim(bot.CustomManagers[0].ManagerFilePatterns[0], "/"))
	for name, want := range map[string]bool{"platform.cue": true, "services/cart.cue": true, "services/cart/service.cue": true, "releases/prod/cart.cue": false, "deploy/x.yaml": false} {
		if files.MatchString(name) != want {
			t.Errorf("%s is looked at: %v", name, !want)
		}
	}
	image := regexp.MustCompile(bot.CustomManagers[0].MatchStrings[0])
	sum := "sha256:" + strings.Repeat("5b", 32)
	for text, want := range map[string]string{
		`image: "golang:1.26.5-alpine@` + sum + `"`:                                        "golang 1.26.5-alpine",
		`tools: git: "registry.example.com:5000/mirror/git:2.52@` + sum + `"`:              "registry.example.com:5000/mirror/git 2.52",
		`tools: {ko: "ghcr.io/ko-build/ko:v0.19.1@` + sum + `", git: "git:1@` + sum + `"}`: "ghcr.io/ko-build/ko v0.19.1, git 1",
		`image: "golang@` + sum + `"`:                                                      "",
	} {
		var found []string
		for _, m := range image.FindAllStringSubmatch(text, -1) {
			found = append(found, m[1]+" "+m[2])
			if m[3] != sum {
				t.Errorf("%s: the digest is %s", text, m[3])
			}
		}
		if got := strings.Join(found, ", "); got != want {
			t.Errorf("%s: found %q, want %q", text, got, want)
		}
	}
}

// Every piece of a spec that docs/spec.md shows compiles in a service that is otherwise
// plain, and every piece of platform.cue in docs/platform.md fits the schema.
func TestPiecesInDocumentsAreSound(t *testing.T) {
	t.Parallel()
	for name, def := range map[string]string{"docs/spec.md": "#Service", "docs/platform.md": "#Platform"} {
		src, err := os.ReadFile(filepath.Join("../..", filepath.FromSlash(name)))
		if err != nil {
			t.Fatal(err)
		}
		d := document{t: t, dir: t.TempDir()}
		d.shell("slipway init .")
		d.shell(`sed '$d' platform.cue >p && echo '	charts: ["oci://registry.example.com/charts"]' >>p && echo '	pipelines: starts: true' >>p && echo '}' >>p && mv p platform.cue`)
		lines, pieces := strings.Split(string(src), "\n"), 0
		for k := 0; k < len(lines); k++ {
			if lines[k] != "```cue" {
				continue
			}
			n := end(lines, k+1)
			piece := strings.Join(lines[k+1:n], "\n")
			k = n
			if strings.Contains(piece, "schema.#") {
				continue // a whole file, which TestDocumentsShowWhatHappens writes
			}
			pieces++
			if err := d.judge(def, piece); err != nil {
				t.Errorf("%s: %v\n%s", name, err, piece)
			}
		}
		if pieces == 0 {
			t.Errorf("%s shows nothing", name)
		}
	}
}

func (d *document) judge(def, piece string) error {
	spec := fmt.Sprintf("import \"slipway.dev/schema\"\n\nschema.%s & {\n%s\n", def, piece)
	if def == "#Service" {
		spec += "name: \"piece\"\nowner: \"shop\"\n"
		if !says(piece, "image") && !says(piece, "source") && !says(piece, "chart") {
			spec += "source: repo: \"https://git.example.com/acme/piece\"\n"
		}
		if !says(piece, "run") && !says(piece, "chart") {
			spec += "run: main: ports: http: 8080\n"
		}
	}
	file := filepath.Join("services", "piece.cue")
	if err := os.WriteFile(filepath.Join(d.dir, file), []byte(spec+"}\n"), 0o644); err != nil {
		return err
	}
	if def != "#Service" {
		return vet(d.dir, file)
	}
	d.shell("rm -rf deploy")
	got := strings.Join(d.shell("slipway compile services/piece.cue"), "\n")
	for _, code := range []string{"[no-readiness]", "[no-requests]"} { // pieces show one thing at a time
		got = regexp.MustCompile(`.*warning: .*`+regexp.QuoteMeta(code)).ReplaceAllString(got, "")
	}
	if strings.Contains(got, "error") || strings.Contains(got, "warning: ") {
		return fmt.Errorf("it does not compile:\n%s", got)
	}
	return nil
}

// says reports whether a piece gives a field of the service itself.
func says(piece, field string) bool { return strings.Contains("\n"+piece, "\n"+field+":") }
