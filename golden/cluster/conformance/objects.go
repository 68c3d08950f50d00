package conformance

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"sync"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/types"

	"slipway.dev/golden/cluster/judge"
)

const bootstrap = "argocd/bootstrap/"

// objects is everything that the fleet brings to clusters: what Applications deliver, and
// the bootstrap that people apply. It fails when a document is neither, nor a part of a
// kustomization.
func (f *Fleet) objects() ([]*unstructured.Unstructured, error) {
	var all []*unstructured.Unstructured
	seen := map[string]bool{}
	read := map[string]bool{} // folders that deliveries read
	add := func(o *unstructured.Unstructured) {
		id := o.GroupVersionKind().String() + " " + o.GetNamespace() + "/" + o.GetName()
		if !seen[id] { // the bootstrap Application delivers the bootstrap too
			seen[id] = true
			all = append(all, o)
		}
	}
	for _, d := range f.Tree.Deliveries {
		read[d.Path] = true
		for _, o := range d.Objects {
			add(o.Unstructured)
		}
	}
	var missed []error
	for _, d := range f.Tree.Documents {
		part := strings.HasPrefix(d.File, "services/") // of an overlay's build
		below := false
		for p := range read {
			below = below || strings.HasPrefix(d.File, p+"/")
		}
		if !below && !part {
			missed = append(missed, fmt.Errorf("%s: no Application delivers %s", d.File, d.Name()))
		}
	}
	return all, errors.Join(missed...)
}

// apply has the API server take an object as `kubectl apply --server-side
// --validate=strict --force-conflicts` would.
func (e *Env) apply(ctx context.Context, o *unstructured.Unstructured) (*unstructured.Unstructured, error) {
	to, err := e.resource(o)
	if err != nil {
		return nil, err
	}
	data, err := json.Marshal(o.Object)
	if err != nil {
		return nil, err
	}
	force := true
	back, err := to.Patch(ctx, o.GetName(), types.ApplyPatchType, data, metav1.PatchOptions{
		FieldManager: "conformance", Force: &force, FieldValidation: metav1.FieldValidationStrict,
	})
	if err != nil {
		return nil, fmt.Errorf("%s %s/%s: %w", o.GetKind(), o.GetNamespace(), o.GetName(), err)
	}
	return back, nil
}

// applyAll applies objects, namespaces first, several at a time, and returns what the API
// server made of each, in the same order.
func (e *Env) applyAll(ctx context.Context, objects []*unstructured.Unstructured) ([]*unstructured.Unstructured, error) {
	back := make([]*unstructured.Unstructured, len(objects))
	errs := make([]error, len(objects))
	for _, namespaces := range []bool{true, false} {
		var work sync.WaitGroup
		slots := make(chan struct{}, 8)
		for i, o := range objects {
			if (o.GetKind() == "Namespace") != namespaces {
				continue
			}
			slots <- struct{}{}
			work.Go(func() {
				defer func() { <-slots }()
				back[i], errs[i] = e.apply(ctx, o)
			})
		}
		work.Wait()
	}
	return back, errors.Join(errs...)
}

// meant is what an object says, without what servers and controllers write.
func meant(o *unstructured.Unstructured) map[string]any {
	o = o.DeepCopy()
	unstructured.RemoveNestedField(o.Object, "status")
	unstructured.RemoveNestedField(o.Object, "operation") // of an Application: what Argo CD is about to do
	for _, field := range []string{"managedFields", "resourceVersion", "generation"} {
		unstructured.RemoveNestedField(o.Object, "metadata", field)
	}
	return o.Object
}

// accepted: the fleet is deployed already, by Argo CD. Applying the same once more must
// neither be refused nor mean anything else, and applying it twice must change nothing.
func accepted(ctx context.Context, f *Fleet) (string, error) {
	objects, err := f.objects()
	if err != nil {
		return "", err
	}
	before := make([]*unstructured.Unstructured, len(objects))
	for i, o := range objects {
		from, err := f.Env.resource(o)
		if err != nil {
			return "", err
		}
		if before[i], err = from.Get(ctx, o.GetName(), metav1.GetOptions{}); err != nil {
			return "", err
		}
	}
	once, err := f.Env.applyAll(ctx, objects)
	if err != nil {
		return "", err
	}
	twice, err := f.Env.applyAll(ctx, objects)
	if err != nil {
		return "", err
	}
	var changed []error
	for i, o := range objects {
		name := o.GetKind() + " " + o.GetNamespace() + "/" + o.GetName()
		// Argo CD writes its status into the Application itself, so its generation says nothing.
		counted := o.GetKind() != "Application"
		if counted && before[i].GetGeneration() != once[i].GetGeneration() {
			changed = append(changed, fmt.Errorf("%s: kubectl makes another object of it than Argo CD did", name))
		}
		if !reflect.DeepEqual(meant(once[i]), meant(twice[i])) || counted && once[i].GetGeneration() != twice[i].GetGeneration() {
			changed = append(changed, fmt.Errorf("%s: applying it again changed it", name))
		}
	}
	return fmt.Sprintf("%d objects of %d documents, strictly, twice", len(objects), len(f.Tree.Documents)), errors.Join(changed...)
}

// give makes the service accounts that the fleet expects its platform to have, and that
// therefore nothing of it delivers.
func (f *Fleet) give(ctx context.Context) error {
	for _, d := range f.Tree.Deliveries {
		for _, o := range d.Objects {
			name, _, _ := unstructured.NestedString(o.Object, "spec", "template", "spec", "serviceAccountName")
			delivered := slices.ContainsFunc(d.Objects, func(other judge.Object) bool {
				return other.GetKind() == "ServiceAccount" && other.GetName() == name
			})
			if name == "" || delivered {
				continue
			}
			account := &unstructured.Unstructured{}
			account.SetAPIVersion("v1")
			account.SetKind("ServiceAccount")
			account.SetNamespace(o.GetNamespace())
			account.SetName(name)
			to, err := f.Env.resource(account)
			if err != nil {
				return err
			}
			if _, err := to.Create(ctx, account, metav1.CreateOptions{}); err != nil && !apierrors.IsAlreadyExists(err) {
				return err
			}
		}
	}
	return nil
}
