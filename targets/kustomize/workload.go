package kustomize

import (
	"strconv"
	"strings"

	appsv1 "k8s.io/api/apps/v1"
	autoscalingv2 "k8s.io/api/autoscaling/v2"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	policyv1 "k8s.io/api/policy/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/intstr"

	"slipway.dev/compiler/ir"
)

func newWorkload(i *ir.Instance, w *ir.Workload) any {
	switch w.Kind {
	case ir.StatefulSet:
		return newStatefulSet(i, w)
	case ir.DaemonSet:
		return newDaemonSet(i, w)
	case ir.Rollout:
		return newRollout(i, w)
	case ir.Job:
		return newJob(i, w)
	case ir.CronJob:
		return newCronJob(i, w)
	}
	return newDeployment(i, w)
}

// ownMeta is the metadata of the object that makes pods; what the spec says of it wins.
func ownMeta(i *ir.Instance, w *ir.Workload, annotations ...ir.Pair) metav1.ObjectMeta {
	m := meta(i, w.Name, w.Process, append(annotations, w.Own.Annotations...))
	for _, l := range w.Own.Labels {
		m.Labels[l.Name] = l.Value
	}
	return m
}

func newDeployment(i *ir.Instance, w *ir.Workload) *appsv1.Deployment {
	d := &appsv1.Deployment{
		TypeMeta:   typeMeta("apps/v1", "Deployment"),
		ObjectMeta: ownMeta(i, w),
		Spec: appsv1.DeploymentSpec{
			Replicas: w.Replicas, RevisionHistoryLimit: w.History, MinReadySeconds: w.Settle,
			Selector: &metav1.LabelSelector{MatchLabels: selector(i, w)},
			Template: newPod(i, w),
		},
	}
	switch {
	case w.Strategy.Recreate:
		d.Spec.Strategy.Type = appsv1.RecreateDeploymentStrategyType
	case w.Strategy.Given:
		d.Spec.Strategy = appsv1.DeploymentStrategy{
			Type: appsv1.RollingUpdateDeploymentStrategyType,
			RollingUpdate: &appsv1.RollingUpdateDeployment{
				MaxSurge:       intOrPercent(w.Strategy.Surge),
				MaxUnavailable: intOrPercent(w.Strategy.Unavailable),
			},
		}
		if w.Strategy.Surge == "" && w.Strategy.Unavailable == "" {
			d.Spec.Strategy.RollingUpdate = nil
		}
	}
	return d
}

// newStatefulSet replaces pods one by one, whatever the service's release says: Kubernetes
// has no other way for them.
func newStatefulSet(i *ir.Instance, w *ir.Workload) *appsv1.StatefulSet {
	s := &appsv1.StatefulSet{
		TypeMeta:   typeMeta("apps/v1", "StatefulSet"),
		ObjectMeta: ownMeta(i, w),
		Spec: appsv1.StatefulSetSpec{
			Replicas: w.Replicas, RevisionHistoryLimit: w.History, MinReadySeconds: w.Settle,
			Selector:    &metav1.LabelSelector{MatchLabels: selector(i, w)},
			ServiceName: w.Governing,
			Template:    newPod(i, w),
		},
	}
	for _, v := range w.Volumes {
		if v.Storage == nil {
			continue
		}
		claim := corev1.PersistentVolumeClaim{
			ObjectMeta: metav1.ObjectMeta{Name: v.Name},
			Spec: corev1.PersistentVolumeClaimSpec{
				AccessModes: accessModes(v.Storage.Access),
				Resources:   corev1.VolumeResourceRequirements{Requests: corev1.ResourceList{corev1.ResourceStorage: quantity(v.Storage.Size)}},
			},
		}
		if v.Storage.Class != "" {
			claim.Spec.StorageClassName = &v.Storage.Class
		}
		s.Spec.VolumeClaimTemplates = append(s.Spec.VolumeClaimTemplates, claim)
	}
	return s
}

// accessModes are who may mount a disk: one node at a time when nothing is said.
func accessModes(names []string) (out []corev1.PersistentVolumeAccessMode) {
	for _, n := range names {
		out = append(out, corev1.PersistentVolumeAccessMode(n))
	}
	if len(out) == 0 {
		return []corev1.PersistentVolumeAccessMode{corev1.ReadWriteOnce}
	}
	return out
}

// newDaemonSet replaces pods node by node, as Kubernetes does by itself.
func newDaemonSet(i *ir.Instance, w *ir.Workload) *appsv1.DaemonSet {
	return &appsv1.DaemonSet{
		TypeMeta:   typeMeta("apps/v1", "DaemonSet"),
		ObjectMeta: ownMeta(i, w),
		Spec: appsv1.DaemonSetSpec{
			RevisionHistoryLimit: w.History, MinReadySeconds: w.Settle,
			Selector: &metav1.LabelSelector{MatchLabels: selector(i, w)},
			Template: newPod(i, w),
		},
	}
}

// rollout is argoproj.io/v1alpha1. Argo Rollouts' own type writes its JSON itself, and not in
// the order in which people read.
// https://argo-rollouts.readthedocs.io/en/stable/features/specification/
type rollout struct {
	metav1.TypeMeta   `json:",inline"`
	metav1.ObjectMeta `json:"metadata"`
	Spec              rolloutSpec `json:"spec"`
}

type rolloutSpec struct {
	Replicas             *int32                 `json:"replicas,omitempty"`
	RevisionHistoryLimit *int32                 `json:"revisionHistoryLimit,omitempty"`
	MinReadySeconds      int32                  `json:"minReadySeconds,omitempty"`
	Strategy             struct{}               `json:"strategy"` // the place of what the spec says
	Selector             *metav1.LabelSelector  `json:"selector"`
	Template             corev1.PodTemplateSpec `json:"template"`
}

// newRollout replaces pods as workload.spec.strategy says, whatever the service's release says.
func newRollout(i *ir.Instance, w *ir.Workload) *rollout {
	return &rollout{
		TypeMeta:   typeMeta(w.Kind.Object()),
		ObjectMeta: ownMeta(i, w),
		Spec: rolloutSpec{
			Replicas: w.Replicas, RevisionHistoryLimit: w.History, MinReadySeconds: w.Settle,
			Selector: &metav1.LabelSelector{MatchLabels: selector(i, w)},
			Template: newPod(i, w),
		},
	}
}

// newJob makes a Job. Without a hook it runs once for each release: its pod template is
// immutable, so Argo CD deletes and makes it anew when it differs, and leaves it alone when
// it does not. As written, it is replaced only where the spec annotates it so.
func newJob(i *ir.Instance, w *ir.Workload) *batchv1.Job {
	var annotations []ir.Pair
	if !i.AsWritten {
		annotations = []ir.Pair{{Name: "argocd.argoproj.io/sync-options", Value: "Force=true,Replace=true"}}
	}
	if h := w.Hook; h != nil {
		annotations = []ir.Pair{{Name: "argocd.argoproj.io/hook", Value: h.At}}
		if len(h.Remove) > 0 {
			annotations = append(annotations, ir.Pair{Name: "argocd.argoproj.io/hook-delete-policy", Value: strings.Join(h.Remove, ",")})
		}
		if h.Wave != nil {
			annotations = append(annotations, ir.Pair{Name: "argocd.argoproj.io/sync-wave", Value: strconv.FormatInt(*h.Wave, 10)})
		}
	}
	return &batchv1.Job{TypeMeta: typeMeta("batch/v1", "Job"), ObjectMeta: ownMeta(i, w, annotations...), Spec: newJobSpec(i, w)}
}

func newJobSpec(i *ir.Instance, w *ir.Workload) batchv1.JobSpec {
	pod := newPod(i, w)
	if pod.Spec.RestartPolicy == "" {
		pod.Spec.RestartPolicy = corev1.RestartPolicyNever
	}
	return batchv1.JobSpec{BackoffLimit: w.Retries, ActiveDeadlineSeconds: w.Deadline, Template: pod}
}

// newCronJob makes Jobs by the clock: a change reaches those that start after it.
func newCronJob(i *ir.Instance, w *ir.Workload) *batchv1.CronJob {
	c := &batchv1.CronJob{
		TypeMeta: typeMeta("batch/v1", "CronJob"), ObjectMeta: ownMeta(i, w),
		Spec: batchv1.CronJobSpec{
			Schedule: w.Schedule.Cron, ConcurrencyPolicy: batchv1.ConcurrencyPolicy(w.Schedule.Overlap), Suspend: w.Schedule.Suspended,
			SuccessfulJobsHistoryLimit: w.Schedule.Succeeded, FailedJobsHistoryLimit: w.Schedule.Failed,
			JobTemplate: batchv1.JobTemplateSpec{Spec: newJobSpec(i, w)},
		},
	}
	if w.Schedule.Zone != "" {
		c.Spec.TimeZone = &w.Schedule.Zone
	}
	return c
}

func newService(i *ir.Instance, w *ir.Workload, k *ir.KubeService) *corev1.Service {
	s := &corev1.Service{
		TypeMeta:   typeMeta("v1", "Service"),
		ObjectMeta: meta(i, k.Name, w.Process, k.Annotations),
		Spec:       corev1.ServiceSpec{Type: corev1.ServiceType(k.Type), Selector: selector(i, w)},
	}
	for _, l := range k.Labels {
		s.Labels[l.Name] = l.Value
	}
	if len(k.Selector) > 0 {
		s.Spec.Selector = fromPairs(k.Selector)
	}
	if k.Headless {
		s.Spec.ClusterIP = corev1.ClusterIPNone
	}
	for _, p := range k.Ports {
		s.Spec.Ports = append(s.Spec.Ports, servicePort(p, p.Service))
	}
	return s
}

// newGoverning makes the Service that gives every pod of a StatefulSet a name of its own,
// ready or not: its peers look for it while they start.
func newGoverning(i *ir.Instance, w *ir.Workload) *corev1.Service {
	return &corev1.Service{
		TypeMeta:   typeMeta("v1", "Service"),
		ObjectMeta: meta(i, w.Governing, w.Process, nil),
		Spec: corev1.ServiceSpec{
			ClusterIP: corev1.ClusterIPNone, Selector: selector(i, w), PublishNotReadyAddresses: true,
		},
	}
}

func servicePort(p ir.Port, number int32) corev1.ServicePort {
	out := corev1.ServicePort{Name: p.Name, Port: number, NodePort: p.Node, Protocol: corev1.Protocol(p.Protocol)}
	switch {
	case p.Same:
	case p.Target != "":
		out.TargetPort = intstr.Parse(p.Target)
	case p.Unnamed:
		out.TargetPort = intstr.FromInt32(p.Number)
	default:
		out.TargetPort = intstr.FromString(p.Name)
	}
	if p.Unnamed {
		out.Name = ""
	}
	return out
}

func newAutoscaler(i *ir.Instance, w *ir.Workload) *autoscalingv2.HorizontalPodAutoscaler {
	apiVersion, kind := w.Kind.Object()
	h := &autoscalingv2.HorizontalPodAutoscaler{
		TypeMeta:   typeMeta("autoscaling/v2", "HorizontalPodAutoscaler"),
		ObjectMeta: meta(i, w.Scale.Name, w.Process, nil),
		Spec: autoscalingv2.HorizontalPodAutoscalerSpec{
			ScaleTargetRef: autoscalingv2.CrossVersionObjectReference{APIVersion: apiVersion, Kind: kind, Name: w.Name},
			MinReplicas:    &w.Scale.Min,
			MaxReplicas:    w.Scale.Max,
		},
	}
	for _, m := range []struct {
		name    corev1.ResourceName
		percent int32
	}{{corev1.ResourceCPU, w.Scale.CPU}, {corev1.ResourceMemory, w.Scale.Memory}} {
		if m.percent == 0 {
			continue
		}
		h.Spec.Metrics = append(h.Spec.Metrics, autoscalingv2.MetricSpec{
			Type: autoscalingv2.ResourceMetricSourceType,
			Resource: &autoscalingv2.ResourceMetricSource{
				Name:   m.name,
				Target: autoscalingv2.MetricTarget{Type: autoscalingv2.UtilizationMetricType, AverageUtilization: &m.percent},
			},
		})
	}
	return h
}

func newBudget(i *ir.Instance, w *ir.Workload) *policyv1.PodDisruptionBudget {
	b := &policyv1.PodDisruptionBudget{
		TypeMeta:   typeMeta("policy/v1", "PodDisruptionBudget"),
		ObjectMeta: meta(i, w.Budget.Name, w.Process, nil),
		Spec:       policyv1.PodDisruptionBudgetSpec{Selector: &metav1.LabelSelector{MatchLabels: selector(i, w)}},
	}
	if w.Budget.MinAvailable != "" {
		b.Spec.MinAvailable = intOrPercent(w.Budget.MinAvailable)
	} else {
		b.Spec.MaxUnavailable = intOrPercent(w.Budget.MaxUnavailable)
	}
	return b
}

func intOrPercent(s string) *intstr.IntOrString {
	if s == "" {
		return nil
	}
	v := intstr.Parse(s)
	return &v
}

// quantity reads an amount; resolve has checked it.
func quantity(s string) resource.Quantity { return resource.MustParse(s) }
