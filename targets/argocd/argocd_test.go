package argocd_test

import (
	"flag"
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	argo "github.com/argoproj/argo-cd/v2/pkg/apis/application/v1alpha1"
	"sigs.k8s.io/yaml"

	"slipway.dev/compiler/ir"
	"slipway.dev/compiler/plan"
	"slipway.dev/targets/argocd"
)

// newFleet is two clusters, three environments and two owners. The service "cart" runs
// everywhere, "billing" was not released to prod yet.
func newFleet() *ir.Fleet {
	main := &ir.Cluster{Name: "main", Server: argo.KubernetesInternalAPIServerAddr}
	prodEU := &ir.Cluster{Name: "prod-eu", Server: "https://prod-eu.example.com:6443"}
	dev := &ir.Environment{Name: "dev", Cluster: main, Namespace: "shop-dev", Head: true}
	staging := &ir.Environment{Name: "staging", Cluster: main, Namespace: "shop-staging", From: dev}
	prod := &ir.Environment{Name: "prod", Cluster: prodEU, Namespace: "shop", From: staging}
	p := &ir.Platform{
		Name: "shop", Repo: "https://git.example.com/shop/fleet.git", Branch: "main", Dir: "shop/deploy", Home: "shop",
		Owners: []ir.Owner{
			{Name: "payments", Group: "cn=payments,ou=teams", Channel: "#payments"},
			{Name: "platform"}, // also what the platform's own project is called
		},
		Clusters:     []*ir.Cluster{main, prodEU, {Name: "unused", Server: "https://unused.example.com"}},
		Environments: []*ir.Environment{dev, staging, prod},
		Pipelines:    ir.Pipelines{Cluster: main},
		ArgoCD:       "argocd",
	}
	cart := newService("cart", "platform", true, dev, staging, prod)
	billing := newService("billing", "payments", true, dev, prod)
	billing.Source = &ir.Source{Repo: "https://git.example.com/shop/billing"}
	billing.Instances[1].Release = nil
	return &ir.Fleet{Platform: p, Services: []*ir.Service{billing, cart}}
}

func newService(name, owner string, released bool, envs ...*ir.Environment) *ir.Service {
	svc := &ir.Service{Name: name, Owner: owner, RunsIn: envs}
	for _, env := range envs {
		i := &ir.Instance{Service: svc, Env: env, Head: env.Head}
		if released {
			i.Release = &ir.Release{Image: "registry.example.com/" + name + "@sha256:" + strings.Repeat("0", 64)}
		}
		svc.Instances = append(svc.Instances, i)
	}
	return svc
}

// emit returns all files of a fleet by path.
func emit(t *testing.T, f *ir.Fleet) map[string]plan.File {
	t.Helper()
	all, err := argocd.Target{}.Fleet(f.Platform)
	if err != nil {
		t.Fatal(err)
	}
	for _, svc := range f.Services {
		files, err := argocd.Target{}.Service(f.Platform, svc)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, files...)
	}
	byPath := map[string]plan.File{}
	for _, file := range all {
		if _, twice := byPath[file.Path]; twice {
			t.Errorf("%s is emitted twice", file.Path)
		}
		byPath[file.Path] = file
	}
	return byPath
}

// objects decodes what is emitted, strictly: a field that Argo CD's types have not fails.
func objects(t *testing.T, f *ir.Fleet) (apps []*argo.Application, projects []*argo.AppProject) {
	t.Helper()
	files := emit(t, f)
	for _, name := range slices.Sorted(maps.Keys(files)) {
		var err error
		if path.Base(name) == "settling.yaml" {
			continue // Kubernetes' kinds
		}
		if path.Base(path.Dir(name)) == "projects" {
			project := &argo.AppProject{}
			err = yaml.UnmarshalStrict(files[name].Body, project)
			projects = append(projects, project)
		} else {
			app := &argo.Application{}
			err = yaml.UnmarshalStrict(files[name].Body, app)
			apps = append(apps, app)
		}
		if err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	return apps, projects
}

var update = flag.Bool("update", false, "write what is emitted")

func TestOutputIsWhatWasReviewed(t *testing.T) {
	t.Parallel()
	got := emit(t, newFleet())
	if *update {
		for name, file := range got {
			if err := os.WriteFile(filepath.Join("testdata/fleet", filepath.FromSlash(name)), file.Body, 0o644); err != nil {
				t.Fatal(err)
			}
		}
	}
	golden := os.DirFS("testdata/fleet")
	if err := fs.WalkDir(golden, ".", func(name string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			if _, ok := got[name]; !ok {
				t.Errorf("%s is not emitted any more", name)
			}
		}
		return err
	}); err != nil {
		t.Fatal(err)
	}
	for name, file := range got {
		want, err := fs.ReadFile(golden, name)
		if err != nil || string(want) != string(file.Body) {
			t.Errorf("%s: %v, got\n%s", name, err, file.Body)
		}
	}
}

func TestServicesOwnTheirApplicationsAndTheFleetTheRest(t *testing.T) {
	t.Parallel()
	for name, file := range emit(t, newFleet()) {
		want := plan.Fleet
		if strings.Contains(name, "/applications/") {
			want = plan.Service(strings.TrimSuffix(path.Base(name), ".yaml"))
		}
		if file.Owner != want {
			t.Errorf("%s is of %s, want %s", name, file.Owner, want)
		}
	}
}

func TestNothingRunsWhereNothingWasReleased(t *testing.T) {
	t.Parallel()
	f := newFleet()
	f.Services = append(f.Services, newService("search", "payments", false, f.Platform.Environments...))
	for name := range emit(t, f) {
		if name == "argocd/clusters/prod-eu/applications/prod/billing.yaml" || strings.HasSuffix(name, "/search.yaml") {
			t.Errorf("%s is emitted", name)
		}
	}
}

func TestAnotherServiceChangesNoOtherFile(t *testing.T) {
	t.Parallel()
	f := newFleet()
	before := emit(t, f)
	f.Services = append(f.Services, newService("search", "payments", true, f.Platform.Environments...))
	after := emit(t, f)
	if len(after) != len(before)+3 {
		t.Errorf("%d files became %d", len(before), len(after))
	}
	for name, file := range before {
		if string(after[name].Body) != string(file.Body) {
			t.Errorf("%s changed", name)
		}
	}
}

func TestNoApplicationTakesItsObjectsAlong(t *testing.T) {
	t.Parallel()
	apps, projects := objects(t, newFleet())
	for _, app := range apps {
		if len(app.Finalizers) > 0 || app.Operation != nil {
			t.Errorf("%s has a finalizer or an operation", app.Name)
		}
		if keeps := app.Spec.Project == "platform"; keeps == app.Spec.SyncPolicy.Automated.Prune {
			t.Errorf("%s: prune is %v", app.Name, !keeps)
		}
		if !app.Spec.SyncPolicy.Automated.SelfHeal || app.Spec.SyncPolicy.Automated.AllowEmpty {
			t.Errorf("%s does not heal itself, or may prune all it has", app.Name)
		}
	}
	for _, project := range projects {
		if len(project.Finalizers) > 0 {
			t.Errorf("project %s has a finalizer", project.Name)
		}
	}
}

func TestNamesDifferAndFitIntoLabels(t *testing.T) {
	t.Parallel()
	f := newFleet()
	const longest = "a23456789b123456789c123456789d123456789e123456789f123" // what the schema permits
	for _, c := range f.Platform.Clusters {
		if c.Name == "main" {
			c.Name = longest
		}
	}
	f.Platform.Owners[0].Name = longest
	f.Services[0].Owner = longest
	// Services that are called like what is above them.
	for _, name := range []string{"root", "platform", "bootstrap", "pipelines"} {
		f.Services = append(f.Services, newService(name, longest, true, f.Platform.Environments...))
	}
	apps, projects := objects(t, f)
	seen := map[string]bool{}
	for _, app := range apps {
		if len(app.Name) > 63 || seen[app.Name] {
			t.Errorf("%s is too long or there twice", app.Name)
		}
		seen[app.Name] = true
	}
	clear(seen)
	for _, project := range projects {
		if len(project.Name) > 63 || seen[project.Name] || project.Name == "default" {
			t.Errorf("project %s is too long, there twice or Argo CD's own", project.Name)
		}
		seen[project.Name] = true
	}
}
