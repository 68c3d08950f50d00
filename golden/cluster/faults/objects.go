package faults

// configuration breaks ConfigMaps and what reads them.
func configuration() []row {
	const map0 = main + "env[PLACE].valueFrom.configMapKeyRef."
	rows := []row{
		{worst, "a config set is changed and keeps its name", set(settings, "data.place", "mars")},
		{worst, "a config set can be changed under the pods that read it", drop(settings, "immutable")},
		{usual, "a config set is said to be changeable", set(settings, "immutable", false)},
		{worst, "a config set of the last release is pruned", drop(settings, "metadata.annotations['argocd.argoproj.io/sync-options']")},
		{usual, "a config set has a key twice, as text and as bytes", set(settings, "binaryData", m{"place": "d29ybGQ="})},
		{usual, "a config set has bytes that are none", set(settings, "binaryData", m{"bytes": "***"})},
		{usual, "a config set is larger than the API server takes", set(settings, "data.all", long(1100*1024))},
		{worst, "a deployment reads a config set that there is not", set(shop, main+"envFrom[0].configMapRef.name", "shop-settings-0000000000")},
		{usual, "a variable reads a config set that there is not", set(shop, map0+"name", "shop-settings-0000000000")},
		{usual, "a variable reads a key that its config set has not", set(shop, map0+"key", "plaice")},
		{usual, "a volume is of a config set that there is not", set(shop, pod+"volumes[files].configMap.name", "shop-pages-0000000000")},
		{usual, "a volume takes a key that its config set has not", set(shop, pod+"volumes[files].configMap.items", l(m{"key": "idnex.html", "path": "index.html"}))},
		{usual, "a job's scripts are of a config set that there is not", set(tables, pod+"volumes[scripts].configMap.name", "tables-scripts-0000000000")},
		{usual, "a job's scripts are not delivered", both(drop("services/tables/overlays/prod/base/kustomization.yaml", "resources[configmap-scripts.yaml]"), gone(scripts))},
		{usual, "a config set that a job reads is changed and keeps its name", set(scripts, "data['lay.sh']", "#!/bin/sh\nexit 0\n")},
	}
	return concat(rows,
		wrong(settings, "data", "a config set's data", m{"a/b": "c"}, m{"..": "c"}, m{long(254): "c"}),
		wrong(settings, "metadata.name", "a config set's name", "Settings"),
	)
}

// accounts breaks ServiceAccounts, Roles, RoleBindings and Namespaces.
func accounts() []row {
	const role = owner + "#Role ci-store/look"
	const binding = owner + "#RoleBinding ci-store/look"
	const space = namespaces + "#Namespace small-dev"
	rows := []row{
		{usual, "a role allows nothing with what it names", set(role, "rules[0].verbs", l())},
		{usual, "a role has no verbs", drop(role, "rules[0].verbs")},
		{usual, "a role names no resources", drop(role, "rules[0].resources")},
		{usual, "a role names no API group", drop(role, "rules[0].apiGroups")},
		{usual, "a role speaks of a URL", set(role, "rules[0].nonResourceURLs", l("/metrics"))},
		{worst, "a role allows everything", set(role, "rules", l(m{"apiGroups": l("*"), "resources": l("*"), "verbs": l("*")}))},
		{worst, "a role reads secrets", add(role, "rules", m{"apiGroups": l(""), "resources": l("secrets"), "verbs": l("get", "list")})},
		{usual, "a role starts pods", add(role, "rules", m{"apiGroups": l(""), "resources": l("pods"), "verbs": l("create")})},
		{usual, "a role goes into pods", add(role, "rules", m{"apiGroups": l(""), "resources": l("pods/exec"), "verbs": l("create")})},
		{usual, "a role has a verb for all", set(role, "rules[1].verbs", l("*"))},
		{usual, "a role gives itself more", add(role, "rules", m{"apiGroups": l("rbac.authorization.k8s.io"), "resources": l("roles"), "verbs": l("escalate")})},
		{usual, "a binding binds a role that there is not", set(binding, "roleRef.name", "lok")},
		{usual, "a binding's role has no name", drop(binding, "roleRef.name")},
		{usual, "a binding's role is of no kind", set(binding, "roleRef.kind", "Rol")},
		{usual, "a binding's role is of another group", set(binding, "roleRef.apiGroup", "rbac")},
		{worst, "a binding makes a team the cluster's admin", both(set(binding, "roleRef.kind", "ClusterRole"), set(binding, "roleRef.name", "cluster-admin"))},
		{usual, "a binding's subject is of no kind", set(binding, "subjects[0].kind", "Team")},
		{usual, "a binding's subject has no name", set(binding, "subjects[0].name", "")},
		{usual, "a binding's account has no namespace", set(binding, "subjects[0]", m{"kind": "ServiceAccount", "name": "untrusted"})},
		{usual, "a binding's group is of a wrong API group", set(binding, "subjects[0].apiGroup", "apps")},
		{usual, "a binding lets everybody in", set(binding, "subjects[0].name", "system:authenticated")},
		{worst, "a binding gives the tests' account rights", set(binding, "subjects[0]", m{"kind": "ServiceAccount", "name": "untrusted", "namespace": "ci-store"})},
		{usual, "an account is made twice", more(owner, "apiVersion: v1\nkind: ServiceAccount\nmetadata:\n  name: untrusted\n  namespace: ci-store\nautomountServiceAccountToken: false\n")},
		{usual, "the account of a service mounts its token everywhere", set(account, "automountServiceAccountToken", true)},
		{usual, "an account's pull secret has no name", set(account, "imagePullSecrets", l(m{"name": ""}))},
		{usual, "a namespace is gone that an Application delivers to", func(files map[string][]byte) error {
			return document(files, farSpaces+"#Namespace small-prod", func(any) (any, error) { return nil, nil })
		}},
		{usual, "a pipeline namespace is gone", func(files map[string][]byte) error {
			return document(files, namespaces+"#Namespace ci-store-pr", func(any) (any, error) { return nil, nil })
		}},
		{usual, "a namespace is made in another namespace", set(space, "metadata.namespace", "small")},
		{worst, "a namespace goes when its file does", drop(space, "metadata.annotations['argocd.argoproj.io/sync-options']")},
		{usual, "a namespace may be pruned", set(space, "metadata.annotations['argocd.argoproj.io/sync-options']", "Delete=false")},
		{usual, "a namespace may be deleted with its Application", set(space, "metadata.annotations['argocd.argoproj.io/sync-options']", "Prune=false")},
		{usual, "a namespace's annotation is misspelt", rename(space, "metadata.annotations['argocd.argoproj.io/sync-options']", "argocd.argoproj.io/sync-option")},
		{usual, "a namespace's options are misspelt", set(space, "metadata.annotations['argocd.argoproj.io/sync-options']", "Delete=false,Prunes=false")},
		{usual, "a namespace has a finalizer that is none", set(space, "spec", m{"finalizers": l("keep me")})},
	}
	return concat(rows,
		wrong(space, "metadata.name", "a namespace's name", "Small", "small.dev", long(64)),
		wrong(account, "metadata.name", "an account's name", "Shop!"),
		wrong(role, "metadata.name", "a role's name", "a/b"),
	)
}
