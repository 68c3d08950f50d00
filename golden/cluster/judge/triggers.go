package judge

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"

	pipeline "github.com/tektoncd/pipeline/pkg/apis/pipeline/v1"
	"github.com/tektoncd/triggers/pkg/apis/triggers/contexts"
	"github.com/tektoncd/triggers/pkg/apis/triggers/v1alpha1"
	"github.com/tektoncd/triggers/pkg/apis/triggers/v1beta1"
	"knative.dev/pkg/apis"
	"knative.dev/pkg/logging"
)

// Triggers judges listeners, triggers, bindings and templates as the webhook of Tekton
// Triggers does, and the runs that templates make as that of Tekton. Then it holds them to
// hazard 9 of the design, which Triggers has no opinion of: an event is verified and
// selected by repository and branch before anything happens, and what it says never
// becomes part of a program.
//
// Slipway emits none of these kinds yet; fixtures show that the judge is alive.
func Triggers() Judge {
	return Judge{
		Name:  "triggers",
		Reads: func(d Document) bool { return strings.HasPrefix(d.Kind(), "triggers.tekton.dev/") },
		Judge: func(t *Tree) []Finding {
			ctx := contexts.WithUpgradeViaDefaulting(logging.WithLogger(context.Background(), silent))
			j := &triggersJudge{report{judge: "triggers"}, ctx}
			for _, o := range t.Objects() {
				j.object(o)
			}
			return j.found
		},
	}
}

type triggersJudge struct {
	report
	ctx context.Context
}

func (j *triggersJudge) object(o Object) {
	switch o.Kind() {
	case "triggers.tekton.dev/v1beta1 EventListener":
		if l, ok := hook[v1beta1.EventListener](j, o); ok {
			j.listener(o, l)
		}
	case "triggers.tekton.dev/v1beta1 Trigger":
		if trigger, ok := hook[v1beta1.Trigger](j, o); ok {
			j.filters(o, trigger.Spec.Interceptors)
		}
	case "triggers.tekton.dev/v1beta1 TriggerBinding":
		hook[v1beta1.TriggerBinding](j, o)
	case "triggers.tekton.dev/v1beta1 ClusterTriggerBinding":
		hook[v1beta1.ClusterTriggerBinding](j, o)
	case "triggers.tekton.dev/v1beta1 TriggerTemplate":
		if template, ok := hook[v1beta1.TriggerTemplate](j, o); ok {
			j.template(o, template)
		}
	case "triggers.tekton.dev/v1alpha1 Interceptor":
		hook[v1alpha1.Interceptor](j, o)
	case "triggers.tekton.dev/v1alpha1 ClusterInterceptor":
		hook[v1alpha1.ClusterInterceptor](j, o)
	default:
		if o.GroupVersionKind().Group == "triggers.tekton.dev" {
			j.add(o.place(), "", "a kind or version that nobody judges")
		}
	}
}

// hook is what the webhook of Triggers does with an object.
func hook[T any, P webhookObject[T]](j *triggersJudge, o Object) (P, bool) {
	v, err := typed[T](o.Object)
	if err != nil {
		j.add(o.place(), "", "%v", err)
		return nil, false
	}
	p := P(v)
	p.SetDefaults(j.ctx)
	for _, e := range fieldErrors(p.Validate(apis.WithinCreate(j.ctx))) {
		j.err(o.place(), "", e)
	}
	return p, true
}

// listener wants every event verified once and then selected. A listener runs each event
// against every trigger that any of its selectors finds, so a selector beside the groups
// runs the same triggers unverified.
func (j *triggersJudge) listener(o Object, l *v1beta1.EventListener) {
	grouped := len(l.Spec.TriggerGroups) > 0
	if grouped && (l.Spec.LabelSelector != nil || len(l.Spec.NamespaceSelector.MatchNames) > 0 || len(l.Spec.Triggers) > 0) {
		j.add(o.place(), "spec", "triggers beside the groups run unverified")
	}
	if !grouped && (l.Spec.LabelSelector != nil || len(l.Spec.NamespaceSelector.MatchNames) > 0) {
		j.add(o.place(), "spec", "it runs triggers of which it does not say who verifies them")
	}
	for i, t := range l.Spec.Triggers {
		j.verified(o, fmt.Sprintf("spec.triggers[%d]", i), t.Interceptors)
	}
	for i, g := range l.Spec.TriggerGroups {
		j.verified(o, fmt.Sprintf("spec.triggerGroups[%d]", i), g.Interceptors)
	}
}

// filters wants filters to be texts: what is none filters nothing until an event comes.
func (j *triggersJudge) filters(o Object, interceptors []*v1beta1.TriggerInterceptor) {
	for i, in := range interceptors {
		for _, p := range in.Params {
			var text string
			if p.Name == "filter" && json.Unmarshal(p.Value.Raw, &text) != nil {
				j.add(o.place(), fmt.Sprintf("spec.interceptors[%d].params[filter]", i), "%s is no expression", p.Value.Raw)
			}
		}
	}
}

// verifying are the interceptors of Triggers that check a signature.
var verifying = []string{"github", "gitlab", "bitbucket"}

// verified wants an interceptor with a secret first, and then a filter that names the
// repository and the branch.
func (j *triggersJudge) verified(o Object, at string, interceptors []*v1beta1.TriggerInterceptor) {
	param := func(i *v1beta1.TriggerInterceptor, name string) []byte {
		for _, p := range i.Params {
			if p.Name == name {
				return p.Value.Raw
			}
		}
		return nil
	}
	if len(interceptors) == 0 || !slices.Contains(verifying, interceptors[0].Ref.Name) {
		j.add(o.place(), at+".interceptors", "the first interceptor verifies nothing: anybody may send an event")
		return
	}
	var secret v1beta1.SecretRef
	if err := json.Unmarshal(param(interceptors[0], "secretRef"), &secret); err != nil || secret.SecretName == "" || secret.SecretKey == "" {
		j.add(o.place(), at+".interceptors[0]", "without a secret, %s verifies nothing", interceptors[0].Ref.Name)
	}
	if len(param(interceptors[0], "eventTypes")) == 0 {
		j.add(o.place(), at+".interceptors[0]", "it takes events of every type")
	}
	for _, i := range interceptors[1:] {
		filter := string(param(i, "filter"))
		if i.Ref.Name == "cel" && strings.Contains(filter, "body.") && strings.Contains(filter, "==") {
			return
		}
	}
	j.add(o.place(), at+".interceptors", "no filter says of which repository and branch events count")
}

// eventValue is a value of an event in a template.
var eventValue = regexp.MustCompile(`\$\(tt\.params\.[^)]*\)`)

// template judges what a template makes, with a hostile value in the place of everything
// that an event says: Triggers puts it into the JSON as it is.
func (j *triggersJudge) template(o Object, t *v1beta1.TriggerTemplate) {
	for i, r := range t.Spec.ResourceTemplates {
		at := fmt.Sprintf("spec.resourcetemplates[%d]", i)
		text := eventValue.ReplaceAll(r.Raw, []byte(canary))
		var object map[string]any
		if err := json.Unmarshal(text, &object); err != nil {
			j.add(o.place(), at, "%v", err)
			continue
		}
		if object["kind"] != "PipelineRun" || object["apiVersion"] != "tekton.dev/v1" {
			j.add(o.place(), at, "an event makes a %v, and nothing but runs of pipelines are made", object["kind"])
			continue
		}
		run, err := typed[pipeline.PipelineRun](object)
		if err != nil {
			j.add(o.place(), at, "%v", err)
			continue
		}
		if run.Name != "" {
			j.add(o.place(), at+".metadata.name", "the second event finds the name taken")
		}
		run.Name = "run-x2345"
		run.SetDefaults(j.ctx)
		for _, e := range fieldErrors(run.Validate(j.ctx)) {
			j.err(o.place(), at, e)
		}
		for _, p := range run.Spec.Params {
			if p.Value.Type != pipeline.ParamTypeString {
				j.add(o.place(), at+".spec.params["+p.Name+"]", "an event gives texts, and this is of type %s", p.Value.Type)
			}
		}
		run.Spec.Params = nil // where an event may speak
		rest, err := json.Marshal(run)
		if err == nil && bytes.Contains(rest, []byte(canary)) {
			j.add(o.place(), at, "an event chooses more than the values of parameters")
		}
	}
}
