package argocd

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	argo "github.com/argoproj/argo-cd/v2/pkg/apis/application/v1alpha1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"slipway.dev/compiler/ir"
)

type project = argo.AppProject

// The projects that no team has. Whoever may make Applications may do everything that Argo
// CD may, so the namespace of Argo CD is in the platform's project alone; pipelines follow
// from the specs of teams, and have a project of their own.
const (
	platformProject  = "platform"
	pipelinesProject = "pipelines"
)

// teamProject is the project of an owner. The prefix keeps it apart from the two above and
// from Argo CD's own "default", which permits everything.
func teamProject(owner string) string { return "team-" + owner }

// newProjects makes all projects, sorted by name. Each names its repository, its
// destinations and its kinds one by one.
func newProjects(p *ir.Platform) []*project {
	var pipelines []argo.ApplicationDestination
	for _, ns := range p.PipelineNamespaces() {
		pipelines = append(pipelines, argo.ApplicationDestination{Server: p.Pipelines.Cluster.Server, Namespace: ns})
	}
	platform := newProject(p, platformProject, "Argo CD's own objects, and what clusters must have: namespaces and what guards them.",
		slices.Concat([]argo.ApplicationDestination{argoCD(p)}, environments(p), pipelines, []argo.ApplicationDestination{tektonItself(p)}), platformKinds)
	platform.Spec.ClusterResourceWhitelist = platformClusterKinds
	kinds := pipelineKinds
	if p.Webhooks != nil {
		kinds = union(pipelineKinds, eventKinds)
	}
	out := []*project{
		newProject(p, pipelinesProject, "The pipelines of all services.", pipelines, kinds),
		platform,
	}
	for _, o := range p.Owners {
		out = append(out, newTeamProject(p, o))
	}
	return out
}

// environments are where services are deployed, in promotion order.
func environments(p *ir.Platform) []argo.ApplicationDestination {
	var out []argo.ApplicationDestination
	for _, env := range p.Environments {
		out = append(out, argo.ApplicationDestination{Server: env.Cluster.Server, Namespace: env.Namespace})
	}
	return out
}

// newProject makes a project that permits nothing of a whole cluster. kinds is never empty:
// Argo CD reads a missing list as all kinds.
func newProject(p *ir.Platform, name, description string, to []argo.ApplicationDestination, kinds []metav1.GroupKind) *project {
	project := &project{
		TypeMeta: metav1.TypeMeta{APIVersion: "argoproj.io/v1alpha1", Kind: "AppProject"},
		ObjectMeta: metav1.ObjectMeta{
			Name: name, Namespace: p.ArgoCD,
			Labels:      map[string]string{labelManagedBy: "slipway"},
			Annotations: map[string]string{"argocd.argoproj.io/sync-wave": "-1"}, // before the Applications that name it
		},
		Spec: argo.AppProjectSpec{
			Description:                description,
			SourceRepos:                []string{p.Repo},
			NamespaceResourceWhitelist: kinds,
		},
	}
	for _, d := range to {
		d.Server = exactly(d.Server)
		if !slices.Contains(project.Spec.Destinations, d) { // an environment may share a namespace with pipelines
			project.Spec.Destinations = append(project.Spec.Destinations, d)
		}
	}
	return project
}

// newTeamProject is what the services of an owner may deploy, and where: kinds of the
// services' namespaces. Resources that belong to nobody are not watched for: environments
// are shared, and every Application would warn of everybody's.
func newTeamProject(p *ir.Platform, o ir.Owner) *project {
	project := newProject(p, teamProject(o.Name), "The services of "+o.Name+".", environments(p), kindsOf(p))
	project.Labels[labelOwner] = o.Name
	for _, repo := range p.Charts {
		project.Spec.SourceRepos = append(project.Spec.SourceRepos, chartRepository(repo))
	}
	if o.Group != "" {
		project.Spec.Roles = []argo.ProjectRole{newTeamRole(project.Name, o.Group)}
	}
	return project
}

// kindsOf are the kinds that services may have.
func kindsOf(p *ir.Platform) []metav1.GroupKind {
	kinds := slices.Clone(serviceKinds)
	for _, k := range p.Kinds {
		if g := (metav1.GroupKind{Group: k.Group, Kind: k.Kind}); !slices.Contains(kinds, g) {
			kinds = append(kinds, g)
		}
	}
	slices.SortFunc(kinds, func(a, b metav1.GroupKind) int {
		return cmp.Or(cmp.Compare(a.Group, b.Group), cmp.Compare(a.Kind, b.Kind))
	})
	return kinds
}

// union is several lists of kinds as one, sorted.
func union(lists ...[]metav1.GroupKind) []metav1.GroupKind {
	kinds := slices.Concat(lists...)
	slices.SortFunc(kinds, func(a, b metav1.GroupKind) int {
		return cmp.Or(cmp.Compare(a.Group, b.Group), cmp.Compare(a.Kind, b.Kind))
	})
	return slices.Compact(kinds)
}

// newTeamRole lets the owner's group look at its Applications, read their logs and sync
// them; nothing that changes what is deployed, since that is done in Git. The star is all
// Applications of this project, and of no other: what a policy has instead of a list.
func newTeamRole(project, group string) argo.ProjectRole {
	const name = "team"
	role := argo.ProjectRole{Name: name, Description: "Look at Applications, read logs, sync.", Groups: []string{groupName(group)}}
	for _, may := range []string{"applications, get", "applications, sync", "logs, get"} { // since 3.0, get does not include logs
		role.Policies = append(role.Policies, fmt.Sprintf("p, proj:%s:%s, %s, %s/*, allow", project, name, may, project))
	}
	return role
}

// groupName quotes a group whose name has a comma, such as an LDAP name: groups become
// lines of comma-separated values.
func groupName(group string) string {
	if strings.Contains(group, ",") && !strings.HasPrefix(group, `"`) {
		return `"` + group + `"`
	}
	return group
}

// exactly is the pattern that matches an address and nothing else: the brackets of an IPv6
// address would be a set of characters.
func exactly(address string) string { return escaped.Replace(address) }

var escaped = strings.NewReplacer(`\`, `\\`, `*`, `\*`, `?`, `\?`, `[`, `\[`, `]`, `\]`, `{`, `\{`, `}`, `\}`)

// patterns are the characters that Argo CD takes for patterns. A repository's address
// cannot escape them: Argo CD parses it before it compares.
const patterns = `*?[]{}\`

// validateProject reports what Argo CD would, and a repository that would permit others.
func validateProject(p *project) error {
	for _, repo := range p.Spec.SourceRepos {
		if strings.ContainsAny(repo, patterns) {
			return fmt.Errorf("Argo CD reads repository %q as a pattern", repo)
		}
	}
	return p.ValidateProject()
}
