package tasks

import (
	"bytes"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	v1 "github.com/tektoncd/pipeline/pkg/apis/pipeline/v1"
	"github.com/tektoncd/pipeline/pkg/container"
	"k8s.io/kubernetes/third_party/forked/golang/expansion"
)

// pod runs the steps of a task as Tekton and the kubelet would: parameters substituted
// by Tekton's code, variables expanded by the kubelet's, the script started with the step's
// environment and nothing else. Tools are those in testdata/bin.
type pod struct {
	task       string
	own        *v1.Task // instead of the library's
	params     map[string]string
	lists      map[string][]string
	workspaces map[string]string // name to folder; what is missing is not bound
	path       string            // searched for programs before testdata/bin
	shell      []string          // what runs the script; sh when empty

	home    string // HOME; made by newPod
	results string // the folder of results; made by newPod
}

// outcome is what became of a pod.
type outcome struct {
	code   int
	output string // standard output and standard error
}

func newPod(t testing.TB, task string) *pod {
	t.Helper()
	dir := t.TempDir()
	p := &pod{
		task:       task,
		params:     map[string]string{},
		lists:      map[string][]string{},
		workspaces: map[string]string{},
		home:       filepath.Join(dir, "home"),
		results:    filepath.Join(dir, "results"),
	}
	for _, d := range []string{p.home, p.results} {
		if err := os.Mkdir(d, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	return p
}

func (p *pod) run(t testing.TB) outcome {
	t.Helper()
	task, ok := p.own, p.own != nil
	if !ok {
		task, ok = Lookup(p.task, nil)
	}
	if !ok {
		t.Fatalf("no task %q", p.task)
	}
	steps, err := v1.MergeStepsWithStepTemplate(task.Spec.StepTemplate, task.Spec.Steps)
	if err != nil {
		t.Fatal(err)
	}
	texts, lists := p.replacements(t, task)
	var all outcome
	for i := range steps {
		out := p.step(t, &steps[i], texts, lists)
		all = outcome{out.code, all.output + out.output}
		if out.code != 0 {
			break // as the steps after it would not run
		}
	}
	return all
}

func (p *pod) step(t testing.TB, step *v1.Step, texts map[string]string, lists map[string][]string) outcome {
	t.Helper()
	container.ApplyStepReplacements(step, texts, lists)

	bin, err := filepath.Abs("testdata/bin")
	if err != nil {
		t.Fatal(err)
	}
	path := bin + ":/usr/local/bin:/usr/bin:/bin"
	if p.path != "" {
		path = p.path + ":" + path
	}
	known := map[string]string{}
	expand := expansion.MappingFuncFor(known)
	env := []string{"PATH=" + path}
	for _, e := range step.Env {
		// The volume at /home/slipway is the pod's own folder here.
		value := strings.ReplaceAll(expansion.Expand(e.Value, expand), "/home/slipway", p.home)
		known[e.Name] = value
		env = append(env, e.Name+"="+value)
	}
	var args []string
	for _, a := range step.Args {
		args = append(args, expansion.Expand(a, expand))
	}

	script := filepath.Join(filepath.Dir(p.home), "script")
	if err := os.WriteFile(script, []byte(step.Script), 0o644); err != nil {
		t.Fatal(err)
	}
	shell := p.shell
	if shell == nil {
		shell = []string{"sh"}
	}
	cmd := exec.Command(shell[0], slices.Concat(shell[1:], []string{script}, args)...)
	cmd.Env = env
	cmd.Dir = p.home
	var output bytes.Buffer
	cmd.Stdout, cmd.Stderr = &output, &output
	err = cmd.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	return outcome{cmd.ProcessState.ExitCode(), output.String()}
}

// replacements are the variables that Tekton knows in a run of the task.
func (p *pod) replacements(t testing.TB, task *v1.Task) (texts map[string]string, lists map[string][]string) {
	t.Helper()
	texts, lists = map[string]string{}, map[string][]string{}
	for _, param := range task.Spec.Params {
		key := "params." + param.Name
		switch param.Type {
		case v1.ParamTypeArray:
			value, ok := p.lists[param.Name]
			if !ok {
				if param.Default == nil {
					t.Fatalf("%s: no value for the parameter %q", p.task, param.Name)
				}
				value = param.Default.ArrayVal
			}
			lists[key] = value
		default:
			value, ok := p.params[param.Name]
			if !ok {
				if param.Default == nil {
					t.Fatalf("%s: no value for the parameter %q", p.task, param.Name)
				}
				value = param.Default.StringVal
			}
			texts[key] = value
		}
	}
	for _, w := range task.Spec.Workspaces {
		dir, bound := p.workspaces[w.Name]
		if !bound && !w.Optional {
			t.Fatalf("%s: the workspace %q is not bound", p.task, w.Name)
		}
		texts["workspaces."+w.Name+".path"] = dir
	}
	for _, r := range task.Spec.Results {
		texts["results."+r.Name+".path"] = filepath.Join(p.results, r.Name)
	}
	return texts, lists
}

// result returns what the task left in a result; "" when it left nothing.
func (p *pod) result(t testing.TB, name string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(p.results, name))
	if err != nil && !os.IsNotExist(err) {
		t.Fatal(err)
	}
	return string(text)
}

// recorded returns the lines that a stand-in left in HOME.
func (p *pod) recorded(t testing.TB, file string) []string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(p.home, file))
	if err != nil {
		t.Fatal(err)
	}
	return strings.Split(strings.TrimSuffix(string(text), "\n"), "\n")
}

func (o outcome) wantSuccess(t testing.TB) {
	t.Helper()
	if o.code != 0 {
		t.Fatalf("exit code %d, want 0:\n%s", o.code, o.output)
	}
}

func (o outcome) wantRefusal(t testing.TB, why string) {
	t.Helper()
	if o.code == 0 || !strings.Contains(o.output, why) {
		t.Fatalf("exit code %d, want a refusal that says %q:\n%s", o.code, why, o.output)
	}
}

// folder makes a folder with the given files in it.
func folder(t testing.TB, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// git runs git in a folder, with no configuration but a name, and returns what it prints.
func git(t testing.TB, dir string, args ...string) string {
	t.Helper()
	cmd := exec.Command("git", args...)
	cmd.Dir = dir
	cmd.Env = []string{
		"PATH=/usr/local/bin:/usr/bin:/bin", "HOME=/nonexistent", "GIT_CONFIG_NOSYSTEM=1",
		"GIT_AUTHOR_NAME=A", "GIT_AUTHOR_EMAIL=a@example.com", "GIT_AUTHOR_DATE=2026-01-02T03:04:05+02:00",
		"GIT_COMMITTER_NAME=A", "GIT_COMMITTER_EMAIL=a@example.com", "GIT_COMMITTER_DATE=2026-01-02T03:04:05+02:00",
	}
	output, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("git %s: %v\n%s", strings.Join(args, " "), err, output)
	}
	return strings.TrimSpace(string(output))
}

// bare makes a bare repository whose branch main holds the given files, and returns its
// folder and the commit.
func bare(t testing.TB, message string, files map[string]string) (repo, commit string) {
	t.Helper()
	work := folder(t, files)
	git(t, work, "init", "--quiet", "--initial-branch=main")
	git(t, work, "add", "--all")
	git(t, work, "commit", "--quiet", "--allow-empty-message", "-m", message)
	repo = filepath.Join(t.TempDir(), "repo.git")
	git(t, work, "clone", "--quiet", "--bare", work, repo)
	return repo, git(t, work, "rev-parse", "HEAD")
}
