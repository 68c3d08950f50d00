package judge

import (
	"encoding/json"
	"maps"
	"net/http"
	"slices"
	"strings"

	pipeline "github.com/tektoncd/pipeline/pkg/apis/pipeline/v1"
	"github.com/tektoncd/triggers/pkg/apis/triggers/v1beta1"
)

// startLabel is on Triggers that the promoter sends events to, with the fleet that it is of.
const startLabel = "slipway.dev/starts"

// asked is an event by which the promoter starts a run.
type asked struct {
	Fleet    string `json:"fleet"`
	Pipeline string `json:"pipeline"`
	Name     string `json:"name"`
	With     told   `json:"with"`
}

func (s sender) ask(kind string, body asked) event {
	text, err := json.Marshal(body)
	if err != nil {
		panic(err)
	}
	header := http.Header{"Content-Type": {"application/json"}}
	header.Set("X-GitHub-Event", kind)
	header.Set("X-Hub-Signature-256", signature(s.secret, text))
	return event{header, text}
}

// startEvents sends what the promoter asks of a trigger of a pipeline, and what nobody must be
// able to ask. with are values of the run's parameters, wrong others that must start nothing.
// given are all parameters of the run; nil when none started.
func (j *triggersJudge) startEvents(at place, p *pipeline.Pipeline, t *v1beta1.Trigger, with told, wrong []told) (given told) {
	prefix := t.Name[:min(len(t.Name), 52)] + "-"
	good := asked{Fleet: t.Labels[startLabel], Pipeline: t.Name, Name: prefix + "0123456789", With: with}
	key := sender{"github", promoterNamespace + "/start-key/key"}
	start := func(e event) []*pipeline.PipelineRun {
		runs, err := j.hub.send(e, func(*v1beta1.Trigger) bool { return true })
		if err != nil {
			j.add(at, "", "%v", err)
		}
		return runs
	}
	runs := start(key.ask("slipway-start", good))
	if len(runs) != 1 || runs[0].Namespace != p.Namespace || runs[0].Name != good.Name || runs[0].GenerateName != "" || runs[0].Spec.PipelineRef == nil || runs[0].Spec.PipelineRef.Name != p.Name {
		j.add(at, "", "what the promoter asks of the trigger %s starts %d runs, and should one of the name that it says", t.Name, len(runs))
		return nil
	}
	given = told{}
	for _, v := range runs[0].Spec.Params {
		given[v.Name] = v.Value.StringVal
	}
	for name, value := range with {
		if given[name] != value {
			j.add(at, "", "the promoter says %q of %s, and the run is told %q", value, name, given[name])
		}
	}
	none := func(what string, s sender, kind string, edit func(*asked)) {
		bad := good
		bad.With = maps.Clone(with)
		edit(&bad)
		if len(start(s.ask(kind, bad))) > 0 {
			j.add(at, "", "the trigger %s takes %s", t.Name, what)
		}
	}
	same := func(*asked) {}
	none("an event that somebody else signed", sender{"github", key.secret + "x"}, "slipway-start", same)
	none("an event that nobody signed", sender{"github", ""}, "slipway-start", same)
	none("an event that its team signed", sender{"github", promoterNamespace + "/request-key-" + p.Labels["slipway.dev/owner"] + "/key"}, "slipway-start", same)
	none("another kind of event", key, "slipway-request", same)
	none("an event of another fleet", key, "slipway-start", func(a *asked) { a.Fleet += "x" })
	none("an event for another pipeline", key, "slipway-start", func(a *asked) { a.Pipeline += "x" })
	none("a run with the name of another one", key, "slipway-start", func(a *asked) { a.Name = "x" + a.Name })
	none("a run with a name of somebody's choice", key, "slipway-start", func(a *asked) { a.Name = prefix + "mine" })
	none("a name with more in it", key, "slipway-start", func(a *asked) { a.Name += "\", \"namespace\": \"x" })
	for _, w := range wrong {
		none("an event with other values", key, "slipway-start", func(a *asked) { maps.Copy(a.With, w) })
	}
	return given
}

// nightEvents are those by which the promoter has a service's pipelines run by night.
func (j *triggersJudge) nightEvents(at place, p *pipeline.Pipeline, triggers []*v1beta1.Trigger, repository string) {
	commit, digest := strings.Repeat("5b3a712a", 5), "@sha256:"+strings.Repeat("5b3a712a", 8)
	revisions := []told{{"revision": "main"}, {"revision": commit[:12]}, {"revision": "--upload-pack=id"}}
	for _, t := range triggers {
		with, wrong := told{"revision": commit}, revisions
		if slices.ContainsFunc(p.Spec.Params, func(s pipeline.ParamSpec) bool { return s.Name == "image" }) {
			with["image"] = repository + digest
			wrong = append(slices.Clip(wrong), told{"image": repository + ":v1"}, told{"image": repository + "x" + digest}, told{"image": "somewhere.example/" + repository + digest})
		}
		if given := j.startEvents(at, p, t, with, wrong); given != nil && !maps.Equal(given, with) {
			j.add(at, "", "the promoter says %v, and the run is told %v", with, given)
		}
	}
}

// imageOf is the repository that a service's release pushes to; empty for one that pushes nothing.
func imageOf(t *Tree, service string) string {
	for _, d := range t.ofKind(kindPipeline) {
		p, err := typed[pipeline.Pipeline](d.Object)
		if err != nil || p.Labels[labelService] != service || p.Labels[labelStage] != "release" {
			continue
		}
		return pushedTo(p)
	}
	return ""
}

// pushedTo is the repository that a release pipeline pushes to: its build does, or the task
// after it.
func pushedTo(p *pipeline.Pipeline) (image string) {
	for _, task := range p.Spec.Tasks {
		for _, v := range task.Params {
			if (task.Name == "build" || task.Name == "push") && v.Name == "image" {
				image = v.Value.StringVal
			}
		}
	}
	return image
}
