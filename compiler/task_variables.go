package compiler

import (
	"regexp"
	"slices"
	"strings"

	"slipway.dev/compiler/diag"
	"slipway.dev/compiler/layer"
)

// Where variables of Tekton may stand. It replaces them everywhere in a Task, as text and
// without quoting, and what it puts there is not always ours.
type place int

const (
	inText  place = iota // nowhere in particular: none
	inWords              // command, args, workingDir: paths that Tekton makes up
	inValue              // variables, and what Tekton itself reads: what the Task has
	inCode               // a script, or what an interpreter runs: none
	inProse              // read by people
)

// places are fields by name, wherever in a Task.
var places = map[string]place{
	"script": inCode, "command": inWords, "args": inWords, "workingDir": inWords, "env": inValue, "when": inValue,
	"results": inValue, "description": inProse, "displayName": inProse,
}

// variable is one that Tekton knows: $(params.NAME), $(params["NAME"]), $(params.NAME[*]).
var variable = regexp.MustCompile(`\$\((params|tasks|finally|context|workspaces|results|steps|step|artifacts|inputs|outputs|credentials|resources)(\.|\[["']?)([^()\s"'\].\[]*)[^()\s]*\)`)

var (
	pathOfSource = regexp.MustCompile(`^\$\(workspaces\.source\.path\)$`)
	pathOfResult = regexp.MustCompile(`^\$\((step\.)?results\.[A-Za-z0-9_-]+\.path\)$`)
	ownValue     = regexp.MustCompile(`^\$\((params|steps)[.\[]`)
	// programFlag is before what an interpreter runs.
	programFlag = regexp.MustCompile(`^(-[a-zA-Z]*[ce]|eval)$`)
	// fromEnv is what the kubelet replaces by a variable of the container.
	fromEnv = regexp.MustCompile(`\$\(([A-Za-z_][A-Za-z0-9_]*)\)`)
)

// contexts are what Tekton says of a run.
var contexts = []string{
	"$(context.pipeline.name)", "$(context.pipelineRun.name)", "$(context.pipelineRun.namespace)", "$(context.pipelineRun.uid)",
	"$(context.task.name)", "$(context.task.retry-count)", "$(context.taskRun.name)", "$(context.taskRun.namespace)", "$(context.taskRun.uid)",
}

// variables judges all texts below a node.
func (j taskJudge) variables(n *layer.Node, path string, at place) {
	switch n.Kind {
	case layer.String:
		if j.code[n] {
			at = inCode
		}
		j.variable(n, path, at)
	case layer.List:
		for _, item := range n.Items {
			j.variables(item, path, at)
		}
	case layer.Struct:
		j.programs(n, path)
		for _, e := range n.Keys {
			below := at
			if p, ok := places[e.Name]; ok && at == inText {
				below = p
			}
			j.variables(e.Value, path+"."+e.Name, below)
		}
	}
}

// programs finds what an interpreter runs among the words by which something calls it.
func (j taskJudge) programs(c *layer.Node, path string) {
	template := j.n.Get("stepTemplate")
	if path != ".steps" {
		template = nil
	}
	command, args := c.Get("command"), c.Get("args")
	if command == nil {
		command = template.Get("command")
	}
	if args == nil {
		args = template.Get("args")
	}
	words := slices.Concat(items(command), items(args))
	for i, w := range words {
		if i == 0 || !programFlag.MatchString(words[i-1].Text) {
			continue
		}
		j.code[w] = true
		for _, m := range fromEnv.FindAllStringSubmatch(w.Text, -1) {
			if j.has(c, m[1]) {
				j.ds.Errorf(diag.TaskVariable, w.At, "Kubernetes would write the value of %s into what is run here, as code", m[0]).WithPath(j.path+path+".args").
					WithHint("say \"$%s\", which the shell reads itself", m[1])
			}
		}
	}
}

// has reports whether a container has a variable.
func (j taskJudge) has(c *layer.Node, name string) bool {
	all := slices.Concat(items(c.Get("env")), items(j.n.Find("stepTemplate", "env")))
	return name == "IMAGE" || slices.ContainsFunc(all, func(e *layer.Node) bool { return said(e, "name") == name })
}

func (j taskJudge) variable(n *layer.Node, path string, at place) {
	if at == inProse {
		return
	}
	for _, m := range variable.FindAllStringSubmatch(n.Text, -1) {
		v := m[0]
		made := pathOfSource.MatchString(v) || pathOfResult.MatchString(v)
		switch {
		case at == inCode:
			j.inCode(n, path, v)
		case at == inValue && m[1] == "params" && !slices.Contains(j.named("params"), m[3]):
			j.ds.Errorf(diag.TaskVariable, n.At, "the Task has no parameter %q", m[3]).WithPath(j.path+path).
				WithHint("%s", cmpOr(diag.Suggest(m[3], j.named("params")), "add it to params, with a default, or write the value"))
		case made && at != inText, at == inValue && (ownValue.MatchString(v) || slices.Contains(contexts, v)):
		case at == inValue && m[1] == "context":
			j.ds.Errorf(diag.TaskVariable, n.At, "Tekton has no %s", v).WithPath(j.path+path).WithHint("%s", cmpOr(diag.Suggest(v, contexts), "known: "+strings.Join(contexts, ", ")))
		case m[1] == "tasks" || m[1] == "finally":
			j.ds.Errorf(diag.TaskVariable, n.At, "%s is of another stage, and no values of others reach a stage", v).WithPath(j.path + path).
				WithHint("what comes after \"build\" has the image in the variable IMAGE; other stages leave nothing")
		case m[1] == "workspaces":
			j.ds.Errorf(diag.TaskVariable, n.At, "a stage has no %s", v).WithPath(j.path + path).WithHint("$(workspaces.source.path) is where the source is")
		case at == inWords:
			j.ds.Errorf(diag.TaskVariable, n.At, "Tekton would write %s into what is called, where a value can become an option or code", v).WithPath(j.path+path).
				WithHint("give it as a variable: env: [{name: %q, value: %q}], and say $(%s) here", envName(m[3]), v, envName(m[3]))
		default:
			j.ds.Errorf(diag.TaskVariable, n.At, "%s has no place here: values reach a stage in its variables", v).WithPath(j.path+path).
				WithHint("give it as a variable: env: [{name: %q, value: %q}]", envName(m[3]), v)
		}
	}
}

func (j taskJudge) inCode(n *layer.Node, path, v string) {
	m := variable.FindStringSubmatch(v)
	name := envName(m[3])
	j.ds.Errorf(diag.TaskVariable, n.At, "Tekton would write the value of %s into what is run, and whatever it holds would be code", v).WithPath(j.path+path).
		WithHint("give it as a variable: env: [{name: %q, value: %q}], and say \"$%s\" here", name, v, name)
}

// envName is a name for the variable that takes a value.
func envName(of string) string {
	name := strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' {
			return r
		}
		return '_'
	}, of)
	if name == "" || name[0] >= '0' && name[0] <= '9' {
		name = "VALUE" + name
	}
	return strings.ToUpper(name)
}
