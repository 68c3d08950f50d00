package judge

import (
	"slices"
	"strings"
	"time"

	argocd "github.com/argoproj/argo-cd/v2/pkg/apis/application/v1alpha1"
	rbac "k8s.io/api/rbac/v1"
)

// powers are kinds that lead to more than they are: who makes them may give himself rights,
// read what others hide, or deliver anything. A project permits one only when its own
// Applications bring one.
var powers = []string{
	"Secret", "Namespace", "Node", "PersistentVolume", "Role", "RoleBinding", "ClusterRole", "ClusterRoleBinding",
	"Application", "ApplicationSet", "AppProject", "CustomResourceDefinition", "MutatingWebhookConfiguration",
	"ValidatingWebhookConfiguration", "APIService", "Task", "Pipeline", "TaskRun", "PipelineRun",
}

// project judges one project: what Argo CD asks of it, and that it permits what is named
// and no more.
func (j *argoJudge) project(t *Tree, p project) {
	say := func(path, format string, args ...any) { j.add(p.place, path, format, args...) }
	j.err(p.place, "spec", p.DeepCopy().ValidateProject()) // it changes what it does not like
	brings := map[string]bool{}                            // kinds
	for _, a := range j.applications {
		if a.Spec.Project == p.Name {
			for _, o := range a.delivery.Objects {
				brings[o.GetKind()] = true
			}
		}
	}
	brings["Pipeline"] = brings["Pipeline"] || brings["Task"] // a fleet may not build anything yet
	for _, list := range []struct {
		field    string
		patterns []string
	}{
		{"sourceRepos", p.Spec.SourceRepos}, {"destinations", placesOf(p.AppProject)},
		{"clusterResourceWhitelist", kindsOf(p.AppProject, true)}, {"namespaceResourceWhitelist", kindsOf(p.AppProject, false)},
	} {
		for _, pattern := range list.patterns {
			if strings.ContainsAny(pattern, "*?[{") || strings.HasPrefix(pattern, "!") {
				say("spec."+list.field, "%q is more than it names", pattern)
			}
		}
	}
	for _, kind := range slices.Concat(kindsOf(p.AppProject, true), kindsOf(p.AppProject, false)) {
		_, kind, _ := strings.Cut(kind, "/")
		if slices.Contains(powers, kind) && !brings[kind] {
			say("spec", "it permits the kind %s, and brings none", kind)
		}
	}
	for _, repo := range p.Spec.SourceRepos {
		reads := func(a application) bool { return a.Spec.Source != nil && a.Spec.Source.RepoURL == repo }
		// What all projects permit is the platform's to say: a repository of charts that are not used yet.
		if !slices.ContainsFunc(j.applications, reads) && !j.permittedByAll(repo) {
			say("spec.sourceRepos", "no Application reads %s", repo)
		}
	}
	if p.Spec.NamespaceResourceWhitelist == nil {
		say("spec.namespaceResourceWhitelist", "without a list, every kind is permitted")
	}
	if len(p.Spec.SourceNamespaces) > 0 {
		say("spec.sourceNamespaces", "Applications are made in Argo CD's namespace only")
	}
	j.places(t, p, brings["Application"], say)
	j.windows(p, say)
	j.roles(t, p, say)
}

// permittedByAll reports whether every team's project permits a repository.
func (j *argoJudge) permittedByAll(repo string) bool {
	teams := 0
	for _, p := range j.projects {
		if !strings.HasPrefix(p.Name, "team-") {
			continue
		}
		teams++
		if !slices.Contains(p.Spec.SourceRepos, repo) {
			return false
		}
	}
	return teams > 1
}

func placesOf(p *argocd.AppProject) []string {
	var all []string
	for _, d := range p.Spec.Destinations {
		all = append(all, d.Server, d.Name, d.Namespace)
	}
	return all
}

// kindsOf are kinds as "group/kind".
func kindsOf(p *argocd.AppProject, cluster bool) []string {
	list := p.Spec.NamespaceResourceWhitelist
	if cluster {
		list = p.Spec.ClusterResourceWhitelist
	}
	var all []string
	for _, k := range list {
		all = append(all, k.Group+"/"+k.Kind)
	}
	return all
}

// places wants destinations that the output itself makes; only the platform's own project
// goes to Argo CD's and Tekton's namespaces.
func (j *argoJudge) places(t *Tree, p project, platform bool, say func(string, string, ...any)) {
	made := map[string]bool{}
	for _, d := range t.Deliveries {
		for _, o := range d.Objects {
			if o.GetKind() == "Namespace" {
				made[d.Server+" "+o.GetName()] = true
			}
		}
	}
	for _, d := range p.Spec.Destinations {
		if d.Server == "" || d.Name != "" {
			say("spec.destinations", "a cluster is named by its address, once")
		}
		known := made[d.Server+" "+d.Namespace] || platform && (d.Namespace == p.Namespace || d.Namespace == "tekton-pipelines")
		if !known {
			say("spec.destinations", "it goes to the namespace %q of %s, which is not the fleet's", d.Namespace, d.Server)
		}
	}
	if len(p.Spec.DestinationServiceAccounts) > 0 {
		say("spec.destinationServiceAccounts", "Argo CD acts as itself")
	}
}

func (j *argoJudge) windows(p project, say func(string, string, ...any)) {
	for _, w := range p.Spec.SyncWindows {
		if w == nil {
			continue
		}
		if _, err := time.LoadLocation(w.TimeZone); err != nil { // Argo CD takes UTC instead
			say("spec.syncWindows", "%v", err)
		}
	}
}

// roles wants a role to look and to sync, for the owner's own group.
func (j *argoJudge) roles(t *Tree, p project, say func(string, string, ...any)) {
	groups := groupsOf(t, p.Labels["slipway.dev/owner"])
	for _, r := range p.Spec.Roles {
		for _, policy := range r.Policies {
			parts := strings.Split(strings.ReplaceAll(policy, " ", ""), ",")
			if len(parts) == 6 && !slices.Contains([]string{"applications get", "applications sync", "logs get"}, parts[2]+" "+parts[3]) {
				say("spec.roles", "%q is more than to look and to sync", policy)
			}
		}
		for _, g := range r.Groups {
			if strings.ContainsAny(g, "*,") || len(groups) > 0 && !slices.Contains(groups, g) {
				say("spec.roles", "%q is not the owner's group", g)
			}
		}
	}
}

// groupsOf are the groups that may look at an owner's pipelines.
func groupsOf(t *Tree, owner string) []string {
	var all []string
	for _, d := range t.ofKind("rbac.authorization.k8s.io/v1 RoleBinding") {
		b, err := typed[rbac.RoleBinding](d.Object)
		if err != nil || owner == "" || b.Labels["slipway.dev/owner"] != owner {
			continue
		}
		for _, s := range b.Subjects {
			if s.Kind == rbac.GroupKind {
				all = append(all, s.Name)
			}
		}
	}
	return all
}
