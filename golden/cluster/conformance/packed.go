package conformance

import (
	"archive/tar"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/google/go-containerregistry/pkg/name"
	"github.com/google/go-containerregistry/pkg/v1/remote"
	v1 "github.com/tektoncd/pipeline/pkg/apis/pipeline/v1"
)

// packed: a buildpack makes an image of a source in a pod that holds no credential, the next
// pod pushes what the run's volume holds, a Task of the service's own looks at it, and it is released
// like any other. What its test reported is in the registry.
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
	if err := f.reported(tasks["reports"], "pages:"+t.name, "unit/out/pages.xml"); err != nil {
		return "", err
	}
	digest := result(tasks["push"], "IMAGE_DIGEST")
	words, err := f.deployed(ctx, "pages", tasks, digest, page)
	return fmt.Sprintf("%s of a buildpack: %q", short(digest), words), err
}

// reported wants a run to have left one file of its tests in the registry.
func (f *Fleet) reported(task v1.TaskRun, tag, want string) error {
	at, err := name.NewDigest(result(task, "reports"), name.StrictValidation)
	if err != nil || !strings.Contains(at.String(), "/reports/"+tag+"@") {
		return fmt.Errorf("the run says that its reports are at %q: %w", result(task, "reports"), err)
	}
	kept, err := remote.Image(at, f.Env.registry())
	if err != nil {
		return err
	}
	layers, err := kept.Layers()
	if err != nil || len(layers) != 1 {
		return fmt.Errorf("%s has %d layers: %w", at, len(layers), err)
	}
	text, err := layers[0].Uncompressed()
	if err != nil {
		return err
	}
	defer text.Close()
	file, err := tar.NewReader(text).Next()
	if err == nil && file.Name != want {
		err = fmt.Errorf("the report is called %q, not %q", file.Name, want)
	}
	return err
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
