package tekton

import (
	"strings"
	"sync"

	v1 "github.com/tektoncd/pipeline/pkg/apis/pipeline/v1"
	"github.com/tektoncd/pipeline/pkg/apis/validate"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"slipway.dev/targets/kube"
)

// sound holds the shapes of pipelines that Tekton found nothing wrong with. It holds no
// state that a caller could notice.
var sound sync.Map // shape to struct{}

// validPipeline has Tekton judge a pipeline, once for all of its shape: Tekton compiles
// several regular expressions for every value that it looks into, which takes longer than
// all the rest of a service's files.
func validPipeline(pl *v1.Pipeline) error {
	if err := validate.ObjectMetadata(pl); err != nil {
		return err
	}
	s := shape(pl)
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
// and values of parameters in which no variable can be.
func shape(pl *v1.Pipeline) string {
	c := pl.DeepCopy()
	c.ObjectMeta = metav1.ObjectMeta{}
	c.Spec.Description = ""
	for i := range c.Spec.Params {
		c.Spec.Params[i].Description = ""
	}
	plain := func(value *string) {
		if !strings.Contains(*value, "$") {
			*value = ""
		}
	}
	for _, list := range [][]v1.PipelineTask{c.Spec.Tasks, c.Spec.Finally} {
		for i := range list {
			for k := range list[i].Params {
				v := &list[i].Params[k].Value
				plain(&v.StringVal)
				for n := range v.ArrayVal {
					plain(&v.ArrayVal[n])
				}
			}
		}
	}
	return string(kube.Encode(kube.FromObject(c)))
}
