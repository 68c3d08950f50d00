package kube

import (
	"cmp"
	"slices"
	"strings"
)

// readingOrder gives, for a struct's type name, the keys that come first, as
// the Kubernetes, Tekton and Argo CD documentation writes them: what it is,
// what it runs, how, and the rare rest in the order of declaration. Types of
// the same name in several APIs share a line; a key that a type has not is
// skipped.
var readingOrder = map[string]string{
	"ObjectMeta": "name generateName namespace labels annotations",

	"PodSpec": "serviceAccountName automountServiceAccountToken enableServiceLinks imagePullSecrets securityContext" +
		" priorityClassName runtimeClassName restartPolicy terminationGracePeriodSeconds" +
		" initContainers containers volumes nodeSelector affinity tolerations topologySpreadConstraints",
	"Container": "name image imagePullPolicy restartPolicy command args workingDir ports envFrom env resources" +
		" volumeMounts volumeDevices startupProbe readinessProbe livenessProbe lifecycle securityContext",
	"EnvVar":               "name value valueFrom",
	"ContainerPort":        "name containerPort hostPort protocol",
	"VolumeMount":          "name mountPath subPath subPathExpr readOnly",
	"ResourceRequirements": "requests limits",
	"Probe":                "httpGet grpc tcpSocket exec initialDelaySeconds periodSeconds timeoutSeconds",

	"DeploymentSpec": "replicas revisionHistoryLimit minReadySeconds progressDeadlineSeconds paused strategy selector template",
	"StatefulSetSpec": "serviceName replicas revisionHistoryLimit minReadySeconds podManagementPolicy updateStrategy" +
		" persistentVolumeClaimRetentionPolicy selector template volumeClaimTemplates",
	"DaemonSetSpec": "revisionHistoryLimit minReadySeconds updateStrategy selector template",
	"JobSpec": "parallelism completions completionMode backoffLimit activeDeadlineSeconds ttlSecondsAfterFinished" +
		" suspend podFailurePolicy selector template",
	"CronJobSpec": "schedule timeZone concurrencyPolicy startingDeadlineSeconds suspend" +
		" successfulJobsHistoryLimit failedJobsHistoryLimit jobTemplate",

	"ServiceSpec":                 "type clusterIP clusterIPs selector ports",
	"ServicePort":                 "name port targetPort nodePort protocol appProtocol",
	"HorizontalPodAutoscalerSpec": "scaleTargetRef minReplicas maxReplicas metrics behavior",
	"NetworkPolicySpec":           "podSelector policyTypes ingress egress",
	"NetworkPolicyIngressRule":    "from ports",
	"NetworkPolicyEgressRule":     "to ports",
	"NetworkPolicyPort":           "protocol port endPort",
	"IngressSpec":                 "ingressClassName defaultBackend tls rules",
	"HTTPIngressPath":             "path pathType backend",
	"HTTPRouteSpec":               "parentRefs hostnames rules",
	"HTTPRouteRule":               "name matches filters backendRefs",
	"HTTPBackendRef":              "group kind name namespace port weight",
	"RoleRef":                     "apiGroup kind name",
	"PolicyRule":                  "apiGroups resources resourceNames verbs",
	"Subject":                     "kind apiGroup name namespace",
	"PersistentVolumeClaimSpec":   "storageClassName accessModes resources",

	"TaskSpec": "displayName description params workspaces results stepTemplate volumes sidecars steps",
	"Step": "name displayName ref image imagePullPolicy onError timeout params workingDir envFrom env" +
		" computeResources securityContext workspaces volumeMounts results when command args script",
	"Sidecar":         "name image imagePullPolicy command args workingDir ports envFrom env computeResources",
	"ParamSpec":       "name type description default",
	"PipelineSpec":    "displayName description params workspaces results tasks finally",
	"PipelineTask":    "name displayName description taskRef taskSpec runAfter when matrix params workspaces timeout retries onError",
	"EmbeddedTask":    "apiVersion kind metadata spec displayName description params workspaces results stepTemplate volumes sidecars steps",
	"PipelineRunSpec": "pipelineRef pipelineSpec params workspaces timeouts taskRunTemplate taskRunSpecs",

	"EventListenerSpec":         "serviceAccountName resources triggerGroups",
	"EventListenerTriggerGroup": "name interceptors triggerSelector",
	"TriggerInterceptor":        "name ref params",
	"TriggerSpec":               "serviceAccountName interceptors bindings template",

	"ApplicationSpec":        "project source sources destination syncPolicy ignoreDifferences",
	"ApplicationSource":      "repoURL targetRevision path chart ref",
	"ApplicationDestination": "name server namespace",
	"AppProjectSpec": "description sourceRepos sourceNamespaces destinations clusterResourceWhitelist" +
		" clusterResourceBlacklist namespaceResourceWhitelist namespaceResourceBlacklist roles syncWindows",

	"Kustomization": "metadata namespace namePrefix nameSuffix resources components configMapGenerator secretGenerator" +
		" generatorOptions patches replicas images labels commonLabels commonAnnotations",
}

// sortForReading puts apiVersion, kind and metadata first, the type's own order
// next, what is left as it was, and status last.
func sortForReading(typeName string, fields []field) {
	first := strings.Fields("apiVersion kind metadata " + readingOrder[typeName])
	rank := func(f field) int {
		if f.name == "status" {
			return len(first) + 1
		}
		if i := slices.Index(first, f.name); i >= 0 {
			return i
		}
		return len(first)
	}
	slices.SortStableFunc(fields, func(a, b field) int { return cmp.Compare(rank(a), rank(b)) })
}
