package tekton

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"slipway.dev/catalog/tasks"
	"slipway.dev/compiler/ir"
)

// What tests hand over is what they wrote this time, wherever they left their shell; and pacts
// that need not be kept are tried one by one, which fails nothing. The rest of the script is
// tested with the task.
func TestWhatTestsWroteIsHandedOver(t *testing.T) {
	t.Parallel()
	top := t.TempDir()
	write := func(name, text string) {
		t.Helper()
		file := filepath.Join(top, name)
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	write("home/source/svc/pacts/-rf.json", "{}")
	write("home/source/svc/pacts/cart.json", "{}")
	write("contracts/pacts/before.json", "{}")
	write("contracts/kept/before.json", "{}")
	write("files/must.json", "good")
	write("pending/good one.json", "good")
	write("pending/bad.json", "bad")
	write("pending/good.json", "good")
	run := func(command, after string) (string, error) {
		cmd := exec.Command("sh", "-c", "set -e\ncd /\neval \"$COMMAND\"\n"+after)
		cmd.Env = []string{
			"PATH=" + filepath.Join(top, "bin") + ":/usr/bin:/bin", "LC_ALL=C", "COMMAND=" + command, "HOME=" + filepath.Join(top, "home"), "SLIPWAY_CONTRACTS=" + filepath.Join(top, "contracts"),
			"PACTS=" + filepath.Join(top, "files"), "SLIPWAY_PENDING=" + filepath.Join(top, "pending"), "SLIPWAY_DIRECTORY=svc",
			"slipway_top=" + filepath.Join(top, "home/source"), "slipway_here=" + filepath.Join(top, "home/source/svc"),
		}
		out, err := cmd.CombinedOutput()
		return strings.TrimSpace(string(out)), err
	}
	if got, err := run(handOver("pacts/*.json"), `ls "$SLIPWAY_CONTRACTS/pacts"`); err != nil || got != "-rf.json\ncart.json" {
		t.Errorf("%q, %v", got, err)
	}
	if got, err := run(handOver("nothing/*.json"), ""); err == nil || !strings.Contains(got, "nothing") {
		t.Errorf("nothing was written, and it passes: %q", got)
	}

	// The first command that fails ends the try; what it changes is a copy of the source.
	commands := []string{"rm pacts/cart.json", `echo "it's $(ls "$PACTS")"`, `grep -q good "$PACTS"/*` + "\nfalse || true", "true"}
	got, err := run(tryPending(commands), `ls "$SLIPWAY_CONTRACTS/kept" "$slipway_here/pacts"`)
	want := strings.ReplaceAll(`it's bad.json
test: not kept yet, which fails nothing: bad.json
it's good one.json
test: kept already: good one.json
it's good.json
test: kept already: good.json
TOP/contracts/kept:
good one.json
good.json

TOP/home/source/svc/pacts:
-rf.json
cart.json`, "TOP", top)
	if err != nil || got != want {
		t.Errorf("%v\n%s\nwant\n%s", err, got, want)
	}
	// Time passes: two minutes with each look at the clock.
	write("bin/date", "#!/bin/sh\necho x >> \"$SLIPWAY_CONTRACTS/../clock\"\necho $(($(wc -l < \"$SLIPWAY_CONTRACTS/../clock\") * 120))\n")
	write("bin/timeout", "#!/bin/sh\necho \"at most $1\"\nshift\nexec \"$@\"\n")
	for _, name := range []string{"date", "timeout"} {
		if err := os.Chmod(filepath.Join(top, "bin", name), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	got, err = run(tryPending([]string{"true"}), "")
	if want := "at most 300\ntest: kept already: bad.json\nat most 300\ntest: kept already: good one.json\ntest: not tried, for there is no more time: good.json"; err != nil || got != want {
		t.Errorf("%v\n%s\nwant\n%s", err, got, want)
	}
	if err := os.RemoveAll(filepath.Join(top, "pending")); err != nil {
		t.Fatal(err)
	}
	if got, err := run(tryPending(commands), `ls "$SLIPWAY_CONTRACTS/kept"`); err != nil || got != "" {
		t.Errorf("nothing is pending: %q, %v", got, err)
	}
}

// As of the library's scripts: shellcheck's silence is the rule, where it is installed. SC2154 are
// the variables of the script that they are part of.
func TestShellcheckHasNothingToSayOfWhatIsAdded(t *testing.T) {
	t.Parallel()
	program, err := exec.LookPath("shellcheck")
	if err != nil {
		t.Log("shellcheck is not installed")
		return
	}
	for _, command := range []string{handOver("pacts/*.json"), tryPending([]string{"echo 'it'", "make test"})} {
		script := filepath.Join(t.TempDir(), "script.sh")
		if err := os.WriteFile(script, []byte(command+"\n"), 0o644); err != nil {
			t.Fatal(err)
		}
		if output, err := exec.Command(program, "--shell=sh", "--severity=style", "--exclude=SC2153,SC2154", script).CombinedOutput(); err != nil {
			t.Errorf("%v\n%s", err, output)
		}
	}
}

// The test task of the library has what withContracts adds to, and no workspace of these names.
func TestTestsReadPactsAndWriteNothingElse(t *testing.T) {
	t.Parallel()
	task, _ := tasks.Read("test", nil)
	before := len(task.Spec.Workspaces)
	got := withContracts(task, &ir.Contract{Publishes: "pacts/*.json", Verifies: true})
	if len(task.Spec.Workspaces) != before || len(got.Spec.Workspaces) != before+2 {
		t.Errorf("workspaces %+v", got.Spec.Workspaces)
	}
	for _, w := range got.Spec.Workspaces {
		if w.ReadOnly == (w.Name == "contracts" || w.Name == dirReports) {
			t.Errorf("%s is read-only: %v", w.Name, w.ReadOnly)
		}
	}
	for _, has := range []string{"slipway_here=", "slipway_top=", "eval ", "$SLIPWAY_DIRECTORY"} {
		if !strings.Contains(got.Spec.Steps[0].Script, has) {
			t.Errorf("the script does not have %q, which the last commands use", has)
		}
	}
}
