package conformance

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"time"

	v1 "github.com/tektoncd/pipeline/pkg/apis/pipeline/v1"
)

// packed: a buildpack makes an image of a source in a pod that holds no credential, the next
// pod pushes what the run's volume holds, a Task of the service's own looks at it, and it is released
// like any other.
func packed(ctx context.Context, f *Fleet) (string, error) {
	const page = "a page"
	head, err := f.newRepo(ctx, "pages", map[string]string{"index.html": page + "\n"})
	if err != nil {
		return "", err
	}
	t := try{name: "pages-release-1", service: "pages", kind: "release", revision: head}
	tasks, err := f.tried(ctx, t, 8*time.Minute)
	if err != nil {
		return "", err
	}
	if got := result(tasks["size"], "size"); got != fmt.Sprint(len(page)+1) {
		return "", fmt.Errorf("the service's own Task says %q", got)
	}
	digest := result(tasks["push"], "IMAGE_DIGEST")
	words, err := f.deployed(ctx, "pages", tasks, digest, page)
	return fmt.Sprintf("%s of a buildpack: %q", short(digest), words), err
}

// deployed has what a release run asked for promoted and deployed in dev, and wants these words of it.
func (f *Fleet) deployed(ctx context.Context, service string, tasks map[string]v1.TaskRun, digest, want string) (string, error) {
	if _, err := f.promoted(ctx, result(tasks["request"], "event"), "released"); err != nil {
		return "", err
	}
	if err := f.Pull(ctx); err != nil {
		return "", err
	}
	if err := f.settle(ctx, 4*time.Minute, service+"-dev"); err != nil {
		return "", err
	}
	return f.answers(ctx, service, digest, "/", want)
}

// newRepo makes a repository on the Git server with one commit of these files, and returns it.
func (f *Fleet) newRepo(ctx context.Context, name string, files map[string]string) (commit string, err error) {
	if err := f.Env.Cluster.CreateRepo(name); err != nil {
		return "", err
	}
	dir := f.Dir + "-" + name
	if err := os.RemoveAll(dir); err != nil {
		return "", err
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return "", err
	}
	for file, text := range files {
		if err := os.WriteFile(filepath.Join(dir, file), []byte(text), 0o644); err != nil {
			return "", err
		}
	}
	for _, args := range [][]string{
		{"init", "--quiet", "--initial-branch=main"},
		{"add", "--all"},
		{"commit", "--quiet", "--message", "Begin"},
		{"push", "--quiet", f.Env.pushURL(name), "HEAD:refs/heads/main"},
	} {
		if _, err := f.Env.command(ctx, dir, "git", args...); err != nil {
			return "", err
		}
	}
	return f.Env.Cluster.Head(name, "main")
}
