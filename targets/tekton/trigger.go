package tekton

import (
	"fmt"

	v1 "github.com/tektoncd/pipeline/pkg/apis/pipeline/v1"
	"github.com/tektoncd/triggers/pkg/apis/triggers/v1beta1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"

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
		template := &v1beta1.TriggerTemplate{
			TypeMeta:   metav1.TypeMeta{APIVersion: "triggers.tekton.dev/v1beta1", Kind: "TriggerTemplate"},
			ObjectMeta: *meta.DeepCopy(),
		}
		for _, param := range runParams(kind) {
			template.Spec.Params = append(template.Spec.Params, v1beta1.ParamSpec{Name: param})
		}
		tree := kube.FromObject(run)
		template.Spec.ResourceTemplates = []v1beta1.TriggerResourceTemplate{{RawExtension: runtime.RawExtension{Raw: raw(run)}}}
		trigger := &v1beta1.Trigger{
			TypeMeta:   metav1.TypeMeta{APIVersion: "triggers.tekton.dev/v1beta1", Kind: "Trigger"},
			ObjectMeta: meta,
			Spec: v1beta1.TriggerSpec{
				ServiceAccountName: TriggerAccount,
				Interceptors:       []*v1beta1.TriggerInterceptor{newInterceptor("select", "cel", newParam("filter", selects(p, svc, kind)))},
				Bindings:           []*v1beta1.TriggerSpecBinding{{Ref: eventName(kind), Kind: v1beta1.NamespacedTriggerBindingKind}},
				Template:           v1beta1.TriggerSpecTemplate{Ref: &name},
			},
		}
		trigger.Labels[labelGit], trigger.Labels[labelEvent] = svc.Source.Git.Name, eventName(kind)
		if err := valid(trigger); err != nil {
			return nil, fmt.Errorf("trigger %s: %w", name, err)
		}
		if err := valid(template); err != nil {
			return nil, fmt.Errorf("template %s: %w", name, err)
		}
		written := kube.FromObject(template)
		written.Set(kube.NewList(tree), "spec", "resourcetemplates") // in reading order, without the nulls of its JSON
		out = append(out, kube.FromObject(trigger), written)
	}
	return out, nil
}
