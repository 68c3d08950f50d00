// Package land puts changes into branches of Git repositories that others push to at the
// same time: it fetches, applies a change to what is there, commits and pushes, and when
// somebody else was first it begins anew. It merges, rebases and forces nothing. It knows
// nothing of fleets.
package land

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

// Repo is a branch of a repository elsewhere.
type Repo struct {
	URL    string // with a protocol, without a credential
	Branch string
	// Credentials is a folder as a Secret is mounted: username and password, or
	// ssh-privatekey and known_hosts. Without it, git's own configuration counts.
	Credentials string
	// Protocols that git may speak, separated by colons; "https:ssh" when empty.
	Protocols string
}

var (
	address = regexp.MustCompile(`^[A-Za-z0-9._~:/@%+-]+$`)
	branch  = regexp.MustCompile(`^[A-Za-z0-9._/][A-Za-z0-9._/-]*$`)
)

// check refuses what git would read as an option, a command or a file of this machine.
func (r Repo) check() error {
	scheme, rest, ok := strings.Cut(r.URL, "://")
	host, _, _ := strings.Cut(rest, "/")
	switch {
	case !ok || !address.MatchString(r.URL):
		return fmt.Errorf("%q is not the address of a repository, such as https://git.example.com/acme/fleet", r.URL)
	case !slices.Contains(strings.Split(r.protocols(), ":"), scheme):
		return fmt.Errorf("the protocol %s of %s is not one of %s", scheme, r.URL, r.protocols())
	case strings.HasPrefix(host, "-") || strings.Contains(host, "@-"):
		return fmt.Errorf("the host of %s begins with a dash", r.URL)
	case scheme == "https" && strings.Contains(host, "@"):
		return fmt.Errorf("the address of %s holds a credential", host[strings.LastIndex(host, "@")+1:])
	case !branch.MatchString(r.Branch) || strings.Contains(r.Branch, ".."):
		return fmt.Errorf("%q is not the name of a branch", r.Branch)
	}
	return nil
}

func (r Repo) protocols() string {
	if r.Protocols == "" {
		return "https:ssh"
	}
	return r.Protocols
}

// Clone is a repository of ours that holds the branch, and how git is called in it.
type Clone struct {
	Repo
	Dir  string // its folder; a work tree, unless it is bare
	env  []string
	deep []string // arguments of fetch that say how much comes
}

// head is where the branch is kept.
const head = "refs/land/head"

// How much comes with a clone.
var (
	Latest  = []string{"--depth=1"}          // one commit
	History = []string{"--filter=blob:none"} // all commits; files as they are asked for
	Commits = []string{"--filter=tree:0"}    // all commits and nothing else
)

// Fetch makes a clone in a folder that is empty or not there yet.
func Fetch(ctx context.Context, r Repo, dir string, deep []string) (*Clone, error) {
	if err := r.check(); err != nil {
		return nil, err
	}
	c := &Clone{Repo: r, Dir: filepath.Join(dir, "tree"), deep: deep}
	if err := os.MkdirAll(c.Dir, 0o700); err != nil {
		return nil, err
	}
	if err := c.environment(dir); err != nil {
		return nil, err
	}
	if _, err := c.Git(ctx, "init", "--quiet"); err != nil {
		return nil, err
	}
	// A partial clone asks its remote for what it lacks, and needs one for that.
	for _, set := range [][2]string{{"remote.origin.url", r.URL}, {"remote.origin.promisor", "true"}} {
		if _, err := c.Git(ctx, "config", set[0], set[1]); err != nil {
			return nil, err
		}
	}
	return c, c.update(ctx)
}

// update brings in what was pushed meanwhile.
func (c *Clone) update(ctx context.Context) error {
	args := append([]string{"fetch", "--quiet", "--no-tags", "--no-recurse-submodules"}, c.deep...)
	_, err := c.Git(ctx, append(args, "--end-of-options", "origin", "+refs/heads/"+c.Branch+":"+head)...)
	return err
}

// environment keeps everything out of git but what is said here, when there are
// credentials to protect: no hook, no file of the machine, no helper of somebody else's.
func (c *Clone) environment(dir string) error {
	c.env = append(os.Environ(), "LC_ALL=C", "GIT_TERMINAL_PROMPT=0", "GIT_ALLOW_PROTOCOL="+c.protocols(), "GIT_ADVICE=0")
	config := [][2]string{{"core.hooksPath", os.DevNull}, {"gc.auto", "0"}, {"maintenance.auto", "false"}}
	if c.Credentials != "" {
		c.env = append(c.env, "GIT_CONFIG_NOSYSTEM=1", "GIT_CONFIG_GLOBAL="+os.DevNull, "LAND_CREDENTIALS="+c.Credentials)
		scheme, rest, _ := strings.Cut(c.URL, "://")
		host, _, _ := strings.Cut(rest, "/")
		if exists(filepath.Join(c.Credentials, "password")) {
			// Bound to the host: a redirect elsewhere gets nothing. git's own shell expands it.
			config = append(config, [2]string{"credential." + scheme + "://" + host + ".helper",
				`!f() { [ "$1" != get ] || printf "username=%s\npassword=%s\n" "$(cat "$LAND_CREDENTIALS/username")" "$(cat "$LAND_CREDENTIALS/password")"; }; f`})
		}
		if key := filepath.Join(c.Credentials, "ssh-privatekey"); exists(key) {
			// ssh refuses a key that its group can read, as mounted ones are.
			text, err := os.ReadFile(key)
			if err != nil {
				return err
			}
			own := filepath.Join(dir, "ssh-key")
			if err := os.WriteFile(own, text, 0o600); err != nil {
				return err
			}
			c.env = append(c.env, "GIT_SSH_COMMAND=ssh -F /dev/null -i '"+own+"' -o IdentitiesOnly=yes -o BatchMode=yes -o StrictHostKeyChecking=yes -o UserKnownHostsFile='"+filepath.Join(c.Credentials, "known_hosts")+"'")
		}
	}
	c.env = append(c.env, fmt.Sprintf("GIT_CONFIG_COUNT=%d", len(config)))
	for i, set := range config {
		c.env = append(c.env, fmt.Sprintf("GIT_CONFIG_KEY_%d=%s", i, set[0]), fmt.Sprintf("GIT_CONFIG_VALUE_%d=%s", i, set[1]))
	}
	return nil
}

func exists(file string) bool {
	_, err := os.Stat(file)
	return err == nil
}

// Git runs git in the clone and returns what it prints, without the last line's end.
func (c *Clone) Git(ctx context.Context, args ...string) (string, error) {
	cmd := exec.CommandContext(ctx, "git", args...)
	cmd.Dir, cmd.Env = c.Dir, c.env
	var out, wrong bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &wrong
	if err := cmd.Run(); err != nil {
		return "", fmt.Errorf("git %s: %w: %s", args[0], err, strings.TrimSpace(wrong.String()))
	}
	return strings.TrimRight(out.String(), "\n"), nil
}

// File is a file of a commit, named from the folder of the clone.
func (c *Clone) File(ctx context.Context, commit, name string) ([]byte, error) {
	cmd := exec.CommandContext(ctx, "git", "show", "--end-of-options", commit+":./"+name)
	cmd.Dir, cmd.Env = c.Dir, c.env
	return cmd.Output()
}

// Head is the branch's newest commit, as last fetched.
func (c *Clone) Head(ctx context.Context) (string, error) {
	return c.Git(ctx, "rev-parse", "--verify", "--end-of-options", head)
}

var hex = regexp.MustCompile(`^[0-9a-f]{7,64}$`)

// Knows reports whether a commit is there.
func (c *Clone) Knows(ctx context.Context, commit string) bool {
	if !hex.MatchString(commit) {
		return false
	}
	_, err := c.Git(ctx, "rev-parse", "--quiet", "--verify", "--end-of-options", commit+"^{commit}")
	return err == nil
}

// OnBranch reports whether the branch has a commit.
func (c *Clone) OnBranch(ctx context.Context, commit string) (bool, error) {
	return c.Descends(ctx, head, commit)
}

// Descends reports whether a commit is another one or comes after it.
func (c *Clone) Descends(ctx context.Context, commit, from string) (bool, error) {
	if !hex.MatchString(from) || commit != head && !hex.MatchString(commit) {
		return false, fmt.Errorf("%q and %q are not both commits", commit, from)
	}
	_, err := c.Git(ctx, "merge-base", "--is-ancestor", "--end-of-options", from, commit)
	var exit *exec.ExitError
	if errors.As(err, &exit) && exit.ExitCode() == 1 {
		return false, nil
	}
	return err == nil, err
}

// Checkout makes the work tree what the branch has, and nothing else.
func (c *Clone) Checkout(ctx context.Context) error {
	if _, err := c.Git(ctx, "checkout", "--quiet", "--force", "--detach", head); err != nil {
		return err
	}
	_, err := c.Git(ctx, "clean", "--quiet", "-ffdx")
	return err
}

// LastChange is the branch's last commit that changed one of some files or folders. Of a merge it is
// the merge: what was merged has commits of its own, of which the branch never was one, and a merge
// may leave files as they were long ago.
func (c *Clone) LastChange(ctx context.Context, files ...string) (string, error) {
	commit, err := c.Git(ctx, append([]string{"log", "-1", "--first-parent", "--format=%H", "--end-of-options", head, "--"}, files...)...)
	if err == nil && commit == "" {
		err = fmt.Errorf("no commit of %s has %s", c.Branch, files[0])
	}
	return commit, err
}

// Tag is a tag of a commit that fits a pattern, the latest version of several; empty when it has none.
func (c *Clone) Tag(ctx context.Context, commit, pattern string) (string, error) {
	text, err := c.Git(ctx, "ls-remote", "--quiet", "--tags", "--end-of-options", "origin")
	if err != nil {
		return "", err
	}
	last := ""
	for line := range strings.Lines(text) {
		at, ref, _ := strings.Cut(strings.TrimSpace(line), "\t")
		// The commit of an annotated tag has a line of its own, which ends so.
		tag := strings.TrimSuffix(strings.TrimPrefix(ref, "refs/tags/"), "^{}")
		if ok, err := path.Match(pattern, tag); err != nil {
			return "", err
		} else if ok && strings.HasPrefix(at, commit) && (last == "" || later(tag, last)) {
			last = tag
		}
	}
	return last, nil
}

// later reports whether a version comes after another one: v1.10.0 after v1.9.0, and v1.0.0 after
// v1.0.0-rc.1, which the same commit may have been called before.
func later(a, b string) bool {
	for a != "" && b != "" {
		x, y := digits(a), digits(b)
		if x == "" || y == "" {
			if a[0] != b[0] {
				return a[0] > b[0]
			}
			a, b = a[1:], b[1:]
			continue
		}
		a, b = a[len(x):], b[len(y):]
		x, y = strings.TrimLeft(x, "0"), strings.TrimLeft(y, "0")
		if x != y {
			return len(x) > len(y) || len(x) == len(y) && x > y
		}
	}
	return strings.HasPrefix(b, "-") || a != "" && a[0] != '-'
}

// digits are those that a text begins with.
func digits(s string) string { return s[:len(s)-len(strings.TrimLeft(s, "0123456789"))] }

// Differ reports whether some folders are different in two commits.
func (c *Clone) Differ(ctx context.Context, a, b string, folders ...string) (bool, error) {
	_, err := c.Git(ctx, append([]string{"diff", "--quiet", "--no-renames", "--end-of-options", a, b, "--"}, folders...)...)
	var exit *exec.ExitError
	if errors.As(err, &exit) && exit.ExitCode() == 1 {
		return true, nil
	}
	return false, err
}
