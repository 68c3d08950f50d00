package tasks

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// clone returns a pod that clones a commit of a repository on this disk.
func clone(t testing.TB, repo, commit string) *pod {
	t.Helper()
	p := newPod(t, "clone")
	p.params = map[string]string{"repository": "file://" + repo, "revision": commit, "protocols": "file"}
	p.workspaces["source"] = t.TempDir()
	return p
}

func TestCloneChecksOutTheCommit(t *testing.T) {
	t.Parallel()
	repo, commit := bare(t, "First line\n\nSecond paragraph", map[string]string{"main.go": "package main\n", "a/b.txt": "b\n"})
	p := clone(t, repo, commit)
	source := p.workspaces["source"]
	// What a first try left behind.
	if err := os.WriteFile(filepath.Join(source, ".left"), nil, 0o644); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(filepath.Join(source, "lost+found"), 0o700); err != nil {
		t.Fatal(err)
	}
	p.run(t).wantSuccess(t)

	text, err := os.ReadFile(filepath.Join(source, "a/b.txt"))
	if err != nil || string(text) != "b\n" {
		t.Errorf("a/b.txt is %q, %v", text, err)
	}
	if _, err := os.Stat(filepath.Join(source, ".left")); err == nil {
		t.Error("files of an earlier try are still there")
	}
	if got := git(t, source, "rev-parse", "HEAD"); got != commit {
		t.Errorf("HEAD is %s, want %s", got, commit)
	}
	want := map[string]string{
		"commit": commit, "committed": "2026-01-02T01:04:05Z", "epoch": "1767315845", "message": "First line",
		"CHAINS-GIT_COMMIT": commit, "CHAINS-GIT_URL": "file://" + repo,
	}
	for name, value := range want {
		if got := p.result(t, name); got != value {
			t.Errorf("result %s is %q, want %q", name, got, value)
		}
	}
}

func TestCloneRunsAgainOverItsOwnWork(t *testing.T) {
	t.Parallel()
	repo, commit := bare(t, "m", map[string]string{"a": "a"})
	p := clone(t, repo, commit)
	p.run(t).wantSuccess(t)
	p.run(t).wantSuccess(t)
}

func TestCloneTakesAnOlderCommit(t *testing.T) {
	t.Parallel()
	repo, first := bare(t, "first", map[string]string{"a": "1"})
	work := filepath.Join(t.TempDir(), "work")
	git(t, t.TempDir(), "clone", "--quiet", repo, work)
	git(t, work, "commit", "--quiet", "--allow-empty", "-m", "second")
	git(t, work, "push", "--quiet", "origin", "HEAD:main")
	p := clone(t, repo, first)
	p.run(t).wantSuccess(t)
	if got := p.result(t, "message"); got != "first" {
		t.Errorf("message is %q", got)
	}
}

func TestCloneShortensAndCleansTheMessage(t *testing.T) {
	t.Parallel()
	cases := map[string]string{
		"\x1b[31mred\a":           "[31mred",
		"$(touch pwned) `id` ; é": "$(touch pwned) `id` ; é",
		strings.Repeat("ä", 300):  strings.Repeat("ä", 198) + "..",
		"":                        "",
		"two\nlines are one subject\n\nbut not 3": "two lines are one subject",
	}
	for message, want := range cases {
		repo, commit := bare(t, message, map[string]string{"a": "a"})
		p := clone(t, repo, commit)
		p.run(t).wantSuccess(t)
		if got := p.result(t, "message"); got != want {
			t.Errorf("%q: message is %q, want %q", message, got, want)
		}
	}
}

func TestCloneRunsNoHooksAndNoFiltersOfTheRepository(t *testing.T) {
	t.Parallel()
	canary := filepath.Join(t.TempDir(), "pwned")
	evil := "#!/bin/sh\ntouch " + canary + "\n"
	repo, commit := bare(t, "m", map[string]string{
		".gitattributes":                "* filter=evil\n",
		".gitconfig":                    "[filter \"evil\"]\n\tsmudge = touch " + canary + "\n",
		"hooks/post-checkout":           evil,
		".githooks/post-checkout":       evil,
		"templates/hooks/post-checkout": evil,
	})
	p := clone(t, repo, commit)
	p.run(t).wantSuccess(t)
	if _, err := os.Stat(canary); err == nil {
		t.Error("the repository ran a command")
	}
}

func TestCloneRefusesWhatItCannotTrust(t *testing.T) {
	t.Parallel()
	sha := strings.Repeat("a", 40)
	cases := []struct{ repository, revision, protocols, why string }{
		{"https://git.example.com/a/b", "main", "https", "not a commit SHA"},
		{"https://git.example.com/a/b", "HEAD", "https", "not a commit SHA"},
		{"https://git.example.com/a/b", strings.ToUpper(sha), "https", "not a commit SHA"},
		{"https://git.example.com/a/b", "", "https", "not a full commit SHA"},
		{"https://git.example.com/a/b", sha[:39], "https", "not a full commit SHA"},
		{"https://git.example.com/a/b", sha + "\n", "https", "not a commit SHA"},
		{"/etc", sha, "https", "no protocol"},
		{"--upload-pack=x", sha, "https", "address"},
		{"ext::sh%20-c%20id", sha, "https:ssh", "no protocol"},
		{"ext::https://x", sha, "https:ssh", "no protocol"},
		{"file:///etc", sha, "https:ssh", "not one of"},
		{"http://git.example.com/a", sha, "https:ssh", "not one of"},
		{"git://git.example.com/a", sha, "https:ssh", "not one of"},
		{"https:ssh://git.example.com/a", sha, "https:ssh", "no protocol"},
		{"https://-oProxyCommand/a", sha, "https", "dash"},
		{"ssh://-oProxyCommand/a", sha, "ssh", "dash"},
		{"ssh://git@-oProxyCommand/a", sha, "ssh", "dash"},
		{"https://user:secret@git.example.com/a", sha, "https", "holds a credential"},
		{"https://git.example.com/a b", sha, "https", "character"},
		{"https://git.example.com/a\nb", sha, "https", "character"},
		{"https://git.example.com/$(id)", sha, "https", "character"},
	}
	for _, c := range cases {
		p := newPod(t, "clone")
		p.workspaces["source"] = folder(t, map[string]string{"keep": "me"})
		p.params = map[string]string{"repository": c.repository, "revision": c.revision, "protocols": c.protocols}
		p.run(t).wantRefusal(t, c.why)
		if _, err := os.Stat(filepath.Join(p.workspaces["source"], "keep")); err != nil {
			t.Errorf("%+v: the source was touched before the refusal", c)
		}
	}
}

func TestCloneGivesItsCredentialToTheHostOnly(t *testing.T) {
	t.Parallel()
	p := newPod(t, "clone")
	p.params = map[string]string{
		// Nothing listens on port 1: the clone fails after git was configured.
		"repository": "https://127.0.0.1:1/acme/checkout", "revision": strings.Repeat("a", 40),
	}
	p.workspaces["source"] = t.TempDir()
	p.workspaces["git-credentials"] = folder(t, map[string]string{"username": "robot", "password": "s3cret $(id)\n"})
	out := p.run(t)
	if out.code == 0 || strings.Contains(out.output, "s3cret") {
		t.Fatalf("exit code %d:\n%s", out.code, out.output)
	}
	config, err := os.ReadFile(filepath.Join(p.home, ".gitconfig"))
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(string(config), "s3cret") {
		t.Error("the credential was copied")
	}
	fill := func(host string) string {
		return shell(t, p, "printf 'protocol=https\nhost=%s\n\n' "+host+" | git credential fill 2>&1 || true")
	}
	if got := fill("127.0.0.1:1"); !strings.Contains(got, "username=robot\npassword=s3cret $(id)\n") {
		t.Errorf("the host gets %q", got)
	}
	if got := fill("evil.example.com"); strings.Contains(got, "s3cret") {
		t.Errorf("another host gets %q", got)
	}
}
