package tekton

import (
	"fmt"
	"slices"
	"strings"

	v1 "github.com/tektoncd/pipeline/pkg/apis/pipeline/v1"

	"slipway.dev/compiler/ir"
	"slipway.dev/targets/graph"
)

// Pipelines are the pipelines that Service emits.
func Pipelines(p *ir.Platform, svc *ir.Service) (out []*v1.Pipeline) {
	if svc.Build == nil || len(svc.RunsIn) == 0 {
		return nil
	}
	for _, kind := range []Kind{PullRequest, Release} {
		out = append(out, newPipeline(p, svc, kind))
	}
	return out
}

// kindOf is what a pipeline of a service is for; its file is called so.
func kindOf(pl *v1.Pipeline) string { return pl.Labels["app.kubernetes.io/component"] }

// Drawn are the pipelines of a service as they are drawn.
func Drawn(p *ir.Platform, svc *ir.Service) (out []graph.Pipeline) {
	for _, pl := range Pipelines(p, svc) {
		out = append(out, draw(pl))
	}
	return out
}

// draw reads a pipeline as Tekton does: what runs after what follows from runAfter, from the
// results that parameters use, and from finally.
func draw(pl *v1.Pipeline) graph.Pipeline {
	kind := kindOf(pl)
	out := graph.Pipeline{Releases: kind == string(Release)}
	out.ID, out.Label, out.Note = kind, kind, pl.Namespace+"/"+pl.Name
	var names []string
	after, followed := map[string][]string{}, map[string]bool{}
	for _, t := range inOrder(pl.Spec.Tasks) {
		names = append(names, t.Name)
		after[t.Name] = t.Deps()
		out.Nodes = append(out.Nodes, graph.Node{ID: kind + "/" + t.Name, Label: t.Name, Note: noteOf(t)})
	}
	reduced := graph.Reduced(names, after)
	for _, name := range names {
		for _, a := range reduced[name] {
			followed[a] = true
			out.Edges = append(out.Edges, graph.Edge{From: kind + "/" + a, To: kind + "/" + name})
		}
	}
	for _, t := range pl.Spec.Finally {
		out.Nodes = append(out.Nodes, graph.Node{ID: kind + "/" + t.Name, Label: t.Name, Note: "at the end, whatever came of the rest"})
		for _, name := range names {
			if !followed[name] {
				out.Edges = append(out.Edges, graph.Edge{From: kind + "/" + name, To: kind + "/" + t.Name, Dashed: true})
			}
		}
	}
	return out
}

// inOrder moves tasks behind those that they come after, and keeps their order otherwise.
func inOrder(tasks []v1.PipelineTask) (out []v1.PipelineTask) {
	placed := map[string]bool{}
	left := slices.Clone(tasks)
	for len(left) > 0 {
		k := slices.IndexFunc(left, func(t v1.PipelineTask) bool {
			return !slices.ContainsFunc(t.Deps(), func(name string) bool { return !placed[name] })
		})
		if k < 0 {
			panic("tekton: a circle of tasks") // which Tekton refuses
		}
		placed[left[k].Name] = true
		out = append(out, left[k])
		left = slices.Delete(left, k, k+1)
	}
	return out
}

// brief leaves out of a duration what is nothing.
var brief = strings.NewReplacer("h0m0s", "h", "m0s", "m")

// noteOf says what of a task is not plain from its name.
func noteOf(t v1.PipelineTask) string {
	var notes []string
	if task := taskName(t); task != t.Name {
		notes = append(notes, task)
	}
	if t.Timeout != nil {
		notes = append(notes, "at most "+brief.Replace(t.Timeout.Duration.String()))
	}
	switch {
	case t.Retries == 1:
		notes = append(notes, "tried once more")
	case t.Retries > 1:
		notes = append(notes, fmt.Sprintf("tried %d times more", t.Retries))
	}
	if len(t.When) > 0 {
		notes = append(notes, "not always")
	}
	return strings.Join(notes, ", ")
}

// taskName is the catalog's name of the task that a resolver is asked for, without its hash.
func taskName(t v1.PipelineTask) string {
	if t.TaskRef != nil {
		for _, p := range t.TaskRef.Params {
			if p.Name == "name" {
				if k := strings.LastIndexByte(p.Value.StringVal, '-'); k > 0 {
					return p.Value.StringVal[:k]
				}
			}
		}
	}
	return t.Name
}
