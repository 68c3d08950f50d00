package kube_test

import (
	"testing"

	appsv1 "k8s.io/api/apps/v1"
	"sigs.k8s.io/yaml"

	"slipway.dev/targets/kube"
)

const deployment = `
apiVersion: apps/v1
kind: Deployment
metadata:
  name: checkout
  labels: {app.kubernetes.io/name: checkout, app.kubernetes.io/part-of: shop, slipway.dev/owner: payments}
  annotations: {slipway.dev/docs: "https://docs.example.com/checkout"}
spec:
  replicas: 3
  revisionHistoryLimit: 5
  strategy: {type: RollingUpdate, rollingUpdate: {maxSurge: 25%, maxUnavailable: 0}}
  selector: {matchLabels: {app.kubernetes.io/name: checkout}}
  template:
    metadata: {labels: {app.kubernetes.io/name: checkout, app.kubernetes.io/part-of: shop}}
    spec:
      serviceAccountName: checkout
      automountServiceAccountToken: false
      securityContext: {runAsNonRoot: true, seccompProfile: {type: RuntimeDefault}}
      terminationGracePeriodSeconds: 30
      initContainers:
      - name: migrate
        image: registry.invalid/checkout
        args: [migrate, --wait]
        env: [{name: DATABASE_URL, valueFrom: {secretKeyRef: {name: checkout-db, key: url}}}]
        resources: {requests: {cpu: 100m, memory: 128Mi}, limits: {memory: 256Mi}}
        securityContext: {allowPrivilegeEscalation: false, readOnlyRootFilesystem: true, capabilities: {drop: [ALL]}}
      containers:
      - name: checkout
        image: registry.invalid/checkout
        ports: [{name: http, containerPort: 8080, protocol: TCP}, {name: metrics, containerPort: 9090, protocol: TCP}]
        envFrom: [{configMapRef: {name: checkout-5f3c2a}}]
        env:
        - {name: LOG_LEVEL, value: info}
        - {name: COMMIT, value: 12345e6}
        - {name: DATABASE_URL, valueFrom: {secretKeyRef: {name: checkout-db, key: url}}}
        resources: {requests: {cpu: 500m, memory: 512Mi}, limits: {memory: 512Mi}}
        volumeMounts: [{name: tmp, mountPath: /tmp}, {name: config, mountPath: /etc/checkout, readOnly: true}]
        startupProbe: {httpGet: {path: /healthz, port: http}, failureThreshold: 30}
        readinessProbe: {httpGet: {path: /readyz, port: http}, periodSeconds: 5}
        livenessProbe: {httpGet: {path: /healthz, port: http}}
        lifecycle: {preStop: {exec: {command: [sleep, "5"]}}}
        securityContext: {allowPrivilegeEscalation: false, readOnlyRootFilesystem: true, capabilities: {drop: [ALL]}}
      volumes: [{name: tmp, emptyDir: {sizeLimit: 1Gi}}, {name: config, configMap: {name: checkout-5f3c2a}}]
      topologySpreadConstraints:
      - {maxSkew: 1, topologyKey: topology.kubernetes.io/zone, whenUnsatisfiable: ScheduleAnyway, labelSelector: {matchLabels: {app.kubernetes.io/name: checkout}}}
`

func parsed(b *testing.B) *appsv1.Deployment {
	var d appsv1.Deployment
	if err := yaml.UnmarshalStrict([]byte(deployment), &d); err != nil {
		b.Fatal(err)
	}
	return &d
}

// BenchmarkDeployment is the work for one object: the bound is 25 µs.
func BenchmarkDeployment(b *testing.B) {
	d := parsed(b)
	b.SetBytes(int64(len(kube.Encode(kube.FromObject(d)))))
	b.ReportAllocs()
	for b.Loop() {
		kube.Encode(kube.FromObject(d))
	}
}

func BenchmarkEncode(b *testing.B) {
	n := kube.FromObject(parsed(b))
	b.SetBytes(int64(len(kube.Encode(n))))
	b.ReportAllocs()
	for b.Loop() {
		kube.Encode(n)
	}
}

func BenchmarkDecode(b *testing.B) {
	data := kube.Encode(kube.FromObject(parsed(b)))
	b.SetBytes(int64(len(data)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := kube.Decode(data); err != nil {
			b.Fatal(err)
		}
	}
}
