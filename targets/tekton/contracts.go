package tekton

import (
	"slices"
	"strconv"
	"strings"

	v1 "github.com/tektoncd/pipeline/pkg/apis/pipeline/v1"
	corev1 "k8s.io/api/core/v1"

	"slipway.dev/catalog/tasks"
	"slipway.dev/compiler/ir"
)

// Contracts between services, which a Pact Broker keeps. The pod with the team's code knows no
// credential of it, so files travel by the run's one volume, each kind in a folder that is
// mounted by itself (Tekton: subPath; the claim stays one, which is all that the affinity
// assistant allows a pod):
//
//	source/     the source; in pipelines without contracts it is the whole volume
//	pacts/      what the provider is held against: contracts-fetch writes it, tests read it
//	contracts/  what tests write: pacts as a consumer, and which pacts they found kept that
//	            need not be yet; contracts-publish reads it
//
// Nothing of a pull request is published: its run has no credential that could.
const (
	dirSource    = "source"
	dirPacts     = "pacts"
	dirContracts = "contracts"
)

// pactSecret holds what may publish to the broker: in a team's namespace for releases, and in
// the promoter's, which asks it and tells it what is deployed.
const pactSecret = "pact-broker"

// pactCredentials is what every task that speaks to the broker calls what it holds of it; the
// promoter's have it where there is one.
const pactCredentials = "pact-credentials"

func verifies(_ *ir.Platform, s *ir.Service, _ Kind) bool { return s.Contract().Verifies }

// fetchStage gets what a provider's tests are held against.
var fetchStage = stage{
	name: "contracts-fetch", in: []Kind{PullRequest, Release},
	task: func(s *ir.Service) string {
		if c := s.Contract(); c == nil || !c.Verifies {
			return ""
		}
		return "contracts-fetch"
	},
	params: atBroker,
	binds:  []bind{{task: "pacts", pipeline: wsSource, path: dirPacts}, {task: pactCredentials, pipeline: wsPactRead}},
}

func contractStage() stage {
	s := testStage("contract")
	s.in = []Kind{PullRequest, Release} // there is nothing new to hold a night's run against
	s.after = append(s.after, fetchStage.name)
	s.binds = append(s.binds,
		bind{task: "pacts", pipeline: wsSource, path: dirPacts, when: verifies},
		bind{task: "contracts", pipeline: wsSource, path: dirContracts})
	return s
}

// publishStage says what passed. What did not pass is not released, so the broker need not
// know of it.
var publishStage = stage{
	name: "contracts-publish", in: []Kind{Release}, after: []string{"contract"},
	task: func(s *ir.Service) string {
		if s.Contract() == nil {
			return ""
		}
		return "contracts-publish"
	},
	params: func(p *ir.Platform, s *ir.Service) []param {
		return append(atBroker(p, s), param{name: "commit", value: "$(tasks.clone.results.commit)"}, param{name: "consumer", value: strconv.FormatBool(s.Contract().Publishes != "")})
	},
	binds: []bind{
		{task: "pacts", pipeline: wsSource, path: dirPacts, when: verifies},
		{task: "contracts", pipeline: wsSource, path: dirContracts},
		{task: pactCredentials, pipeline: wsPact},
	},
}

func askedBroker(p *ir.Platform) []param {
	if p.Pipelines.Broker == "" {
		return nil
	}
	return []param{{name: "pact-broker", value: p.Pipelines.Broker}}
}

func atBroker(p *ir.Platform, s *ir.Service) []param {
	return []param{{name: "broker", value: p.Pipelines.Broker}, {name: "service", value: s.Name}, {name: "branch", value: tasks.Literal(s.Source.Branch)}}
}

// withContracts is the library's test task with the folders that it reads pacts from, and
// writes to. The source stays what it may only read.
func withContracts(task *v1.Task, c *ir.Contract) *v1.Task {
	out := task.DeepCopy()
	step := &out.Spec.Steps[0]
	if c.Verifies {
		out.Spec.Workspaces = append(out.Spec.Workspaces, v1.WorkspaceDeclaration{Name: "pacts", ReadOnly: true})
		step.Env = append(step.Env,
			corev1.EnvVar{Name: "PACTS", Value: "$(workspaces.pacts.path)/files"},
			corev1.EnvVar{Name: "SLIPWAY_PENDING", Value: "$(workspaces.pacts.path)/pending"})
	}
	out.Spec.Workspaces = append(out.Spec.Workspaces, v1.WorkspaceDeclaration{Name: "contracts"})
	step.Env = append(step.Env, corev1.EnvVar{Name: "SLIPWAY_CONTRACTS", Value: "$(workspaces.contracts.path)"})
	return out
}

// contractRun are the commands of contract tests, and those of them that fail nothing, with
// what is done after them.
func contractRun(t *ir.Test) (run, quarantine []string) {
	run, quarantine = t.Run, t.Quarantine
	if t.Contract == nil {
		return run, quarantine
	}
	if t.Contract.Publishes != "" {
		run = append(slices.Clip(run), handOver(t.Contract.Publishes))
	}
	if t.Contract.Verifies {
		quarantine = append(slices.Clip(quarantine), tryPending(t.Run))
	}
	return run, quarantine
}

// handOver is the last command of tests that write pacts. It begins where the script of the
// test task began, clears away what another try wrote, and fails when there is nothing. The
// pattern has no character that a shell reads but the star.
func handOver(pattern string) string {
	return `cd "$slipway_here" || exit 1; rm -rf -- "$SLIPWAY_CONTRACTS/pacts"; mkdir -- "$SLIPWAY_CONTRACTS/pacts"; cp -- ` + pattern + ` "$SLIPWAY_CONTRACTS/pacts/"`
}

// tryPending runs the commands once more for each pact that the provider has never kept, with
// nothing but it in PACTS, and notes which it keeps: whoever expects something new must not
// stop the provider, and must learn when it is there. They run in a copy of the folder, so that
// reports stay those of what must be kept, and in a shell of their own, since within a
// condition none ends at the first command that fails. Nor must they use up the test's time:
// each has five minutes, where the image has timeout, and none begins after five.
func tryPending(run []string) string {
	return `rm -rf -- "$SLIPWAY_CONTRACTS/kept"; mkdir -- "$SLIPWAY_CONTRACTS/kept"
slipway_limit=''; if command -v timeout > /dev/null; then slipway_limit='timeout 300'; fi
slipway_began=$(date +%s)
for slipway_pact in "$SLIPWAY_PENDING"/*.json; do
  [ -f "$slipway_pact" ] || continue
  if [ "$(($(date +%s) - slipway_began))" -gt 300 ]; then
    printf 'test: not tried, for there is no more time: %s\n' "${slipway_pact##*/}"
    continue
  fi
  rm -rf -- "$HOME/again" "$HOME/pending" && mkdir -- "$HOME/pending" || exit 1
  cp -RP "$slipway_top" "$HOME/again" && cp -- "$slipway_pact" "$HOME/pending/" && cd "$HOME/again/$SLIPWAY_DIRECTORY" || exit 1
  # shellcheck disable=SC2086
  if PACTS="$HOME/pending" $slipway_limit sh -ec ` + shellQuote(strings.Join(run, "\n")) + `; then
    : > "$SLIPWAY_CONTRACTS/kept/${slipway_pact##*/}"
    printf 'test: kept already: %s\n' "${slipway_pact##*/}"
  else
    printf 'test: not kept yet, which fails nothing: %s\n' "${slipway_pact##*/}"
  fi
done`
}

// shellQuote is a text as one word of a shell.
func shellQuote(text string) string { return "'" + strings.ReplaceAll(text, "'", `'\''`) + "'" }
