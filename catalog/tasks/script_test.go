package tasks

import (
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	v1 "github.com/tektoncd/pipeline/pkg/apis/pipeline/v1"
)

// variable finds what Tekton or the kubelet would replace: $(a.b), $(a["b"]). Command
// substitutions of a shell begin with a word and a blank, or are $((arithmetic)).
var variable = regexp.MustCompile(`\$\(\s*[A-Za-z_][A-Za-z0-9_-]*\s*[.\[][^()]*\)`)

// shells are programs whose arguments are code.
var shells = []string{"sh", "ash", "dash", "bash", "busybox", "ksh", "zsh", "env", "python", "python3", "perl", "node"}

// injections returns the places of a step where a value would be taken for code.
func injections(s v1.Step) []string {
	found := variable.FindAllString(s.Script, -1)
	if s.Script != "" || len(s.Command) == 0 {
		return found // arguments reach a script as "$1", "$2", …
	}
	found = append(found, variable.FindAllString(s.Command[0], -1)...)
	if slices.Contains(shells, path.Base(s.Command[0])) {
		for _, text := range slices.Concat(s.Command[1:], s.Args) {
			found = append(found, variable.FindAllString(text, -1)...)
		}
	}
	return found
}

func TestNoValueIsTakenForCode(t *testing.T) {
	t.Parallel()
	everyTask(t, func(t *testing.T, _ Entry, task *v1.Task) {
		for _, s := range task.Spec.Steps {
			for _, found := range injections(s) {
				t.Errorf("step %q: %s reaches a shell as code; pass it in a variable", s.Name, found)
			}
		}
	})
}

func TestInjectionsAreFound(t *testing.T) {
	t.Parallel()
	bad := []v1.Step{
		{Script: "echo $(params.revision)"},
		{Script: `echo "$(params["revision"])"`},
		{Script: "echo $(params['a.b'])"},
		{Script: "cd $(workspaces.source.path)"},
		{Script: "echo $(tasks.clone.results.commit)"},
		{Script: "echo $(context.taskRun.name)"},
		{Command: []string{"sh", "-c", "echo $(params.x)"}},
		{Command: []string{"/bin/bash"}, Args: []string{"-ec", "echo $(params.x)"}},
		{Command: []string{"$(params.program)"}},
	}
	for _, s := range bad {
		if len(injections(s)) == 0 {
			t.Errorf("not found: %+v", s)
		}
	}
	good := []v1.Step{
		{Script: "x=$(git rev-parse HEAD); y=$((x + 1)); z=$(pwd)"},
		{Script: `printf '%s' "$1"`, Args: []string{"$(params.x)"}},
		{Command: []string{"/usr/bin/tool"}, Args: []string{"--value", "$(params.x)"}},
	}
	for _, s := range good {
		if found := injections(s); len(found) != 0 {
			t.Errorf("found %v in %+v", found, s)
		}
	}
}

func TestScriptsStartStrictAndInPOSIXShell(t *testing.T) {
	t.Parallel()
	everyTask(t, func(t *testing.T, _ Entry, task *v1.Task) {
		for _, s := range task.Spec.Steps {
			shell := "/bin/sh"
			if cosign, _ := DefaultImage("cosign"); s.Image == cosign {
				shell = "/busybox/sh"
			}
			if !strings.HasPrefix(s.Script, "#!"+shell+"\nset -eu\n") {
				t.Errorf("step %q does not start with #!%s and set -eu", s.Name, shell)
			}
		}
	})
}

// Where shellcheck is installed it reads every script; its silence is the rule. SC2153 takes
// variables of the environment for misspelt ones of the script.
func TestShellcheckHasNothingToSay(t *testing.T) {
	t.Parallel()
	program, err := exec.LookPath("shellcheck")
	if err != nil {
		t.Log("shellcheck is not installed")
		return
	}
	everyTask(t, func(t *testing.T, e Entry, task *v1.Task) {
		for _, s := range task.Spec.Steps {
			script := filepath.Join(t.TempDir(), e.Name+".sh")
			if err := os.WriteFile(script, []byte(s.Script), 0o644); err != nil {
				t.Fatal(err)
			}
			if output, err := exec.Command(program, "--shell=sh", "--severity=style", "--exclude=SC2153", script).CombinedOutput(); err != nil {
				t.Errorf("%v\n%s", err, output)
			}
		}
	})
}
