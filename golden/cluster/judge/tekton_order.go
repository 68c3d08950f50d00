package judge

import (
	"regexp"
	"slices"
	"strings"
	"time"

	v1 "github.com/tektoncd/pipeline/pkg/apis/pipeline/v1"
	"k8s.io/apimachinery/pkg/api/equality"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// What a release must wait for, and what may never be ignored. Tekton has no opinion here;
// the rules are design §2a and §2b: the release is the end of a run, team code never holds
// what writes the fleet, and nothing goes out whose test or scan did not pass.

const (
	labelService = "app.kubernetes.io/name"
	labelStage   = "app.kubernetes.io/component"
)

// releasing are the workspaces that hold what a release needs: the key of a team's requests,
// and what writes the fleet.
var releasing = []string{"request-key", "fleet-credentials"}

// signing is the workspace with the key that says of an image that it is the platform's, and
// signed the one with the key by which others see that it says so.
const (
	signing = "signing-key"
	signed  = "public-key"
)

// publishing is the Task that says which contracts a commit keeps, and handedOver the folder of a
// run's volume in which tests leave what it sends: the only one that they may write.
const (
	publishing = "contracts-publish"
	handedOver = "contracts"
)

// keeping is the Task that keeps what tests reported, and reported the folder of a run's volume that
// it reads: each test has a folder in it, which it may write.
const (
	keeping  = "reports"
	reported = "reports"
)

// contextValues are all that Tekton knows of a run. Its webhook asks of the last task only
// whether what it names is among them, and the rest would stay as it is written.
var (
	contextValue  = regexp.MustCompile(`\$\(context\.[^)]*\)`)
	contextValues = []string{
		"$(context.pipelineRun.name)", "$(context.pipelineRun.namespace)", "$(context.pipelineRun.uid)",
		"$(context.pipeline.name)", "$(context.pipelineTask.retries)",
	}
)

// lasts holds the time of a run against that of its tasks, with all their retries, of which each
// has its time anew: what Tekton stops for the run's end has not failed, so that nobody learns of it.
func (j *tektonJudge) lasts(p *pipelineDoc, r run) {
	least := func(name string, has, wants time.Duration) {
		if has < wants {
			j.add(r.place, "spec.timeouts", "%s may take %s, and is stopped after %s", name, wants, has)
		}
	}
	mayTake := func(pt v1.PipelineTask) time.Duration {
		if pt.Timeout == nil {
			return 0 // which is found
		}
		return pt.Timeout.Duration * time.Duration(pt.Retries+1)
	}
	known := map[string]time.Duration{}
	var until func(name string) time.Duration
	until = func(name string) time.Duration {
		if d, ok := known[name]; ok {
			return d
		}
		known[name] = 0 // in a circle, which Tekton finds
		for _, pt := range p.Spec.Tasks {
			if pt.Name != name {
				continue
			}
			var begins time.Duration
			for _, before := range pt.Deps() {
				begins = max(begins, until(before))
			}
			known[name] = begins + mayTake(pt)
		}
		return known[name]
	}
	tasks, finally := r.TasksTimeout(), r.FinallyTimeout()
	if tasks == nil && r.Spec.Timeouts != nil {
		tasks = r.Spec.Timeouts.Pipeline
	}
	if tasks != nil && tasks.Duration > 0 {
		for _, pt := range p.Spec.Tasks {
			least(pt.Name, tasks.Duration, until(pt.Name))
		}
	}
	if finally != nil && finally.Duration > 0 {
		for _, pt := range p.Spec.Finally {
			least(pt.Name, finally.Duration, mayTake(pt))
		}
	}
}

// order judges one pipeline.
func (j *tektonJudge) order(p *pipelineDoc) {
	for _, r := range p.runs {
		if t := r.Spec.Timeouts; t != nil && t.Pipeline != nil && t.Pipeline.Duration <= 0 {
			j.add(r.place, "spec.timeouts.pipeline", "the run may hang forever")
		}
		j.lasts(p, r)
	}
	for _, pt := range slices.Concat(p.Spec.Tasks, p.Spec.Finally) {
		at := taskPath(pt)
		for _, v := range pt.Params {
			for _, text := range append([]string{v.Value.StringVal}, v.Value.ArrayVal...) {
				for _, m := range contextValue.FindAllString(text, -1) {
					if !slices.Contains(contextValues, m) {
						j.add(p.place, at+".params["+v.Name+"]", "there is no %s", m)
					}
				}
			}
		}
		for i, name := range pt.RunAfter {
			if slices.Contains(pt.RunAfter[:i], name) {
				j.add(p.place, at+".runAfter", "it waits for %s twice", name)
			}
		}
		if pt.Timeout == nil || pt.Timeout.Duration <= 0 {
			j.add(p.place, at+".timeout", "the task may use up the time of the whole run")
		}
		if j.aside(p, pt) {
			if pt.OnError != v1.PipelineTaskContinue || len(p.dependents(pt.Name)) > 0 {
				j.add(p.place, at+".onError", "what is beside the run's purpose may stop it")
			}
		} else if pt.OnError != "" && pt.OnError != v1.PipelineTaskStopAndFail {
			j.add(p.place, at+".onError", "what follows does not learn of a failure")
		}
		if t := j.taskOf(p, pt); t != nil {
			for _, s := range t.Spec.Steps {
				if s.OnError != "" && s.OnError != v1.StopAndFail {
					j.add(p.place, at, "step %s ignores its failure", s.Name)
				}
			}
		}
		if j.releases(p, pt) && pt.Retries > 0 {
			// What failed after the push would be released twice.
			j.add(p.place, at+".retries", "a release is never retried")
		}
	}
	for _, pt := range p.Spec.Finally {
		if verdict := p.Labels[labelStage] == "verify" && strings.HasPrefix(taskOfCatalog(pt), "verdict-"); verdict {
			j.hearsAll(p, pt)
		} else if j.releases(p, pt) {
			j.add(p.place, taskPath(pt), "a release in finally runs whatever failed")
		}
	}
	for _, pt := range p.Spec.Tasks {
		if j.releases(p, pt) {
			j.waits(p, pt)
		}
		if j.holds(p, pt, signing) {
			j.signs(p, pt)
		}
	}
	j.folders(p)
	j.keeps(p)
	if p.Labels[labelStage] == "release" {
		j.complete(p)
	}
}

// folders judges how the tasks of a run share its one volume: all have the same source, which
// nothing else is part of, and what is published was tested.
func (j *tektonJudge) folders(p *pipelineDoc) {
	const volume = "source"
	var source *string
	for _, pt := range p.Spec.Tasks {
		for _, w := range pt.Workspaces {
			switch {
			case w.Workspace != volume || w.Name != volume:
			case source == nil:
				source = &w.SubPath
			case *source != w.SubPath:
				j.add(p.place, taskPath(pt)+".workspaces", "it has the folder %q of the volume, and others have %q, for the source", w.SubPath, *source)
			}
		}
	}
	for _, pt := range p.Spec.Tasks {
		tested := false
		before := p.before(pt)
		for _, w := range pt.Workspaces {
			if w.Workspace == volume && w.Name != volume && (source != nil && (*source == "" || *source == w.SubPath) || w.SubPath == "") {
				j.add(p.place, taskPath(pt)+".workspaces["+w.Name+"]", "it is part of the source, or the source of it")
			}
			for _, other := range p.Spec.Tasks {
				tested = tested || w.Workspace == volume && before[other.Name] && j.tests(p, other) && slices.ContainsFunc(other.Workspaces, func(o v1.WorkspacePipelineTaskBinding) bool {
					return o.Workspace == volume && o.SubPath == w.SubPath
				})
			}
		}
		if t := j.taskOf(p, pt); t != nil && t.Labels[labelService] == publishing && !tested {
			j.add(p.place, taskPath(pt)+".runAfter", "it publishes what was not tested before")
		}
	}
}

// keeps wants what tests report kept from where they left it, whatever the run came to, and read by nobody else:
// what the team's code wrote there is no source of anything.
func (j *tektonJudge) keeps(p *pipelineDoc) {
	const volume = "source"
	left, kept := false, false
	for _, pt := range slices.Concat(p.Spec.Tasks, p.Spec.Finally) {
		t := j.taskOf(p, pt)
		keeper := t != nil && t.Labels[labelService] == keeping
		for _, w := range pt.Workspaces {
			inside := w.SubPath == reported || strings.HasPrefix(w.SubPath, reported+"/")
			switch {
			case w.Workspace != volume:
			case keeper && w.SubPath != reported:
				j.add(p.place, taskPath(pt)+".workspaces["+w.Name+"]", "it keeps the folder %q, where no test leaves a report", w.SubPath)
			case keeper:
				kept = true
			case inside && (t == nil || !executesRepository(t) || w.SubPath != reported+"/"+pt.Name):
				j.add(p.place, taskPath(pt)+".workspaces["+w.Name+"]", "it has the folder %q, where the team's code leaves its reports", w.SubPath)
			case inside:
				left = true
			}
		}
	}
	for _, pt := range p.Spec.Tasks {
		if t := j.taskOf(p, pt); t != nil && t.Labels[labelService] == keeping {
			j.add(p.place, taskPath(pt), "it keeps nothing of a run that failed before it")
		}
	}
	if left != kept {
		j.add(p.place, "spec.finally", "tests leave reports: %t; they are kept: %t", left, kept)
	}
}

// tests says whether a pipeline task executes what a repository holds.
func (j *tektonJudge) tests(p *pipelineDoc, pt v1.PipelineTask) bool {
	t := j.taskOf(p, pt)
	return t != nil && executesRepository(t)
}

// taskOf is the Task of a pipeline task, or what the pipeline holds in its place; nil if
// there is none, which others report.
func (j *tektonJudge) taskOf(p *pipelineDoc, pt v1.PipelineTask) *v1.Task {
	if pt.TaskSpec != nil {
		return &v1.Task{ObjectMeta: metav1.ObjectMeta{Name: pt.Name, Labels: pt.TaskSpec.Metadata.Labels}, Spec: pt.TaskSpec.TaskSpec}
	}
	if pt.TaskRef == nil {
		return nil
	}
	t, err := j.find(p.Namespace, pt.TaskRef)
	if err != nil {
		return nil
	}
	return t
}

// asides are the Tasks that neither check nor make anything: a run goes on without them.
var asides = []string{"announce", "supersede"}

func (j *tektonJudge) aside(p *pipelineDoc, pt v1.PipelineTask) bool {
	t := j.taskOf(p, pt)
	return t != nil && slices.Contains(asides, t.Labels[labelService])
}

// dependents are the tasks that wait for one.
func (p *pipelineDoc) dependents(name string) (names []string) {
	for _, pt := range p.Spec.Tasks {
		if slices.Contains(pt.Deps(), name) {
			names = append(names, pt.Name)
		}
	}
	return names
}

// hearsAll wants the task that tells the verdict on what is deployed to be told what each test
// came to: it asks for no release itself, but a release goes on by it.
func (j *tektonJudge) hearsAll(p *pipelineDoc, verdict v1.PipelineTask) {
	var told []string
	for _, v := range verdict.Params {
		told = append(told, v.Value.ArrayVal...)
	}
	for _, pt := range p.Spec.Tasks {
		if pt.Name != "clone" && !slices.ContainsFunc(told, func(s string) bool { return strings.HasPrefix(s, pt.Name+"=$(tasks."+pt.Name+".status)") }) {
			j.add(p.place, taskPath(verdict)+".params", "it is not told what %s came to", pt.Name)
		}
	}
}

// taskOfCatalog is the Task that a resolver is asked for.
func taskOfCatalog(pt v1.PipelineTask) string {
	if pt.TaskRef != nil {
		for _, v := range pt.TaskRef.Params {
			if v.Name == "name" {
				return v.Value.StringVal
			}
		}
	}
	return ""
}

// releases says whether a pipeline task can release: by the workspace, whichever
// side names it.
func (j *tektonJudge) releases(p *pipelineDoc, pt v1.PipelineTask) bool {
	return j.holds(p, pt, releasing...)
}

// holds says whether a pipeline task has one of these workspaces, whichever side names it.
func (j *tektonJudge) holds(p *pipelineDoc, pt v1.PipelineTask, names ...string) bool {
	for _, w := range pt.Workspaces {
		if slices.Contains(names, w.Name) || slices.Contains(names, w.Workspace) {
			return true
		}
	}
	t := j.taskOf(p, pt)
	return t != nil && slices.ContainsFunc(t.Spec.Workspaces, func(w v1.WorkspaceDeclaration) bool { return slices.Contains(names, w.Name) })
}

// signs judges the task of a pipeline that signs: it waits for what verifies the image, and what
// releases the image asks for the signature.
func (j *tektonJudge) signs(p *pipelineDoc, sign v1.PipelineTask) {
	before, verified := p.before(sign), false
	for _, pt := range p.Spec.Tasks {
		t := j.taskOf(p, pt)
		if t == nil {
			continue
		}
		if t.Labels[labelService] == "verify" && before[pt.Name] && param(pt, "image") == param(sign, "image") {
			verified = true
		}
		given := slices.ContainsFunc(pt.Workspaces, func(w v1.WorkspacePipelineTaskBinding) bool { return w.Name == signed })
		if j.releases(p, pt) && !given {
			j.add(p.place, taskPath(pt)+".workspaces", "what is released need not be signed")
		}
		if j.releases(p, pt) && param(pt, "image") != param(sign, "image") {
			j.add(p.place, taskPath(sign)+".params", "%q is signed and %q is released", param(sign, "image"), param(pt, "image"))
		}
	}
	if !verified {
		j.add(p.place, taskPath(sign)+".runAfter", "it signs what was not verified before")
	}
}

// before are the names of all tasks that a task waits for, however indirectly.
func (p *pipelineDoc) before(task v1.PipelineTask) map[string]bool {
	byName := map[string]v1.PipelineTask{}
	for _, pt := range p.Spec.Tasks {
		byName[pt.Name] = pt
	}
	before := map[string]bool{}
	var visit func(v1.PipelineTask)
	visit = func(pt v1.PipelineTask) {
		for _, name := range pt.Deps() { // runAfter, and results in params, conditions and matrices
			if !before[name] {
				before[name] = true
				visit(byName[name])
			}
		}
	}
	visit(task)
	return before
}

// waits reports tasks that the release does not wait for. Every other task of a release is
// a check or makes what is released. A task that a condition skips lets those that only run
// after it go on, so no check may have one.
func (j *tektonJudge) waits(p *pipelineDoc, release v1.PipelineTask) {
	before := p.before(release)
	for _, pt := range p.Spec.Tasks {
		switch {
		case pt.Name == release.Name, j.aside(p, pt):
		case !before[pt.Name]:
			j.add(p.place, taskPath(release)+".runAfter", "the release does not wait for %s", pt.Name)
		case len(pt.When) > 0:
			j.add(p.place, taskPath(pt)+".when", "the release goes on when this check is skipped")
		}
	}
}

// complete judges a release pipeline as a whole: it scans what it releases, releases
// something, and checks all that is checked before a change is merged.
func (j *tektonJudge) complete(p *pipelineDoc) {
	var released, scanned []v1.PipelineTask
	for _, pt := range p.Spec.Tasks {
		if j.releases(p, pt) {
			released = append(released, pt)
		}
		if t := j.taskOf(p, pt); t != nil && t.Labels[labelService] == "scan" {
			scanned = append(scanned, pt)
		}
	}
	if len(released) > 1 || len(released) == 0 && j.asked[p.Labels[labelService]] {
		j.add(p.place, "spec.tasks", "%d tasks release; there is one", len(released))
	}
	if len(scanned) == 0 {
		j.add(p.place, "spec.tasks", "no task scans the image")
	}
	for _, r := range released {
		for _, s := range scanned {
			if got, want := param(s, "image"), param(r, "image"); got != want || want == "" {
				j.add(p.place, taskPath(s)+".params", "%q is scanned and %q is released", got, want)
			}
		}
	}
	for _, other := range j.pipelines {
		if other.Labels[labelStage] != "pull-request" || other.Labels[labelService] != p.Labels[labelService] {
			continue
		}
		for _, check := range other.Spec.Tasks {
			if j.aside(other, check) {
				continue
			}
			pushes := param(check, "push") == "" // what is built is one thing, where it goes another
			same := func(pt v1.PipelineTask) bool {
				return pt.Name == check.Name && equality.Semantic.DeepEqual(pt.TaskRef, check.TaskRef) && equality.Semantic.DeepEqual(pt.TaskSpec, check.TaskSpec) && equality.Semantic.DeepEqual(built(pt, pushes), built(check, pushes))
			}
			if !slices.ContainsFunc(p.Spec.Tasks, same) {
				j.add(p.place, "spec.tasks", "%s does not run as %s has it", check.Name, other.Name)
			}
		}
	}
}

// built are the parameters of a pipeline task; where it pushes nothing, those without what says
// where a build happens and what becomes of it.
func built(pt v1.PipelineTask, pushes bool) v1.Params {
	if pushes {
		return pt.Params
	}
	return slices.DeleteFunc(slices.Clone(pt.Params), func(v v1.Param) bool {
		return slices.Contains([]string{"push", "tags", "buildkit"}, v.Name)
	})
}

// param is the text of a pipeline task's parameter; empty when it has none.
func param(pt v1.PipelineTask, name string) string {
	for _, p := range pt.Params {
		if p.Name == name {
			return p.Value.StringVal
		}
	}
	return ""
}
