package conformance

import (
	"context"
	_ "embed"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	v1 "github.com/tektoncd/pipeline/pkg/apis/pipeline/v1"
	"golang.org/x/tools/txtar"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"slipway.dev/golden/cluster/machine/images"
)

var (
	//go:embed testdata/fleet.txtar
	fleetText []byte
	//go:embed testdata/source.txtar
	sourceText []byte
)

// sourceRepo is the name of the services' repository on the Git server.
const sourceRepo = "greeter"

// secretNamespace is where the team's release runs are, and their Secrets.
const secretNamespace = "ci-shop"

// NewRealFleet makes the fleet whose steps are really executed, and its source. The cluster
// must have a node.
func NewRealFleet(ctx context.Context, e *Env) (*Fleet, error) {
	fleet, err := realFleet(e.Cluster.PodRegistryAddr(), e.Cluster.PodGitURL(sourceRepo), e.Cluster.PodSinkURL(promoterSink), e.Cluster.Tools)
	if err != nil {
		return nil, err
	}
	f, err := NewFleet(ctx, e, "shop", fleet)
	if err != nil {
		return nil, err
	}
	return f, f.newSource(ctx)
}

// realFleet fills in what only a cluster knows.
func realFleet(registry, source, promoter string, tools images.Images) (fs.FS, error) {
	var own []string
	for _, name := range slices.Sorted(maps.Keys(tools)) {
		if !slices.Contains([]string{"builder", "golang", "run"}, name) { // no tools of pipelines
			own = append(own, fmt.Sprintf("%q: %q", name, tools[name]))
		}
	}
	fill := strings.NewReplacer("REGISTRY", registry, "SOURCE", source, "HOST", strings.TrimSuffix(source, "/"+sourceRepo), "PROMOTER", promoter, "TOOLS", strings.Join(own, ", "), "GOLANG", tools["golang"], "BUILDER", tools["builder"], "RUN", tools["run"])
	return txtar.FS(txtar.Parse([]byte(fill.Replace(string(fleetText)))))
}

// newSource pushes the services' source. Each branch beside main has one mistake.
func (f *Fleet) newSource(ctx context.Context) error {
	if err := f.Env.Cluster.CreateRepo(sourceRepo); err != nil {
		return err
	}
	source, err := txtar.FS(txtar.Parse(sourceText))
	if err != nil {
		return err
	}
	if err := os.RemoveAll(f.source()); err != nil {
		return err
	}
	if err := os.CopyFS(f.source(), source); err != nil {
		return err
	}
	if _, err := f.inSource(ctx, "init", "--quiet", "--initial-branch=main"); err != nil {
		return err
	}
	for _, message := range []string{"Begin", "Greet people"} { // a release of the second is newer than one of the first
		if err := os.WriteFile(filepath.Join(f.source(), "NOTES"), []byte(message+"\n"), 0o644); err != nil {
			return err
		}
		if err := f.commitSource(ctx, "main", message); err != nil {
			return err
		}
	}
	for _, b := range branches {
		if _, err := f.inSource(ctx, "switch", "--quiet", "--create", b.branch, "main"); err != nil {
			return err
		}
		if err := b.apply(f.source()); err != nil {
			return err
		}
		if err := f.commitSource(ctx, b.branch, "Make a mistake"); err != nil {
			return err
		}
	}
	return nil
}

// edit is a branch of the source with one thing changed.
type edit struct{ branch, file, old, new string }

var branches = []edit{
	{"test-fails", "greeting/greeting_test.go", "hello, everybody", "hello, world"},
	{"build-fails", "main.go", `"log"`, `"lug"`},
	{"key-leaks", "main.go", "package main", "package main\n\n// -----BEGIN PRIVATE KEY-----"},
	// Nothing is wrong with this one. The image of a commit that was released already would be
	// the same, and nothing would have to be pushed.
	{"changed", "greeting/greeting.go", "or everybody", "or else everybody"},
}

func (e edit) apply(dir string) error {
	file := filepath.Join(dir, filepath.FromSlash(e.file))
	text, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	return os.WriteFile(file, []byte(strings.Replace(string(text), e.old, e.new, 1)), 0o644)
}

func (f *Fleet) source() string { return f.Dir + "-source" }

func (f *Fleet) inSource(ctx context.Context, args ...string) (string, error) {
	return f.Env.command(ctx, f.source(), "git", args...)
}

func (f *Fleet) commitSource(ctx context.Context, branch, message string) error {
	for _, args := range [][]string{
		{"add", "--all"},
		{"commit", "--quiet", "--message", message},
		{"push", "--quiet", f.Env.pushURL(sourceRepo), "HEAD:refs/heads/" + branch},
	} {
		if _, err := f.inSource(ctx, args...); err != nil {
			return err
		}
	}
	return nil
}

// secrets writes the Secrets of the team's pipelines, which Slipway leaves to the platform.
// The one named key-cut-short holds a key that nothing is signed with.
func (f *Fleet) secrets(ctx context.Context) error {
	for _, s := range []corev1.Secret{
		{ObjectMeta: metav1.ObjectMeta{Name: "registry-push"}, Type: corev1.SecretTypeDockerConfigJson, StringData: map[string]string{".dockerconfigjson": `{"auths":{}}`}},
		secret(secretNamespace, "request-key", "key", requestKey),
		secret(secretNamespace, "key-cut-short", "key", "0123"),
	} {
		if _, err := f.Env.Client.CoreV1().Secrets(secretNamespace).Create(ctx, &s, metav1.CreateOptions{}); err != nil {
			return err
		}
	}
	return nil
}

// released: from a commit to a running pod, every step executed. The source is cloned from
// the Git server, vetted, tested, built by ko, pushed to the registry, and asked for; the
// promoter verifies it, signs it, writes the record and pushes; then Argo CD deploys what it says.
func released(ctx context.Context, f *Fleet) (string, error) {
	if err := f.secrets(ctx); err != nil {
		return "", err
	}
	if err := f.promoterUp(ctx); err != nil {
		return "", err
	}
	head, err := f.Env.Cluster.Head(sourceRepo, "main")
	if err != nil {
		return "", err
	}
	t := try{name: "greeter-release-1", service: "greeter", kind: "release", revision: head}
	tasks, err := f.tried(ctx, t, 8*time.Minute)
	if err != nil {
		return "", err
	}
	digest := result(tasks["build"], "IMAGE_DIGEST")

	tasks, err = f.promoted(ctx, result(tasks["request"], "event"), "released")
	if err != nil {
		return "", err
	}
	fleetHead, err := f.Env.Cluster.Head("shop", "main")
	if err != nil {
		return "", err
	}
	if got := result(tasks["promote"], "commit"); got != fleetHead {
		return "", fmt.Errorf("the release says that it is commit %q, and the fleet is at %s", got, fleetHead)
	}
	if err := f.Pull(ctx); err != nil {
		return "", err
	}
	record, err := os.ReadFile(filepath.Join(f.Dir, "releases", "dev", "greeter.yaml"))
	if err != nil {
		return "", err
	}
	for _, want := range []string{digest, head, "Greet people"} {
		if want == "" || !strings.Contains(string(record), want) {
			return "", fmt.Errorf("the release record does not hold %q:\n%s", want, record)
		}
	}
	if out, err := f.slipway(ctx, "compile", "--check", "."); err != nil {
		return "", fmt.Errorf("the fleet that the release pushed is not what its specs mean: %w\n%s", err, out)
	}

	image, _, err := f.running(ctx, "dev")
	if err != nil {
		return "", err
	}
	if err := f.isSigned(ctx, image, head); err != nil {
		return "", err
	}
	if err := f.settle(ctx, 4*time.Minute, "greeter-dev"); err != nil {
		return "", err
	}
	words, err := f.answers(ctx, "greeter", digest, "/?name=slipway", "good day, slipway")
	return fmt.Sprintf("%s at %s, signed: %q", short(digest), head[:12], words), err
}

// answers asks the pod of dev that runs an image of a service, and wants these words.
func (f *Fleet) answers(ctx context.Context, service, digest, path, want string) (string, error) {
	err := until(ctx, time.Minute, func() error {
		pods, err := f.Env.pods(ctx, "shop-dev", service)
		if err != nil {
			return err
		}
		for _, p := range pods {
			for _, c := range p.Status.ContainerStatuses {
				if !c.Ready || !strings.HasSuffix(c.ImageID, digest) {
					continue
				}
				answer, err := ask(ctx, "http://"+p.Status.PodIP+":8080"+path)
				if err == nil && strings.TrimSpace(answer) != want {
					err = fmt.Errorf("the pod answers %q", answer)
				}
				return err
			}
		}
		return notYet("no pod of %s runs %s and is ready", service, digest)
	})
	return want, err
}

func ask(ctx context.Context, url string) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return "", err
	}
	res, err := (&http.Transport{DisableKeepAlives: true}).RoundTrip(req)
	if err != nil {
		return "", err
	}
	defer res.Body.Close()
	text, err := io.ReadAll(io.LimitReader(res.Body, 1<<10))
	return string(text), err
}

// mistake is a run in which one task really fails. Nothing is released.
type mistake struct {
	try
	branch string // of the source that the run is for; empty for a commit that there is not
}

var mistakes = []mistake{
	{try: try{name: "no-such-commit", service: "greeter", kind: "release", fails: "clone"}},
	{branch: "test-fails", try: try{name: "a-test-fails", service: "greeter", kind: "release", fails: "unit"}},
	{branch: "test-fails", try: try{name: "a-change-fails", service: "greeter", kind: "pull-request", fails: "unit"}},
	{branch: "key-leaks", try: try{name: "a-key-leaks", service: "greeter", kind: "pull-request", fails: "secrets"}},
	{branch: "build-fails", try: try{name: "it-does-not-build", service: "greeter", kind: "release", fails: "build"}},
	{branch: "build-fails", try: try{name: "a-change-does-not-build", service: "greeter", kind: "pull-request", fails: "build"}},
	{branch: "main", try: try{name: "it-is-vulnerable", service: "vulnerable", kind: "release", fails: "scan"}},
	{branch: "changed", try: try{name: "its-key-is-cut-short", service: "greeter", kind: "release", fails: "request", change: func(run *v1.PipelineRun) {
		for i, w := range run.Spec.Workspaces {
			if w.Name == "request-key" {
				run.Spec.Workspaces[i].Secret.SecretName = "key-cut-short"
			}
		}
	}}},
}

// stopped returns the scenario of a mistake.
func stopped(m mistake) func(context.Context, *Fleet) (string, error) {
	return func(ctx context.Context, f *Fleet) (string, error) {
		before, err := f.Env.Cluster.Head("shop", "main")
		if err != nil {
			return "", err
		}
		t := m.try
		t.revision = someCommit
		if m.branch != "" {
			if t.revision, err = f.Env.Cluster.Head(sourceRepo, m.branch); err != nil {
				return "", err
			}
		}
		tasks, err := f.tried(ctx, t, 9*time.Minute)
		if err != nil {
			return "", err
		}
		if got := result(tasks["report"], "failed"); !slices.Contains(strings.Fields(got), t.fails) {
			return "", fmt.Errorf("the report says that %q failed", got)
		}
		after, err := f.Env.Cluster.Head("shop", "main")
		if err == nil && after != before {
			err = fmt.Errorf("a run that failed moved the fleet from %s to %s", before, after)
		}
		return fmt.Sprintf("%s: %s fails, the fleet stays at %s", strings.ReplaceAll(m.name, "-", " "), m.fails, before[:12]), err
	}
}

// withLogs adds to an error what the steps of failed tasks wrote.
func (f *Fleet) withLogs(err error, run *v1.PipelineRun, tasks map[string]v1.TaskRun) error {
	if run == nil {
		return err
	}
	for _, name := range slices.Sorted(maps.Keys(tasks)) {
		if status(tasks, name) == "Succeeded" {
			continue
		}
		logs, lerr := f.Env.Cluster.Logs(run.Namespace, tasks[name].Status.PodName)
		if lerr != nil {
			logs = lerr.Error()
		}
		err = fmt.Errorf("%w\n%s:\n%s", err, name, logs)
	}
	return err
}

// result is one of a task's results; empty when it has none of that name.
func result(t v1.TaskRun, name string) string {
	for _, r := range t.Status.Results {
		if r.Name == name {
			return r.Value.StringVal
		}
	}
	return ""
}

func short(digest string) string { return digest[:min(len(digest), 19)] }
