package conformance

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	v1 "github.com/tektoncd/pipeline/pkg/apis/pipeline/v1"
	authentication "k8s.io/api/authentication/v1"
	batch "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"knative.dev/pkg/apis"
)

const promoterNamespace = "slipway-promoter"

// requestKey signs the team's requests; longer than anybody guesses.
const requestKey = "conformance-0123456789abcdef"

// argoToken is what Argo CD's notifications are known by.
const argoToken = "conformance-argocd-fedcba9876543210"

// startKey signs what the promoter asks of itself.
const startKey = "conformance-starts-00112233445566"

// promoterSink is the number of the promoter's listener among the cluster's sinks.
const promoterSink = 0

// promoterUp gives the promoter what the platform does: Secrets, and its listener, which is
// a process of this machine.
func (f *Fleet) promoterUp(ctx context.Context) error {
	c := f.Env.Cluster
	hours := int64(6 * 60 * 60)
	token := func(namespace, account string) (string, error) {
		t, err := f.Env.Client.CoreV1().ServiceAccounts(namespace).CreateToken(ctx, account,
			&authentication.TokenRequest{Spec: authentication.TokenRequestSpec{ExpirationSeconds: &hours}}, metav1.CreateOptions{})
		if err != nil {
			return "", err
		}
		return t.Status.Token, nil
	}
	listener, err := token(promoterNamespace, "listener")
	if err != nil {
		return err
	}
	if _, err := c.StartSink(ctx, promoterNamespace, "promoter", listener, promoterSink); err != nil {
		return err
	}
	ca, err := os.ReadFile(c.CA())
	if err != nil {
		return err
	}
	observer, err := token(argocd, "slipway-observer")
	if err != nil {
		return err
	}
	if err := f.newSigningKey(ctx); err != nil {
		return err
	}
	private, perr := os.ReadFile(f.signingKey("key"))
	public, err := os.ReadFile(f.signingKey("pub"))
	if err := errors.Join(perr, err); err != nil {
		return err
	}
	for _, s := range []corev1.Secret{
		secret(promoterNamespace, "request-key-shop", "key", requestKey),
		secret(promoterNamespace, "argocd-events", "token", argoToken),
		secret(promoterNamespace, "fleet-write", "username", "slipway", "password", c.GitToken()),
		secret(promoterNamespace, "argocd-read", "server", c.PodURL(), "token", observer, "ca.crt", string(ca)),
		secret(promoterNamespace, "start-key", "key", startKey),
		secret(promoterNamespace, "signing-key", "cosign.key", string(private), "cosign.password", signingPassword),
		secret(promoterNamespace, "signing-key-public", "cosign.pub", string(public)),
		secret(argocd, "argocd-notifications-secret", "slipway-token", argoToken),
	} {
		if _, err := f.Env.Client.CoreV1().Secrets(s.Namespace).Create(ctx, &s, metav1.CreateOptions{}); err != nil && !apierrors.IsAlreadyExists(err) {
			return err
		}
	}
	return nil
}

func secret(namespace, name string, data ...string) corev1.Secret {
	s := corev1.Secret{ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: name}, StringData: map[string]string{}}
	for i := 0; i < len(data); i += 2 {
		s.StringData[data[i]] = data[i+1]
	}
	return s
}

// asked waits for the promoter's run that an event started.
func (f *Fleet) asked(ctx context.Context, event string, limit time.Duration) (*v1.PipelineRun, map[string]v1.TaskRun, error) {
	var run *v1.PipelineRun
	err := until(ctx, time.Minute, func() error {
		runs, err := f.Env.runs(ctx, promoterNamespace, ofEvent+event)
		if err != nil {
			return err
		}
		if len(runs) == 0 {
			return notYet("no run of the promoter came of the event %s", event)
		}
		run = runs[0]
		return nil
	})
	if err != nil {
		return nil, nil, err
	}
	return f.ended(ctx, run, limit)
}

// promoted waits for what the promoter makes of a request, and wants it to succeed.
func (f *Fleet) promoted(ctx context.Context, event, verdict string) (map[string]v1.TaskRun, error) {
	run, tasks, err := f.asked(ctx, event, 4*time.Minute)
	if err == nil && !run.Status.GetCondition(apis.ConditionSucceeded).IsTrue() {
		err = fmt.Errorf("the promoter's run %s ended with %s", run.Name, message(run.Status.GetCondition(apis.ConditionSucceeded)))
	}
	if got := result(tasks["promote"], "verdict"); err == nil && got != verdict {
		err = fmt.Errorf("the release is %q, expected %q", got, verdict)
	}
	if err != nil {
		return nil, f.withLogs(err, run, tasks)
	}
	return tasks, nil
}

// request asks the promoter as a release run would, with this machine's program.
func (f *Fleet) request(ctx context.Context, image, commit, key string) (event string, err error) {
	file := filepath.Join(f.Env.Work, "request-key")
	if err := os.WriteFile(file, []byte(key), 0o600); err != nil {
		return "", err
	}
	out, err := f.slipway(ctx, "request", "greeter", "--owner", "shop", "--to", "dev", "--image", image, "--commit", commit,
		"--message", `Say "hello" & $(more)`, "--run", "ci-shop/by-hand", "--url", f.Env.Cluster.PodSinkURL(promoterSink), "--key", file)
	if err != nil {
		return "", err
	}
	return strings.TrimSpace(out[strings.LastIndex(strings.TrimSpace(out), " ")+1:]), nil
}

// superseded: a run of an older commit that took longer asks for its release, which changes
// nothing; nor does asking again for what runs already.
func superseded(ctx context.Context, f *Fleet) (string, error) {
	image, head, err := f.running(ctx, "dev")
	if err != nil {
		return "", err
	}
	older, err := f.inSource(ctx, "rev-parse", head+"~1")
	if err != nil {
		return "", err
	}
	older = strings.TrimSpace(older)
	before, err := f.Env.Cluster.Head("shop", "main")
	if err != nil {
		return "", err
	}
	for _, try := range []struct{ commit, verdict string }{{older, "superseded"}, {head, "unchanged"}} {
		event, err := f.request(ctx, image, try.commit, requestKey)
		if err != nil {
			return "", err
		}
		if _, err := f.promoted(ctx, event, try.verdict); err != nil {
			return "", err
		}
	}
	after, err := f.Env.Cluster.Head("shop", "main")
	if err == nil && after != before {
		err = fmt.Errorf("the fleet moved from %s to %s", before, after)
	}
	return fmt.Sprintf("%s stays when %s asks", head[:12], older[:12]), err
}

// refused: what the promoter does not release.
func refused(ctx context.Context, f *Fleet) (string, error) {
	image, head, err := f.running(ctx, "dev")
	if err != nil {
		return "", err
	}
	before, err := f.Env.Cluster.Head("shop", "main")
	if err != nil {
		return "", err
	}
	unmerged, err := f.Env.Cluster.Head(sourceRepo, "changed")
	if err != nil {
		return "", err
	}
	// A commit that nobody merged, and an image that is not there: verify says no.
	nowhere := image[:strings.Index(image, "@")] + "@sha256:" + strings.Repeat("0", 64)
	for _, try := range []struct{ image, commit string }{{image, unmerged}, {nowhere, head}} {
		event, err := f.request(ctx, try.image, try.commit, requestKey)
		if err != nil {
			return "", err
		}
		run, tasks, err := f.asked(ctx, event, 4*time.Minute)
		if err != nil {
			return "", err
		}
		if status(tasks, "verify") != "Failed" || status(tasks, "promote") != "None" {
			return "", f.withLogs(fmt.Errorf("verify came to %s and promote to %s", status(tasks, "verify"), status(tasks, "promote")), run, tasks)
		}
	}
	// Another team's image, another key: no run comes of it.
	for _, try := range []struct{ image, key string }{
		{image, "another-0123456789abcdef"},
		{strings.Replace(image, "/greeter@", "/vulnerable@", 1), requestKey},
	} {
		event, err := f.request(ctx, try.image, head, try.key)
		if err != nil {
			return "", err
		}
		time.Sleep(5 * time.Second) // that nothing happens takes a while to see
		runs, err := f.Env.runs(ctx, promoterNamespace, ofEvent+event)
		if err != nil {
			return "", err
		}
		if len(runs) > 0 {
			return "", fmt.Errorf("a run came of a request with the key %q for %s", try.key, try.image)
		}
	}
	after, err := f.Env.Cluster.Head("shop", "main")
	if err == nil && after != before {
		err = fmt.Errorf("the fleet moved from %s to %s", before, after)
	}
	return "4 requests that are not so, 2 of them not even looked at", err
}

// running is what the record of greeter in an environment says.
func (f *Fleet) running(ctx context.Context, env string) (image, commit string, err error) {
	if err := f.Pull(ctx); err != nil {
		return "", "", err
	}
	text, err := os.ReadFile(filepath.Join(f.Dir, "releases", env, "greeter.yaml"))
	if errors.Is(err, os.ErrNotExist) {
		return "", "", notYet("greeter has no release in %s", env)
	}
	if err != nil {
		return "", "", err
	}
	for line := range strings.Lines(string(text)) {
		if v, ok := strings.CutPrefix(line, "image: "); ok {
			image = strings.TrimSpace(v)
		}
		if v, ok := strings.CutPrefix(line, "commit: "); ok {
			commit = strings.Trim(strings.TrimSpace(v), `"'`)
		}
	}
	return image, commit, nil
}

// netted: Argo CD's event was lost, since nothing sends any yet. The CronJob, which is run
// now unless its five minutes are over already, finds that dev is deployed and has it tested there;
// when that went well, it is promoted to staging.
func netted(ctx context.Context, f *Fleet) (string, error) {
	image, _, err := f.running(ctx, "dev")
	if err != nil {
		return "", err
	}
	if err := f.settle(ctx, 4*time.Minute, "greeter-dev"); err != nil {
		return "", err
	}
	if err := f.runCron(ctx, "settle"); err != nil {
		return "", err
	}
	err = until(ctx, 5*time.Minute, func() error {
		got, _, err := f.running(ctx, "staging")
		if err == nil && got != image {
			err = notYet("staging runs %s, and dev %s", got, image)
		}
		return err
	})
	if err != nil {
		return "", f.withSettling(ctx, err)
	}
	if by, err := f.verifiedBy("dev"); err != nil || !strings.HasPrefix(by, secretNamespace+"/greeter-verify-") {
		return "", fmt.Errorf("dev was tested by %q: %w", by, err)
	}
	if out, err := f.slipway(ctx, "compile", "--check", "."); err != nil {
		return "", fmt.Errorf("the fleet that settle pushed is not what its specs mean: %w\n%s", err, out)
	}
	if err := f.settle(ctx, 4*time.Minute, "greeter-staging"); err != nil {
		return "", err
	}
	return short(image[strings.Index(image, "sha256"):]) + " is in staging", nil
}

// runCron runs a CronJob of the promoter's once and waits for its end.
func (f *Fleet) runCron(ctx context.Context, name string) error {
	cron, err := f.Env.Client.BatchV1().CronJobs(promoterNamespace).Get(ctx, name, metav1.GetOptions{})
	if err != nil {
		return err
	}
	job, err := f.Env.Client.BatchV1().Jobs(promoterNamespace).Create(ctx, &batch.Job{
		ObjectMeta: metav1.ObjectMeta{GenerateName: "by-hand-", Namespace: promoterNamespace}, Spec: cron.Spec.JobTemplate.Spec,
	}, metav1.CreateOptions{})
	if err != nil {
		return err
	}
	return until(ctx, 6*time.Minute, func() error {
		now, err := f.Env.Client.BatchV1().Jobs(promoterNamespace).Get(ctx, job.Name, metav1.GetOptions{})
		switch {
		case err != nil:
			return err
		case now.Status.Succeeded > 0:
			return nil
		case now.Status.Failed > 0:
			logs := "?"
			if pods, err := f.Env.Client.CoreV1().Pods(promoterNamespace).List(ctx, metav1.ListOptions{LabelSelector: "job-name=" + job.Name}); err == nil && len(pods.Items) > 0 {
				logs, _ = f.Env.Cluster.Logs(promoterNamespace, pods.Items[0].Name)
			}
			return fmt.Errorf("the CronJob's pod failed:\n%s", logs)
		}
		return notYet("the CronJob's pod has not ended")
	})
}

// settled: Argo CD tells the promoter what became of releases. A new release of dev that is
// well, and passes its tests there, goes on into staging by itself.
func settled(ctx context.Context, f *Fleet) (string, error) {
	if err := f.Env.Cluster.StartNotifications(ctx); err != nil {
		return "", err
	}
	if _, _, err := f.running(ctx, "dev"); err != nil {
		return "", err
	}
	// Another release of dev, which follows head: its spec changes. Staging takes that only by
	// promotion.
	if err := f.respec(ctx, `"good day"`, `"good morning"`); err != nil {
		return "", err
	}
	if err := f.settle(ctx, 4*time.Minute, "greeter-dev"); err != nil {
		return "", err
	}
	err := until(ctx, 5*time.Minute, func() error {
		if err := f.Pull(ctx); err != nil {
			return err
		}
		text, err := os.ReadFile(filepath.Join(f.Dir, "releases", "staging", "greeter.cue"))
		if err == nil && !strings.Contains(string(text), "good morning") {
			err = notYet("staging has the release before")
		}
		return err
	})
	if err != nil {
		return "", f.withSettling(ctx, err)
	}
	runs, err := f.Env.runs(ctx, promoterNamespace, "tekton.dev/pipeline=settle")
	if err != nil {
		return "", err
	}
	if len(runs) == 0 {
		return "", errors.New("staging has it by the CronJob: Argo CD told the promoter nothing")
	}
	by, err := f.verifiedBy("dev")
	return "tested by " + by + ", and on into staging", err
}

// rolledBack: somebody takes back the release of staging, which takes what is well in dev by
// itself. The CronJob finds dev well and staging behind, and leaves it.
func rolledBack(ctx context.Context, f *Fleet) (string, error) {
	if err := f.Pull(ctx); err != nil {
		return "", err
	}
	if _, err := f.slipway(ctx, "rollback", "greeter", "--in", "staging", "--reason", "it greets too early", "--by", "conformance"); err != nil {
		return "", err
	}
	if err := f.Publish(ctx, "Go back"); err != nil {
		return "", err
	}
	if err := f.settle(ctx, 4*time.Minute, "greeter-staging"); err != nil {
		return "", err
	}
	if err := f.runCron(ctx, "settle"); err != nil {
		return "", err
	}
	if err := f.Pull(ctx); err != nil {
		return "", err
	}
	text, err := os.ReadFile(filepath.Join(f.Dir, "releases", "staging", "greeter.cue"))
	if err == nil && !strings.Contains(string(text), "good day") {
		err = fmt.Errorf("staging does not have the release before:\n%s", text)
	}
	return "staging is back at the release before, and stays", err
}

// tested: a release that is well and fails its tests where it is deployed is held.
func tested(ctx context.Context, f *Fleet) (string, error) {
	if err := f.respec(ctx, `"good morning"`, `"bad morning"`); err != nil {
		return "", err
	}
	return f.isHeld(ctx, "smoke failed in run "+secretNamespace+"/greeter-verify-")
}

// held: so is one whose pods never get ready.
func held(ctx context.Context, f *Fleet) (string, error) {
	if err := f.respec(ctx, `tcp: "http"`, `exec: ["/nothing"]`); err != nil {
		return "", err
	}
	return f.isHeld(ctx, "")
}

// respec changes the spec of greeter, which dev follows, and tells Argo CD.
func (f *Fleet) respec(ctx context.Context, from, to string) error {
	if err := f.Pull(ctx); err != nil {
		return err
	}
	if err := f.Edit("services/greeter.cue", func(s string) string { return strings.Replace(s, from, to, 1) }); err != nil {
		return err
	}
	if err := f.Publish(ctx, "Say "+to); err != nil {
		return err
	}
	return f.Env.refresh(ctx, "greeter-dev")
}

// isHeld waits until dev's release of greeter is held, for a reason that begins so, or, when
// that is empty, for one that is not of its tests; and wants that nobody can promote it.
func (f *Fleet) isHeld(ctx context.Context, because string) (string, error) {
	hold := ""
	err := until(ctx, 5*time.Minute, func() error {
		if err := f.Pull(ctx); err != nil {
			return err
		}
		text, err := os.ReadFile(filepath.Join(f.Dir, "releases", "dev", "greeter.yaml"))
		if err != nil {
			return err
		}
		_, after, _ := strings.Cut(string(text), "hold: ")
		hold, _, _ = strings.Cut(after, "\n")
		hold = strings.Trim(strings.TrimSpace(hold), `"'`)
		if hold == "" || !strings.HasPrefix(hold, because) || because == "" && strings.HasPrefix(hold, "smoke failed") {
			return notYet("the release is held %q", hold)
		}
		return nil
	})
	if err != nil {
		return "", f.withSettling(ctx, err)
	}
	if out, err := f.slipway(ctx, "promote", "greeter", "--from", "dev", "--to", "staging", "--by", "conformance"); err == nil || !strings.Contains(out, "[held-release]") {
		return "", fmt.Errorf("a held release is promoted: %w\n%s", err, out)
	}
	return "held: " + hold, nil
}

// verifiedBy is the run that greeter passed its tests in, as an environment's record has it.
func (f *Fleet) verifiedBy(env string) (string, error) {
	text, err := os.ReadFile(filepath.Join(f.Dir, "releases", env, "greeter.yaml"))
	if err != nil {
		return "", err
	}
	_, after, _ := strings.Cut(string(text), "verified:\n")
	_, run, _ := strings.Cut(after, "run: ")
	run, _, _ = strings.Cut(run, "\n")
	if run == "" {
		return "", fmt.Errorf("the record of %s names no run that tested:\n%s", env, text)
	}
	return strings.Trim(run, `"'`), nil
}

// withSettling adds to an error what the promoter's last runs of settle said.
func (f *Fleet) withSettling(ctx context.Context, err error) error {
	list, lerr := f.Env.Client.CoreV1().Pods(promoterNamespace).List(ctx, metav1.ListOptions{})
	if lerr != nil {
		return errors.Join(err, lerr)
	}
	for _, p := range list.Items {
		if strings.Contains(p.Name, "settle") || strings.Contains(p.Name, "verdict") {
			logs, _ := f.Env.Cluster.Logs(promoterNamespace, p.Name)
			err = fmt.Errorf("%w\n%s (%s):\n%s", err, p.Name, p.Status.Phase, logs)
		}
	}
	return err
}
