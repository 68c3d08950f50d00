package golden

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"

	"slipway.dev/compiler/diag"
)

const diagnosticsFile = "../docs/diagnostics.md"

// docs/diagnostics.md says of each code what its comment says, and shows what its case in
// golden/errors prints.
func TestDiagnosticsAreDocumented(t *testing.T) {
	t.Parallel()
	want := diagnosticsPage(t)
	if *update {
		if err := os.WriteFile(diagnosticsFile, want, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(diagnosticsFile)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("docs/diagnostics.md is not what the codes say; `make golden` rewrites it:\n%s", firstDifference("\n"+string(got), "\n"+string(want)))
	}
}

func diagnosticsPage(t *testing.T) []byte {
	var b bytes.Buffer
	b.WriteString(`# Diagnostics

<!-- Written by ` + "`make golden`" + ` from compiler/diag/codes.go and golden/errors: do not edit. -->

Every mistake has a code. It stands in brackets behind the message, and never changes its meaning. Errors make the exit
status 1; warnings do not. A service may accept blocked-drain, literal-secret, no-readiness, no-requests, not-restricted,
same-probe and unpinned-image with a reason: ` + "`allow: \"unpinned-image\": \"the vendor publishes no digests\"`" + `.

| code | what |
| --- | --- |
`)
	for _, info := range diag.Codes {
		summary := info.Summary
		if info.Severity == diag.Warning {
			summary += " (warning)"
		}
		fmt.Fprintf(&b, "| [%s](#%s) | %s |\n", info.Code, info.Code, summary)
	}
	help := diag.Help()
	for _, info := range diag.Codes {
		fmt.Fprintf(&b, "\n## %s\n\n%s\n", info.Code, help[info.Code])
		if example := shown(t, info.Code); example != "" {
			fmt.Fprintf(&b, "\n```text\n%s```\n", example)
		}
	}
	return b.Bytes()
}

// shown is what the code's case prints, up to what other codes print; empty when it
// compares by patterns only.
func shown(t *testing.T, code diag.Code) string {
	src, err := os.ReadFile(filepath.Join("errors", string(code)+".txtar"))
	if err != nil {
		return "" // TestEveryCodeHasItsCase tells
	}
	mark := "[" + string(code) + "]"
	for _, f := range txtar.Parse(src).Files {
		if !strings.HasPrefix(f.Name, "want") {
			continue
		}
		for block := range strings.SplitSeq(string(f.Data), "\n\n") {
			if first, _, _ := strings.Cut(block, "\n"); !strings.HasSuffix(first, mark) {
				continue
			}
			return withoutSummary(block)
		}
	}
	return ""
}

// withoutSummary drops what follows the last diagnostic of a run: how many there were.
func withoutSummary(block string) string {
	var b strings.Builder
	for line := range strings.Lines(strings.TrimRight(block, "\n") + "\n") {
		if !strings.HasPrefix(line, " ") && b.Len() > 0 {
			break
		}
		b.WriteString(line)
	}
	return b.String()
}
