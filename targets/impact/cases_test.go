package impact_test

// A case changes objects by replacing pieces of their text, or by others in their place.
var cases = []struct {
	name          string
	before, after string
	want          string // one line a change
}{
	// Nothing differs.
	{"the same", deployment, deployment, ""},
	{"keys in another order", service, with(service, "port: 80, targetPort: http", "targetPort: http, port: 80"), ""},
	{"a null is as good as nothing", service, with(service, "type: ClusterIP", "type: ClusterIP\n  externalName: null"), ""},
	{"1000m is 1", deployment, with(deployment, "cpu: 1000m", "cpu: 1"), ""},
	{"1024Mi is 1Gi in a volume", deployment, with(deployment, "sizeLimit: 1Gi", "sizeLimit: 1024Mi"), ""},
	{"1024Mi is 1Gi in a claim template", statefulSet, with(statefulSet, "storage: 1Gi", "storage: 1024Mi"), ""},

	// The value of a variable or of a ConfigMap is text, whatever it looks like.
	{"1000m is not 1 in a variable", with(deployment, "value: one", "value: 1000m"), with(deployment, "value: one", `value: "1"`),
		`restart Deployment/checkout: containers[checkout].env[A].value 1000m → 1`},
	{"1000m is not 1 in a ConfigMap", with(configMap, "immutable: true", "", "LOG_LEVEL: info", "cpu: 1000m"), with(configMap, "immutable: true", "", "LOG_LEVEL: info", `cpu: "1"`),
		`none ConfigMap/checkout-app-1111111111: data.cpu 1000m → 1`},

	// In place.
	{"replicas", deployment, with(deployment, "replicas: 3", "replicas: 6"),
		`none Deployment/checkout: spec.replicas 3 → 6`},
	{"an autoscaler", autoscaler, with(autoscaler, "maxReplicas: 10", "maxReplicas: 20", "averageUtilization: 70", "averageUtilization: 80"),
		`none HorizontalPodAutoscaler/checkout: spec.maxReplicas 10 → 20, spec.metrics[cpu].resource.target.averageUtilization 70 → 80`},
	{"a Service that gets a load balancer", service, with(service, "type: ClusterIP", "type: LoadBalancer"),
		`none Service/checkout: spec.type ClusterIP → LoadBalancer`},
	{"a Service that becomes another name", service, with(service, "type: ClusterIP", "type: ExternalName\n  clusterIP: None"),
		`none Service/checkout: spec.type ClusterIP → ExternalName, spec.clusterIP added`},
	{"a second IP family", service, with(service, "[IPv4]", "[IPv4, IPv6]"),
		`none Service/checkout: spec.ipFamilies`},
	{"a port of a Service", service, with(service, "port: 80", "port: 81"),
		`none Service/checkout: spec.ports[http].port 80 → 81`},
	{"an Ingress, host and class", ingress, with(ingress, "nginx", "other", "shop.example.com", "shop.example.org"),
		`none Ingress/checkout: spec.ingressClassName nginx → other, spec.rules[shop.example.com] removed, spec.rules[shop.example.org] added`},
	{"a ConfigMap that may change", with(configMap, "immutable: true", ""), with(configMap, "immutable: true", "", "info", "debug"),
		`none ConfigMap/checkout-app-1111111111: data[LOG_LEVEL] info → debug`},
	{"a CronJob's template", cronJob, with(cronJob, "report:1", "report:2"),
		`none CronJob/report: spec.jobTemplate.spec.template.spec.containers[report].image`},
	{"a disk that grows", claim, with(claim, "1Gi", "2Gi"),
		`none PersistentVolumeClaim/data: spec.resources.requests.storage 1Gi → 2Gi`},
	{"subjects of a binding", binding, with(binding, "name: checkout", "name: cart"),
		`none RoleBinding/readers: subjects[checkout] removed, subjects[cart] added`},
	{"another version of the API", deployment, with(deployment, "apps/v1", "apps/v1beta1"),
		`none Deployment/checkout: apiVersion apps/v1 → apps/v1beta1`},
	{"a job's retries", job, with(job, "backoffLimit: 2", "backoffLimit: 3"),
		`none Job/migrate: spec.backoffLimit 2 → 3`},
	{"an indexed job that gets wider", with(job, "completions: 1", "completionMode: Indexed\n  completions: 1"),
		with(job, "completions: 1", "completionMode: Indexed\n  completions: 2", "parallelism: 1", "parallelism: 2"),
		`none Job/migrate: spec.completions 1 → 2, spec.parallelism 1 → 2`},
	{"a template while paused", with(deployment, "replicas: 3", "paused: true"), with(deployment, "replicas: 3", "paused: true", "checkout:1", "checkout:2"),
		`none Deployment/checkout: containers[checkout].image; paused: pods are replaced when it is resumed`},
	{"a template that waits for deletion", with(statefulSet, "type: RollingUpdate", "type: OnDelete"), with(statefulSet, "type: RollingUpdate", "type: OnDelete", "db:1", "db:2"),
		`none StatefulSet/db: containers[db].image; OnDelete: pods keep the old template until somebody deletes them`},
	{"finalizers are no labels", deployment, with(deployment, "labels: {team: payments}", "labels: {team: payments}\n  finalizers: [a.example.com/b]"),
		`none Deployment/checkout: metadata.finalizers added`},

	// Metadata.
	{"a label", deployment, with(deployment, "team: payments", "team: shop"),
		`metadata Deployment/checkout: metadata.labels.team payments → shop`},
	{"a label with a slash, an annotation", service, with(service, "namespace: shop", `namespace: shop, labels: {slipway.dev/commit: abc}, annotations: {a: b}`),
		`metadata Service/checkout: metadata.labels added, metadata.annotations added`},

	// Restart.
	{"an image, and a label beside it", deployment, with(deployment, "checkout:1", "checkout:2", "team: payments", "team: shop"),
		`restart Deployment/checkout: containers[checkout].image; also metadata.labels.team payments → shop`},
	{"a variable", deployment, with(deployment, "value: two", "value: three"),
		`restart Deployment/checkout: containers[checkout].env[B].value two → three`},
	{"variables in another order", deployment, with(deployment, "- {name: A, value: one}", "- {name: C, value: x}", "- {name: B, value: two}", "- {name: B, value: two}\n            - {name: A, value: one}"),
		`restart Deployment/checkout: containers[checkout].env[C] added, containers[checkout].env reordered`},
	{"a probe", deployment, with(deployment, "path: /ready", "path: /healthz"),
		`restart Deployment/checkout: containers[checkout].readinessProbe.httpGet.path /ready → /healthz`},
	{"arguments have no names", deployment, with(deployment, "[serve]", "[serve, --verbose]"),
		`restart Deployment/checkout: containers[checkout].args`},
	{"two mounts of one volume", deployment, with(deployment, "{name: tmp, mountPath: /cache}", "{name: tmp, mountPath: /cache, readOnly: true}"),
		`restart Deployment/checkout: containers[checkout].volumeMounts[/cache].readOnly added`},
	{"a label of the pods", deployment, with(deployment, "      labels: {app: checkout}", "      labels: {app: checkout, app.kubernetes.io/version: 1.2.0}"),
		`restart Deployment/checkout: template.metadata.labels[app.kubernetes.io/version] added`},
	{"a sidecar", daemonSet, with(daemonSet, "containers:", "containers:\n        - {name: side, image: registry.example.com/side:1}"),
		`restart DaemonSet/agent: containers[side] added`},
	{"the image of a rollout", with(deployment, "apps/v1", "argoproj.io/v1alpha1", "kind: Deployment", "kind: Rollout"), with(deployment, "apps/v1", "argoproj.io/v1alpha1", "kind: Deployment", "kind: Rollout", "checkout:1", "checkout:2"),
		`restart Rollout/checkout: containers[checkout].image`},
	{"the image of a set", statefulSet, with(statefulSet, "db:1", "db:2"),
		`restart StatefulSet/db: containers[db].image`},
	{"no pod is left", deployment, with(deployment, "replicas: 3", "replicas: 0"),
		`restart Deployment/checkout: spec.replicas 3 → 0; every pod is stopped`},
	{"the image of a bare pod", pod, with(pod, "debug:1", "debug:2"),
		`restart Pod/debug: spec.containers[debug].image`},
	{"many edits are counted", deployment, with(deployment, "containers:", `dnsPolicy: Default
      hostNetwork: false
      hostIPC: false
      hostPID: false
      nodeName: a
      priority: 1
      schedulerName: x
      hostname: y
      containers:`),
		`restart Deployment/checkout: dnsPolicy added, hostNetwork added, hostIPC added, hostPID added, nodeName added, priority added, 2 more`},

	// Replace.
	{"a selector", deployment, with(deployment, "matchLabels: {app: checkout}", "matchLabels: {app: cart}", "labels: {app: checkout}", "labels: {app: cart}"),
		`replace Deployment/checkout: spec.selector.matchLabels.app checkout → cart; immutable: the sync fails until it is deleted; also template.metadata.labels.app checkout → cart`},
	{"the selector of a DaemonSet", daemonSet, with(daemonSet, "matchLabels: {app: agent}", "matchLabels: {app: other}"),
		`replace DaemonSet/agent: spec.selector.matchLabels.app agent → other; immutable: the sync fails until it is deleted`},
	{"a claim template", statefulSet, with(statefulSet, "storage: 1Gi", "storage: 2Gi"),
		`replace StatefulSet/db: spec.volumeClaimTemplates[data].spec.resources.requests.storage 1Gi → 2Gi; immutable: the sync fails until it is deleted`},
	{"the name of a set's Service, and its policy", statefulSet, with(statefulSet, "serviceName: db", "serviceName: dbs", "OrderedReady", "Parallel", "replicas: 1", "replicas: 2"),
		`replace StatefulSet/db: spec.serviceName db → dbs, spec.podManagementPolicy OrderedReady → Parallel; immutable: the sync fails until it is deleted; also spec.replicas 1 → 2`},
	{"a job's template", job, with(job, "migrate:1", "migrate:2"),
		`replace Job/migrate: containers[migrate].image; immutable: the sync fails until it is deleted`},
	{"a job's completions", job, with(job, "completions: 1", "completions: 2"),
		`replace Job/migrate: spec.completions 1 → 2; immutable: the sync fails until it is deleted`},
	{"a job that Argo CD replaces", replacedJob, with(replacedJob, "migrate:1", "migrate:2"),
		`replace Job/migrate: containers[migrate].image; it runs again`},
	{"a job that Argo CD replaces runs again for a label", replacedJob, with(replacedJob, "team: payments", "team: shop"),
		`replace Job/migrate: metadata.labels.team payments → shop; it runs again`},
	{"anything else that Argo CD replaces", with(service, "namespace: shop", `namespace: shop, annotations: {argocd.argoproj.io/sync-options: "Replace=true, Force=true"}`),
		with(service, "namespace: shop", `namespace: shop, annotations: {argocd.argoproj.io/sync-options: "Replace=true, Force=true"}`, "port: 80", "port: 81"),
		`replace Service/checkout: spec.ports[http].port 80 → 81; Argo CD deletes it and makes it anew`},
	{"Replace alone deletes nothing", with(replacedJob, "Force=true,", ""), with(replacedJob, "Force=true,", "", "backoffLimit: 2", "backoffLimit: 3"),
		`none Job/migrate: spec.backoffLimit 2 → 3`},
	{"a hook", with(replacedJob, "sync-options", "hook", "Force=true,Replace=true", "PreSync"), with(replacedJob, "sync-options", "hook", "Force=true,Replace=true", "PreSync", "migrate:1", "migrate:2"),
		`replace Job/migrate: containers[migrate].image; Argo CD makes it anew with every sync`},
	{"Force alone deletes what cannot change", with(replacedJob, ",Replace=true", ""), with(replacedJob, ",Replace=true", "", "migrate:1", "migrate:2"),
		`replace Job/migrate: containers[migrate].image; immutable: Argo CD deletes it and makes it anew`},
	{"a Service that becomes headless", service, with(service, "type: ClusterIP", "type: ClusterIP\n  clusterIP: None"),
		`replace Service/checkout: spec.clusterIP added; immutable: the sync fails until it is deleted`},
	{"a Service that stops being headless", with(service, "type: ClusterIP", "type: ClusterIP\n  clusterIP: None"), service,
		`replace Service/checkout: spec.clusterIP removed; immutable: the sync fails until it is deleted`},
	{"the first IP family", service, with(service, "[IPv4]", "[IPv6]"),
		`replace Service/checkout: spec.ipFamilies; immutable: the sync fails until it is deleted`},
	{"the class of a load balancer", with(service, "type: ClusterIP", "type: LoadBalancer\n  loadBalancerClass: a"), with(service, "type: ClusterIP", "type: LoadBalancer\n  loadBalancerClass: b"),
		`replace Service/checkout: spec.loadBalancerClass a → b; immutable: the sync fails until it is deleted`},
	{"an immutable ConfigMap", configMap, with(configMap, "info", "debug"),
		`replace ConfigMap/checkout-app-1111111111: data[LOG_LEVEL] info → debug; immutable: the sync fails until it is deleted`},
	{"a ConfigMap that is to be mutable again", configMap, with(configMap, "immutable: true", "immutable: false"),
		`replace ConfigMap/checkout-app-1111111111: immutable true → false; immutable: the sync fails until it is deleted`},
	{"the type of a Secret, and values that are nobody's business", secret, with(secret, "Opaque", "example.com/x", "b25l", "dHdv"),
		`replace Secret/checkout: type; immutable: the sync fails until it is deleted; also data.key`},
	{"a disk that shrinks", claim, with(claim, "1Gi", "512Mi"),
		`replace PersistentVolumeClaim/data: spec.resources.requests.storage 1Gi → 512Mi; immutable: the sync fails until it is deleted`},
	{"the class of a disk", claim, with(claim, "accessModes", "storageClassName: fast\n  accessModes"),
		`replace PersistentVolumeClaim/data: spec.storageClassName added; immutable: the sync fails until it is deleted`},
	{"the role of a binding", binding, with(binding, "name: reader}", "name: writer}"),
		`replace RoleBinding/readers: roleRef.name reader → writer; immutable: the sync fails until it is deleted`},
	{"the node of a bare pod", pod, with(pod, "nodeName: a", "nodeName: b"),
		`replace Pod/debug: spec.nodeName a → b; immutable: the sync fails until it is deleted`},

	// Coming and going.
	{"a new object", "", service, `create Service/checkout`},
	{"an object that goes", service, "", `delete Service/checkout`},
	{"another namespace", service, with(service, "namespace: shop", "namespace: store"), `
delete Service/checkout
create Service/checkout`},
	{"another kind", deployment, with(statefulSet, "name: db", "name: checkout"), `
delete Deployment/checkout
create StatefulSet/checkout`},
	{"a disk that goes", claim, "", `delete PersistentVolumeClaim/data: with its data, unless the volume is retained`},
	{"an object that Argo CD does not prune", configMap, "", `stay ConfigMap/checkout-app-1111111111: Argo CD does not prune it`},
	{"a ConfigMap under another content hash", configMap, with(configMap, "1111111111", "2222222222", "info", "debug"),
		`create ConfigMap/checkout-app-2222222222: in place of checkout-app-1111111111; data[LOG_LEVEL] info → debug; the old one stays`},
	{"a ConfigMap under another content hash whose old one is pruned", with(configMap, "Prune=false", "Validate=true"), with(configMap, "1111111111", "2222222222", "info", "debug"), `
delete ConfigMap/checkout-app-1111111111
create ConfigMap/checkout-app-2222222222`},
	{"two ConfigMaps of one name are no swap", configMap + "---" + with(configMap, "1111111111", "3333333333"), with(configMap, "1111111111", "2222222222"), `
create ConfigMap/checkout-app-2222222222
stay ConfigMap/checkout-app-1111111111: Argo CD does not prune it
stay ConfigMap/checkout-app-3333333333: Argo CD does not prune it`},

	{"worst first, then by kind and name", deployment + "---" + service + "---" + binding + "---" + autoscaler + "---" + claim,
		with(deployment, "checkout:1", "checkout:2") + "---" + with(service, "port: 80", "port: 81") + "---" + with(binding, "name: reader}", "name: writer}") +
			"---" + with(autoscaler, "maxReplicas: 10", "maxReplicas: 11") + "---" + ingress, `
delete PersistentVolumeClaim/data: with its data, unless the volume is retained
replace RoleBinding/readers: roleRef.name reader → writer; immutable: the sync fails until it is deleted
restart Deployment/checkout: containers[checkout].image
create Ingress/checkout
none HorizontalPodAutoscaler/checkout: spec.maxReplicas 10 → 11
none Service/checkout: spec.ports[http].port 80 → 81`},
}
