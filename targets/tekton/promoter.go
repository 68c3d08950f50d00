package tekton

import (
	"fmt"
	"path"
	"slices"
	"time"

	v1 "github.com/tektoncd/pipeline/pkg/apis/pipeline/v1"
	"github.com/tektoncd/triggers/pkg/apis/triggers/v1beta1"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/intstr"

	"slipway.dev/catalog/tasks"
	"slipway.dev/compiler/ir"
	"slipway.dev/compiler/plan"
	"slipway.dev/targets/kube"
)

// The promoter: what alone writes the fleet. Its listener takes requests of release runs,
// signed with the key of their team, and what Argo CD tells; its pipelines verify, promote
// and settle. It runs no code of any team, in a namespace where no team runs anything.
//
//	pipelines/fleet/promoter/accounts.yaml, listener.yaml, network.yaml   who may do what, and be asked by whom
//	pipelines/fleet/promoter/promote.yaml, settle.yaml                    pipelines and how events start them
//	pipelines/fleet/promoter/verdict.yaml                                 the same, of tests after deployments
//	pipelines/SERVICE/request.yaml                                        which requests count for a service

// Names of the promoter's objects.
const (
	listenerName   = "promoter" // Triggers calls its Service el-promoter
	promotePL      = "promote"
	settlePL       = "settle"
	verdictPL      = "verdict"
	settleEvery    = "*/5 * * * *"
	settleInterval = 5 * time.Minute
	stepTakes      = 15 * time.Minute // at most, each; they run one after another
	chainsWait     = "10m"            // for the signature of Tekton Chains; it comes within seconds, when Chains runs
)

// Events, by the types that their senders give them.
const (
	requestEvent = "slipway-request"
	settleEvent  = "slipway-settle"
	verdictEvent = "slipway-verdict"
)

// RequestSecret holds, in the promoter's namespace, the key of a team's requests.
func RequestSecret(owner string) string { return "request-key-" + owner }

// argoSecret holds, there too, the token of what Argo CD tells.
const argoSecret = "argocd-events"

// publicKey is the workspace with the key that images must be signed with, where it is bound.
const publicKey = "public-key"

// promoterSecrets are the Secrets that the promoter's runs bind, by workspace.
var promoterSecrets = map[string]string{
	"fleet-credentials":    "fleet-write",
	"git-credentials":      "git-read",
	"registry-credentials": "registry-pull",
	"applications":         "argocd-read",
	"copy-credentials":     "registry-copy",
	"signing-key":          "signing-key",
	"sign-credentials":     "registry-sign",
	publicKey:              "signing-key-public",
	startKey:               startSecret,
	pactCredentials:        pactSecret,
}

// step is a task of a pipeline of the promoter's.
type step struct {
	task    string // also its name in the pipeline
	after   []string
	params  []param
	unkeyed bool // it asks for no signature
}

// promoterPipeline is one of the promoter's.
type promoterPipeline struct {
	name, about string
	params      []v1.ParamSpec // all are given by an event
	starts      bool           // it is for fleets whose promoter starts runs
	run         func(*ir.Platform) []step
}

func text(name, about string) v1.ParamSpec {
	return v1.ParamSpec{Name: name, Type: v1.ParamTypeString, Description: about}
}

func ofFleet(p *ir.Platform) []param {
	return []param{{name: "fleet", value: p.Repo}, {name: "branch", value: p.Branch}, {name: "directory", value: p.Home}}
}

func passed(names ...string) (out []param) {
	for _, n := range names {
		out = append(out, param{name: n, value: "$(params." + n + ")"})
	}
	return out
}

const thisRun = "$(context.pipelineRun.namespace)/$(context.pipelineRun.name)"

var promoterPipelines = []promoterPipeline{
	{
		name: promotePL, about: "Verifies what a release run asks for, and releases it.",
		params: []v1.ParamSpec{
			text("service", "The service."), text("to", "The environment."), text("image", "The image, by digest."),
			text("commit", "The commit that it was built from."), text("message", "The first line of that commit's message."),
			text("version", "What people call its version; may be empty."), text("run", "The run that asks, NAMESPACE/NAME."),
		},
		run: func(p *ir.Platform) []step {
			verify := step{task: "verify", unkeyed: true, params: slices.Concat(ofFleet(p), passed("service", "image", "commit"))}
			promote := step{task: "promote", after: []string{"verify"}, unkeyed: p.Pipelines.Signing == ir.NotSigned, params: slices.Concat(ofFleet(p), passed("service", "to", "image", "commit"), []param{
				{name: "source-message", value: "$(params.message)"}, {name: "version", value: "$(params.version)"},
				{name: "by", value: "$(params.run)"}, {name: "run", value: thisRun},
			}, askedBroker(p))}
			switch p.Pipelines.Signing {
			case ir.ByChains:
				verify.unkeyed = false
				verify.params = append(verify.params, param{name: "signature-wait", value: chainsWait}, param{name: "provenance", value: "true"})
			case ir.ByCosign: // what is verified is signed; before anything is copied or written, that is asked for
				sign := step{task: "sign", params: append(passed("image", "service", "commit"),
					param{name: "source", value: "$(tasks.verify.results.source)"}, param{name: "builder", value: "$(params.run)"})}
				promote.after = []string{"sign"}
				return []step{verify, sign, promote}
			}
			return []step{verify, promote}
		},
	},
	{
		name: settlePL, about: "Sees what became of a release, and promotes or holds it.",
		params: []v1.ParamSpec{text("application", "The Argo CD Application, SERVICE-ENV.")},
		run:    func(p *ir.Platform) []step { return []step{settleStep(p, passed("application"))} },
	},
	{
		name: verdictPL, about: "Takes the verdict of tests of what is deployed, and promotes or holds the release.",
		params: []v1.ParamSpec{
			text("application", "The Argo CD Application, SERVICE-ENV."), text("verdict", "passed or failed."),
			text("test", "The test that failed; may be empty."), text("release", "The sum of what was tested."), text("run", "The run that tested, NAMESPACE/NAME."),
			text("asked", "When that run was asked for."),
		},
		starts: true,
		run: func(p *ir.Platform) []step {
			return []step{settleStep(p, slices.Concat(passed("application", "verdict"), []param{
				{name: "verdict-test", value: "$(params.test)"}, {name: "verdict-release", value: "$(params.release)"}, {name: "verdict-run", value: "$(params.run)"},
				{name: "verdict-asked", value: "$(params.asked)"},
			}))}
		},
	},
}

// settleStep decides on an Application, of which params say more.
func settleStep(p *ir.Platform, params []param) step {
	params = slices.Concat(ofFleet(p), params, []param{{name: "namespace", value: p.ArgoCD}, {name: "run", value: thisRun}}, askedBroker(p))
	if p.Pipelines.Starts {
		params = append(params, param{name: "start-url", value: p.Pipelines.Promoter})
	}
	return step{task: "settle", unkeyed: p.Pipelines.Signing == ir.NotSigned, params: params}
}

// promoterPipelinesOf are those that a fleet has.
func promoterPipelinesOf(p *ir.Platform) (out []promoterPipeline) {
	for _, d := range promoterPipelines {
		if !d.starts || p.Pipelines.Starts {
			out = append(out, d)
		}
	}
	return out
}

func promoterMeta(name string) metav1.ObjectMeta {
	return metav1.ObjectMeta{Name: name, Namespace: ir.PromoterNamespace, Labels: map[string]string{
		"app.kubernetes.io/managed-by": "slipway", "app.kubernetes.io/part-of": "promoter",
	}}
}

// build makes the pipeline, and the run that an event starts.
func (d promoterPipeline) build(p *ir.Platform) (*v1.Pipeline, *v1.PipelineRun) {
	pl := &v1.Pipeline{
		TypeMeta:   metav1.TypeMeta{APIVersion: "tekton.dev/v1", Kind: "Pipeline"},
		ObjectMeta: promoterMeta(d.name),
		Spec:       v1.PipelineSpec{Description: d.about, Params: d.params},
	}
	meta := promoterMeta("")
	meta.GenerateName = d.name + "-"
	run := &v1.PipelineRun{
		TypeMeta: metav1.TypeMeta{APIVersion: "tekton.dev/v1", Kind: "PipelineRun"}, ObjectMeta: meta,
		Spec: v1.PipelineRunSpec{
			PipelineRef:     &v1.PipelineRef{Name: d.name},
			TaskRunTemplate: v1.PipelineTaskRunTemplate{ServiceAccountName: string(tasks.Reads), PodTemplate: newPodTemplate(nil)},
			Timeouts:        &v1.TimeoutFields{Pipeline: &metav1.Duration{Duration: max(30*time.Minute, time.Duration(len(d.run(p)))*stepTakes+between)}},
		},
	}
	for _, s := range d.params {
		run.Spec.Params = append(run.Spec.Params, v1.Param{Name: s.Name, Value: *v1.NewStructuredValues("$(tt.params." + s.Name + ")")})
	}
	needed := map[string]bool{}   // by workspace: some task cannot do without
	var order []string            // of workspaces
	abouts := map[string]string{} // of workspaces, from the tasks
	for _, s := range d.run(p) {
		task, ok := tasks.Lookup(s.task, images(p))
		if !ok {
			panic("tekton: the catalog has no task " + s.task)
		}
		t := v1.PipelineTask{
			Name: s.task, RunAfter: s.after,
			TaskRef: taskRef(task),
			Timeout: &metav1.Duration{Duration: stepTakes},
		}
		for _, v := range s.params {
			t.Params = append(t.Params, v1.Param{Name: v.name, Value: *v1.NewStructuredValues(v.value)})
		}
		for _, w := range task.Spec.Workspaces {
			if s.unkeyed && w.Name == publicKey || lacks(p, w.Name) {
				continue
			}
			t.Workspaces = append(t.Workspaces, v1.WorkspacePipelineTaskBinding{Name: w.Name, Workspace: w.Name})
			if _, ok := needed[w.Name]; !ok {
				order = append(order, w.Name)
				abouts[w.Name] = w.Description
			}
			needed[w.Name] = needed[w.Name] || !w.Optional
		}
		pl.Spec.Tasks = append(pl.Spec.Tasks, t)
		entry, _ := tasks.Find(s.task)
		run.Spec.TaskRunSpecs = append(run.Spec.TaskRunSpecs, v1.PipelineTaskRunSpec{PipelineTaskName: s.task, ServiceAccountName: string(entry.Trust)})
	}
	slices.Sort(order)
	for _, name := range order {
		pl.Spec.Workspaces = append(pl.Spec.Workspaces, v1.PipelineWorkspaceDeclaration{Name: name, Description: abouts[name], Optional: !needed[name]})
		b := v1.WorkspaceBinding{Name: name, Secret: &corev1.SecretVolumeSource{SecretName: promoterSecrets[name]}}
		if !needed[name] {
			b.Secret.Optional = new(bool)
			*b.Secret.Optional = true
		}
		run.Spec.Workspaces = append(run.Spec.Workspaces, b)
	}
	return pl, run
}

// promoter emits what belongs to no single service.
func promoter(p *ir.Platform) ([]plan.File, error) {
	var out []plan.File
	add := func(name string, objects ...kube.Node) {
		out = append(out, plan.File{Path: path.Join("pipelines/fleet/promoter", name+".yaml"), Owner: plan.Fleet, Body: kube.Encode(objects...)})
	}
	add("accounts", promoterAccounts(p)...)
	listener, err := writtenListener(promoterListener(p))
	if err != nil {
		return nil, fmt.Errorf("listener: %w", err)
	}
	add("listener", listener)
	add("network", promoterNetwork(p)...)
	for _, d := range promoterPipelinesOf(p) {
		pl, run := d.build(p)
		tree := kube.FromObject(pl)
		if err := validPipeline(pl, tree); err != nil {
			return nil, fmt.Errorf("pipeline %s: %w", pl.Name, err)
		}
		if err := validRun(run); err != nil {
			return nil, fmt.Errorf("run of %s: %w", pl.Name, err)
		}
		var specs []v1beta1.ParamSpec
		var fields []string
		for _, s := range d.params {
			specs = append(specs, v1beta1.ParamSpec{Name: s.Name, Description: s.Description})
			fields = append(fields, s.Name)
		}
		written, err := writtenTemplate(promoterMeta(d.name), run, specs...)
		if err != nil {
			return nil, fmt.Errorf("template %s: %w", d.name, err)
		}
		objects := []kube.Node{tree, kube.FromObject(newEventBinding(promoterMeta(d.name), "body", fields...)), written}
		if d.name == settlePL {
			objects = append(objects, kube.FromObject(settleTrigger(p)), kube.FromObject(settleCron(p)))
		}
		add(d.name, objects...)
	}
	if p.Pipelines.Nightly != "" {
		add(nightlyName, kube.FromObject(nightlyCron(p)))
	}
	return out, nil
}

// promoterAccounts are one for each trust class, and two for events: the listener may only
// act as trigger, and trigger may only start runs here.
func promoterAccounts(p *ir.Platform) (out []kube.Node) {
	names := []string{ir.ListenerAccount, string(tasks.Promotes), string(tasks.Reads), TriggerAccount}
	if p.Pipelines.Signing == ir.ByCosign {
		names = append(names, string(tasks.Signs))
	}
	for _, name := range names {
		// The listener asks the API server; no other pod does.
		mount := name == ir.ListenerAccount
		out = append(out, kube.FromObject(&corev1.ServiceAccount{
			TypeMeta: metav1.TypeMeta{APIVersion: "v1", Kind: "ServiceAccount"}, ObjectMeta: promoterMeta(name), AutomountServiceAccountToken: &mount,
		}))
	}
	grant := func(name string, rules ...rbacv1.PolicyRule) {
		out = append(out, kube.FromObject(&rbacv1.Role{
			TypeMeta: metav1.TypeMeta{APIVersion: "rbac.authorization.k8s.io/v1", Kind: "Role"}, ObjectMeta: promoterMeta(name), Rules: rules,
		}), kube.FromObject(&rbacv1.RoleBinding{
			TypeMeta: metav1.TypeMeta{APIVersion: "rbac.authorization.k8s.io/v1", Kind: "RoleBinding"}, ObjectMeta: promoterMeta(name),
			RoleRef:  rbacv1.RoleRef{APIGroup: "rbac.authorization.k8s.io", Kind: "Role", Name: name},
			Subjects: []rbacv1.Subject{{Kind: "ServiceAccount", Name: name, Namespace: ir.PromoterNamespace}},
		}))
	}
	grant(ir.ListenerAccount, mayActAsTrigger)
	grant(TriggerAccount, mayStart)
	return out
}

// promoterListener verifies each event once, by the key of the team that it says it is from,
// and then gives it to the Triggers of that team alone. Argo CD's have a token of their own:
// its notifications cannot sign.
func promoterListener(p *ir.Platform) *v1beta1.EventListener {
	el := newListener(promoterMeta(listenerName))
	types := []string{requestEvent}
	if p.Pipelines.Starts {
		types = append(types, verdictEvent)
	}
	for _, o := range p.Owners {
		el.Spec.TriggerGroups = append(el.Spec.TriggerGroups, v1beta1.EventListenerTriggerGroup{
			Name: "owner-" + o.Name,
			Interceptors: []*v1beta1.TriggerInterceptor{
				newInterceptor("verify", "github",
					newParam("secretRef", v1beta1.SecretRef{SecretName: RequestSecret(o.Name), SecretKey: "key"}),
					newParam("eventTypes", types)),
				newInterceptor("read", "cel", newParam("filter", "body.owner == "+quoted(o.Name))),
			},
			TriggerSelector: selector([]string{ir.PromoterNamespace}, map[string]string{"slipway.dev/requests-of": o.Name}),
		})
	}
	el.Spec.TriggerGroups = append(el.Spec.TriggerGroups, v1beta1.EventListenerTriggerGroup{
		Name: "argocd",
		Interceptors: []*v1beta1.TriggerInterceptor{
			newInterceptor("verify", "gitlab",
				newParam("secretRef", v1beta1.SecretRef{SecretName: argoSecret, SecretKey: "token"}),
				newParam("eventTypes", []string{settleEvent})),
			newInterceptor("read", "cel", newParam("filter", "body.application.matches('^[a-z0-9][a-z0-9-]*$')")),
		},
		TriggerSelector: selector([]string{ir.PromoterNamespace}, map[string]string{"slipway.dev/settles": p.Name}),
	})
	if p.Pipelines.Starts {
		el.Spec.TriggerGroups = append(el.Spec.TriggerGroups, startGroup(p))
	}
	return el
}

// requestTrigger says which requests count for a service: for its first environment, and an
// image with its name. Its team's key was asked before.
func requestTrigger(svc *ir.Service) *v1beta1.Trigger {
	meta := promoterMeta("request-" + svc.Name)
	meta.Labels["slipway.dev/requests-of"] = svc.Owner
	first := svc.RunsIn[0]
	return newTrigger(meta, promotePL, promotePL, and(
		"body.service == "+quoted(svc.Name),
		"body.to == "+quoted(first.Name),
		"body.image.startsWith("+quoted(path.Join(first.Registry, svc.Name)+"@sha256:")+")",
		"body.commit.matches('^[0-9a-f]{40}([0-9a-f]{24})?$')",
		"body.run.startsWith("+quoted(Namespace(svc.Owner, Release)+"/")+")"))
}

func settleTrigger(p *ir.Platform) *v1beta1.Trigger {
	meta := promoterMeta(settlePL)
	meta.Labels["slipway.dev/settles"] = p.Name
	return newTrigger(meta, settlePL, settlePL, "body.fleet == "+quoted(p.Name))
}

// lacks reports whether a fleet has no use for a workspace of the promoter's tasks.
func lacks(p *ir.Platform, workspace string) bool {
	return workspace == startKey && !p.Pipelines.Starts || workspace == pactCredentials && p.Pipelines.Broker == ""
}

// settleCron is the net for events that were lost, and decides what is due by the clock.
func settleCron(p *ir.Platform) *batchv1.CronJob {
	c := cron{
		name: settlePL, schedule: settleEvery, takes: 15 * time.Minute, late: settleInterval, account: string(tasks.Promotes),
		args: []string{
			"settle", "--all", "--applications=/secrets/applications", "--namespace=" + p.ArgoCD, "--fleet=" + p.Repo, "--branch=" + p.Branch, "--directory=" + tasks.Literal(p.Home),
			"--credentials=/secrets/fleet-credentials", "--source-credentials=/secrets/git-credentials", "--run=" + ir.PromoterNamespace + "/settle",
			"--copy", "--tag", "--registry-credentials=/secrets/copy-credentials",
		},
	}
	if p.Pipelines.Broker != "" {
		c.args = append(c.args, "--pact-broker="+p.Pipelines.Broker, "--pact-credentials=/secrets/"+pactCredentials)
	}
	if p.Pipelines.Signing != ir.NotSigned {
		c.args = append(c.args, "--public-key=/secrets/"+publicKey+"/cosign.pub")
	}
	if p.Pipelines.Starts {
		c.args = append(c.args, "--start-url="+p.Pipelines.Promoter, "--start-key=/secrets/"+startKey+"/key")
	}
	task, _ := tasks.Lookup("settle", images(p))
	for _, w := range task.Spec.Workspaces {
		if w.Name == publicKey && p.Pipelines.Signing == ir.NotSigned || lacks(p, w.Name) {
			continue
		}
		c.secrets = append(c.secrets, cronSecret{w.Name, w.Optional})
	}
	return newCron(p, c)
}

// promoterNetwork lets nobody in but those who have something to say to the listener: the
// teams' release runs, Argo CD, and the promoter itself where it starts runs.
func promoterNetwork(p *ir.Platform) []kube.Node {
	namespaces := []string{p.ArgoCD}
	if p.Pipelines.Starts {
		namespaces = append(namespaces, ir.PromoterNamespace)
	}
	for _, o := range p.Owners {
		namespaces = append(namespaces, Namespace(o.Name, Release))
	}
	slices.Sort(namespaces)
	port, tcp := intstr.FromInt32(8080), corev1.ProtocolTCP
	policy := func(name string, spec networkingv1.NetworkPolicySpec) kube.Node {
		spec.PolicyTypes = []networkingv1.PolicyType{networkingv1.PolicyTypeIngress}
		return kube.FromObject(&networkingv1.NetworkPolicy{
			TypeMeta: metav1.TypeMeta{APIVersion: "networking.k8s.io/v1", Kind: "NetworkPolicy"}, ObjectMeta: promoterMeta(name), Spec: spec,
		})
	}
	return []kube.Node{
		policy("nobody", networkingv1.NetworkPolicySpec{}),
		policy("listener", networkingv1.NetworkPolicySpec{
			PodSelector: metav1.LabelSelector{MatchLabels: map[string]string{"eventlistener": listenerName}}, // as Triggers labels them
			Ingress: []networkingv1.NetworkPolicyIngressRule{{
				Ports: []networkingv1.NetworkPolicyPort{{Port: &port, Protocol: &tcp}},
				From: []networkingv1.NetworkPolicyPeer{{NamespaceSelector: &metav1.LabelSelector{MatchExpressions: []metav1.LabelSelectorRequirement{
					{Key: "kubernetes.io/metadata.name", Operator: metav1.LabelSelectorOpIn, Values: namespaces},
				}}}},
			}},
		}),
	}
}

// PromoterRuns are the runs that events start in the promoter's namespace, with the events'
// values still to come.
func PromoterRuns(p *ir.Platform) (out []*v1.PipelineRun) {
	for _, d := range promoterPipelinesOf(p) {
		_, run := d.build(p)
		out = append(out, run)
	}
	return out
}
