package judge

import (
	"encoding/json"
	"maps"
	"net/http"
	"strings"

	pipeline "github.com/tektoncd/pipeline/pkg/apis/pipeline/v1"
	"github.com/tektoncd/triggers/pkg/apis/triggers/v1beta1"
)

// promoterNamespace is where the promoter listens and runs.
const promoterNamespace = "slipway-promoter"

// told is what an event of Slipway's own says, by field.
type told map[string]string

// sign makes an event of the promoter's as its sender does: release runs sign as GitHub
// does, Argo CD shows a token as GitLab does.
func (s sender) sign(kind string, body told) event {
	text, err := json.Marshal(body)
	if err != nil {
		panic(err)
	}
	header := http.Header{"Content-Type": {"application/json"}}
	if s.kind == "github" {
		header.Set("X-GitHub-Event", kind)
		header.Set("X-Hub-Signature-256", signature(s.secret, text))
	} else {
		header.Set("X-Gitlab-Event", kind)
		header.Set("X-Gitlab-Token", s.secret)
	}
	return event{header, text}
}

// inPromoter keeps to triggers there: a Git host's have nothing to do with its events.
func inPromoter(t *v1beta1.Trigger) bool { return t.Namespace == promoterNamespace }

// started are the runs that an event of the promoter's starts.
func (j *triggersJudge) started(at place, e event) []*pipeline.PipelineRun {
	runs, err := j.hub.send(e, inPromoter)
	if err != nil {
		j.add(at, "", "%v", err)
	}
	return runs
}

// requestEvents sends what the release pipeline of a service asks of the promoter, and what
// it must not be able to ask.
func (j *triggersJudge) requestEvents(at place, p *pipeline.Pipeline) {
	ask, image := told{}, ""
	for _, task := range p.Spec.Tasks {
		for _, v := range task.Params {
			switch {
			case task.Name == "request":
				ask[v.Name] = v.Value.StringVal
			case (task.Name == "build" || task.Name == "push") && v.Name == "image": // what is pushed, where that comes after
				image = v.Value.StringVal
			}
		}
	}
	if ask["service"] == "" {
		return // it asks for nothing: people promote
	}
	good := told{
		"owner": ask["owner"], "service": ask["service"], "to": ask["to"],
		"image":  image + "@sha256:" + strings.Repeat("5b3a712a", 8),
		"commit": strings.Repeat("5b3a712a", 5), "message": "Sell \"red\" carts", "version": "", "run": p.Namespace + "/" + p.Name + "-x2345",
	}
	team := sender{"github", promoterNamespace + "/request-key-" + good["owner"] + "/key"}
	runs := j.started(at, team.sign("slipway-request", good))
	if len(runs) != 1 || runs[0].Namespace != promoterNamespace || runs[0].Spec.PipelineRef == nil || runs[0].Spec.PipelineRef.Name != "promote" {
		j.add(at, "", "its request starts %d runs of the promoter, and should one: promote", len(runs))
		return
	}
	for _, v := range runs[0].Spec.Params {
		if v.Value.StringVal != good[v.Name] {
			j.add(at, "", "its request says %q of %s, and the run is told %q", good[v.Name], v.Name, v.Value.StringVal)
		}
	}
	none := func(what string, s sender, edit told) {
		bad := maps.Clone(good)
		maps.Copy(bad, edit)
		if len(j.started(at, s.sign("slipway-request", bad))) > 0 {
			j.add(at, "", "the promoter takes %s", what)
		}
	}
	none("a request that somebody else signed", sender{"github", team.secret + "x"}, nil)
	none("a request that no team signed", sender{"github", ""}, nil)
	none("a request in the name of another team", team, told{"owner": good["owner"] + "x"})
	none("a request for a service that there is not", team, told{"service": good["service"] + "x"})
	none("a request for another environment", team, told{"to": good["to"] + "x"})
	none("an image with another name", team, told{"image": image + "x@sha256:" + strings.Repeat("5b3a712a", 8)})
	none("an image without a digest", team, told{"image": image + ":v1"})
	none("a commit that is no full SHA", team, told{"commit": good["commit"][:12]})
	none("a run of another namespace", team, told{"run": "another/run"})
	push := team.sign("slipway-request", good)
	push.header.Set("X-GitHub-Event", "push")
	if len(j.started(at, push)) > 0 {
		j.add(at, "", "the promoter takes another kind of event for a request")
	}
}

// settleEvents sends what Argo CD tells of an Application.
func (j *triggersJudge) settleEvents() {
	for _, t := range j.hub.triggers {
		fleet := t.Labels["slipway.dev/settles"]
		if fleet == "" || !inPromoter(t) {
			continue
		}
		at := place{"", "Trigger " + t.Namespace + "/" + t.Name}
		argo := sender{"gitlab", promoterNamespace + "/argocd-events/token"}
		good := told{"fleet": fleet, "application": "cart-dev"}
		runs := j.started(at, argo.sign("slipway-settle", good))
		if len(runs) != 1 || runs[0].Spec.PipelineRef == nil || runs[0].Spec.PipelineRef.Name != "settle" ||
			len(runs[0].Spec.Params) != 1 || runs[0].Spec.Params[0].Value.StringVal != good["application"] {
			j.add(at, "", "what Argo CD tells starts %d runs, and should one: settle, of that Application", len(runs))
			continue
		}
		for what, e := range map[string]event{
			"an event with another token":                sender{"gitlab", "x"}.sign("slipway-settle", good),
			"an event of another fleet":                  argo.sign("slipway-settle", told{"fleet": fleet + "x", "application": "cart-dev"}),
			"the name of something that no service runs": argo.sign("slipway-settle", told{"fleet": fleet, "application": "--all"}),
			"another kind of event":                      argo.sign("Push Hook", good),
		} {
			if len(j.started(at, e)) > 0 {
				j.add(at, "", "the promoter takes %s", what)
			}
		}
	}
}
