package main

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"slipway.dev/cmd/slipway/internal/kubeapi"
	"slipway.dev/cmd/slipway/internal/tell"
)

// reported is what a run has to say of itself.
type reported struct {
	run, service, kind string
	revision           string
	pending            bool
	impact             string // what merging does, in numbers; it is all that is told then
	failed             string // tasks, separated by blanks
	unfinished         string
	host, api, project string
	tokenFile          string
	notify             string // KIND:NAME, separated by blanks
	messages           string // the folder with an address for each name
	channel            string
}

func newReport(w world) *cobra.Command {
	var r reported
	c := &cobra.Command{
		Use:   "report --run NAMESPACE/NAME --service SERVICE --kind KIND --revision SHA",
		Short: "Tell the Git host and people what becomes of a run",
		Long: `Report sets the status of the commit at the Git host, and tells people of releases and
of tests of what is deployed that fail, and of those that work again. It is what the tasks "announce" and
"report" run in a pod; elsewhere it is of no use. What cannot be told is said, and
fails nothing.`,
		Hidden: true,
		Args:   cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			ctx, cancel := context.WithTimeout(c.Context(), 90*time.Second)
			defer cancel()
			api, err := kubeapi.InCluster()
			if err != nil {
				api = nil // then only what is at hand is told
			}
			tellOf(ctx, w, api, tell.Client(), r)
			return nil
		},
	}
	f := c.Flags()
	f.StringVar(&r.run, "run", "", "the run, NAMESPACE/NAME")
	f.StringVar(&r.service, "service", "", "the service")
	f.StringVar(&r.kind, "kind", "", "release, verify, nightly or pull-request")
	f.StringVar(&r.revision, "revision", "", "the commit")
	f.BoolVar(&r.pending, "pending", false, "it has begun")
	f.StringVar(&r.impact, "impact", "", "what merging the commit does to what runs: a status of its own")
	f.StringVar(&r.failed, "failed", "", "the tasks that failed")
	f.StringVar(&r.unfinished, "unfinished", "", "the tasks that did not run")
	f.StringVar(&r.host, "host", "", "the kind of the Git host: github, gitlab; none: no status")
	f.StringVar(&r.api, "api", "", "the address of its API")
	f.StringVar(&r.project, "project", "", "what it calls the repository")
	f.StringVar(&r.tokenFile, "token-file", "", "the file with a token that may set statuses")
	f.StringVar(&r.notify, "notify", "", "who is told, as KIND:NAME, separated by blanks")
	f.StringVar(&r.messages, "messages", "", "the folder with a file for each NAME that holds its address")
	f.StringVar(&r.channel, "channel", "", "where the owners read messages")
	return c
}

// tellOf tells what there is to tell, and says what could not be told.
func tellOf(ctx context.Context, w world, api *kubeapi.Client, client *http.Client, r reported) {
	say := func(format string, args ...any) { fmt.Fprintf(w.out, "report: "+format+"\n", args...) }
	if r.impact != "" {
		setStatus(ctx, client, r, tell.Status{State: tell.Success, Context: "slipway/" + r.service + "-impact", Description: r.impact}, say)
		return
	}
	namespace, name, _ := strings.Cut(r.run, "/")
	own, before, err := history(ctx, api, namespace, name, r.service, r.kind)
	if err != nil && !r.pending {
		say("earlier runs are not known: %v", err)
	}
	state, text := tell.Success, "all tasks succeeded"
	switch {
	case r.pending:
		state, text = tell.Pending, "running"
	case own != nil && own.Spec.Status != "":
		state, text = tell.Cancelled, "cancelled"
		if by := own.Metadata.Annotations[supersededBy]; by != "" {
			text = "superseded by " + by
		}
	case r.failed != "":
		state, text = tell.Failure, "failed in "+r.failed
	case r.unfinished != "":
		state, text = tell.Failure, "did not run: "+r.unfinished
	}
	if r.host != "" {
		setStatus(ctx, client, r, tell.Status{State: state, Context: "slipway/" + r.service + "-" + r.kind, Description: text}, say)
	}
	recovered := state == tell.Success && before == tell.Failure
	if r.kind == "pull-request" || state != tell.Failure && !recovered {
		return // a pull request's author reads the commit's status
	}
	subject := r.kind + " of " + r.service
	if own != nil && own.Param("environment") != "" {
		subject += " in " + own.Param("environment")
	}
	m := tell.Message{State: state, Subject: subject, Service: r.service, Revision: r.revision, Run: r.run, Failed: r.failed, Channel: r.channel}
	m.Text = fmt.Sprintf("%s %s: commit %s, run %s", subject, text, r.revision[:min(len(r.revision), 12)], r.run)
	if recovered {
		m.Text = fmt.Sprintf("%s works again: commit %s, run %s", subject, r.revision[:min(len(r.revision), 12)], r.run)
	}
	for _, to := range strings.Fields(r.notify) {
		kind, name, _ := strings.Cut(to, ":")
		address, err := os.ReadFile(filepath.Join(r.messages, filepath.Base(name)))
		if err != nil {
			say("%s is not told: the Secret notify has no %s", name, name)
			continue
		}
		if err := tell.Send(ctx, client, kind, strings.TrimSpace(string(address)), m); err != nil {
			say("%s is not told: %v", name, err)
			continue
		}
		say("told %s: %s", name, m.Text)
	}
}

func setStatus(ctx context.Context, client *http.Client, r reported, s tell.Status, say func(string, ...any)) {
	token, err := os.ReadFile(r.tokenFile)
	if err != nil {
		say("the commit has no status: there is no Secret git-status with a token")
		return
	}
	h := tell.Host{Kind: r.host, API: r.api, Project: r.project, Token: strings.TrimSpace(string(token)), HTTP: client}
	if err := h.Status(ctx, r.revision, s); err != nil {
		say("the commit has no status: %v", err)
		return
	}
	say("the commit's status %s: %s", s.Context, s.State)
}

// history is this run, and what the one before it came to that was not cancelled, in the same
// environment where the pipeline is about one; "" when there is none.
func history(ctx context.Context, api *kubeapi.Client, namespace, name, service, kind string) (own *kubeapi.Run, before tell.State, err error) {
	if api == nil {
		return nil, "", fmt.Errorf("this is no pod of a cluster")
	}
	runs, err := api.Runs(ctx, namespace, map[string]string{"app.kubernetes.io/name": service, "app.kubernetes.io/component": kind})
	if err != nil {
		return nil, "", err
	}
	if own = kubeapi.Named(runs, name); own == nil {
		return nil, "", fmt.Errorf("there is no run %s/%s", namespace, name)
	}
	var last *kubeapi.Run
	for i := range runs {
		r := &runs[i]
		if _, done := r.Succeeded(); done && r.Spec.Status == "" && r.Before(own) && r.Param("environment") == own.Param("environment") && (last == nil || last.Before(r)) {
			last = r
		}
	}
	if last == nil {
		return own, "", nil
	}
	if ok, _ := last.Succeeded(); ok {
		return own, tell.Success, nil
	}
	return own, tell.Failure, nil
}
