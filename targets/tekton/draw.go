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
	for _, kind := range KindsOf(p, svc) {
		out = append(out, newPipeline(p, svc, kind))
	}
	return out
}

// kindOf is what a pipeline of a service is for; its file is called so.
func kindOf(pl *v1.Pipeline) string { return pl.Labels["app.kubernetes.io/component"] }

// Drawn are the pipelines of a service as they are drawn.
func Drawn(p *ir.Platform, svc *ir.Service) (out []graph.Pipeline) {
	for _, pl := range Pipelines(p, svc) {
		drawn := draw(pl)
		if kindOf(pl) == string(Verify) {
			for _, i := range svc.AsItStands() { // no release changes a runbook
				if len(i.Verified()) > 0 {
					drawn.Tests = append(drawn.Tests, i.Env.Name)
				}
				if len(i.ByNight()) > 0 {
					drawn.Tests = append(drawn.Tests, i.Env.Name+" --nightly")
				}
			}
		}
		out = append(out, drawn)
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
	for i := range pl.Spec.Tasks {
		after[pl.Spec.Tasks[i].Name] = follows(&pl.Spec.Tasks[i])
	}
	for _, t := range inOrder(pl.Spec.Tasks, after) {
		names = append(names, t.Name)
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
func inOrder(tasks []v1.PipelineTask, after map[string][]string) (out []*v1.PipelineTask) {
	placed := make(map[string]bool, len(tasks))
	for len(out) < len(tasks) {
		before := len(out)
		for i := range tasks {
			t := &tasks[i]
			if !placed[t.Name] && !slices.ContainsFunc(after[t.Name], func(name string) bool { return !placed[name] }) {
				placed[t.Name] = true
				out = append(out, t)
			}
		}
		if len(out) == before {
			panic("tekton: a circle of tasks") // which Tekton refuses
		}
	}
	return out
}

// follows are the tasks that a task comes after, sorted: what PipelineTask.Deps says, which
// reads every value with regular expressions. A test holds the two together.
func follows(t *v1.PipelineTask) []string {
	out := slices.Clone(t.RunAfter)
	refer := func(value string) {
		const mark, results = "$(tasks.", ".results."
		for {
			_, rest, found := strings.Cut(value, mark)
			if !found {
				return
			}
			name, _, found := strings.Cut(rest, ".")
			if found && strings.HasPrefix(rest[len(name):], results) && strings.Contains(rest, ")") {
				out = append(out, name)
			}
			value = rest
		}
	}
	read := func(params v1.Params) {
		for i := range params {
			v := &params[i].Value
			refer(v.StringVal)
			for _, item := range v.ArrayVal {
				refer(item)
			}
			for _, item := range v.ObjectVal {
				refer(item) // sorted below
			}
		}
	}
	read(t.Params)
	if t.Matrix != nil {
		read(t.Matrix.Params)
		for _, include := range t.Matrix.Include {
			read(include.Params)
		}
	}
	for _, when := range t.When {
		refer(when.Input)
		for _, value := range when.Values {
			refer(value)
		}
		refer(when.CEL)
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// brief leaves out of a duration what is nothing.
var brief = strings.NewReplacer("h0m0s", "h", "m0s", "m")

// noteOf says what of a task is not plain from its name.
func noteOf(t *v1.PipelineTask) string {
	var notes []string
	if task := taskName(t); task != t.Name {
		notes = append(notes, task)
	}
	if t.TaskSpec != nil && t.TaskSpec.Metadata.Labels["app.kubernetes.io/name"] == ownName {
		notes = append(notes, "a Task of its own")
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
func taskName(t *v1.PipelineTask) string {
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
