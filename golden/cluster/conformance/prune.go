package conformance

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"slipway.dev/golden/cluster/judge"
)

// pruned returns the scenario that takes things out of Git. An object of a service goes from
// the cluster, and nothing else does. A whole service stays, Application and workload, until
// somebody says so to Argo CD; its pipelines go (docs/argocd.md, "What is deleted, and when").
func pruned(scaled, removed, env string) func(context.Context, *Fleet) (string, error) {
	return func(ctx context.Context, f *Fleet) (string, error) {
		app := scaled + "-" + env
		const line = "\tenvironments: %s: run: main: scale: {min: 2, max: 3}\n}\n"
		spec := "services/" + scaled + ".cue"
		before, err := os.ReadFile(filepath.Join(f.Dir, spec))
		if err != nil {
			return "", err
		}
		if err := f.Edit(spec, func(text string) string {
			return strings.TrimSuffix(text, "}\n") + fmt.Sprintf(line, env)
		}); err != nil {
			return "", err
		}
		if err := f.Publish(ctx, "Scale "+scaled); err != nil {
			return "", err
		}
		if err := f.settle(ctx, 3*time.Minute, app); err != nil {
			return "", err
		}
		delivery := f.delivery(app)
		scalers := f.Env.Client.AutoscalingV2().HorizontalPodAutoscalers(delivery.Namespace)
		if _, err := scalers.Get(ctx, scaled, metav1.GetOptions{}); err != nil {
			return "", fmt.Errorf("after a scale was added: %w", err)
		}

		if err := f.Edit(spec, func(string) string { return string(before) }); err != nil {
			return "", err
		}
		if err := f.Publish(ctx, "Scale "+scaled+" by hand"); err != nil {
			return "", err
		}
		if err := f.settle(ctx, 3*time.Minute, app); err != nil {
			return "", err
		}
		if _, err := scalers.Get(ctx, scaled, metav1.GetOptions{}); !apierrors.IsNotFound(err) {
			return "", fmt.Errorf("the autoscaler of %s is no more in Git and still in the cluster: %v", app, err)
		}
		for _, o := range f.delivery(app).Objects {
			if _, err := f.Env.get(ctx, o.Unstructured); err != nil {
				return "", fmt.Errorf("what is still in Git was removed: %w", err)
			}
		}

		gone, err := f.remove(ctx, removed)
		return fmt.Sprintf("the autoscaler of %s; %s", app, gone), err
	}
}

// remove takes a service out of Git and looks what becomes of it.
func (f *Fleet) remove(ctx context.Context, service string) (string, error) {
	var before []judge.Delivery
	for _, d := range f.Tree.Deliveries {
		if strings.Contains(d.Path, "services/"+service+"/") {
			before = append(before, d)
		}
	}
	files, err := filepath.Glob(filepath.Join(f.Dir, "releases", "*", service+".*"))
	if err != nil {
		return "", err
	}
	for _, file := range append(files, filepath.Join(f.Dir, "services", service+".cue")) {
		if err := os.Remove(file); err != nil {
			return "", err
		}
	}
	if err := f.Publish(ctx, "Remove "+service); err != nil {
		return "", err
	}
	// Argo CD has seen the removal when it has removed the pipelines, and when it says of the
	// Application that its folder is gone.
	if err := f.settle(ctx, 3*time.Minute, f.pipelinesApplication()); err != nil {
		return "", err
	}
	left, err := f.Env.Dynamic.Resource(pipelines).List(ctx, metav1.ListOptions{LabelSelector: "app.kubernetes.io/name=" + service})
	if err != nil {
		return "", err
	}
	if len(left.Items) > 0 {
		return "", fmt.Errorf("%d pipelines of %s are still there", len(left.Items), service)
	}
	var objects int
	for _, d := range before {
		if err := f.Env.refresh(ctx, d.Application); err != nil {
			return "", err
		}
		err := until(ctx, 3*time.Minute, func() error {
			s, err := f.Env.state(ctx, d.Application)
			if err == nil && !strings.Contains(strings.Join(s.conditions, " "), "ComparisonError") {
				return notYet("%s does not say yet that its folder is gone: %s, %v", d.Application, s.sync, s.conditions)
			}
			return err
		})
		if err != nil {
			return "", fmt.Errorf("the Application of a removed service must stay: %w", err)
		}
		for _, o := range d.Objects {
			if _, err := f.Env.get(ctx, o.Unstructured); err != nil {
				return "", fmt.Errorf("what a removed service had must stay until somebody decides: %w", err)
			}
			objects++
		}
	}
	if objects == 0 {
		return "", fmt.Errorf("%s had nothing in any cluster", service)
	}
	return fmt.Sprintf("%s kept in %d environments, %d objects, its pipelines removed", service, len(before), objects), nil
}

// delivery is that of an Application; the zero one when there is none.
func (f *Fleet) delivery(application string) judge.Delivery {
	for _, d := range f.Tree.Deliveries {
		if d.Application == application {
			return d
		}
	}
	return judge.Delivery{}
}

// pipelinesApplication is the Application that brings the Tekton objects.
func (f *Fleet) pipelinesApplication() string {
	for _, d := range f.Tree.Deliveries {
		if d.Path == "pipelines" {
			return d.Application
		}
	}
	return "none"
}
