package report

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"slipway.dev/compiler/diag"
)

// Each file in testdata is a case: what it shows, the files that diagnostics point into, diagnostics.json in the form
// that JSON prints (fields may be left out), and what each format makes of them, "want.text" and so on. An optional file
// "width" gives the terminal's.
func TestFormatsPrintWhatTheGoldenFilesShow(t *testing.T) {
	t.Parallel()
	cases, err := filepath.Glob("testdata/*.txtar")
	if err != nil || len(cases) == 0 {
		t.Fatalf("no cases: %v", err)
	}
	for _, name := range cases {
		t.Run(strings.TrimSuffix(filepath.Base(name), ".txtar"), func(t *testing.T) {
			t.Parallel()
			files := readTxtar(t, name)
			ds := decode(t, files["diagnostics.json"])
			width, _ := strconv.Atoi(strings.TrimSpace(string(files["width"])))
			src := func(file string) []byte { return files[file] }

			got := map[string]string{
				"want.text":   printed(t, func(w *strings.Builder) error { return Text(w, ds, src, TextOptions{Width: width}) }),
				"want.color":  printed(t, func(w *strings.Builder) error { return Text(w, ds, src, TextOptions{Width: width, Color: true}) }),
				"want.json":   printed(t, func(w *strings.Builder) error { return JSON(w, ds) }),
				"want.github": printed(t, func(w *strings.Builder) error { return GitHub(w, ds) }),
			}
			got["want.color"] = strings.ReplaceAll(got["want.color"], "\x1b", "ESC")
			compared := 0
			for file, want := range files {
				if !strings.HasPrefix(file, "want.") {
					continue
				}
				compared++
				if g, ok := got[file]; !ok || g != string(want) {
					t.Errorf("%s is\n%s\nwant\n%s", file, g, want)
				}
			}
			if compared == 0 {
				t.Error("the case expects nothing")
			}
		})
	}
}

// readTxtar returns the files of a txtar archive: each begins with a line "-- name --", what stands before the first is
// a comment. (Small enough to do without a dependency.)
func readTxtar(t *testing.T, name string) map[string][]byte {
	t.Helper()
	data, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	files, current := map[string][]byte{}, ""
	for line := range bytes.Lines(data) {
		if marker := strings.TrimSpace(string(line)); strings.HasPrefix(marker, "-- ") && strings.HasSuffix(marker, " --") {
			current = strings.TrimSpace(marker[3 : len(marker)-3])
			files[current] = []byte{}
		} else if current != "" {
			files[current] = append(files[current], line...)
		}
	}
	return files
}

// decode reads diagnostics in the form that JSON prints.
func decode(t *testing.T, data []byte) []*diag.Diagnostic {
	t.Helper()
	var r jsonReport
	if err := json.Unmarshal(data, &r); err != nil {
		t.Fatalf("diagnostics.json: %v", err)
	}
	var ds []*diag.Diagnostic
	for _, j := range r.Diagnostics {
		d := &diag.Diagnostic{
			Code: j.Code, At: diag.Pos{File: j.File, Line: j.Line, Col: j.Column},
			Message: j.Message, Hint: j.Hint, Path: j.Path, Subject: j.Subject,
		}
		if j.Severity == "warning" {
			d.Severity = diag.Warning
		}
		for _, r := range j.Related {
			d.WithRelated(diag.Pos{File: r.File, Line: r.Line, Col: r.Column}, "%s", r.Message)
		}
		ds = append(ds, d)
	}
	return ds
}

func printed(t *testing.T, format func(*strings.Builder) error) string {
	t.Helper()
	var b strings.Builder
	if err := format(&b); err != nil {
		t.Fatal(err)
	}
	return b.String()
}
