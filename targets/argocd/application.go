package argocd

import (
	"fmt"
	"path"
	"path/filepath"

	argo "github.com/argoproj/argo-cd/v2/pkg/apis/application/v1alpha1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"slipway.dev/compiler/ir"
)

type application = argo.Application

// Labels to find Applications by. Argo CD's own filters know cluster, namespace and project.
const (
	labelManagedBy   = "app.kubernetes.io/managed-by"
	labelService     = "slipway.dev/service"
	labelEnvironment = "slipway.dev/environment"
	labelOwner       = "slipway.dev/owner"
)

// A pruning says what happens to an object that is no longer in Git.
type pruning bool

const (
	// prune removes it: objects of a service, and pipelines, come and go with their spec.
	// Argo CD refuses by itself to prune all that an Application has.
	prune pruning = true
	// keep leaves it, and shows the Application out of sync until somebody decides. An
	// Application that is pruned without a finalizer leaves workloads that nobody watches,
	// one that is pruned with it takes them along, and a namespace takes everything: none of
	// this may follow from a file that is missing.
	keep pruning = false
)

// newApplication makes an Application that reads dir, which is relative to the output
// folder, and depends on the folders refresh besides, which are relative to dir.
func newApplication(p *ir.Platform, name, project, dir string, to argo.ApplicationDestination, pruning pruning, refresh ...string) *application {
	paths := "."
	for _, r := range refresh {
		paths += ";" + r
	}
	return &application{
		TypeMeta: metav1.TypeMeta{APIVersion: "argoproj.io/v1alpha1", Kind: "Application"},
		ObjectMeta: metav1.ObjectMeta{
			Name: name, Namespace: p.ArgoCD,
			Labels: map[string]string{labelManagedBy: "slipway"},
			// A commit concerns an Application only when it changes these folders; without
			// this, every commit renders all Applications of the fleet anew. Relative paths:
			// those of the repository may hold a semicolon.
			Annotations: map[string]string{argo.AnnotationKeyManifestGeneratePaths: paths},
		},
		Spec: argo.ApplicationSpec{
			Project:     project,
			Source:      &argo.ApplicationSource{RepoURL: p.Repo, TargetRevision: p.Branch, Path: path.Join(p.Dir, dir)},
			Destination: to,
			SyncPolicy:  newSyncPolicy(pruning),
		},
	}
}

// newSyncPolicy syncs by itself, and heals by itself: with manifest-generate-paths, Argo CD
// takes a commit that arrives during a sync for attempted already. Healing brings it in after
// a sync that succeeded; after one that failed, somebody has to sync (argo-cd#27875).
//
// Not used, on purpose: CreateNamespace (the platform makes namespaces, with their labels);
// PruneLast (it makes the sync wait for health, and Argo CD starts no other sync meanwhile,
// so that a StatefulSet that never gets ready would keep out its own rollback); ServerSideApply
// (the plain way is enough, and removes what Git no longer has); ignoreDifferences, but for
// what canaries change in a mesh (what autoscalers own is not in Git at all).
func newSyncPolicy(pruning pruning) *argo.SyncPolicy {
	return &argo.SyncPolicy{
		Automated: &argo.SyncPolicyAutomated{Prune: bool(pruning), SelfHeal: true},
		SyncOptions: argo.SyncOptions{
			"ApplyOutOfSyncOnly=true", // or every sync would run again the Jobs that are replaced by force
			noTakeover,
		},
		// A retry is of the same commit, and keeps out a newer one: two minutes bridge an API
		// server that restarts, and a fix need not wait longer.
		Retry: &argo.RetryStrategy{Limit: 5, Backoff: &argo.Backoff{Duration: "5s", Factor: new(int64(2)), MaxDuration: "1m"}},
	}
}

// noTakeover fails a sync of objects that another Application has.
const noTakeover = "FailOnSharedResource=true"

// newServiceApplication deploys a service to an environment.
func newServiceApplication(p *ir.Platform, i *ir.Instance) *application {
	var refresh []string
	if i.Env.Head { // its base lies beside the overlays, where others share it
		refresh = append(refresh, relative(i.OverlayDir(), i.Service.BaseDir()))
	}
	app := newApplication(p, i.Application(), teamProject(i.Service.Owner), i.OverlayDir(),
		argo.ApplicationDestination{Server: i.Env.Cluster.Server, Namespace: i.Env.Namespace}, prune, refresh...)
	app.Annotations[subscription] = ""
	app.Labels[labelService] = i.Service.Name
	app.Labels[labelEnvironment] = i.Env.Name
	app.Labels[labelOwner] = i.Service.Owner
	app.Spec.IgnoreDifferences = newIgnoreDifferences(i)
	if i.Chart != nil {
		app.Spec.Source = newChartSource(i.Chart)
		app.Annotations = nil // a commit changes it only through the Application itself
	}
	if o := owner(p, i.Service); o.Channel != "" {
		app.Spec.Info = append(app.Spec.Info, argo.Info{Name: "channel", Value: o.Channel})
	}
	if i.Service.Source != nil {
		app.Spec.Info = append(app.Spec.Info, argo.Info{Name: "source", Value: i.Service.Source.Repo})
	}
	return app
}

// relative is the way from one folder of the output to another.
func relative(from, to string) string {
	rel, err := filepath.Rel(from, to)
	if err != nil {
		panic("argocd: " + err.Error()) // both are relative to the output folder
	}
	return filepath.ToSlash(rel)
}

// maxName is what fits into a label value: Argo CD may track objects by a label with the
// Application's name.
const maxName = 63

// validateApplication reports what Argo CD would: whether the Application's project lets it
// read its repository and deploy to its destination.
func validateApplication(projects []*project, app *application) error {
	if len(app.Name) > maxName {
		return fmt.Errorf("the name has %d characters, at most %d fit", len(app.Name), maxName)
	}
	for _, project := range projects {
		if project.Name != app.Spec.Project {
			continue
		}
		if !project.IsSourcePermitted(*app.Spec.Source) {
			return fmt.Errorf("project %q does not permit repository %q", project.Name, app.Spec.Source.RepoURL)
		}
		ok, err := project.IsDestinationPermitted(app.Spec.Destination, nil)
		if err == nil && !ok {
			err = fmt.Errorf("project %q does not permit namespace %q of %q", project.Name, app.Spec.Destination.Namespace, app.Spec.Destination.Server)
		}
		return err
	}
	return fmt.Errorf("there is no project %q", app.Spec.Project)
}
