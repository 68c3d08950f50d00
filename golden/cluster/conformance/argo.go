package conformance

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/types"
)

const argocd = "argocd"

// state is what Argo CD says of an Application.
type state struct {
	sync, health, revision string
	gaveUp                 bool // the last sync failed, retries included
	conditions             []string
}

func (e *Env) state(ctx context.Context, name string) (state, error) {
	app, err := e.Dynamic.Resource(applications).Namespace(argocd).Get(ctx, name, metav1.GetOptions{})
	if err != nil {
		return state{}, err
	}
	var s state
	s.sync, _, _ = unstructured.NestedString(app.Object, "status", "sync", "status")
	s.revision, _, _ = unstructured.NestedString(app.Object, "status", "sync", "revision")
	phase, _, _ := unstructured.NestedString(app.Object, "status", "operationState", "phase")
	s.gaveUp = (phase == "Failed" || phase == "Error") && app.Object["operation"] == nil
	s.health, _, _ = unstructured.NestedString(app.Object, "status", "health", "status")
	conditions, _, _ := unstructured.NestedSlice(app.Object, "status", "conditions")
	for _, c := range conditions {
		if m, ok := c.(map[string]any); ok {
			s.conditions = append(s.conditions, fmt.Sprint(m["type"], ": ", m["message"]))
		}
	}
	if message, _, _ := unstructured.NestedString(app.Object, "status", "operationState", "message"); s.sync != "Synced" && message != "" {
		s.conditions = append(s.conditions, message)
	}
	return s, nil
}

// refresh has Argo CD look at Git now, as a webhook would.
func (e *Env) refresh(ctx context.Context, names ...string) error {
	patch := []byte(`{"metadata":{"annotations":{"argocd.argoproj.io/refresh":"normal"}}}`)
	for _, name := range names {
		_, err := e.Dynamic.Resource(applications).Namespace(argocd).Patch(ctx, name, types.MergePatchType, patch, metav1.PatchOptions{})
		if err != nil && !apierrors.IsNotFound(err) {
			return err
		}
	}
	return nil
}

// applications are the names of all Applications that the fleet has.
func (f *Fleet) applications() []string {
	var names []string
	for _, d := range f.Tree.Deliveries {
		names = append(names, d.Application)
	}
	slices.Sort(names)
	return names
}

// settle waits until Argo CD says of Applications that they are what the last commit means,
// and well.
func (f *Fleet) settle(ctx context.Context, limit time.Duration, names ...string) error {
	head, err := f.git(ctx, "rev-parse", "HEAD")
	if err != nil {
		return err
	}
	head = strings.TrimSpace(head)
	var told time.Time
	return until(ctx, limit, func() error {
		var missing []error
		var behind []string
		for _, name := range names {
			s, err := f.Env.state(ctx, name)
			switch {
			case apierrors.IsNotFound(err): // an Application that makes Applications has not looked yet
				behind = append(behind, f.applications()...)
				missing = append(missing, fmt.Errorf("%s: not there", name))
			case err != nil:
				return err
			case s.revision != head && s.revision != "":
				behind = append(behind, name)
				missing = append(missing, fmt.Errorf("%s: still at %s", name, s.revision))
			case s.sync != "Synced" || s.health != "Healthy":
				missing = append(missing, fmt.Errorf("%s: %s, %s %s", name, s.sync, s.health, strings.Join(s.conditions, "; ")))
			}
		}
		if len(behind) > 0 && time.Since(told) > 20*time.Second {
			if err := f.Env.refresh(ctx, behind...); err != nil {
				return err
			}
			told = time.Now()
		}
		if len(missing) > 0 {
			return notYet("%d of %d Applications are not Synced and Healthy:\n%w", len(missing), len(names), errors.Join(missing...))
		}
		return nil
	})
}

// synced: the bootstrap is all that people apply; Argo CD does the rest.
func synced(ctx context.Context, f *Fleet) (string, error) {
	for _, d := range f.Tree.Documents {
		if strings.HasPrefix(d.File, bootstrap) {
			if _, err := f.Env.apply(ctx, &unstructured.Unstructured{Object: d.Object}); err != nil {
				return "", err
			}
		}
	}
	// What the platform gives goes into namespaces that Argo CD makes first.
	err := until(ctx, 2*time.Minute, func() error {
		err := f.give(ctx)
		if apierrors.IsNotFound(err) {
			return notYet("%w", err)
		}
		return err
	})
	if err != nil {
		return "", err
	}
	names := f.applications()
	// Namespaces come by an Application of their own. What gave up before they were there is
	// synced once more, as docs/argocd.md says.
	again, err := f.syncAgain(ctx, f.platformApplications(), names)
	if err != nil {
		return "", err
	}
	if err := f.settle(ctx, 6*time.Minute, names...); err != nil {
		return "", err
	}
	objects, err := f.objects()
	judged := fmt.Sprintf("%d Applications Synced and Healthy, %d objects", len(names), len(objects))
	if again > 0 {
		judged += fmt.Sprintf("; %d were synced once more", again)
	}
	return judged, err
}

// platformApplications bring what everything else needs.
func (f *Fleet) platformApplications() []string {
	var names []string
	for _, d := range f.Tree.Deliveries {
		if strings.HasPrefix(d.Path, "platform/") {
			names = append(names, d.Application)
		}
	}
	return names
}

// syncAgain waits for the first Applications, and then starts a sync of each of the others
// that gave up. It returns how many those are.
func (f *Fleet) syncAgain(ctx context.Context, first, names []string) (int, error) {
	if err := f.settle(ctx, 6*time.Minute, first...); err != nil {
		return 0, err
	}
	again := 0
	// It says of none that it will not give up later; so it looks until none is at work.
	err := until(ctx, 6*time.Minute, func() error {
		for _, name := range names {
			s, err := f.Env.state(ctx, name)
			switch {
			case apierrors.IsNotFound(err):
				return notYet("%s is not there", name)
			case err != nil:
				return err
			case s.gaveUp:
				patch := []byte(`{"operation":{"initiatedBy":{"username":"conformance"},"sync":{}}}`)
				if _, err := f.Env.Dynamic.Resource(applications).Namespace(argocd).Patch(ctx, name, types.MergePatchType, patch, metav1.PatchOptions{}); err != nil {
					return err
				}
				again++
			case s.sync != "Synced":
				return notYet("%s: %s %s", name, s.sync, strings.Join(s.conditions, "; "))
			}
		}
		return nil
	})
	return again, err
}

// healed: what somebody changes by hand is changed back.
func healed(ctx context.Context, f *Fleet) (string, error) {
	var workload, service *unstructured.Unstructured
	for _, d := range f.Tree.Deliveries {
		for _, o := range d.Objects {
			switch {
			case o.GetKind() == "Deployment" && workload == nil:
				workload = o.Unstructured
			case o.GetKind() == "Service" && service == nil:
				service = o.Unstructured
			}
		}
	}
	if workload == nil || service == nil {
		return "", errors.New("the fleet has no Deployment or no Service")
	}
	at, err := f.Env.resource(workload)
	if err != nil {
		return "", err
	}
	containers, _, _ := unstructured.NestedSlice(workload.Object, "spec", "template", "spec", "containers")
	container := containers[0].(map[string]any)
	patch := fmt.Sprintf(`{"spec":{"template":{"spec":{"containers":[{"name":%q,"image":"docker.io/library/by-hand:1"}]}}}}`, container["name"])
	if _, err := at.Patch(ctx, workload.GetName(), types.StrategicMergePatchType, []byte(patch), metav1.PatchOptions{}); err != nil {
		return "", err
	}
	services, err := f.Env.resource(service)
	if err != nil {
		return "", err
	}
	old, err := services.Get(ctx, service.GetName(), metav1.GetOptions{})
	if err != nil {
		return "", err
	}
	if err := services.Delete(ctx, service.GetName(), metav1.DeleteOptions{}); err != nil {
		return "", err
	}
	err = until(ctx, 2*time.Minute, func() error {
		now, err := at.Get(ctx, workload.GetName(), metav1.GetOptions{})
		if err != nil {
			return err
		}
		list, _, _ := unstructured.NestedSlice(now.Object, "spec", "template", "spec", "containers")
		if image := list[0].(map[string]any)["image"]; image != container["image"] {
			return notYet("Deployment %s still has the image %v", workload.GetName(), image)
		}
		made, err := services.Get(ctx, service.GetName(), metav1.GetOptions{})
		if apierrors.IsNotFound(err) || err == nil && made.GetUID() == old.GetUID() {
			return notYet("Service %s is still gone", service.GetName())
		}
		return err
	})
	return fmt.Sprintf("another image in %s, Service %s deleted", workload.GetName(), service.GetName()), err
}

// pods are those of a service in a namespace that are not on their way out.
func (e *Env) pods(ctx context.Context, namespace, service string) ([]corev1.Pod, error) {
	list, err := e.Client.CoreV1().Pods(namespace).List(ctx, metav1.ListOptions{LabelSelector: "app.kubernetes.io/name=" + service})
	if err != nil {
		return nil, err
	}
	return slices.DeleteFunc(list.Items, func(p corev1.Pod) bool { return p.DeletionTimestamp != nil }), nil
}
