package tekton

import (
	"fmt"
	"maps"

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
		run, err := NewRun(p, svc, kind, eventRevision)
		if err != nil {
			return nil, err
		}
		pair, err := startedBy(run, svc.Source.Git, kind, selects(p, svc, kind))
		if err != nil {
			return nil, err
		}
		out = append(out, pair...)
	}
	return out, nil
}

// eventRevision is the commit of an event, where a template makes a run.
const eventRevision = "$(tt.params.revision)"

// startedBy makes a run of each event of a host that a filter lets pass: the Trigger, which is
// called as the pipeline, and its TriggerTemplate.
func startedBy(run *v1.PipelineRun, host *ir.GitHost, kind Kind, filter string) ([]kube.Node, error) {
	for _, param := range runParams(kind)[1:] {
		run.Spec.Params = append(run.Spec.Params, v1.Param{Name: param, Value: *v1.NewStructuredValues("$(tt.params." + param + ")")})
	}
	name := run.Spec.PipelineRef.Name
	meta := metav1.ObjectMeta{Name: name, Namespace: run.Namespace, Labels: maps.Clone(run.Labels)}
	var params []v1beta1.ParamSpec
	for _, param := range runParams(kind) {
		params = append(params, v1beta1.ParamSpec{Name: param})
	}
	written, err := writtenTemplate(*meta.DeepCopy(), run, params...)
	if err != nil {
		return nil, fmt.Errorf("template %s: %w", name, err)
	}
	trigger := newTrigger(meta, eventName(kind), name, filter)
	trigger.Labels[labelGit], trigger.Labels[labelEvent] = host.Name, eventName(kind)
	if err := valid(trigger); err != nil {
		return nil, fmt.Errorf("trigger %s: %w", name, err)
	}
	return []kube.Node{kube.FromObject(trigger), written}, nil
}
