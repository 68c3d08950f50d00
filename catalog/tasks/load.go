package tasks

import (
	"embed"
	"fmt"
	"sync"

	v1 "github.com/tektoncd/pipeline/pkg/apis/pipeline/v1"
	"sigs.k8s.io/yaml"
)

//go:embed */task.yaml
var files embed.FS

// loaded decodes the library once, when it is first asked for: commands that write no
// pipelines do not pay for it.
var loaded = sync.OnceValue(func() map[string]*v1.Task {
	byName := make(map[string]*v1.Task, len(entries))
	for _, e := range entries {
		byName[e.Name] = load(e.Name)
	}
	return byName
})

// load decodes one task file. A field that Tekton does not have is a mistake of ours.
func load(name string) *v1.Task {
	text, err := files.ReadFile(name + "/task.yaml")
	if err != nil {
		panic("tasks: " + err.Error())
	}
	task, err := decode(text)
	if err != nil {
		panic(fmt.Sprintf("tasks: %s/task.yaml: %v", name, err))
	}
	return task
}

// decode reads a task and refuses fields that Tekton does not have.
func decode(text []byte) (*v1.Task, error) {
	var task v1.Task
	if err := yaml.UnmarshalStrict(text, &task); err != nil {
		return nil, err
	}
	return &task, nil
}
