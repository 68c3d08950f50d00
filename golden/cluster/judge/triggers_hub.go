package judge

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"reflect"
	"slices"
	"strings"
	"sync"

	"github.com/google/cel-go/cel"
	"github.com/google/cel-go/common/types"
	celext "github.com/google/cel-go/ext"
	pipeline "github.com/tektoncd/pipeline/pkg/apis/pipeline/v1"
	"github.com/tektoncd/triggers/pkg/apis/triggers/v1beta1"
	triggerscel "github.com/tektoncd/triggers/pkg/interceptors/cel"
	"github.com/tektoncd/triggers/pkg/interceptors/github"
	"github.com/tektoncd/triggers/pkg/interceptors/gitlab"
	"github.com/tektoncd/triggers/pkg/template"
	"google.golang.org/protobuf/types/known/structpb"
	"k8s.io/apimachinery/pkg/labels"
	kjson "sigs.k8s.io/json"
)

// hub is the part of a tree that events go through.
type hub struct {
	listeners []*v1beta1.EventListener
	triggers  []*v1beta1.Trigger
	bindings  []*v1beta1.TriggerBinding
	templates []*v1beta1.TriggerTemplate
}

// secretsOfTest are the Secrets that events are signed with: each key of each has a value of
// its own.
type secretsOfTest struct{}

func (secretsOfTest) Get(_ context.Context, ns string, ref *v1beta1.SecretRef) ([]byte, error) {
	return []byte(secretValue(ns, ref)), nil
}

// ownSecret is what an interceptor of the platform's own knows.
func ownSecret(i *v1beta1.TriggerInterceptor) string { return "own/" + i.Ref.Name + "/secret" }

func secretValue(ns string, ref *v1beta1.SecretRef) string {
	return ns + "/" + ref.SecretName + "/" + ref.SecretKey
}

// A sender is a Git host that knows one of the secrets.
type sender struct {
	kind   string // github, gitlab, or an interceptor of the platform's own
	secret string
}

func (s sender) String() string { return s.kind + " with " + s.secret }

// senders are all whose events some group verifies, each once.
func (h *hub) senders() (all []sender) {
	for _, l := range h.listeners {
		for _, g := range l.Spec.TriggerGroups {
			if first := g.Interceptors[0]; homemade(first) {
				if s := (sender{first.Ref.Name, ownSecret(first)}); !slices.Contains(all, s) {
					all = append(all, s)
				}
				continue
			}
			var ref v1beta1.SecretRef
			if json.Unmarshal(paramOf(g.Interceptors[0], "secretRef"), &ref) != nil {
				continue
			}
			s := sender{g.Interceptors[0].Ref.Name, secretValue(l.Namespace, &ref)}
			if s.kind != "bitbucket" && !slices.Contains(all, s) {
				all = append(all, s)
			}
		}
	}
	return all
}

// change is what happened in a repository, in no host's words.
type change struct {
	repository, branch, revision string
	files                        []string // changed by a push; nil: the host does not say
	pullRequest                  bool
	fork, draft, labelled        bool
	closed, tag                  bool
	unsigned, forged             bool
}

// event is a change as a host tells it.
type event struct {
	header http.Header
	body   []byte
}

func (s sender) event(c change) event {
	if !slices.Contains(verifying, s.kind) {
		return s.homemadeEvent(c)
	}
	var m map[string]any
	header := http.Header{"Content-Type": {"application/json"}}
	files := c.files
	if files == nil {
		files = []string{}
	}
	before := strings.Repeat("9", 40)
	commits := []any{map[string]any{"id": c.revision, "message": "Change", "added": []string{}, "removed": []string{}, "modified": files}}
	ref := "refs/heads/" + c.branch
	if c.tag {
		ref = "refs/tags/x" + c.branch // as long as the way to a branch
	}
	labels := []any{}
	if c.labelled {
		labels = []any{map[string]any{"name": "ok-to-test", "title": "ok-to-test"}}
	}
	switch {
	case s.kind == "github" && c.pullRequest:
		header.Set("X-GitHub-Event", "pull_request")
		home, action := c.repository, "synchronize"
		if c.fork {
			home = "stranger/fork"
		}
		if c.closed {
			action = "closed"
		}
		m = map[string]any{
			"action": action, "number": 7,
			"repository": map[string]any{"full_name": c.repository},
			"pull_request": map[string]any{
				"draft": c.draft, "labels": labels, "changed_files": 1,
				"base": map[string]any{"ref": c.branch},
				"head": map[string]any{"sha": c.revision, "ref": "change", "repo": map[string]any{"full_name": home}},
			},
		}
	case s.kind == "github":
		header.Set("X-GitHub-Event", "push")
		m = map[string]any{
			"ref": ref, "before": before, "after": c.revision, "created": false, "deleted": false, "forced": false,
			"repository": map[string]any{"full_name": c.repository}, "commits": commits,
		}
	case c.pullRequest:
		header.Set("X-Gitlab-Event", "Merge Request Hook")
		from, action := 1, "update"
		if c.fork {
			from = 2
		}
		if c.closed {
			action = "close"
		}
		m = map[string]any{
			"object_kind": "merge_request", "labels": labels,
			"project": map[string]any{"path_with_namespace": c.repository},
			"object_attributes": map[string]any{
				"iid": 7, "action": action, "oldrev": before, "draft": c.draft, "target_branch": c.branch,
				"source_project_id": from, "target_project_id": 1, "last_commit": map[string]any{"id": c.revision},
			},
		}
	default:
		header.Set("X-Gitlab-Event", "Push Hook")
		if c.tag {
			header.Set("X-Gitlab-Event", "Tag Push Hook")
		}
		m = map[string]any{
			"object_kind": "push", "ref": ref, "before": before, "after": c.revision,
			"project": map[string]any{"path_with_namespace": c.repository}, "commits": commits, "total_commits_count": len(commits),
		}
	}
	body, err := json.Marshal(m)
	if err != nil {
		panic(err)
	}
	secret := s.secret
	if c.forged {
		secret += "x"
	}
	if !c.unsigned && s.kind == "github" {
		header.Set("X-Hub-Signature-256", signature(secret, body))
	} else if !c.unsigned {
		header.Set("X-Gitlab-Token", secret)
	}
	return event{header, body}
}

// homemadeEvent is one that an interceptor of the platform's own reads: the words are there.
func (s sender) homemadeEvent(c change) event {
	m := map[string]any{"event": "push", "repository": c.repository, "branch": c.branch, "revision": c.revision}
	if c.pullRequest {
		m["event"], m["number"] = "pull-request", "7"
	}
	if c.files != nil {
		m["paths"] = c.files
	}
	// What it does not know or take, it does not pass on.
	m["stop"] = c.tag || c.closed || c.draft || c.fork && !c.labelled
	body, err := json.Marshal(m)
	if err != nil {
		panic(err)
	}
	header := http.Header{"Content-Type": {"application/json"}}
	if !c.unsigned {
		secret := s.secret
		if c.forged {
			secret += "x"
		}
		header.Set("X-Own-Signature", signature(secret, body))
	}
	return event{header, body}
}

// homemadeAnswer is what an interceptor of the platform's own makes of an event.
func homemadeAnswer(i *v1beta1.TriggerInterceptor, e event) (words map[string]any, ok bool) {
	if e.header.Get("X-Own-Signature") != signature(ownSecret(i), e.body) || json.Unmarshal(e.body, &words) != nil || words["stop"] == true {
		return nil, false
	}
	delete(words, "stop")
	return words, true
}

// signature is GitHub's of an event.
func signature(secret string, body []byte) string {
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write(body)
	return "sha256=" + hex.EncodeToString(mac.Sum(nil))
}

// send does what a listener's sink does with an event: groups verify and read it, triggers
// select, and what their templates make is returned. Only triggers of which about is true are
// asked.
func (h *hub) send(e event, about func(*v1beta1.Trigger) bool) (runs []*pipeline.PipelineRun, err error) {
	for _, l := range h.listeners {
		for _, g := range l.Spec.TriggerGroups {
			said, ok, err := intercept(l.Namespace, "triggerGroups/"+g.Name, g.Interceptors, e, map[string]any{})
			if err != nil {
				return nil, fmt.Errorf("group %s: %w", g.Name, err)
			}
			if !ok {
				continue
			}
			for _, t := range h.triggers {
				wanted := labels.SelectorFromSet(g.TriggerSelector.LabelSelector.MatchLabels)
				if !about(t) || !slices.Contains(g.TriggerSelector.NamespaceSelector.MatchNames, t.Namespace) || !wanted.Matches(labels.Set(t.Labels)) {
					continue
				}
				said, ok, err := intercept(t.Namespace, "triggers/"+t.Name, t.Spec.Interceptors, e, said)
				if err != nil {
					return nil, fmt.Errorf("trigger %s: %w", t.Name, err)
				}
				if !ok {
					continue
				}
				made, err := h.make(t, e, said)
				if err != nil {
					return nil, fmt.Errorf("trigger %s: %w", t.Name, err)
				}
				runs = append(runs, made...)
			}
		}
	}
	return runs, nil
}

// make is what a trigger makes of an event, by Triggers' own resolution.
func (h *hub) make(t *v1beta1.Trigger, e event, said map[string]any) (runs []*pipeline.PipelineRun, err error) {
	rt, err := template.ResolveTrigger(*t,
		func(name string) (*v1beta1.TriggerBinding, error) { return named(h.bindings, t.Namespace, name) },
		func(name string) (*v1beta1.ClusterTriggerBinding, error) {
			return nil, errors.New("a binding of the whole cluster")
		},
		func(name string) (*v1beta1.TriggerTemplate, error) { return named(h.templates, t.Namespace, name) })
	if err != nil {
		return nil, err
	}
	params, err := template.ResolveParams(rt, e.body, e.header, said, template.NewTriggerContext("an-event"))
	if err != nil {
		return nil, err
	}
	for _, raw := range template.ResolveResources(rt.TriggerTemplate, params) {
		run := &pipeline.PipelineRun{}
		if err := json.Unmarshal(raw, run); err != nil {
			return nil, err
		}
		if run.Namespace == "" {
			run.Namespace = t.Namespace
		}
		runs = append(runs, run)
	}
	return runs, nil
}

func named[T interface {
	GetNamespace() string
	GetName() string
}](list []T, ns, name string) (none T, err error) {
	for _, o := range list {
		if o.GetNamespace() == ns && o.GetName() == name {
			return o, nil
		}
	}
	return none, fmt.Errorf("there is no %s/%s", ns, name)
}

// intercept passes an event through interceptors. Those that verify are Triggers' own; CEL is
// evaluated by its library with Triggers' functions, and compiled once for all events.
func intercept(ns, id string, list []*v1beta1.TriggerInterceptor, e event, said map[string]any) (map[string]any, bool, error) {
	out := map[string]any{}
	for k, v := range said {
		out[k] = v
	}
	for _, i := range list {
		params := map[string]any{}
		for _, p := range i.Params {
			var v any
			if err := json.Unmarshal(p.Value.Raw, &v); err != nil {
				return nil, false, err
			}
			params[p.Name] = v
		}
		if i.Ref.Name == "cel" {
			ok, err := read(i, e, out)
			if !ok || err != nil {
				return nil, false, err
			}
			continue
		}
		delete(params, "addChangedFiles") // asks the host
		request := &v1beta1.InterceptorRequest{
			Body: string(e.body), Header: e.header, Extensions: out, InterceptorParams: params,
			Context: &v1beta1.TriggerContext{TriggerID: "namespaces/" + ns + "/" + id},
		}
		var response *v1beta1.InterceptorResponse
		switch i.Ref.Name {
		case "github":
			response = github.NewInterceptor(secretsOfTest{}).Process(context.Background(), request)
		case "gitlab":
			response = gitlab.NewInterceptor(secretsOfTest{}).Process(context.Background(), request)
		default:
			words, ok := homemadeAnswer(i, e)
			if !homemade(i) || !ok {
				return nil, false, nil
			}
			out["slipway"] = words
			continue
		}
		if !response.Continue {
			return nil, false, nil
		}
	}
	return out, true, nil
}

// read evaluates the filter and the overlays of a CEL interceptor, as Triggers does: an
// expression that cannot be evaluated stops the event. One that cannot be compiled never
// can, and is an error.
func read(i *v1beta1.TriggerInterceptor, e event, said map[string]any) (bool, error) {
	var filter string
	var overlays []struct {
		Key        string `json:"key"`
		Expression string `json:"expression"`
	}
	for name, into := range map[string]any{"filter": &filter, "overlays": &overlays} {
		if raw := paramOf(i, name); raw != nil {
			strict, err := kjson.UnmarshalStrict(raw, into)
			if err := errors.Join(append(strict, err)...); err != nil {
				return false, err
			}
		}
	}
	var body map[string]any
	if err := json.Unmarshal(e.body, &body); err != nil {
		return false, err
	}
	known := map[string]any{"body": body, "header": map[string][]string(e.header), "requestURL": "/", "extensions": said}
	if filter != "" {
		p, err := celProgram(filter)
		if err != nil {
			return false, err
		}
		if v, _, err := p.Eval(known); err != nil || v != types.True {
			return false, nil
		}
	}
	added := map[string]any{}
	for _, o := range overlays {
		p, err := celProgram(o.Expression)
		if err != nil {
			return false, err
		}
		v, _, err := p.Eval(known)
		if err != nil {
			return false, nil
		}
		native, err := v.ConvertToNative(reflect.TypeFor[*structpb.Value]())
		if err != nil {
			return false, nil
		}
		at := added
		path := strings.Split(o.Key, ".")
		for _, key := range path[:len(path)-1] {
			below, ok := at[key].(map[string]any)
			if !ok {
				below = map[string]any{}
				at[key] = below
			}
			at = below
		}
		at[path[len(path)-1]] = native.(*structpb.Value).AsInterface()
	}
	for k, v := range added {
		said[k] = v
	}
	return true, nil
}

// expressions are CEL programs by their text; they keep nothing of an event.
var expressions sync.Map

var celEnv = sync.OnceValues(func() (*cel.Env, error) {
	dynamic := cel.MapType(cel.StringType, cel.DynType)
	return cel.NewEnv(
		triggerscel.Triggers(context.Background(), "nowhere", secretsOfTest{}),
		celext.Strings(), celext.Encoders(), celext.Sets(), celext.Lists(), celext.Math(),
		cel.Variable("body", dynamic), cel.Variable("header", dynamic), cel.Variable("extensions", dynamic), cel.Variable("requestURL", cel.StringType),
	)
})

func celProgram(text string) (cel.Program, error) {
	if p, ok := expressions.Load(text); ok {
		return p.(cel.Program), nil
	}
	env, err := celEnv()
	if err != nil {
		return nil, err
	}
	ast, issues := env.Compile(text)
	if issues.Err() != nil {
		return nil, issues.Err()
	}
	p, err := env.Program(ast)
	if err == nil {
		expressions.Store(text, p)
	}
	return p, err
}
