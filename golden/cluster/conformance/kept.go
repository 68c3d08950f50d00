package conformance

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	schedulingv1 "k8s.io/api/scheduling/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"slipway.dev/golden/systems"
)

// newKept compiles a fleet for a cluster in which nothing acts: no Git server hears of it.
func newKept(ctx context.Context, e *Env, name string, from fs.FS) (*Fleet, error) {
	f := &Fleet{Env: e, Name: name, Dir: filepath.Join(e.Work, name)}
	if err := copyFleet(f.Dir, from); err != nil {
		return nil, err
	}
	return f, f.compile(ctx)
}

// newImported is a fleet of what ran without Slipway.
func newImported(ctx context.Context, e *Env, name string, s systems.System) (*Fleet, error) {
	f := &Fleet{Env: e, Name: name, Dir: filepath.Join(e.Work, name)}
	manifests := f.Dir + "-manifests"
	if err := os.CopyFS(manifests, s.Files); err != nil {
		return nil, err
	}
	args := []string{"import", "--out", filepath.Join(f.Dir, "services")}
	for _, source := range s.Sources {
		args = append(args, "--env", source.Env+"="+source.Path)
	}
	if _, err := e.command(ctx, manifests, e.Slipway, args...); err != nil {
		return nil, err
	}
	return f, f.compile(ctx)
}

func (f *Fleet) compile(ctx context.Context) error {
	if _, err := f.slipway(ctx, "compile", "."); err != nil {
		return err
	}
	return f.read()
}

// taken: the API server has seen nothing of the fleet. It takes every object, applying them
// again changes none, and it takes the pods that controllers would make of them. Kinds of
// operators whose CRDs are nowhere to be had are named.
func taken(ctx context.Context, f *Fleet) (string, error) {
	objects, err := f.objects()
	if err != nil {
		return "", err
	}
	unknown := map[string]int{}
	objects = slices.DeleteFunc(objects, func(o *unstructured.Unstructured) bool {
		gvk := o.GroupVersionKind()
		if f.Env.served[gvk.Group] {
			return false
		}
		unknown[gvk.Group+"/"+gvk.Kind]++
		return true
	})
	once, err := f.Env.keepAll(ctx, objects)
	if err != nil {
		return "", err
	}
	twice, err := f.Env.keepAll(ctx, objects)
	if err != nil {
		return "", err
	}
	doubled := 0
	for _, o := range objects {
		if saysTwice(o) {
			doubled++
		}
	}
	var changed []error
	for i, o := range objects {
		if !reflect.DeepEqual(meant(once[i]), meant(twice[i])) || once[i].GetGeneration() != twice[i].GetGeneration() {
			changed = append(changed, fmt.Errorf("%s %s/%s: applying it again changed it", o.GetKind(), o.GetNamespace(), o.GetName()))
		}
	}
	if err := f.give(ctx); err != nil {
		return "", err
	}
	pods := 0
	for _, o := range once {
		pod, err := podOf(o)
		if err == nil && pod != nil {
			pods++
			err = f.Env.admits(ctx, pod)
		}
		if err != nil {
			changed = append(changed, fmt.Errorf("the pod of %s %s/%s: %w", o.GetKind(), o.GetNamespace(), o.GetName(), err))
		}
	}
	judged := fmt.Sprintf("%d objects of %d documents, strictly, twice; %d pods", len(objects), len(f.Tree.Documents), pods)
	if doubled > 0 {
		judged += fmt.Sprintf("; %d written by create and update, for what they say twice", doubled)
	}
	var left []string
	for _, kind := range slices.Sorted(maps.Keys(unknown)) {
		left = append(left, fmt.Sprintf("%d %s", unknown[kind], kind))
	}
	if len(left) > 0 {
		judged += "; left out, for there is no CRD: " + strings.Join(left, ", ")
	}
	return judged, errors.Join(changed...)
}

// keepAll applies objects. Those that say a variable twice, as some that people wrote do, are
// created and updated instead: server-side apply refuses them, and the API server does not.
func (e *Env) keepAll(ctx context.Context, objects []*unstructured.Unstructured) ([]*unstructured.Unstructured, error) {
	var plain []*unstructured.Unstructured
	for _, o := range objects {
		if !saysTwice(o) {
			plain = append(plain, o)
		}
	}
	applied, err := e.applyAll(ctx, plain)
	if err != nil {
		return nil, err
	}
	var out []*unstructured.Unstructured
	for _, o := range objects {
		if !saysTwice(o) {
			out, applied = append(out, applied[0]), applied[1:]
			continue
		}
		to, err := e.resource(o)
		if err != nil {
			return nil, err
		}
		written, err := to.Create(ctx, o, metav1.CreateOptions{FieldValidation: metav1.FieldValidationStrict})
		if apierrors.IsAlreadyExists(err) {
			written, err = to.Update(ctx, o, metav1.UpdateOptions{FieldValidation: metav1.FieldValidationStrict})
		}
		if err != nil {
			return nil, fmt.Errorf("%s %s/%s: %w", o.GetKind(), o.GetNamespace(), o.GetName(), err)
		}
		out = append(out, written)
	}
	return out, nil
}

// saysTwice reports whether a container of a workload has two variables of one name.
func saysTwice(o *unstructured.Unstructured) bool {
	at := templates[o.GetKind()]
	if at == nil {
		return false
	}
	for _, list := range []string{"initContainers", "containers"} {
		containers, _, _ := unstructured.NestedSlice(o.Object, append(slices.Clone(at), "spec", list)...)
		for _, c := range containers {
			container, _ := c.(map[string]any)
			env, _, _ := unstructured.NestedSlice(container, "env")
			seen := map[any]bool{}
			for _, e := range env {
				v, _ := e.(map[string]any)
				if seen[v["name"]] {
					return true
				}
				seen[v["name"]] = true
			}
		}
	}
	return false
}

// templates are the kinds that controllers make pods of, and where the template is.
var templates = map[string][]string{
	"Deployment": {"spec", "template"}, "StatefulSet": {"spec", "template"}, "DaemonSet": {"spec", "template"}, "Rollout": {"spec", "template"},
	"Job": {"spec", "template"}, "CronJob": {"spec", "jobTemplate", "spec", "template"},
}

// podOf is a pod as a controller would make it of a workload; nil for other objects.
func podOf(o *unstructured.Unstructured) (*unstructured.Unstructured, error) {
	at := templates[o.GetKind()]
	if at == nil {
		return nil, nil
	}
	template, found, err := unstructured.NestedMap(o.Object, at...)
	if o.GetKind() == "Rollout" && !found {
		return nil, nil // its pods are another workload's
	}
	if err != nil || !found {
		return nil, errors.Join(err, errors.New("it has no template"))
	}
	pod := &unstructured.Unstructured{Object: template}
	pod.SetAPIVersion("v1")
	pod.SetKind("Pod")
	pod.SetNamespace(o.GetNamespace())
	pod.SetName("made-of-a-template")
	claims, _, err := unstructured.NestedSlice(o.Object, "spec", "volumeClaimTemplates")
	if err != nil || len(claims) == 0 {
		return pod, err
	}
	volumes, _, err := unstructured.NestedSlice(template, "spec", "volumes")
	for _, c := range claims {
		name, _, _ := unstructured.NestedString(c.(map[string]any), "metadata", "name")
		volumes = append(volumes, map[string]any{"name": name, "persistentVolumeClaim": map[string]any{"claimName": name}})
	}
	return pod, errors.Join(err, unstructured.SetNestedSlice(template, volumes, "spec", "volumes"))
}

// admits asks whether a pod would be made: by validation, and by Pod Security at the level of
// its namespace. No controller makes the account that pods have by default here.
func (e *Env) admits(ctx context.Context, pod *unstructured.Unstructured) error {
	account := &corev1.ServiceAccount{ObjectMeta: metav1.ObjectMeta{Name: "default"}}
	if _, err := e.Client.CoreV1().ServiceAccounts(pod.GetNamespace()).Create(ctx, account, metav1.CreateOptions{}); err != nil && !apierrors.IsAlreadyExists(err) {
		return err
	}
	// A class of the platform's.
	if class, _, _ := unstructured.NestedString(pod.Object, "spec", "priorityClassName"); class != "" && !strings.HasPrefix(class, "system-") {
		made := &schedulingv1.PriorityClass{ObjectMeta: metav1.ObjectMeta{Name: class}, Value: 1000}
		if _, err := e.Client.SchedulingV1().PriorityClasses().Create(ctx, made, metav1.CreateOptions{}); err != nil && !apierrors.IsAlreadyExists(err) {
			return err
		}
	}
	to, err := e.resource(pod)
	if err != nil {
		return err
	}
	_, err = to.Create(ctx, pod, metav1.CreateOptions{DryRun: []string{metav1.DryRunAll}, FieldValidation: metav1.FieldValidationStrict})
	return err
}
