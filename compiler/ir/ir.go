// Package ir says what a fleet means: every name resolved, every default filled in,
// positions kept. Targets read it and nothing else. It holds no maps: every list is
// sorted when resolve builds it, and the comment on it names the order. It knows neither
// CUE nor files, and nothing changes it once resolve is done.
package ir

import (
	"cmp"
	"slices"

	"slipway.dev/compiler/diag"
)

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
	Notify       []Notification // who is told of the fleet's own pushes, sorted by name
	Owners       []Owner        // sorted by name
	Clusters     []*Cluster     // sorted by name
	Environments []*Environment // in promotion order
	Pipelines    Pipelines
	Git          []*GitHost  // sorted by name; empty: nothing starts by events
	Host         *GitHost    // that Repo is on; nil: no event starts the fleet's own pipelines
	Project      string      // what that host calls Repo; set with Host
	Webhooks     *Webhooks   // nil: the platform makes its own way to the listener
	ArgoCD       string      // Argo CD's namespace
	Registries   []string    // addresses without scheme, sorted
	Tools        []Tool      // overridden tool images, sorted by name
	Kinds        []GroupKind // kinds of objects beyond Kubernetes' own that services may have, sorted
	Charts       []string    // repositories of charts that services may come from, as written, sorted
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
	Promote     Promote      // how releases get into it
	Ingress     *Ingress     // how host names are routed; at most one of Ingress, Gateway
	Gateway     *Gateway
	PodSecurity string // Pod Security level of the namespace
}

// Promote is how releases get into an environment.
type Promote struct {
	How   How
	Said  bool   // by platform.cue; otherwise it is the default
	After string // a Go duration, with After
	Tag   string // a pattern of Git tags, with Tag
}

// How is a way into an environment.
type How string

// The ways.
const (
	Auto   How = "auto"   // when it is deployed in the environment before
	Manual How = "manual" // when somebody says so
	After  How = "after"  // when it has been deployed there for a while
	Tag    How = "tag"    // when its commit has a tag
)

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
	Promoter  string   // address of the promoter's listener
	Buildkit  string   // address of the BuildKit daemon; empty: none
	Trial     string   // address of the one that tries what pull requests have; empty: none; never that of Buildkit
	BlockOn   string   // severity from which a vulnerability blocks: low, medium, high, critical
	Denied    []string // licences, sorted
	Workspace string   // size of a run's source volume, a Kubernetes quantity
	Signing   Signing  // who signs images, before they are released
	Reach     []Peer   // private addresses that code of pull requests may reach, sorted by name
	Starts    bool     // the promoter starts runs of services by itself
	Nightly   string   // when it does so by night, as CronJobs say it, in UTC; empty: never
	Broker    string   // address of the Pact Broker, without a slash at its end; empty: none
	Reports   string   // where reports of tests are kept, in a registry that nothing is deployed from; empty: nowhere
}

// Signing is who signs images. What is signed by somebody is asked for before it is released.
type Signing string

// Those who sign.
const (
	NotSigned Signing = "none"
	ByChains  Signing = "chains" // Tekton Chains, what pipelines built
	ByCosign  Signing = "cosign" // the promoter, with a key of its own
)

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
	Source    *Source // nil for a service that only has a fixed image
	Build     *Build  // nil for a service with a fixed image, and for one whose CI is elsewhere
	External  bool    // another CI builds its images and has them promoted
	Tests     []Test  // in the order lint, unit, integration, contract, smoke, e2e, its own stages by name
	Reports   string  // the repository where the reports of its tests are kept; empty: nowhere
	Waivers   Waivers
	Tasks     []TaskSettings // sorted by task name
	RunsIn    []*Environment // where it is meant to run, in promotion order
	Instances []*Instance    // one for each of RunsIn that has a spec to follow, in promotion order
	Pending   []*Instance    // the spec as it stands, for environments that follow releases; judged, never emitted
}

// Before is the environment that the service is promoted from to reach another one: the one
// that takes its place where the service does not run there; nil for its first.
func (s *Service) Before(to *Environment) *Environment {
	for from := to.From; from != nil; from = from.From {
		for _, e := range s.RunsIn {
			if e.Name == from.Name {
				return e
			}
		}
	}
	return nil
}

// Placeholder is the image name that containers of the service's own image carry in its
// base; the release component of an overlay replaces it. The domain never resolves
// (RFC 2606), so that a base applied by mistake pulls nothing.
func (s *Service) Placeholder() string { return "registry.invalid/" + s.Name }

// AsItStands is the service in every environment of RunsIn, resolved from services/NAME.cue
// whatever was released there; in promotion order.
func (s *Service) AsItStands() []*Instance {
	out := make([]*Instance, 0, len(s.RunsIn))
	for _, env := range s.RunsIn {
		// One that follows releases has no pending instance where its copy is the spec.
		for _, list := range [][]*Instance{s.Pending, s.Instances} {
			if k := slices.IndexFunc(list, func(i *Instance) bool { return i.Env == env }); k >= 0 {
				out = append(out, list[k])
				break
			}
		}
	}
	return out
}

// Source is where the code lives.
type Source struct {
	Repo, Path, Branch string
	Also               []string // files and folders beside Path that are part of it, sorted
	Git                *GitHost // that Repo is on; nil when events start nothing
	Project            string   // what the Git host calls the repository: "acme/cart"; set with Git
}

// Build is how the image is made: one of Dockerfile, Ko, Jib, Buildpacks.
type Build struct {
	Dockerfile *Dockerfile
	Ko         *Ko
	Jib        *Jib
	Buildpacks *Buildpacks
	Tried      bool // pull requests build it too, and push nothing
}

// RunsSource reports whether making the image executes what the source says, in a pod of the
// run: such a pod holds no credential, so another one pushes what it made.
func (b *Build) RunsSource() bool { return b.Jib != nil || b.Buildpacks != nil }

// Dockerfile is a build by BuildKit.
type Dockerfile struct {
	Path, Context, Target string
	Args                  []Pair // sorted by name
	Platforms             []string
	Cache                 bool   // layers are kept in the registry for the next build
	File                  string // where it is in the fleet's repository, if that is the source's too
	Text                  []byte // nil where it is out of reach
}

// Ko is a build by ko.
type Ko struct {
	Main      string
	Platforms []string
}

// Jib is a build by Maven or Gradle with Jib's plugin.
type Jib struct {
	At               diag.Pos // of the image
	Image            string   // that the build runs in
	Tool             string   // maven or gradle
	Module, Platform string   // empty: all of it; what the build file says
	Args             []string
	User             *int64
}

// Buildpacks is a build by Cloud Native Buildpacks.
type Buildpacks struct {
	BuilderAt, RunAt diag.Pos
	Builder, Run     string
	Env              []Pair // sorted by name
	User             *int64
}

// Test is commands that must succeed.
type Test struct {
	At         diag.Pos       // of the image
	RunAt      diag.Pos       // of the commands
	Path       string         // in the spec
	Name       string         // lint, unit, integration, contract, smoke, e2e, or its own: the pipeline task's too
	Own        bool           // a stage of the service's own; only these say After and Before
	Deployed   bool           // it runs after a deployment, in the environments of In
	In         []*Environment // in promotion order
	After      []StageRef     // stages that must have passed
	Before     []StageRef     // stages that wait for it
	Task       Tree           // of a stage in Tekton's words, the spec of the Task; then there is no image and what follows from it
	Texts      []TaskText     // all that the Task says in words
	Image      string
	Run        []string
	User       *int64
	Env        []Pair // sorted by name
	Needs      []Need // sorted by name
	On         Moment // when it runs
	Quarantine []string
	Reports    []string
	Coverage   string    // the report; empty: none
	Minimum    int       // of lines, in percent
	Contract   *Contract // what the test named contract does with contracts; nil for all others
}

// Leaves reports whether the test writes files that may be kept.
func (t *Test) Leaves() bool {
	return t.Task.Kind == Nothing && (len(t.Reports) > 0 || t.Coverage != "")
}

// StageVariables are what the steps of every stage have, besides their own.
var StageVariables = []string{
	"HOME", "CI", "IMAGE", "XDG_CACHE_HOME", "GOCACHE", "GOMODCACHE", "GRADLE_USER_HOME", "MAVEN_OPTS", "npm_config_cache", "PIP_CACHE_DIR", "CARGO_HOME",
	"GIT_CONFIG_COUNT", "GIT_CONFIG_KEY_0", "GIT_CONFIG_VALUE_0",
}

// TaskText is a text in a Task, wherever it stands.
type TaskText struct {
	At   diag.Pos
	Path string // in the Task
	Name string // of the variable, the parameter or the key of one whose value it is; empty: it is none's
	Text string
}

// Contract is what a service's tests do with contracts: one of them, or both.
type Contract struct {
	Publishes string // the pacts that they write, as a pattern of paths; empty: it is no consumer
	Verifies  bool   // it is a provider
}

// ContractTest is the service's test of contracts; nil when there is none.
func (s *Service) ContractTest() *Test {
	if i := slices.IndexFunc(s.Tests, func(t Test) bool { return t.Contract != nil }); i >= 0 {
		return &s.Tests[i]
	}
	return nil
}

// Contract is what the service's tests do with contracts; nil when nothing.
func (s *Service) Contract() *Contract {
	if t := s.ContractTest(); t != nil {
		return t.Contract
	}
	return nil
}

// Moment is when tests run.
type Moment string

// The moments, from the most often to the rarest. What does not run on every commit runs by
// night too, where there are nightly runs.
const (
	OnCommit  Moment = "commit"
	OnRelease Moment = "release"
	OnNight   Moment = "nightly"
)

// StageRef is a stage of the pipelines, by its name.
type StageRef struct {
	At   diag.Pos
	Name string
}

// Waivers are findings of scans that are fine until a day, as ID=YYYY-MM-DD, sorted.
type Waivers struct {
	Vulnerabilities []string
	Licences        []string // LICENCE:PACKAGE=…
	Secrets         []string // RULE:FILE=…
}

// Need is a container beside the tests.
type Need struct {
	At        diag.Pos // of the image
	Name      string
	Image     string
	Env       []Pair // sorted by name
	Port      int    // 0: none
	Ready     []string
	Args      []string
	User      *int64
	Resources Resources
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
	App         string   // a name of its Application that exists already; empty for none
	AppAt       diag.Pos // of that name
	AsWritten   bool     // nothing is added to what the spec says of pods and objects
	PullSecrets []string // as written
	Release     *Release // nil: not released yet, nothing is deployed
	Tests       []string // that its spec wants passed here after a deployment: smoke, e2e, in this order
	NightTests  []string // that it wants run here by night
	Address     *Address // where tests reach it, in platforms whose promoter starts runs; nil where nothing does
	Chart       *Chart   // a chart is all that runs: there are no objects but what it makes; nil for none
	Labels      []Pair   // on every object and pod, sorted by name
	Objects     Meta     // on every object, and not on pods
	Single      []Single // of single objects, sorted by kind and name
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

// Meta is what objects say of themselves.
type Meta struct {
	Labels, Annotations []Pair // sorted by name
}

// Single is what one object says of itself.
type Single struct {
	Kind, Object string
	Meta
	Without []string // labels and annotations that it does not have
}

// Deployed reports whether the environment runs this instance: something was released
// there, or the image is fixed by the spec.
func (i *Instance) Deployed() bool { return i.Release != nil }

// Application is the name of the instance's Argo CD Application.
func (i *Instance) Application() string { return cmp.Or(i.App, i.Service.Name+"-"+i.Env.Name) }

// Chart is a Helm chart that Argo CD renders.
type Chart struct {
	At       diag.Pos
	Repo     string // https://…, or oci://…
	Name     string
	Version  string // exactly one
	Release  string // what Helm calls it
	ValuesAt diag.Pos
	Values   Tree // a map, or Nothing
}

// Release is what an environment runs.
type Release struct {
	Image   string // NAME@sha256:…; empty when the spec fixes the image, or is a chart
	Version string // empty: none given
	Commit  string // empty: unknown
}

// Account is the service account.
type Account struct {
	Name        string // empty: the namespace's default
	Make        bool   // emitted by us; otherwise it exists already
	Annotations []Pair // sorted by name
	Words       Tree   // laid over the one that is made
	Token       *bool  // mount a token for the Kubernetes API; nil: Kubernetes decides
}
