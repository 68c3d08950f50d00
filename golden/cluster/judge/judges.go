package judge

// All are the judges that output is held to. They remember what they have judged: ask for
// them once.
func All() []Judge { return AllAt(nil) }

// AllAt are All, for a fleet some of whose namespaces admit more than "restricted".
func AllAt(levels Levels) []Judge {
	pods := newTaskPods()
	return []Judge{
		Strict(),
		kubernetesOf(pods),
		Tekton(),
		podSecurityOf(pods, levels),
		Schemas(),
		trustOf(pods),
		ArgoCD(),
		Kustomizations(),
		References(),
		Triggers(),
		Rollouts(),
	}
}
