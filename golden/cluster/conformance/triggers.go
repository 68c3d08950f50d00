package conformance

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	v1 "github.com/tektoncd/pipeline/pkg/apis/pipeline/v1"
	authentication "k8s.io/api/authentication/v1"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// listening is the listener of a fleet: two sinks, as it has two pods, with the rights of
// its account.
type listening struct {
	f     *Fleet
	sinks []string
	sent  int
}

const (
	eventsNamespace = "slipway-events"
	hookSecret      = "correct horse battery staple"
)

// listen gives the listener its host's secret and starts its sinks.
func (f *Fleet) listen(ctx context.Context, host string) (*listening, error) {
	secret := &corev1.Secret{ObjectMeta: metav1.ObjectMeta{Name: "git-" + host}, StringData: map[string]string{"a": hookSecret}}
	if _, err := f.Env.Client.CoreV1().Secrets(eventsNamespace).Create(ctx, secret, metav1.CreateOptions{}); err != nil && !apierrors.IsAlreadyExists(err) {
		return nil, err
	}
	hour := int64(3600)
	token, err := f.Env.Client.CoreV1().ServiceAccounts(eventsNamespace).CreateToken(ctx, "listener",
		&authentication.TokenRequest{Spec: authentication.TokenRequestSpec{ExpirationSeconds: &hour}}, metav1.CreateOptions{})
	if err != nil {
		return nil, err
	}
	l := &listening{f: f}
	for number := 1; number <= 2; number++ {
		url, err := f.Env.Cluster.StartSink(ctx, eventsNamespace, "git", token.Status.Token, number)
		if err != nil {
			return nil, err
		}
		l.sinks = append(l.sinks, url)
	}
	return l, nil
}

func (l *listening) stop(ctx context.Context) {
	for number := 1; number <= 2; number++ {
		l.f.Env.Cluster.Stop(ctx, fmt.Sprintf("sink-%d", number))
	}
}

// hook is what a Git host sends.
type hook struct {
	name   string // what is sent, for people
	header map[string]string
	body   map[string]any
	secret string // that it is signed with; empty: it is not
	gitlab bool
	runs   []string // the pipelines that it starts, as NAMESPACE/NAME
	params map[string]string
}

// send sends an event to one sink after the other, and returns the event's ID. A sink takes
// everything, and decides later.
func (l *listening) send(ctx context.Context, h hook) (string, error) {
	body, err := json.Marshal(h.body)
	if err != nil {
		return "", err
	}
	to := l.sinks[l.sent%len(l.sinks)]
	l.sent++
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, to, bytes.NewReader(body))
	if err != nil {
		return "", err
	}
	req.Header.Set("Content-Type", "application/json")
	for k, v := range h.header {
		req.Header.Set(k, v)
	}
	switch {
	case h.secret == "":
	case h.gitlab:
		req.Header.Set("X-Gitlab-Token", h.secret)
	default:
		mac := hmac.New(sha256.New, []byte(h.secret))
		mac.Write(body)
		req.Header.Set("X-Hub-Signature-256", "sha256="+hex.EncodeToString(mac.Sum(nil)))
	}
	res, err := (&http.Transport{DisableKeepAlives: true}).RoundTrip(req)
	if err != nil {
		return "", err
	}
	defer res.Body.Close()
	var answer struct {
		EventID string `json:"eventID"`
	}
	if err := json.NewDecoder(res.Body).Decode(&answer); err != nil || answer.EventID == "" {
		return "", fmt.Errorf("%s: %s, and no event: %w", h.name, res.Status, err)
	}
	return answer.EventID, nil
}

// started are the runs that an event started.
func (l *listening) started(ctx context.Context, event string) (runs []*v1.PipelineRun, err error) {
	return l.f.Env.runs(ctx, metav1.NamespaceAll, ofEvent+event)
}

// try sends events and waits for what they start: exactly the runs that they are to start.
// What comes of the others is looked at when all is quiet.
func (l *listening) try(ctx context.Context, hooks []hook) (all map[string][]*v1.PipelineRun, err error) {
	events := make([]string, len(hooks))
	for i, h := range hooks {
		if events[i], err = l.send(ctx, h); err != nil {
			return nil, err
		}
	}
	look := func(h hook, event string) error {
		runs, err := l.started(ctx, event)
		if err != nil {
			return err
		}
		var names []string
		for _, r := range runs {
			names = append(names, r.Namespace+"/"+r.Spec.PipelineRef.Name)
			for name, want := range h.params {
				got := "nothing"
				for _, p := range r.Spec.Params {
					if p.Name == name {
						got = p.Value.StringVal
					}
				}
				if got != want {
					return fmt.Errorf("%s: the run %s has %s %q, expected %q", h.name, r.Name, name, got, want)
				}
			}
		}
		slices.Sort(names)
		if !slices.Equal(names, h.runs) {
			return notYet("%s: started %q, expected %q", h.name, names, h.runs)
		}
		all[h.name] = runs
		return nil
	}
	all = map[string][]*v1.PipelineRun{}
	for i, h := range hooks {
		if err := until(ctx, time.Minute, func() error { return look(h, events[i]) }); err != nil {
			return nil, err
		}
	}
	// What starts a run does so at once: after these seconds nothing comes any more.
	select {
	case <-ctx.Done():
		return nil, ctx.Err()
	case <-time.After(5 * time.Second):
	}
	for i, h := range hooks {
		if err := look(h, events[i]); err != nil {
			return nil, err
		}
	}
	return all, nil
}

// gitHubPush is a push as GitHub tells it.
func gitHubPush(repository, ref, revision string, files ...string) map[string]any {
	return map[string]any{
		"ref": ref, "before": strings.Repeat("1", 40), "after": revision, "created": false, "deleted": revision == strings.Repeat("0", 40), "forced": false,
		"repository": map[string]any{"full_name": repository, "clone_url": "https://github.com/" + repository + ".git"},
		"commits":    []any{map[string]any{"id": revision, "message": "Change", "added": files, "removed": []string{}, "modified": []string{}}},
	}
}

// triggeredByGitHub: of a repository that holds all services, a push starts the release of
// the one that it changes, and nothing starts what nobody signed.
func triggeredByGitHub(ctx context.Context, f *Fleet) (string, error) {
	l, err := f.listen(ctx, "hub")
	if err != nil {
		return "", err
	}
	defer l.stop(ctx)
	const repository = "GoogleCloudPlatform/microservices-demo"
	push := map[string]string{"X-GitHub-Event": "push"}
	good := gitHubPush(repository, "refs/heads/main", someCommit, "src/cartservice/src/cart.cs")
	cart := []string{"ci-checkout/cartservice-release"}
	hooks := []hook{
		{name: "a push", header: push, body: good, secret: hookSecret, runs: cart, params: map[string]string{"revision": someCommit}},
		{name: "no signature", header: push, body: good},
		{name: "a forged signature", header: push, body: good, secret: "another"},
		{name: "no event", body: good, secret: hookSecret},
		{name: "another event", header: map[string]string{"X-GitHub-Event": "release"}, body: good, secret: hookSecret},
		{name: "another host's words", header: map[string]string{"X-Gitlab-Event": "Push Hook"}, body: good, secret: hookSecret, gitlab: true},
		{name: "another repository", header: push, body: gitHubPush("GoogleCloudPlatform/microservices", "refs/heads/main", someCommit, "src/cartservice/a"), secret: hookSecret},
		{name: "somebody's repository of that name", header: push, body: gitHubPush("stranger/microservices-demo", "refs/heads/main", someCommit, "src/cartservice/a"), secret: hookSecret},
		{name: "another branch", header: push, body: gitHubPush(repository, "refs/heads/maintenance", someCommit, "src/cartservice/a"), secret: hookSecret},
		{name: "a tag", header: push, body: gitHubPush(repository, "refs/tags/main", someCommit, "src/cartservice/a"), secret: hookSecret},
		{name: "a removed branch", header: push, body: gitHubPush(repository, "refs/heads/main", strings.Repeat("0", 40)), secret: hookSecret},
		{name: "a change of no service", header: push, body: gitHubPush(repository, "refs/heads/main", someCommit, "docs/README.md", "src/cartservices/a"), secret: hookSecret},
		{name: "no full SHA", header: push, body: gitHubPush(repository, "refs/heads/main", someCommit[:12], "src/cartservice/a"), secret: hookSecret},
	}
	started, err := l.try(ctx, hooks)
	if err != nil {
		return "", fmt.Errorf("%w\nthe end of the sinks' logs:\n%s", err, l.logs())
	}
	return fmt.Sprintf("%d events of GitHub started %d run", len(hooks), len(started["a push"])), nil
}

func (l *listening) logs() string {
	var all string
	for number := 1; number <= 2; number++ {
		all += l.f.Env.Cluster.LogEnd(fmt.Sprintf("sink-%d", number)) + "\n"
	}
	return all
}

// gitLabPush and mergeRequest are what GitLab tells.
func gitLabPush(project, ref, revision string) map[string]any {
	return map[string]any{
		"object_kind": "push", "ref": ref, "before": strings.Repeat("1", 40), "after": revision, "checkout_sha": revision,
		"project": map[string]any{"path_with_namespace": project}, "total_commits_count": 1,
		"commits": []any{map[string]any{"id": revision, "message": "Change", "added": []string{"main.go"}, "removed": []string{}, "modified": []string{}}},
	}
}

func mergeRequest(project, branch, revision string, edit func(body, attributes map[string]any)) map[string]any {
	attributes := map[string]any{
		"iid": 12, "action": "update", "oldrev": strings.Repeat("1", 40), "draft": false, "work_in_progress": false,
		"source_project_id": 1, "target_project_id": 1, "source_branch": "change", "target_branch": branch,
		"last_commit": map[string]any{"id": revision},
	}
	body := map[string]any{
		"object_kind": "merge_request", "project": map[string]any{"path_with_namespace": project},
		"object_attributes": attributes, "labels": []any{}, "changes": map[string]any{},
	}
	if edit != nil {
		edit(body, attributes)
	}
	return body
}

// triggeredByGitLab: a push releases what it brought, to the end; a newer commit of a merge
// request cancels the runs of the one before; strangers need approval.
func triggeredByGitLab(ctx context.Context, f *Fleet) (string, error) {
	l, err := f.listen(ctx, "lab")
	if err != nil {
		return "", err
	}
	defer l.stop(ctx)
	if _, err := f.inSource(ctx, "switch", "--quiet", "main"); err != nil {
		return "", err
	}
	if err := (edit{file: "greeting/greeting.go", old: "or everybody", new: "or everybody here"}).apply(f.source()); err != nil {
		return "", err
	}
	if err := f.commitSource(ctx, "main", "Greet those who are here"); err != nil {
		return "", err
	}
	head, err := f.Env.Cluster.Head(sourceRepo, "main")
	if err != nil {
		return "", err
	}
	changed, err := f.Env.Cluster.Head(sourceRepo, "changed")
	if err != nil {
		return "", err
	}
	push, merge := map[string]string{"X-Gitlab-Event": "Push Hook"}, map[string]string{"X-Gitlab-Event": "Merge Request Hook"}
	requests := []string{"ci-shop-pr/greeter-pull-request", "ci-shop-pr/vulnerable-pull-request"}
	params := map[string]string{"revision": changed, "number": "12"}
	fork := func(labels ...string) func(body, attributes map[string]any) {
		return func(body, attributes map[string]any) {
			attributes["source_project_id"], attributes["iid"] = 2, 13
			list := []any{}
			for _, label := range labels {
				list = append(list, map[string]any{"title": label})
			}
			body["labels"] = list
		}
	}
	first := []hook{
		{name: "a commit", header: merge, body: mergeRequest(sourceRepo, "main", changed, nil), secret: hookSecret, gitlab: true, runs: requests, params: params},
		{name: "a stranger's commit", header: merge, body: mergeRequest(sourceRepo, "main", changed, fork("bug")), secret: hookSecret, gitlab: true},
		{name: "a stranger's approved commit", header: merge, body: mergeRequest(sourceRepo, "main", changed, fork("bug", "ok-to-test")), secret: hookSecret, gitlab: true, runs: requests},
		{name: "a forged token", header: merge, body: mergeRequest(sourceRepo, "main", changed, nil), secret: "another", gitlab: true},
		{name: "into another branch", header: merge, body: mergeRequest(sourceRepo, "next", changed, nil), secret: hookSecret, gitlab: true},
		{name: "a draft", header: merge, body: mergeRequest(sourceRepo, "main", changed, func(_, a map[string]any) { a["draft"] = true }), secret: hookSecret, gitlab: true},
		{name: "another title", header: merge, body: mergeRequest(sourceRepo, "main", changed, func(_, a map[string]any) { delete(a, "oldrev") }), secret: hookSecret, gitlab: true},
	}
	started, err := l.try(ctx, first)
	if err != nil {
		return "", fmt.Errorf("%w\nthe end of the sinks' logs:\n%s", err, l.logs())
	}
	newer, err := l.try(ctx, []hook{
		{name: "a newer commit", header: merge, body: mergeRequest(sourceRepo, "main", head, nil), secret: hookSecret, gitlab: true, runs: requests, params: map[string]string{"revision": head, "number": "12"}},
	})
	if err != nil {
		return "", err
	}
	for _, run := range started["a commit"] {
		ended, tasks, err := f.ended(ctx, run, 4*time.Minute)
		if err != nil {
			return "", f.withLogs(err, ended, tasks)
		}
		c := ended.Status.GetCondition("Succeeded")
		by := ended.Annotations["slipway.dev/superseded-by"]
		if c.Reason != v1.PipelineRunReasonCancelledRunningFinally.String() && c.Reason != v1.PipelineRunReasonCancelled.String() || by == "" {
			return "", f.withLogs(fmt.Errorf("the older run %s came to %s, superseded by %q", run.Name, c.Reason, by), ended, tasks)
		}
		if got := status(tasks, "report"); got != "Succeeded" {
			return "", fmt.Errorf("the report of the superseded run %s came to %s", run.Name, got)
		}
	}
	for _, run := range slices.Concat(newer["a newer commit"], started["a stranger's approved commit"]) {
		ended, tasks, err := f.ended(ctx, run, 6*time.Minute)
		if err != nil {
			return "", f.withLogs(err, ended, tasks)
		}
		if c := ended.Status.GetCondition("Succeeded"); !c.IsTrue() {
			return "", f.withLogs(fmt.Errorf("the newer run %s came to %s", run.Name, c.Message), ended, tasks)
		}
	}
	pushes := []hook{
		{name: "a push", header: push, body: gitLabPush(sourceRepo, "refs/heads/main", head), secret: hookSecret, gitlab: true, runs: []string{"ci-shop/greeter-release", "ci-shop/vulnerable-release"}, params: map[string]string{"revision": head}},
		{name: "no token", header: push, body: gitLabPush(sourceRepo, "refs/heads/main", head), gitlab: true},
		{name: "another project", header: push, body: gitLabPush("group/"+sourceRepo, "refs/heads/main", head), secret: hookSecret, gitlab: true},
		{name: "another branch", header: push, body: gitLabPush(sourceRepo, "refs/heads/changed", changed), secret: hookSecret, gitlab: true},
	}
	if started, err = l.try(ctx, pushes); err != nil {
		return "", fmt.Errorf("%w\nthe end of the sinks' logs:\n%s", err, l.logs())
	}
	for _, run := range started["a push"] {
		ended, tasks, err := f.ended(ctx, run, 8*time.Minute)
		if err != nil {
			return "", f.withLogs(err, ended, tasks)
		}
		if ok := ended.Status.GetCondition("Succeeded").IsTrue(); ok != strings.HasPrefix(run.Name, "greeter-") {
			return "", f.withLogs(fmt.Errorf("the run %s came to %v", run.Name, ok), ended, tasks)
		}
	}
	err = until(ctx, 4*time.Minute, func() error {
		_, commit, err := f.running(ctx, "dev")
		if err == nil && commit != head {
			err = notYet("dev has %s, and the push brought %s", commit, head)
		}
		return err
	})
	if err != nil {
		return "", err
	}
	// What the CronJob would find at any time, the next scenario shall not take for its own.
	if _, err := netted(ctx, f); err != nil {
		return "", err
	}
	return fmt.Sprintf("%d events of GitLab; the newer commit cancelled %d runs; %s is released", len(first)+1+len(pushes), len(requests), head[:12]), nil
}
