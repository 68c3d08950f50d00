package judge

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/distribution/reference"
	v1 "github.com/tektoncd/pipeline/pkg/apis/pipeline/v1"
	corev1 "k8s.io/api/core/v1"

	"slipway.dev/compiler/ir"
)

// shape judges a Task for what Tekton leaves to whoever runs it: images that may be others
// tomorrow, names that come twice, variables that nothing replaces, and a name that does not
// follow the content, so that a change would reach a run that is under way (design §4).
func (j *tektonJudge) shape(o Object) (faults []fault) {
	say := func(path, format string, args ...any) {
		faults = append(faults, fault{path, fmt.Sprintf(format, args...)})
	}
	t, err := typed[v1.Task](o.Object) // as written, without Tekton's defaults
	if err != nil {
		return nil
	}
	text, err := json.Marshal(t.Spec)
	if err != nil {
		panic(err) // it was JSON a moment ago
	}
	sum := sha256.Sum256(text)
	if hash := hex.EncodeToString(sum[:3]); !strings.HasSuffix(t.Name, "-"+hash) {
		say("metadata.name", "what it does is called %s", hash)
	}
	return append(faults, j.contents(&t.Spec)...)
}

// contents judges what a Task says, or a pipeline in its place.
func (j *tektonJudge) contents(spec *v1.TaskSpec) (faults []fault) {
	say := func(path, format string, args ...any) {
		faults = append(faults, fault{path, fmt.Sprintf(format, args...)})
	}
	names := map[string]bool{}
	for _, r := range spec.Results {
		if names[r.Name] {
			say("spec.results", "two results are called %s", r.Name)
		}
		names[r.Name] = true
	}
	for _, s := range spec.Steps {
		// Without a path, so that an exception is for this image and no other.
		if !strings.Contains(s.Image, "$(") && !pinned(s.Image) {
			say("", "step %s runs %q, which has no digest", s.Name, s.Image)
		}
		if first, _, _ := strings.Cut(s.Script, "\n"); strings.HasPrefix(first, "#!") && !interpreter.MatchString(first) {
			say("steps["+s.Name+"].script", "%q names no interpreter", first)
		}
	}
	return append(faults, j.unreplaced(spec)...)
}

// replacedLater takes out of texts what Tekton's entrypoint replaces when a step begins.
func replacedLater(spec *v1.TaskSpec) *strings.Replacer {
	var pairs []string
	for _, s := range spec.Steps {
		for _, r := range s.Results {
			pairs = append(pairs, "$(steps."+s.Name+".results."+r.Name+")", "")
		}
	}
	return strings.NewReplacer(pairs...)
}

// vouching are names of results in which Tekton Chains finds what it signs: <prefix>IMAGE_URL and
// the like. What the team's code leaves is not signed for the asking.
var vouching = regexp.MustCompile(`IMAGE_(URL|DIGEST)$|ARTIFACT_(URI|DIGEST|INPUTS|OUTPUTS)$|^IMAGES$|^CHAINS-GIT_`)

// vouches are the params and results of a Task, and of its steps, by which Chains would sign or attest something.
func vouches(spec *v1.TaskSpec) (names []string) {
	for _, p := range spec.Params {
		names = append(names, p.Name)
	}
	for _, r := range spec.Results {
		names = append(names, r.Name)
	}
	for _, s := range spec.Steps {
		for _, r := range s.Results {
			names = append(names, r.Name)
		}
	}
	return slices.DeleteFunc(names, func(name string) bool { return !vouching.MatchString(name) })
}

var interpreter = regexp.MustCompile(`^#!\s*/\S+`)

func pinned(image string) bool {
	named, err := reference.ParseNormalizedNamed(image)
	if err != nil {
		return false
	}
	_, ok := named.(reference.Digested)
	return ok
}

// unreplaced finds variables in a Task that are still there when all is substituted.
func (j *tektonJudge) unreplaced(spec *v1.TaskSpec) (faults []fault) {
	var params v1.Params
	for _, s := range spec.Params {
		params = append(params, v1.Param{Name: s.Name, Value: valueFor(s, "value")})
	}
	for _, p := range j.substituted(spec, params) {
		texts := slices.Concat([]string{p.container.Image, p.container.WorkingDir}, p.container.Command, p.container.Args)
		for _, e := range p.container.Env {
			texts = append(texts, e.Value)
		}
		open := func(text string) bool { return late.MatchString(replacedLater(spec).Replace(text)) }
		if i := slices.IndexFunc(texts, open); i >= 0 {
			faults = append(faults, fault{p.name, fmt.Sprintf("nothing replaces the variable in %q", texts[i])})
		}
	}
	return faults
}

// settled judges what Tekton takes in a pipeline and its run, and does nothing good with.
func (j *tektonJudge) settled(p *pipelineDoc, r run) {
	names := map[string]bool{}
	for _, v := range p.Spec.Results {
		if names[v.Name] {
			j.add(p.place, "spec.results", "two results are called %s", v.Name)
		}
		if v.Type == v1.ResultsTypeString && v.Value.Type != v1.ParamTypeString {
			j.add(p.place, "spec.results["+v.Name+"]", "it is a string, and its value an %s", v.Value.Type)
		}
		names[v.Name] = true
	}
	users := map[string][]string{}
	made := map[v1.WorkspacePipelineTaskBinding]bool{} // where an image lies that a build left for another task
	for _, pt := range slices.Concat(p.Spec.Tasks, p.Spec.Finally) {
		if pt.TaskRef != nil {
			for _, v := range pt.TaskRef.Params {
				if v.Value.Type != v1.ParamTypeString {
					j.add(p.place, taskPath(pt)+".taskRef", "a resolver takes texts, and %s is an %s", v.Name, v.Value.Type)
				}
			}
		}
		if pt.TaskSpec != nil {
			for _, c := range pt.TaskSpec.Sidecars {
				if !pinned(c.Image) {
					j.add(p.place, taskPath(pt)+".taskSpec.sidecars["+c.Name+"]", "it runs %q, which has no digest", c.Image)
				}
				if c.ReadinessProbe == nil {
					j.add(p.place, taskPath(pt)+".taskSpec.sidecars["+c.Name+"]", "tests start before it is ready")
				}
			}
		}
		if pt.Retries < 0 {
			j.add(p.place, taskPath(pt)+".retries", "it is tried %d times", pt.Retries)
		}
		for _, w := range pt.Workspaces {
			users[w.Workspace] = append(users[w.Workspace], pt.Name)
			if w.Name == madeHere {
				if made[w] = true; len(made) > 1 {
					j.add(p.place, taskPath(pt)+".workspaces", "the image is taken from another place than where it was left")
				}
			}
		}
		if t := j.taskOf(p, pt); t != nil && executesRepository(t) {
			for _, name := range vouches(&t.Spec) {
				j.add(p.place, taskPath(pt)+".results", "Chains signs what the team's code says in %s", name)
			}
			for _, v := range pt.Params {
				if v.Name == "image" && !pinned(v.Value.StringVal) {
					j.add(p.place, taskPath(pt)+".params", "it runs in %q, which has no digest", v.Value.StringVal)
				}
			}
		}
	}
	set := map[string]bool{}
	for _, s := range r.Spec.TaskRunSpecs {
		if set[s.PipelineTaskName] {
			j.add(r.place, "spec.taskRunSpecs", "the task %s is set twice", s.PipelineTaskName)
		}
		set[s.PipelineTaskName] = true
	}
	for _, b := range r.Spec.Workspaces {
		if b.EmptyDir != nil && len(users[b.Name]) > 1 && len(p.runs) > 0 {
			j.add(r.place, "spec.workspaces["+b.Name+"]", "%s each see a folder of their own", strings.Join(users[b.Name], " and "))
		}
		if b.VolumeClaimTemplate == nil {
			continue
		}
		for _, name := range users[b.Name] {
			pod := r.GetTaskRunSpec(name).PodTemplate
			if pod == nil || pod.SecurityContext == nil || pod.SecurityContext.FSGroup == nil {
				j.add(r.place, "spec.taskRunSpecs["+name+"]", "the volume %s belongs to no group of its pod: nobody but root writes it", b.Name)
			}
		}
	}
}

// targets wants a release to bring what was built to an environment that takes it from the
// same place: its overlay names the image.
func (j *tektonJudge) targets(t *Tree, p *pipelineDoc) {
	for _, pt := range p.Spec.Tasks {
		if !j.releases(p, pt) {
			continue
		}
		service, env := param(pt, "service"), param(pt, "to")
		if p.Namespace == ir.PromoterNamespace { // of all services: what a request says is verified first
			continue
		}
		if service != p.Labels[labelService] {
			j.add(p.place, taskPath(pt)+".params", "it releases %q", service)
		}
		var takes []string
		for _, d := range t.Deliveries {
			if d.Path != "services/"+service+"/overlays/"+env {
				continue
			}
			for _, o := range d.Objects {
				if w, ok := newWorkload(o); ok {
					for _, c := range w.containers() {
						takes = append(takes, nameOfImage(c))
					}
				}
			}
		}
		for _, build := range p.Spec.Tasks {
			image := param(build, "image")
			task := j.taskOf(p, build)
			if task == nil || !slices.ContainsFunc(task.Spec.Results, func(r v1.TaskResult) bool { return r.Name == "IMAGE_DIGEST" }) {
				continue
			}
			if len(takes) > 0 && image != "" && !strings.Contains(image, "$(") && !slices.Contains(takes, image) {
				j.add(p.place, taskPath(pt)+".params", "%s takes %s, and %s is built", env, takes[0], image)
			}
		}
	}
}

func nameOfImage(c corev1.Container) string {
	name, _, _ := strings.Cut(c.Image, "@")
	return name
}
