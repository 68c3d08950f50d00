package tekton

import (
	"maps"
	"slices"

	"github.com/tektoncd/pipeline/pkg/apis/pipeline/pod"
	v1 "github.com/tektoncd/pipeline/pkg/apis/pipeline/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"slipway.dev/catalog/tasks"
	"slipway.dev/compiler/ir"
)

// secrets are the Secrets of a team's namespace that a run binds, by workspace.
var secrets = map[string]string{
	wsGit:      "git-read",
	wsRegistry: "registry-push",
	wsPull:     "registry-pull",
	wsBuildkit: "buildkit-client",
	wsRequest:  "request-key",
	wsStatus:   "git-status",
	wsMessages: "notify",
	wsPactRead: "pact-broker-read",
	wsPact:     pactSecret,
	wsReports:  "registry-reports",
}

// NewRun makes a PipelineRun of a service's pipeline for a commit: what a trigger would
// create. Every task runs as the account of its trust class, and no credential is in
// reach of a pod that runs the team's code.
func NewRun(p *ir.Platform, svc *ir.Service, kind Kind, revision string) (*v1.PipelineRun, error) {
	return runOf(p, svc, newPipeline(p, svc, kind), chosenStages(svc, kind), revision)
}

// runOf makes a run of a pipeline that was assembled of stages.
func runOf(p *ir.Platform, svc *ir.Service, pl *v1.Pipeline, chosen []stage, revision string) (*v1.PipelineRun, error) {
	whole, finally := timeouts(pl)
	run := &v1.PipelineRun{
		TypeMeta: metav1.TypeMeta{APIVersion: "tekton.dev/v1", Kind: "PipelineRun"},
		ObjectMeta: metav1.ObjectMeta{
			GenerateName: pl.Name + "-", Namespace: pl.Namespace, Labels: maps.Clone(pl.Labels),
		},
		Spec: v1.PipelineRunSpec{
			PipelineRef: &v1.PipelineRef{Name: pl.Name},
			Params:      v1.Params{{Name: "revision", Value: *v1.NewStructuredValues(revision)}},
			TaskRunTemplate: v1.PipelineTaskRunTemplate{
				ServiceAccountName: string(tasks.Untrusted),
				PodTemplate:        newPodTemplate(nil),
			},
			Timeouts: &v1.TimeoutFields{
				Pipeline: &metav1.Duration{Duration: whole},
				Finally:  &metav1.Duration{Duration: finally}, // of that, so that the end is reported
			},
		},
	}
	for _, w := range pl.Spec.Workspaces {
		run.Spec.Workspaces = append(run.Spec.Workspaces, newBinding(p, w))
	}
	for _, s := range chosen {
		entry, _ := tasks.Find(s.task(svc))
		spec := v1.PipelineTaskRunSpec{PipelineTaskName: s.name, ServiceAccountName: string(entry.Trust)}
		if s.tries {
			spec.ServiceAccountName = string(entry.Tried())
		}
		if s.test != nil {
			spec.PodTemplate = newPodTemplate(s.test(svc).User)
		}
		if s.name == "build" && svc.Build.RunsSource() {
			spec.PodTemplate = newPodTemplate(buildUser(svc.Build))
		}
		if entry.Token {
			// The account mounts no token by itself: this pod does, and no other.
			spec.PodTemplate = newPodTemplate(nil)
			*spec.PodTemplate.AutomountServiceAccountToken = true
		}
		if spec.ServiceAccountName != string(tasks.Untrusted) || spec.PodTemplate != nil {
			run.Spec.TaskRunSpecs = append(run.Spec.TaskRunSpecs, spec)
		}
	}
	return run, validRun(run)
}

// generatedBase is how much of generateName the API server takes before its five random letters
// (k8s.io/apiserver/pkg/storage/names).
const generatedBase = 58

// validRun judges a run as it will be: the API server makes its name before anybody looks.
func validRun(run *v1.PipelineRun) error {
	named := run.DeepCopy()
	named.Name = named.GenerateName[:min(len(named.GenerateName), generatedBase)] + "xxxxx"
	return valid(named)
}

// newPodTemplate makes pods that Pod Security "restricted" admits, whose volumes belong to
// the group that all tasks share.
func newPodTemplate(user *int64) *pod.PodTemplate {
	group, yes := int64(tasks.User), true
	return &pod.PodTemplate{
		AutomountServiceAccountToken: new(bool),
		EnableServiceLinks:           new(bool),
		SecurityContext: &corev1.PodSecurityContext{
			RunAsNonRoot: &yes, RunAsUser: user, FSGroup: &group,
			SeccompProfile: &corev1.SeccompProfile{Type: corev1.SeccompProfileTypeRuntimeDefault},
		},
	}
}

// buildUser is the user of a build that runs what the source says; nil for the image's own. A
// builder's buildpacks know theirs; images of JDKs are root's.
func buildUser(b *ir.Build) *int64 {
	if b.Buildpacks != nil {
		return b.Buildpacks.User
	}
	if b.Jib.User != nil {
		return b.Jib.User
	}
	usual := int64(tasks.User)
	return &usual
}

// newBinding binds a workspace: the source to a volume of the run's own, a credential to its
// Secret, which need not exist where the task can do without.
func newBinding(p *ir.Platform, w v1.PipelineWorkspaceDeclaration) v1.WorkspaceBinding {
	b := v1.WorkspaceBinding{Name: w.Name}
	if w.Name == wsSource {
		b.VolumeClaimTemplate = &corev1.PersistentVolumeClaim{Spec: corev1.PersistentVolumeClaimSpec{
			AccessModes: []corev1.PersistentVolumeAccessMode{corev1.ReadWriteOnce},
			Resources:   corev1.VolumeResourceRequirements{Requests: corev1.ResourceList{corev1.ResourceStorage: resource.MustParse(p.Pipelines.Workspace)}},
		}}
		return b
	}
	b.Secret = &corev1.SecretVolumeSource{SecretName: secrets[w.Name]}
	if w.Optional {
		b.Secret.Optional = &w.Optional
	}
	return b
}

// Kinds are the kinds of pipeline that people start by themselves.
func Kinds() []Kind { return slices.Clone([]Kind{PullRequest, Release, Verify}) }

// KindsOf are the kinds of pipeline that a service has; none when others build its image.
func KindsOf(p *ir.Platform, svc *ir.Service) []Kind {
	if svc.Build == nil || len(svc.RunsIn) == 0 {
		return nil
	}
	out := []Kind{PullRequest, Release}
	if len(svc.TestedIn()) > 0 {
		out = append(out, Verify)
	}
	if p.Pipelines.Nightly != "" {
		out = append(out, Nightly)
	}
	return out
}
