package judge

import (
	"context"
	"path"
	"regexp"
	"slices"
	"strings"
	"time"

	argocd "github.com/argoproj/argo-cd/v2/pkg/apis/application/v1alpha1"
	apppath "github.com/argoproj/argo-cd/v2/util/app/path"
	"github.com/argoproj/argo-cd/v2/util/argo"
	"github.com/argoproj/argo-cd/v2/util/argo/normalizers"
	"github.com/argoproj/argo-cd/v2/util/db"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

// ArgoCD judges projects and Applications as Argo CD's server and controller do: its own
// validation of projects, of an Application's source, destination and project, and its own
// permission of every object that the Application brings. What Argo CD takes and the design
// forbids comes with it: hazards 8 and 10, `*` in a project, deletion that cascades,
// Applications that somebody's generator makes.
func ArgoCD() Judge {
	return Judge{
		Name:  "argocd",
		Reads: func(d Document) bool { return strings.HasPrefix(d.Kind(), "argoproj.io/v1alpha1 App") },
		Judge: func(t *Tree) []Finding {
			j := &argoJudge{report: report{judge: "argocd"}, projects: map[string]project{}, clusters: clusters{known: map[string]bool{}}}
			j.read(t)
			for _, p := range j.order {
				j.project(t, j.projects[p])
			}
			for i, a := range j.applications {
				j.application(t, a)
				for _, other := range j.applications[:i] {
					if other.Name == a.Name && other.Namespace == a.Namespace {
						j.add(a.place, "metadata.name", "%s has the same name", other.file)
					}
				}
			}
			for _, o := range t.Objects() {
				j.annotations(o)
			}
			j.notifications(t)
			return j.found
		},
	}
}

type (
	project struct {
		place
		*argocd.AppProject
	}
	application struct {
		place
		*argocd.Application
		delivery Delivery
	}
)

// argoJudge holds what was read of one tree.
type argoJudge struct {
	report
	projects     map[string]project
	order        []string
	applications []application
	clusters     clusters
}

// clusters stands for Argo CD's database of clusters: those that projects name are known.
type clusters struct {
	db.ArgoDB
	known map[string]bool
}

// GetCluster finds a cluster by its address.
func (c clusters) GetCluster(_ context.Context, server string) (*argocd.Cluster, error) {
	if !c.known[server] {
		return nil, status.Errorf(codes.NotFound, "cluster %q not found", server)
	}
	return &argocd.Cluster{Server: server, Name: server}, nil
}

// GetClusterServersByName finds none: Slipway names clusters by address.
func (c clusters) GetClusterServersByName(context.Context, string) ([]string, error) {
	return nil, nil
}

// GetProjectClusters are the clusters of one project alone; there are none.
func (c clusters) GetProjectClusters(context.Context, string) ([]*argocd.Cluster, error) {
	return nil, nil
}

func (j *argoJudge) read(t *Tree) {
	deliveries := map[string]Delivery{}
	for _, d := range t.Deliveries {
		deliveries[d.File+d.Application] = d
	}
	for _, d := range t.Documents {
		switch d.Kind() {
		case "argoproj.io/v1alpha1 AppProject":
			p, err := typed[argocd.AppProject](d.Object)
			if err != nil {
				continue // said by Strict
			}
			if other, ok := j.projects[p.Name]; ok {
				j.add(d.place(), "metadata.name", "%s has the same name", other.file)
			}
			j.projects[p.Name], j.order = project{d.place(), p}, append(j.order, p.Name)
			for _, to := range p.Spec.Destinations {
				j.clusters.known[to.Server] = true
			}
		case kindApplication:
			a, err := typed[argocd.Application](d.Object)
			if err == nil {
				j.applications = append(j.applications, application{d.place(), a, deliveries[d.File+a.Name]})
			}
		case "argoproj.io/v1alpha1 ApplicationSet":
			j.add(d.place(), "", "a generator makes and deletes Applications by what it happens to see")
		}
	}
}

// application judges one Application.
func (j *argoJudge) application(t *Tree, a application) {
	say := func(path, format string, args ...any) { j.add(a.place, path, format, args...) }
	p, ok := j.projects[a.Spec.Project]
	if !ok {
		say("spec.project", "there is no project %q", a.Spec.Project)
		return
	}
	if a.Namespace == "" || !p.IsAppNamespacePermitted(a.Application, p.Namespace) {
		say("metadata.namespace", "the project %s permits no Application in %q", p.Name, a.Namespace)
	}
	spec := *a.Spec.DeepCopy()
	conditions, err := argo.ValidatePermissions(context.Background(), &spec, p.AppProject, j.clusters)
	for _, c := range conditions {
		say("spec", "%s", c.Message)
	}
	j.err(a.place, "spec", err)
	for _, o := range a.delivery.Objects {
		gk := o.GroupVersionKind().GroupKind()
		if !p.IsGroupKindPermitted(gk, !clusterScoped[gk.Kind]) {
			say("spec.project", "the project %s permits no %s, and %s is one", p.Name, gk, o.Name())
		}
		permitted, err := p.IsResourcePermitted(gk, o.GetNamespace(), a.Spec.Destination, nil)
		if err != nil || !permitted {
			say("spec.project", "the project %s does not permit %s in %s (%v)", p.Name, o.Name(), a.Spec.Destination.Server, err)
		}
	}
	j.source(a, say)
	j.syncs(a, say)
	j.belongs(a, p, say)
	j.refreshes(a, say)
}

// source judges where an Application's objects come from.
func (j *argoJudge) source(a application, say func(string, string, ...any)) {
	if len(a.Spec.Sources) > 0 || a.Spec.Source == nil || a.Spec.SourceHydrator != nil {
		say("spec", "an Application has one source")
		return
	}
	s := a.Spec.Source
	if _, err := s.ExplicitType(); err != nil {
		say("spec.source", "%v", err)
	}
	if a.isChart() {
		j.chart(a, say)
		return
	}
	if s.Chart != "" || s.Helm != nil || s.Kustomize != nil || s.Plugin != nil || s.Ref != "" || s.Directory != nil && a.delivery.Built {
		say("spec.source", "the folder alone says what is built")
	}
	if path.IsAbs(s.Path) {
		say("spec.source.path", "the path is absolute")
	}
	for _, other := range j.applications {
		if o := other.Spec.Source; o != nil && !other.isChart() && (o.TargetRevision != s.TargetRevision || o.RepoURL != s.RepoURL) {
			say("spec.source", "it follows %q of %s, and %s %q of %s", s.TargetRevision, s.RepoURL, other.Name, o.TargetRevision, o.RepoURL)
			break
		}
	}
	if s.TargetRevision == "" || s.TargetRevision == "HEAD" {
		say("spec.source.targetRevision", "it follows whatever is the head")
	}
	if a.Spec.Destination.Namespace == "" {
		say("spec.destination.namespace", "objects without a namespace go anywhere")
	}
	_, err := normalizers.NewIgnoreNormalizer(a.Spec.IgnoreDifferences, nil, normalizers.IgnoreNormalizerOpts{})
	j.err(a.place, "spec.ignoreDifferences", err)
	for _, d := range a.Spec.IgnoreDifferences {
		if d.Kind == "*" || d.Group == "*" || len(d.JSONPointers)+len(d.JQPathExpressions)+len(d.ManagedFieldsManagers) == 0 {
			say("spec.ignoreDifferences", "it ignores differences of everything, or none")
		}
	}
}

// syncs judges how an Application brings its objects, and what it removes.
func (j *argoJudge) syncs(a application, say func(string, string, ...any)) {
	if len(a.Finalizers) > 0 {
		say("metadata.finalizers", "who deletes the Application deletes what it brought: %q", a.Finalizers)
	}
	if a.Operation != nil {
		say("operation", "it starts to sync by itself, whatever is written later")
	}
	p := a.Spec.SyncPolicy
	if p == nil || p.Automated == nil || !p.Automated.SelfHeal {
		say("spec.syncPolicy.automated", "it does not bring what is committed, or not back")
		return
	}
	precious := slices.ContainsFunc(a.delivery.Objects, func(o Object) bool {
		return slices.Contains([]string{"Namespace", "Application", "AppProject", "CustomResourceDefinition"}, o.GetKind())
	})
	if precious == p.Automated.Prune {
		say("spec.syncPolicy.automated.prune", "%v, with objects that take others along when they go: %v", p.Automated.Prune, precious)
	}
	if p.Automated.AllowEmpty {
		say("spec.syncPolicy.automated.allowEmpty", "it removes everything when its source is empty")
	}
	for _, o := range p.SyncOptions {
		if !slices.Contains(applicationOptions, o) {
			say("spec.syncPolicy.syncOptions", "%q is no option that does good", o)
		}
	}
	brings := func(o Object) bool { return o.Kind() == kindApplication }
	if !p.SyncOptions.HasOption("FailOnSharedResource=true") && !slices.ContainsFunc(a.delivery.Objects, brings) {
		say("spec.syncPolicy.syncOptions", "it takes objects from other Applications")
	}
	if p.Retry != nil {
		_, err := p.Retry.NextRetryAt(time.Time{}, 1)
		j.err(a.place, "spec.syncPolicy.retry", err)
	}
}

// applicationOptions are the options of an Application that Argo CD knows and that neither
// replace by force nor leave out a check.
var applicationOptions = []string{
	"ApplyOutOfSyncOnly=true", "FailOnSharedResource=true", "PruneLast=true", "ServerSideApply=true", "RespectIgnoreDifferences=true",
	"PrunePropagationPolicy=foreground", "PrunePropagationPolicy=background", "PrunePropagationPolicy=orphan",
}

// belongs wants an Application of a service in its owner's project, with that service's
// objects and no others.
func (j *argoJudge) belongs(a application, p project, say func(string, string, ...any)) {
	const owner, service = "slipway.dev/owner", "slipway.dev/service"
	if a.Labels[owner] != p.Labels[owner] {
		say("spec.project", "the service is %q's, and the project %s is %q's", a.Labels[owner], p.Name, p.Labels[owner])
	}
	for _, o := range a.delivery.Objects {
		of := o.GetLabels()[labelService]
		if a.Labels[service] != "" && of != a.Labels[service] && o.GetKind() != "ConfigMap" {
			say("spec.source.path", "it is for the service %s, and brings %s of %q", a.Labels[service], o.Name(), of)
		}
	}
}

// isChart reports whether Argo CD renders a chart of others, rather than a folder.
func (a application) isChart() bool {
	return a.Spec.Source != nil && a.Spec.Source.Chart != "" && a.Spec.Source.Path == ""
}

// oneVersion is a version that stays what it is.
var oneVersion = regexp.MustCompile(`^v?[0-9]+\.[0-9]+\.[0-9]+([-+].*)?$`)

// chart judges an Application that is a chart: one version, of a repository that its project
// names, for a service, and nothing of the whole cluster.
func (j *argoJudge) chart(a application, say func(string, string, ...any)) {
	s := a.Spec.Source
	if !oneVersion.MatchString(s.TargetRevision) {
		say("spec.source.targetRevision", "%q may be another chart tomorrow", s.TargetRevision)
	}
	if s.Kustomize != nil || s.Directory != nil || s.Plugin != nil || s.Ref != "" {
		say("spec.source", "the chart alone says what is built")
	}
	if s.Helm == nil || s.Helm.ReleaseName == "" || !s.Helm.SkipCrds {
		say("spec.source.helm", "objects are called after a release, and definitions of kinds are the platform's")
	}
	if strings.Contains(s.RepoURL, "oci://") {
		say("spec.source.repoURL", "Argo CD takes it for something else than a chart")
	}
	if s.Helm != nil && (len(s.Helm.ValueFiles)+len(s.Helm.FileParameters) > 0 || s.Helm.PassCredentials) {
		say("spec.source.helm", "it reads values from elsewhere, or gives credentials away")
	}
	if a.Labels["slipway.dev/service"] == "" {
		say("spec.source.chart", "it belongs to no service")
	}
	if a.Spec.Destination.Namespace == "" {
		say("spec.destination.namespace", "objects without a namespace go anywhere")
	}
}

// refreshes wants Argo CD to look again when any file changes that the Application reads.
func (j *argoJudge) refreshes(a application, say func(string, string, ...any)) {
	watched := apppath.GetAppRefreshPaths(a.Application)
	for _, file := range a.delivery.Reads {
		if !apppath.AppFilesHaveChanged(watched, []string{path.Join(Root, file)}) {
			say("metadata.annotations["+argocd.AnnotationKeyManifestGeneratePaths+"]", "a change of %s is not noticed", file)
		}
	}
}
