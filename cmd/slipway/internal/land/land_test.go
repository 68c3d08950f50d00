package land

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

var ada = Author{"Ada", "ada@example.com"}

// quick is as patient as tests are.
var quick = Patience{Attempts: 60, Pause: time.Millisecond}

func git(t testing.TB, dir string, args ...string) string {
	t.Helper()
	cmd := exec.Command("git", args...)
	cmd.Dir = dir
	cmd.Env = []string{
		"PATH=" + os.Getenv("PATH"), "HOME=/nonexistent", "GIT_CONFIG_NOSYSTEM=1",
		"GIT_AUTHOR_NAME=A", "GIT_AUTHOR_EMAIL=a@example.com", "GIT_COMMITTER_NAME=A", "GIT_COMMITTER_EMAIL=a@example.com",
	}
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("git %s: %v\n%s", strings.Join(args, " "), err, out)
	}
	return strings.TrimSpace(string(out))
}

// origin makes a repository elsewhere with one commit on main.
func origin(t testing.TB) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "origin.git")
	work := t.TempDir()
	git(t, work, "init", "--quiet", "--initial-branch=main")
	if err := os.WriteFile(filepath.Join(work, "count"), []byte("0\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	git(t, work, "add", "--all")
	git(t, work, "commit", "--quiet", "-m", "start")
	git(t, work, "clone", "--quiet", "--bare", work, dir)
	git(t, dir, "config", "uploadpack.allowFilter", "true")
	return dir
}

func repo(dir string) Repo { return Repo{URL: "file://" + dir, Branch: "main", Protocols: "file"} }

func fetch(t testing.TB, dir string, deep []string) *Clone {
	t.Helper()
	c, err := Fetch(t.Context(), repo(dir), t.TempDir(), deep)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// count adds one to a number that all who land share; a merge of texts could not.
func count(dir string) (string, error) {
	file := filepath.Join(dir, "count")
	text, err := os.ReadFile(file)
	if err != nil {
		return "", err
	}
	var n int
	if _, err := fmt.Sscan(string(text), &n); err != nil {
		return "", err
	}
	return fmt.Sprintf("count %d", n+1), os.WriteFile(file, fmt.Appendf(nil, "%d\n", n+1), 0o644)
}

func TestManyAtOnceAllLandOnOneLine(t *testing.T) {
	t.Parallel()
	at := origin(t)
	var all sync.WaitGroup
	errs := make([]error, 8)
	for i := range errs {
		c := fetch(t, at, Latest)
		all.Go(func() {
			// Of the same second, parent, content and message would be the same commit.
			_, _, errs[i] = c.Land(context.Background(), Author{fmt.Sprint("Ada ", i), "ada@example.com"}, quick, t.Output(), count)
		})
	}
	all.Wait()
	if err := errors.Join(errs...); err != nil {
		t.Fatal(err)
	}
	if got := git(t, at, "show", "main:count"); got != "8" {
		t.Errorf("%s of 8 landed", got)
	}
	if merges := git(t, at, "rev-list", "--merges", "main"); merges != "" {
		t.Errorf("merges: %s", merges)
	}
}

func TestNothingToChangeIsNoCommit(t *testing.T) {
	t.Parallel()
	at := origin(t)
	commit, changed, err := fetch(t, at, Latest).Land(t.Context(), ada, quick, t.Output(), func(string) (string, error) { return "", nil })
	if err != nil || changed || commit != git(t, at, "rev-parse", "main") {
		t.Errorf("%q, %v, %v", commit, changed, err)
	}
}

func TestAFailedChangeLeavesTheBranchAlone(t *testing.T) {
	t.Parallel()
	at := origin(t)
	before := git(t, at, "rev-parse", "main")
	_, _, err := fetch(t, at, Latest).Land(t.Context(), ada, quick, t.Output(), func(dir string) (string, error) {
		return "half", errors.Join(os.Remove(filepath.Join(dir, "count")), errors.New("no"))
	})
	if err == nil || git(t, at, "rev-parse", "main") != before {
		t.Errorf("%v", err)
	}
}

func TestARefusedPushEndsWithTheHostsWords(t *testing.T) {
	t.Parallel()
	at := origin(t)
	hook := filepath.Join(at, "hooks", "update")
	if err := os.WriteFile(hook, []byte("#!/bin/sh\necho you are not allowed to push to this branch >&2\nexit 1\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	_, _, err := fetch(t, at, Latest).Land(t.Context(), ada, quick, t.Output(), count)
	if err == nil || !strings.Contains(err.Error(), "although nobody else pushed") || !strings.Contains(err.Error(), "you are not allowed to push") {
		t.Errorf("%v", err)
	}
}

func TestAPushReportedAsLostIsRecognised(t *testing.T) {
	t.Parallel()
	at := origin(t)
	// What the host says last is a failure, and the push has arrived by then.
	hook := filepath.Join(at, "hooks", "post-receive")
	if err := os.WriteFile(hook, []byte("#!/bin/sh\nkill -9 $PPID\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	commit, _, err := fetch(t, at, Latest).Land(t.Context(), ada, quick, t.Output(), count)
	if err != nil || commit != git(t, at, "rev-parse", "main") || git(t, at, "show", "main:count") != "1" {
		t.Errorf("%q, %v, count %s", commit, err, git(t, at, "show", "main:count"))
	}
}

func TestAncestryNeedsNoFiles(t *testing.T) {
	t.Parallel()
	at := origin(t)
	old := git(t, at, "rev-parse", "main")
	if _, _, err := fetch(t, at, Latest).Land(t.Context(), ada, quick, t.Output(), count); err != nil {
		t.Fatal(err)
	}
	c := fetch(t, at, Commits)
	for _, try := range []struct {
		commit, from string
		want         bool
	}{{git(t, at, "rev-parse", "main"), old, true}, {old, git(t, at, "rev-parse", "main"), false}, {old, old[:9], true}} {
		if got, err := c.Descends(t.Context(), try.commit, try.from); err != nil || got != try.want {
			t.Errorf("%v: %v, %v", try, got, err)
		}
	}
	if _, err := c.Descends(t.Context(), old, strings.Repeat("a", 40)); err == nil {
		t.Error("a commit that there is not has an answer")
	}
	if c.Knows(t.Context(), strings.Repeat("a", 40)) || !c.Knows(t.Context(), old[:9]) {
		t.Error("it does not know what it has")
	}
	if ok, err := c.OnBranch(t.Context(), old); err != nil || !ok {
		t.Errorf("the branch lacks its first commit: %v", err)
	}
}

func TestHostileAddressesAreRefused(t *testing.T) {
	t.Parallel()
	for _, r := range []Repo{
		{URL: "ext::sh -c touch% x", Branch: "main"}, {URL: "/etc", Branch: "main"}, {URL: "file:///etc", Branch: "main"},
		{URL: "--upload-pack=x", Branch: "main"}, {URL: "https://-x/y", Branch: "main"}, {URL: "https://me:secret@host/y", Branch: "main"},
		{URL: "ssh://git@-oProxyCommand=x/y", Branch: "main"}, {URL: "https://host/y", Branch: "-x"}, {URL: "https://host/y", Branch: "a:b"},
		{URL: "https://host/y", Branch: "+main"}, {URL: "https://host/y", Branch: ""}, {URL: "https://host/$(id)", Branch: "main"},
	} {
		_, err := Fetch(t.Context(), r, t.TempDir(), Latest)
		if err == nil || strings.Contains(err.Error(), "secret") || strings.HasPrefix(err.Error(), "git ") {
			t.Errorf("%v: %v", r, err)
		}
	}
}
