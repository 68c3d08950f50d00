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
	"k8s.io/apimachinery/pkg/api/equality"
	"knative.dev/pkg/apis"
	"knative.dev/pkg/logging"
)

// Triggers judges listeners, triggers, bindings and templates as the webhook of Tekton
// Triggers does, and the runs that templates make as that of Tekton. Then it holds them to
// hazard 9 of the design, which Triggers has no opinion of: an event is verified and
// selected by repository and branch before anything happens, and what it says never
// becomes part of a program. What an event leads to it finds out by sending some
// (triggers_events.go).
func Triggers() Judge {
	return Judge{
		Name:  "triggers",
		Reads: func(d Document) bool { return strings.HasPrefix(d.Kind(), "triggers.tekton.dev/") },
		Judge: func(t *Tree) []Finding {
			ctx := contexts.WithUpgradeViaDefaulting(logging.WithLogger(context.Background(), silent))
			j := &triggersJudge{report: report{judge: "triggers"}, ctx: ctx}
			for _, o := range t.Objects() {
				j.object(o)
			}
			j.printed(t)
			if len(j.found) == 0 { // what is broken is not tried out
				j.events(t)
			}
			return j.found
		},
	}
}

type triggersJudge struct {
	report
	ctx   context.Context
	hub   hub
	about map[*v1beta1.Trigger]string // the repository that its pipeline clones
}

func (j *triggersJudge) object(o Object) {
	switch o.Kind() {
	case "triggers.tekton.dev/v1beta1 EventListener":
		if l, ok := hook[v1beta1.EventListener](j, o); ok {
			j.listener(o, l)
			j.hub.listeners = append(j.hub.listeners, l)
		}
	case "triggers.tekton.dev/v1beta1 Trigger":
		if trigger, ok := hook[v1beta1.Trigger](j, o); ok {
			j.trigger(o, trigger)
			j.hub.triggers = append(j.hub.triggers, trigger)
		}
	case "triggers.tekton.dev/v1beta1 TriggerBinding":
		if binding, ok := hook[v1beta1.TriggerBinding](j, o); ok {
			j.hub.bindings = append(j.hub.bindings, binding)
		}
	case "triggers.tekton.dev/v1beta1 ClusterTriggerBinding":
		hook[v1beta1.ClusterTriggerBinding](j, o)
	case "triggers.tekton.dev/v1beta1 TriggerTemplate":
		if template, ok := hook[v1beta1.TriggerTemplate](j, o); ok {
			j.template(o, template)
			j.hub.templates = append(j.hub.templates, template)
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
	if len(l.Spec.Triggers) > 0 {
		j.add(o.place(), "spec.triggers", "a trigger of its own runs as the listener does")
	}
	names := map[string]bool{}
	for i, g := range l.Spec.TriggerGroups {
		at := fmt.Sprintf("spec.triggerGroups[%d]", i)
		j.verified(o, at, g.Interceptors)
		if names[g.Name] {
			j.add(o.place(), at+".name", "two groups are called %q", g.Name)
		}
		names[g.Name] = true
		if len(g.TriggerSelector.NamespaceSelector.MatchNames) == 0 || slices.Contains(g.TriggerSelector.NamespaceSelector.MatchNames, "*") {
			j.add(o.place(), at+".triggerSelector", "it runs triggers of namespaces that it does not name")
		}
	}
	k := l.Spec.Resources.KubernetesResource
	if k == nil || k.Replicas == nil || *k.Replicas < 2 {
		j.add(o.place(), "spec.resources", "when its one pod is moved, events are lost")
	}
	if k == nil || len(k.Template.Spec.Containers) != 1 || len(k.Template.Spec.Containers[0].Resources.Requests) == 0 || len(k.Template.Spec.Containers[0].Resources.Limits) == 0 {
		j.add(o.place(), "spec.resources", "its pods say nothing of what they need and may take")
	}
	if l.Spec.ServiceAccountName == "" || l.Spec.ServiceAccountName == "default" {
		j.add(o.place(), "spec.serviceAccountName", "it runs as whatever the namespace has")
	}
}

// trigger wants triggers to select, and nothing but that: events are verified before, and a
// Secret that a trigger names would be one of its own namespace. What it makes is made by an
// account of that namespace.
func (j *triggersJudge) trigger(o Object, t *v1beta1.Trigger) {
	for i, n := range t.Spec.Interceptors {
		at := fmt.Sprintf("spec.interceptors[%d]", i)
		if n.Webhook != nil || n.Ref.Name != "cel" || n.Ref.Kind != v1beta1.ClusterInterceptorKind {
			j.add(o.place(), at, "a trigger only selects; who verifies is the listener's matter")
		}
		if filter := string(paramOf(n, "filter")); strings.Contains(filter, "compareSecret") {
			j.add(o.place(), at, "a trigger reads a Secret of its own namespace")
		}
	}
	if len(t.Spec.Interceptors) == 0 {
		j.add(o.place(), "spec.interceptors", "it takes every event of every repository")
	}
	if t.Spec.ServiceAccountName == "" {
		j.add(o.place(), "spec.serviceAccountName", "what it makes is made as the listener")
	}
}

// verifying are the interceptors of Triggers that check a signature.
var verifying = []string{"github", "gitlab", "bitbucket"}

// homemade reports whether an interceptor is the platform's own: it knows its secret, and what
// it says is believed (docs/triggers.md).
func homemade(i *v1beta1.TriggerInterceptor) bool {
	own := append([]string{"cel", "slack"}, verifying...)
	return i.Webhook == nil && len(i.Params) == 0 && i.Ref.Kind == v1beta1.ClusterInterceptorKind && i.Ref.Name != "" && !slices.Contains(own, i.Ref.Name)
}

func paramOf(i *v1beta1.TriggerInterceptor, name string) []byte {
	for _, p := range i.Params {
		if p.Name == name {
			return p.Value.Raw
		}
	}
	return nil
}

// verified wants an interceptor with a secret first, and nothing after it that reads
// another.
func (j *triggersJudge) verified(o Object, at string, interceptors []*v1beta1.TriggerInterceptor) {
	if len(interceptors) == 0 || !slices.Contains(verifying, interceptors[0].Ref.Name) && !homemade(interceptors[0]) {
		j.add(o.place(), at+".interceptors", "the first interceptor verifies nothing: anybody may send an event")
		return
	}
	if !homemade(interceptors[0]) {
		var secret v1beta1.SecretRef
		if err := json.Unmarshal(paramOf(interceptors[0], "secretRef"), &secret); err != nil || secret.SecretName == "" || secret.SecretKey == "" {
			j.add(o.place(), at+".interceptors[0]", "without a secret, %s verifies nothing", interceptors[0].Ref.Name)
		}
		if len(paramOf(interceptors[0], "eventTypes")) == 0 {
			j.add(o.place(), at+".interceptors[0]", "it takes events of every type")
		}
	}
	for k, i := range interceptors[1:] {
		if i.Ref.Name != "cel" {
			j.add(o.place(), fmt.Sprintf("%s.interceptors[%d]", at, k+1), "%q is no reader of events", i.Ref.Name)
		}
	}
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
		// What the promoter starts it names itself, so that the same reason starts one run.
		if named := t.Namespace != promoterNamespace && run.Name == canary && run.GenerateName == ""; run.Name != "" && !named {
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

// printed wants templates to make what `slipway run` prints, where the tree has such runs:
// these are judged by everybody, down to their pods.
func (j *triggersJudge) printed(t *Tree) {
	runs := map[string]*pipeline.PipelineRun{}
	for _, d := range t.ofKind(kindPipelineRun) {
		if run, err := typed[pipeline.PipelineRun](d.Object); err == nil && run.Spec.PipelineRef != nil {
			runs[run.Namespace+"/"+run.Spec.PipelineRef.Name] = run
		}
	}
	for _, template := range j.hub.templates {
		for i, r := range template.Spec.ResourceTemplates {
			made := &pipeline.PipelineRun{}
			if json.Unmarshal(r.Raw, made) != nil || made.Spec.PipelineRef == nil {
				continue
			}
			run := runs[made.Namespace+"/"+made.Spec.PipelineRef.Name]
			if run == nil {
				continue
			}
			made.Spec.Params = run.Spec.Params // where an event may speak
			if eventValue.MatchString(made.Name) {
				made.Name, made.GenerateName = "", run.GenerateName
			}
			if !equality.Semantic.DeepEqual(made.Spec, run.Spec) || !equality.Semantic.DeepEqual(made.ObjectMeta, run.ObjectMeta) {
				j.add(place{"", "TriggerTemplate " + template.Namespace + "/" + template.Name}, fmt.Sprintf("spec.resourcetemplates[%d]", i), "it is not the run that slipway prints for %s", made.Spec.PipelineRef.Name)
			}
		}
	}
}
