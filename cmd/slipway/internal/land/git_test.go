package land

import "testing"

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
