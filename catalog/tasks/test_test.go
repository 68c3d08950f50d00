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

// tests returns a pod that runs commands on a source.
func tests(t testing.TB, source string, commands ...string) *pod {
	t.Helper()
	p := newPod(t, "test")
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
			p := tests(t, folder(t, map[string]string{"a/b.txt": ""}), c.commands...)
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
		p := tests(t, t.TempDir(), "if true", "echo two")
		p.shell = sh
		if out := p.run(t); out.code == 0 || strings.Contains(out.output, "\ntwo") {
			t.Errorf("%v: exit code %d:\n%s", sh, out.code, out.output)
		}
	}
}

func TestATestOfNothingIsRefused(t *testing.T) {
	t.Parallel()
	tests(t, t.TempDir()).run(t).wantRefusal(t, "no command")
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
	p := tests(t, source, "test -f .hidden", "test -L link", "test -L dangling", "test -f sub/c", "echo changed > a.txt", "echo new > new")
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
		p := tests(t, source, "echo ran")
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
		p := tests(t, t.TempDir(), Literal("printf %s "+quoted+` > "$HOME/printed"`))
		p.run(t).wantSuccess(t)
		got, err := os.ReadFile(filepath.Join(p.home, "printed"))
		if err != nil || string(got) != text {
			t.Errorf("%q arrives as %q, %v", text, got, err)
		}
	}
}

func TestVariablesReachTheCommands(t *testing.T) {
	t.Parallel()
	for _, sh := range posixShells() {
		p := tests(t, t.TempDir(), `printf '%s|%s' "$A" "$B" > "$HOME/printed"`)
		p.shell = sh
		p.lists["env"] = []string{"A=" + Literal("$(HOME) a=b 'c' \"d\""), "B="}
		p.run(t).wantSuccess(t)
		if got := p.recorded(t, "printed"); got[0] != `$(HOME) a=b 'c' "d"|` {
			t.Errorf("%v: %q", sh, got)
		}
	}
	for _, name := range []string{"1A=x", "A-B=x", "=x", "A B=x"} {
		p := tests(t, t.TempDir(), "true")
		p.lists["env"] = []string{name}
		p.run(t).wantRefusal(t, "not a variable's name")
		p.lists["env"] = []string{"SLIPWAY_COVERAGE_MINIMUM=0"}
		p.run(t).wantRefusal(t, "a variable of this task")
	}
}

const junit = `<?xml version="1.0"?>
<testsuites tests="9"><testsuite name="cart" tests="4" failures="1">
  <testcase classname="cart" name="adds"/>
  <testcase classname="cart" name="removes &amp; refunds"><failure message="no">text</failure><error/></testcase>
  <testcase name="waits"><skipped/></testcase>
  <testcase classname="cart" name="ends"><system-out>&lt;testcase/&gt;</system-out></testcase>
</testsuite></testsuites>`

func TestWhatWasBuiltReachesTheCommands(t *testing.T) {
	t.Parallel()
	for environment, want := range map[string]string{"": "<none><none>", "dev": "<dev><http://cart.acme-dev.svc:8080>"} {
		p := tests(t, t.TempDir(), `echo "<${ENVIRONMENT-none}><${URL-none}>"`)
		p.params["environment"] = environment
		if environment != "" {
			p.params["url"] = "http://cart.acme-dev.svc:8080"
		}
		if out := p.run(t); !strings.Contains(out.output, want) {
			t.Errorf("environment %q: %s", environment, out.output)
		}
	}
	for built, want := range map[string]string{"": "<none>", "registry.example.com/cart@sha256:5b3a": "<registry.example.com/cart@sha256:5b3a>"} {
		p := tests(t, t.TempDir(), `echo "<${IMAGE-none}>"`)
		p.params["built"] = built
		if out := p.run(t); !strings.Contains(out.output, want) {
			t.Errorf("built %q: %s", built, out.output)
		}
	}
}

func TestReportsAreCountedWhateverTheCommandsCameTo(t *testing.T) {
	t.Parallel()
	for _, sh := range posixShells() {
		source := folder(t, map[string]string{"svc/reports/a.xml": junit, "svc/reports/b.xml": strings.ReplaceAll(junit, "\n", "")})
		p := tests(t, source, "true", "exit 3")
		p.shell = sh
		p.params["directory"] = "svc"
		p.lists["reports"] = []string{"reports/*.xml"}
		out := p.run(t)
		if out.code != 3 || !strings.Contains(out.output, "test: 8 tests, 2 failed, 2 skipped\n") || !strings.Contains(out.output, "  failed: cart removes &amp; refunds\n") {
			t.Errorf("%v: exit code %d:\n%s", sh, out.code, out.output)
		}
		if p.result(t, "tests") != "8" || p.result(t, "failed") != "2" || p.result(t, "skipped") != "2" {
			t.Errorf("%v: results %s, %s, %s", sh, p.result(t, "tests"), p.result(t, "failed"), p.result(t, "skipped"))
		}
	}
}

func TestAReportThatIsMissingFailsTheTest(t *testing.T) {
	t.Parallel()
	p := tests(t, t.TempDir(), "true")
	p.lists["reports"] = []string{"junit/*.xml"}
	p.run(t).wantRefusal(t, "there is no report like junit/*.xml")
	for _, path := range []string{"/etc/passwd", "../x", "$(id)", "a b"} {
		p := tests(t, t.TempDir(), "true")
		p.lists["reports"] = []string{Literal(path)}
		p.run(t).wantRefusal(t, "is not the path of a report")
	}
}

func TestCoverageBelowTheMinimumFailsTheTest(t *testing.T) {
	t.Parallel()
	formats := map[string]string{
		"cobertura": `<?xml version="1.0"?><coverage line-rate="0.75" branch-rate="0.1"><packages><package line-rate="0.1"/></packages></coverage>`,
		"jacoco": `<?xml version="1.0"?><!DOCTYPE report><report name="x"><package><counter type="LINE" missed="9" covered="1"/></package>
			<counter type="INSTRUCTION" missed="1" covered="1"/><counter type="LINE" missed="25" covered="75"/></report>`,
		"clover": `<?xml version="1.0"?><coverage generated="1"><project><metrics statements="100" coveredstatements="75" methods="1"/><file><metrics statements="10" coveredstatements="1"/></file></project></coverage>`,
		"lcov":   "TN:\nSF:a.js\nLF:60\nLH:50\nend_of_record\nSF:b.js\nLF:40\nLH:25\nend_of_record\n",
		"go":     "mode: atomic\nx/a.go:1.2,3.4 50 1\nx/a.go:1.2,3.4 50 0\nx/a.go:5.2,6.4 25 0\nx/b.go:1.2,3.4 25 7\n",
		"number": "75.0%\n",
	}
	for name, text := range formats {
		for _, sh := range posixShells() {
			for least, fails := range map[string]bool{"75": false, "75.1": true} {
				p := tests(t, folder(t, map[string]string{"out/report": text}), "true")
				p.shell = sh
				p.params["coverage-report"], p.params["coverage-minimum"] = "out/report", least
				out := p.run(t)
				if (out.code != 0) != fails || p.result(t, "coverage") != "75.0" || !strings.Contains(out.output, "75.0 % of the lines are covered, "+least+" % are asked for") {
					t.Errorf("%s, %v, at least %s: exit code %d, %q:\n%s", name, sh, least, out.code, p.result(t, "coverage"), out.output)
				}
			}
		}
	}
	for _, text := range []string{"", "<html>", "no number"} {
		p := tests(t, folder(t, map[string]string{"report": text}), "true")
		p.params["coverage-report"] = "report"
		p.run(t).wantRefusal(t, "no coverage report that is known")
	}
}

func TestWhatIsInQuarantineFailsNothing(t *testing.T) {
	t.Parallel()
	for _, sh := range posixShells() {
		p := tests(t, t.TempDir(), "echo first")
		p.shell = sh
		p.lists["quarantine"] = []string{"exit 7", "echo last; false"}
		out := p.run(t)
		want := "+ echo first\nfirst\n+ exit 7\ntest: this failed, and is in quarantine: exit 7\n+ echo last; false\nlast\ntest: this failed, and is in quarantine: echo last; false\n"
		if out.code != 0 || out.output != want {
			t.Errorf("%v: exit code %d:\n%s", sh, out.code, out.output)
		}
	}
}
