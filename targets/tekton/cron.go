package tekton

import (
	"time"

	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"slipway.dev/catalog/tasks"
	"slipway.dev/compiler/ir"
)

// cron is a command of slipway's that runs by the clock in the promoter's namespace. It runs
// slipway itself, so that it works when neither Triggers nor Tekton do.
type cron struct {
	name, schedule string
	takes, late    time.Duration // how long one may take, and how much later it may begin
	account        string
	args           []string // Kubernetes replaces $(NAME) in them
	secrets        []cronSecret
}

// cronSecret is a Secret of promoterSecrets, mounted at /secrets/WORKSPACE.
type cronSecret struct {
	workspace string
	optional  bool
}

// newCron makes a CronJob whose pods Pod Security "restricted" admits. One at a time: the next
// one comes soon enough.
func newCron(p *ir.Platform, c cron) *batchv1.CronJob {
	task, _ := tasks.Lookup("settle", images(p))
	step := task.Spec.Steps[0]
	yes, no, late, deadline := true, false, int64(c.late/time.Second), int64(c.takes/time.Second)
	user, none, two, few := int64(tasks.User), int32(0), int32(2), int32(3)
	pod := corev1.PodSpec{
		ServiceAccountName: c.account, AutomountServiceAccountToken: &no, EnableServiceLinks: &no,
		RestartPolicy:   corev1.RestartPolicyNever,
		SecurityContext: newPodTemplate(&user).SecurityContext,
		Containers: []corev1.Container{{
			Name: c.name, Image: step.Image, Command: []string{"slipway"}, Args: c.args,
			Env:       []corev1.EnvVar{{Name: "HOME", Value: "/tmp"}, {Name: "LC_ALL", Value: "C"}},
			Resources: corev1.ResourceRequirements{Requests: step.ComputeResources.Requests, Limits: step.ComputeResources.Limits},
			SecurityContext: &corev1.SecurityContext{
				RunAsNonRoot: &yes, AllowPrivilegeEscalation: &no, ReadOnlyRootFilesystem: &yes,
				Capabilities:   &corev1.Capabilities{Drop: []corev1.Capability{"ALL"}},
				SeccompProfile: &corev1.SeccompProfile{Type: corev1.SeccompProfileTypeRuntimeDefault},
			},
			VolumeMounts: []corev1.VolumeMount{{Name: "tmp", MountPath: "/tmp"}},
		}},
		Volumes: []corev1.Volume{{Name: "tmp", VolumeSource: corev1.VolumeSource{EmptyDir: &corev1.EmptyDirVolumeSource{SizeLimit: resource.NewQuantity(2<<30, resource.BinarySI)}}}},
	}
	for _, s := range c.secrets {
		v := &corev1.SecretVolumeSource{SecretName: promoterSecrets[s.workspace]}
		if s.optional {
			v.Optional = &yes
		}
		pod.Volumes = append(pod.Volumes, corev1.Volume{Name: s.workspace, VolumeSource: corev1.VolumeSource{Secret: v}})
		pod.Containers[0].VolumeMounts = append(pod.Containers[0].VolumeMounts, corev1.VolumeMount{Name: s.workspace, MountPath: "/secrets/" + s.workspace, ReadOnly: true})
	}
	return &batchv1.CronJob{
		TypeMeta: metav1.TypeMeta{APIVersion: "batch/v1", Kind: "CronJob"}, ObjectMeta: promoterMeta(c.name),
		Spec: batchv1.CronJobSpec{
			Schedule: c.schedule, ConcurrencyPolicy: batchv1.ForbidConcurrent, StartingDeadlineSeconds: &late,
			SuccessfulJobsHistoryLimit: &two, FailedJobsHistoryLimit: &few,
			JobTemplate: batchv1.JobTemplateSpec{Spec: batchv1.JobSpec{
				BackoffLimit: &none, ActiveDeadlineSeconds: &deadline,
				Template: corev1.PodTemplateSpec{
					ObjectMeta: metav1.ObjectMeta{Labels: map[string]string{"app.kubernetes.io/name": c.name, "app.kubernetes.io/part-of": "promoter"}},
					Spec:       pod,
				},
			}},
		},
	}
}
