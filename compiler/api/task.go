package api

import (
	"context"
	"reflect"
	"regexp"
	"strings"

	tektonv1 "github.com/tektoncd/pipeline/pkg/apis/pipeline/v1"

	"slipway.dev/compiler/diag"
	"slipway.dev/compiler/layer"
)

// tekton is where Tekton's types are.
const tekton = "github.com/tektoncd/pipeline/"

// TaskSpec is the type of what a Task says.
var TaskSpec = reflect.TypeFor[tektonv1.TaskSpec]()

// Task has Tekton judge the spec of a Task as its webhook would, with these workspaces instead of
// its own. The tree has been held against TaskSpec.
func Task(n *layer.Node, workspaces []string, path string, ds *diag.List) {
	spec := Decode[tektonv1.TaskSpec](n, path, ds)
	if spec == nil {
		return
	}
	spec.Workspaces = nil
	for _, name := range workspaces {
		spec.Workspaces = append(spec.Workspaces, tektonv1.WorkspaceDeclaration{Name: name})
	}
	ctx := context.Background()
	spec.SetDefaults(ctx)
	for _, e := range spec.Validate(ctx).Also(tektonv1.ValidateUsageOfDeclaredParameters(ctx, spec.Steps, spec.Params)).WrappedErrors() {
		at, where := n.LabelOr(), path
		if len(e.Paths) > 0 {
			at, where = place(n, e.Paths[0], path)
		}
		text, details, _ := strings.Cut(strings.TrimSuffix(e.Error(), "\n"), "\n")
		ds.Errorf(diag.WrongValue, at, "Tekton does not take it: %s", text).WithPath(where).WithHint("%s", details)
	}
}

// words are the parts of a path as Tekton writes it: steps[0].env[NAME].
var words = regexp.MustCompile(`[^.\[\]]+`)

// place is where in a tree a path leads, or as near as there is something, and its path in the
// spec. Tekton names entries of lists by number, or by their names, and some fields by those of Go.
func place(n *layer.Node, to, path string) (diag.Pos, string) {
	for _, word := range words.FindAllString(to, -1) {
		next := n.Find(word)
		if next == nil {
			next = n.Find(strings.ToLower(word[:1]) + word[1:])
		}
		for i := 0; next == nil && n.Kind == layer.List && i < len(n.Items); i++ {
			if name := n.Items[i].Get("name"); name != nil && name.Text == word {
				next = n.Items[i]
			}
		}
		if next == nil {
			break
		}
		if n.Kind != layer.List {
			path += "." + word
		}
		n = next
	}
	if n.Kind == layer.Struct || n.Kind == layer.List {
		return n.LabelOr(), path
	}
	return n.At, path
}
