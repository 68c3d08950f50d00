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
	ArgoCD       *ArgoCD             `cue:"argocd"`
	Defaults     *Fields             `cue:"defaults"`
	Tools        map[string]string   `cue:"tools"`
	Kinds        []string            `cue:"kinds"`
	Charts       []string            `cue:"charts"`
	Policy       map[string]any      `cue:"policy"` // constraints, never decoded
}

// Fleet is #Platform.fleet.
type Fleet struct {
	Repo   string  `cue:"repo"`
	Branch *string `cue:"branch"`
	Path   *string `cue:"path"`
}

// ArgoCD is #Platform.argocd.
type ArgoCD struct {
	Namespace *string `cue:"namespace"`
}

// Owner is #Owner.
type Owner struct {
	Group   *string `cue:"group"`
	Channel *string `cue:"channel"`
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

// Routes is #Environment.routes.
type Routes struct {
	_       struct{} `oneof:"ingress,gateway" need:"true"`
	Ingress *Ingress `cue:"ingress"`
	Gateway *Gateway `cue:"gateway"`
}

// Ingress is #Environment.routes.ingress.
type Ingress struct {
	Class     *string `cue:"class"`
	Namespace *string `cue:"namespace"`
	TLSSecret *string `cue:"tlsSecret"`
}

// Gateway is #Environment.routes.gateway.
type Gateway struct {
	Name      *string `cue:"name" need:"true"`
	Namespace *string `cue:"namespace" need:"true"`
}

// Pipelines is #Pipelines.
type Pipelines struct {
	Cluster        string   `cue:"cluster"`
	Promoter       *string  `cue:"promoter"`
	Buildkit       *string  `cue:"buildkit"`
	BlockOn        *string  `cue:"blockOn"`
	DeniedLicences []string `cue:"deniedLicences"`
	Workspace      *string  `cue:"workspace"`
}
