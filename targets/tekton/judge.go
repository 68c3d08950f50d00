package tekton

import (
	"bytes"
	"regexp"
	"slices"
	"strings"
	"sync"

	v1 "github.com/tektoncd/pipeline/pkg/apis/pipeline/v1"
	"github.com/tektoncd/pipeline/pkg/apis/validate"

	"slipway.dev/targets/kube"
)

// sound holds the shapes of pipelines that Tekton found nothing wrong with. It holds no
// state that a caller could notice.
var sound sync.Map // shape to struct{}

// validPipeline has Tekton judge a pipeline, once for all of its shape: Tekton compiles
// several regular expressions for every value that it looks into, which takes longer than
// all the rest of a service's files. tree is the same pipeline, as it will be written.
func validPipeline(pl *v1.Pipeline, tree kube.Node) error {
	if err := validate.ObjectMetadata(pl); err != nil {
		return err
	}
	s := shape(tree)
	if _, ok := sound.Load(s); ok {
		return nil
	}
	if err := valid(bare(pl)); err != nil {
		return err
	}
	sound.Store(s, struct{}{})
	return nil
}

// bare is a pipeline without the parameters that its shape leaves out: Tekton would look into each
// with an expression for every parameter of the pipeline.
func bare(pl *v1.Pipeline) *v1.Pipeline {
	out := *pl
	variable := func(text string) bool { return strings.Contains(text, "$(") }
	for _, list := range []*[]v1.PipelineTask{&out.Spec.Tasks, &out.Spec.Finally} {
		*list = slices.Clone(*list)
		for i, t := range *list {
			(*list)[i].Params = slices.DeleteFunc(slices.Clone(t.Params), func(p v1.Param) bool {
				return p.Value.ObjectVal == nil && !variable(p.Value.StringVal) && !slices.ContainsFunc(p.Value.ArrayVal, variable)
			})
		}
	}
	return &out
}

// shape is the pipeline without what Tekton has no opinion of: whose it is, descriptions,
// parameters, sidecars and texts of steps in which no variable can be, and times and retries,
// which are never negative. The names of parameters are ours.
func shape(tree kube.Node) string {
	spec := tree.Get("spec").Clone()
	spec.Set(kube.Node{}, "description")
	for i := range spec.Get("params").Items {
		spec.Get("params").Items[i].Set(kube.Node{}, "description")
	}
	for _, list := range []string{"tasks", "finally"} {
		for _, task := range spec.Get(list).Items {
			if task.Get("timeout").Exists() {
				task.Set(kube.Str(""), "timeout")
			}
			if sidecars := task.Get("taskSpec", "sidecars"); sidecars.Exists() {
				task.Set(kube.NewList(slices.DeleteFunc(sidecars.Items, func(s kube.Node) bool { return !bytes.Contains(kube.Encode(s), []byte("$(")) })...), "taskSpec", "sidecars")
			}
			if n := task.Get("retries"); n.Exists() && n.Text != "0" {
				task.Set(kube.Integer(1), "retries")
			}
			if params := task.Get("params"); params.Exists() {
				left := slices.DeleteFunc(params.Items, func(p kube.Node) bool { return plain(p.Get("value")) })
				for i := range left {
					if v := left[i].Get("value"); v.Kind == kube.String {
						left[i].Set(kube.Str(skeleton(v.Text)), "value")
					}
				}
				task.Set(kube.NewList(left...), "params")
			}
			if own := task.Get("taskSpec"); own.Exists() {
				for _, c := range append(own.Get("steps").Items, own.Get("stepTemplate")) {
					for _, text := range []string{"image", "script"} {
						if n := c.Get(text); n.Exists() && n.Text != "" && plain(n) {
							c.Set(kube.Str("x"), text)
						}
					}
				}
			}
		}
	}
	return string(kube.Encode(spec))
}

// plain reports whether no variable can be in a text, or in any of a list.
func plain(n kube.Node) bool {
	return n.Kind != kube.Map && !strings.Contains(n.Text, "$(") && !slices.ContainsFunc(n.Items, func(i kube.Node) bool { return !plain(i) })
}

var variable = regexp.MustCompile(`\$\([^()$]*\)`)

// skeleton is a text with nothing around its variables but that there is something.
func skeleton(text string) string {
	between := variable.Split(text, -1)
	if slices.ContainsFunc(between, func(s string) bool { return strings.Contains(s, "$") }) {
		return text
	}
	var b strings.Builder
	for i, v := range append(variable.FindAllString(text, -1), "") {
		if between[i] != "" {
			b.WriteString("x")
		}
		b.WriteString(v)
	}
	return b.String()
}
