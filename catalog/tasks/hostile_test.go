package tasks

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	v1 "github.com/tektoncd/pipeline/pkg/apis/pipeline/v1"
	"sigs.k8s.io/yaml"
)

// attacks are texts that make a file called CANARY when somebody takes them for code.
var attacks = []string{
	"$(touch CANARY)", "`touch CANARY`", "; touch CANARY", "| touch CANARY", "& touch CANARY", "&& touch CANARY",
	"\ntouch CANARY\n", "\r\ntouch CANARY", "'; touch CANARY; '", "\"; touch CANARY; \"", "\"$(touch CANARY)\"", "'$(touch CANARY)'",
	"$((0)) $(touch CANARY)", "${IFS}$(touch${IFS}CANARY)", "--upload-pack=touch CANARY", "-c core.sshCommand='touch CANARY'",
	"ext::sh -c touch% CANARY", "--exec=touch CANARY;", "-oProxyCommand=touch CANARY", "\\$(touch CANARY)", "$(params.repository)$(touch CANARY)",
	"> CANARY", ">> CANARY", "\nEOF\ntouch CANARY\n", "a[$(touch CANARY)]", "$$(touch CANARY)", "#\ntouch CANARY", "*;touch CANARY", "{touch,CANARY}", "\x00touch CANARY",
}

// frames are what an attack is put into, so that a check of the beginning or the end alone
// does not stop it.
var frames = []string{"%s", "main%s", "%s0123456789abcdef0123456789abcdef01234567", "0123456789abcdef0123456789abcdef01234567%s", "-%s", " %s ", "refs/heads/%s", "\"%s\"", "https://git.example.com/%s"}

func TestHostileRevisionsAndAddressesAreRefused(t *testing.T) {
	t.Parallel()
	repo, commit := bare(t, "m", map[string]string{"a": "a"})
	canary := filepath.Join(t.TempDir(), "canary")
	tried := 0
	for _, attack := range attacks {
		for _, frame := range frames {
			text := fmt.Sprintf(frame, strings.ReplaceAll(attack, "CANARY", canary))
			if strings.Contains(text, "\x00") {
				continue // no variable of a process can hold it
			}
			for _, param := range []string{"revision", "repository"} {
				p := clone(t, repo, commit)
				p.params["protocols"] = "https:ssh:file"
				p.params[param] = text
				p.run(t).wantRefusal(t, "clone: ")
				tried++
			}
		}
	}
	if _, err := os.Stat(canary); err == nil {
		t.Error("a value was taken for code")
	}
	if tried < 400 {
		t.Errorf("only %d payloads", tried)
	}
}

// prose are the parameters that may hold any text and so let a run go on to its end; they
// are attacked together, to save runs.
var prose = []string{"source-message", "version", "by", "reason", "committer-name", "committer-email"}

func TestNoParameterOfAnyTaskIsTakenForCode(t *testing.T) {
	t.Parallel()
	everyTask(t, func(t *testing.T, e Entry, task *v1.Task) {
		canary := filepath.Join(t.TempDir(), "canary")
		repo, commit := bare(t, "m", map[string]string{"a": "a"})
		for _, param := range task.Spec.Params {
			for _, attack := range attacks {
				text := strings.ReplaceAll(attack, "CANARY", canary)
				if strings.Contains(text, "\x00") || e.Name == "test" && slices.Contains([]string{"run", "quarantine"}, param.Name) {
					continue // the commands of a test are code
				}
				for _, p := range ways(t, e.Name, repo, commit) {
					switch {
					case param.Type == v1.ParamTypeArray:
						p.lists[param.Name] = []string{text, "NAME=" + text}
					case param.Name == prose[0]:
						for _, name := range prose {
							p.params[name] = text
						}
					case slices.Contains(prose, param.Name):
						continue
					default:
						p.params[param.Name] = text
					}
					out := p.run(t)
					if _, err := os.Stat(canary); err == nil {
						t.Fatalf("%s: %q was taken for code:\n%s", param.Name, text, out.output)
					}
				}
			}
		}
	})
}

// A stage in a team's own words: the compiler lets values stand in variables only, in their
// values, and in words behind a program that is none that interprets.
const stage = `
params: [{name: level, type: string}, {name: built, type: string}]
results: [{name: found, type: string}]
stepTemplate:
  env: [{name: IMAGE, value: $(params.built)}]
steps:
- name: check
  env: [{name: LEVEL, value: $(params.level)}, {name: FOUND, value: $(results.found.path)}, {name: BOTH, value: "$(LEVEL) $(IMAGE)"}]
  args: ["--level", "$(LEVEL)"]
  script: |
    #!/bin/sh
    set -eu
    printf '%s %s %s %s %s' "$LEVEL" "$IMAGE" "$BOTH" "$1" "$2" > "$FOUND"
    for word in $LEVEL; do printf '%s' "$word" > /dev/null; done
`

func TestNoValueOfAStageInTektonsWordsIsTakenForCode(t *testing.T) {
	t.Parallel()
	own := &v1.Task{}
	if err := yaml.UnmarshalStrict([]byte(stage), &own.Spec); err != nil {
		t.Fatal(err)
	}
	canary := filepath.Join(t.TempDir(), "canary")
	for _, attack := range attacks {
		for _, frame := range frames {
			text := fmt.Sprintf(frame, strings.ReplaceAll(attack, "CANARY", canary))
			if strings.Contains(text, "\x00") {
				continue // no variable of a process can hold it
			}
			p := newPod(t, "stage")
			p.own, p.params["level"], p.params["built"] = own.DeepCopy(), text, text
			out := p.run(t)
			if _, err := os.Stat(canary); err == nil {
				t.Fatalf("%q was taken for code:\n%s", text, out.output)
			}
			out.wantSuccess(t)
		}
	}
}

// usual returns a pod of a task that succeeds as it is; repo is what it clones or releases to.
func usual(t testing.TB, task, repo, commit string) *pod {
	t.Helper()
	switch task {
	case "announce":
		return announce(t)
	case "build-dockerfile", "build-ko":
		return build(t, task, map[string]string{"Dockerfile": "FROM scratch\n"})
	case "build-buildpacks", "build-jib":
		return inside(t, task, map[string]string{"pom.xml": "<project/>\n"})
	case "check":
		return check(t, "main")
	case "clone":
		return clone(t, repo, commit)
	case "contracts-fetch", "contracts-publish":
		return contracts(t, task)
	case "promote", "request", "settle", "verdict", "verify":
		return promoter(t, task)
	case "push":
		return push(t)
	case "sign":
		return sign(t)
	case "report":
		return report(t, "clone=Succeeded")
	case "reports":
		return keeper(t)
	case "scan":
		return scan(t)
	case "dependencies", "secrets":
		return source(t, task)
	case "supersede":
		return supersede(t)
	case "test":
		return tests(t, t.TempDir(), "true")
	}
	panic("no usual run of " + task)
}

// ways returns the usual run of a task, and for a build the one that pushes nothing.
func ways(t testing.TB, task, repo, commit string) []*pod {
	t.Helper()
	out := []*pod{usual(t, task, repo, commit)}
	if _, ok := tried[task]; ok {
		out = append(out, try(t, task, map[string]string{"Dockerfile": "FROM scratch\n"}))
	}
	return out
}

func TestTheUsualRunsSucceed(t *testing.T) {
	t.Parallel()
	repo, commit := bare(t, "m", map[string]string{"a": "a"})
	for _, name := range Names() {
		for _, p := range ways(t, name, repo, commit) {
			p.run(t).wantSuccess(t)
		}
	}
}

// shell runs a line of shell in a pod's environment after its task ran, and returns what it prints.
func shell(t testing.TB, p *pod, line string) string {
	t.Helper()
	cmd := exec.Command("sh", "-c", line)
	cmd.Env = []string{
		"PATH=/usr/local/bin:/usr/bin:/bin", "HOME=" + p.home, "GIT_CONFIG_NOSYSTEM=1", "GIT_TERMINAL_PROMPT=0",
		"CREDENTIALS=" + p.workspaces["git-credentials"],
	}
	output, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%s: %v\n%s", line, err, output)
	}
	return string(output)
}
