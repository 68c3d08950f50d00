package tekton

import (
	"slices"
	"strings"
	"time"

	v1 "github.com/tektoncd/pipeline/pkg/apis/pipeline/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/selection"

	"slipway.dev/catalog/tasks"
	"slipway.dev/compiler/ir"
)

// PipelineName is the name of a service's pipeline of a kind.
func PipelineName(service string, kind Kind) string { return service + "-" + string(kind) }

var describe = map[Kind]string{
	PullRequest: "Checks a change of %s before it is merged.",
	Release:     "Builds and checks %s, and asks for its release into the first environment.",
	Nightly:     "Tests and scans anew what is released of %s.",
	Push:        "Checks %s as it stands on its branch.",
	Verify:      "Tests %s where it is deployed, and tells the promoter what came of it.",
}

func newPipeline(p *ir.Platform, svc *ir.Service, kind Kind) *v1.Pipeline {
	return assemble(p, svc, kind, chosenStages(svc, kind), metav1.ObjectMeta{
		Name: PipelineName(svc.Name, kind), Namespace: Namespace(svc.Owner, kind),
		Labels: labels(svc, kind),
	})
}

// assemble makes a pipeline of stages; what of them is there, and in what order, is decided.
func assemble(p *ir.Platform, svc *ir.Service, kind Kind, chosen []stage, meta metav1.ObjectMeta) *v1.Pipeline {
	pl := &v1.Pipeline{
		TypeMeta:   metav1.TypeMeta{APIVersion: "tekton.dev/v1", Kind: "Pipeline"},
		ObjectMeta: meta,
		Spec: v1.PipelineSpec{
			Description: strings.ReplaceAll(describe[kind], "%s", svc.Name),
			Params: v1.ParamSpecs{{
				Name: "revision", Type: v1.ParamTypeString,
				Description: "The commit of " + svc.Source.Repo + ", as a full SHA.",
			}},
		},
	}
	if kind == PullRequest && svc.Source.Git != nil {
		pl.Spec.Params = append(pl.Spec.Params, v1.ParamSpec{
			Name: "number", Type: v1.ParamTypeString, Description: "The pull request's number; its runs for older commits are cancelled.",
			Default: v1.NewStructuredValues(""),
		})
	}
	if kind == Nightly {
		pl.Spec.Params = append(pl.Spec.Params, v1.ParamSpec{Name: "image", Type: v1.ParamTypeString, Description: "What is released of that commit, by digest."})
	}
	if kind == Verify {
		pl.Spec.Params = append(pl.Spec.Params, verifyParams...)
	}
	found := lookup(chosen, svc, images(p))
	for _, s := range chosen {
		t := newPipelineTask(p, svc, kind, s, chosen, found[s.name])
		if !s.finally {
			pl.Spec.Tasks = append(pl.Spec.Tasks, t)
			continue
		}
		for _, o := range outcome(svc, kind, chosen) {
			wants := slices.ContainsFunc(found[s.name].Spec.Params, func(p v1.ParamSpec) bool { return p.Name == o.Name })
			said := slices.ContainsFunc(t.Params, func(p v1.Param) bool { return p.Name == o.Name })
			if wants && !said {
				t.Params = append(t.Params, o)
			}
		}
		pl.Spec.Finally = append(pl.Spec.Finally, t)
		for _, r := range found[s.name].Spec.Results {
			pl.Spec.Results = append(pl.Spec.Results, v1.PipelineResult{
				Name: r.Name, Type: r.Type, Description: r.Description,
				Value: *v1.NewStructuredValues("$(finally." + s.name + ".results." + r.Name + ")"),
			})
		}
	}
	pl.Spec.Workspaces = workspaces(p, svc, kind, chosen, found)
	return pl
}

// bindsOf are the workspaces that the stage has in a pipeline.
func (s stage) bindsOf(p *ir.Platform, svc *ir.Service, kind Kind) (out []bind) {
	for _, b := range s.binds {
		if b.when == nil || b.when(p, svc, kind) {
			out = append(out, b)
		}
	}
	return out
}

// folder is the part of a workspace that is bound. The run's volume is one for all, and is
// split where it holds more than the source: contracts, an image that nobody has pushed, reports.
func folder(svc *ir.Service, kind Kind, chosen []stage, b bind) string {
	if b.pipeline == wsSource && b.path == "" && (svc.Contract() != nil || builds(svc, kind) && svc.Build.RunsSource() || has(chosen, reportsStage.name)) {
		return dirSource
	}
	return b.path
}

// builds reports whether a kind of pipeline makes the image.
func builds(svc *ir.Service, kind Kind) bool {
	return svc.Build != nil && (kind == Release || kind == PullRequest && svc.Build.Tried)
}

// chosenStages are those of a kind of pipeline that the service has.
func chosenStages(svc *ir.Service, kind Kind) (out []stage) {
	for _, s := range stagesOf(svc, kind) {
		switch {
		case !slices.Contains(s.in, kind) || s.task(svc) == "":
		case s.tries && !builds(svc, kind):
		case s.test != nil && !runsIn(kind, s.test(svc).On):
		case s.name == fetchStage.name && svc.ContractTest() != nil && !runsIn(kind, svc.ContractTest().On):
		default:
			out = append(out, s)
		}
	}
	if !slices.ContainsFunc(out, func(s stage) bool { return s.test != nil && s.test(svc).Leaves() }) {
		out = slices.DeleteFunc(out, func(s stage) bool { return s.name == reportsStage.name })
	}
	return out
}

// has reports whether a stage is among those that were chosen.
func has(chosen []stage, name string) bool {
	return slices.ContainsFunc(chosen, func(s stage) bool { return s.name == name })
}

// runsIn reports whether tests of a moment run in a kind of pipeline.
func runsIn(kind Kind, on ir.Moment) bool {
	switch kind {
	case PullRequest:
		return on == ir.OnCommit
	case Nightly:
		return on != ir.OnCommit
	case Verify:
		return true
	}
	return on != ir.OnNight
}

// lookup finds the tasks of stages, by the stage's name. They are only read.
func lookup(chosen []stage, svc *ir.Service, images map[string]string) map[string]*v1.Task {
	found := make(map[string]*v1.Task, len(chosen))
	for _, s := range chosen {
		task, ok := tasks.Read(s.task(svc), images)
		if !ok {
			panic("tekton: the catalog has no task " + s.task(svc))
		}
		if s.test != nil && s.test(svc).Contract != nil {
			task = withContracts(task, s.test(svc).Contract)
		}
		if s.embedded(svc) && !keptReports(svc, s.test(svc)) {
			task = withoutReports(task)
		}
		if s.isOwn(svc) {
			task = ownTask(task, svc, s.test(svc))
		}
		found[s.name] = task
	}
	return found
}

func newPipelineTask(p *ir.Platform, svc *ir.Service, kind Kind, s stage, chosen []stage, task *v1.Task) v1.PipelineTask {
	t := v1.PipelineTask{Name: s.name}
	if s.isOwn(svc) {
		t.TaskSpec = &v1.EmbeddedTask{Metadata: v1.PipelineTaskMetadata{Labels: task.Labels}, TaskSpec: task.Spec}
	} else if s.embedded(svc) {
		t.TaskSpec = beside(task, s.test(svc).Needs)
	} else {
		t.TaskRef = taskRef(task)
	}
	if s.aside {
		t.OnError = v1.PipelineTaskContinue
	}
	if s.when != nil && len(s.when(svc)) > 0 {
		t.When = v1.WhenExpressions{{Input: "$(params.tests)", Operator: selection.In, Values: s.when(svc)}}
	}
	results := ""
	for _, v := range s.params(p, svc) {
		value := v1.ParamValue{Type: v1.ParamTypeString, StringVal: v.value}
		if v.list != nil {
			value = v1.ParamValue{Type: v1.ParamTypeArray, ArrayVal: v.list}
		}
		t.Params = append(t.Params, v1.Param{Name: v.name, Value: value})
		results += v.value
	}
	for _, name := range s.after {
		// Results order by themselves; a stage that the service does not have orders nothing.
		if !slices.Contains(t.RunAfter, name) && !strings.Contains(strings.ReplaceAll(results, "$$", ""), "$(tasks."+name+".results.") && slices.ContainsFunc(chosen, func(o stage) bool { return o.name == name }) {
			t.RunAfter = append(t.RunAfter, name)
		}
	}
	for _, b := range s.bindsOf(p, svc, kind) {
		if slices.ContainsFunc(task.Spec.Workspaces, func(w v1.WorkspaceDeclaration) bool { return w.Name == b.task }) {
			t.Workspaces = append(t.Workspaces, v1.WorkspacePipelineTaskBinding{Name: b.task, Workspace: b.pipeline, SubPath: folder(svc, kind, chosen, b)})
		}
	}
	if s.test != nil {
		t.Timeout = &metav1.Duration{Duration: usualTest}
	}
	for _, set := range svc.Tasks {
		if set.Name != s.name {
			continue
		}
		t.Retries = set.Retries
		if set.Timeout != "" {
			d, err := time.ParseDuration(set.Timeout)
			if err != nil {
				panic("tekton: timeout " + set.Timeout)
			}
			t.Timeout = &metav1.Duration{Duration: d}
		}
	}
	return t
}

// taskRef is how pipelines reach a Task of the catalog.
func taskRef(task *v1.Task) *v1.TaskRef {
	return &v1.TaskRef{ResolverRef: v1.ResolverRef{Resolver: "cluster", Params: v1.Params{
		{Name: "kind", Value: *v1.NewStructuredValues("task")},
		{Name: "name", Value: *v1.NewStructuredValues(task.Name)},
		{Name: "namespace", Value: *v1.NewStructuredValues(ir.TasksNamespace)},
	}}}
}

// outcome tells a task that runs last what ran, and what each task of it came to.
func outcome(svc *ir.Service, kind Kind, chosen []stage) v1.Params {
	var statuses []string
	for _, s := range chosen {
		if !s.finally && !s.aside {
			statuses = append(statuses, s.name+"=$(tasks."+s.name+".status)")
		}
	}
	subject := strings.ReplaceAll(string(kind), "-", " ") + " of " + svc.Name
	out := v1.Params{{Name: "tasks", Value: v1.ParamValue{Type: v1.ParamTypeArray, ArrayVal: statuses}}}
	if kind == Verify { // not all of its tests run in every environment
		subject += " in $(params.environment)"
		out = append(out, v1.Param{Name: "only", Value: *v1.NewStructuredValues("clone $(params.tests)")})
	}
	return append(v1.Params{{Name: "subject", Value: *v1.NewStructuredValues(subject)}}, out...)
}

// about says what each workspace is for, in the order in which they are declared.
var about = []struct{ name, text string }{
	{wsSource, "The source; one volume for each run."},
	{wsGit, "Who may read the source; not needed for a public repository."},
	{wsBuildkit, "The BuildKit daemon's CA and our client certificate."},
	{wsRegistry, "Who may push this service's images."},
	{wsPull, "Who may pull them."},
	{wsRequest, "The key that signs what the team asks of the promoter."},
	{wsStatus, "Who may set statuses of commits."},
	{wsMessages, "Where messages go."},
	{wsPactRead, "Who may read the Pact Broker."},
	{wsPact, "Who may publish to the Pact Broker."},
	{wsReports, "Who may push reports of tests, and nothing else."},
}

// workspaces declares those that the chosen stages bind; one is optional when every task
// that binds it can do without.
func workspaces(p *ir.Platform, svc *ir.Service, kind Kind, chosen []stage, found map[string]*v1.Task) (out []v1.PipelineWorkspaceDeclaration) {
	for _, a := range about {
		bound, optional := false, true
		for _, s := range chosen {
			for _, b := range s.bindsOf(p, svc, kind) {
				for _, w := range found[s.name].Spec.Workspaces {
					if b.pipeline == a.name && w.Name == b.task {
						bound, optional = true, optional && w.Optional && !b.needed
					}
				}
			}
		}
		if bound {
			out = append(out, v1.PipelineWorkspaceDeclaration{Name: a.name, Description: a.text, Optional: optional})
		}
	}
	return out
}

func labels(svc *ir.Service, kind Kind) map[string]string {
	return map[string]string{
		"app.kubernetes.io/name":       svc.Name,
		"app.kubernetes.io/component":  string(kind),
		"app.kubernetes.io/managed-by": "slipway",
		"slipway.dev/owner":            svc.Owner,
	}
}
