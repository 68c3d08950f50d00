package ir

// Namespaces of the pipelines' cluster, apart by whom they trust: a pull request is code
// that nobody has reviewed, a release holds the registry's credentials, and the promoter
// alone may write the fleet.
const (
	PullRequests = "slipway-pull-requests"
	Releases     = "slipway-releases"
	Promoter     = "slipway-promoter"
)

// PipelineNamespaces are the namespaces above, sorted.
func PipelineNamespaces() []string { return []string{Promoter, PullRequests, Releases} }
