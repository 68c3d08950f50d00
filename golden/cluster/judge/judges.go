package judge

// All are the judges that output is held to. They remember what they have judged: ask for
// them once.
func All() []Judge {
	return []Judge{
		Strict(),
		Kubernetes(),
		Tekton(),
		PodSecurity(),
		Schemas(),
	}
}
