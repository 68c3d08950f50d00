package faults

// credentials brings secrets and tokens to pods that run what a repository holds, by way
// of a Pipeline or a Task.
func credentials() []row {
	unit := task("test")
	const step = "spec.steps[0]."
	// A workspace reaches a step only if the Task declares it.
	taking := func(name string, e Edit) Edit {
		return both(add(unit, "spec.workspaces", m{"name": name}), e)
	}
	return []row{
		{worst, "what runs beside the tests is given a Secret", set(koRelease, beside+"env", l(m{"name": "PASSWORD", "valueFrom": m{"secretKeyRef": m{"name": "registry-push", "key": "password"}}}))},
		{worst, "the tests are given the credential of the source", taking("git-credentials", give(release, "unit", "git-credentials", "git-credentials"))},
		{worst, "the tests are given the credential of the registry", taking("registry-credentials", give(release, "unit", "registry-credentials", "registry-credentials"))},
		{worst, "the tests are given the credential of the fleet", taking("request-key", give(release, "unit", "request-key", "request-key"))},
		{usual, "the tests of a pull request are given the credential of the source", taking("git-credentials", give(pullRequest, "unit", "git-credentials", "git-credentials"))},
		{worst, "the tests work in the credential's workspace", set(release, "spec.tasks[unit].workspaces[0].workspace", "request-key")},
		{worst, "a variable of the tests comes from a secret", add(unit, step+"env", m{"name": "TOKEN", "valueFrom": m{"secretKeyRef": m{"name": "request-key", "key": "password"}}})},
		{worst, "all variables of the tests come from a secret", set(unit, step+"envFrom", l(m{"secretRef": m{"name": "request-key"}}))},
		{usual, "a variable of every step of the tests comes from a secret", add(unit, "spec.stepTemplate.env", m{"name": "TOKEN", "valueFrom": m{"secretKeyRef": m{"name": "request-key", "key": "password"}}})},
		{worst, "the tests mount a secret", both(add(unit, "spec.volumes", m{"name": "s", "secret": m{"secretName": "request-key"}}), add(unit, "spec.stepTemplate.volumeMounts", m{"name": "s", "mountPath": "/s"}))},
		{usual, "the tests mount a secret through a projection", both(add(unit, "spec.volumes", m{"name": "s", "projected": m{"sources": l(m{"secret": m{"name": "request-key"}})}}), add(unit, "spec.stepTemplate.volumeMounts", m{"name": "s", "mountPath": "/s"}))},
		{worst, "the tests mount a token", both(add(unit, "spec.volumes", m{"name": "t", "projected": m{"sources": l(m{"serviceAccountToken": m{"path": "token"}})}}), add(unit, "spec.stepTemplate.volumeMounts", m{"name": "t", "mountPath": "/t"}))},
		{usual, "the tests mount a secret through a driver", both(add(unit, "spec.volumes", m{"name": "s", "csi": m{"driver": "secrets-store.csi.k8s.io", "readOnly": true, "volumeAttributes": m{"secretProviderClass": "fleet"}}}), add(unit, "spec.stepTemplate.volumeMounts", m{"name": "s", "mountPath": "/s"}))},
		{usual, "a sidecar of the tests has a secret", set(unit, "spec.sidecars", l(m{"name": "db", "image": "postgres@sha256:4e6e670bb069649261c9c18031f0aded7bb249a5b6664ddec29c013a89310d50", "envFrom": l(m{"secretRef": m{"name": "store-db"}})}))},
		{usual, "the tests' account mounts its token", set(owner+"#ServiceAccount ci-store/untrusted", "automountServiceAccountToken", true)},
		{usual, "the tests' account says nothing of its token", drop(owner+"#ServiceAccount ci-store/untrusted", "automountServiceAccountToken")},
		{worst, "the tests' account has a secret", set(owner+"#ServiceAccount ci-store/untrusted", "secrets", l(m{"name": "request-key"}))},
		{usual, "the account of pull requests has a secret", set(owner+"#ServiceAccount ci-store-pr/untrusted", "secrets", l(m{"name": "git-read"}))},
		{worst, "the tests' account may read secrets", more(owner, `apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata:
  name: read
  namespace: ci-store
rules:
- apiGroups: [""]
  resources: [secrets]
  verbs: [get]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata:
  name: read
  namespace: ci-store
subjects:
- kind: ServiceAccount
  name: untrusted
  namespace: ci-store
roleRef:
  apiGroup: rbac.authorization.k8s.io
  kind: Role
  name: read
`)},
		{usual, "a password is written into the fleet", more(owner, "apiVersion: v1\nkind: Secret\nmetadata:\n  name: fleet-write\n  namespace: ci-store\nstringData:\n  password: hunter2\n")},
		{usual, "the build is given the credential of the fleet", both(add(task("build-dockerfile"), "spec.workspaces", m{"name": "request-key"}), give(release, "build", "request-key", "request-key"))},
		{worst, "the step that reads a Dockerfile has the credential that pushes", add(task("build-dockerfile"), "spec.steps[base].workspaces", m{"name": "registry-credentials"})},
		{worst, "the step that reads a Dockerfile has the certificate of the build", add(task("build-dockerfile"), "spec.steps[base].workspaces", m{"name": "buildkit-certs"})},
		{worst, "a build that runs the source is given the credential that pushes", both(add(task("build-jib"), "spec.workspaces", m{"name": "registry-credentials"}), give(jibRelease, "build", "registry-credentials", "registry-credentials"))},
		{worst, "a build that runs the source runs in one pod with the push", set(task("push"), step+"image", "$(params.image)")},
		{worst, "a build that runs the source may write it", both(set(jibRelease, "spec.tasks[build].workspaces[image].subPath", "source"), set(jibRelease, "spec.tasks[push].workspaces[image].subPath", "source"))},
		{worst, "a build that runs the source may write the whole volume", both(drop(jibRelease, "spec.tasks[build].workspaces[image].subPath"), drop(jibRelease, "spec.tasks[push].workspaces[image].subPath"))},
		{worst, "a build that runs the source writes it through the Task", drop(task("build-jib"), "spec.workspaces[source].readOnly")},
		{worst, "a build that runs the source runs as the account that publishes", set("runs/jar-release.yaml", "spec.taskRunSpecs[3].serviceAccountName", "publish")},
		{usual, "something else is pushed than was built", set(jibRelease, "spec.tasks[push].workspaces[image].subPath", "source")},
		{usual, "something else is scanned than was pushed", set(jibRelease, "spec.tasks[scan].params[image].value", "$(tasks.push.results.IMAGE_URL)")},
		{usual, "push holds the credential of the source", both(add(task("push"), "spec.workspaces", m{"name": "git-credentials"}), give(jibRelease, "push", "git-credentials", "git-credentials"))},
		{usual, "push runs as the account of the tests", set("runs/jar-release.yaml", "spec.taskRunSpecs[4].serviceAccountName", "untrusted")},
		{usual, "the scan is given the credential that pushes", set(release, "spec.tasks[scan].workspaces[0].workspace", "registry-credentials")},
		{usual, "the clone is given the credential of the fleet", set(release, "spec.tasks[clone].workspaces[git-credentials].workspace", "request-key")},
	}
}

// give binds a workspace of a pipeline to a task of it.
func give(doc, task, name, workspace string) Edit {
	return add(doc, "spec.tasks["+task+"].workspaces", m{"name": name, "workspace": workspace})
}

// ownTasks breaks what a pipeline holds for a team that has a Task of its own.
func ownTasks() []row {
	const own = "spec.tasks[licences].taskSpec."
	const list, check, redis = own + "steps[list].", own + "steps[check].", own + "sidecars[redis]."
	// A release must run what a pull request runs, so both are broken alike.
	alike := func(e func(doc string) Edit) Edit { return both(e(koRelease), e(koPullRequest)) }
	puts := func(path string, value any) Edit {
		return alike(func(doc string) Edit { return set(doc, path, value) })
	}
	adds := func(path string, value any) Edit {
		return alike(func(doc string) Edit { return add(doc, path, value) })
	}
	drops := func(path string) Edit { return alike(func(doc string) Edit { return drop(doc, path) }) }
	shell := func(at, program string) Edit {
		return both(puts(at+"command", l("sh", "-c")), puts(at+"args", l(program)))
	}
	holds := func(workspace string) Edit {
		return both(adds(own+"workspaces", m{"name": workspace, "optional": true}), alike(func(doc string) Edit { return give(doc, "licences", workspace, workspace) }))
	}
	mounts := func(volume m) Edit {
		volume["name"] = "s"
		return both(adds(own+"volumes", volume), adds(check+"volumeMounts", m{"name": "s", "mountPath": "/s"}))
	}
	return []row{
		{worst, "a stage's script takes a parameter", puts(check+"script", "licences --level $(params.level)")},
		{worst, "a stage's script takes what a commit is called", puts(check+"script", "echo $(tasks.clone.results.message)")},
		{worst, "a stage's shell takes a parameter", shell(list, "list $(params.level)")},
		{worst, "a stage's shell takes the result of another stage", shell(list, "list $(tasks.clone.results.message)")},
		{worst, "the kubelet writes a variable into what follows -cx", both(drops(check+"script"), both(puts(check+"command", l("sh", "-cx")), puts(check+"args", l("list $(LEVEL)"))))},
		{worst, "the kubelet writes a variable into what follows -c --", both(drops(check+"script"), both(puts(check+"command", l("sh", "-c", "--")), puts(check+"args", l("list $(HOME)"))))},
		{worst, "the kubelet writes a variable into a stage's program", both(drops(check+"script"), shell(check, "list $(LEVEL)"))},
		{worst, "a stage's sidecar takes a parameter into its shell", shell(redis, "redis-server $(params.level)")},
		{usual, "a stage calls what a parameter says", puts(list+"args", l("$(params.level)"))},
		{usual, "a stage's variable is of a parameter that there is not", puts(check+"env[LEVEL].value", "$(params.levle)")},
		{usual, "a stage's sidecar has a variable that nothing replaces", puts(redis+"env", l(m{"name": "LEVEL", "value": "$(params.levle)"}))},
		{usual, "a stage's step has no digest", puts(check+"image", "golang:1.26.5-alpine")},
		{usual, "a stage's sidecar has no digest", puts(redis+"image", "redis:8")},
		{usual, "a stage's step is fetched when it runs", puts(own+"steps[0]", m{"name": "list", "ref": m{"name": "list"}})},
		{usual, "a stage's step ignores its failure", puts(check+"onError", "continue")},
		{usual, "a stage is misspelt", rename(koRelease, check+"script", "scirpt")},
		{worst, "a stage's step has a secret's variable", adds(check+"env", m{"name": "KEY", "valueFrom": m{"secretKeyRef": m{"name": "request-key", "key": "key"}}})},
		{worst, "a stage's step has all of a secret", puts(check+"envFrom", l(m{"secretRef": m{"name": "registry-push"}}))},
		{worst, "a stage's sidecar has all of a secret", puts(redis+"envFrom", l(m{"secretRef": m{"name": "registry-push"}}))},
		{worst, "a stage mounts a secret", mounts(m{"secret": m{"secretName": "git-read"}})},
		{worst, "a stage mounts a token", mounts(m{"projected": m{"sources": l(m{"serviceAccountToken": m{"path": "token"}})}})},
		{worst, "a stage mounts the node", mounts(m{"hostPath": m{"path": "/"}})},
		{worst, "a stage has a disk that other runs have", mounts(m{"persistentVolumeClaim": m{"claimName": "cache"}})},
		{worst, "a stage may write the source", drops(own + "workspaces[source].readOnly")},
		{worst, "a stage is given the credential of the source", holds("git-credentials")},
		{worst, "a stage's script mentions the key of the fleet", puts(check+"script", "#!/bin/sh\n: '$(workspaces.request-key. )'\ncat /workspace/request-key/*")},
		{worst, "a stage's argument mentions the key of the fleet", puts(list+"args", l("$(workspaces.request-key.(x)"))},
		{worst, "a stage's variable mentions the key of the fleet", adds(check+"env", m{"name": "KEY", "value": "$$(workspaces.request-key. )"})},
		{worst, "a stage's sidecar mentions the credential that pushes", puts(redis+"env", l(m{"name": "KEY", "value": "$(workspaces['registry-credentials'])"}))},
		{worst, "a stage is called like a task that holds a key", both(puts(own+"metadata.labels['app.kubernetes.io/name']", "clone"), holds("git-credentials"))},
		{worst, "a stage runs as the account that publishes", set("runs/api-release.yaml", "spec.taskRunSpecs[9].serviceAccountName", "publish")},
		{worst, "a stage's pod mounts a token", set("runs/api-pull-request.yaml", "spec.taskRunSpecs[7].podTemplate.automountServiceAccountToken", true)},
		{worst, "a stage is taken for a tool", add(owner+"#NetworkPolicy ci-store-pr/tools", "spec.podSelector.matchExpressions[0].values", "licences")},
		{worst, "a stage may be root", both(puts(own+"stepTemplate.securityContext.runAsNonRoot", false), puts(own+"stepTemplate.securityContext.runAsUser", 0))},
		{worst, "a stage is privileged", puts(check+"securityContext", m{"privileged": true, "allowPrivilegeEscalation": true})},
		{usual, "a stage's sidecar says nothing of its user", drops(redis + "securityContext")},
		{worst, "Chains signs what a stage says", adds(own+"results", m{"name": "app-IMAGE_URL"})},
		{worst, "Chains signs what a stage's step says", puts(check+"results", l(m{"name": "ARTIFACT_OUTPUTS"}))},
		{worst, "Chains attests what a stage's param says", adds(own+"params", m{"name": "CHAINS-GIT_COMMIT", "default": "main"})},
		{worst, "a release does not wait for a stage in Tekton's words", drop(koRelease, "spec.tasks[request].runAfter[licences]")},
	}
}

// trials breaks the builds of pull requests, which leave nothing behind and hold nothing that could.
func trials() []row {
	const (
		build    = "spec.tasks[build]."
		jibTrial = "pipelines/jar/pull-request.yaml"
		releases = "tcp://buildkitd.slipway-build.svc:1234"
		trial    = "tcp://buildkitd.slipway-trial.svc:1234"
	)
	taking := func(name string, e Edit) Edit {
		return both(add(task("test"), "spec.workspaces", m{"name": name, "optional": true}), e)
	}
	return []row{
		{worst, "a pull request's build pushes", set(pullRequest, build+"params[push].value", "true")},
		{worst, "nothing says that a pull request's build pushes nothing", drop(pullRequest, build+"params[push]")},
		{worst, "a pull request's build with ko pushes", set(koPullRequest, build+"params[push].value", "true")},
		{worst, "a pull request's build is given the credential that pushes", set(requestRun, "spec.workspaces[pull-credentials].secret.secretName", "registry-push")},
		{worst, "a pull request's pipeline asks for the credential that pushes", both(set(requestRun, "spec.workspaces[pull-credentials].name", "registry-credentials"), both(set(pullRequest, "spec.workspaces[pull-credentials].name", "registry-credentials"), set(pullRequest, build+"workspaces[registry-credentials].workspace", "registry-credentials")))},
		{worst, "a pull request's build runs as the account that publishes", set(requestRun, "spec.taskRunSpecs[4].serviceAccountName", "publish")},
		{worst, "a pull request is built by the daemon of releases", set(pullRequest, build+"params[buildkit].value", releases)},
		{worst, "a release is built by the daemon of pull requests", set(release, build+"params[buildkit].value", trial)},
		{worst, "a release has the caches of all teams", drop(release, build+"params[caches]")},
		{worst, "a release, and what is tried before it, has the caches of another team", both(set(release, build+"params[caches].value", "payments"), set(pullRequest, build+"params[caches].value", "payments"))},
		{worst, "a release pushes nothing", add(release, build+"params", m{"name": "push", "value": "false"})},
		{worst, "something else is built before the merge than for a release", set(pullRequest, build+"params[dockerfile].value", "shop/Dockerfile.small")},
		{worst, "a pull request's clone holds the certificate of its build", set(pullRequest, "spec.tasks[clone].workspaces[git-credentials].workspace", "buildkit-certs")},
		{worst, "a pull request's tests hold the certificate of its build", taking("buildkit-certs", give(pullRequest, "unit", "buildkit-certs", "buildkit-certs"))},
		{worst, "a pull request's tests hold who may pull", taking("registry-credentials", give(pullRequest, "unit", "registry-credentials", "pull-credentials"))},
		{worst, "the step that reads a pull request's Dockerfile has the certificate", add(task("build-dockerfile"), "spec.steps[base].workspaces", m{"name": "buildkit-certs"})},
		{worst, "a pull request's build with ko holds a credential", give(koPullRequest, "build", "registry-credentials", "git-credentials")},
		{worst, "a pull request's build with ko runs as the account that reads", add("runs/api-pull-request.yaml", "spec.taskRunSpecs", m{"pipelineTaskName": "build", "serviceAccountName": "reads"})},
		{worst, "a pull request's build with ko mounts a token", add("runs/api-pull-request.yaml", "spec.taskRunSpecs", m{"pipelineTaskName": "build", "serviceAccountName": "untrusted", "podTemplate": m{"automountServiceAccountToken": true}})},
		{worst, "a pull request's build with Jib holds a credential", both(add(task("build-jib"), "spec.workspaces", m{"name": "git-credentials", "optional": true}), give(jibTrial, "build", "git-credentials", "git-credentials"))},
		{worst, "a pull request's build with Jib may write the source", set(jibTrial, build+"workspaces[image].subPath", "source")},
	}
}

// fences opens ways for the code of pull requests.
func fences() []row {
	const code, tools, builder = owner + "#NetworkPolicy ci-store-pr/code", owner + "#NetworkPolicy ci-store-pr/tools", owner + "#NetworkPolicy ci-store-pr/builder"
	return []row{
		{worst, "code of pull requests reaches everything", set(code, "spec.egress[1]", m{})},
		{worst, "code of pull requests reaches a cloud's metadata", drop(code, "spec.egress[1].to[0].ipBlock.except[2]")},
		{worst, "code of pull requests reaches Azure's metadata", drop(code, "spec.egress[1].to[0].ipBlock.except[6]")},
		{usual, "code of pull requests reaches the cluster", drop(code, "spec.egress[1].to[0].ipBlock.except[0]")},
		{usual, "code of pull requests reaches all that is private", drop(code, "spec.egress[1].to[0].ipBlock.except")},
		{usual, "code of pull requests reaches what is private by IPv6", drop(code, "spec.egress[1].to[1].ipBlock.except")},
		{usual, "code of pull requests reaches every namespace", set(code, "spec.egress[2].to[0]", m{"namespaceSelector": m{}})},
		{usual, "code of pull requests reaches other runs", set(code, "spec.egress[2].to[0]", m{"podSelector": m{}})},
		{usual, "name resolution is a range of ports", set(code, "spec.egress[0].ports[0].endPort", 9000)},
		{worst, "tests are taken for tools", add(tools, "spec.podSelector.matchExpressions[0].values", "unit")},
		{worst, "builds are taken for tools", add(tools, "spec.podSelector.matchExpressions[0].values", "build")},
		{worst, "builds in a pod are taken for those of a daemon", drop(builder, "spec.podSelector.matchLabels['slipway.dev/builds']")},
		{worst, "all that runs is taken for builds of a daemon", drop(builder, "spec.podSelector.matchLabels")},
		{worst, "ko says that it builds elsewhere", set(task("build-ko"), "metadata.labels['slipway.dev/builds']", "elsewhere")},
		{usual, "a build of a daemon is kept from it", set(builder, "spec.podSelector.matchLabels['slipway.dev/builds']", "here")},
		{usual, "clone is kept from its host", set(tools, "spec.podSelector.matchExpressions[0].values[0]", "cloned")},
		{usual, "all pods are taken for tools", drop(tools, "spec.podSelector.matchExpressions")},
		{usual, "somebody may call the code of pull requests", set(code, "spec.ingress", l(m{}))},
		{usual, "the fence lets everything out", set(code, "spec.policyTypes", l("Ingress"))},
		{usual, "the fence is around one task", set(code, "spec.podSelector", m{"matchLabels": m{"tekton.dev/pipelineTask": "lint"}})},
		{usual, "the fence is around releases", set(code, "metadata.namespace", "ci-store")},
	}
}

// runs breaks PipelineRuns, which choose accounts, secrets and pods.
func runs() []row {
	const spec = "spec.taskRunSpecs"
	rows := []row{
		{worst, "the tests run as the account that releases", set(releaseRun, spec+"[3].serviceAccountName", "request")},
		{worst, "the tests run as the account that publishes", set(releaseRun, spec+"[3].serviceAccountName", "publish")},
		{usual, "the tests run as the namespace's own account", both(drop(releaseRun, spec+"[3].serviceAccountName"), drop(releaseRun, "spec.taskRunTemplate.serviceAccountName"))},
		{worst, "all tasks run as the account that releases", both(set(releaseRun, "spec.taskRunTemplate.serviceAccountName", "request"), drop(releaseRun, spec+"[3]"))},
		{usual, "the release runs as the tests' account", set(releaseRun, spec+"[6].serviceAccountName", "untrusted")},
		{usual, "a task runs as an account that nobody makes", set(releaseRun, spec+"[4].serviceAccountName", "publisher")},
		{usual, "settings are for a task that there is not", set(releaseRun, spec+"[4].pipelineTaskName", "biuld")},
		{usual, "settings of a task come twice", again(releaseRun, spec)},
		{worst, "the tests' pod mounts a token", set(releaseRun, spec+"[3].podTemplate.automountServiceAccountToken", true)},
		{usual, "every pod mounts a token", set(releaseRun, "spec.taskRunTemplate.podTemplate.automountServiceAccountToken", true)},
		{usual, "the tests' pod says nothing of the token", both(drop(releaseRun, spec+"[3].podTemplate.automountServiceAccountToken"), drop(releaseRun, "spec.taskRunTemplate.podTemplate.automountServiceAccountToken"))},
		{worst, "the tests' pod takes variables from a secret", set(releaseRun, spec+"[3].podTemplate.env", l(m{"name": "TOKEN", "valueFrom": m{"secretKeyRef": m{"name": "request-key", "key": "password"}}}))},
		{usual, "the tests' pod has a secret's volume", set(releaseRun, spec+"[3].podTemplate.volumes", l(m{"name": "s", "secret": m{"secretName": "request-key"}}))},
		{usual, "the tests' pod shares the node's network", set(releaseRun, spec+"[3].podTemplate.hostNetwork", true)},
		{usual, "every pod shares the node's network", set(requestRun, "spec.taskRunTemplate.podTemplate.hostNetwork", true)},
		{usual, "the tests' pod runs as root", set(releaseRun, spec+"[3].podTemplate.securityContext.runAsUser", 0)},
		{usual, "the tests' pod runs without seccomp", set(releaseRun, spec+"[3].podTemplate.securityContext.seccompProfile.type", "Unconfined")},
		{usual, "the tests' pod may run as root", set(releaseRun, spec+"[3].podTemplate.securityContext.runAsNonRoot", false)},
		{usual, "every pod has no security context", drop(releaseRun, "spec.taskRunTemplate.podTemplate.securityContext")},
		{worst, "the source is a secret", both(drop(releaseRun, "spec.workspaces[source].volumeClaimTemplate"), set(releaseRun, "spec.workspaces[source].secret", m{"secretName": "request-key"}))},
		{worst, "the source is a disk that all runs share", both(drop(releaseRun, "spec.workspaces[source].volumeClaimTemplate"), set(releaseRun, "spec.workspaces[source].persistentVolumeClaim", m{"claimName": "source"}))},
		{usual, "the source is a folder that no other pod sees", both(drop(releaseRun, "spec.workspaces[source].volumeClaimTemplate"), set(releaseRun, "spec.workspaces[source].emptyDir", m{}))},
		{usual, "a credential comes through a projection", both(drop(releaseRun, "spec.workspaces[source].volumeClaimTemplate"), set(releaseRun, "spec.workspaces[source].projected", m{"sources": l(m{"secret": m{"name": "git-read"}})}))},
		{usual, "a second workspace has a disk of its own", both(drop(releaseRun, "spec.workspaces[git-credentials].secret"), set(releaseRun, "spec.workspaces[git-credentials].persistentVolumeClaim", m{"claimName": "git"}))},
		{usual, "a workspace has two volumes", set(releaseRun, "spec.workspaces[source].emptyDir", m{})},
		{usual, "a workspace has no volume", drop(releaseRun, "spec.workspaces[request-key].secret")},
		{usual, "a workspace that is needed is not given", drop(releaseRun, "spec.workspaces[registry-credentials]")},
		{usual, "a workspace is given that the pipeline has not", set(releaseRun, "spec.workspaces[git-credentials].name", "git-credential")},
		{usual, "a workspace is given twice", again(releaseRun, "spec.workspaces")},
		{worst, "a pull request is given the credential that releases", set(requestRun, "spec.workspaces[git-credentials].secret.secretName", "request-key")},
		{worst, "a pull request runs where releases run", both(set(requestRun, "metadata.namespace", "ci-store"), set(pullRequest, "metadata.namespace", "ci-store"))},
		{usual, "a run is of a pipeline that there is not", set(releaseRun, "spec.pipelineRef.name", "shop-relese")},
		{usual, "a run is of a pipeline in another namespace", set(releaseRun, "metadata.namespace", "ci-data")},
		{usual, "a run is of no pipeline", drop(releaseRun, "spec.pipelineRef")},
		{usual, "a run is of two pipelines", set(releaseRun, "spec.pipelineSpec", m{"tasks": l()})},
		{usual, "a run lacks the commit", drop(releaseRun, "spec.params")},
		{usual, "a run's parameter is misspelt", set(releaseRun, "spec.params[revision].name", "revison")},
		{usual, "a run is given a parameter twice", again(releaseRun, "spec.params")},
		{usual, "a run's parameter is a list", set(releaseRun, "spec.params[revision].value", l("main"))},
		{usual, "a run's time is shorter than that of its tasks", set(releaseRun, "spec.timeouts", m{"pipeline": "10m", "tasks": "20m"})},
		{usual, "a run's tasks leave no time for the last word", set(releaseRun, "spec.timeouts", m{"pipeline": "1h", "tasks": "1h", "finally": "5m"})},
		{usual, "a run ends before its tests do", set(releaseRun, "spec.timeouts.pipeline", "20m")},
		{usual, "a run's last word is cut short", set(releaseRun, "spec.timeouts.finally", "1m")},
		{usual, "a run has no time limit", set(releaseRun, "spec.timeouts", m{"pipeline": "0"})},
		{usual, "a run's account is of the old form", set(releaseRun, "spec.serviceAccountName", "untrusted")},
		{usual, "a run's disk has no access mode", drop(releaseRun, "spec.workspaces[source].volumeClaimTemplate.spec.accessModes")},
		{usual, "a run's disk says no size", drop(releaseRun, "spec.workspaces[source].volumeClaimTemplate.spec.resources")},
		{usual, "a run starts cancelled", set(releaseRun, "spec.status", "Cancel")},
	}
	return concat(rows,
		wrong(releaseRun, "spec.timeouts.pipeline", "a run's time", "-1h", "1 hour"),
		wrong(releaseRun, "spec.status", "a run's state", "Stopped"),
		wrong(releaseRun, "spec.workspaces[source].volumeClaimTemplate.spec.resources.requests.storage", "a run's disk", "1 Gi"),
		wrong(releaseRun, "metadata.generateName", "a run's name", "Shop_"),
	)
}

// contracts breaks how pacts get from the broker to tests, and from tests to the broker.
func contracts() []row {
	const (
		tests   = "spec.tasks[contract]."
		publish = "spec.tasks[contracts-publish]."
		fetch   = "spec.tasks[contracts-fetch]."
		writes  = "pipelines/fleet/promoter/"
	)
	return []row{
		{worst, "contract tests may write the source that is built", set(koRelease, tests+"workspaces[contracts].subPath", "source")},
		{worst, "contract tests have the source by another name", set(koPullRequest, tests+"workspaces[pacts].subPath", "source")},
		{worst, "contract tests may write the pacts that they are held against", drop(koRelease, tests+"taskSpec.workspaces[pacts].readOnly")},
		{worst, "contract tests have the whole volume", drop(koRelease, tests+"workspaces[contracts].subPath")},
		{worst, "contract tests hold what publishes to the broker", set(koRelease, tests+"workspaces[pacts].workspace", "pact-broker")},
		{worst, "contract tests hold what reads the broker", set(koPullRequest, tests+"workspaces[pacts].workspace", "pact-broker-read")},
		{worst, "what fetches pacts may publish", set(koRelease, fetch+"workspaces[pact-credentials].workspace", "pact-broker")},
		{worst, "a pull request is given what publishes contracts", set(koPullRequest, "spec.workspaces[pact-broker-read].name", "pact-broker")},
		{worst, "what publishes contracts pushes images", set(koRelease, publish+"workspaces[pact-credentials].workspace", "registry-credentials")},
		{worst, "contracts are published whatever came of their tests", drop(koRelease, publish+"runAfter")},
		{usual, "contracts are published of a folder that nobody wrote", both(set(koRelease, publish+"workspaces[contracts].subPath", "contract"), set(koRelease, publish+"workspaces[pacts].subPath", "pact"))},
		{usual, "the image is built from another folder than was cloned", set(koRelease, "spec.tasks[build].workspaces[source].subPath", "contracts")},
		{worst, "what is promoted need not fit", drop(writes+"promote.yaml#Pipeline promote", "spec.tasks[promote].params[pact-broker]")},
		{worst, "what settle promotes need not fit", drop(writes+"settle.yaml#Pipeline settle", "spec.tasks[settle].params[pact-broker]")},
		{worst, "what the CronJob promotes need not fit", in(writes+"settle.yaml#CronJob settle", "spec.jobTemplate.spec.template.spec.containers[settle].args[-5]", "--pact-broker=", "--pact-brokers=")},
		{worst, "a release does not wait for its contracts", set(koRelease, "spec.tasks[request].runAfter", l("secrets", "dependencies", "unit", "integration", "contract", "scan", "docs", "structure", "licences"))},
	}
}

// reports breaks how reports get from tests to where they are kept.
func reports() []row {
	const (
		unit  = "spec.tasks[unit].workspaces[reports]."
		kept  = "spec.finally[reports]."
		creds = kept + "workspaces[registry-credentials]."
		given = "spec.workspaces[report-credentials]."
	)
	return []row{
		{worst, "tests may write the source that is built, as a report", set(koRelease, unit+"subPath", "source")},
		{worst, "tests may write what others are held against, as a report", set(koRelease, unit+"subPath", "pacts")},
		{worst, "tests have the whole volume for their reports", drop(koRelease, unit+"subPath")},
		{worst, "tests hold what pushes reports", set(koPullRequest, unit+"workspace", "report-credentials")},
		{usual, "tests write the reports of others", set(koRelease, unit+"subPath", "reports/integration")},
		{usual, "what is kept is not what tests left", set(koRelease, kept+"workspaces[reports].subPath", "contracts")},
		{usual, "nobody keeps what tests left", drop(koRelease, "spec.finally[reports]")},
		{worst, "a pull request's reports are pushed with what pushes images", set("runs/api-pull-request.yaml", given+"secret.secretName", "registry-push")},
		{worst, "reports are pushed with what pushes images", set(koRelease, creds+"workspace", "registry-credentials")},
		{worst, "who keeps reports may publish", add("runs/api-release.yaml", "spec.taskRunSpecs", m{"pipelineTaskName": "reports", "serviceAccountName": "publish"})},
	}
}

// flags breaks what the platform tells Tekton.
func flags() []row {
	return concat([]row{
		{worst, "Tekton writes every credential into every pod", set(tektonFlags, "data.disable-creds-init", "false")},
		{worst, "nothing keeps Tekton from writing credentials into pods", drop(tektonFlags, "data.disable-creds-init")},
		{worst, "Tekton's own containers are not restricted", set(tektonFlags, "data.set-security-context", "false")},
		{usual, "nothing restricts Tekton's own containers", drop(tektonFlags, "data.set-security-context")},
		{usual, "a flag is misspelt", rename(tektonFlags, "data.set-security-context", "set-securitycontext")},
		{usual, "a flag is unknown", set(tektonFlags, "data.run-as-fast-as-possible", "true")},
		{usual, "the flags are in another namespace", set(tektonFlags, "metadata.namespace", "tekton")},
		{usual, "the flags have another name", set(tektonFlags, "metadata.name", "feature-flag")},
		{usual, "the flags go when their file does", drop(tektonFlags, "metadata.annotations['argocd.argoproj.io/sync-options']")},
		{usual, "the flags replace all others", set(tektonFlags, "metadata.annotations['argocd.argoproj.io/sync-options']", "Delete=false,Prune=false")},
		{usual, "the flags are gone", gone(tektonFlags)},
	},
		wrong(tektonFlags, "data.coschedule", "the affinity", "volumes"),
		wrong(tektonFlags, "data.enable-api-fields", "the level of the API", "stabel"),
		wrong(tektonFlags, "data.set-security-context", "a switch", "yes", "on"),
		wrong(tektonFlags, "data.disable-creds-init", "the switch of credentials", "maybe"),
	)
}
