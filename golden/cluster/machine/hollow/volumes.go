package hollow

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	corev1 "k8s.io/api/core/v1"
	kerrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

const (
	className   = "local"
	provisioner = "slipway.dev/local" // as in fixtures/storageclass.yaml
	// provisionedBy is where the volume controller looks for who made a volume.
	provisionedBy = "pv.kubernetes.io/provisioned-by"
)

// volumes makes a folder for each claim that waits for one, and removes those whose claim
// is gone. The API server's own controller binds the two.
//
// Volumes are of the kind `local` and belong to root, as a new disk does: a pod that does
// not run as root writes only with an fsGroup, as it would elsewhere.
func (r *Runner) volumes(ctx context.Context) error {
	if r.options.Volumes == "" {
		return nil
	}
	claims, err := r.client.CoreV1().PersistentVolumeClaims("").List(ctx, metav1.ListOptions{})
	if err != nil {
		return fmt.Errorf("list claims: %w", err)
	}
	volumes, err := r.client.CoreV1().PersistentVolumes().List(ctx, metav1.ListOptions{})
	if err != nil {
		return fmt.Errorf("list volumes: %w", err)
	}
	var errs []error
	for _, c := range claims.Items {
		if c.Status.Phase == corev1.ClaimPending && c.Spec.VolumeName == "" &&
			c.Spec.StorageClassName != nil && *c.Spec.StorageClassName == className {
			errs = append(errs, r.provision(ctx, &c))
		}
	}
	for _, v := range volumes.Items {
		if v.Annotations[provisionedBy] == provisioner && v.Status.Phase == corev1.VolumeReleased &&
			v.Spec.PersistentVolumeReclaimPolicy == corev1.PersistentVolumeReclaimDelete {
			errs = append(errs, r.remove(ctx, v.Name))
		}
	}
	return errors.Join(errs...)
}

func (r *Runner) provision(ctx context.Context, claim *corev1.PersistentVolumeClaim) error {
	name := "pvc-" + string(claim.UID)
	path := filepath.Join(r.options.Volumes, name)
	if err := os.MkdirAll(path, 0o755); err != nil {
		return fmt.Errorf("make the volume of claim %s/%s: %w", claim.Namespace, claim.Name, err)
	}
	_, err := r.client.CoreV1().PersistentVolumes().Create(ctx, &corev1.PersistentVolume{
		ObjectMeta: metav1.ObjectMeta{Name: name, Annotations: map[string]string{provisionedBy: provisioner}},
		Spec: corev1.PersistentVolumeSpec{
			StorageClassName:              className,
			Capacity:                      corev1.ResourceList{corev1.ResourceStorage: claim.Spec.Resources.Requests[corev1.ResourceStorage]},
			AccessModes:                   claim.Spec.AccessModes,
			PersistentVolumeReclaimPolicy: corev1.PersistentVolumeReclaimDelete,
			ClaimRef: &corev1.ObjectReference{
				APIVersion: "v1", Kind: "PersistentVolumeClaim",
				Namespace: claim.Namespace, Name: claim.Name, UID: claim.UID,
			},
			PersistentVolumeSource: corev1.PersistentVolumeSource{Local: &corev1.LocalVolumeSource{Path: path}},
			NodeAffinity: &corev1.VolumeNodeAffinity{Required: &corev1.NodeSelector{
				NodeSelectorTerms: []corev1.NodeSelectorTerm{{MatchExpressions: []corev1.NodeSelectorRequirement{{
					Key: corev1.LabelHostname, Operator: corev1.NodeSelectorOpIn,
					Values: append([]string{Node}, r.options.VolumeNodes...),
				}}}},
			}},
		},
	}, metav1.CreateOptions{})
	if err != nil && !kerrors.IsAlreadyExists(err) {
		return fmt.Errorf("provision claim %s/%s: %w", claim.Namespace, claim.Name, err)
	}
	return nil
}

// remove deletes a volume with its folder. The folder is found by the volume's name alone,
// and nothing outside Volumes is touched, whatever the object says.
func (r *Runner) remove(ctx context.Context, name string) error {
	root, err := os.OpenRoot(r.options.Volumes)
	if err != nil {
		return fmt.Errorf("open the volumes: %w", err)
	}
	defer root.Close()
	if err := root.RemoveAll(name); err != nil {
		return fmt.Errorf("remove the volume %s: %w", name, err)
	}
	err = r.client.CoreV1().PersistentVolumes().Delete(ctx, name, metav1.DeleteOptions{})
	if err != nil && !kerrors.IsNotFound(err) {
		return fmt.Errorf("remove the volume %s: %w", name, err)
	}
	return nil
}
