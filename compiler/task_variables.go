package compiler

import (
	"path"
	"regexp"
	"slices"
	"strings"

	"slipway.dev/compiler/diag"
	"slipway.dev/compiler/ir"
	"slipway.dev/compiler/layer"
)

// Where variables of Tekton may stand. It replaces them everywhere in a Task, as text and
// without quoting, and what it puts there is not always ours.
type place int

const (
	inText    place = iota // nowhere in particular: none
	inWords                // command, args, workingDir: paths that Tekton makes up
	inValue                // variables, and what Tekton itself reads: what the Task has
	inCode                 // a script, or what an interpreter runs: none
	inProse                // read by people
	inProbe                // what the kubelet asks and tells, where nobody replaces anything: none
	inDefault              // what a parameter is, whose keys anybody may call as they like: none
)

// places are fields by name, wherever in a Task.
var places = map[string]place{
	"script": inCode, "command": inWords, "args": inWords, "workingDir": inWords, "env": inValue, "when": inValue,
	"results": inValue, "description": inProse, "displayName": inProse, "default": inDefault,
	"livenessProbe": inProbe, "readinessProbe": inProbe, "startupProbe": inProbe, "lifecycle": inProbe,
}

// opening begins what Tekton takes for a variable: it reads on to the next parenthesis, over blanks
// and all else in a line, and hands a Task every workspace that it finds so, declared or not.
var opening = regexp.MustCompile(`\$\(` + roots + `[.\[]`)

const roots = `(params|tasks|finally|context|workspaces|results|steps|step|artifacts|inputs|outputs|credentials|resources)`

// variable is a whole one, as everybody reads it: $(params.NAME), $(params["NAME"]), $(params.NAME[*]).
var variable = regexp.MustCompile(`^\$\(` + roots + `(?:\.([A-Za-z0-9_/-]+)|\["([A-Za-z0-9_./-]+)"\]|\['([A-Za-z0-9_./-]+)'\])((?:\.[A-Za-z0-9_/-]+)*(?:\[(?:\*|[0-9]+)\])?)\)`)

// mentioned is a variable that a text has.
type mentioned struct {
	text, root, name string // the whole of it; no name: nobody can say what it is
}

// mentions are all variables of a text, as Tekton finds them.
func mentions(text string) (out []mentioned) {
	for _, at := range opening.FindAllStringSubmatchIndex(text, -1) {
		rest := text[at[0]:]
		if m := variable.FindStringSubmatch(rest); m != nil {
			out = append(out, mentioned{m[0], m[1], m[2] + m[3] + m[4]})
			continue
		}
		line, _, _ := strings.Cut(rest, "\n")
		if end := strings.IndexByte(line, ')'); end >= 0 {
			line = line[:end+1]
		}
		out = append(out, mentioned{text: line, root: text[at[2]:at[3]]})
	}
	return out
}

var (
	pathOfSource = regexp.MustCompile(`^\$\(workspaces\.source\.path\)$`)
	pathOfResult = regexp.MustCompile(`^\$\((step\.)?results\.[A-Za-z0-9_-]+\.path\)$`)
	// interpreter takes a program as an argument.
	interpreter = regexp.MustCompile(`^(sh|ash|bash|busybox|dash|ksh|mksh|zsh|fish|node|nodejs|deno|bun|perl|php|python|ruby|pwsh)[0-9.]*$`)
	// programFlag is before what an interpreter runs; perhapsFlag before what an image may run that
	// does not say what it begins with, and for many of them it is a flag like others.
	programFlag = regexp.MustCompile(`^(-[a-zA-Z]*[ceE][a-zA-Z]*|--(eval|exec|execute|command|print)|eval)$`)
	perhapsFlag = regexp.MustCompile(`^(-[a-zA-Z]{0,4}[ce][a-zA-Z]{0,2}|eval)$`)
	// attached is a flag with its program in one word: -e'print 1'.
	attached = regexp.MustCompile(`^(-[a-zA-Z]*[ceE]|--(eval|exec|execute|command|print)=).*[^a-zA-Z]`)
	// optionWithWord is an option of a shell whose value is the next word: -o pipefail.
	optionWithWord = regexp.MustCompile(`^[-+][a-zA-Z]*[oO]$`)
	// fromEnv is what the kubelet replaces by a variable of the container, unless a $ before it is
	// left over when they are counted by twos.
	fromEnv = regexp.MustCompile(`(\$+)\(([A-Za-z_][A-Za-z0-9_]*)\)`)
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
		if j.code[n] && at != inProbe {
			at = inCode
		}
		j.variable(n, path, at)
	case layer.List:
		for _, item := range n.Items {
			j.variables(item, path, at)
		}
	case layer.Struct:
		for _, e := range n.Keys {
			below := at
			if p, ok := places[e.Name]; ok && at == inText {
				below = p
			}
			j.inKey(e, path)
			j.variables(e.Value, path+"."+e.Name, below)
		}
	}
}

// allPrograms finds the programs of all that is called, before any of its words is judged: steps
// share those of the template.
func (j taskJudge) allPrograms(n *layer.Node, path string) {
	for _, item := range n.Items {
		j.allPrograms(item, path)
	}
	if n.Kind == layer.Struct {
		j.programs(n, path)
	}
	for _, e := range n.Keys {
		j.allPrograms(e.Value, path+"."+e.Name)
	}
}

// programs finds what an interpreter runs among the words by which something calls it.
func (j taskJudge) programs(c *layer.Node, path string) {
	var template *layer.Node
	if path == ".steps" {
		template = j.n.Get("stepTemplate")
	}
	command, args := c.Get("command"), c.Get("args")
	if command == nil {
		command = template.Get("command")
	}
	if args == nil {
		args = template.Get("args")
	}
	unknown := len(items(command)) == 0 && said(c, "script") == ""
	for _, w := range programsOf(slices.Concat(items(command), items(args)), unknown) {
		j.code[w] = true
		if path != ".steps" && path != ".sidecars" {
			continue // a probe's: the kubelet replaces nothing there
		}
		for _, m := range fromEnv.FindAllStringSubmatch(w.Text, -1) {
			if len(m[1])%2 == 1 && j.has(c, path, m[2]) {
				j.ds.Errorf(diag.TaskVariable, w.At, "Kubernetes would write the value of $(%s) into what is run here, as code", m[2]).WithPath(j.path+path+".args").
					WithHint("say \"$%s\", which the shell reads itself", m[2])
			}
		}
	}
}

// programsOf are the words that an interpreter runs, and the options between its flag and them;
// unknown says that the image says what begins, which may be one.
func programsOf(words []*layer.Node, unknown bool) (out []*layer.Node) {
	known := false
	for i, w := range words {
		known = known || w.Kind == layer.String && interpreter.MatchString(path.Base(w.Text))
		if known && attached.MatchString(w.Text) {
			out = append(out, w)
		}
		if !(known && programFlag.MatchString(w.Text) || unknown && perhapsFlag.MatchString(w.Text)) {
			continue
		}
		for k := i + 1; k < len(words); k++ {
			out = append(out, words[k])
			option := strings.HasPrefix(words[k].Text, "-") || strings.HasPrefix(words[k].Text, "+")
			if !option && !optionWithWord.MatchString(words[k-1].Text) {
				break
			}
		}
	}
	return out
}

// has reports whether a container has a variable, its own or what the target fills in for steps.
func (j taskJudge) has(c *layer.Node, path, name string) bool {
	all := items(c.Get("env"))
	if path == ".steps" {
		all = slices.Concat(all, items(j.n.Find("stepTemplate", "env")))
		if slices.Contains(ir.StageVariables, name) {
			return true
		}
	}
	return slices.ContainsFunc(all, func(e *layer.Node) bool { return said(e, "name") == name })
}

func (j taskJudge) variable(n *layer.Node, path string, at place) {
	for _, m := range mentions(n.Text) {
		v := m.text
		made := pathOfSource.MatchString(v) || pathOfResult.MatchString(v)
		switch {
		case m.name == "":
			j.torn(n.At, path, v)
		case at == inProse, m.root == "params" && j.isList(m.name): // which is said of the parameter
		case at == inProbe:
			j.ds.Errorf(diag.TaskVariable, n.At, "nothing replaces %s here: Tekton looks at no probes, and the kubelet at no words of theirs", v).WithPath(j.path + path).
				WithHint("write the value")
		case at == inCode:
			j.inCode(n, path, m)
		case at == inValue && m.root == "params" && !slices.Contains(j.named("params"), m.name):
			j.ds.Errorf(diag.TaskVariable, n.At, "the Task has no parameter %q", m.name).WithPath(j.path+path).
				WithHint("%s", cmpOr(diag.Suggest(m.name, j.named("params")), "add it to params, with a default, or write the value"))
		case made && at != inText && at != inDefault, at == inValue && (m.root == "params" || m.root == "steps" || slices.Contains(contexts, v)):
		case at == inValue && m.root == "context":
			j.ds.Errorf(diag.TaskVariable, n.At, "Tekton has no %s", v).WithPath(j.path+path).WithHint("%s", cmpOr(diag.Suggest(v, contexts), "known: "+strings.Join(contexts, ", ")))
		case m.root == "tasks" || m.root == "finally":
			j.ds.Errorf(diag.TaskVariable, n.At, "%s is of another stage, and no values of others reach a stage", v).WithPath(j.path + path).
				WithHint("what comes after \"build\" has the image in the variable IMAGE; other stages leave nothing")
		case m.root == "workspaces" && !made:
			j.ds.Errorf(diag.TaskVariable, n.At, "a stage has no %s", v).WithPath(j.path + path).WithHint("$(workspaces.source.path) is where the source is")
		case at == inWords:
			j.ds.Errorf(diag.TaskVariable, n.At, "Tekton would write %s into what is called, where a value can become an option or code", v).WithPath(j.path+path).
				WithHint("give it as a variable: env: [{name: %q, value: %q}], and say $(%s) here", envName(m.name), v, envName(m.name))
		default:
			j.ds.Errorf(diag.TaskVariable, n.At, "%s has no place here: values reach a stage in its variables", v).WithPath(j.path+path).
				WithHint("give it as a variable: env: [{name: %q, value: %q}]", envName(m.name), v)
		}
	}
}

// torn reports what Tekton would read as a variable, and nobody else.
func (j taskJudge) torn(at diag.Pos, path, v string) {
	j.ds.Errorf(diag.TaskVariable, at, "Tekton would read a variable in %s, and it is none", v).WithPath(j.path + path).
		WithHint("variables are written without blanks: $(params.NAME); for a command of a shell, put a blank after $(")
}

// inKey refuses variables in what a field is called.
func (j taskJudge) inKey(e layer.Entry, path string) {
	for _, m := range mentions(e.Name) {
		j.torn(e.Value.LabelOr(), path, m.text)
	}
}

func (j taskJudge) inCode(n *layer.Node, path string, m mentioned) {
	v, name := m.text, envName(m.name)
	j.ds.Errorf(diag.TaskVariable, n.At, "Tekton would write the value of %s into what is run, and whatever it holds would be code", v).WithPath(j.path+path).
		WithHint("give it as a variable: env: [{name: %q, value: %q}], and say \"$%s\" here", name, v, name)
}

// isList reports whether a parameter is a list.
func (j taskJudge) isList(name string) bool {
	return slices.ContainsFunc(items(j.n.Get("params")), func(p *layer.Node) bool { return said(p, "name") == name && listed(p) })
}

// taken are names that mean something to shells, to the programs that read them, or to the target.
var taken = regexp.MustCompile(`^(PATH|IFS|ENV|PWD|OLDPWD|CDPATH|SHELL|USER|LOGNAME|LANG|TERM|TMPDIR|TZ|UID|EUID|PPID|GROUPS|HOSTNAME|RANDOM|SECONDS|LINENO|REPLY|PS[0-9]|OPT(ARG|IND|ERR)|SHELLOPTS|LC_.*|LD_.*|GIT_.*|BASH.*|.*(PATH|_OPTIONS|OPTS?))$`)

// envName is a name for the variable that takes a value.
func envName(of string) string {
	name := strings.ToUpper(strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' {
			return r
		}
		return '_'
	}, of))
	if name == "" || name[0] >= '0' && name[0] <= '9' {
		name = "VALUE" + name
	}
	if taken.MatchString(name) || slices.Contains(ir.StageVariables, name) {
		name = "PARAM_" + name
	}
	return name
}
