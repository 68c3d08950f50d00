package tekton

import (
	"cmp"

	"github.com/tektoncd/triggers/pkg/apis/triggers/v1beta1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	v1 "github.com/tektoncd/pipeline/pkg/apis/pipeline/v1"

	"slipway.dev/compiler/ir"
	"slipway.dev/targets/kube"
)

// What the promoter starts by itself, where platform.cue lets it (pipelines: starts): an event
// of its own, signed with a key that only its pods have, goes to its own listener, and there
// to Triggers of the teams' namespaces. So nothing of the promoter's may create a run but by
// a Trigger that a service's files hold, and its pods need no right in a team's namespace.
//
// An event says which pipeline and how the run is called ("name"), and gives parameters
// ("with"). Who sends it twice for the same reason calls the run the same (StartedPrefix and a
// hash), and the API server refuses the second one; Triggers logs that, and does what else the
// event asks for.
const (
	startEvent  = "slipway-start"
	startSecret = "start-key"          // in the promoter's namespace; its key is called "key"
	startKey    = "start-key"          // the workspace that it is bound to
	labelStarts = "slipway.dev/starts" // on Triggers: the fleet whose promoter starts them
)

// startGroup takes what the promoter itself sends.
func startGroup(p *ir.Platform) v1beta1.EventListenerTriggerGroup {
	return v1beta1.EventListenerTriggerGroup{
		Name: "promoter",
		Interceptors: []*v1beta1.TriggerInterceptor{
			newInterceptor("verify", "github",
				newParam("secretRef", v1beta1.SecretRef{SecretName: startSecret, SecretKey: "key"}),
				newParam("eventTypes", []string{startEvent})),
			newInterceptor("read", "cel", newParam("filter", "body.fleet == "+quoted(p.Name))),
		},
		TriggerSelector: selector(runNamespaces(p, Release), map[string]string{labelStarts: p.Name}),
	}
}

// StartedPrefix begins the names of runs of a pipeline that the promoter starts; a dash and
// ten hexadecimal digits follow. It is cut so that the name fits a label.
func StartedPrefix(pipeline string) string { return pipeline[:min(len(pipeline), 52)] }

// isStart is the condition that an event of the promoter's asks for a pipeline.
func isStart(pipeline string) string {
	return and("body.pipeline == "+quoted(pipeline), "body.name.matches("+quoted("^"+StartedPrefix(pipeline)+"-[0-9a-f]{10}$")+")")
}

// startable are the Trigger, the binding and the template of a pipeline that the promoter
// starts, called as meta says or like the pipeline. run is what is started, its parameters
// named by params; filter says which events count besides, and overlays what is known here of
// what they do not say: a parameter of an overlay's name takes its value from there.
func startable(p *ir.Platform, meta metav1.ObjectMeta, run *v1.PipelineRun, params []string, filter string, overlays []overlay) ([]kube.Node, error) {
	name := cmp.Or(meta.Name, run.Spec.PipelineRef.Name)
	meta.Name = name
	run.Name, run.GenerateName = "$(tt.params.name)", ""
	binding := newEventBinding(*meta.DeepCopy(), "body", "name")
	specs := []v1beta1.ParamSpec{{Name: "name"}}
	run.Spec.Params = nil
	for _, param := range params {
		from := "$(body.with." + param + ")"
		for _, o := range overlays {
			if o.Key == param {
				from = "$(extensions." + param + ")"
			}
		}
		binding.Spec.Params = append(binding.Spec.Params, v1beta1.Param{Name: param, Value: from})
		specs = append(specs, v1beta1.ParamSpec{Name: param})
		run.Spec.Params = append(run.Spec.Params, v1.Param{Name: param, Value: *v1.NewStructuredValues("$(tt.params." + param + ")")})
	}
	template, err := writtenTemplate(*meta.DeepCopy(), run, specs...)
	if err != nil {
		return nil, err
	}
	trigger := newTrigger(*meta.DeepCopy(), name, name, and(isStart(name), filter))
	trigger.Labels[labelStarts] = p.Name
	if len(overlays) > 0 {
		i := trigger.Spec.Interceptors[0]
		i.Params = append(i.Params, newParam("overlays", overlays))
	}
	if err := valid(trigger); err != nil {
		return nil, err
	}
	if err := valid(binding); err != nil {
		return nil, err
	}
	return []kube.Node{kube.FromObject(trigger), kube.FromObject(binding), template}, nil
}
