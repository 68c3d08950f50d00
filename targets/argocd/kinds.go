package argocd

import metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

// What projects permit, sorted by group and kind. Kinds that only controllers make are
// among them: Argo CD shows them, and counts the images of pods as the Application's, only
// when the project permits them.

// serviceKinds are what services consist of: what the Kustomize target emits, what specs may
// give as manifests, and the claims, replica sets and pods that follow. Kinds that the
// platform permits besides come from platform.cue.
var serviceKinds = []metav1.GroupKind{
	{Group: "", Kind: "ConfigMap"},
	{Group: "", Kind: "PersistentVolumeClaim"},
	{Group: "", Kind: "Pod"}, // made by all workloads
	{Group: "", Kind: "Service"},
	{Group: "", Kind: "ServiceAccount"},
	{Group: "apps", Kind: "DaemonSet"},
	{Group: "apps", Kind: "Deployment"},
	{Group: "apps", Kind: "ReplicaSet"}, // made by Deployments and Rollouts
	{Group: "apps", Kind: "StatefulSet"},
	{Group: "argoproj.io", Kind: "AnalysisRun"}, // made by Rollouts
	{Group: "argoproj.io", Kind: "AnalysisTemplate"},
	{Group: "argoproj.io", Kind: "Experiment"}, // made by Rollouts
	{Group: "argoproj.io", Kind: "Rollout"},
	{Group: "autoscaling", Kind: "HorizontalPodAutoscaler"},
	{Group: "batch", Kind: "CronJob"},
	{Group: "batch", Kind: "Job"},
	{Group: "external-secrets.io", Kind: "ExternalSecret"},
	{Group: "gateway.networking.k8s.io", Kind: "GRPCRoute"},
	{Group: "gateway.networking.k8s.io", Kind: "HTTPRoute"},
	{Group: "keda.sh", Kind: "ScaledObject"},
	{Group: "monitoring.coreos.com", Kind: "PodMonitor"},
	{Group: "monitoring.coreos.com", Kind: "PrometheusRule"},
	{Group: "monitoring.coreos.com", Kind: "ServiceMonitor"},
	{Group: "networking.k8s.io", Kind: "Ingress"},
	{Group: "networking.k8s.io", Kind: "NetworkPolicy"},
	{Group: "policy", Kind: "PodDisruptionBudget"},
}

// pipelineKinds are what pipelines consist of. Runs and their pods are not among them: they
// are never in Git; the pods of a listener are not either, but follow from it.
var pipelineKinds = []metav1.GroupKind{
	{Group: "", Kind: "ServiceAccount"},
	{Group: "batch", Kind: "CronJob"},
	{Group: "networking.k8s.io", Kind: "NetworkPolicy"},
	{Group: "rbac.authorization.k8s.io", Kind: "Role"},
	{Group: "rbac.authorization.k8s.io", Kind: "RoleBinding"},
	{Group: "tekton.dev", Kind: "Pipeline"},
	{Group: "tekton.dev", Kind: "Task"},
	{Group: "triggers.tekton.dev", Kind: "EventListener"},
	{Group: "triggers.tekton.dev", Kind: "Trigger"},
	{Group: "triggers.tekton.dev", Kind: "TriggerBinding"},
	{Group: "triggers.tekton.dev", Kind: "TriggerTemplate"},
}

// eventKinds are the way of events from outside the cluster.
var eventKinds = []metav1.GroupKind{
	{Group: "gateway.networking.k8s.io", Kind: "HTTPRoute"},
	{Group: "networking.k8s.io", Kind: "Ingress"},
}

// platformKinds are Argo CD's objects, settings of Argo CD and Tekton, and who may read
// Applications.
var platformKinds = []metav1.GroupKind{
	{Group: "", Kind: "ConfigMap"},
	{Group: "", Kind: "ServiceAccount"},
	{Group: "argoproj.io", Kind: "AppProject"},
	{Group: "argoproj.io", Kind: "Application"},
	{Group: "rbac.authorization.k8s.io", Kind: "Role"},
	{Group: "rbac.authorization.k8s.io", Kind: "RoleBinding"},
}

// platformClusterKinds are the only kinds of a whole cluster.
var platformClusterKinds = []metav1.GroupKind{
	{Group: "", Kind: "Namespace"},
	{Group: "rbac.authorization.k8s.io", Kind: "ClusterRole"},
	{Group: "rbac.authorization.k8s.io", Kind: "ClusterRoleBinding"},
}
