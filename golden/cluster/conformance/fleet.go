package conformance

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"

	"slipway.dev/golden/cluster/judge"
)

// Fleet is a fleet repository: a working copy here, and what was pushed to the cluster's
// Git server.
type Fleet struct {
	Env  *Env
	Name string
	// Dir is the working copy.
	Dir string
	// Tree is what was compiled last.
	Tree *judge.Tree
}

// address finds what an example says of the world outside, which is another one here: the
// fleet's repository, and where each cluster is.
var address = regexp.MustCompile(`(fleet: repo: +|server: +)"(https://[^"]+)"`)

// NewFleet copies a fleet for this cluster, compiles it and pushes it. Its clusters become
// the two addresses that this one has, in turns; everything else stays as it was written.
func NewFleet(ctx context.Context, e *Env, name string, from fs.FS) (*Fleet, error) {
	f := &Fleet{Env: e, Name: name, Dir: filepath.Join(e.Work, name)}
	if err := os.RemoveAll(f.Dir); err != nil {
		return nil, err
	}
	if err := copyFleet(f.Dir, from); err != nil {
		return nil, err
	}
	clusters := []string{e.Cluster.URL(), e.Cluster.OtherURL()}
	repos, servers := 0, 0
	err := f.Edit("platform.cue", func(text string) string {
		return address.ReplaceAllStringFunc(text, func(found string) string {
			m := address.FindStringSubmatch(found)
			if strings.HasPrefix(m[1], "fleet") {
				repos++
				return m[1] + `"` + e.Cluster.PodGitURL(name) + `"`
			}
			servers++
			return m[1] + `"` + clusters[(servers-1)%len(clusters)] + `"`
		})
	})
	if err != nil {
		return nil, err
	}
	if repos != 1 || servers == 0 {
		return nil, fmt.Errorf("%s/platform.cue names %d fleet repositories and %d clusters", name, repos, servers)
	}
	if err := e.Cluster.CreateRepo(name); err != nil {
		return nil, err
	}
	if _, err := f.git(ctx, "init", "--quiet", "--initial-branch=main"); err != nil {
		return nil, err
	}
	return f, f.Publish(ctx, "Begin")
}

// copyFleet copies what people and promotions write.
func copyFleet(dir string, from fs.FS) error {
	return fs.WalkDir(from, ".", func(path string, e fs.DirEntry, err error) error {
		target := filepath.Join(dir, filepath.FromSlash(path))
		switch {
		case err != nil:
			return err
		case e.IsDir() && path == judge.Root:
			return fs.SkipDir
		case e.IsDir():
			return os.MkdirAll(target, 0o755)
		}
		content, err := fs.ReadFile(from, path)
		if err != nil {
			return err
		}
		return os.WriteFile(target, content, 0o644)
	})
}

// Edit changes a file of the working copy.
func (f *Fleet) Edit(path string, change func(string) string) error {
	path = filepath.Join(f.Dir, path)
	text, err := os.ReadFile(path)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	changed := change(string(text))
	if changed == string(text) {
		return fmt.Errorf("the edit of %s changes nothing", path)
	}
	return os.WriteFile(path, []byte(changed), 0o644)
}

// Publish compiles the working copy, commits and pushes it.
func (f *Fleet) Publish(ctx context.Context, message string) error {
	if _, err := f.slipway(ctx, "compile", "--allow-removal", "."); err != nil {
		return err
	}
	if _, err := f.git(ctx, "add", "--all"); err != nil {
		return err
	}
	if _, err := f.git(ctx, "commit", "--quiet", "--allow-empty", "--message", message); err != nil {
		return err
	}
	if _, err := f.git(ctx, "push", "--quiet", f.Env.pushURL(f.Name), "HEAD:refs/heads/main"); err != nil {
		return err
	}
	return f.read()
}

// Pull brings in what others pushed, such as a release by a pipeline.
func (f *Fleet) Pull(ctx context.Context) error {
	if _, err := f.git(ctx, "pull", "--quiet", "--ff-only", f.Env.Cluster.GitURL(f.Name), "main"); err != nil {
		return err
	}
	return f.read()
}

func (f *Fleet) read() error {
	tree, found := judge.Read(os.DirFS(filepath.Join(f.Dir, judge.Root)))
	if len(found) > 0 {
		return fmt.Errorf("read what was compiled: %v", found)
	}
	f.Tree = tree
	return nil
}

func (f *Fleet) slipway(ctx context.Context, args ...string) (string, error) {
	return f.Env.command(ctx, f.Dir, f.Env.Slipway, args...)
}

func (f *Fleet) git(ctx context.Context, args ...string) (string, error) {
	return f.Env.command(ctx, f.Dir, "git", args...)
}

// pushURL is where a repository is pushed to; the Git server is on loopback and its token
// is made anew for each cluster.
func (e *Env) pushURL(repository string) string {
	return strings.Replace(e.Cluster.GitURL(repository), "https://", "https://conformance:"+e.Cluster.GitToken()+"@", 1)
}
