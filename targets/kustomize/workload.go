package kustomize

import (
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
	case ir.Job:
		return newJob(i, w)
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
			Replicas: w.Replicas,
			Selector: &metav1.LabelSelector{MatchLabels: selector(i.Service.Name, w.Process)},
			Template: newPod(i, w),
		},
	}
	if w.Strategy.Recreate {
		d.Spec.Strategy.Type = appsv1.RecreateDeploymentStrategyType
	} else {
		d.Spec.Strategy = appsv1.DeploymentStrategy{
			Type: appsv1.RollingUpdateDeploymentStrategyType,
			RollingUpdate: &appsv1.RollingUpdateDeployment{
				MaxSurge:       intOrPercent(w.Strategy.Surge),
				MaxUnavailable: intOrPercent(w.Strategy.Unavailable),
			},
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
			Replicas:    w.Replicas,
			Selector:    &metav1.LabelSelector{MatchLabels: selector(i.Service.Name, w.Process)},
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
				AccessModes: []corev1.PersistentVolumeAccessMode{corev1.ReadWriteOnce},
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

// newJob makes a Job that runs once for each release: its pod template is immutable, so
// Argo CD deletes and makes it anew when it differs, and leaves it alone when it does not.
func newJob(i *ir.Instance, w *ir.Workload) *batchv1.Job {
	pod := newPod(i, w)
	pod.Spec.RestartPolicy = corev1.RestartPolicyNever
	return &batchv1.Job{
		TypeMeta:   typeMeta("batch/v1", "Job"),
		ObjectMeta: ownMeta(i, w, ir.Pair{Name: "argocd.argoproj.io/sync-options", Value: "Force=true,Replace=true"}),
		Spec: batchv1.JobSpec{
			BackoffLimit:          w.Retries,
			ActiveDeadlineSeconds: w.Deadline,
			Template:              pod,
		},
	}
}

func newService(i *ir.Instance, w *ir.Workload) *corev1.Service {
	s := &corev1.Service{
		TypeMeta:   typeMeta("v1", "Service"),
		ObjectMeta: meta(i, w.Service.Name, w.Process, nil),
		Spec:       corev1.ServiceSpec{Type: corev1.ServiceTypeClusterIP, Selector: selector(i.Service.Name, w.Process)},
	}
	for _, p := range w.Service.Ports {
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
			ClusterIP: corev1.ClusterIPNone, Selector: selector(i.Service.Name, w.Process), PublishNotReadyAddresses: true,
		},
	}
}

func servicePort(p ir.Port, number int32) corev1.ServicePort {
	return corev1.ServicePort{Name: p.Name, Port: number, TargetPort: intstr.FromString(p.Name), Protocol: protocol(p)}
}

func protocol(p ir.Port) corev1.Protocol {
	if p.UDP {
		return corev1.ProtocolUDP
	}
	return corev1.ProtocolTCP
}

func newAutoscaler(i *ir.Instance, w *ir.Workload) *autoscalingv2.HorizontalPodAutoscaler {
	kind := "Deployment"
	if w.Kind == ir.StatefulSet {
		kind = "StatefulSet"
	}
	h := &autoscalingv2.HorizontalPodAutoscaler{
		TypeMeta:   typeMeta("autoscaling/v2", "HorizontalPodAutoscaler"),
		ObjectMeta: meta(i, w.Name, w.Process, nil),
		Spec: autoscalingv2.HorizontalPodAutoscalerSpec{
			ScaleTargetRef: autoscalingv2.CrossVersionObjectReference{APIVersion: "apps/v1", Kind: kind, Name: w.Name},
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
		ObjectMeta: meta(i, w.Name, w.Process, nil),
		Spec:       policyv1.PodDisruptionBudgetSpec{Selector: &metav1.LabelSelector{MatchLabels: selector(i.Service.Name, w.Process)}},
	}
	if w.Budget.MinAvailable != "" {
		b.Spec.MinAvailable = intOrPercent(w.Budget.MinAvailable)
	} else {
		b.Spec.MaxUnavailable = intOrPercent(w.Budget.MaxUnavailable)
	}
	return b
}

func intOrPercent(s string) *intstr.IntOrString {
	v := intstr.Parse(s)
	return &v
}

// quantity reads an amount; resolve has checked it.
func quantity(s string) resource.Quantity { return resource.MustParse(s) }
