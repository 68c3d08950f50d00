package intake

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"slipway.dev/compiler/diag"
)

// Workloads become services by their images and names. A line is KIND NAME IMAGE
// [ENV]; what is wanted is SERVICE: PROCESS, ….
func TestWorkloadsBecomeServices(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ have, want string }{
		"a web process and its worker":                    {"Deployment tickets-web acme/tickets:1\nDeployment tickets-worker acme/tickets:1", "tickets: web worker"},
		"a worker beside what is called like the service": {"Deployment cart acme/shop:1\nDeployment cart-worker acme/shop:1", "cart: main worker"},
		"one chart, two images":                           {"Deployment acme-orders acme/orders:1\nDeployment acme-users acme/users:1", "acme-orders: main; acme-users: main"},
		"jobs by the clock go with what they are called after": {
			"Deployment cart acme/cart:1\nCronJob cart-sweep busybox:1\nCronJob cart-digest acme/cart:1", "cart: digest main sweep"},
		"the longest name wins":      {"Deployment web a:1\nDeployment web-crawler b:1\nCronJob web-crawler-nightly c:1", "web: main; web-crawler: main nightly"},
		"a job alone is a service":   {"Job populate-db a:1", "populate-db: main"},
		"two kinds of one name":      {"Deployment cart a/cart:1\nCronJob cart a/cart:1", "cart: main main-cronjob"},
		"names with the environment": {"Deployment shop-staging-web acme/shop:1 staging\nDeployment shop-production-web acme/shop:2 production", "shop-web: main"},
		"short words for it":         {"Deployment prod-shop acme/shop:1 production\nDeployment stg-shop acme/shop:2 staging", "shop: main"},
		"names that are only alike":  {"Deployment shop-dev a:1 staging\nDeployment shop b:2 production", "shop: main; shop-dev: main"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			files, envs := fstest.MapFS{}, []string{}
			for line := range strings.Lines(c.have) {
				f := strings.Fields(line)
				env := "prod"
				if len(f) > 3 {
					env = f[3]
				}
				if files[env+".yaml"] == nil {
					files[env+".yaml"], envs = &fstest.MapFile{}, append(envs, env)
				}
				files[env+".yaml"].Data = append(files[env+".yaml"].Data, manifest(f[0], f[1], f[2])...)
			}
			var ds diag.List
			var objects []*Object
			for _, env := range envs {
				found, err := read(files, Source{env, env + ".yaml"}, &ds)
				if err != nil {
					t.Fatal(err)
				}
				for _, o := range found {
					o.Env = env
				}
				objects = append(objects, found...)
			}
			for _, d := range ds.All() {
				t.Error(d)
			}
			if got := services(newGroups(objects)); got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

func services(g *groups) string {
	by := map[string][]string{}
	for _, m := range g.members {
		if !slices.Contains(by[m.service], m.process) {
			by[m.service] = append(by[m.service], m.process)
		}
	}
	var out []string
	for _, s := range sortedKeys(by) {
		slices.Sort(by[s])
		out = append(out, s+": "+strings.Join(by[s], " "))
	}
	return strings.Join(out, "; ")
}

func manifest(kind, name, image string) string {
	pod := fmt.Sprintf("{spec: {containers: [{name: c, image: %q}]}}", image)
	switch kind {
	case "CronJob":
		return fmt.Sprintf("---\napiVersion: batch/v1\nkind: CronJob\nmetadata: {name: %s}\nspec: {schedule: \"0 0 * * *\", jobTemplate: {spec: {template: %s}}}\n", name, pod)
	case "Job":
		return fmt.Sprintf("---\napiVersion: batch/v1\nkind: Job\nmetadata: {name: %s}\nspec: {template: %s}\n", name, pod)
	}
	return fmt.Sprintf("---\napiVersion: apps/v1\nkind: %s\nmetadata: {name: %s}\nspec: {selector: {}, template: %s}\n", kind, name, pod)
}
