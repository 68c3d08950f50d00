package judge

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/pod-security-admission/admission"
	"k8s.io/pod-security-admission/api"
	"k8s.io/pod-security-admission/policy"
)

// PodSecurity asks the Pod Security admission about every pod that the output leads to, at
// "restricted": those of workloads, those of Rollouts and AnalysisTemplates, and those that
// Tekton's own builder makes of Tasks. Namespaces that something is delivered to must
// enforce the same.
func PodSecurity() Judge { return podSecurityOf(newTaskPods(), nil) }

// Levels are the Pod Security levels of namespaces where the fleet says that pods need more
// than "restricted": they are held to these instead, and the namespaces must enforce them.
type Levels map[string]api.Level

func (l Levels) of(namespace string) api.LevelVersion {
	if level, ok := l[namespace]; ok {
		return api.LevelVersion{Level: level, Version: api.LatestVersion()}
	}
	return restricted
}

func podSecurityOf(pods *taskPods, levels Levels) Judge {
	evaluator, err := policy.NewEvaluator(policy.DefaultChecks())
	if err != nil {
		panic(err) // upstream's own checks
	}
	j := podSecurity{evaluator, newVerdicts(), pods, levels}
	return Judge{
		Name: "podsecurity",
		Reads: func(d Document) bool {
			_, hasPods := podKinds[d.Kind()]
			return hasPods || slices.Contains([]string{"v1 Namespace", kindListener, "tekton.dev/v1 Task", "tekton.dev/v1 Pipeline", "tekton.dev/v1 PipelineRun"}, d.Kind())
		},
		Judge: func(t *Tree) []Finding {
			return slices.Concat(j.workloads(t), j.tasks(t), j.namespaces(t))
		},
	}
}

type podSecurity struct {
	evaluator policy.Evaluator
	known     verdicts
	pods      *taskPods
	levels    Levels
}

// tasks judges the pods that Tekton makes.
func (j podSecurity) tasks(t *Tree) []Finding {
	r := &report{judge: "podsecurity"}
	for _, p := range j.pods.all(t, r) {
		for _, f := range j.known.once(p.key, func() []fault { return j.evaluate(restricted, &p.pod.ObjectMeta, &p.pod.Spec) }) {
			p.report(r, f)
		}
	}
	return r.found
}

// restricted is what every pod must satisfy.
var restricted = api.LevelVersion{Level: api.LevelRestricted, Version: api.LatestVersion()}

// unlabelled is what an API server without a configuration of its own does where no label
// says otherwise.
var unlabelled = func() api.Policy {
	privileged := api.LevelVersion{Level: api.LevelPrivileged, Version: api.LatestVersion()}
	return api.Policy{Enforce: privileged, Audit: privileged, Warn: privileged}
}()

// evaluate asks the admission about one pod.
func (j podSecurity) evaluate(level api.LevelVersion, meta *metav1.ObjectMeta, spec *corev1.PodSpec) []fault {
	var faults []fault
	for _, r := range j.evaluator.EvaluatePod(level, meta, spec) {
		if !r.Allowed {
			faults = append(faults, fault{r.ForbiddenReason, r.ForbiddenDetail})
		}
	}
	return faults
}

// podKinds are the kinds that make pods, and where their pod templates are. The admission
// takes Kubernetes' own kinds apart itself; Argo Rollouts' are ours to project, as no
// admission knows them.
var podKinds = map[string]func(Object) ([]corev1.PodTemplateSpec, error){
	"v1 Pod":                                       own,
	"v1 PodTemplate":                               own,
	"v1 ReplicationController":                     own,
	"apps/v1 Deployment":                           own,
	"apps/v1 StatefulSet":                          own,
	"apps/v1 DaemonSet":                            own,
	"apps/v1 ReplicaSet":                           own,
	"batch/v1 Job":                                 own,
	"batch/v1 CronJob":                             own,
	"argoproj.io/v1alpha1 Rollout":                 rollout,
	"argoproj.io/v1alpha1 AnalysisTemplate":        analysis,
	"argoproj.io/v1alpha1 ClusterAnalysisTemplate": analysis,
}

func (j podSecurity) workloads(t *Tree) []Finding {
	var found []Finding
	for _, o := range t.Objects() {
		project := podKinds[o.Kind()]
		if o.Kind() == kindListener {
			project = listenerPods
		}
		if project == nil {
			continue
		}
		found = append(found, j.known.of("podsecurity", o, func() []fault {
			templates, err := project(o)
			faults := faultsOf(err)
			for _, p := range templates {
				faults = append(faults, j.evaluate(j.levels.of(o.GetNamespace()), &p.ObjectMeta, &p.Spec)...)
			}
			return faults
		})...)
	}
	return found
}

func own(o Object) ([]corev1.PodTemplateSpec, error) {
	object, err := decoded(o)
	if err != nil {
		return nil, err
	}
	meta, spec, err := admission.DefaultPodSpecExtractor{}.ExtractPodSpec(object)
	if err != nil || spec == nil {
		return nil, err
	}
	return []corev1.PodTemplateSpec{{ObjectMeta: *meta, Spec: *spec}}, nil
}

// rollout projects a Rollout to its pods. One with a workloadRef runs those of a Deployment,
// which is judged itself.
func rollout(o Object) ([]corev1.PodTemplateSpec, error) {
	return templateAt(o.Object, "spec", "template")
}

const kindListener = "triggers.tekton.dev/v1beta1 EventListener"

// listenerPods projects a listener to its pods, of which Triggers names and fills the one
// container. What the listener does not say, Triggers adds only if it is told to.
func listenerPods(o Object) ([]corev1.PodTemplateSpec, error) {
	templates, err := templateAt(o.Object, "spec", "resources", "kubernetesResource", "spec", "template")
	if err != nil || len(templates) == 0 {
		templates = []corev1.PodTemplateSpec{{}}
	}
	for i := range templates {
		spec := &templates[i].Spec
		if len(spec.Containers) == 0 {
			spec.Containers = []corev1.Container{{}}
		}
		spec.Containers[0].Name, spec.Containers[0].Image = "event-listener", "listener"
	}
	return templates, err
}

// analysis projects the Jobs among the metrics of an analysis.
func analysis(o Object) ([]corev1.PodTemplateSpec, error) {
	metrics, _, err := unstructured.NestedSlice(o.Object, "spec", "metrics")
	var templates []corev1.PodTemplateSpec
	for _, m := range metrics {
		metric, ok := m.(map[string]any)
		if err != nil || !ok {
			break
		}
		var one []corev1.PodTemplateSpec
		one, err = templateAt(metric, "provider", "job", "spec", "template")
		templates = append(templates, one...)
	}
	return templates, err
}

func templateAt(object map[string]any, fields ...string) ([]corev1.PodTemplateSpec, error) {
	found, ok, err := unstructured.NestedMap(object, fields...)
	if err != nil || !ok {
		return nil, err
	}
	var template corev1.PodTemplateSpec
	err = runtime.DefaultUnstructuredConverter.FromUnstructuredWithValidation(found, &template, true)
	return []corev1.PodTemplateSpec{template}, err
}

// namespaces wants every namespace that an object is delivered to written by the tree and
// enforcing "restricted" on the same cluster.
func (j podSecurity) namespaces(t *Tree) []Finding {
	type place struct{ server, name string }
	enforcing := map[place]bool{}
	for _, d := range t.Deliveries {
		for _, o := range d.Objects {
			if o.GroupVersionKind().GroupKind().String() == "Namespace" {
				p, errs := api.PolicyToEvaluate(o.GetLabels(), unlabelled)
				enforcing[place{d.Server, o.GetName()}] = len(errs) == 0 && p.Enforce == j.levels.of(o.GetName())
			}
		}
	}
	missing := map[place]Finding{}
	for _, d := range t.Deliveries {
		for _, o := range d.Objects {
			p := place{d.Server, o.GetNamespace()}
			if p.name == "" || enforcing[p] {
				continue
			}
			missing[p] = Finding{
				Judge: "podsecurity", File: d.File, Object: "Namespace " + p.name,
				Path:    fmt.Sprintf("metadata.labels[%s]", api.EnforceLevelLabel),
				Message: fmt.Sprintf("%s goes there, but on %s the namespace is not made to enforce %s", o.Name(), d.Server, j.levels.of(p.name)),
			}
		}
	}
	return slices.SortedFunc(maps.Values(missing), func(a, b Finding) int { return strings.Compare(a.String(), b.String()) })
}
