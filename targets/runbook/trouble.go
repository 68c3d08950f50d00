package runbook

import (
	"fmt"
	"strings"

	"slipway.dev/compiler/ir"
)

// advice says of a catalog task what it usually means that it failed. A task that is not
// here has a log all the same.
var advice = map[string]string{
	"clone":             "the Git host, the Secret `git-read`, or a commit that is not there any more",
	"secrets":           "a credential was committed: make it worthless where it is valid, then take it out",
	"dependencies":      "the log names the dependencies: update them",
	"a Task of its own": "the team's Task, whose words are in the spec: its log says it",
	"test":              "the tests: the commit is wrong, or a test is not reliable",
	"contracts-fetch":   "the Pact Broker, or the Secret `pact-broker-read`",
	"contract":          "what consumers expect is not kept, or the tests wrote no pact: the log names it (docs/contracts.md)",
	"contracts-publish": "the Pact Broker, or the Secret `pact-broker`; it takes no other pact for a commit that has one",
	"unit":              "the tests: the commit is wrong, or a test is not reliable",
	"build-dockerfile":  "the Dockerfile; else the BuildKit daemon, the Secrets `buildkit-client` and `registry-push`, or `registry-pull` of a pull request",
	"build-ko":          "the code does not build; else the Secret `registry-push`",
	"build-jib":         "the code does not build, or the image below it cannot be pulled by everybody",
	"build-buildpacks":  "the log names the buildpack that fails; else an image that cannot be pulled by everybody, or a full disk (`pipelines.workspace`)",
	"reports":           "the registry of reports, or the Secret `registry-reports`: the run is what it is without them",
	"push":              "the registry, or the Secret `registry-push`",
	"scan":              "the log names the vulnerabilities: update what has them; else the Secret `registry-pull`",
	"release":           "`slipway promote` by hand says the same: a spec with mistakes, or the Secret `fleet-write`",
}

// trouble is what to do when something is wrong, by what one sees.
func (b *page) trouble() {
	app := b.last.Application()
	b.f("\n## When\n\n")
	if len(b.last.Workloads) > 0 {
		w := b.last.Workloads[0]
		b.f("**Pods crash.** Why the last one ended, and its last words:\n\n```sh\nkubectl %s describe pods -l %s\nkubectl %s logs -l %s --previous --tail=50\n```\n\n", b.at(), b.selector(w), b.at(), b.selector(w))
		if w.Main.Resources.MemoryLimit != "" {
			b.f("`OOMKilled`: it needs more than %s. ", w.Main.Resources.MemoryLimit)
		}
		b.f("If it began with a release (`slipway status %s`): roll back first, ask later.\n\n", b.svc.Name)
		b.f("**Pods do not get ready.** ")
		if w.Main.Ready != nil {
			b.f("They do not answer %s. ", probe(w.Main.Ready))
		}
		if w.Kind != ir.Job && w.Kind != ir.CronJob {
			b.f("A release waits, and the old pods stay. ")
		}
		b.f("`ImagePullBackOff`: the registry or a pull Secret. `CreateContainerConfigError`: a Secret or ConfigMap named below is missing. `Pending`: `describe` says what the nodes lack.\n\n")
	}
	for _, w := range b.last.Workloads {
		if w.Kind == ir.Rollout {
			b.f("**`%s` waits between two versions.** `get rollout` says at which step, and what an analysis found. On; or back to the version that was stable, and then roll back below, or Git says otherwise; or once more:\n\n```sh\n", w.Name)
			for _, verb := range []string{"promote", "abort", "retry rollout"} {
				b.f("kubectl argo rollouts %s %s %s\n", b.at(), verb, w.Name)
			}
			b.f("```\n\n")
		}
	}
	render := fmt.Sprintf("slipway render %s %s | kubectl %s apply --dry-run=server -f -\n", b.svc.Name, b.last.Env.Name, b.at())
	if b.last.Chart != nil {
		render = ""
	}
	b.f("**Sync failed.** On which object, and what the cluster says of it; after a fix, once more:\n\n```sh\nargocd app get %s\n%sargocd app sync %s\n```\n\n", app, render, app)
	b.f("**Nothing is deployed.** Not released there (`slipway status %s`), or Argo CD has not seen the commit: `argocd app get %s --hard-refresh`.\n", b.svc.Name, app)
	if len(b.pipelines) == 0 {
		return
	}
	for _, pl := range b.pipelines {
		if len(pl.Tests) > 0 {
			b.f("\n**A release is held, since a test failed.** `slipway status %s` names the run. When the release is wrong, release what mends it; when the test was, run it once more, as under Pipelines: when it passes, the release goes on.\n", b.svc.Name)
		}
	}
	b.f("\n**A pipeline failed.** Its last lines say at which task; whether it released anything, `slipway status %s`. Starting one anew: under Pipelines.\n\n| task | usually |\n| --- | --- |\n", b.svc.Name)
	told := map[string]bool{}
	for _, pl := range b.pipelines {
		for _, n := range pl.Nodes {
			if told[n.Label] || strings.HasPrefix(n.Note, "at the end") {
				continue
			}
			told[n.Label] = true
			task, _, _ := strings.Cut(n.Note, ",")
			text, ok := advice[task]
			if !ok {
				text, ok = advice[n.Label]
			}
			if !ok {
				text = "its log says it"
			}
			b.f("| %s | %s |\n", n.Label, text)
		}
	}
}
