package faults

import "fmt"

// podSecurity breaks each control of the Pod Security Standard "restricted" in every kind
// of workload, in every kind of container and in the pods that Tekton makes of tasks.
func podSecurity() []row {
	type place struct{ what, doc, path string }
	pods := []place{
		{"the deployment", shop, pod}, {"the second process", worker, pod},
		{"the statefulset", store, pod}, {"the job", tables, pod},
	}
	containers := []place{
		{"the container", shop, main}, {"the sidecar", shop, proxy}, {"the init container", shop, warm},
		{"the statefulset's container", store, pod + "containers[store]."},
		{"the job's container", tables, pod + "containers[tables]."},
		{"the container with a token", api, pod + "containers[api]."},
	}
	var templates []place
	for _, name := range []string{"clone", "test", "secrets", "dependencies", "build-dockerfile", "build-jib", "build-ko", "push", "scan", "request", "report", "verify", "promote", "settle"} {
		templates = append(templates, place{"the task " + name, task(name), "spec."})
	}
	return concat(
		each(pods, func(p place) []row {
			return []row{
				{worst, p.what + " shares the node's network", set(p.doc, p.path+"hostNetwork", true)},
				{worst, p.what + " sees the node's processes", set(p.doc, p.path+"hostPID", true)},
				{usual, p.what + " shares the node's memory", set(p.doc, p.path+"hostIPC", true)},
				{worst, p.what + " mounts the node's root", add(p.doc, p.path+"volumes", m{"name": "node", "hostPath": m{"path": "/"}})},
				{usual, p.what + " mounts a network disk directly", add(p.doc, p.path+"volumes", m{"name": "far", "nfs": m{"server": "nas", "path": "/"}})},
				{usual, p.what + " may run as root", set(p.doc, p.path+"securityContext.runAsNonRoot", false)},
				{worst, p.what + " says nothing against root", drop(p.doc, p.path+"securityContext.runAsNonRoot")},
				{worst, p.what + " runs as root", set(p.doc, p.path+"securityContext.runAsUser", 0)},
				{usual, p.what + " has no seccomp profile", drop(p.doc, p.path+"securityContext.seccompProfile")},
				{usual, p.what + " runs without seccomp", set(p.doc, p.path+"securityContext.seccompProfile.type", "Unconfined")},
				{usual, p.what + " sets a kernel parameter", set(p.doc, p.path+"securityContext.sysctls", l(m{"name": "kernel.msgmax", "value": "65536"}))},
				{usual, p.what + " picks an SELinux user", set(p.doc, p.path+"securityContext.seLinuxOptions", m{"user": "system_u"})},
				{usual, p.what + " runs without AppArmor", set(p.doc, p.path+"securityContext.appArmorProfile", m{"type": "Unconfined"})},
				{usual, p.what + " asks for a Windows host process", set(p.doc, p.path+"securityContext.windowsOptions", m{"hostProcess": true})},
				{usual, p.what + " has no security context", drop(p.doc, p.path+"securityContext")},
			}
		}),
		each(containers, func(p place) []row {
			return []row{
				{worst, p.what + " is privileged", both(set(p.doc, p.path+"securityContext.privileged", true), drop(p.doc, p.path+"securityContext.allowPrivilegeEscalation"))},
				{usual, p.what + " is privileged but may not escalate", set(p.doc, p.path+"securityContext.privileged", true)},
				{usual, p.what + " may gain rights", set(p.doc, p.path+"securityContext.allowPrivilegeEscalation", true)},
				{usual, p.what + " says nothing against gaining rights", drop(p.doc, p.path+"securityContext.allowPrivilegeEscalation")},
				{usual, p.what + " keeps its kernel rights", drop(p.doc, p.path+"securityContext.capabilities")},
				{usual, p.what + " drops one kernel right instead of all", set(p.doc, p.path+"securityContext.capabilities.drop", l("NET_RAW"))},
				{worst, p.what + " may administer the system", set(p.doc, p.path+"securityContext.capabilities.add", l("SYS_ADMIN"))},
				{usual, p.what + " may send raw packets", set(p.doc, p.path+"securityContext.capabilities.add", l("NET_RAW"))},
				{usual, p.what + " sees all of /proc", set(p.doc, p.path+"securityContext.procMount", "Unmasked")},
				{usual, p.what + " may run as root", set(p.doc, p.path+"securityContext.runAsNonRoot", false)},
				{usual, p.what + " runs as root", set(p.doc, p.path+"securityContext.runAsUser", 0)},
				{usual, p.what + " runs without seccomp", set(p.doc, p.path+"securityContext.seccompProfile", m{"type": "Unconfined"})},
				{usual, p.what + " has no security context", drop(p.doc, p.path+"securityContext")},
				{usual, p.what + " takes a port of the node", set(p.doc, p.path+"ports", l(m{"name": "node", "containerPort": 8443, "hostPort": 8443}))},
				{usual, p.what + " picks an SELinux type", set(p.doc, p.path+"securityContext.seLinuxOptions", m{"type": "spc_t"})},
				{usual, p.what + " runs without AppArmor", set(p.doc, p.path+"securityContext.appArmorProfile", m{"type": "Unconfined"})},
			}
		}),
		each(templates, func(p place) []row {
			return []row{
				{usual, p.what + " may gain rights", set(p.doc, p.path+"stepTemplate.securityContext.allowPrivilegeEscalation", true)},
				{usual, p.what + " keeps its kernel rights", drop(p.doc, p.path+"stepTemplate.securityContext.capabilities")},
				{usual, p.what + " is privileged", both(set(p.doc, p.path+"steps[0].securityContext.privileged", true), set(p.doc, p.path+"steps[0].securityContext.allowPrivilegeEscalation", true))},
				{usual, p.what + " may run as root", set(p.doc, p.path+"stepTemplate.securityContext.runAsNonRoot", false)},
				{usual, p.what + " runs as root", set(p.doc, p.path+"stepTemplate.securityContext.runAsUser", 0)},
				{usual, p.what + " runs without seccomp", set(p.doc, p.path+"stepTemplate.securityContext.seccompProfile.type", "Unconfined")},
				{usual, p.what + " mounts the node's container socket", add(p.doc, p.path+"volumes", m{"name": "socket", "hostPath": m{"path": "/run/containerd/containerd.sock"}})},
				{usual, p.what + " has a privileged sidecar", set(p.doc, p.path+"sidecars", l(m{"name": "daemon", "image": "docker:dind@sha256:4e6e670bb069649261c9c18031f0aded7bb249a5b6664ddec29c013a89310d50", "securityContext": m{"privileged": true}}))},
			}
		}),
		[]row{
			{worst, "a namespace admits privileged pods", set(namespaces+"#Namespace small-dev", "metadata.labels['pod-security.kubernetes.io/enforce']", "privileged")},
			{usual, "a namespace admits baseline pods", set(farSpaces+"#Namespace small-prod", "metadata.labels['pod-security.kubernetes.io/enforce']", "baseline")},
			{worst, "a namespace enforces nothing", drop(farSpaces+"#Namespace small-prod", "metadata.labels['pod-security.kubernetes.io/enforce']")},
			{usual, "a namespace's level is misspelt", set(farSpaces+"#Namespace small-prod", "metadata.labels['pod-security.kubernetes.io/enforce']", "restrict")},
			{usual, "a namespace's label of the level is misspelt", rename(farSpaces+"#Namespace small-prod", "metadata.labels['pod-security.kubernetes.io/enforce']", "pod-security.kubernetes.io/enforced")},
			{usual, "a pipeline namespace enforces nothing", drop(namespaces+"#Namespace ci-store", "metadata.labels['pod-security.kubernetes.io/enforce']")},
			{usual, "a pull-request namespace admits privileged pods", set(namespaces+"#Namespace ci-store-pr", "metadata.labels['pod-security.kubernetes.io/enforce']", "privileged")},
			{usual, "a namespace pins a Pod Security version that never was", set(farSpaces+"#Namespace small-prod", "metadata.labels['pod-security.kubernetes.io/enforce-version']", "1.33")},
			{usual, "the privileged container hides in a patch", set(patch, pod+"containers[proxy].securityContext", m{"privileged": true, "allowPrivilegeEscalation": true})},
			{usual, "the node's network hides in a patch", set(patch, pod+"hostNetwork", true)},
			{usual, "a patch removes the security context", set(patch, pod+"securityContext", m{"$patch": "delete"})},
			{usual, "a pod is debugged by a privileged ephemeral container", set(shop, pod+"ephemeralContainers", l(m{"name": "debug", "image": "busybox", "securityContext": m{"privileged": true}}))},
		},
	)
}

// decoding breaks what only a strict decoder sees: the API server's default drops it.
func decoding() []row {
	var rows []row
	for _, r := range []struct{ doc, path, key string }{
		{shop, "spec.replica", ""}, // not there: added below
		{shop, pod + "securityContext", "securitycontext"},
		{shop, main + "securityContext", "securityContexts"},
		{shop, main + "securityContext.readOnlyRootFilesystem", "readOnlyRootFileSystem"},
		{shop, main + "readinessProbe", "readynessProbe"},
		{shop, main + "readinessProbe.httpGet", "httpget"},
		{shop, main + "livenessProbe", "livelinessProbe"},
		{shop, main + "startupProbe.failureThreshold", "failureThreshhold"},
		{shop, main + "resources.limits", "limit"},
		{shop, main + "resources", "resource"},
		{shop, main + "envFrom", "envfrom"},
		{shop, main + "env[PASSWORD].valueFrom", "valueForm"},
		{shop, main + "env[PASSWORD].valueFrom.secretKeyRef", "secretRef"},
		{shop, main + "volumeMounts[keys].readOnly", "readonly"},
		{shop, main + "ports[http].containerPort", "port"},
		{shop, main + "args", "arguments"},
		{shop, pod + "volumes[keys].secret.secretName", "name"},
		{shop, pod + "volumes[keys].secret.defaultMode", "mode"},
		{shop, pod + "automountServiceAccountToken", "autoMountServiceAccountToken"},
		{shop, pod + "terminationGracePeriodSeconds", "terminationGracePeriod"},
		{shop, pod + "initContainers", "initcontainers"},
		{shop, "spec.strategy.rollingUpdate", "rollingupdate"},
		{shop, "metadata.labels", "label"},
		{service, "spec.ports", "port"},
		{service, "spec.selector", "selectors"},
		{outside, "spec.loadBalancerSourceRanges", "loadBalancerSourceRange"},
		{policy, "spec.policyTypes", "policyType"},
		{policy, "spec.ingress", "Ingress"},
		{scaler, "spec.maxReplicas", "maxReplica"},
		{budget, "spec.maxUnavailable", "maxUnavailble"},
		{route, "spec.parentRefs", "parentRef"},
		{ingress, "spec.ingressClassName", "ingressClass"},
		{store, "spec.volumeClaimTemplates", "volumeClaimTemplate"},
		{storePods, "spec.clusterIP", "clusterIp"},
		{tables, "spec.backoffLimit", "backOffLimit"},
		{tables, "spec.activeDeadlineSeconds", "activeDeadline"},
		{settings, "immutable", "imutable"},
		{account, "automountServiceAccountToken", "automountToken"},
		{release, "spec.tasks[unit].runAfter", "runafter"},
		{release, "spec.tasks[clone].timeout", "timeouts"},
		{release, "spec.tasks[clone].taskRef.resolver", "resolve"},
		{release, "spec.finally", "finaly"},
		{task("test"), "spec.steps[0].computeResources", "resources"},
		{task("test"), "spec.stepTemplate", "steptemplate"},
		{task("clone"), "spec.workspaces[0].description", "descriptoin"},
		{releaseRun, "spec.taskRunSpecs[0].serviceAccountName", "taskServiceAccountName"},
		{releaseRun, "spec.taskRunTemplate", "taskRunTemplates"},
		{team, "spec.sourceRepos", "sourceRepo"},
		{team, "spec.namespaceResourceWhitelist", "namespaceResourceWhiteList"},
		{shopApp, "spec.syncPolicy", "syncpolicy"},
		{shopApp, "spec.syncPolicy.automated.selfHeal", "selfheal"},
		{shopApp, "spec.source.targetRevision", "revision"},
		{pipelinesApp, "spec.source.directory.recurse", "recursive"},
		{"services/shop/overlays/prod/kustomization.yaml", "components", "component"},
		{"services/shop/overlays/prod/release/kustomization.yaml", "images[0].digest", "Digest"},
	} {
		if r.key == "" {
			rows = append(rows, row{usual, "a deployment says replica", set(r.doc, r.path, 3)})
			continue
		}
		rows = append(rows, row{usual, fmt.Sprintf("%s is spelt %s in %s", r.path, r.key, r.doc), rename(r.doc, r.path, r.key)})
	}
	for _, r := range []struct {
		doc, path string
		value     any
	}{
		{worker, "spec.replicas", "two"},
		{worker, "spec.replicas", 1.5},
		{shop, main + "command", "/shop"},
		{shop, main + "args[1]", false},
		{shop, main + "env[PORT].value", 8080},
		{shop, main + "env[COMMIT].value", 12345e6},
		{shop, main + "env[ANSWER].value", false},
		{shop, main + "ports[http].containerPort", "8080"},
		{shop, main + "ports", m{"http": 8080}},
		{shop, pod + "automountServiceAccountToken", "false"},
		{shop, "spec.template.metadata.annotations['example.com/why']", 5},
		{shop, "spec.template.metadata.labels['consumes.slipway.dev/api']", true},
		{shop, "spec.selector.matchLabels", l("app")},
		{settings, "data['greeting.txt']", true},
		{settings, "data.place", m{"name": "world"}},
		{scaler, "spec.minReplicas", "2"},
		{tables, "spec.backoffLimit", "3"},
		{release, "spec.tasks", m{"clone": m{}}},
		{release, "spec.tasks[clone].retries", "1"},
		{release, "spec.tasks[unit].runAfter", "clone"},
		{release, "spec.workspaces[1].optional", "true"},
		{task("clone"), "spec.steps[0].script", l("#!/bin/sh", "exit 0")},
		{task("clone"), "spec.stepTemplate.securityContext.runAsUser", "1000"},
		{team, "spec.sourceRepos", "https://git.small.example/platform/fleet"},
		{shopApp, "spec.syncPolicy.automated", true},
		{shopApp, "spec.syncPolicy.automated.prune", "true"},
		{shopApp, "spec.syncPolicy.retry.limit", "5"},
		{tektonFlags, "data.disable-creds-init", true},
		{namespaces + "#Namespace small-dev", "metadata.labels['app.kubernetes.io/managed-by']", 1},
	} {
		rows = append(rows, row{usual, fmt.Sprintf("%s is the %T %v in %s", r.path, r.value, r.value, r.doc), set(r.doc, r.path, r.value)})
	}
	return append(rows,
		row{usual, "a kind is written in lower case", set(shop, "kind", "deployment")},
		row{usual, "a kind is one that nobody knows", set(shop, "kind", "Deploymnet")},
		row{usual, "a deployment is of a group version that is gone", set(shop, "apiVersion", "extensions/v1beta1")},
		row{usual, "a budget is of a version that is gone", set(budget, "apiVersion", "policy/v1beta1")},
		row{usual, "an ingress is of a version that is gone", set(ingress, "apiVersion", "networking.k8s.io/v1beta1")},
		row{usual, "a scaler is of a version that is gone", set(scaler, "apiVersion", "autoscaling/v2beta2")},
		row{usual, "a task is of a version that is gone", set(task("clone"), "apiVersion", "tekton.dev/v1alpha1")},
		row{usual, "a project is of a version that never was", set(team, "apiVersion", "argoproj.io/v1")},
		row{usual, "a container has a field of a pod", set(shop, main+"hostNetwork", false)},
		row{usual, "a pod has a field of a container", set(shop, pod+"ports", l())},
		row{usual, "a deployment has a status of its own making", set(shop, "status", m{"readyReplica": 1})},
	)
}
