package schema

// Platform is #Platform.
type Platform struct {
	Name         string              `cue:"name"`
	Slipway      string              `cue:"slipway"`
	Fleet        Fleet               `cue:"fleet"`
	Owners       map[string]Owner    `cue:"owners"`
	Clusters     map[string]Cluster  `cue:"clusters"`
	Registries   map[string]Registry `cue:"registries"`
	Environments []Environment       `cue:"environments"`
	Pipelines    Pipelines           `cue:"pipelines"`
	Git          map[string]GitHost  `cue:"git"`
	Webhooks     *Webhooks           `cue:"webhooks"`
	Notify       map[string]string   `cue:"notify"`
	ArgoCD       *ArgoCD             `cue:"argocd"`
	Defaults     *Fields             `cue:"defaults"`
	Tools        map[string]string   `cue:"tools"`
	Kinds        []string            `cue:"kinds"`
	Charts       []string            `cue:"charts"`
	Policy       map[string]any      `cue:"policy"` // constraints, never decoded
}

// Fleet is #Platform.fleet.
type Fleet struct {
	Repo   string   `cue:"repo"`
	Branch *string  `cue:"branch"`
	Path   *string  `cue:"path"`
	Notify []string `cue:"notify"`
}

// GitHost is #GitHost.
type GitHost struct {
	_        struct{}    `oneof:"github,gitlab,generic" need:"true"`
	GitHub   *GitHub     `cue:"github"`
	GitLab   *GitLab     `cue:"gitlab"`
	Generic  *GenericGit `cue:"generic"`
	Approval *string     `cue:"approval"`
}

// GitHub is #GitHost.github.
type GitHub struct {
	URL          *string `cue:"url"`
	ChangedFiles *bool   `cue:"changedFiles"`
}

// GitLab is #GitHost.gitlab.
type GitLab struct {
	URL *string `cue:"url"`
}

// GenericGit is #GitHost.generic.
type GenericGit struct {
	URL         *string `cue:"url" need:"true"`
	Interceptor *string `cue:"interceptor" need:"true"`
}

// Webhooks is #Platform.webhooks.
type Webhooks struct {
	Host   string  `cue:"host"`
	Routes *Routes `cue:"routes" need:"true"`
}

// ArgoCD is #Platform.argocd.
type ArgoCD struct {
	Namespace *string `cue:"namespace"`
}

// Owner is #Owner.
type Owner struct {
	Group   *string  `cue:"group"`
	Channel *string  `cue:"channel"`
	Notify  []string `cue:"notify"`
}

// Cluster is #Cluster.
type Cluster struct {
	Server string `cue:"server"`
}

// Registry is #Registry.
type Registry struct {
	URL string `cue:"url"`
}

// Environment is #Environment.
type Environment struct {
	Name        string   `cue:"name"`
	Cluster     string   `cue:"cluster"`
	Namespace   string   `cue:"namespace"`
	Registry    *string  `cue:"registry"`
	From        *string  `cue:"from"`
	Follow      *string  `cue:"follow"`
	Promote     *Promote `cue:"promote"`
	Routes      *Routes  `cue:"routes"`
	PodSecurity *string  `cue:"podSecurity"`
	Defaults    *Fields  `cue:"defaults"`
}

// Promote is #Promote.
type Promote struct {
	_     struct{} `short:"by" oneof:"by,after,tag" need:"true"`
	By    *string  `cue:"by"`
	After *string  `cue:"after"`
	Tag   *string  `cue:"tag"`
}

// Routes is #Routes.
type Routes struct {
	_       struct{} `oneof:"ingress,gateway" need:"true"`
	Ingress *Ingress `cue:"ingress"`
	Gateway *Gateway `cue:"gateway"`
}

// Ingress is #Routes.ingress.
type Ingress struct {
	Class     *string `cue:"class"`
	Namespace *string `cue:"namespace"`
	TLSSecret *string `cue:"tlsSecret"`
}

// Gateway is #Routes.gateway.
type Gateway struct {
	Name      *string `cue:"name" need:"true"`
	Namespace *string `cue:"namespace" need:"true"`
}

// Contracts is #Pipelines.contracts.
type Contracts struct {
	Broker *string `cue:"broker" need:"true"`
}

// PullRequests is #Pipelines.pullRequests.
type PullRequests struct {
	Buildkit *string `cue:"buildkit"`
}

// Pipelines is #Pipelines.
type Pipelines struct {
	Cluster        string          `cue:"cluster"`
	Promoter       *string         `cue:"promoter"`
	Buildkit       *string         `cue:"buildkit"`
	PullRequests   *PullRequests   `cue:"pullRequests"`
	BlockOn        *string         `cue:"blockOn"`
	DeniedLicences []string        `cue:"deniedLicences"`
	Signing        *string         `cue:"signing"`
	Contracts      *Contracts      `cue:"contracts"`
	Reports        *string         `cue:"reports"`
	Workspace      *string         `cue:"workspace"`
	Nightly        *string         `cue:"nightly"`
	Starts         *bool           `cue:"starts"`
	Reach          map[string]Peer `cue:"reach"`
}
