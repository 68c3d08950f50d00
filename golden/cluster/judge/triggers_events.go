package judge

import (
	"encoding/json"
	"net/url"
	"regexp"
	"slices"
	"strings"

	pipeline "github.com/tektoncd/pipeline/pkg/apis/pipeline/v1"
	"github.com/tektoncd/triggers/pkg/apis/triggers/v1beta1"
)

// selectedBranch finds the branch that a trigger names.
var selectedBranch = regexp.MustCompile(`branch == '((?:[^'\\]|\\.)*)'`)

// events sends, for each pipeline that events start, the one that is to start it and others
// that are like it, and counts the runs.
func (j *triggersJudge) events(t *Tree) {
	starts := map[string][]*v1beta1.Trigger{} // by the pipeline
	repositories := map[string]string{}       // the same
	for _, d := range t.ofKind(kindPipeline) {
		if p, err := typed[pipeline.Pipeline](d.Object); err == nil {
			repositories[p.Namespace+"/"+p.Name], _ = sourceOf(p)
		}
	}
	j.about = map[*v1beta1.Trigger]string{}
	for _, trigger := range j.hub.triggers {
		for _, name := range j.hub.pipelinesOf(trigger) {
			starts[name] = append(starts[name], trigger)
			j.about[trigger] = repositories[name]
		}
	}
	senders := j.hub.senders()
	branches := map[string]string{} // by service
	for _, d := range t.ofKind(kindPipeline) {
		p, err := typed[pipeline.Pipeline](d.Object)
		if err != nil {
			continue
		}
		var mine, promoters []*v1beta1.Trigger // of Git hosts, and of the promoter
		for _, trigger := range starts[p.Namespace+"/"+p.Name] {
			if trigger.Labels[startLabel] != "" {
				promoters = append(promoters, trigger)
			} else {
				mine = append(mine, trigger)
			}
		}
		delete(starts, p.Namespace+"/"+p.Name)
		switch stage := p.Labels[labelStage]; {
		case p.Namespace == promoterNamespace:
			if len(mine) == 0 && p.Name == "settle" { // a fleet may build no image, and so ask for nothing
				j.add(d.place(), "", "no event starts it")
			}
		case stage == "verify":
			j.verifyEvents(d.place(), p, promoters)
			j.verdictEvents(d.place(), p)
		case stage == "nightly" && len(promoters) == 0:
			j.add(d.place(), "", "no event starts it")
		case stage == "nightly":
			j.nightEvents(d.place(), p, promoters, imageOf(t, p.Labels[labelService]))
		case stage != "release" && stage != "pull-request" && p.Namespace != fleetNamespace:
		default:
			if stage == "release" {
				j.requestEvents(d.place(), p)
				j.nightEvents(d.place(), p, promoters, "")
			}
			j.gitEvents(d.place(), p, mine, senders, branches)
		}
	}
	for _, name := range sortedKeys(starts) {
		j.add(place{"", "Trigger " + starts[name][0].Namespace + "/" + starts[name][0].Name}, "", "it starts the pipeline %s, which there is not", name)
	}
	j.settleEvents()
}

// gitEvents are those of Git hosts, where the fleet listens to any.
func (j *triggersJudge) gitEvents(at place, p *pipeline.Pipeline, mine []*v1beta1.Trigger, senders []sender, branches map[string]string) {
	if !slices.ContainsFunc(j.hub.listeners, func(l *v1beta1.EventListener) bool { return l.Namespace == eventsNamespace }) {
		if len(mine) > 0 {
			j.add(at, "", "no listener hands its triggers events")
		}
		return
	}
	if len(mine) == 0 {
		// The fleet may be on a host that sends no events; no service may.
		if p.Namespace != fleetNamespace || slices.ContainsFunc(p.Spec.Tasks, func(t pipeline.PipelineTask) bool { return t.Name == "announce" }) {
			j.add(at, "", "no event starts it")
		}
		return
	}
	of := p.Labels[labelService]
	if p.Namespace == fleetNamespace {
		of = fleetNamespace
	}
	branch := selectedBranchOf(mine[0])
	if other, ok := branches[of]; ok && other != branch {
		j.add(at, "", "it is for the branch %q, and the service's other pipeline for %q", branch, other)
	}
	branches[of] = branch
	j.pipelineEvents(at, p, branch, senders, mine)
}

// pipelinesOf are those that the template of a trigger runs, as namespace/name.
func (h *hub) pipelinesOf(t *v1beta1.Trigger) (names []string) {
	if t.Spec.Template.Ref == nil {
		return nil
	}
	tt, err := named(h.templates, t.Namespace, *t.Spec.Template.Ref)
	if err != nil {
		return []string{t.Namespace + "/" + *t.Spec.Template.Ref}
	}
	for _, r := range tt.Spec.ResourceTemplates {
		run := &pipeline.PipelineRun{}
		if json.Unmarshal(r.Raw, run) == nil && run.Spec.PipelineRef != nil {
			names = append(names, run.Namespace+"/"+run.Spec.PipelineRef.Name)
		}
	}
	return names
}

func selectedBranchOf(t *v1beta1.Trigger) string {
	for _, i := range t.Spec.Interceptors {
		var filter string
		if json.Unmarshal(paramOf(i, "filter"), &filter) != nil {
			continue
		}
		if m := selectedBranch.FindStringSubmatch(filter); m != nil {
			return strings.NewReplacer(`\\`, `\`, `\'`, `'`).Replace(m[1])
		}
	}
	return "main"
}

// pipelineEvents sends what happens in a pipeline's repository and in others. Which
// repository is a pipeline's, its task clone says; which branch, only the trigger. What happens
// in the fleet's repository must start nothing of a service with another, nor the other way round.
func (j *triggersJudge) pipelineEvents(at place, p *pipeline.Pipeline, branch string, senders []sender, mine []*v1beta1.Trigger) {
	repository, directory := sourceOf(p)
	about := func(t *v1beta1.Trigger) bool {
		rival := (t.Namespace == fleetNamespace) != (p.Namespace == fleetNamespace) && !strings.EqualFold(j.about[t], repository)
		return slices.Contains(mine, t) || rival && !inPromoter(t)
	}
	good := change{repository: repository, branch: branch, revision: strings.Repeat("5b3a712a", 5), pullRequest: p.Labels[labelStage] == "pull-request"}
	send := func(s sender, c change) []*pipeline.PipelineRun {
		runs, err := j.hub.send(s.event(c), about)
		if err != nil {
			j.add(at, "", "%v", err)
		}
		return runs
	}
	// Each host that is not this pipeline's starts nothing; each secret of its own, one run.
	hosts, secrets, wanted := map[string]bool{}, 0, 2
	for _, s := range senders {
		runs := send(s, good)
		if len(runs) == 0 {
			continue
		}
		hosts[s.kind+s.secret[:strings.LastIndex(s.secret, "/")]] = true
		secrets++
		if !slices.Contains(verifying, s.kind) {
			wanted = 1
		}
		for _, r := range runs {
			if r.Namespace != p.Namespace || r.Spec.PipelineRef == nil || r.Spec.PipelineRef.Name != p.Name {
				j.add(at, "", "its event starts something else besides: %s/%s", r.Namespace, r.GenerateName)
			}
			if len(r.Spec.Params) == 0 || r.Spec.Params[0].Name != "revision" || r.Spec.Params[0].Value.StringVal != good.revision {
				j.add(at, "", "its run is not told the commit of the event")
			}
		}
		if len(runs) > 1 {
			j.add(at, "", "one event starts %d runs", len(runs))
		}
		none := func(what string, edit func(*change)) {
			c := good
			edit(&c)
			if len(send(s, c)) > 0 {
				j.add(at, "", "%s starts it", what)
			}
		}
		none("an event without a signature", func(c *change) { c.unsigned = true })
		none("an event that somebody else signed", func(c *change) { c.forged = true })
		none("another repository", func(c *change) { c.repository += "x" })
		none("another repository of that name", func(c *change) { c.repository = "other/" + c.repository })
		none("another branch", func(c *change) { c.branch += "x" })
		none("another kind of event", func(c *change) { c.pullRequest = !c.pullRequest })
		none("a commit that is no full SHA", func(c *change) { c.revision = c.revision[:12] })
		if good.pullRequest {
			none("a draft", func(c *change) { c.draft = true })
			none("a closed pull request", func(c *change) { c.closed = true })
			none("a fork that nobody approved", func(c *change) { c.fork = true })
			continue
		}
		none("a tag", func(c *change) { c.tag = true })
		none("the removal of its branch", func(c *change) { c.revision = strings.Repeat("0", 40) })
		if directory != "." && directory != "" {
			none("a change of another folder", func(c *change) { c.files = []string{"another-folder/file"} })
			c := good
			c.files = []string{directory + "/file"}
			if len(send(s, c)) != 1 {
				j.add(at, "", "a change of its own folder does not start it")
			}
		}
	}
	if len(hosts) != 1 {
		j.add(at, "", "it is started by %d Git hosts", len(hosts))
	} else if secrets != wanted {
		j.add(at, "", "its events are taken with %d secrets; while one is replaced there are two, but for interceptors that know their own", secrets)
	}
}

// sourceOf is the repository that a pipeline clones, as its host calls it, and the folder
// that is built.
func sourceOf(p *pipeline.Pipeline) (repository, directory string) {
	for _, task := range p.Spec.Tasks {
		for _, v := range task.Params {
			switch {
			case task.Name == "clone" && v.Name == "repository":
				if u, err := url.Parse(v.Value.StringVal); err == nil {
					repository = strings.TrimSuffix(strings.Trim(u.Path, "/"), ".git")
				}
			case task.Name == "secrets" && v.Name == "directory", task.Name == "check" && v.Name == "directory":
				directory = strings.ReplaceAll(v.Value.StringVal, "$$", "$")
			}
		}
	}
	return repository, directory
}

func sortedKeys[V any](m map[string]V) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}
