package adopt

import (
	"slices"
	"strings"

	"slipway.dev/targets/impact"
	"slipway.dev/targets/kube"
)

// defaults are what the API server fills in where a field is left out, by the last one or two
// names of its path (pkg/apis/*/v*/defaults.go of k8s.io/kubernetes v1.33): saying it and not
// saying it are the same, pod templates included.
var defaults = map[string]string{
	// pods
	"spec.restartPolicy": "Always", "dnsPolicy": "ClusterFirst", "schedulerName": "default-scheduler",
	"terminationGracePeriodSeconds": "30", "enableServiceLinks": "true",
	"terminationMessagePath": "/dev/termination-log", "terminationMessagePolicy": "File",
	"protocol": "TCP", "scheme": "HTTP", "httpGet.path": "/", "grpc.service": "", "fieldRef.apiVersion": "v1",
	"periodSeconds": "10", "timeoutSeconds": "1", "successThreshold": "1", "failureThreshold": "3", "initialDelaySeconds": "0",
	"defaultMode": "420", "hostPath.type": "", "serviceAccountToken.expirationSeconds": "3600", "divisor": "0", "env.value": "",
	"hostNetwork": "false", "hostPID": "false", "hostIPC": "false", "stdin": "false", "stdinOnce": "false", "tty": "false",
	"volumeMounts.readOnly": "false", "volumes.readOnly": "false",
	// what makes them
	"spec.replicas": "1", "spec.revisionHistoryLimit": "10", "spec.progressDeadlineSeconds": "600", "spec.minReadySeconds": "0", "spec.paused": "false",
	"strategy.type": "RollingUpdate", "updateStrategy.type": "RollingUpdate", "rollingUpdate.partition": "0",
	"podManagementPolicy": "OrderedReady", "whenDeleted": "Retain", "whenScaled": "Retain",
	"spec.parallelism": "1", "spec.completions": "1", "spec.backoffLimit": "6", "completionMode": "NonIndexed",
	"spec.suspend": "false", "podReplacementPolicy": "TerminatingOrFailed", "manualSelector": "false",
	"concurrencyPolicy": "Allow", "successfulJobsHistoryLimit": "3", "failedJobsHistoryLimit": "1",
	"volumeMode": "Filesystem", "volumeClaimTemplates.apiVersion": "v1", "volumeClaimTemplates.kind": "PersistentVolumeClaim", "status.phase": "Pending",
	// beside them
	"sessionAffinity": "None", "internalTrafficPolicy": "Cluster", "externalTrafficPolicy": "Cluster", "ipFamilyPolicy": "SingleStack",
	"allocateLoadBalancerNodePorts": "true", "publishNotReadyAddresses": "false", "spec.minReplicas": "1",
	"roleRef.apiGroup": "rbac.authorization.k8s.io", "subjects.apiGroup": "",
}

// kindDefaults are those whose path means something else in other kinds.
var kindDefaults = map[string]string{
	"Service clientIP.timeoutSeconds":      "10800",
	"HorizontalPodAutoscaler selectPolicy": "Max", "HorizontalPodAutoscaler scaleUp.stabilizationWindowSeconds": "0",
	"Service spec.type":                 "ClusterIP",
	"Deployment rollingUpdate.maxSurge": "25%", "Deployment rollingUpdate.maxUnavailable": "25%",
	"DaemonSet rollingUpdate.maxSurge": "0", "DaemonSet rollingUpdate.maxUnavailable": "1",
}

// chosen are maps whose keys people choose: none of them is a field.
var chosen = []string{"data", "stringData", "binaryData", "labels", "annotations", "matchLabels", "selector", "nodeSelector"}

// empty are fields that mean nothing when they are empty.
var empty = []string{"resources", "requests", "limits", "labels", "annotations", "nodeSelector", "spec.securityContext", "strategy", "metadata"}

// level makes two objects say the same where only one says what Kubernetes would fill in.
func level(a, b *kube.Node) {
	if builtin(impact.ObjectOf(*a).Group) {
		l := leveller{a.Get("kind").Text}
		l.walk(nil, a, b)
	}
}

type leveller struct{ kind string }

func (l leveller) walk(path []string, a, b *kube.Node) {
	switch {
	case a.Kind == kube.Map && b.Kind == kube.Map:
		if len(path) > 0 && slices.Contains(chosen, path[len(path)-1]) && !a.Get("matchLabels").Exists() {
			return
		}
		l.fill(path, a, *b)
		l.fill(path, b, *a)
		for i := range a.Fields {
			for k := range b.Fields {
				if a.Fields[i].Key == b.Fields[k].Key {
					l.walk(append(path, a.Fields[i].Key), &a.Fields[i].Value, &b.Fields[k].Value)
				}
			}
		}
	case a.Kind == kube.List && b.Kind == kube.List:
		key := impact.ItemKey(a.Items, b.Items)
		for i := range a.Items {
			for k := range b.Items {
				if key == nil && i == k || key != nil && a.Items[i].Get(key...).Text == b.Items[k].Get(key...).Text {
					l.walk(path, &a.Items[i], &b.Items[k])
				}
			}
		}
	}
}

// fill adds to a what only b says, and Kubernetes would.
func (l leveller) fill(path []string, a *kube.Node, b kube.Node) {
	for _, f := range b.Fields {
		if !a.Get(f.Key).Exists() && l.isDefault(append(path, f.Key), f.Value, b) {
			a.Set(f.Value, f.Key)
		}
	}
}

func (l leveller) isDefault(path []string, v, in kube.Node) bool {
	last := path[len(path)-1]
	two := last
	if len(path) > 1 {
		two = path[len(path)-2] + "." + last
	}
	switch v.Kind {
	case kube.Null:
		return true
	case kube.List:
		return len(v.Items) == 0 || l.kind == "HorizontalPodAutoscaler" && last == "policies" && !slices.ContainsFunc(v.Items, isUnusualPolicy(path))
	case kube.Map:
		if len(v.Fields) == 0 {
			return slices.Contains(empty, last) || slices.Contains(empty, two)
		}
		for _, f := range v.Fields {
			if !l.isDefault(append(path, f.Key), f.Value, v) {
				return false
			}
		}
		return true
	}
	switch two {
	case "ports.targetPort": // a Service's
		return v.Text == in.Get("port").Text
	case "containers.imagePullPolicy", "initContainers.imagePullPolicy":
		return v.Text == pullPolicy(in.Get("image").Text)
	}
	for _, name := range []string{last, two} {
		if d, ok := defaults[name]; ok && d == v.Text {
			return true
		}
		if d, ok := kindDefaults[l.kind+" "+name]; ok && d == v.Text {
			return true
		}
	}
	return false
}

// isUnusualPolicy tells policies from those that an autoscaler has by itself: all pods may go in
// 15 seconds; 4 may come, or as many as there are.
func isUnusualPolicy(path []string) func(kube.Node) bool {
	return func(p kube.Node) bool {
		usual := p.Get("type").Text + p.Get("value").Text
		return p.Get("periodSeconds").Text != "15" || usual != "Percent100" && (usual != "Pods4" || !slices.Contains(path, "scaleUp"))
	}
}

// pullPolicy is Always for an image without a tag or digest, and for the tag latest.
func pullPolicy(image string) string {
	name := image[strings.LastIndexByte(image, '/')+1:]
	if _, tag, ok := strings.Cut(name, ":"); !strings.Contains(name, "@") && (!ok || tag == "latest") {
		return "Always"
	}
	return "IfNotPresent"
}
