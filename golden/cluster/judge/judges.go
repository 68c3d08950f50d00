package judge

// All are the judges that output is held to. They remember what they have judged: ask for
// them once.
func All() []Judge {
	pods := newTaskPods()
	return []Judge{
		Strict(),
		kubernetesOf(pods),
		Tekton(),
		podSecurityOf(pods),
		Schemas(),
		trustOf(pods),
		ArgoCD(),
		Kustomizations(),
		References(),
		Triggers(),
		Rollouts(),
	}
}
