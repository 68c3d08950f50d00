package impact

import (
	"strings"

	"k8s.io/apimachinery/pkg/api/resource"

	"slipway.dev/targets/kube"
)

// fixedFields cannot change once an object exists. Each line is what the API server's
// validation compares (pkg/apis/GROUP/validation/validation.go of k8s.io/kubernetes v1.33);
// kinds that are not here, Ingress, NetworkPolicy, PodDisruptionBudget and
// HorizontalPodAutoscaler among them, change freely.
var fixedFields = map[string][]string{
	"apps/Deployment": {"spec.selector"}, // registry/apps/deployment/strategy.go, ValidateUpdate
	"apps/DaemonSet":  {"spec.selector"}, // registry/apps/daemonset/strategy.go, ValidateUpdate
	"batch/Job": { // ValidateJobSpecUpdate; completions is in isFixed
		"spec.selector", "spec.template", "spec.completionMode", "spec.podFailurePolicy",
		"spec.backoffLimitPerIndex", "spec.managedBy", "spec.successPolicy",
	},
	"/Secret":                                      {"type"},                                                            // ValidateSecretUpdate
	"rbac.authorization.k8s.io/RoleBinding":        {"roleRef"},                                                         // ValidateRoleBindingUpdate
	"rbac.authorization.k8s.io/ClusterRoleBinding": {"roleRef"},                                                         // ValidateClusterRoleBindingUpdate
	"networking.k8s.io/IngressClass":               {"spec.controller"},                                                 // ValidateIngressClassUpdate
	"scheduling.k8s.io/PriorityClass":              {"value", "preemptionPolicy"},                                       // ValidatePriorityClassUpdate
	"storage.k8s.io/StorageClass":                  {"provisioner", "parameters", "reclaimPolicy", "volumeBindingMode"}, // ValidateStorageClassUpdate
}

// freeFields are the reverse: all of spec cannot change but these.
var freeFields = map[string][]string{
	"apps/StatefulSet": { // ValidateStatefulSetUpdate
		"spec.replicas", "spec.template", "spec.updateStrategy", "spec.minReadySeconds", "spec.ordinals",
		"spec.revisionHistoryLimit", "spec.persistentVolumeClaimRetentionPolicy",
	},
	// ValidatePersistentVolumeClaimUpdate; that the size only grows is in isFixed.
	"/PersistentVolumeClaim": {"spec.resources.requests.storage", "spec.volumeAttributesClassName"},
	// ValidatePodUpdate; tolerations may only be added to, and that is in isFixed.
	"/Pod": {"spec.activeDeadlineSeconds", "spec.tolerations"},
}

// isFixed reports whether an edit is to a field that cannot change.
func isFixed(o Object, before, after kube.Node, e Edit) bool {
	kind := o.Group + "/" + o.Kind
	for _, f := range fixedFields[kind] {
		if isBelow(e.Path, f) {
			return true
		}
	}
	if free := freeFields[kind]; free != nil && isSpec(e) && !isFree(kind, e.Path, free) {
		return true
	}
	switch kind {
	case "/Service":
		return isFixedOfService(before, after, e.Path)
	case "/ConfigMap", "/Secret":
		// ValidateConfigMapUpdate, ValidateSecretUpdate: what is immutable stays so.
		return before.Get("immutable").Text == "true" &&
			(e.Path == "immutable" || isBelow(e.Path, "data") || isBelow(e.Path, "binaryData") || isBelow(e.Path, "stringData"))
	case "batch/Job":
		// validateCompletions: an indexed Job may change it together with parallelism.
		elastic := after.Get("spec", "completionMode").Text == "Indexed" &&
			kube.Equal(after.Get("spec", "completions"), after.Get("spec", "parallelism"))
		return e.Path == "spec.completions" && !elastic
	case "/PersistentVolumeClaim":
		return e.Path == "spec.resources.requests.storage" && !grows(before, after)
	case "/Pod":
		return isBelow(e.Path, "spec.tolerations") && e.Kind != Added
	}
	return false
}

func isFree(kind, path string, free []string) bool {
	for _, f := range free {
		if isBelow(path, f) {
			return true
		}
	}
	return kind == "/Pod" && isImage(Edit{Path: path})
}

// isImage is about a bare pod, where a container alone is started anew
// (https://kubernetes.io/docs/concepts/workloads/pods/#pod-update-and-replacement).
func isImage(e Edit) bool {
	list := strings.HasPrefix(e.Path, "spec.containers[") || strings.HasPrefix(e.Path, "spec.initContainers[")
	return list && strings.HasSuffix(e.Path, "].image")
}

// isFixedOfService is ValidateServiceUpdate. A cluster IP and the first IP family are kept
// for life, except on the way from or to ExternalName; None is a cluster IP as well, so a
// Service cannot become headless or stop being it. (Left out, the API server fills in the
// old one: the change would be without effect.) A load balancer keeps its class.
func isFixedOfService(before, after kube.Node, path string) bool {
	external := func(n kube.Node) bool { return n.Get("spec", "type").Text == "ExternalName" }
	balancer := func(n kube.Node) bool { return n.Get("spec", "type").Text == "LoadBalancer" }
	switch {
	case external(before) || external(after):
		return false
	case path == "spec.clusterIP":
		return true
	case path == "spec.clusterIPs", path == "spec.ipFamilies":
		field := strings.TrimPrefix(path, "spec.")
		return first(before.Get("spec", field)) != first(after.Get("spec", field))
	case path == "spec.loadBalancerClass":
		return balancer(before) && balancer(after)
	}
	return false
}

func first(list kube.Node) string {
	if len(list.Items) == 0 {
		return ""
	}
	return list.Items[0].Text
}

// grows reports whether a claim asks for more than before. Disks do not shrink
// (https://kubernetes.io/docs/concepts/storage/persistent-volumes/#expanding-persistent-volumes-claims).
func grows(before, after kube.Node) bool {
	size := []string{"spec", "resources", "requests", "storage"}
	x, errX := resource.ParseQuantity(before.Get(size...).Text)
	y, errY := resource.ParseQuantity(after.Get(size...).Text)
	return errX == nil && errY == nil && y.Cmp(x) > 0
}
