package judge

import "slices"

// All are the judges that output is held to. They remember what they have judged: ask for
// them once.
func All() []Judge {
	pods := newTaskPods()
	return []Judge{
		Strict(),
		kubernetesOf(pods),
		Tekton(),
		podSecurityOf(pods, nil),
		Schemas(),
		trustOf(pods),
		ArgoCD(),
		Kustomizations(),
		References(),
		Triggers(),
		Rollouts(),
	}
}

// At are judges of a fleet some of whose namespaces admit more than "restricted".
func At(levels Levels, judges []Judge) []Judge {
	if len(levels) == 0 {
		return judges
	}
	judges = slices.Clone(judges)
	for i, j := range judges {
		if j.Name == "podsecurity" {
			judges[i] = podSecurityOf(newTaskPods(), levels)
		}
	}
	return judges
}
