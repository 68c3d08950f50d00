package judge

import (
	"encoding/json"
	"maps"
	"net/http"
	"regexp"
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
	ask, image := told{}, pushedTo(p)
	for _, task := range p.Spec.Tasks {
		for _, v := range task.Params {
			if task.Name == "request" {
				ask[v.Name] = v.Value.StringVal
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

// selectedEnvironment finds an environment that a trigger names.
var selectedEnvironment = regexp.MustCompile(`body\.with\.environment in \['([^']*)'`)

// verifyEvents are those by which the promoter has a release tested where it is deployed.
// Which environments there are, only the trigger says.
func (j *triggersJudge) verifyEvents(at place, p *pipeline.Pipeline, triggers []*v1beta1.Trigger) {
	if len(triggers) != 1 {
		j.add(at, "", "%d triggers start it, and should one", len(triggers))
		return
	}
	var filter string
	if len(triggers[0].Spec.Interceptors) > 0 {
		_ = json.Unmarshal(paramOf(triggers[0].Spec.Interceptors[0], "filter"), &filter)
	}
	m := selectedEnvironment.FindStringSubmatch(filter)
	if m == nil {
		j.add(at, "", "its trigger takes releases of any environment")
		return
	}
	with := told{
		"environment": m[1], "revision": strings.Repeat("5b3a712a", 5), "image": "registry.example.com/x@sha256:" + strings.Repeat("5b3a712a", 8),
		"release": "5b3a712a5b3a712a", "asked": "2026-01-31T02:17:00Z",
	}
	for _, t := range p.Spec.Tasks {
		if t.Name == "smoke" || t.Name == "e2e" {
			with["tests"] = t.Name
		}
	}
	given := j.startEvents(at, p, triggers[0], with, []told{
		{"environment": m[1] + "x"}, {"revision": "main"}, {"image": "registry.example.com/x:v1"}, {"tests": "load"}, {"release": "x"}, {"asked": "yesterday"},
	})
	if given != nil && (given["application"] == "" || !strings.HasPrefix(given["url"], "http")) {
		j.add(at, "", "the run is not told which Application it tests, or where: %q, %q", given["application"], given["url"])
	}
}

// verdictEvents sends what the pipeline tells the promoter, and what it must not be able to tell.
func (j *triggersJudge) verdictEvents(at place, p *pipeline.Pipeline) {
	service, owner := p.Labels[labelService], p.Labels["slipway.dev/owner"]
	application := ""
	for _, t := range j.hub.triggers {
		var filter string
		if t.Namespace != promoterNamespace || t.Name != "verdict-"+service || len(t.Spec.Interceptors) == 0 {
			continue
		}
		_ = json.Unmarshal(paramOf(t.Spec.Interceptors[0], "filter"), &filter)
		if m := regexp.MustCompile(`body\.application in \['([^']*)'`).FindStringSubmatch(filter); m != nil {
			application = m[1]
		}
	}
	good := told{
		"owner": owner, "service": service, "application": application, "verdict": "passed", "test": "", "release": "5b3a712a5b3a712a", "asked": "2026-01-31T02:17:00Z",
		"run": p.Namespace + "/" + p.Name[:min(len(p.Name), 52)] + "-0123456789",
	}
	team := sender{"github", promoterNamespace + "/request-key-" + owner + "/key"}
	runs := j.started(at, team.sign("slipway-verdict", good))
	if len(runs) != 1 || runs[0].Namespace != promoterNamespace || runs[0].Spec.PipelineRef == nil || runs[0].Spec.PipelineRef.Name != "verdict" {
		j.add(at, "", "its verdict starts %d runs of the promoter, and should one: verdict", len(runs))
		return
	}
	for _, v := range runs[0].Spec.Params {
		if v.Value.StringVal != good[v.Name] {
			j.add(at, "", "its verdict says %q of %s, and the run is told %q", good[v.Name], v.Name, v.Value.StringVal)
		}
	}
	for what, bad := range map[string]struct {
		as   sender
		edit told
	}{
		"a verdict that somebody else signed":            {sender{"github", team.secret + "x"}, nil},
		"a verdict that the promoter's own key signed":   {sender{"github", promoterNamespace + "/start-key/key"}, nil},
		"a verdict in the name of another team":          {team, told{"owner": owner + "x"}},
		"a verdict on another service":                   {team, told{"service": service + "x"}},
		"a verdict on an Application of another service": {team, told{"application": "x" + application}},
		"a verdict of a run of another namespace":        {team, told{"run": "another/" + p.Name + "-1"}},
		"a verdict of a run of another pipeline":         {team, told{"run": p.Namespace + "/x-1"}},
		"a verdict that is neither of the two":           {team, told{"verdict": "fine"}},
		"a test that there is not":                       {team, told{"test": "load"}},
		"a verdict on something that is no sum":          {team, told{"release": "x"}},
		"a verdict on a run of no time":                  {team, told{"asked": "yesterday"}},
	} {
		event := maps.Clone(good)
		maps.Copy(event, bad.edit)
		if len(j.started(at, bad.as.sign("slipway-verdict", event))) > 0 {
			j.add(at, "", "the promoter takes %s", what)
		}
	}
}
