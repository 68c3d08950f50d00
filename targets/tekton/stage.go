package tekton

import (
	"fmt"
	"path"
	"slices"
	"strings"

	"slipway.dev/catalog/tasks"
	"slipway.dev/compiler/ir"
)

// Kind is a kind of pipeline.
type Kind string

// The kinds: every built service has the first two, the fleet itself (fleet.go) the first and
// the last. The others are started by the promoter.
const (
	PullRequest Kind = "pull-request"
	Release     Kind = "release"
	Verify      Kind = "verify"  // tests what is deployed; of services with such tests
	Nightly     Kind = "nightly" // where platform.cue says when
	Push        Kind = "push"
)

// stage is one step of the way from a commit to a release. Adding one is a value in
// stages; its task is in catalog/tasks.
type stage struct {
	name string // of the pipeline task, and what specs call it in `tasks`
	in   []Kind
	// task names the catalog's task; "" when the service has no such stage.
	task func(*ir.Service) string
	// after names the stages that must have passed, beyond those whose results params use.
	after []string
	// aside stages are no part of what a run is for: nothing waits for them, and when one
	// fails, the run goes on and comes to what it comes to.
	aside bool
	// finally stages run last, whatever happened, and are told what the others came to.
	finally bool
	params  func(*ir.Platform, *ir.Service) []param
	binds   []bind
	// when are the values of the parameter "tests" with which it runs; always when nil.
	when func(*ir.Service) []string
	// tries is set of a build that pushes nothing, as that of a pull request.
	tries bool
	// test names what a team's test needs beyond its task; nil for all other stages.
	test func(*ir.Service) *ir.Test
}

// param is a value for a parameter of the stage's task; a list where list is set.
type param struct {
	name  string
	value string
	list  []string
}

// bind is a workspace of the pipeline as the task knows it.
type bind struct {
	task     string // the task's name for it
	pipeline string // the pipeline's
	path     string // the folder of the workspace that the task has; all of it when empty
	// when says whether it is bound; always when nil.
	when func(*ir.Platform, *ir.Service, Kind) bool
	// needed: a run without it is of no use, though the task by itself can do without.
	needed bool
}

// Workspaces of the pipelines. Each credential is bound to the one task that needs it.
const (
	wsSource   = "source"
	wsGit      = "git-credentials"
	wsRegistry = "registry-credentials"
	wsPull     = "pull-credentials"
	wsBuildkit = "buildkit-certs"
	wsRequest  = "request-key"
	wsStatus   = "status-token"
	wsMessages = "messages"
	wsPactRead = "pact-broker-read"
	wsPact     = "pact-broker"
	wsReports  = "report-credentials"
)

// stages are all there are, in the order in which they are read; what runs when follows
// from after and from results.
var stages = []stage{
	{
		name: "clone", in: []Kind{PullRequest, Release, Verify, Nightly}, task: always("clone"),
		params: func(_ *ir.Platform, s *ir.Service) []param {
			return []param{{name: "repository", value: s.Source.Repo}, {name: "revision", value: "$(params.revision)"}}
		},
		binds: []bind{{task: wsSource, pipeline: wsSource}, {task: wsGit, pipeline: wsGit}},
	},
	{
		name: "secrets", in: []Kind{PullRequest, Release}, after: []string{"clone"}, task: always("secrets"),
		params: func(_ *ir.Platform, s *ir.Service) []param {
			return append([]param{{name: "directory", value: tasks.Literal(s.Source.Path)}}, accept(s.Waivers.Secrets)...)
		},
		binds: []bind{{task: wsSource, pipeline: wsSource}},
	},
	{
		name: "dependencies", in: []Kind{PullRequest, Release, Nightly}, after: []string{"clone"}, task: always("dependencies"),
		params: func(p *ir.Platform, s *ir.Service) []param {
			out := []param{{name: "directory", value: tasks.Literal(s.Source.Path)}, {name: "severity", value: p.Pipelines.BlockOn}}
			if len(p.Pipelines.Denied) > 0 {
				out = append(out, param{name: "denied", value: strings.Join(p.Pipelines.Denied, ",")})
			}
			return append(out, accept(slices.Concat(s.Waivers.Vulnerabilities, s.Waivers.Licences))...)
		},
		binds: []bind{{task: wsSource, pipeline: wsSource}},
	},
	testStage("lint"), testStage("unit"), testStage("integration"),
	fetchStage, contractStage(), publishStage,
	{
		// A build that runs what the source says holds no credential: it leaves the image behind.
		// One of a pull request shows that it can be built, and nobody pushes it (stagesOf).
		name: "build", in: []Kind{PullRequest, Release}, after: []string{"clone"}, task: buildTask, params: buildParams,
		binds: []bind{
			{task: wsSource, pipeline: wsSource}, {task: madeImage, pipeline: wsSource, path: madeImage},
			{task: wsRegistry, pipeline: wsRegistry, when: pushes, needed: true}, {task: wsBuildkit, pipeline: wsBuildkit}, {task: wsRegistry, pipeline: wsPull, when: triesElsewhere},
		},
	},
	{
		name: "push", in: []Kind{Release}, after: []string{"build"},
		task: func(s *ir.Service) string {
			if !s.Build.RunsSource() {
				return "" // the build has pushed it
			}
			return "push"
		},
		params: pushParams,
		binds:  []bind{{task: madeImage, pipeline: wsSource, path: madeImage}, {task: wsRegistry, pipeline: wsRegistry}},
	},
	scanStage("scan", Release, builtImage, "build"),
	// What is released is scanned with the database of the day.
	scanStage("rescan", Nightly, releasedImage),
	{
		// The run ends here: the promoter verifies, and writes the fleet.
		name: "request", in: []Kind{Release}, after: []string{"secrets", "dependencies", "lint", "unit", "integration", "contract", "contracts-publish", "scan"},
		task: func(s *ir.Service) string {
			if !s.AsksForRelease() {
				return ""
			}
			return "request"
		},
		params: func(p *ir.Platform, s *ir.Service) []param {
			return []param{
				{name: "url", value: p.Pipelines.Promoter}, {name: "owner", value: s.Owner},
				{name: "service", value: s.Name}, {name: "to", value: s.RunsIn[0].Name}, {name: "image", value: builtImage(s)},
				{name: "commit", value: "$(tasks.clone.results.commit)"},
				{name: "source-message", value: "$(tasks.clone.results.message)"},
				{name: "run", value: "$(context.pipelineRun.namespace)/$(context.pipelineRun.name)"},
			}
		},
		binds: []bind{{task: wsRequest, pipeline: wsRequest}},
	},
	deployedStage("smoke"), deployedStage("e2e", "smoke"),
	{
		// The promoter waits for this: a release whose tests passed goes on.
		name: "verdict", in: []Kind{Verify}, finally: true, task: always("verdict"),
		params: func(p *ir.Platform, s *ir.Service) []param {
			var came []string
			for _, t := range s.DeployedTests() {
				came = append(came, fmt.Sprintf("%s=$(tasks.%[1]s.status)/$(tasks.%[1]s.reason)", t.Name))
			}
			return append([]param{
				{name: "url", value: p.Pipelines.Promoter}, {name: "owner", value: s.Owner}, {name: "service", value: s.Name},
				{name: "run", value: thisRun}, {name: "tasks", list: came},
			}, passed("application", "tests", "release", "asked")...)
		},
		binds: []bind{{task: wsRequest, pipeline: wsRequest}},
	},
	{
		name: "supersede", in: []Kind{PullRequest}, aside: true,
		task: func(s *ir.Service) string {
			if s.Source.Git == nil {
				return "" // nobody says of which pull request a run is
			}
			return "supersede"
		},
		params: func(_ *ir.Platform, s *ir.Service) []param {
			return []param{
				{name: "run", value: "$(context.pipelineRun.namespace)/$(context.pipelineRun.name)"},
				{name: "service", value: s.Name}, {name: "number", value: "$(params.number)"},
			}
		},
	},
	{
		name: "announce", in: []Kind{PullRequest, Release}, aside: true,
		task: func(s *ir.Service) string {
			if api(s) == "" {
				return ""
			}
			return "announce"
		},
		params: func(_ *ir.Platform, s *ir.Service) []param {
			return append([]param{{name: "revision", value: "$(params.revision)"}}, toHost(s)...)
		},
		binds: []bind{{task: wsStatus, pipeline: wsStatus, when: hasStatus}},
	},
	{
		name: "report", in: []Kind{PullRequest, Release, Verify, Nightly}, finally: true, task: always("report"),
		params: func(p *ir.Platform, s *ir.Service) []param {
			out := []param{{name: "revision", value: "$(params.revision)"}}
			o := ownerOf(p, s)
			if api(s) != "" || len(o.Notify) > 0 {
				out = append(out, toHost(s)...)
			}
			if len(o.Notify) > 0 {
				var told []string
				for _, n := range o.Notify {
					told = append(told, n.Kind+":"+n.Name)
				}
				out = append(out, param{name: "notify", value: strings.Join(told, " ")}, param{name: "channel", value: tasks.Literal(o.Channel)})
			}
			return out
		},
		binds: []bind{{task: wsStatus, pipeline: wsStatus, when: hasStatus}, {task: wsMessages, pipeline: wsMessages, when: hasMessages}},
	},
	reportsStage,
}

func pushes(_ *ir.Platform, _ *ir.Service, kind Kind) bool { return kind == Release }

// triesElsewhere: a daemon that tries a Dockerfile may be told who may pull what it names.
func triesElsewhere(_ *ir.Platform, s *ir.Service, kind Kind) bool {
	return kind == PullRequest && s.Build.Dockerfile != nil
}

// madeImage is what tasks call the folder with an image that is not pushed yet.
const madeImage = "image"

// builtImage is the image as it was pushed, by digest.
func builtImage(s *ir.Service) string {
	pushed := "build"
	if s.Build.RunsSource() {
		pushed = "push"
	}
	return "$(tasks." + pushed + ".results.IMAGE_URL)@$(tasks." + pushed + ".results.IMAGE_DIGEST)"
}

// releasedImage is the image that a nightly run is about.
func releasedImage(*ir.Service) string { return "$(params.image)" }

// scanStage looks for vulnerabilities in an image.
func scanStage(name string, kind Kind, image func(*ir.Service) string, after ...string) stage {
	return stage{
		name: name, in: []Kind{kind}, after: after, task: always("scan"),
		params: func(p *ir.Platform, s *ir.Service) []param {
			return append([]param{{name: "image", value: image(s)}, {name: "severity", value: p.Pipelines.BlockOn}}, accept(s.Waivers.Vulnerabilities)...)
		},
		binds: []bind{{task: wsRegistry, pipeline: wsPull}},
	}
}

// Stages are what specs may set something of, by name, and what each waits for; nil for what
// is beside the run's purpose or comes when all is over.
func Stages() map[string][]string {
	out := map[string][]string{}
	for _, s := range stages {
		out[s.name] = nil
		if !s.aside && !s.finally && !slices.Equal(s.in, []Kind{Verify}) {
			out[s.name] = append([]string{}, s.after...)
		}
	}
	return out
}

// Once are the stages that are not tried again, by name, and why. Tekton refuses it of what a run
// goes on without.
func Once() map[string]string {
	const asks = "it tells the promoter by itself until it is heard, and must not tell it again"
	out := map[string]string{"request": asks, "verdict": asks}
	for _, s := range stages {
		if s.aside {
			out[s.name] = "runs go on without it"
		}
	}
	return out
}

// stagesOf are the stages of a service in a kind of pipeline: the usual ones, and its own
// among them.
func stagesOf(svc *ir.Service, kind Kind) []stage {
	out := slices.Clone(stages)
	at := func(name string) int { return slices.IndexFunc(out, func(s stage) bool { return s.name == name }) }
	wait := func(who, name string) {
		if i := at(who); i >= 0 {
			out[i].after = append(slices.Clip(out[i].after), name)
		}
	}
	if kind == PullRequest {
		out[at("build")].tries, out[at("build")].params = true, tryParams
	}
	for k := range svc.Tests {
		t := &svc.Tests[k]
		if !t.Own {
			continue
		}
		s := testStage(t.Name)
		for _, o := range t.After {
			s.after = append(s.after, o.Name)
		}
		next := at("build")
		if afterBuild(svc, t, nil) {
			next, s.in = at("request"), []Kind{Release, Nightly}
			image := builtImage
			if kind == Nightly {
				image = releasedImage
			}
			s.params = func(p *ir.Platform, svc *ir.Service) []param {
				return append(testParams(svc, t), param{name: "built", value: image(svc)})
			}
		}
		out = slices.Insert(out, next, s)
	}
	for _, t := range svc.Tests {
		for _, o := range t.Before {
			wait(o.Name, t.Name)
		}
		if t.Own {
			wait("request", t.Name)
		}
	}
	return out
}

// afterBuild reports whether a stage comes when there is an image.
func afterBuild(svc *ir.Service, t *ir.Test, seen []string) bool {
	return slices.ContainsFunc(t.After, func(o ir.StageRef) bool {
		if o.Name == "build" || o.Name == "push" || o.Name == "scan" {
			return true
		}
		i := slices.IndexFunc(svc.Tests, func(t ir.Test) bool { return t.Name == o.Name })
		return i >= 0 && !slices.Contains(seen, o.Name) && afterBuild(svc, &svc.Tests[i], append(seen, o.Name))
	})
}

// accept are the waivers that a scan is told; none when there are none.
func accept(waivers []string) []param {
	if len(waivers) == 0 {
		return nil
	}
	return []param{{name: "accept", list: waivers}}
}

// toHost says whose run it is, and where its Git host takes statuses.
func toHost(s *ir.Service) []param {
	out := []param{
		{name: "run", value: "$(context.pipelineRun.namespace)/$(context.pipelineRun.name)"},
		{name: "service", value: s.Name},
		{name: "pipeline", value: "$(context.pipeline.name)"},
	}
	if api(s) != "" {
		out = append(out, param{name: "host", value: string(s.Source.Git.Kind)}, param{name: "api", value: api(s)}, param{name: "project", value: tasks.Literal(s.Source.Project)})
	}
	return out
}

// api is the address of the API of the service's Git host; "" where statuses are not set.
func api(s *ir.Service) string {
	h := s.Source.Git
	switch {
	case h == nil || h.Kind == ir.Generic:
		return ""
	case h.Kind == ir.GitLab:
		return strings.TrimSuffix(h.URL, "/") + "/api/v4"
	case strings.EqualFold(strings.TrimSuffix(h.URL, "/"), "https://github.com"):
		return "https://api.github.com"
	}
	return strings.TrimSuffix(h.URL, "/") + "/api/v3" // GitHub Enterprise Server
}

func hasStatus(_ *ir.Platform, s *ir.Service, _ Kind) bool { return api(s) != "" }

// hasMessages: people are told of releases and of what is deployed; what becomes of a pull request, its author reads
// at the Git host.
func hasMessages(p *ir.Platform, s *ir.Service, kind Kind) bool {
	return kind != PullRequest && len(ownerOf(p, s).Notify) > 0
}

// ownerOf is whom a service belongs to, and who is told; the fleet itself belongs to nobody.
func ownerOf(p *ir.Platform, s *ir.Service) ir.Owner {
	if s.Owner == "" {
		return ir.Owner{Notify: p.Notify}
	}
	for _, o := range p.Owners {
		if o.Name == s.Owner {
			return o
		}
	}
	panic("tekton: service without owner") // resolve knows every service's
}

func always(task string) func(*ir.Service) string {
	return func(*ir.Service) string { return task }
}

func buildTask(s *ir.Service) string {
	switch b := s.Build; {
	case b.Ko != nil:
		return "build-ko"
	case b.Jib != nil:
		return "build-jib"
	case b.Buildpacks != nil:
		return "build-buildpacks"
	}
	return "build-dockerfile"
}

// pushParams: the tags are for people and name the commit, and the run that built it;
// everything that follows goes by digest. The image lies in the registry of the first
// environment.
func pushParams(_ *ir.Platform, s *ir.Service) []param {
	return []param{
		{name: "image", value: path.Join(s.RunsIn[0].Registry, s.Name)},
		{name: "tags", value: "$(tasks.clone.results.commit),$(context.pipelineRun.name)"},
	}
}

// tryParams are those of a build that pushes nothing: all that says what is built, as for a release.
func tryParams(p *ir.Platform, s *ir.Service) []param {
	out := slices.DeleteFunc(buildParams(p, s), func(v param) bool { return v.name == "tags" })
	if s.Build.RunsSource() {
		return out // it never pushes
	}
	if k := slices.IndexFunc(out, func(v param) bool { return v.name == "buildkit" }); k >= 0 {
		out[k].value = p.Pipelines.Trial
	}
	return append(out, param{name: "push", value: "false"})
}

// buildParams: one that runs what the source says is not told where its image will lie.
func buildParams(p *ir.Platform, s *ir.Service) []param {
	directory := param{name: "directory", value: tasks.Literal(s.Source.Path)}
	epoch := param{name: "epoch", value: "$(tasks.clone.results.epoch)"}
	switch b := s.Build; {
	case b.Ko != nil:
		out := append(pushParams(p, s), epoch, directory, param{name: "main", value: tasks.Literal(b.Ko.Main)})
		return append(out, given("platform", strings.Join(b.Ko.Platforms, ","))...)
	case b.Jib != nil:
		out := []param{{name: "image", value: b.Jib.Image}, {name: "tool", value: b.Jib.Tool}, directory, {name: "created", value: "$(tasks.clone.results.committed)"}}
		out = slices.Concat(out, given("module", b.Jib.Module), given("platform", b.Jib.Platform))
		return append(out, list("args", b.Jib.Args)...)
	case b.Buildpacks != nil:
		out := []param{{name: "image", value: b.Buildpacks.Builder}, {name: "run-image", value: b.Buildpacks.Run}, directory, epoch}
		return append(out, list("env", assignments(b.Buildpacks.Env))...)
	}
	d := s.Build.Dockerfile
	out := append(pushParams(p, s), epoch,
		param{name: "buildkit", value: p.Pipelines.Buildkit}, param{name: "caches", value: s.Owner},
		param{name: "context", value: tasks.Literal(path.Join(s.Source.Path, d.Context))},
		param{name: "dockerfile", value: tasks.Literal(path.Join(s.Source.Path, d.Path))},
	)
	out = slices.Concat(out, given("target", tasks.Literal(d.Target)), given("platform", strings.Join(d.Platforms, ",")))
	if d.Cache {
		out = append(out, param{name: "cache", value: "buildcache"})
	}
	return append(out, list("build-args", assignments(d.Args))...)
}

// given is a parameter that has a value; none when it has not.
func given(name, value string) []param {
	if value == "" {
		return nil
	}
	return []param{{name: name, value: value}}
}

// list is a parameter of literal texts; none when there are none.
func list(name string, texts []string) []param {
	if len(texts) == 0 {
		return nil
	}
	return []param{{name: name, list: literals(texts)}}
}

func literals(list []string) []string {
	out := make([]string, len(list))
	for i, s := range list {
		out[i] = tasks.Literal(s)
	}
	return out
}
