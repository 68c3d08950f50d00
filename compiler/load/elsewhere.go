package load

import (
	"fmt"
	"strings"

	"slipway.dev/compiler/diag"
	"slipway.dev/compiler/layer"
)

// elsewhere helps with a field that is not known here: the word that specs use for Kubernetes'
// one, a field of this place that it is almost, the place where a field of that name belongs, or
// a field that it is like.
func (w *words) elsewhere(name string, t *layer.Type) string {
	if ours, ok := kubernetes[name]; ok {
		return ours
	}
	if near, ok := diag.Slip(name, names(t)); ok {
		return fmt.Sprintf("did you mean %q?", near)
	}
	if w.whole != nil && t != w.whole && w.whole.Field(name) != nil {
		return fmt.Sprintf("%q is said at the top, of %s as a whole", name, strings.Replace(w.root, "a ", "the ", 1))
	}
	if where := below(t, name, 3); where != "" {
		return fmt.Sprintf("%q belongs in %s", name, where)
	}
	if near, ok := diag.Nearest(name, names(t)); ok {
		return fmt.Sprintf("did you mean %q?", near)
	}
	if (name == "timeout" || name == "retries") && t.Field("quarantine") != nil { // a test, or a stage
		return fmt.Sprintf("it is a setting of the pipeline task of that name: tasks: NAME: %s: …", name)
	}
	return diag.Suggest(name, names(t))
}

// below is the shallowest place under t that has a field of that name, such as run.NAME.
func below(t *layer.Type, name string, depth int) string {
	if t == nil || depth == 0 {
		return ""
	}
	var places []string
	for _, f := range t.Fields {
		elem, at := f.Type, f.Name
		if elem.Kind == layer.Map {
			elem, at = elem.Elem, at+".NAME"
		}
		if elem.Kind != layer.Struct || f.Name == "environments" {
			continue
		}
		if elem.Field(name) != nil {
			return at
		}
		if deeper := below(elem, name, depth-1); deeper != "" {
			places = append(places, at+"."+deeper)
		}
	}
	if len(places) == 0 {
		return ""
	}
	return places[0]
}

// kubernetes answers the words that people bring along from manifests.
var kubernetes = map[string]string{
	"livenessProbe":                 "Kubernetes' livenessProbe is called live here",
	"readinessProbe":                "Kubernetes' readinessProbe is called ready here",
	"startupProbe":                  "Kubernetes' startupProbe is called start here",
	"volumeMounts":                  "Kubernetes' volumeMounts is called mounts here, by the volume's name: mounts: tmp: \"/tmp\"",
	"securityContext":               "Kubernetes' securityContext is called security here; most of it is on by default",
	"initContainers":                "Kubernetes' initContainers is called init here",
	"containers":                    "the program's container is run.NAME itself; others are sidecars",
	"containerPort":                 "Kubernetes' containerPort is called port here",
	"targetPort":                    "Kubernetes' targetPort is called port here, a Service's own number service",
	"serviceAccountName":            "Kubernetes' serviceAccountName is called identity.account here",
	"terminationGracePeriodSeconds": "Kubernetes' terminationGracePeriodSeconds is called stopAfter here",
	"requests":                      "requests are written as cpu and memory, limits as cpuLimit and memoryLimit",
	"limits":                        "limits are written as cpuLimit and memoryLimit",
	"httpGet":                       "Kubernetes' httpGet is called http here",
	"tcpSocket":                     "Kubernetes' tcpSocket is called tcp here",
	"periodSeconds":                 "Kubernetes' periodSeconds is called every here: every: \"10s\"",
	"initialDelaySeconds":           "Kubernetes' initialDelaySeconds is called after here: after: \"10s\"",
	"timeoutSeconds":                "Kubernetes' timeoutSeconds is called timeout here: timeout: \"1s\"",
	"failureThreshold":              "Kubernetes' failureThreshold is called failures here",
	"successThreshold":              "Kubernetes' successThreshold is called successes here",
	"mountPath":                     "Kubernetes' mountPath is called path here",
	"subPath":                       "Kubernetes' subPath is called sub here",
	"valueFrom":                     "a reference is written directly: NAME: secret: {name: \"…\", key: \"…\"}",
	"hostAliases":                   "say it in Kubernetes' words: pod: hostAliases: …, in run.NAME",
	"nodeSelector":                  "Kubernetes' nodeSelector is called nodes here, in run.NAME",
	"tolerations":                   "Kubernetes' tolerations are called tolerate here, by the taint's key: tolerate: dedicated: \"batch\"",
	"affinity":                      "say it in Kubernetes' words: pod: affinity: …, in run.NAME",
	"imagePullPolicy":               "Kubernetes' imagePullPolicy is called pull here",
	"imagePullSecrets":              "Kubernetes' imagePullSecrets is called pullSecrets here, at the top",
	"lifecycle":                     "preStop is called beforeStop here; the rest is said in container: lifecycle: …",
	"restartPolicy":                 "Kubernetes' restartPolicy is called restart here, in run.NAME",
	"revisionHistoryLimit":          "Kubernetes' revisionHistoryLimit is called history here, in run.NAME",
	"minReadySeconds":               "Kubernetes' minReadySeconds is called settle here, in run.NAME",
	"priorityClassName":             "Kubernetes' priorityClassName is called priority here, in run.NAME",
	"schedulerName":                 "Kubernetes' schedulerName is called scheduler here, in run.NAME",
	"dnsPolicy":                     "Kubernetes' dnsPolicy is called dns here, in run.NAME",
	"enableServiceLinks":            "Kubernetes' enableServiceLinks is called serviceLinks here, in run.NAME",
	"hostPath":                      "Kubernetes' hostPath is called host here",
	"allowPrivilegeEscalation":      "Kubernetes' allowPrivilegeEscalation is called escalation here",
	"autoscaling":                   "autoscaling is called scale here, in run.NAME",
	"secretKeyRef":                  "Kubernetes' secretKeyRef is called secret here",
	"configMapKeyRef":               "Kubernetes' configMapKeyRef is called config here",
	"configMapRef":                  "Kubernetes' configMapRef is called config here",
	"secretRef":                     "Kubernetes' secretRef is called secret here",
	"fieldRef":                      "Kubernetes' fieldRef is called field here: field: \"metadata.namespace\"",
	"emptyDir":                      "Kubernetes' emptyDir is called scratch here",
	"configMap":                     "Kubernetes' configMap is called config here",
	"persistentVolumeClaim":         "Kubernetes' persistentVolumeClaim is called claim here",
	"minReplicas":                   "Kubernetes' minReplicas is called scale.min here",
	"maxReplicas":                   "Kubernetes' maxReplicas is called scale.max here",
	"maxSurge":                      "Kubernetes' maxSurge is called surge here",
	"runAsUser":                     "Kubernetes' runAsUser is called user here",
	"runAsGroup":                    "Kubernetes' runAsGroup is called group here",
	"fsGroup":                       "Kubernetes' fsGroup is called volumeGroup here, in run.NAME",
	"readOnlyRootFilesystem":        "on by default; security: writable: true turns it off",
	"runAsNonRoot":                  "on by default; security: root: true turns it off",
	"canary":                        "canaries are rollouts: kind: \"rollout\" and workload: spec: strategy: canary: …, in run.NAME",
	"blueGreen":                     "blue and green are rollouts: kind: \"rollout\" and workload: spec: strategy: blueGreen: …, in run.NAME",
	"consumer":                      "a consumer's tests say publishes: \"pacts/*.json\", where they write pacts",
	"provider":                      "a provider's tests say verifies: true, and find pacts in $PACTS",
	"backoffLimit":                  "Kubernetes' backoffLimit is called retries here",
	"activeDeadlineSeconds":         "Kubernetes' activeDeadlineSeconds is called deadline here",
}
