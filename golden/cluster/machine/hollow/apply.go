package hollow

import (
	"context"
	_ "embed"
	"encoding/json"
	"fmt"
	"path"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/util/wait"
)

// Fixtures that the stand-ins serve: the kinds of metrics, and the class of volumes.
var (
	//go:embed fixtures/pods.metrics.yaml
	podMetricsKind []byte
	//go:embed fixtures/nodes.metrics.yaml
	nodeMetricsKind []byte
	//go:embed fixtures/storageclass.yaml
	storageClass []byte
)

const (
	kindsPath   = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"
	classesPath = "/apis/storage.k8s.io/v1/storageclasses"
	metricsPath = "/apis/metrics.k8s.io/v1beta1"
)

// install writes the fixtures, and waits until the API server serves the metrics.
func (r *Runner) install(ctx context.Context) error {
	for _, f := range []struct {
		collection, name string
		text             []byte
	}{
		{kindsPath, "pods.metrics.k8s.io", podMetricsKind},
		{kindsPath, "nodes.metrics.k8s.io", nodeMetricsKind},
		{classesPath, className, storageClass},
	} {
		if err := r.apply(ctx, path.Join(f.collection, f.name), f.text); err != nil {
			return err
		}
	}
	err := wait.PollUntilContextTimeout(ctx, 100*time.Millisecond, time.Minute, true, func(ctx context.Context) (bool, error) {
		return r.raw.Get().AbsPath(metricsPath, "pods").Do(ctx).Error() == nil, nil
	})
	if err != nil {
		return fmt.Errorf("wait for the metrics API: %w", err)
	}
	return nil
}

// apply writes one object, JSON or YAML, whether it is there or not.
func (r *Runner) apply(ctx context.Context, address string, text []byte) error {
	err := r.raw.Patch(types.ApplyYAMLPatchType).AbsPath(address).
		Param("fieldManager", "hollow").Param("force", "true").Body(text).Do(ctx).Error()
	if err != nil {
		return fmt.Errorf("apply %s: %w", address, err)
	}
	return nil
}

// list reads a collection that client-go has no types of.
func list[T any](ctx context.Context, r *Runner, address string) ([]T, error) {
	text, err := r.raw.Get().AbsPath(address).SetHeader("Accept", "application/json").DoRaw(ctx)
	if err != nil {
		return nil, fmt.Errorf("list %s: %w", address, err)
	}
	var found struct {
		metav1.ListMeta `json:"metadata"`
		Items           []T `json:"items"`
	}
	if err := json.Unmarshal(text, &found); err != nil {
		return nil, fmt.Errorf("read %s: %w", address, err)
	}
	return found.Items, nil
}
