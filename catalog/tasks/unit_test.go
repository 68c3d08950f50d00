package tasks

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// posixShells are the shells of this machine that a team's image may have.
func posixShells() [][]string {
	found := [][]string{{"sh"}}
	for _, s := range [][]string{{"dash"}, {"bash", "--posix"}, {"bash"}, {"busybox", "sh"}} {
		if _, err := exec.LookPath(s[0]); err == nil {
			found = append(found, s)
		}
	}
	return found
}

// unit returns a pod that runs commands on a source.
func unit(t testing.TB, source string, commands ...string) *pod {
	t.Helper()
	p := newPod(t, "unit")
	p.params["image"] = "registry.example.com/node@sha256:1"
	p.lists["run"] = commands
	p.workspaces["source"] = source
	return p
}

func TestTheFirstFailingCommandEndsTheTestWithItsExitCode(t *testing.T) {
	t.Parallel()
	cases := []struct {
		commands []string
		code     int
		printed  string
	}{
		{[]string{"echo one", "echo two"}, 0, "+ echo one\none\n+ echo two\ntwo\n"},
		{[]string{"echo one", "exit 7", "echo two"}, 7, "+ echo one\none\n+ exit 7\n"},
		{[]string{"sh -c 'exit 42'", "echo two"}, 42, "+ sh -c 'exit 42'\n"},
		{[]string{"false", "echo two"}, 1, "+ false\n"},
		{[]string{"echo one; false; echo two"}, 1, "+ echo one; false; echo two\none\n"},
		{[]string{"cd a", "test -f b.txt", "x=1", `echo "$x$unset"`}, 0, "+ cd a\n+ test -f b.txt\n+ x=1\n+ echo \"$x$unset\"\n1\n"},
		{[]string{"false || true", "if false; then :; fi", "echo ok"}, 0, "+ false || true\n+ if false; then :; fi\n+ echo ok\nok\n"},
		{[]string{"true && false", "echo two"}, 1, "+ true && false\n"},
		{[]string{"set +e", "false", "echo on"}, 0, "+ set +e\n+ false\n+ echo on\non\n"},
		{[]string{"set -- other arguments", "echo on"}, 0, "+ set -- other arguments\n+ echo on\non\n"},
	}
	for _, sh := range posixShells() {
		for _, c := range cases {
			p := unit(t, folder(t, map[string]string{"a/b.txt": ""}), c.commands...)
			p.shell = sh
			out := p.run(t)
			if out.code != c.code || out.output != c.printed {
				t.Errorf("%v: %q: exit code %d, want %d:\n%s", sh, c.commands, out.code, c.code, out.output)
			}
		}
	}
}

func TestASyntaxErrorFailsTheTest(t *testing.T) {
	t.Parallel()
	for _, sh := range posixShells() {
		p := unit(t, t.TempDir(), "if true", "echo two")
		p.shell = sh
		if out := p.run(t); out.code == 0 || strings.Contains(out.output, "\ntwo") {
			t.Errorf("%v: exit code %d:\n%s", sh, out.code, out.output)
		}
	}
}

func TestATestOfNothingIsRefused(t *testing.T) {
	t.Parallel()
	unit(t, t.TempDir()).run(t).wantRefusal(t, "no command")
}

func TestTestsRunInACopyOfTheSource(t *testing.T) {
	t.Parallel()
	source := folder(t, map[string]string{"a.txt": "as cloned", ".hidden": "x", "sub/c": "c"})
	if err := os.Symlink("a.txt", filepath.Join(source, "link")); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("/nowhere", filepath.Join(source, "dangling")); err != nil {
		t.Fatal(err)
	}
	p := unit(t, source, "test -f .hidden", "test -L link", "test -L dangling", "test -f sub/c", "echo changed > a.txt", "echo new > new")
	p.run(t).wantSuccess(t)
	text, err := os.ReadFile(filepath.Join(source, "a.txt"))
	if err != nil || string(text) != "as cloned" {
		t.Errorf("a test changed the source: %q, %v", text, err)
	}
	if _, err := os.Stat(filepath.Join(source, "new")); err == nil {
		t.Error("a test wrote into the source")
	}
}

func TestTheFoldersOfTestsStayInside(t *testing.T) {
	t.Parallel()
	source := folder(t, map[string]string{"services/cart/x": "", "source2/x": ""})
	if err := os.Symlink("/etc", filepath.Join(source, "out")); err != nil {
		t.Fatal(err)
	}
	for directory, why := range map[string]string{
		".": "", "services/cart": "", "services": "",
		"out": "leads out", "..": "leads out", "services/../../..": "leads out", "nowhere": "no folder",
	} {
		p := unit(t, source, "echo ran")
		p.params["directory"] = directory
		out := p.run(t)
		if why == "" {
			out.wantSuccess(t)
		} else {
			out.wantRefusal(t, why)
		}
	}
}

func TestCommandsArriveAsTheTeamWroteThem(t *testing.T) {
	t.Parallel()
	texts := []string{`$(HOME)`, `$$`, `$HOME`, `${HOME}`, `$(date) $$(x)`, `a"b'c\d`, "tab\tnewline\nend", `$(CI)$$(CI)$$$(CI)`, `é ; & | > <`}
	for _, text := range texts {
		// The command prints its own text, which the shell must not expand.
		quoted := "'" + strings.ReplaceAll(text, "'", `'\''`) + "'"
		p := unit(t, t.TempDir(), Literal("printf %s "+quoted+` > "$HOME/printed"`))
		p.run(t).wantSuccess(t)
		got, err := os.ReadFile(filepath.Join(p.home, "printed"))
		if err != nil || string(got) != text {
			t.Errorf("%q arrives as %q, %v", text, got, err)
		}
	}
}
