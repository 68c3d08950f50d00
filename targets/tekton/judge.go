package tekton

import (
	"bytes"
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
	if err := valid(pl); err != nil {
		return err
	}
	sound.Store(s, struct{}{})
	return nil
}

// shape is the pipeline without what Tekton has no opinion of: whose it is, descriptions,
// values of parameters and sidecars in which no variable can be, and times, which are never
// negative.
func shape(tree kube.Node) string {
	spec := tree.Get("spec").Clone()
	spec.Set(kube.Node{}, "description")
	for i := range spec.Get("params").Items {
		spec.Get("params").Items[i].Set(kube.Node{}, "description")
	}
	plain := func(value *kube.Node) {
		if !strings.Contains(value.Text, "$") {
			value.Text = ""
		}
	}
	for _, list := range []string{"tasks", "finally"} {
		for _, task := range spec.Get(list).Items {
			if task.Get("timeout").Exists() {
				task.Set(kube.Str(""), "timeout")
			}
			if sidecars := task.Get("taskSpec", "sidecars"); sidecars.Exists() {
				task.Set(kube.NewList(slices.DeleteFunc(sidecars.Items, func(s kube.Node) bool { return !bytes.Contains(kube.Encode(s), []byte("$")) })...), "taskSpec", "sidecars")
			}
			for _, param := range task.Get("params").Items {
				for i := range param.Fields {
					if v := &param.Fields[i].Value; param.Fields[i].Key == "value" {
						plain(v)
						for n := range v.Items {
							plain(&v.Items[n])
						}
						v.Items = slices.CompactFunc(v.Items, kube.Equal)
					}
				}
			}
		}
	}
	return string(kube.Encode(spec))
}
