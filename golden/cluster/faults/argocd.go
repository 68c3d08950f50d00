package faults

// projects breaks AppProjects: what a team may deliver, where to, and who may do what.
func projects() []row {
	rows := []row{
		{worst, "a team's project takes any repository", set(team, "spec.sourceRepos", l("*"))},
		{usual, "a team's project takes all repositories of a host", set(team, "spec.sourceRepos", l("https://git.small.example/*"))},
		{usual, "a team's project takes everything but one repository", set(team, "spec.sourceRepos", l("!https://git.small.example/other"))},
		{usual, "a team's project takes a second repository", add(team, "spec.sourceRepos", "https://git.small.example/store/source")},
		{usual, "a team's project takes no repository", drop(team, "spec.sourceRepos")},
		{usual, "a team's project takes another repository than its Applications have", set(team, "spec.sourceRepos", l("https://git.small.example/platform/flet"))},
		{worst, "a team's project goes to any cluster", set(team, "spec.destinations[0].server", "*")},
		{worst, "a team's project goes to any namespace", set(team, "spec.destinations[0].namespace", "*")},
		{usual, "a team's project goes to namespaces by a pattern", set(team, "spec.destinations[0].namespace", "small-*")},
		{worst, "a team's project goes to Argo CD's own namespace", add(team, "spec.destinations", m{"server": "https://kubernetes.default.svc", "namespace": "argocd"})},
		{usual, "a team's project goes to the cluster's own namespace", add(team, "spec.destinations", m{"server": "https://far.k8s.small.example", "namespace": "kube-system"})},
		{usual, "a team's project goes to a cluster by name", set(team, "spec.destinations[0]", m{"name": "*", "namespace": "small-dev"})},
		{usual, "a destination names a cluster in two ways", set(team, "spec.destinations[0].name", "near")},
		{usual, "a destination is there twice", again(team, "spec.destinations")},
		{usual, "a project does not go where its Application goes", drop(team, "spec.destinations[small-prod]")},
		{usual, "a project goes nowhere", drop(team, "spec.destinations")},
		{usual, "a project goes to no namespace", drop(team, "spec.destinations[0].namespace")},
		{worst, "a team may make any kind", set(team, "spec.namespaceResourceWhitelist", l(m{"group": "*", "kind": "*"}))},
		{usual, "a team may make any kind of a group", add(team, "spec.namespaceResourceWhitelist", m{"group": "apps", "kind": "*"})},
		{worst, "a team may make anything of a cluster", set(team, "spec.clusterResourceWhitelist", l(m{"group": "*", "kind": "*"}))},
		{worst, "a team may make namespaces", set(team, "spec.clusterResourceWhitelist", l(m{"group": "", "kind": "Namespace"}))},
		{usual, "a team may make cluster roles", set(team, "spec.clusterResourceWhitelist", l(m{"group": "rbac.authorization.k8s.io", "kind": "ClusterRole"}))},
		{usual, "a team may make roles", add(team, "spec.namespaceResourceWhitelist", m{"group": "rbac.authorization.k8s.io", "kind": "RoleBinding"})},
		{usual, "a team may make secrets", add(team, "spec.namespaceResourceWhitelist", m{"group": "", "kind": "Secret"})},
		{worst, "a team may make Applications", add(team, "spec.namespaceResourceWhitelist", m{"group": "argoproj.io", "kind": "Application"})},
		{usual, "kinds are forbidden instead of allowed", both(drop(team, "spec.namespaceResourceWhitelist"), set(team, "spec.namespaceResourceBlacklist", l(m{"group": "", "kind": "Secret"})))},
		{usual, "a team may not make deployments", drop(team, "spec.namespaceResourceWhitelist[Deployment]")},
		{usual, "a team may not make routes", drop(team, "spec.namespaceResourceWhitelist[HTTPRoute]")},
		{usual, "a team may make deployments of a wrong group", set(team, "spec.namespaceResourceWhitelist[Deployment].group", "app")},
		{usual, "the pipelines may not make tasks", drop(pipeProject, "spec.namespaceResourceWhitelist[Task]")},
		{usual, "the pipelines may make secrets", add(pipeProject, "spec.namespaceResourceWhitelist", m{"group": "", "kind": "Secret"})},
		{usual, "the platform may not make namespaces", drop(baseProject, "spec.clusterResourceWhitelist")},
		{usual, "the platform may make anything of a cluster", set(baseProject, "spec.clusterResourceWhitelist", l(m{"group": "*", "kind": "*"}))},
		{usual, "the platform may not make Applications", drop(baseProject, "spec.namespaceResourceWhitelist[Application]")},
		{worst, "Applications of a project may be in any namespace", set(team, "spec.sourceNamespaces", l("*"))},
		{usual, "a team's role does anything", add(team, "spec.roles[0].policies", "p, proj:team-store:team, *, *, team-store/*, allow")},
		{usual, "a team's role does anything with Applications", set(team, "spec.roles[0].policies", l("p, proj:team-store:team, applications, *, team-store/*, allow"))},
		{usual, "a team's role deletes Applications", add(team, "spec.roles[0].policies", "p, proj:team-store:team, applications, delete, team-store/*, allow")},
		{usual, "a team's role goes into pods", add(team, "spec.roles[0].policies", "p, proj:team-store:team, exec, create, team-store/*, allow")},
		{worst, "a team's role is for all projects", set(team, "spec.roles[0].policies", l("p, proj:team-store:team, applications, sync, */*, allow"))},
		{usual, "a team's role is for another project", set(team, "spec.roles[0].policies", l("p, proj:team-store:team, applications, sync, team-data/*, allow"))},
		{usual, "a policy's subject is another project", set(team, "spec.roles[0].policies", l("p, proj:team-data:team, applications, get, team-store/*, allow"))},
		{usual, "a policy's subject is another role", set(team, "spec.roles[0].policies", l("p, proj:team-store:crew, applications, get, team-store/*, allow"))},
		{usual, "a policy's action is unknown", set(team, "spec.roles[0].policies", l("p, proj:team-store:team, applications, deploy, team-store/*, allow"))},
		{usual, "a policy's resource is unknown", set(team, "spec.roles[0].policies", l("p, proj:team-store:team, apps, get, team-store/*, allow"))},
		{usual, "a policy's effect is unknown", set(team, "spec.roles[0].policies", l("p, proj:team-store:team, applications, get, team-store/*, yes"))},
		{usual, "a policy lacks a part", set(team, "spec.roles[0].policies", l("p, proj:team-store:team, applications, get, allow"))},
		{usual, "a policy is there twice", repeat(team, "spec.roles[0].policies")},
		{usual, "a role is there twice", again(team, "spec.roles")},
		{usual, "a role's group is there twice", repeat(team, "spec.roles[0].groups")},
		{worst, "a team's role is everybody's", set(team, "spec.roles[0].groups", l("*"))},
		{usual, "a team's role is another team's", set(team, "spec.roles[0].groups", l("small:data"))},
		{usual, "a role's group has a comma", set(team, "spec.roles[0].groups", l("small, store"))},
		{usual, "a role has no name", set(team, "spec.roles[0].name", "")},
		{usual, "a project is in another namespace", set(team, "metadata.namespace", "small")},
		{usual, "a project is gone", gone(team)},
		{usual, "a project's window has no such kind", set(team, "spec.syncWindows", l(m{"kind": "forbid", "schedule": "0 0 * * *", "duration": "1h", "applications": l("*")}))},
		{usual, "a project's window opens at no time", set(team, "spec.syncWindows", l(m{"kind": "deny", "schedule": "every night", "duration": "1h", "applications": l("*")}))},
		{usual, "a project's window lasts for no time", set(team, "spec.syncWindows", l(m{"kind": "deny", "schedule": "0 0 * * *", "duration": "an hour", "applications": l("*")}))},
		{usual, "a project's window is in no time zone", set(team, "spec.syncWindows", l(m{"kind": "deny", "schedule": "0 0 * * *", "duration": "1h", "timeZone": "Europe/Nowhere", "applications": l("*")}))},
		{usual, "a project's window is for nothing", set(team, "spec.syncWindows", l(m{"kind": "deny", "schedule": "0 0 * * *", "duration": "1h"}))},
		{usual, "a project acts as an account that is none", set(team, "spec.destinationServiceAccounts", l(m{"server": "*", "namespace": "*", "defaultServiceAccount": "*"}))},
		{usual, "a project's wave is no number", set(team, "metadata.annotations['argocd.argoproj.io/sync-wave']", "first")},
	}
	return concat(rows,
		wrong(team, "metadata.name", "a project's name", "Team", "team store"),
		wrong(team, "spec.roles[0].name", "a role's name", "the team", "-team"),
	)
}

// applications breaks Applications: what they bring, where to, and what they remove.
func applications() []row {
	const finalizer = "resources-finalizer.argocd.argoproj.io"
	rows := []row{
		{worst, "an Application is of another team's project", set(shopApp, "spec.project", "team-data")},
		{worst, "an Application is of the project that may do all", set(shopApp, "spec.project", "default")},
		{worst, "an Application is of the platform's project", set(shopApp, "spec.project", "platform")},
		{usual, "an Application is of a project that there is not", set(shopApp, "spec.project", "team-shop")},
		{usual, "an Application is of no project", drop(shopApp, "spec.project")},
		{worst, "an Application brings nothing", set(shopApp, "spec.source.path", "deploy/services/shop/overlays/prd")},
		{worst, "an Application brings another environment's objects", set(shopApp, "spec.source.path", "deploy/services/shop/overlays/dev")},
		{worst, "an Application brings another service's objects", set(shopApp, "spec.source.path", "deploy/services/store/overlays/prod")},
		{usual, "an Application brings the whole output", set(shopApp, "spec.source.path", "deploy")},
		{usual, "an Application's path is absolute", set(shopApp, "spec.source.path", "/deploy/services/shop/overlays/prod")},
		{usual, "an Application's path leads out", set(shopApp, "spec.source.path", "deploy/services/shop/../../../other")},
		{usual, "an Application has no path", drop(shopApp, "spec.source.path")},
		{usual, "an Application has no source", drop(shopApp, "spec.source")},
		{usual, "an Application has one source and several", set(shopApp, "spec.sources", l(m{"repoURL": "https://git.small.example/platform/fleet", "path": "deploy/services/shop/overlays/prod"}))},
		{usual, "an Application reads another repository", set(shopApp, "spec.source.repoURL", "https://git.small.example/platform/flet")},
		{usual, "an Application has no repository", drop(shopApp, "spec.source.repoURL")},
		{usual, "an Application's repository is no address", set(shopApp, "spec.source.repoURL", "fleet")},
		{usual, "an Application is a chart and a folder", set(shopApp, "spec.source.chart", "shop")},
		{worst, "a chart is of a repository that nobody permits", set(cacheApp, "spec.source.repoURL", "charts.other.example/stable")},
		{usual, "a chart's version is a range", set(cacheApp, "spec.source.targetRevision", "2.*")},
		{usual, "a chart's version is whatever is the latest", drop(cacheApp, "spec.source.targetRevision")},
		{usual, "a chart's repository has a scheme that Argo CD does not take", set(cacheApp, "spec.source.repoURL", "oci://charts.small.example/stable")},
		{usual, "a chart brings definitions of kinds", drop(cacheApp, "spec.source.helm.skipCrds")},
		{usual, "a chart's objects are called after its Application", drop(cacheApp, "spec.source.helm.releaseName")},
		{usual, "a chart reads values from elsewhere", set(cacheApp, "spec.source.helm.valueFiles", l("https://other.example/values.yaml"))},
		{usual, "a chart is Kustomize too", set(cacheApp, "spec.source.kustomize", m{"namePrefix": "a-"})},
		{usual, "a chart goes to no namespace", drop(cacheApp, "spec.destination.namespace")},
		{usual, "an Application is Kustomize and a plain folder", both(set(shopApp, "spec.source.kustomize", m{"namePrefix": "a-"}), set(shopApp, "spec.source.directory", m{"recurse": true}))},
		{usual, "an Application gives all names a prefix", set(shopApp, "spec.source.kustomize", m{"namePrefix": "a-"})},
		{usual, "an Application sets another image", set(shopApp, "spec.source.kustomize", m{"images": l("registry.invalid/shop:latest")})},
		{usual, "an Application of a plain folder reads only its top", drop(pipelinesApp, "spec.source.directory.recurse")},
		{usual, "an Application of a plain folder leaves files out", set(pipelinesApp, "spec.source.directory.exclude", "*/release.yaml")},
		{usual, "an Application follows another branch", set(shopApp, "spec.source.targetRevision", "develop")},
		{usual, "an Application follows whatever is the head", drop(shopApp, "spec.source.targetRevision")},
		{worst, "an Application goes to another cluster", set(shopApp, "spec.destination.server", "https://near.k8s.small.example")},
		{usual, "an Application goes to a cluster that nobody knows", set(shopApp, "spec.destination.server", "https://far.k8s.small.exmaple")},
		{usual, "an Application goes to Argo CD's own cluster", set(shopApp, "spec.destination.server", "https://kubernetes.default.svc")},
		{usual, "an Application goes to no cluster", drop(shopApp, "spec.destination.server")},
		{usual, "an Application names its cluster in two ways", set(shopApp, "spec.destination.name", "far")},
		{usual, "an Application goes nowhere", drop(shopApp, "spec.destination")},
		{usual, "an Application goes to another namespace", set(shopApp, "spec.destination.namespace", "small-dev")},
		{usual, "an Application goes to no namespace", drop(shopApp, "spec.destination.namespace")},
		{worst, "deleting an Application deletes what it brought", set(shopApp, "metadata.finalizers", l(finalizer))},
		{worst, "deleting the root deletes every Application", set(root, "metadata.finalizers", l(finalizer))},
		{usual, "deleting an Application deletes what it brought, in the background", set(storeApp, "metadata.finalizers", l(finalizer+"/background"))},
		{usual, "deleting the bootstrap deletes everything", set(self, "metadata.finalizers", l(finalizer))},
		{usual, "an Application has a finalizer that nobody answers", set(shopApp, "metadata.finalizers", l("resources-finalizer.argocd.argoproj.io/backgroud"))},
		{usual, "an Application does not remove what is gone", drop(shopApp, "spec.syncPolicy.automated.prune")},
		{worst, "the root removes Applications", set(root, "spec.syncPolicy.automated.prune", true)},
		{usual, "the bootstrap removes projects and roots", set(self, "spec.syncPolicy.automated.prune", true)},
		{worst, "the platform's Application removes namespaces", set(platformApp, "spec.syncPolicy.automated.prune", true)},
		{usual, "an Application may come to bring nothing", set(shopApp, "spec.syncPolicy.automated.allowEmpty", true)},
		{usual, "an Application does not heal", drop(shopApp, "spec.syncPolicy.automated.selfHeal")},
		{usual, "an Application waits for a hand", drop(shopApp, "spec.syncPolicy.automated")},
		{usual, "an Application's option is unknown", set(shopApp, "spec.syncPolicy.syncOptions[0]", "ApplyOutofSyncOnly=true")},
		{usual, "an Application's option says neither yes nor no", set(shopApp, "spec.syncPolicy.syncOptions[0]", "ApplyOutOfSyncOnly")},
		{usual, "an Application's option has a blank", set(shopApp, "spec.syncPolicy.syncOptions[0]", "ApplyOutOfSyncOnly = true")},
		{worst, "an Application replaces what it brings", add(shopApp, "spec.syncPolicy.syncOptions", "Replace=true")},
		{usual, "an Application forces what it brings", add(shopApp, "spec.syncPolicy.syncOptions", "Force=true")},
		{usual, "an Application does not validate", add(shopApp, "spec.syncPolicy.syncOptions", "Validate=false")},
		{usual, "an Application makes namespaces", add(shopApp, "spec.syncPolicy.syncOptions", "CreateNamespace=true")},
		{usual, "an Application takes other Applications' objects", drop(shopApp, "spec.syncPolicy.syncOptions[1]")},
		{usual, "an Application ignores a difference in everything", set(shopApp, "spec.ignoreDifferences", l(m{"group": "*", "kind": "*", "jsonPointers": l("/spec")}))},
		{usual, "an Application ignores a difference at no path", set(shopApp, "spec.ignoreDifferences", l(m{"group": "apps", "kind": "Deployment"}))},
		{usual, "an Application ignores a difference by a query that is none", set(shopApp, "spec.ignoreDifferences", l(m{"group": "apps", "kind": "Deployment", "jqPathExpressions": l(".spec[")}))},
		{worst, "an Application is in a namespace that Argo CD does not read", set(shopApp, "metadata.namespace", "small-prod")},
		{usual, "an Application is in no namespace", drop(shopApp, "metadata.namespace")},
		{worst, "two Applications have one name", set(storeApp, "metadata.name", "shop-prod")},
		{worst, "two Applications bring the same objects", second(shopApp, "argocd/clusters/far/applications/prod/shop-again.yaml", "shop-again")},
		{usual, "an Application of a service is gone", gone(shopApp)},
		{usual, "the Application of the pipelines is gone", gone(pipelinesApp)},
		{usual, "the Application of the platform is gone", gone(platformApp)},
		{usual, "the root of a cluster is gone", gone(root)},
		{usual, "an Application starts an operation by itself", set(shopApp, "operation", m{"sync": m{"revision": "main"}})},
		{usual, "Applications come from a generator", more(shopApp, `apiVersion: argoproj.io/v1alpha1
kind: ApplicationSet
metadata:
  name: all
  namespace: argocd
spec:
  generators:
  - git:
      repoURL: https://git.small.example/platform/fleet
      revision: main
      directories:
      - path: deploy/services/*
  template:
    metadata:
      name: "{{path.basename}}"
    spec:
      project: default
      destination:
        server: https://far.k8s.small.example
        namespace: small-prod
      source:
        repoURL: https://git.small.example/platform/fleet
        path: "{{path}}"
`)},
		{usual, "the files that an Application watches are others", set(shopApp, "metadata.annotations['argocd.argoproj.io/manifest-generate-paths']", "../dev")},
		{usual, "an Application does not watch the base that it builds", set(shopTestApp, "metadata.annotations['argocd.argoproj.io/manifest-generate-paths']", ".")},
		{usual, "an Application's wave is no number", set(shopApp, "metadata.annotations", m{"argocd.argoproj.io/sync-wave": "late"})},
		{usual, "an object's options are misspelt", set(tables, "metadata.annotations['argocd.argoproj.io/sync-options']", "Forced=true,Replace=true")},
		{usual, "a job that changed is not replaced", drop(tables, "metadata.annotations['argocd.argoproj.io/sync-options']")},
		{usual, "an object's comparison is misspelt", set(settings, "metadata.annotations['argocd.argoproj.io/compare-options']", "IgnoreExtranous")},
		{usual, "an object is a hook of an unknown phase", set(tables, "metadata.annotations['argocd.argoproj.io/hook']", "BeforeSync")},
		{usual, "a hook goes by an unknown policy", both(set(tables, "metadata.annotations['argocd.argoproj.io/hook']", "PreSync"), set(tables, "metadata.annotations['argocd.argoproj.io/hook-delete-policy']", "Always"))},
	}
	return concat(rows,
		wrong(shopApp, "metadata.name", "an Application's name", "Shop", "shop_prod", long(254)),
		wrong(shopApp, "spec.syncPolicy.retry.backoff.duration", "a pause", "5 sec", "five"),
		wrong(shopApp, "spec.syncPolicy.retry.backoff.maxDuration", "the longest pause", "1min"),
		wrong(shopApp, "spec.syncPolicy.retry.backoff.factor", "the growth of a pause", "twice", 1.5),
		wrong(shopApp, "spec.revisionHistoryLimit", "the history", "all"),
		wrong(shopApp, "spec.destination.namespace", "an Application's namespace", "Small", "small/prod"),
	)
}
