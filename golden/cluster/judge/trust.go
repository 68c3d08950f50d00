package judge

import (
	"fmt"
	"slices"
	"strings"

	v1 "github.com/tektoncd/pipeline/pkg/apis/pipeline/v1"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/runtime"
)

// Trust judges who can reach which credential. No upstream asks: to Kubernetes and Tekton
// a test with the key to the fleet is a pod like others. The rules are design §2a and
// hazard 11: a pod that executes what a repository holds reaches no Secret and no token,
// every other pod of a run reaches what its work needs and nothing more, what runs for a
// pull request does not live where releases do, and no account is given more than to look.
//
// It looks at the pods that Tekton's own builder makes, with all that a run, a Task and the
// account bring into them, not at what documents say.
func Trust() Judge { return trustOf(newTaskPods()) }

func trustOf(pods *taskPods) Judge {
	return Judge{
		Name: "trust",
		Reads: func(d Document) bool {
			return slices.Contains([]string{kindTask, kindPipeline, kindPipelineRun, "v1 ServiceAccount", "batch/v1 CronJob"}, d.Kind()) || d.Kind() == "networking.k8s.io/v1 NetworkPolicy" || strings.HasPrefix(d.Kind(), "rbac.")
		},
		Judge: func(t *Tree) []Finding {
			j := &trust{report: report{judge: "trust"}}
			all := pods.all(t, &report{}) // pods that there are not are reported with Pod Security
			for _, p := range all {
				j.pod(p)
			}
			j.fenced(t, all)
			j.tried(all)
			j.namespaces(t)
			j.accounts(t)
			j.vouched(t)
			return j.found
		},
	}
}

type trust struct{ report }

// A clearance is what the pods of a Task may hold, by the Task's name without its hash.
type clearance struct {
	accounts []string // that it may run as
	secrets  []string
}

// tokenOf is what secretsOf calls the token of a pod's account.
const tokenOf = "a token of its account"

// clearances are all that anybody needs; a Task that is not here holds nothing. The names
// are those of docs/tekton.md.
var clearances = map[string]clearance{
	"clone":             {[]string{"reads"}, []string{"git-read"}},
	"check":             {[]string{"reads"}, nil}, // it reads specs that nobody has reviewed
	"build-dockerfile":  {[]string{"publish"}, []string{"registry-push", "buildkit-client"}},
	"build-ko":          {[]string{"publish"}, []string{"registry-push"}},
	"push":              {[]string{"publish"}, []string{"registry-push"}},
	"secrets":           {[]string{"reads"}, nil},
	"contracts-fetch":   {[]string{"reads"}, []string{"pact-broker-read"}},
	"contracts-publish": {[]string{"publish"}, []string{"pact-broker"}},
	"dependencies":      {[]string{"reads"}, nil},
	"scan":              {[]string{"reads"}, []string{"registry-pull"}},
	"reports":           {[]string{"keep"}, []string{"registry-reports"}},
	"request":           {[]string{"request"}, []string{"request-key"}},
	"verdict":           {[]string{"request"}, []string{"request-key"}},
	"verify":            {[]string{"reads"}, []string{"git-read", "registry-pull", "signing-key-public"}},
	"sign":              {[]string{"sign"}, []string{"signing-key", "registry-sign"}},
	"promote":           {[]string{"promote"}, []string{"fleet-write", "git-read", "registry-copy", "signing-key-public", "pact-broker"}},
	"settle":            {[]string{"promote"}, []string{"fleet-write", "git-read", "argocd-read", "registry-copy", "signing-key-public", "pact-broker", "start-key"}},
	"announce":          {[]string{"report"}, []string{"git-status"}},
	"report":            {[]string{"report"}, []string{tokenOf, "git-status", "notify"}},
	"supersede":         {[]string{"supersede"}, []string{tokenOf}},
}

// trying is what instead of that the pods of a Task may hold in a run of a pull request, which builds
// and leaves nothing: the client of a daemon what lets it in there, and who may pull, and a
// build in its own pod nothing at all.
var trying = map[string]clearance{
	"build-dockerfile": {[]string{"reads"}, []string{"buildkit-client", "registry-pull"}},
	"build-ko":         {[]string{"untrusted"}, nil},
}

// requesting are the accounts that there are where pull requests run: none that could release, or push what is deployed.
var requesting = []string{"untrusted", "reads", "report", "supersede", "keep"}

// ofPullRequest says whether a pod is one of a pull request's run.
func (p runPod) ofPullRequest() bool {
	return p.run != nil && p.run.Labels[labelStage] == "pull-request"
}

// unreviewed says whether a pod is one in which something happens that a pull request decides:
// what its source says is executed, or compiled.
func (p runPod) unreviewed() bool {
	return p.ofPullRequest() && (executesRepository(p.task) || p.pod.Spec.ServiceAccountName == "untrusted")
}

// steps are the containers that alone may have a Secret, in pods of several: the one that
// signs does not read what the image holds, and the one that reads a Dockerfile pushes nothing.
var steps = map[string][]string{
	"signing-key": {"step-sign"}, "buildkit-client": {"step-build"}, "registry-push": {"step-build", "step-push"},
}

// madeHere is the folder of a run's volume where a build that executes what a repository
// holds leaves an image; the source is in another one.
const madeHere = "image"

// secretOf is the Secret that a volume holds; empty for other volumes.
func secretOf(v corev1.Volume) string {
	if v.Secret == nil {
		return ""
	}
	return v.Secret.SecretName
}

// pod judges one pod.
func (j *trust) pod(p runPod) {
	say := func(format string, args ...any) { p.report(&j.report, fault{"", fmt.Sprintf(format, args...)}) }
	spec := p.pod.Spec
	reached := secretsOf(spec)
	executes := executesRepository(p.task)
	allowed := clearances[p.task.Labels[labelService]]
	if p.ofPullRequest() {
		if less, ok := trying[p.task.Labels[labelService]]; ok {
			allowed = less
		}
		if !slices.Contains(requesting, spec.ServiceAccountName) {
			say("a pull request's pod runs as the account %q", spec.ServiceAccountName)
		}
	}
	if executes {
		allowed = clearance{accounts: []string{"untrusted"}}
	}
	for _, s := range reached {
		switch {
		case executes:
			say("what a repository holds is executed beside %s", s)
		case !slices.Contains(allowed.secrets, s):
			say("the pod reaches %s, which its work does not need", s)
		}
	}
	for _, v := range spec.Volumes {
		only, ok := steps[secretOf(v)]
		for _, c := range spec.Containers {
			if ok && !slices.Contains(only, c.Name) && slices.ContainsFunc(c.VolumeMounts, func(m corev1.VolumeMount) bool { return m.Name == v.Name }) {
				say("the container %s has %s, which is for %s alone", c.Name, secretOf(v), strings.Join(only, " and "))
			}
		}
		if c := v.PersistentVolumeClaim; c != nil && c.ClaimName != ownClaim {
			say("the volume %s is a claim that other runs use too", v.Name)
		}
	}
	if p.run == nil {
		return
	}
	if !slices.Contains(allowed.secrets, tokenOf) && (spec.AutomountServiceAccountToken == nil || *spec.AutomountServiceAccountToken) {
		say("the pod does not refuse the account's token")
	}
	if slices.Contains(allowed.secrets, tokenOf) && (spec.AutomountServiceAccountToken == nil || !*spec.AutomountServiceAccountToken) {
		say("its work needs the account's token, and the pod mounts none")
	}
	if !slices.Contains(allowed.accounts, spec.ServiceAccountName) {
		say("the pod runs as the account %q, not as %q", spec.ServiceAccountName, allowed.accounts)
	}
	if executes || p.unreviewed() {
		j.sandbox(p, spec, say)
	}
}

// tried wants builds of pull requests to push nothing, and to have a daemon of their own: what one
// build leaves in a daemon's caches, others find there. All other builds push. Of one daemon, each
// team has caches of its own.
func (j *trust) tried(pods []runPod) {
	const daemon = "buildkit"
	released := map[string]bool{}
	each := func(ofPullRequest bool, see func(t v1.PipelineTask, say func(string, ...any))) {
		for _, p := range pods {
			if p.run == nil || p.ofPullRequest() != ofPullRequest || !slices.ContainsFunc(p.task.Spec.Params, func(s v1.ParamSpec) bool { return s.Name == "push" }) {
				continue
			}
			for _, t := range p.pipeline.Tasks {
				if t.Name == p.name {
					say := func(format string, args ...any) { p.report(&j.report, fault{"", fmt.Sprintf(format, args...)}) }
					see(t, say)
					whose := strings.TrimPrefix(p.run.Namespace, "ci-")
					if ofPullRequest {
						whose = strings.TrimSuffix(whose, "-pr")
					}
					if param(t, daemon) != "" && param(t, "caches") != whose {
						say("what it keeps with the daemon is kept for %q, and it is a build of %q", param(t, "caches"), whose)
					}
				}
			}
		}
	}
	each(false, func(t v1.PipelineTask, say func(string, ...any)) {
		released[param(t, daemon)] = true
		if push := param(t, "push"); push != "" && push != "true" {
			say("it pushes nothing, and others wait for an image")
		}
	})
	each(true, func(t v1.PipelineTask, say func(string, ...any)) {
		if param(t, "push") != "false" {
			say("what nobody has reviewed is pushed")
		}
		if at := param(t, daemon); at != "" && released[at] {
			say("what nobody has reviewed is built by %s, which builds releases", at)
		}
	})
}

// sandbox judges what else a pod that executes a repository's content could change.
func (j *trust) sandbox(p runPod, spec corev1.PodSpec, say func(string, ...any)) {
	for _, v := range spec.Volumes {
		if v.PersistentVolumeClaim == nil {
			continue
		}
		for _, c := range spec.Containers {
			for _, m := range c.VolumeMounts {
				// What tests and builds hand over is no source of anything (order sees to that).
				if m.Name == v.Name && !m.ReadOnly && m.SubPath != madeHere && m.SubPath != handedOver && !ownFolder(p.name, m.SubPath) {
					say("container %s may write the source that others build from", c.Name)
				}
			}
		}
	}
	for _, o := range p.cluster.accounts {
		a := o.(*corev1.ServiceAccount)
		if a.Namespace == p.run.Namespace && a.Name == spec.ServiceAccountName && a.AutomountServiceAccountToken != nil && !*a.AutomountServiceAccountToken {
			return
		}
	}
	say("the account %q is not made, or does not refuse its token", spec.ServiceAccountName)
}

// ownFolder says whether a folder of a run's volume is the one in which a test of that name leaves its reports.
func ownFolder(test, folder string) bool { return folder == reported+"/"+test }

// executesRepository says of a Task whether a pipeline tells it what to execute: in which
// image, or which commands. All others execute what their own images and scripts hold, and
// treat the source as data. So does one that a pipeline holds itself: it is the team's words, or
// the library's test beside a team's sidecars.
func executesRepository(t *v1.Task) bool {
	spec := &t.Spec
	return t.Namespace == "" || slices.ContainsFunc(spec.Steps, func(s v1.Step) bool { return strings.Contains(s.Image, "$(") || evaluates(s) }) ||
		slices.ContainsFunc(spec.Sidecars, func(s v1.Sidecar) bool { return strings.Contains(s.Image, "$(") })
}

// secretsOf are the Secrets that some container of a pod can read, and tokens and drivers
// that bring credentials, sorted.
func secretsOf(spec corev1.PodSpec) []string {
	var out []string
	add := func(what string) {
		if !slices.Contains(out, what) {
			out = append(out, what)
		}
	}
	for _, v := range spec.Volumes {
		switch {
		case v.Secret != nil:
			add(v.Secret.SecretName)
		case v.Projected != nil:
			for _, s := range v.Projected.Sources {
				if s.Secret != nil {
					add(s.Secret.Name)
				}
				if s.ServiceAccountToken != nil {
					add(tokenOf)
				}
			}
		case v.CSI != nil:
			add("what the driver " + v.CSI.Driver + " brings")
		}
	}
	for _, c := range slices.Concat(spec.InitContainers, spec.Containers) {
		for _, e := range c.Env {
			if e.ValueFrom != nil && e.ValueFrom.SecretKeyRef != nil {
				add(e.ValueFrom.SecretKeyRef.Name)
			}
		}
		for _, e := range c.EnvFrom {
			if e.SecretRef != nil {
				add(e.SecretRef.Name)
			}
		}
	}
	slices.Sort(out)
	return out
}

// namespaces wants pull requests and releases apart: who may start a pod somewhere may
// mount every Secret there.
func (j *trust) namespaces(t *Tree) {
	at := map[string]map[string]place{}
	for _, d := range t.ofKind(kindPipeline) {
		p, err := typed[v1.Pipeline](d.Object)
		if err != nil {
			continue
		}
		if at[p.Namespace] == nil {
			at[p.Namespace] = map[string]place{}
		}
		stage := p.Labels[labelStage]
		at[p.Namespace][stage] = d.place()
		if stage == "pull-request" {
			for _, w := range p.Spec.Workspaces {
				if slices.Contains(releasing, w.Name) || slices.Contains([]string{"registry-credentials", "pact-broker"}, w.Name) {
					j.add(d.place(), "spec.workspaces", "a pull request is given %s", w.Name)
				}
			}
		}
	}
	for _, d := range t.ofKind(kindPipeline) {
		stages := at[fmt.Sprint(field(d.Object, "metadata", "namespace"))]
		if p, ok := stages["pull-request"]; ok && p == d.place() {
			if _, ok := stages["release"]; ok {
				j.add(p, "metadata.namespace", "pull requests run where releases run")
			}
		}
	}
}

// questions are what all that writes the fleet must ask of a release where something does: a
// workspace or parameter of the promoter's tasks, and what the CronJob that is their net says.
var questions = []struct{ given, flag, says string }{
	{signed, "--public-key=", "it writes the fleet and asks for no signature, as others do"},
	{"pact-broker", "--pact-broker=", "it writes the fleet and does not ask whether a release fits, as others do"},
}

// vouched wants each of the questions asked by all who write the fleet, or by nobody; and
// asked where a service publishes contracts.
func (j *trust) vouched(t *Tree) {
	for _, q := range questions {
		asked := false
		var silent []func()
		for _, d := range t.ofKind(kindPipeline) {
			p, err := typed[v1.Pipeline](d.Object)
			if err != nil {
				continue
			}
			for _, pt := range p.Spec.Tasks {
				has := func(name string) bool {
					return slices.ContainsFunc(pt.Workspaces, func(w v1.WorkspacePipelineTaskBinding) bool { return w.Name == name })
				}
				switch {
				case p.Namespace != promoterNamespace:
					asked = asked || q.given == "pact-broker" && pt.Name == publishing
				case has(q.given), param(pt, q.given) != "":
					asked = true
				case has("fleet-credentials"):
					silent = append(silent, func() { j.add(d.place(), "spec.tasks["+pt.Name+"]", "%s", q.says) })
				}
			}
		}
		for _, d := range t.ofKind("batch/v1 CronJob") {
			c, err := typed[batchv1.CronJob](d.Object)
			if err != nil || c.Namespace != promoterNamespace {
				continue
			}
			if mounts := c.Spec.JobTemplate.Spec.Template.Spec.AutomountServiceAccountToken; q.given == signed && (mounts == nil || *mounts) {
				j.add(d.place(), "spec.jobTemplate", "its pods do not refuse the account's token")
			}
			if !slices.ContainsFunc(c.Spec.JobTemplate.Spec.Template.Spec.Volumes, func(v corev1.Volume) bool { return secretOf(v) == "fleet-write" }) {
				continue // it writes nothing
			}
			for _, s := range c.Spec.JobTemplate.Spec.Template.Spec.Containers {
				if !slices.ContainsFunc(s.Args, func(a string) bool { return strings.HasPrefix(a, q.flag) }) {
					silent = append(silent, func() { j.add(d.place(), "spec.jobTemplate", "%s: %s", s.Name, q.says) })
				}
			}
		}
		if asked {
			for _, say := range silent {
				say()
			}
		}
	}
}

// accounts judges what accounts, roles and bindings give.
func (j *trust) accounts(t *Tree) {
	for _, o := range t.Objects() {
		switch o.Kind() {
		case "v1 Secret":
			j.add(o.place(), "", "a Secret stands in the fleet")
		case "v1 ServiceAccount":
			a := &corev1.ServiceAccount{}
			if runtime.DefaultUnstructuredConverter.FromUnstructured(o.Object, a) != nil {
				continue
			}
			if len(a.Secrets) > 0 {
				j.add(o.place(), "secrets", "every pod of the account is given its Secrets")
			}
			// A listener's pods cannot be told to mount it otherwise, and are Triggers' own program.
			listens := slices.Contains(listening, a.Namespace) && a.Name == "listener"
			if !listens && (a.AutomountServiceAccountToken == nil || *a.AutomountServiceAccountToken) {
				j.add(o.place(), "automountServiceAccountToken", "every pod of the account is given its token")
			}
		default:
			if o.GroupVersionKind().Group == "rbac.authorization.k8s.io" {
				j.rights(o)
			}
		}
	}
}
