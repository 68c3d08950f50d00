package tekton

import (
	"fmt"

	v1 "github.com/tektoncd/pipeline/pkg/apis/pipeline/v1"
	"github.com/tektoncd/triggers/pkg/apis/triggers/v1beta1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"slipway.dev/compiler/ir"
	"slipway.dev/targets/kube"
)

// triggers are what starts the pipelines of a service: for each event a Trigger, which says
// what events are the service's, and a TriggerTemplate with the run that `slipway run` prints.
func triggers(p *ir.Platform, svc *ir.Service) (out []kube.Node, err error) {
	for _, kind := range []Kind{PullRequest, Release} {
		run, err := NewRun(p, svc, kind, "$(tt.params.revision)")
		if err != nil {
			return nil, err
		}
		for _, param := range runParams(kind)[1:] {
			run.Spec.Params = append(run.Spec.Params, v1.Param{Name: param, Value: *v1.NewStructuredValues("$(tt.params." + param + ")")})
		}
		name := PipelineName(svc.Name, kind)
		meta := metav1.ObjectMeta{Name: name, Namespace: Namespace(svc.Owner, kind), Labels: labels(svc, kind)}
		var params []v1beta1.ParamSpec
		for _, param := range runParams(kind) {
			params = append(params, v1beta1.ParamSpec{Name: param})
		}
		written, err := writtenTemplate(*meta.DeepCopy(), run, params...)
		if err != nil {
			return nil, fmt.Errorf("template %s: %w", name, err)
		}
		trigger := newTrigger(meta, eventName(kind), name, selects(p, svc, kind))
		trigger.Labels[labelGit], trigger.Labels[labelEvent] = svc.Source.Git.Name, eventName(kind)
		if err := valid(trigger); err != nil {
			return nil, fmt.Errorf("trigger %s: %w", name, err)
		}
		out = append(out, kube.FromObject(trigger), written)
	}
	return out, nil
}
