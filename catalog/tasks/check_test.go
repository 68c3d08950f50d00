package tasks

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// check returns a pod that checks a commit of the fleet, which is to be merged into a branch
// unless that is empty. What the task clone leaves, clone itself makes here.
func check(t testing.TB, branch string) *pod {
	t.Helper()
	repo, _ := bare(t, "start", map[string]string{"platform.cue": "main\n"})
	work := filepath.Join(t.TempDir(), "work")
	git(t, t.TempDir(), "clone", "--quiet", repo, work)
	return checkOf(t, repo, work, branch, "change", map[string]string{"services/cart.cue": "cart\n"})
}

// checkOf commits files in a clone of the fleet's repository, and returns a pod that checks
// that commit.
func checkOf(t testing.TB, repo, work, branch, message string, files map[string]string) *pod {
	t.Helper()
	git(t, work, "checkout", "--quiet", "-B", "change")
	for name, text := range files {
		if err := os.MkdirAll(filepath.Dir(filepath.Join(work, name)), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(work, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	git(t, work, "add", "--all")
	git(t, work, "commit", "--quiet", "-m", message)
	git(t, work, "push", "--quiet", "--force", "origin", "change")
	c := clone(t, repo, git(t, work, "rev-parse", "HEAD"))
	c.params["branch"] = branch
	c.run(t).wantSuccess(t)
	p := newPod(t, "check")
	p.params["branch"] = branch
	p.workspaces["source"] = c.workspaces["source"]
	return p
}

func TestCloneFetchesABranchAndWhatBothHaveInCommon(t *testing.T) {
	t.Parallel()
	p := check(t, "main")
	source := p.workspaces["source"]
	if got := git(t, source, "log", "-1", "--format=%s", "refs/slipway/branch"); got != "start" {
		t.Errorf("the branch is at %q", got)
	}
	if got := git(t, source, "log", "--format=%s"); got != "change\nstart" {
		t.Errorf("the commits are %q", got)
	}
	// The branch went on for longer than what is fetched at first; and another has another history.
	repo, commit := bare(t, "m", map[string]string{"a": "a"})
	work := filepath.Join(t.TempDir(), "work")
	git(t, t.TempDir(), "clone", "--quiet", repo, work)
	for range 101 {
		git(t, work, "commit", "--quiet", "--allow-empty", "-m", "on")
	}
	git(t, work, "checkout", "--quiet", "--orphan", "alone")
	git(t, work, "commit", "--quiet", "-m", "alone")
	git(t, work, "push", "--quiet", "origin", "main", "alone")
	far := clone(t, repo, commit)
	far.params["branch"] = "main"
	far.run(t).wantSuccess(t)
	if got := git(t, far.workspaces["source"], "rev-list", "--count", "refs/slipway/branch"); got != "102" {
		t.Errorf("%s commits", got)
	}
	alone := clone(t, repo, commit)
	alone.params["branch"] = "alone"
	alone.run(t).wantRefusal(t, "clone: the commit and alone have nothing in common")
	for _, branch := range []string{"-x", "a b", "a..b", "+main", "main:x", "$(id)", "nothing-there"} {
		p := clone(t, repo, commit)
		p.params["branch"] = branch
		if out := p.run(t); out.code == 0 {
			t.Errorf("%q: %s", branch, out.output)
		}
	}
}

func TestACommitOfABranchIsCheckedAsItIs(t *testing.T) {
	t.Parallel()
	p := check(t, "")
	p.run(t).wantSuccess(t)
	fleet := p.workspaces["source"] + "/."
	wantArgs(t, p, "build", "--fleet", fleet, "compile", "--check", "--fleet", fleet)
	if got := p.result(t, "impact"); got != "" {
		t.Errorf("the impact is %q", got)
	}
}

func TestWhatIsCheckedIsWhatWouldBeMerged(t *testing.T) {
	t.Parallel()
	repo, _ := bare(t, "start", map[string]string{"platform.cue": "main\n"})
	work := filepath.Join(t.TempDir(), "work")
	git(t, t.TempDir(), "clone", "--quiet", repo, work)
	git(t, work, "checkout", "--quiet", "-b", "change")
	git(t, work, "checkout", "--quiet", "main")
	if err := os.WriteFile(filepath.Join(work, "meanwhile.cue"), nil, 0o644); err != nil {
		t.Fatal(err)
	}
	git(t, work, "add", "--all")
	git(t, work, "commit", "--quiet", "-m", "meanwhile")
	git(t, work, "push", "--quiet", "origin", "main")
	base := git(t, work, "rev-parse", "HEAD")
	git(t, work, "checkout", "--quiet", "--detach", "change")
	p := checkOf(t, repo, work, "main", "change", map[string]string{"services/cart.cue": "cart\n"})
	p.run(t).wantSuccess(t)
	fleet := p.home + "/fleet/."
	wantArgs(t, p, "build", "--fleet", fleet, "--against", base, "compile", "--check", "--fleet", fleet,
		"diff", "--fleet", fleet, "--against", base, "--check")
	for _, file := range []string{"meanwhile.cue", "services/cart.cue"} {
		if _, err := os.Stat(filepath.Join(p.home, "fleet", file)); err != nil {
			t.Errorf("%s is not in what is checked", file)
		}
	}
	if got := p.result(t, "impact"); got != "dev: 1 restart" {
		t.Errorf("the impact is %q", got)
	}
}

func TestARemovalIsPermittedByACommit(t *testing.T) {
	t.Parallel()
	for message, permitted := range map[string]bool{
		"change": false, "change\n\nAllow-Removal: yes": true, "change\n\nAllow-Removal: no": false, "Allow-Removal: yes": false,
		"change\n\nAllow-Removal: yes\n\nand more": false,
	} {
		repo, _ := bare(t, "start\n\nAllow-Removal: yes", map[string]string{"platform.cue": "main\n"})
		work := filepath.Join(t.TempDir(), "work")
		git(t, t.TempDir(), "clone", "--quiet", repo, work)
		p := checkOf(t, repo, work, "main", message, map[string]string{"a": "a"})
		p.run(t).wantSuccess(t)
		if got := slices.Contains(p.recorded(t, "slipway.args"), "--allow-removal"); got != permitted {
			t.Errorf("%q: %v", message, got)
		}
	}
}

func TestWhatDoesNotMergeIsNotChecked(t *testing.T) {
	t.Parallel()
	repo, _ := bare(t, "start", map[string]string{"platform.cue": "1\n"})
	work := filepath.Join(t.TempDir(), "work")
	git(t, t.TempDir(), "clone", "--quiet", repo, work)
	start := git(t, work, "rev-parse", "HEAD")
	if err := os.WriteFile(filepath.Join(work, "platform.cue"), []byte("2\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	git(t, work, "commit", "--quiet", "--all", "-m", "meanwhile")
	git(t, work, "push", "--quiet", "origin", "main")
	git(t, work, "checkout", "--quiet", "--detach", start)
	p := checkOf(t, repo, work, "main", "change", map[string]string{"platform.cue": "3\n"})
	out := p.run(t)
	out.wantRefusal(t, "check: the commit does not merge: merge main into it")
	if !strings.Contains(out.output, "platform.cue") {
		t.Errorf("what conflicts is not told:\n%s", out.output)
	}
}

func TestCheckRefusesWhatItCannotTrust(t *testing.T) {
	t.Parallel()
	for param, values := range map[string][]string{
		"directory": {"", "-x", "../x", "/etc", "a b", "$(id)", "nothing-there"},
		"branch":    {"-x", "a b", "a..b", "main:x", "$(id)"},
	} {
		for _, v := range values {
			p := check(t, "main")
			p.params[param] = v
			p.run(t).wantRefusal(t, "check: ")
		}
	}
	p := check(t, "main")
	if err := os.WriteFile(filepath.Join(p.home, "slipway.fails"), nil, 0o644); err != nil {
		t.Fatal(err)
	}
	if out := p.run(t); out.code != 1 || strings.Count(out.output, "slipway: no") != 2 {
		t.Errorf("exit code %d:\n%s", out.code, out.output)
	}
}

func TestABranchWithALongHistoryMergesToo(t *testing.T) {
	t.Parallel()
	repo, _ := bare(t, "start", map[string]string{"platform.cue": "main\n"})
	work := filepath.Join(t.TempDir(), "work")
	git(t, t.TempDir(), "clone", "--quiet", repo, work)
	for range 150 {
		git(t, work, "commit", "--quiet", "--allow-empty", "-m", "more")
	}
	git(t, work, "push", "--quiet", "origin", "HEAD:main")
	git(t, work, "branch", "--quiet", "before")
	git(t, work, "commit", "--quiet", "--allow-empty", "-m", "merged meanwhile")
	git(t, work, "push", "--quiet", "origin", "HEAD:main")
	git(t, work, "checkout", "--quiet", "before")
	p := checkOf(t, repo, work, "main", "change", map[string]string{"services/cart.cue": "cart\n"})
	if _, err := os.Stat(filepath.Join(p.workspaces["source"], ".git/shallow")); err != nil {
		t.Fatal("the whole history was fetched, so this shows nothing")
	}
	p.run(t).wantSuccess(t)
}
