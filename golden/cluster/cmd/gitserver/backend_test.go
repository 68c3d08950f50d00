package main

import (
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

func TestAnyoneReadsAndWhoHasTheTokenPushes(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	git := func(args ...string) (string, error) {
		c := exec.Command("git", args...)
		c.Env = append(os.Environ(), "HOME="+dir, "GIT_CONFIG_NOSYSTEM=1", "GIT_TERMINAL_PROMPT=0",
			"GIT_AUTHOR_NAME=a", "GIT_AUTHOR_EMAIL=a@localhost", "GIT_COMMITTER_NAME=a", "GIT_COMMITTER_EMAIL=a@localhost")
		out, err := c.CombinedOutput()
		return string(out), err
	}
	must := func(args ...string) {
		t.Helper()
		if out, err := git(args...); err != nil {
			t.Fatalf("git %v: %v\n%s", args, err, out)
		}
	}
	b, err := newBackend(dir, "secret")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(b.program); err != nil {
		t.Skip("this git has no http-backend")
	}
	server := httptest.NewServer(b)
	t.Cleanup(server.Close)
	work := filepath.Join(dir, "work")
	must("init", "--quiet", "--bare", "--initial-branch=main", filepath.Join(dir, "team", "fleet"))
	must("clone", "--quiet", server.URL+"/team/fleet.git", work)
	must("-C", work, "commit", "--quiet", "--allow-empty", "--message", "one")

	with := func(password string) string {
		return strings.Replace(server.URL, "http://", "http://"+url.UserPassword("anybody", password).String()+"@", 1) + "/team/fleet"
	}
	for _, address := range []string{server.URL + "/team/fleet", with("wrong")} {
		if out, err := git("-C", work, "push", "--quiet", address, "HEAD:main"); err == nil {
			t.Errorf("a push to %s is taken: %s", address, out)
		}
	}
	must("-C", work, "push", "--quiet", with("secret"), "HEAD:main")
	must("clone", "--quiet", server.URL+"/team/fleet", filepath.Join(dir, "again"))
	must("-C", filepath.Join(dir, "again"), "rev-parse", "--verify", "HEAD")

	if _, err := newBackend(dir, ""); err == nil {
		t.Error("an empty token lets everybody push")
	}
}
