package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"slipway.dev/catalog/tasks"
)

// checked is a fleet in a Git repository, and what the Task check says of its commits, with
// git and slipway as they are.
type checked struct {
	t   *testing.T
	dir string // the work tree
}

func newChecked(t *testing.T) *checked {
	c := &checked{t, filepath.Join(t.TempDir(), "fleet")}
	platform, err := os.ReadFile(filepath.Join(errorCases, "platform.cue"))
	if err != nil {
		t.Fatal(err)
	}
	c.write("platform.cue", string(platform))
	for _, name := range []string{"cart", "till"} {
		c.write("services/"+name+".cue", fmt.Sprintf("import \"slipway.dev/schema\"\n\nschema.#Service & {\n\tname:  %q\n\towner: \"shop\"\n\timage: \"registry.example.com/acme/%s@sha256:%s\"\n\trun: main: {\n\t\tports: http: 8080\n\t\tresources: {cpu: \"1\", memory: \"64Mi\"}\n\t}\n}\n", name, name, strings.Repeat("0a", 32)))
	}
	c.run("slipway", "compile", c.dir)
	c.git("init", "--quiet", "--initial-branch=main")
	c.commit("start")
	c.git("checkout", "--quiet", "-b", "change")
	return c
}

func (c *checked) write(name, text string) {
	c.t.Helper()
	file := filepath.Join(c.dir, name)
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		c.t.Fatal(err)
	}
	if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
		c.t.Fatal(err)
	}
}

// replace replaces a text in a file, which must be there.
func (c *checked) replace(name, old, now string) {
	c.t.Helper()
	text, err := os.ReadFile(filepath.Join(c.dir, name))
	if err != nil || !strings.Contains(string(text), old) {
		c.t.Fatalf("%s has no %q: %v", name, old, err)
	}
	c.write(name, strings.ReplaceAll(string(text), old, now))
}

func (c *checked) run(name string, args ...string) string {
	c.t.Helper()
	cmd := exec.Command(name, args...)
	cmd.Dir = c.dir
	cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "HOME=/nonexistent", "GIT_CONFIG_NOSYSTEM=1",
		"GIT_AUTHOR_NAME=A", "GIT_AUTHOR_EMAIL=a@example.com", "GIT_COMMITTER_NAME=A", "GIT_COMMITTER_EMAIL=a@example.com"}
	out, err := cmd.CombinedOutput()
	if err != nil {
		c.t.Fatalf("%s %s: %v\n%s", name, strings.Join(args, " "), err, out)
	}
	return strings.TrimSpace(string(out))
}

func (c *checked) git(args ...string) string { c.t.Helper(); return c.run("git", args...) }

func (c *checked) commit(message string) {
	c.t.Helper()
	c.git("add", "--all")
	c.git("commit", "--quiet", "--allow-empty", "-m", message)
}

// check runs the Task for the commit that is checked out: as a change of main, or on it.
func (c *checked) check(merging bool) (code int, said, impact string) {
	c.t.Helper()
	pod := c.t.TempDir()
	source := filepath.Join(pod, "source") // as the task clone leaves it
	c.git("clone", "--quiet", "--no-local", c.dir, source)
	c.git("-C", source, "fetch", "--quiet", "origin", "+refs/heads/main:refs/slipway/branch")
	c.git("-C", source, "checkout", "--quiet", "--detach", c.git("rev-parse", "HEAD"))
	task, ok := tasks.Lookup("check", nil)
	if !ok {
		c.t.Fatal("there is no task check")
	}
	branch := ""
	if merging {
		branch = "main"
	}
	cmd := exec.Command("sh", "-c", task.Spec.Steps[0].Script)
	cmd.Dir = pod
	cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "HOME=" + pod, "DIRECTORY=.", "BRANCH=" + branch, "SOURCE=" + source, "RESULT_IMPACT=" + filepath.Join(pod, "impact.result")}
	out, err := cmd.CombinedOutput()
	if cmd.ProcessState == nil {
		c.t.Fatal(err)
	}
	text, err := os.ReadFile(filepath.Join(pod, "impact.result"))
	if err != nil {
		c.t.Fatal(err)
	}
	return cmd.ProcessState.ExitCode(), string(out), string(text)
}

func (c *checked) want(merging bool, code int, said ...string) (impact string) {
	c.t.Helper()
	got, out, impact := c.check(merging)
	if got != code {
		c.t.Fatalf("exit code %d, want %d:\n%s", got, code, out)
	}
	for _, s := range said {
		if !strings.Contains(out, s) {
			c.t.Errorf("%q is not said:\n%s", s, out)
		}
	}
	return impact
}

func TestAChangeOfTheFleetIsCheckedAndItsImpactTold(t *testing.T) {
	t.Parallel()
	c := newChecked(t)
	c.want(false, 0, "deploy: 4 overlays built")
	if impact := c.want(true, 0, "deploy: 0 overlays built", "no impact"); !strings.HasPrefix(impact, "no impact") {
		t.Errorf("the impact is %q", impact)
	}
	c.replace("services/cart.cue", "ports: http: 8080", "ports: http: 8080\n\t\tstopAfter: \"40s\"")
	c.run("slipway", "compile")
	c.commit("change")
	if impact := c.want(true, 0, "2 overlays built", "restart   Deployment/cart"); impact != "dev: 1 restart; prod: 1 restart" {
		t.Errorf("the impact is %q", impact)
	}
}

func TestWhatIsStaleWrongOrDoesNotBuildIsNotMerged(t *testing.T) {
	t.Parallel()
	c := newChecked(t)
	c.replace("services/cart.cue", "8080", "9090")
	c.commit("its output is forgotten")
	c.want(true, 1, "not as the specs mean; `slipway compile` writes what they mean")
	c.want(false, 1, "not as the specs mean")

	c.git("reset", "--quiet", "--hard", "main")
	c.replace("services/cart.cue", "ports:", "prots:")
	c.commit("a mistake")
	c.want(true, 1, "[unknown-field]")

	c.git("reset", "--quiet", "--hard", "main")
	c.replace("deploy/services/cart/base/kustomization.yaml", "deployment.yaml", "deploymint.yaml")
	c.replace("deploy/services/till/base/deployment.yaml", "replicas:", "replcas:")
	c.commit("edited by hand")
	c.want(true, 1, "deploy/services/cart/overlays/dev: ", `"deploymint.yaml", which is not there`, `Deployment/till: unknown field "spec.replcas"`, "edited by hand")

	c.git("reset", "--quiet", "--hard", "main")
	c.git("rm", "--quiet", "platform.cue")
	c.commit("nothing")
	c.want(true, 1, "check: there is no platform.cue in .")
}

// Each of two changes is in order, and both together are not.
func TestWhatWasMergedMeanwhileCounts(t *testing.T) {
	t.Parallel()
	c := newChecked(t)
	c.replace("platform.cue", "defaults: allow:", "defaults: labels: tier: \"one\"\n\tdefaults: allow:")
	c.run("slipway", "compile")
	c.commit("a label for all")
	c.want(true, 0)
	c.git("checkout", "--quiet", "main")
	text, err := os.ReadFile(filepath.Join(c.dir, "services/till.cue"))
	if err != nil {
		t.Fatal(err)
	}
	c.write("services/shelf.cue", strings.ReplaceAll(string(text), "till", "shelf"))
	c.run("slipway", "compile")
	c.commit("one more service, without that label")
	c.git("checkout", "--quiet", "change")
	c.want(true, 1, "deploy/services/shelf", "not as the specs mean")
	c.git("checkout", "--quiet", "main")
	c.git("merge", "--quiet", "--no-edit", "change")
	c.want(false, 1, "deploy/services/shelf")
}

func TestARemovalOfMuchIsSaidInACommit(t *testing.T) {
	t.Parallel()
	c := newChecked(t)
	c.git("rm", "--quiet", "services/cart.cue", "services/till.cue")
	c.run("slipway", "compile", "--allow-removal")
	c.commit("everything goes")
	c.want(true, 1, "[mass-change]", "check: so much is removed only when a commit says at its end: Allow-Removal: yes")
	c.commit("it is meant\n\nAllow-Removal: yes")
	if impact := c.want(true, 0, "delete    Deployment/cart"); !strings.Contains(impact, "dev: ") {
		t.Errorf("the impact is %q", impact)
	}
}
