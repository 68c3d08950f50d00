package argocd_test

import (
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/argoproj/argo-cd/v2/util/app/path"
)

// TestACommitConcernsOnlyTheApplicationsThatReadIt asks Argo CD's own functions.
func TestACommitConcernsOnlyTheApplicationsThatReadIt(t *testing.T) {
	t.Parallel()
	f := newFleet()
	for _, dir := range []string{"deploy", "shop/deploy", "a; b/[c]*/deploy"} {
		f.Platform.Dir = dir
		apps, _ := objects(t, f)
		for _, c := range []struct{ file, concerns string }{
			{"services/cart/base/deployment.yaml", "cart-dev"},
			{"services/cart/overlays/dev/release/kustomization.yaml", "cart-dev"},
			{"services/cart/overlays/prod/base/deployment.yaml", "cart-prod"},
			{"services/cart/overlays/prod2/kustomization.yaml", ""},
			{"services/cart2/base/deployment.yaml", ""},
			{"services/billing/base/deployment.yaml", "billing-dev"},
			{"pipelines/cart/pipeline.yaml", "pipelines.main"},
			{"platform/prod-eu/namespaces.yaml", "platform.prod-eu"},
			{"argocd/bootstrap/projects/team-payments.yaml", "bootstrap"},
			{"argocd/clusters/main/applications/dev/cart.yaml", "root.main"},
		} {
			var got []string
			for _, app := range apps {
				if path.AppFilesHaveChanged(path.GetAppRefreshPaths(app), []string{dir + "/" + c.file}) {
					got = append(got, app.Name)
				}
			}
			if strings.Join(got, " ") != c.concerns {
				t.Errorf("%s in %q concerns %v, want %q", c.file, dir, got, c.concerns)
			}
		}
	}
}

// TestRootsReachEverything starts from what is applied by hand and follows the Applications.
func TestRootsReachEverything(t *testing.T) {
	t.Parallel()
	f := newFleet()
	files := emit(t, f)
	apps, _ := objects(t, f)
	reached := map[string]bool{}
	for _, app := range apps {
		dir := strings.TrimPrefix(app.Spec.Source.Path, f.Platform.Dir+"/") + "/"
		for name := range files {
			if strings.HasPrefix(name, dir) {
				reached[name] = true
			}
		}
	}
	for name := range files {
		if !reached[name] {
			t.Errorf("%s is applied by nobody", name)
		}
	}
}

// TestProjectsComeBeforeTheApplicationsThatNameThem holds for kubectl, which applies files
// in the order of their paths.
func TestProjectsComeBeforeTheApplicationsThatNameThem(t *testing.T) {
	t.Parallel()
	files := emit(t, newFleet())
	var kinds []string
	for _, name := range slices.Sorted(maps.Keys(files)) {
		if strings.HasPrefix(name, "argocd/bootstrap/") {
			kind, _, _ := strings.Cut(strings.SplitAfter(string(files[name].Body), "kind: ")[1], "\n")
			kinds = append(kinds, kind)
		}
	}
	if len(kinds) == 0 || !slices.IsSorted(kinds) { // AppProject, Application
		t.Errorf("got %v", kinds)
	}
}

func TestAFixWaitsForRetriesNoLongerThanMinutes(t *testing.T) {
	t.Parallel()
	apps, _ := objects(t, newFleet())
	for _, app := range apps {
		retry, start := app.Spec.SyncPolicy.Retry, time.Unix(0, 0)
		at := start
		for n := range retry.Limit {
			var err error
			if at, err = retry.NextRetryAt(at, n); err != nil {
				t.Fatal(err)
			}
		}
		if d := at.Sub(start); d < time.Minute || d > 3*time.Minute {
			t.Errorf("%s retries for %v", app.Name, d)
		}
	}
}

func TestOnlyRootsTakeObjectsOver(t *testing.T) {
	t.Parallel()
	apps, _ := objects(t, newFleet())
	for _, app := range apps {
		if got, want := app.Spec.SyncPolicy.SyncOptions.HasOption("FailOnSharedResource=true"), !strings.HasPrefix(app.Name, "root."); got != want {
			t.Errorf("%s: %v", app.Name, got)
		}
		if !app.Spec.SyncPolicy.SyncOptions.HasOption("ApplyOutOfSyncOnly=true") {
			t.Errorf("%s would run Jobs again at every sync", app.Name)
		}
	}
}
