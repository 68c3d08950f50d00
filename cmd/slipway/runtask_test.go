package main

import (
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/rogpeppe/go-internal/testscript"
	v1 "github.com/tektoncd/pipeline/pkg/apis/pipeline/v1"
	"github.com/tektoncd/pipeline/pkg/container"
	"k8s.io/kubernetes/third_party/forked/golang/expansion"
	"sigs.k8s.io/yaml"

	"slipway.dev/cmd/slipway/internal/pact/pacttest"
)

// brokerKey is where a script's Pact Broker is.
type brokerKey struct{}

// commands are those of scripts beside testscript's own.
var commands = map[string]func(*testscript.TestScript, bool, []string){
	// task SERVICE KIND TASK runs a task of a compiled pipeline as Tekton and the kubelet would: with
	// its parameters and the folders of the run's volume, run/SERVICE; Secrets are folders in
	// secrets/, and COMMIT is what was cloned.
	"task": func(ts *testscript.TestScript, neg bool, args []string) {
		if len(args) != 3 {
			ts.Fatalf("usage: task SERVICE KIND TASK")
		}
		var pipeline v1.Pipeline
		ts.Check(yaml.Unmarshal([]byte(ts.ReadFile("deploy/pipelines/"+args[0]+"/"+args[1]+".yaml")), &pipeline))
		k := slices.IndexFunc(pipeline.Spec.Tasks, func(t v1.PipelineTask) bool { return t.Name == args[2] })
		if k < 0 {
			ts.Fatalf("%s has no task %s", pipeline.Name, args[2])
		}
		err := runPipelineTask(ts, args[0], &pipeline.Spec.Tasks[k])
		if (err != nil) != neg {
			ts.Fatalf("the task %s: %v", args[2], err)
		}
	},
	// deployed SERVICE COMMIT ENV is what the broker is told by settle.
	"deployed": func(ts *testscript.TestScript, _ bool, args []string) {
		ts.Value(brokerKey{}).(*pacttest.Broker).Deploy(args[0], args[1], args[2])
	},
}

func runPipelineTask(ts *testscript.TestScript, service string, pt *v1.PipelineTask) error {
	var spec v1.TaskSpec
	if pt.TaskSpec != nil {
		spec = pt.TaskSpec.TaskSpec
	} else {
		var task v1.Task
		for _, p := range pt.TaskRef.Params {
			if p.Name == "name" {
				ts.Check(yaml.Unmarshal([]byte(ts.ReadFile("deploy/pipelines/fleet/tasks/"+p.Value.StringVal+".yaml")), &task))
			}
		}
		spec = task.Spec
	}
	texts, lists := map[string]string{}, map[string][]string{}
	give := func(name string, v *v1.ParamValue) {
		if v != nil && v.Type == v1.ParamTypeArray {
			lists["params."+name] = v.ArrayVal
		} else if v != nil {
			texts["params."+name] = strings.ReplaceAll(v.StringVal, "$(tasks.clone.results.commit)", ts.Getenv("COMMIT"))
		}
	}
	for _, p := range spec.Params {
		give(p.Name, p.Default)
	}
	for _, p := range pt.Params {
		give(p.Name, &p.Value)
	}
	for _, w := range spec.Workspaces {
		texts["workspaces."+w.Name+".path"] = ""
	}
	for _, w := range pt.Workspaces {
		dir := ts.MkAbs("secrets/" + w.Workspace)
		if w.Workspace == "source" {
			dir = ts.MkAbs(filepath.Join("run", service, w.SubPath))
			ts.Check(os.MkdirAll(dir, 0o755))
		}
		texts["workspaces."+w.Name+".path"] = dir
	}
	home := ts.MkAbs("home/" + service + "-" + pt.Name)
	ts.Check(os.RemoveAll(home))
	ts.Check(os.MkdirAll(home, 0o755))
	for _, r := range spec.Results {
		texts["results."+r.Name+".path"] = filepath.Join(home, "result-"+r.Name)
	}
	steps, err := v1.MergeStepsWithStepTemplate(spec.StepTemplate, spec.Steps)
	ts.Check(err)
	for i := range steps {
		container.ApplyStepReplacements(&steps[i], texts, lists)
		known := map[string]string{}
		expand := expansion.MappingFuncFor(known)
		line := []string{"-i"}
		for _, name := range []string{"PATH", "HTTPS_PROXY", "SSL_CERT_FILE"} { // what the machine is
			line = append(line, name+"="+ts.Getenv(name))
		}
		for _, e := range steps[i].Env {
			known[e.Name] = strings.ReplaceAll(expansion.Expand(e.Value, expand), "/home/slipway", home)
			line = append(line, e.Name+"="+known[e.Name])
		}
		script := filepath.Join(home, "script")
		ts.Check(os.WriteFile(script, []byte(steps[i].Script), 0o644))
		line = append(line, "sh", script)
		for _, a := range steps[i].Args {
			line = append(line, expansion.Expand(a, expand))
		}
		if err := ts.Exec("env", line...); err != nil {
			return err
		}
	}
	return nil
}
