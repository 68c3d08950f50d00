package faults

import (
	"fmt"
	"slices"
	"strings"
)

// row is a fault of the table: whether it is one of the worst, its name, how it is made.
type row struct {
	worst bool
	name  string
	edit  Edit
}

// How bad a fault is. The worst end in a breach, an outage or lost data, and quietly so.
const (
	worst = true
	usual = false
)

// Table are the faults that people thought of, by area.
func Table() []Fault {
	areas := []struct {
		name string
		rows []row
	}{
		{"pod security", podSecurity()},
		{"strict decoding", decoding()},
		{"workloads", workloads()},
		{"containers", containers()},
		{"services and routes", routes()},
		{"network policies", networkPolicies()},
		{"scaling", scaling()},
		{"configuration", configuration()},
		{"accounts", accounts()},
		{"pipelines", pipelines()},
		{"tasks", tasks()},
		{"credentials", credentials()},
		{"stages in Tekton's words", ownTasks()},
		{"builds of pull requests", trials()},
		{"fences of pull requests", fences()},
		{"runs", runs()},
		{"contracts", contracts()},
		{"reports", reports()},
		{"Tekton's flags", flags()},
		{"promoter", promoter()},
		{"starts", starts()},
		{"projects", projects()},
		{"applications", applications()},
		{"kustomize", kustomize()},
		{"YAML", syntax()},
		{"events", events()},
		{"rollouts", rollouts()},
	}
	var all []Fault
	for _, a := range areas {
		for _, r := range a.rows {
			all = append(all, Fault{Name: r.name, Area: a.name, Worst: r.worst, Edit: r.edit})
		}
	}
	return all
}

// Where the documents are that faults go into.
const (
	shop       = "services/shop/overlays/prod/base/deployment.yaml"
	worker     = "services/shop/overlays/prod/base/deployment-worker.yaml"
	shopFolder = "services/shop/overlays/prod/base/"
	store      = "services/store/overlays/prod/base/statefulset.yaml"
	storePods  = "services/store/overlays/prod/base/service-pods.yaml"
	tables     = "services/tables/overlays/prod/base/job.yaml"
	scripts    = "services/tables/overlays/prod/base/configmap-scripts.yaml"
	api        = "services/api/overlays/prod/base/deployment.yaml"

	service  = shopFolder + "service.yaml"
	outside  = shopFolder + "service-outside.yaml"
	policy   = shopFolder + "networkpolicy.yaml"
	scaler   = shopFolder + "horizontalpodautoscaler.yaml"
	budget   = shopFolder + "poddisruptionbudget.yaml"
	route    = shopFolder + "httproute-web.yaml"
	settings = shopFolder + "configmap-settings.yaml"
	account  = shopFolder + "serviceaccount.yaml"
	ingress  = "services/shop/overlays/dev/spec/ingress-web.yaml"
	patch    = "services/shop/overlays/dev/spec/patch-deployment.yaml"

	release       = "pipelines/shop/release.yaml"
	pullRequest   = "pipelines/shop/pull-request.yaml"
	koRelease     = "pipelines/api/release.yaml"
	jibRelease    = "pipelines/jar/release.yaml"
	koPullRequest = "pipelines/api/pull-request.yaml"
	beside        = "spec.tasks[integration].taskSpec.sidecars[redis]."
	releaseRun    = "runs/shop-release.yaml"
	requestRun    = "runs/shop-pull-request.yaml"
	taskFolder    = "pipelines/fleet/tasks/"
	owner         = "pipelines/fleet/owners/store.yaml"
	tektonFlags   = "platform/near/tekton.yaml"
	namespaces    = "platform/near/namespaces.yaml"
	farSpaces     = "platform/far/namespaces.yaml"

	team         = "argocd/bootstrap/projects/team-store.yaml"
	pipeProject  = "argocd/bootstrap/projects/pipelines.yaml"
	baseProject  = "argocd/bootstrap/projects/platform.yaml"
	self         = "argocd/bootstrap/self.yaml"
	root         = "argocd/bootstrap/roots/far.yaml"
	shopApp      = "argocd/clusters/far/applications/prod/shop.yaml"
	cacheApp     = "argocd/clusters/far/applications/prod/cache.yaml"
	shopTestApp  = "argocd/clusters/near/applications/test/shop.yaml"
	storeApp     = "argocd/clusters/far/applications/prod/store.yaml"
	platformApp  = "argocd/clusters/far/platform.yaml"
	pipelinesApp = "argocd/clusters/near/pipelines.yaml"

	pod   = "spec.template.spec."
	main  = pod + "containers[shop]."
	proxy = pod + "containers[proxy]."
	warm  = pod + "initContainers[warm]."
)

// task is the file of a task of the fleet. Its name ends in a hash, which an edit looks up.
func task(name string) string { return taskFolder + name + "-*.yaml" }

// m is a map, as JSON-like values.
type m = map[string]any

// l is a list, as JSON-like values.
func l(items ...any) []any { return items }

// each makes rows from the rows of several things.
func each[T any](things []T, rows func(T) []row) []row {
	var all []row
	for _, thing := range things {
		all = append(all, rows(thing)...)
	}
	return all
}

// long is a text of so many letters.
func long(n int) string { return strings.Repeat("a", n) }

// wrong is a row for every value that is wrong at one path.
func wrong(doc, path, name string, values ...any) []row {
	rows := make([]row, 0, len(values))
	for _, v := range values {
		rows = append(rows, row{usual, fmt.Sprintf("%s is %v", name, shown(v)), set(doc, path, v)})
	}
	return rows
}

// shown is a value as a name tells it.
func shown(v any) string {
	s, ok := v.(string)
	switch {
	case !ok:
		return fmt.Sprint(v)
	case len(s) > 40:
		return fmt.Sprintf("%d letters long", len(s))
	}
	return fmt.Sprintf("%q", s)
}

// concat joins rows.
func concat(rows ...[]row) []row { return slices.Concat(rows...) }

// sameTask gives the last task of a pipeline's finally the reference of another task.
func sameTask(doc, name string) Edit {
	return func(files map[string][]byte) error {
		var ref any
		err := document(files, doc, func(object any) (any, error) {
			_, _, err := at(clone(object), steps("spec.tasks["+name+"].taskRef"), func(old any, _ bool) (any, bool, error) {
				ref = old
				return old, true, nil
			})
			return object, err
		})
		if err != nil {
			return err
		}
		return edit(doc, "spec.finally[-1].taskRef", func(any, bool) (any, bool, error) { return ref, true, nil })(files)
	}
}
