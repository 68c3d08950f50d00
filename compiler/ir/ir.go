// Package ir says what a fleet means: every name resolved, every default filled in,
// positions kept. Targets read it and nothing else. It holds no maps: every list is
// sorted when resolve builds it, and the comment on it names the order. It knows neither
// CUE nor files, and nothing changes it once resolve is done.
package ir

import "slipway.dev/compiler/diag"

// Fleet is everything that is compiled together.
type Fleet struct {
	Platform *Platform
	Services []*Service // sorted by name
}

// Platform is the organisation's side: platform.cue.
type Platform struct {
	At           diag.Pos
	Name         string
	Compiler     string         // the version that platform.cue pins, such as "v0.1"
	PinAt        diag.Pos       // of that pin
	Repo         string         // clone address of the repository that holds the fleet
	Branch       string         // the branch that clusters follow
	Dir          string         // where output lies in that repository, slash-separated, such as "shop/deploy"
	Home         string         // where platform.cue lies in that repository; "." for its top
	Owners       []Owner        // sorted by name
	Clusters     []*Cluster     // sorted by name
	Environments []*Environment // in promotion order
	Pipelines    Pipelines
	Git          []*GitHost  // sorted by name; empty: nothing starts by events
	Webhooks     *Webhooks   // nil: the platform makes its own way to the listener
	ArgoCD       string      // Argo CD's namespace
	Tools        []Tool      // overridden tool images, sorted by name
	Kinds        []GroupKind // kinds of objects beyond Kubernetes' own that services may have, sorted
}

// Owner is a team.
type Owner struct {
	Name    string
	Group   string // SSO group that may sync; empty for none
	Channel string
	Notify  []Notification // sorted by name
}

// Notification is somebody who is told of releases.
type Notification struct {
	Name string // also the key of the Secret that holds its address
	Kind string // slack, teams, webhook
}

// Cluster is a Kubernetes cluster.
type Cluster struct {
	Name   string
	Server string // API server's address as Argo CD knows it
}

// Environment is a place where services run.
type Environment struct {
	At          diag.Pos
	Name        string
	Cluster     *Cluster
	Namespace   string
	Registry    string       // address prefix of images, without scheme
	From        *Environment // where releases come from; nil for the first
	Head        bool         // takes specs as they stand in services/; otherwise from releases/ENV/
	Ingress     *Ingress     // how host names are routed; at most one of Ingress, Gateway
	Gateway     *Gateway
	PodSecurity string // Pod Security level of the namespace
}

// Ingress is how an environment routes host names with Ingress objects.
type Ingress struct {
	Class     string // empty: the cluster's default
	Namespace string // of the controller; empty: unknown, callers are not narrowed
	TLSSecret string // empty: the controller's own certificate
}

// Gateway is how an environment routes host names with the Gateway API.
type Gateway struct {
	Name      string
	Namespace string
}

// Pipelines is where and how pipelines run.
type Pipelines struct {
	Cluster   *Cluster
	Buildkit  string // address of the BuildKit daemon; empty: none
	BlockOn   string // severity from which a vulnerability blocks: low, medium, high, critical
	Workspace string // size of a run's source volume, a Kubernetes quantity
}

// GitKind says how a Git host's events look, and how they are verified.
type GitKind string

// The kinds.
const (
	GitHub  GitKind = "github"
	GitLab  GitKind = "gitlab"
	Generic GitKind = "generic"
)

// GitHost is a Git host whose events start pipelines.
type GitHost struct {
	Name         string
	Kind         GitKind
	URL          string // begins the address of each of its repositories, however that is cloned
	Approval     string // the label that a fork's pull request needs
	ChangedFiles bool   // the host is asked what a pull request changes
	Interceptor  string // of a generic host
}

// Webhooks is where events arrive from outside.
type Webhooks struct {
	Host    string
	Ingress *Ingress // one of Ingress, Gateway
	Gateway *Gateway
}

// Tool is the image of one pipeline tool.
type Tool struct {
	Name, Image string
}

// Service is one service in all its environments.
type Service struct {
	At        diag.Pos
	Name      string
	Owner     string
	Source    *Source        // nil for a service that only has a fixed image
	Build     *Build         // nil for a service with a fixed image
	Unit      *Test          // nil: no unit tests
	Tasks     []TaskSettings // sorted by task name
	RunsIn    []*Environment // where it is meant to run, in promotion order
	Instances []*Instance    // one for each of RunsIn that has a spec to follow, in promotion order
	Pending   []*Instance    // the spec as it stands, for environments that follow releases; judged, never emitted
}

// Placeholder is the image name that containers of the service's own image carry in its
// base; the release component of an overlay replaces it. The domain never resolves
// (RFC 2606), so that a base applied by mistake pulls nothing.
func (s *Service) Placeholder() string { return "registry.invalid/" + s.Name }

// Source is where the code lives.
type Source struct {
	Repo, Path, Branch string
	Also               []string // files and folders beside Path that are part of it, sorted
	Git                *GitHost // that Repo is on; nil when events start nothing
	Project            string   // what the Git host calls the repository: "acme/cart"; set with Git
}

// Build is how the image is made: one of Dockerfile, Ko.
type Build struct {
	Dockerfile *Dockerfile
	Ko         *Ko
}

// Dockerfile is a build by BuildKit.
type Dockerfile struct {
	Path, Context, Target string
	Args                  []Pair // sorted by name
}

// Ko is a build by ko.
type Ko struct {
	Main string
}

// Test is a command that must succeed.
type Test struct {
	At    diag.Pos // of the image
	Image string
	Run   []string
	User  *int64
}

// TaskSettings is what a service says of one pipeline task.
type TaskSettings struct {
	At      diag.Pos
	Name    string
	Timeout string // a Go duration; empty: the task's own
	Retries int
}

// Pair is a name with a value.
type Pair struct {
	Name, Value string
}

// Instance is one service in one environment, resolved from the spec that this
// environment follows.
type Instance struct {
	Service     *Service
	Env         *Environment
	Head        bool     // resolved from services/; otherwise from releases/ENV/
	AsWritten   bool     // nothing is added to what the spec says of pods and objects
	PullSecrets []string // as written
	Release     *Release // nil: not released yet, nothing is deployed
	Labels      []Pair   // on every object, sorted by name
	Account     Account
	Workloads   []*Workload      // sorted by name
	Configs     []ConfigMap      // sorted by set name
	Ports       []Port           // the interface: ports of all workloads that others may call, sorted by name
	Consumes    []Consume        // sorted by service name
	Routes      []Route          // sorted by name
	To          []Peer           // sorted by name
	From        []Peer           // sorted by name
	Claims      []Claim          // sorted by name
	Secrets     []ExternalSecret // sorted by name
	Rights      []Right          // sorted by the name in the spec
	Manifests   []Manifest       // sorted by the name in the spec
	Patches     []Patch          // sorted by the name in the spec; applied in this order
	Allow       []Allow          // sorted by code
	Unused      []Unused         // volumes that nothing mounts here, sorted by name
}

// Unused is something that the spec gives and nothing uses.
type Unused struct {
	At   diag.Pos
	Name string
}

// Allow accepts a finding knowingly.
type Allow struct {
	At     diag.Pos
	Code   diag.Code
	Reason string
}

// Deployed reports whether the environment runs this instance: something was released
// there, or the image is fixed by the spec.
func (i *Instance) Deployed() bool { return i.Release != nil }

// Application is the name of the instance's Argo CD Application.
func (i *Instance) Application() string { return i.Service.Name + "-" + i.Env.Name }

// Release is what an environment runs.
type Release struct {
	Image   string // NAME@sha256:…; empty when the spec fixes the image
	Version string // empty: none given
	Commit  string // empty: unknown
}

// Account is the service account.
type Account struct {
	Name        string // empty: the namespace's default
	Make        bool   // emitted by us; otherwise it exists already
	Annotations []Pair // sorted by name
	Token       *bool  // mount a token for the Kubernetes API; nil: Kubernetes decides
}
