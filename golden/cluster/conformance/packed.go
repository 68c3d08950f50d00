package conformance

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"time"
)

// packed: a buildpack makes an image of a source in a pod that holds no credential, the next
// pod pushes what the run's volume holds, a Task of the service's own looks at it, and it is released
// like any other.
func packed(ctx context.Context, f *Fleet) (string, error) {
	const page = "a page"
	if err := f.newPages(ctx, page); err != nil {
		return "", err
	}
	head, err := f.Env.Cluster.Head("pages", "main")
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
	if _, err := f.promoted(ctx, result(tasks["request"], "event"), "released"); err != nil {
		return "", err
	}
	if err := f.Pull(ctx); err != nil {
		return "", err
	}
	if err := f.settle(ctx, 4*time.Minute, "pages-dev"); err != nil {
		return "", err
	}
	words, err := f.answers(ctx, "pages", digest, "/", page)
	return fmt.Sprintf("%s of a buildpack: %q", short(digest), words), err
}

// newPages pushes a source that holds a page.
func (f *Fleet) newPages(ctx context.Context, page string) error {
	if err := f.Env.Cluster.CreateRepo("pages"); err != nil {
		return err
	}
	dir := f.Dir + "-pages"
	if err := os.RemoveAll(dir); err != nil {
		return err
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(dir, "index.html"), []byte(page+"\n"), 0o644); err != nil {
		return err
	}
	for _, args := range [][]string{
		{"init", "--quiet", "--initial-branch=main"},
		{"add", "--all"},
		{"commit", "--quiet", "--message", "Begin"},
		{"push", "--quiet", f.Env.pushURL("pages"), "HEAD:refs/heads/main"},
	} {
		if _, err := f.Env.command(ctx, dir, "git", args...); err != nil {
			return err
		}
	}
	return nil
}
