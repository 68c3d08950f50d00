package argocd_test

import (
	"slices"
	"strings"
	"testing"

	argo "github.com/argoproj/argo-cd/v2/pkg/apis/application/v1alpha1"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"slipway.dev/compiler/ir"
	"slipway.dev/targets/argocd"
)

func TestProjectsPermitEverythingOneByOne(t *testing.T) {
	t.Parallel()
	_, projects := objects(t, newFleet())
	for _, p := range projects {
		if len(p.Spec.NamespaceResourceWhitelist) == 0 {
			t.Errorf("%s has no list of kinds, which permits all", p.Name)
		}
		var all []string
		all = append(all, p.Spec.SourceRepos...)
		for _, d := range p.Spec.Destinations {
			all = append(all, d.Server, d.Namespace, d.Name)
		}
		for _, k := range slices.Concat(p.Spec.NamespaceResourceWhitelist, p.Spec.ClusterResourceWhitelist) {
			all = append(all, k.Group, k.Kind)
		}
		for _, r := range p.Spec.Roles {
			for _, policy := range r.Policies { // the project's own Applications are the only star
				all = append(all, strings.Replace(policy, " "+p.Name+"/*,", "", 1))
			}
		}
		for _, s := range all {
			if strings.Contains(s, "*") {
				t.Errorf("%s has a star in %q", p.Name, s)
			}
		}
	}
}

// TestArgoCDAgreesWhoMayDeployWhatWhere asks Argo CD's own functions.
func TestArgoCDAgreesWhoMayDeployWhatWhere(t *testing.T) {
	t.Parallel()
	f := newFleet()
	_, projects := objects(t, f)
	type place struct{ server, namespace string }
	main, prod := argo.KubernetesInternalAPIServerAddr, "https://prod-eu.example.com:6443"
	places := []place{
		{main, "tekton-pipelines"}, {main, "argocd"}, {main, "shop-dev"}, {main, "shop-staging"}, {prod, "shop"},
		{main, "ci-payments"}, {main, "ci-payments-pr"}, {main, "ci-platform"}, {main, "ci-platform-pr"}, {main, "slipway-tasks"},
		{main, "shop"}, {prod, "shop-dev"}, {prod, "argocd"}, {main, "kube-system"}, {main, ""}, // nobody's
	}
	kinds := []schema.GroupKind{
		{Group: "argoproj.io", Kind: "Application"}, {Group: "argoproj.io", Kind: "AppProject"}, {Group: "argoproj.io", Kind: "ApplicationSet"},
		{Group: "rbac.authorization.k8s.io", Kind: "Role"}, {Group: "", Kind: "Secret"}, {Group: "apps", Kind: "Deployment"}, {Group: "apps", Kind: "DaemonSet"},
		{Group: "tekton.dev", Kind: "Pipeline"}, {Group: "tekton.dev", Kind: "PipelineRun"},
	}
	want := map[string]struct {
		places []place
		kinds  []string
	}{
		"platform":      {places[:10], []string{"Application", "AppProject", "Role"}},
		"pipelines":     {places[5:10], []string{"Role", "Pipeline"}},
		"team-payments": {places[2:5], []string{"Deployment", "DaemonSet"}},
		"team-platform": {places[2:5], []string{"Deployment", "DaemonSet"}},
	}
	for _, p := range projects {
		w, known := want[p.Name]
		if !known {
			t.Errorf("nobody expects project %s", p.Name)
		}
		for _, to := range places {
			got, err := p.IsDestinationPermitted(argo.ApplicationDestination{Server: to.server, Namespace: to.namespace}, nil)
			if err != nil || got != slices.Contains(w.places, to) {
				t.Errorf("%s in %v: %v, %v", p.Name, to, got, err)
			}
		}
		for _, k := range kinds {
			if got := p.IsGroupKindPermitted(k, true); got != slices.Contains(w.kinds, k.Kind) {
				t.Errorf("%s of %v: %v", p.Name, k, got)
			}
		}
		for _, k := range []string{"Namespace", "ClusterRole", "CustomResourceDefinition"} {
			if got, want := p.IsGroupKindPermitted(schema.GroupKind{Kind: k}, false), p.Name == "platform" && k == "Namespace"; got != want {
				t.Errorf("%s of a cluster's %s: %v", p.Name, k, got)
			}
		}
		for _, repo := range []string{f.Platform.Repo, "https://git.example.com/shop/fleet2.git", "https://git.example.com/shop/billing"} {
			if got := p.IsSourcePermitted(argo.ApplicationSource{RepoURL: repo}); got != (repo == f.Platform.Repo) {
				t.Errorf("%s from %s: %v", p.Name, repo, got)
			}
		}
		if err := p.ValidateProject(); err != nil {
			t.Error(err)
		}
	}
}

func TestTeamsSeeTheirPods(t *testing.T) {
	t.Parallel()
	_, projects := objects(t, newFleet())
	for _, p := range projects {
		if !strings.HasPrefix(p.Name, "team-") {
			continue
		}
		// Argo CD stops at the first object on the way down that the project does not permit,
		// and takes the images of an Application from its pods.
		for _, k := range []schema.GroupKind{{Group: "apps", Kind: "ReplicaSet"}, {Group: "", Kind: "Pod"}} {
			if !p.IsGroupKindPermitted(k, true) {
				t.Errorf("%s does not permit %v", p.Name, k)
			}
		}
	}
}

func TestAddressesAreNoPatterns(t *testing.T) {
	t.Parallel()
	f := newFleet()
	f.Platform.Clusters[1].Server = "https://[fd00::1]:6443"
	apps, projects := objects(t, f) // each Application is held against its project
	if len(apps) == 0 || len(projects) == 0 {
		t.Fatal("nothing is emitted")
	}
	f.Platform.Repo = "https://git.example.com/*"
	if _, err := (argocd.Target{}).Fleet(f.Platform); err == nil {
		t.Error("a repository that is a pattern is permitted")
	}
}

func TestGroupsOfDirectoriesAreQuoted(t *testing.T) {
	t.Parallel()
	f := newFleet()
	for group, want := range map[string]string{
		"payments": "payments", "cn=payments,ou=teams": `"cn=payments,ou=teams"`, `"a,b"`: `"a,b"`, "pay ments": "pay ments",
	} {
		f.Platform.Owners = []ir.Owner{{Name: "payments", Group: group}, {Name: "platform"}}
		_, projects := objects(t, f)
		k := slices.IndexFunc(projects, func(p *argo.AppProject) bool { return p.Name == "team-payments" })
		if got := projects[k].Spec.Roles[0].Groups; !slices.Equal(got, []string{want}) {
			t.Errorf("group %q becomes %q", group, got)
		}
	}
}
