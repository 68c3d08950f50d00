package judge

import (
	"fmt"
	"path"
	"regexp"
	"slices"
	"strings"

	v1 "github.com/tektoncd/pipeline/pkg/apis/pipeline/v1"
	"github.com/tektoncd/pipeline/pkg/reconciler/pipelinerun/resources"
	taskresources "github.com/tektoncd/pipeline/pkg/reconciler/taskrun/resources"
	"github.com/tektoncd/pipeline/pkg/workspace"
	corev1 "k8s.io/api/core/v1"
)

// Tekton substitutes text before any shell starts, without quoting, and its validation lets
// it (design §8.2). So Tekton's own substitution is applied with values as somebody may
// choose who can only name a branch, and what a shell would run is searched for them.

// canary stands in every hostile value.
const canary = "SLIPWAY-CANARY"

// hostile are such values.
var hostile = []string{
	"$(touch " + canary + ")",
	"`touch " + canary + "`",
	"\"; touch " + canary + "; \"",
	"'; touch " + canary + "; '",
	"main\ntouch " + canary + "\n",
	"${IFS}" + canary,
	"-oProxyCommand=" + canary,
}

// injection are the faults of a Task by itself, whatever a pipeline passes to it.
func (j *tektonJudge) injection(spec *v1.TaskSpec) []fault {
	for _, value := range hostile {
		var params v1.Params
		for _, s := range spec.Params {
			params = append(params, v1.Param{Name: s.Name, Value: valueFor(s, value)})
		}
		if faults := j.lands(spec, params); len(faults) > 0 {
			return faults
		}
	}
	return nil
}

// injectionBy judges a pipeline with hostile parameters: what it embeds, and what it passes
// to Tasks that take commands.
func (j *tektonJudge) injectionBy(p *pipelineDoc) {
	pr := typicalRun(p.Pipeline)
	pr.Spec.Params = nil
	for _, s := range p.Spec.Params {
		pr.Spec.Params = append(pr.Spec.Params, v1.Param{Name: s.Name, Value: valueFor(s, hostile[0])})
	}
	spec, err := resources.ApplyParameters(p.Spec.DeepCopy(), pr)
	if err != nil {
		return // said by start
	}
	known := resources.ApplyContexts(p.Spec.DeepCopy(), p.Name, pr) // without the pipeline's parameters, which no Task may use
	all := slices.Concat(known.Tasks, known.Finally)
	for i, pt := range slices.Concat(spec.Tasks, spec.Finally) {
		if said := all[i].TaskSpec; said != nil {
			for _, f := range j.contents(&said.TaskSpec) {
				j.add(p.place, strings.TrimSuffix(taskPath(pt)+".taskSpec."+f.path, "."), "%s", f.message)
			}
			j.mentions(p, pt)
			for _, f := range append(j.injection(&pt.TaskSpec.TaskSpec), j.lands(&pt.TaskSpec.TaskSpec, pt.Params)...) {
				j.add(p.place, taskPath(pt)+".taskSpec."+f.path, "%s", f.message)
			}
			continue
		}
		t := j.taskOf(p, pt)
		if t == nil || !slices.ContainsFunc(t.Spec.Steps, evaluates) {
			continue
		}
		for _, s := range j.substituted(&t.Spec, pt.Params) {
			if !evaluates(s.container) {
				continue
			}
			for _, word := range s.container.Args {
				if foreign(word) {
					j.add(p.place, taskPath(pt)+".params", "a value from outside becomes a command: %q", word)
				}
			}
		}
	}
}

// mentions judges the workspaces of a task whose spec the pipeline holds. Tekton gives it whatever
// it mentions, declared or not: what is not bound to it, nobody meant it to have.
func (j *tektonJudge) mentions(p *pipelineDoc, pt v1.PipelineTask) {
	if _, err := workspace.FindWorkspacesUsedByTask(pt.TaskSpec.TaskSpec); err != nil {
		j.add(p.place, taskPath(pt)+".taskSpec", "Tekton cannot say which workspaces it has: %v", err)
	}
	for _, w := range onlyMentioned(pt) {
		j.add(p.place, taskPath(pt)+".taskSpec", "it mentions the workspace %q, so Tekton gives it to it", w.Name)
	}
}

// program is a container of a Task before and after substitution.
type program struct {
	name           string
	before, script string
	container      v1.Step
}

// substituted are the containers of a Task as Tekton writes them into a pod. Pipelines
// hold the same few Tasks.
func (j *tektonJudge) substituted(spec *v1.TaskSpec, params v1.Params) []program {
	return j.programs.get(sum(j.set, mustJSON(spec), mustJSON(params)), func() []program { return j.substitute(spec, params) })
}

func (j *tektonJudge) substitute(spec *v1.TaskSpec, params v1.Params) []program {
	tr := &v1.TaskRun{Spec: v1.TaskRunSpec{Params: params}}
	tr.Name, tr.Namespace = "run", "namespace"
	after := taskresources.ApplyParameters(spec, tr, spec.Params...)
	after = taskresources.ApplyContexts(after, "task", tr)
	var binds []v1.WorkspaceBinding
	for _, w := range spec.Workspaces {
		binds = append(binds, v1.WorkspaceBinding{Name: w.Name, EmptyDir: &corev1.EmptyDirVolumeSource{}})
	}
	after = taskresources.ApplyWorkspaces(j.ctx, after, spec.Workspaces, binds, nil)
	after = taskresources.ApplyResults(after)
	after = taskresources.ApplyStepExitCodePath(after)
	after = taskresources.ApplyCredentialsPath(after, "/tekton/creds")
	var out []program
	for i, s := range after.Steps {
		if t := after.StepTemplate; t != nil {
			if len(s.Command) == 0 {
				s.Command = t.Command
			}
			if len(s.Args) == 0 {
				s.Args = t.Args
			}
		}
		out = append(out, program{"steps[" + s.Name + "]", spec.Steps[i].Script, s.Script, s})
	}
	for i, s := range after.Sidecars {
		c := v1.Step{Name: s.Name, Image: s.Image, Script: s.Script, Command: s.Command, Args: s.Args, Env: s.Env, WorkingDir: s.WorkingDir}
		out = append(out, program{"sidecars[" + s.Name + "]", spec.Sidecars[i].Script, s.Script, c})
	}
	return out
}

// lands are values that become part of what a Task's shells run, or an option of what it
// calls.
func (j *tektonJudge) lands(spec *v1.TaskSpec, params v1.Params) (faults []fault) {
	for _, p := range j.substituted(spec, params) {
		if p.script != p.before || foreign(p.script) {
			faults = append(faults, fault{p.name + ".script", "Tekton writes values into the script; they belong into env"})
		}
		words := slices.Concat(p.container.Command, p.container.Args)
		for _, i := range programs(p.container.Command, p.container.Args) {
			if foreign(words[i]) {
				faults = append(faults, fault{p.name + ".args", fmt.Sprintf("a value becomes a program: %q", words[i])})
			}
			for _, m := range byKubelet.FindAllStringSubmatch(words[i], -1) {
				if p.has(m[1], spec.StepTemplate) {
					faults = append(faults, fault{p.name + ".args", fmt.Sprintf("the kubelet makes the variable %s part of a program", m[1])})
				}
			}
		}
		if p.script != "" {
			continue // words are the script's arguments, and it looks at them
		}
		for _, word := range words {
			if word == "--" {
				break
			}
			if strings.HasPrefix(word, "-") && slices.Contains(hostile, word) {
				faults = append(faults, fault{p.name + ".args", fmt.Sprintf("a value becomes an option: %q", word)})
			}
		}
	}
	return faults
}

// byKubelet is what the kubelet replaces in a container's words, if the container has such a
// variable.
var byKubelet = regexp.MustCompile(`\$\(([A-Za-z_][A-Za-z0-9_]*)\)`)

// has says whether a container has a variable, from what all steps have or by itself.
func (p program) has(name string, t *v1.StepTemplate) bool {
	named := func(e corev1.EnvVar) bool { return e.Name == name }
	return slices.ContainsFunc(p.container.Env, named) || t != nil && slices.ContainsFunc(t.Env, named)
}

// foreign says of a text after substitution whether it holds what somebody else chose.
// Results and the states of other tasks are substituted later, and are no better.
func foreign(text string) bool {
	return strings.Contains(text, canary) || late.MatchString(text)
}

var late = regexp.MustCompile(`\$\((params|tasks|finally|context|workspaces|results|steps)[.\[]`)

// interpreters take a program as an argument, behind a flag with a c or an e.
var interpreters = map[string]bool{
	"sh": true, "ash": true, "bash": true, "busybox": true, "dash": true, "ksh": true, "zsh": true,
	"node": true, "perl": true, "python": true, "ruby": true,
}

// programFlag is such a flag of an interpreter; of an image that may begin with one, only what is
// short: -config is a tool's.
var (
	programFlag  = regexp.MustCompile(`^(-[a-zA-Z]*[ce][a-zA-Z]*|--eval|--print)$`)
	perhapsFlag  = regexp.MustCompile(`^-[a-zA-Z]{0,4}[ce][a-zA-Z]{0,2}$`)
	withNextWord = regexp.MustCompile(`^[-+][a-zA-Z]*[oO]$`) // -o pipefail
)

// programs are the places of words that an interpreter runs, and of options on the way to them. An
// image that says no command may have a shell for one.
func programs(command, args []string) (at []int) {
	words := slices.Concat(command, args)
	interprets := false
	for i, word := range words {
		interprets = interprets || interpreters[strings.TrimRight(path.Base(word), "0123456789.")]
		unknown := len(command) == 0
		switch {
		case (interprets || unknown) && word == "eval":
			for k := i + 1; k < len(words); k++ {
				at = append(at, k)
			}
		case interprets && programFlag.MatchString(word), unknown && perhapsFlag.MatchString(word):
			for k := i + 1; k < len(words); k++ {
				at = append(at, k)
				if !strings.HasPrefix(words[k], "-") && !strings.HasPrefix(words[k], "+") && !withNextWord.MatchString(words[k-1]) {
					break
				}
			}
		}
	}
	return at
}

var evals = regexp.MustCompile(`(?m)(^|[;&|]|\bdo\b|\bthen\b)\s*eval\b`)

// evaluates says whether a script is there to run its arguments as commands: the Task for
// unit tests takes them so from the team's spec, where they are the team's and nobody else's.
func evaluates(s v1.Step) bool {
	return strings.Contains(s.Script, "eval") && evals.MatchString(s.Script)
}
