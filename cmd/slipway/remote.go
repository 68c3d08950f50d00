package main

import (
	"context"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"strings"
	"time"

	"github.com/spf13/pflag"

	"slipway.dev/cmd/slipway/internal/land"
	"slipway.dev/compiler/ir"
)

// remote is a fleet as commands are given it: a folder, or the address of a repository that
// is cloned, changed and pushed to.
type remote struct {
	fleet       string // the folder, or the address
	branch      string
	home        string // the folder of platform.cue in the repository
	credentials string // a folder as land.Repo has it
	sources     string // the same for the services' sources
	protocols   string
	run         string // who asks: the pipeline run, for the commit's trailer
	author      land.Author
	patience    land.Patience
}

// runName keeps a run from forging a trailer.
var runName = regexp.MustCompile(`^[a-z0-9][a-z0-9.-]*/[a-z0-9][a-z0-9.-]*$`)

// usualPause is the longest first pause between tries.
const usualPause = 250 * time.Millisecond

// reading are the flags of a command that changes nothing.
func (r *remote) reading(f *pflag.FlagSet) {
	r.patience.Pause = usualPause
	f.StringVar(&r.fleet, "fleet", ".", "the fleet's folder, or the address of its repository")
	f.StringVar(&r.branch, "branch", "main", "with an address: the branch")
	f.StringVar(&r.home, "directory", ".", "with an address: the folder of platform.cue in the repository")
	f.StringVar(&r.credentials, "credentials", "", "with an address: a folder with username and password, or ssh-privatekey and known_hosts")
	f.StringVar(&r.sources, "source-credentials", "", "the same for the repositories of services")
	f.StringVar(&r.protocols, "protocols", "https:ssh", "the protocols that git may speak, separated by colons")
}

// flags are those of one that changes the fleet.
func (r *remote) flags(f *pflag.FlagSet) {
	r.reading(f)
	f.Lookup("fleet").Usage += ": the change is then pushed"
	f.StringVar(&r.run, "run", "", "with an address: the pipeline run, NAMESPACE/NAME, that the commit names")
	f.StringVar(&r.author.Name, "committer-name", "Slipway", "with an address: who commits")
	f.StringVar(&r.author.Email, "committer-email", "slipway@localhost", "with an address: the address of who commits")
	f.IntVar(&r.patience.Attempts, "attempts", 30, "with an address: how often a push is tried while others push")
	f.DurationVar(&r.patience.Pause, "pause", usualPause, "with an address: the longest first pause between tries")
}

// elsewhere reports whether the fleet is a repository to clone.
func (r *remote) elsewhere() bool { return strings.Contains(r.fleet, "://") }

// change applies a change to the fleet: in its folder, or in a clone, which is committed and
// pushed; apply is called again when somebody else pushed first. deep says how much of the
// history it needs.
func (r *remote) change(ctx context.Context, w world, deep []string, apply func(ctx context.Context, f *checkout) (message string, err error)) error {
	if !r.elsewhere() {
		_, err := apply(ctx, &checkout{dir: r.fleet})
		return err
	}
	return r.clone(ctx, deep, func(c *land.Clone, dir string) error {
		commit, changed, err := c.Land(ctx, r.author, r.patience, w.err, func(string) (string, error) {
			message, err := apply(ctx, &checkout{dir: dir, home: path.Clean(r.home), clone: c})
			if message == "" || err != nil {
				return "", err
			}
			if r.run != "" {
				message += "\nSlipway-Run: " + r.run
			}
			return message + "\n", nil
		})
		if err == nil && changed {
			fmt.Fprintf(w.out, "pushed as commit %s\n", commit)
		}
		return err
	})
}

// read lets f see the fleet; what it changes is thrown away.
func (r *remote) read(ctx context.Context, f func(*checkout) error) error {
	return r.readWith(ctx, land.Latest, f)
}

// readWith is read with as much of the history as deep says.
func (r *remote) readWith(ctx context.Context, deep []string, f func(*checkout) error) error {
	if !r.elsewhere() {
		return f(&checkout{dir: r.fleet})
	}
	return r.clone(ctx, deep, func(c *land.Clone, dir string) error {
		if err := c.Checkout(ctx); err != nil {
			return err
		}
		return f(&checkout{dir: dir, home: path.Clean(r.home), clone: c})
	})
}

func (r *remote) clone(ctx context.Context, deep []string, f func(c *land.Clone, dir string) error) error {
	if r.run != "" && !runName.MatchString(r.run) {
		return fmt.Errorf("%q is not a pipeline run, NAMESPACE/NAME", r.run)
	}
	home := path.Clean(r.home)
	if !filepath.IsLocal(filepath.FromSlash(home)) {
		return fmt.Errorf("%q is no folder of a repository", r.home)
	}
	work, err := os.MkdirTemp("", "slipway-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(work)
	c, err := land.Fetch(ctx, land.Repo{URL: r.fleet, Branch: r.branch, Credentials: r.credentials, Protocols: r.protocols}, work, deep)
	if err != nil {
		return fmt.Errorf("clone the fleet: %w", err)
	}
	return f(c, filepath.Join(c.Dir, filepath.FromSlash(home)))
}

// checkout is a fleet to work in.
type checkout struct {
	dir   string
	home  string      // the same in the repository
	clone *land.Clone // nil for a folder that was given
}

// sources are the repositories of services, each with its commits and nothing else, fetched
// when one is first asked for.
type sources struct {
	remote *remote
	dir    string
	clones map[branchOf]*land.Clone
}

// branchOf is a repository's, of which several services may be.
type branchOf struct{ repo, branch string }

// newSources makes room for them; close removes them.
func (r *remote) newSources() (*sources, error) {
	dir, err := os.MkdirTemp("", "slipway-sources-")
	if err != nil {
		return nil, err
	}
	return &sources{r, dir, map[branchOf]*land.Clone{}}, nil
}

func (s *sources) close() { os.RemoveAll(s.dir) }

func (s *sources) of(ctx context.Context, src ir.Source) (*land.Clone, error) {
	key := branchOf{src.Repo, src.Branch}
	if c := s.clones[key]; c != nil {
		return c, nil
	}
	c, err := land.Fetch(ctx, land.Repo{URL: src.Repo, Branch: src.Branch, Credentials: s.remote.sources, Protocols: s.remote.protocols},
		filepath.Join(s.dir, fmt.Sprint(len(s.clones))), land.Commits)
	if err != nil {
		return nil, fmt.Errorf("ask the source for its commits: %w", err)
	}
	s.clones[key] = c
	return c, nil
}

// older reports whether a commit comes before another one that is released already. One
// that the source does not know any more, after a force-push, is older than nothing.
func (s *sources) older(ctx context.Context, src ir.Source, commit, released string) (bool, error) {
	if strings.HasPrefix(commit, released) || strings.HasPrefix(released, commit) {
		return false, nil
	}
	c, err := s.of(ctx, src)
	if err != nil {
		return false, err
	}
	switch {
	case !c.Knows(ctx, commit):
		return false, fmt.Errorf("%s has no commit %s on %s", src.Repo, commit, src.Branch)
	case !c.Knows(ctx, released):
		return false, nil
	}
	return c.Descends(ctx, released, commit)
}
