package adopt

import (
	"slipway.dev/targets/kube"
)

// Annotations that tools write for themselves.
const (
	lastApplied = "kubectl.kubernetes.io/last-applied-configuration"
	trackingID  = "argocd.argoproj.io/tracking-id"
)

// serverFields are written by the API server and by controllers, never by who applies.
var serverFields = [][]string{
	{"status"},
	{"metadata", "managedFields"}, {"metadata", "uid"}, {"metadata", "resourceVersion"}, {"metadata", "generation"},
	{"metadata", "creationTimestamp"}, {"metadata", "selfLink"}, {"metadata", "ownerReferences"},
	{"metadata", "annotations", lastApplied}, {"metadata", "annotations", trackingID},
	{"metadata", "annotations", "argocd.argoproj.io/installation-id"},
	{"metadata", "annotations", "deployment.kubernetes.io/revision"},
	{"metadata", "annotations", "rollout.argoproj.io/revision"},
	{"metadata", "annotations", "deprecated.daemonset.template.generation"},
	{"metadata", "annotations", "pv.kubernetes.io/bind-completed"},
	{"metadata", "annotations", "pv.kubernetes.io/bound-by-controller"},
}

// isLive reports whether an object was read from a cluster.
func isLive(n kube.Node) bool {
	return n.Get("metadata", "uid").Exists() || n.Get("metadata", "resourceVersion").Exists() || n.Get("metadata", "managedFields").Exists()
}

// clean is an object without what is written by the API server and by controllers.
func clean(n kube.Node) kube.Node {
	n = n.Clone()
	for _, path := range serverFields {
		if n.Get(path...).Exists() {
			n.Set(kube.Node{}, path...)
		}
	}
	if n.Get("metadata", "annotations").IsEmpty() {
		n.Set(kube.Node{}, "metadata", "annotations")
	}
	return n
}

// said is what who applied an object until now said of it: kubectl's own record, or all of a
// manifest that is no live object. It is empty where others than kubectl apply wrote it.
func said(n kube.Node) kube.Node {
	if !isLive(n) {
		return n
	}
	docs, err := kube.Decode([]byte(n.Get("metadata", "annotations", lastApplied).Text))
	if err != nil || len(docs) != 1 {
		return kube.NewMap()
	}
	return docs[0]
}
