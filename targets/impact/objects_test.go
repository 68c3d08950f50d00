package impact_test

// The objects that the cases change. They are as short as their kinds allow.
const (
	deployment = `
apiVersion: apps/v1
kind: Deployment
metadata:
  name: checkout
  namespace: shop
  labels: {team: payments}
spec:
  replicas: 3
  selector: {matchLabels: {app: checkout}}
  template:
    metadata:
      labels: {app: checkout}
    spec:
      containers:
        - name: checkout
          image: registry.example.com/checkout:1
          args: [serve]
          env:
            - {name: A, value: one}
            - {name: B, value: two}
          ports:
            - {name: http, containerPort: 8080}
          readinessProbe: {httpGet: {path: /ready, port: http}}
          resources: {requests: {cpu: 1000m, memory: 128Mi}}
          volumeMounts:
            - {name: tmp, mountPath: /tmp}
            - {name: tmp, mountPath: /cache}
      volumes:
        - {name: tmp, emptyDir: {sizeLimit: 1Gi}}
`
	statefulSet = `
apiVersion: apps/v1
kind: StatefulSet
metadata: {name: db, namespace: shop}
spec:
  serviceName: db
  replicas: 1
  podManagementPolicy: OrderedReady
  updateStrategy: {type: RollingUpdate}
  selector: {matchLabels: {app: db}}
  template:
    metadata: {labels: {app: db}}
    spec:
      containers:
        - {name: db, image: registry.example.com/db:1}
  volumeClaimTemplates:
    - metadata: {name: data}
      spec: {resources: {requests: {storage: 1Gi}}}
`
	daemonSet = `
apiVersion: apps/v1
kind: DaemonSet
metadata: {name: agent, namespace: shop}
spec:
  selector: {matchLabels: {app: agent}}
  template:
    metadata: {labels: {app: agent}}
    spec:
      containers:
        - {name: agent, image: registry.example.com/agent:1}
`
	job = `
apiVersion: batch/v1
kind: Job
metadata:
  name: migrate
  namespace: shop
  labels: {team: payments}
spec:
  completions: 1
  parallelism: 1
  backoffLimit: 2
  template:
    spec:
      containers:
        - {name: migrate, image: registry.example.com/migrate:1}
`
	replacedJob = `
apiVersion: batch/v1
kind: Job
metadata:
  name: migrate
  namespace: shop
  labels: {team: payments}
  annotations: {argocd.argoproj.io/sync-options: "Force=true,Replace=true"}
spec:
  backoffLimit: 2
  template:
    spec:
      containers:
        - {name: migrate, image: registry.example.com/migrate:1}
`
	cronJob = `
apiVersion: batch/v1
kind: CronJob
metadata: {name: report, namespace: shop}
spec:
  schedule: "0 3 * * *"
  jobTemplate: {spec: {template: {spec: {containers: [{name: report, image: registry.example.com/report:1}]}}}}
`
	service = `
apiVersion: v1
kind: Service
metadata: {name: checkout, namespace: shop}
spec:
  type: ClusterIP
  ipFamilies: [IPv4]
  selector: {app: checkout}
  ports:
    - {name: http, port: 80, targetPort: http}
`
	configMap = `
apiVersion: v1
kind: ConfigMap
metadata:
  name: checkout-app-1111111111
  namespace: shop
  annotations: {argocd.argoproj.io/sync-options: Prune=false}
immutable: true
data: {LOG_LEVEL: info, MODE: fast}
`
	claim = `
apiVersion: v1
kind: PersistentVolumeClaim
metadata: {name: data, namespace: shop}
spec:
  accessModes: [ReadWriteOnce]
  resources: {requests: {storage: 1Gi}}
`
	binding = `
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: readers, namespace: shop}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: reader}
subjects:
  - {kind: ServiceAccount, name: checkout}
`
	autoscaler = `
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata: {name: checkout, namespace: shop}
spec:
  minReplicas: 2
  maxReplicas: 10
  metrics:
    - {type: Resource, resource: {name: cpu, target: {type: Utilization, averageUtilization: 70}}}
`
	ingress = `
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {name: checkout, namespace: shop}
spec:
  ingressClassName: nginx
  rules:
    - {host: shop.example.com, http: {paths: [{path: /, pathType: Prefix}]}}
`
	secret = `
apiVersion: v1
kind: Secret
metadata: {name: checkout, namespace: shop}
type: Opaque
data: {key: b25l}
`
	pod = `
apiVersion: v1
kind: Pod
metadata: {name: debug, namespace: shop}
spec:
  nodeName: a
  containers:
    - {name: debug, image: registry.example.com/debug:1}
`
)
