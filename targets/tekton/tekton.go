// Package tekton is the Tekton target: for every service that is built a pull-request and
// a release pipeline, and for the fleet the Tasks that they are made of and what they run
// as.
//
//	pipelines/SERVICE/pull-request.yaml, release.yaml
//	pipelines/SERVICE/verify.yaml             for one with tests of what is deployed; verify.go
//	pipelines/SERVICE/triggers.yaml           what starts them, where platform.cue names Git hosts
//	pipelines/SERVICE/nightly.yaml            where platform.cue has nightly runs: the pipeline, and what the promoter starts
//	pipelines/fleet/events.yaml               the listener for the events of Git hosts
//	pipelines/fleet/tasks/TASK-HASH.yaml      in the namespace slipway-tasks
//	pipelines/fleet/owners/OWNER.yaml         service accounts and roles of a team's namespaces
//	pipelines/fleet/promoter/                 what writes the fleet; promoter.go
//	pipelines/fleet/checks/                   what checks changes of the fleet; fleet.go
//
// A team's release runs live in the namespace ci-OWNER, its pull-request runs, which run
// code that nobody has reviewed, in ci-OWNER-pr. Credentials are Secrets of those
// namespaces that a run binds to single tasks; no ServiceAccount carries any.
package tekton

import (
	"context"
	"fmt"
	"path"
	"slices"

	v1 "github.com/tektoncd/pipeline/pkg/apis/pipeline/v1"
	"knative.dev/pkg/apis"

	"slipway.dev/catalog/tasks"
	"slipway.dev/compiler/ir"
	"slipway.dev/compiler/plan"
	"slipway.dev/targets/kube"
)

// Namespace is where the runs of a team's pipelines of a kind live.
func Namespace(owner string, kind Kind) string {
	return ir.PipelineNamespace(owner, kind == PullRequest)
}

// Target is the Tekton target.
type Target struct{}

// Name is what --target calls it.
func (Target) Name() string { return "tekton" }

// starters make what starts the pipelines of a kind that the promoter starts.
var starters = map[Kind]func(*ir.Platform, *ir.Service) ([]kube.Node, error){Verify: verifyTriggers, Nightly: byNight}

// Service emits the pipelines of a service; none for one whose image others build.
func (Target) Service(p *ir.Platform, svc *ir.Service) ([]plan.File, error) {
	var out []plan.File
	for _, pl := range Pipelines(p, svc) {
		tree := kube.FromObject(pl)
		if err := validPipeline(pl, tree); err != nil {
			return nil, fmt.Errorf("pipeline %s: %w", pl.Name, err)
		}
		file := plan.File{Path: path.Join(svc.PipelinesDir(), kindOf(pl)+".yaml"), Owner: plan.Service(svc.Name)}
		objects := []kube.Node{tree}
		if start := starters[Kind(kindOf(pl))]; start != nil {
			list, err := start(p, svc)
			if err != nil {
				return nil, err
			}
			objects = append(objects, list...)
		}
		file.Body = kube.Encode(objects...)
		out = append(out, file)
	}
	if svc.AsksForRelease() {
		out = append(out, plan.File{Path: path.Join(svc.PipelinesDir(), "request.yaml"), Owner: plan.Service(svc.Name), Body: kube.Encode(kube.FromObject(requestTrigger(svc)))})
	}
	if svc.Build != nil && svc.Source.Git != nil {
		list, err := triggers(p, svc)
		if err != nil {
			return nil, err
		}
		out = append(out, plan.File{Path: path.Join(svc.PipelinesDir(), "triggers.yaml"), Owner: plan.Service(svc.Name), Body: kube.Encode(list...)})
	}
	return out, nil
}

// Fleet emits the Tasks, and what the teams' runs run as. Tekton has judged the Tasks before
// (catalog/tasks): a platform replaces nothing in them but images.
func (Target) Fleet(p *ir.Platform) ([]plan.File, error) {
	var out []plan.File
	images := images(p)
	for _, name := range tasks.Names() {
		if e, _ := tasks.Find(name); e.Trust == tasks.Signs && p.Pipelines.Signing != ir.ByCosign {
			continue // nobody has its key
		}
		if p.Pipelines.Broker == "" && slices.Contains([]string{fetchStage.name, publishStage.name}, name) {
			continue // nobody is asked
		}
		if name == reportsStage.name && p.Pipelines.Reports == "" {
			continue // nothing is kept
		}
		if name == verdictPL && !p.Pipelines.Starts {
			continue // nothing is tested where it is deployed
		}
		task, ok := tasks.Lookup(name, images)
		if !ok {
			panic("tekton: the catalog has no task " + name)
		}
		task.Namespace = ir.TasksNamespace
		// A run under way may still ask for a task that Git has replaced by another.
		task.Annotations = map[string]string{
			"argocd.argoproj.io/compare-options": "IgnoreExtraneous",
			"argocd.argoproj.io/sync-options":    "Prune=false",
		}
		out = append(out, plan.File{Path: path.Join("pipelines/fleet/tasks", task.Name+".yaml"), Owner: plan.Fleet, Body: kube.Encode(kube.FromObject(task))})
	}
	if len(p.Git) > 0 {
		list, err := listener(p)
		if err != nil {
			return nil, fmt.Errorf("listener: %w", err)
		}
		out = append(out, plan.File{Path: "pipelines/fleet/events.yaml", Owner: plan.Fleet, Body: kube.Encode(list...)})
	}
	for _, o := range p.Owners {
		out = append(out, plan.File{Path: path.Join("pipelines/fleet/owners", o.Name+".yaml"), Owner: plan.Fleet, Body: kube.Encode(accounts(p, o)...)})
	}
	for _, emit := range []func(*ir.Platform) ([]plan.File, error){promoter, checks} {
		files, err := emit(p)
		if err != nil {
			return nil, err
		}
		out = append(out, files...)
	}
	return out, nil
}

func images(p *ir.Platform) map[string]string {
	m := make(map[string]string, len(p.Tools))
	for _, t := range p.Tools {
		m[t.Name] = t.Image
	}
	return m
}

// ImageOf is the image of a tool: the platform's, or the library's.
func ImageOf(p *ir.Platform, tool string) string {
	if image, ok := images(p)[tool]; ok {
		return image
	}
	image, ok := tasks.DefaultImage(tool)
	if !ok {
		panic("tekton: the catalog has no tool " + tool)
	}
	return image
}

// object is what Tekton's own types can do.
type object interface {
	SetDefaults(context.Context)
	Validate(context.Context) *apis.FieldError
}

// valid has Tekton judge an object as its webhook would: defaults first, on a copy, since
// what is committed should not repeat them.
func valid[T interface {
	object
	DeepCopy() T
}](o T) error {
	ctx, c := context.Background(), o.DeepCopy()
	c.SetDefaults(ctx)
	if err := c.Validate(ctx); err != nil {
		return err
	}
	return nil
}

var _ object = (*v1.Pipeline)(nil)
