package machine

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// startGit starts the server of the fleet's repository and of the sources, on loopback and,
// when there is a node, on the bridge, where it also stands in for what pods ask besides: the
// registry, the API server, and the first EventListener.
func (c *Cluster) startGit(ctx context.Context) error {
	args := []string{
		"-root", c.path("git"),
		"-cert", c.path("pki", "server.crt"), "-key", c.path("pki", "server.key"),
		"-token-file", c.path("git-token"),
		"-listen", "127.0.0.1:" + c.port(portGit),
	}
	if c.Bridge != "" {
		args = append(args,
			"-listen", c.Bridge+":"+c.port(portGit),
			"-forward", c.Bridge+":443=127.0.0.1:"+c.port(portAPI)) // where the Service kubernetes leads
		for _, port := range []int{portRegistry, portAPI, portSinks} {
			args = append(args, "-forward", c.Bridge+":"+c.port(port)+"=127.0.0.1:"+c.port(port))
		}
	}
	if err := c.Start(Process{Name: "git", Path: "gitserver", Args: args}); err != nil {
		return err
	}
	return c.Wait(ctx, "git", c.answers("https://127.0.0.1:"+c.port(portGit)+"/-/ready"))
}

// GitToken is the password for pushing to the Git server.
func (c *Cluster) GitToken() string { return c.token("git-token") }

// CreateRepo makes an empty repository with the branch main, such as "platform/fleet".
func (c *Cluster) CreateRepo(name string) error {
	if !fs.ValidPath(name) || name == "." || strings.HasPrefix(name, "-") {
		return fmt.Errorf("create repository %q: expected a relative path", name)
	}
	dir := c.path("git", filepath.FromSlash(name))
	if _, err := os.Stat(dir); !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("create repository %q: it exists", name)
	}
	for _, args := range [][]string{
		{"init", "--quiet", "--bare", "--initial-branch=main", dir},
		// What the hosts that people use allow: a commit may be fetched by its hash.
		{"-C", dir, "config", "uploadpack.allowAnySHA1InWant", "true"},
		{"-C", dir, "config", "uploadpack.allowFilter", "true"},
		{"-C", dir, "config", "receive.denyNonFastForwards", "true"},
		{"-C", dir, "config", "gc.auto", "0"},
	} {
		if _, err := c.git(args...); err != nil {
			return fmt.Errorf("create repository %q: %w", name, err)
		}
	}
	return nil
}

// Head is the commit that a branch of a repository on the Git server points to.
func (c *Cluster) Head(repository, branch string) (string, error) {
	return c.git("-C", c.path("git", filepath.FromSlash(repository)), "rev-parse", "--verify", "refs/heads/"+branch)
}

func (c *Cluster) git(args ...string) (string, error) {
	cmd := exec.Command("git", args...)
	cmd.Env = append(c.environment(Process{}), "GIT_CONFIG_NOSYSTEM=1")
	out, err := cmd.Output()
	if err != nil {
		return "", fmt.Errorf("git %s: %w", strings.Join(args, " "), explain(err))
	}
	return strings.TrimSpace(string(out)), nil
}

// GitEnvironment is what a git command of this machine needs in its environment to clone
// from and push to the Git server by its URLs: the authority, and the token for pushing.
// The token stands in no argument and no URL.
func (c *Cluster) GitEnvironment() []string {
	return []string{
		"GIT_SSL_CAINFO=" + c.CA(),
		"GIT_TERMINAL_PROMPT=0",
		"GIT_CONFIG_COUNT=2",
		"GIT_CONFIG_KEY_0=credential.helper", "GIT_CONFIG_VALUE_0=",
		"GIT_CONFIG_KEY_1=credential.https://127.0.0.1:" + c.port(portGit) + ".helper",
		"GIT_CONFIG_VALUE_1=!f() { echo username=slipway; echo \"password=$(cat '" + c.path("git-token") + "')\"; }; f",
	}
}
