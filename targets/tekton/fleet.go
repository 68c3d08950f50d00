package tekton

import (
	"fmt"
	"path"
	"slices"
	"strings"

	v1 "github.com/tektoncd/pipeline/pkg/apis/pipeline/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"slipway.dev/catalog/tasks"
	"slipway.dev/compiler/ir"
	"slipway.dev/compiler/plan"
	"slipway.dev/targets/kube"
)

// The fleet's own pipelines: what changes of platform.cue, specs and records mean is checked
// before they are merged, and what came of it after. They write nothing and run no code of a
// team; what a pull request holds is read by slipway, in a pod without a credential.
//
//	pipelines/fleet/checks/accounts.yaml
//	pipelines/fleet/checks/pull-request.yaml, push.yaml
//	pipelines/fleet/checks/triggers.yaml        where a Git host of platform.cue has the fleet
//
// Every push is checked, the promoter's too: that all commits are Slipway's, only their
// messages say.

// FleetName is what the fleet's own pipelines are of: FleetName-KIND.
const FleetName = "fleet"

// FleetKinds are the kinds of pipeline that the fleet itself has.
func FleetKinds() []Kind { return []Kind{PullRequest, Push} }

// fleetStages are the stages of these pipelines, as stages are those of services.
func fleetStages(p *ir.Platform, kind Kind) []stage {
	var merging []param
	if kind == PullRequest {
		merging = []param{{name: "branch", value: tasks.Literal(p.Branch)}}
	}
	out := []stage{
		{
			name: "clone", task: always("clone"),
			params: func(_ *ir.Platform, s *ir.Service) []param {
				return append([]param{{name: "repository", value: s.Source.Repo}, {name: "revision", value: "$(params.revision)"}}, merging...)
			},
			binds: []bind{{task: wsSource, pipeline: wsSource}, {task: wsGit, pipeline: wsGit}},
		},
		{
			name: "check", task: always("check"), after: []string{"clone"},
			params: func(p *ir.Platform, _ *ir.Service) []param {
				return append([]param{{name: "directory", value: tasks.Literal(p.Home)}}, merging...)
			},
			binds: []bind{{task: wsSource, pipeline: wsSource}},
		},
	}
	for _, s := range stages {
		if s.name == "supersede" && kind == PullRequest || s.name == "announce" {
			out = append(out, s)
		}
	}
	if kind == PullRequest {
		out = append(out, impactStage())
	}
	out = slices.DeleteFunc(out, func(s stage) bool { return s.task(fleetSource(p)) == "" }) // no host, nobody to tell
	if kind == Push {                                                                        // people are told of it as of releases
		k := slices.IndexFunc(stages, func(s stage) bool { return s.name == "report" })
		return append(out, stages[k])
	}
	return append(out, stage{
		name: "report", finally: true, task: always("report"),
		params: func(_ *ir.Platform, s *ir.Service) []param {
			out := []param{{name: "revision", value: "$(params.revision)"}}
			if api(s) != "" {
				out = append(out, toHost(s)...)
			}
			return out
		},
		binds: []bind{{task: wsStatus, pipeline: wsStatus, when: hasStatus}},
	})
}

// impactStage tells reviewers at the Git host what merging does. It sees the sums and no files.
func impactStage() stage {
	for _, s := range stages {
		if s.name != "announce" {
			continue
		}
		announced := s.params
		s.name = "impact"
		s.params = func(p *ir.Platform, svc *ir.Service) []param {
			return append(announced(p, svc), param{name: "impact", value: "$(tasks.check.results.impact)"})
		}
		return s
	}
	panic("tekton: nothing is announced")
}

// fleetSource is the fleet as stages know a service: where its source is, and how long its
// tasks may take.
func fleetSource(p *ir.Platform) *ir.Service {
	return &ir.Service{
		Name:   FleetName,
		Source: &ir.Source{Repo: p.Repo, Path: p.Home, Branch: p.Branch, Git: p.Host, Project: p.Project},
		Tasks: []ir.TaskSettings{
			{Name: "announce", Timeout: "5m"}, {Name: "check", Timeout: "20m"}, {Name: "clone", Timeout: "10m", Retries: 1},
			{Name: "impact", Timeout: "5m"}, {Name: "report", Timeout: "5m"}, {Name: "supersede", Timeout: "5m"},
		},
	}
}

func checksMeta(name string) metav1.ObjectMeta {
	return metav1.ObjectMeta{Name: name, Namespace: ir.FleetNamespace, Labels: map[string]string{
		"app.kubernetes.io/managed-by": "slipway", "app.kubernetes.io/part-of": FleetName,
	}}
}

func newFleetPipeline(p *ir.Platform, kind Kind) *v1.Pipeline {
	meta := checksMeta(PipelineName(FleetName, kind))
	meta.Labels["app.kubernetes.io/name"], meta.Labels["app.kubernetes.io/component"] = FleetName, string(kind)
	pl := assemble(p, fleetSource(p), kind, fleetStages(p, kind), meta)
	pl.Spec.Description = strings.ReplaceAll(describe[kind], "%s", "the fleet")
	if kind == PullRequest {
		pl.Spec.Results = append(pl.Spec.Results, v1.PipelineResult{
			Name: "impact", Type: v1.ResultsTypeString, Description: "What merging would do to what runs, in numbers.",
			Value: *v1.NewStructuredValues("$(tasks.check.results.impact)"),
		})
	}
	return pl
}

// NewFleetRun makes a PipelineRun of one of the fleet's own pipelines, as NewRun does.
func NewFleetRun(p *ir.Platform, kind Kind, revision string) (*v1.PipelineRun, error) {
	run, err := runOf(p, fleetSource(p), newFleetPipeline(p, kind), fleetStages(p, kind), revision)
	run.Spec.TaskRunTemplate.ServiceAccountName = string(tasks.Reads) // there is nothing of a team here
	return run, err
}

// checks emits the fleet's own pipelines.
func checks(p *ir.Platform) (out []plan.File, err error) {
	add := func(name string, objects ...kube.Node) {
		out = append(out, plan.File{Path: path.Join("pipelines/fleet/checks", name+".yaml"), Owner: plan.Fleet, Body: kube.Encode(objects...)})
	}
	accounts := []kube.Node{account(checksMeta(string(tasks.Reads))), account(checksMeta(string(tasks.Reports)))}
	accounts = append(accounts, duty(checksMeta(string(tasks.Reports)), ir.FleetNamespace, mayLookAtRuns)...)
	if p.Host != nil {
		accounts = append(accounts, starting(checksMeta, true, false, FleetKinds()...)...)
	}
	add("accounts", accounts...)
	var triggers []kube.Node
	for _, kind := range FleetKinds() {
		pl := newFleetPipeline(p, kind)
		tree := kube.FromObject(pl)
		if err := validPipeline(pl, tree); err != nil {
			return nil, fmt.Errorf("pipeline %s: %w", pl.Name, err)
		}
		add(string(kind), tree)
		run, err := NewFleetRun(p, kind, eventRevision)
		if err != nil {
			return nil, fmt.Errorf("run of %s: %w", pl.Name, err)
		}
		if p.Host == nil {
			continue
		}
		pair, err := startedBy(run, p.Host, kind, selectsFleet(p, kind))
		if err != nil {
			return nil, err
		}
		triggers = append(triggers, pair...)
	}
	if p.Host != nil {
		add("triggers", triggers...)
	}
	return out, nil
}

// selectsFleet is the allow-list of the fleet's own events. Where the fleet is a folder of
// its repository, something of that must have changed.
func selectsFleet(p *ir.Platform, kind Kind) string {
	var watched []string
	if p.Home != "." {
		watched = []string{p.Home}
	}
	return and(append(of(p.Host, p.Project, p.Branch, kind), touching(within(watched))...)...)
}
