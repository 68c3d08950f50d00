package land

import (
	"os"
	"path/filepath"
	"testing"
)

// Argo CD deploys what the branch was at some time. What changed a file there is the merge, however
// the pull request came to its content; else a revision before the merge would seem to have it.
func TestTheLastChangeIsThatOfTheBranch(t *testing.T) {
	t.Parallel()
	at := origin(t)
	work := filepath.Join(t.TempDir(), "work")
	git(t, filepath.Dir(work), "clone", "--quiet", at, work)
	write := func(name, text string) string {
		t.Helper()
		if err := os.WriteFile(filepath.Join(work, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		git(t, work, "add", "--all")
		git(t, work, "commit", "--quiet", "-m", name+" is "+text)
		return git(t, work, "rev-parse", "HEAD")
	}
	on := func(args ...string) string {
		t.Helper()
		git(t, work, args...)
		return git(t, work, "rev-parse", "HEAD")
	}
	last := func(why, want string) {
		t.Helper()
		git(t, work, "push", "--quiet", "origin", "main")
		if got, err := fetch(t, at, History).LastChange(t.Context(), "record", "spec"); err != nil || got != want {
			t.Errorf("%s: %q, %v; want %s", why, got, err, want)
		}
	}

	last("a commit", write("record", "1"))

	on("checkout", "--quiet", "-b", "request")
	write("record", "2")
	write("spec", "2")
	on("checkout", "--quiet", "main")
	write("other", "1")
	last("a merged pull request of several commits", on("merge", "--quiet", "--no-ff", "--no-edit", "request"))
	write("other", "2")
	last("and what is no change of it", git(t, work, "rev-parse", "HEAD~1"))

	on("checkout", "--quiet", "-b", "squashed")
	write("record", "3")
	on("checkout", "--quiet", "main")
	git(t, work, "merge", "--quiet", "--squash", "squashed")
	last("a squashed one", on("commit", "--quiet", "-m", "squashed"))

	on("checkout", "--quiet", "-b", "old", "main~1")
	write("other", "3")
	on("checkout", "--quiet", "main")
	git(t, work, "merge", "--quiet", "--no-ff", "--no-commit", "old")
	git(t, work, "checkout", "--quiet", "old", "--", "record")
	last("a merge that leaves the record as it was before", on("commit", "--quiet", "-m", "merged"))

	on("checkout", "--quiet", "-b", "before", "main~1")
	write("another", "1")
	on("checkout", "--quiet", "main")
	changed := write("record", "4")
	on("merge", "--quiet", "--no-ff", "--no-edit", "before")
	last("a merge of what was begun before, and leaves it alone", changed)
}

// A commit that was tried as a candidate is then called by its version.
func TestTheLatestVersionOfACommitIsItsTag(t *testing.T) {
	t.Parallel()
	dir := origin(t)
	commit := git(t, dir, "rev-parse", "main")
	c := fetch(t, dir, Commits)
	for _, tag := range []struct{ name, want string }{
		{"v1.9.0-rc.2", "v1.9.0-rc.2"}, {"v1.9.0-rc.10", "v1.9.0-rc.10"}, {"v1.9.0", "v1.9.0"}, {"v1.9.0-rc.11", "v1.9.0"},
		{"v1.10.0", "v1.10.0"}, {"v1.2", "v1.10.0"}, {"v1.10.0.1", "v1.10.0.1"}, {"other", "v1.10.0.1"}, {"v2-beta", "v2-beta"}, {"v2", "v2"},
	} {
		git(t, dir, "tag", tag.name, commit)
		if got, err := c.Tag(t.Context(), commit, "v*"); err != nil || got != tag.want {
			t.Errorf("after %s it is called %q, %v; want %s", tag.name, got, err, tag.want)
		}
	}
}
