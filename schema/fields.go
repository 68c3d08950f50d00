package schema

// The decode types mirror the definitions of service.cue field by field; a test holds the
// two together in both directions. They also carry what CUE is not asked to say:
//
//	cue:"name"          the field's name in the spec
//	short:"name"        a value that is no struct stands for {name: VALUE}
//	oneof:"a,b"         at most one of these fields; a later layer that gives another one replaces it
//	need:"true"         it, or one field of the oneof, must be given once all layers are known
//	unless:"name"       nothing of an inlined struct is needed where this field is given
//
// Pointers and maps are nil where no layer says anything.

// Service is #Service.
type Service struct {
	Fields       `cue:",inline"`
	Name         string            `cue:"name"`
	Owner        string            `cue:"owner"`
	RunsIn       []string          `cue:"runsIn"`
	Environments map[string]Fields `cue:"environments"`
}

// Fields is #Fields: what every layer may say.
type Fields struct {
	Source      *Source                   `cue:"source"`
	Build       *Build                    `cue:"build"`
	Image       *string                   `cue:"image"`
	CI          *string                   `cue:"ci"`
	Chart       *Chart                    `cue:"chart"`
	Test        *Tests                    `cue:"test"`
	Stages      map[string]Stage          `cue:"stages"`
	Waivers     *Waivers                  `cue:"waivers"`
	Tasks       map[string]Task           `cue:"tasks"`
	Run         map[string]Process        `cue:"run"`
	Env         map[string]Env            `cue:"env"`
	EnvFrom     []EnvFrom                 `cue:"envFrom"`
	Config      map[string]ConfigSet      `cue:"config"`
	Volumes     map[string]Volume         `cue:"volumes"`
	Secrets     map[string]ExternalSecret `cue:"secrets"`
	Consumes    map[string]Consume        `cue:"consumes"`
	Expose      map[string]Route          `cue:"expose"`
	Network     *Network                  `cue:"network"`
	Monitors    map[string]Kubernetes     `cue:"monitors"`
	Alerts      map[string]Kubernetes     `cue:"alerts"`
	Release     *Release                  `cue:"release"`
	Identity    *Identity                 `cue:"identity"`
	Hardening   *string                   `cue:"hardening"`
	PullSecrets []string                  `cue:"pullSecrets"`
	Labels      map[string]string         `cue:"labels"`
	Annotations map[string]string         `cue:"annotations"`
	Objects     *Objects                  `cue:"objects"`
	Manifests   map[string]Kubernetes     `cue:"manifests"`
	Patches     map[string]Patch          `cue:"patches"`
	Allow       map[string]string         `cue:"allow"`
}

// Objects is #Objects.
type Objects struct {
	Labels      map[string]string     `cue:"labels"`
	Annotations map[string]string     `cue:"annotations"`
	Only        map[string]ObjectMeta `cue:"only"`
}

// ObjectMeta is #ObjectMeta.
type ObjectMeta struct {
	Labels      map[string]string `cue:"labels"`
	Annotations map[string]string `cue:"annotations"`
	Without     []string          `cue:"without"`
}

// Kubernetes is an object, or a part of one, in Kubernetes' own words. It is never decoded
// into these types: package api holds its tree against the types of Kubernetes.
type Kubernetes struct{}

// Patch is #Patch.
type Patch struct {
	Kind  *string     `cue:"kind" need:"true"`
	Name  *string     `cue:"name"`
	Patch *Kubernetes `cue:"patch" need:"true"`
}

// Source is #Source.
type Source struct {
	Repo   *string  `cue:"repo" need:"true"`
	Path   *string  `cue:"path"`
	Also   []string `cue:"also"`
	Branch *string  `cue:"branch"`
}

// Build is #Build.
type Build struct {
	_          struct{}    `oneof:"dockerfile,ko,jib,buildpacks" need:"true"`
	On         *string     `cue:"on"`
	Dockerfile *Dockerfile `cue:"dockerfile"`
	Ko         *Ko         `cue:"ko"`
	Jib        *Jib        `cue:"jib"`
	Buildpacks *Buildpacks `cue:"buildpacks"`
}

// Dockerfile is #Build.dockerfile.
type Dockerfile struct {
	Path      *string           `cue:"path"`
	Context   *string           `cue:"context"`
	Target    *string           `cue:"target"`
	Args      map[string]string `cue:"args"`
	Platforms []string          `cue:"platforms"`
	Cache     *bool             `cue:"cache"`
}

// Ko is #Build.ko.
type Ko struct {
	Main      *string  `cue:"main"`
	Platforms []string `cue:"platforms"`
}

// Jib is #Build.jib.
type Jib struct {
	Image    *string  `cue:"image" need:"true"`
	Tool     *string  `cue:"tool" need:"true"`
	Module   *string  `cue:"module"`
	Args     []string `cue:"args"`
	Platform *string  `cue:"platform"`
	User     *int64   `cue:"user"`
}

// Buildpacks is #Build.buildpacks.
type Buildpacks struct {
	Builder *string           `cue:"builder" need:"true"`
	Run     *string           `cue:"run" need:"true"`
	Env     map[string]string `cue:"env"`
	User    *int64            `cue:"user"`
}

// Chart is #Chart.
type Chart struct {
	Repo    *string     `cue:"repo" need:"true"`
	Name    *string     `cue:"name" need:"true"`
	Version *string     `cue:"version" need:"true"`
	Values  *Kubernetes `cue:"values"`
	Release *string     `cue:"release"`
}

// Tests is #Fields.test.
type Tests struct {
	Lint        *Test         `cue:"lint"`
	Unit        *Test         `cue:"unit"`
	Integration *Test         `cue:"integration"`
	Contract    *ContractTest `cue:"contract"`
	Smoke       *DeployedTest `cue:"smoke"`
	E2E         *DeployedTest `cue:"e2e"`
}

// Test is #Test.
type Test struct {
	Image      *string           `cue:"image" need:"true"`
	Run        []string          `cue:"run" need:"true"`
	User       *int64            `cue:"user"`
	Env        map[string]string `cue:"env"`
	Needs      map[string]Need   `cue:"needs"`
	On         *string           `cue:"on"`
	Quarantine []string          `cue:"quarantine"`
	Reports    []string          `cue:"reports"`
	Coverage   *Coverage         `cue:"coverage"`
}

// ContractTest is #ContractTest.
type ContractTest struct {
	Test      `cue:",inline"`
	Publishes *string `cue:"publishes"`
	Verifies  *bool   `cue:"verifies"`
}

// DeployedTest is #DeployedTest.
type DeployedTest struct {
	Test `cue:",inline"`
	In   []string `cue:"in"`
}

// Stage is #Stage.
type Stage struct {
	Test   `cue:",inline" unless:"task"`
	After  []string    `cue:"after"`
	Before []string    `cue:"before"`
	Task   *Kubernetes `cue:"task"`
}

// Coverage is #Test.coverage.
type Coverage struct {
	Report  *string `cue:"report" need:"true"`
	Minimum *int64  `cue:"minimum" need:"true"`
}

// Need is #Need.
type Need struct {
	Image     *string           `cue:"image" need:"true"`
	Env       map[string]string `cue:"env"`
	Port      *int64            `cue:"port"`
	Ready     []string          `cue:"ready"`
	Args      []string          `cue:"args"`
	User      *int64            `cue:"user"`
	Resources *Resources        `cue:"resources"`
}

// Waivers is #Fields.waivers.
type Waivers struct {
	Vulnerabilities map[string]Waiver `cue:"vulnerabilities"`
	Licences        map[string]Waiver `cue:"licences"`
	Secrets         map[string]Waiver `cue:"secrets"`
}

// Waiver is #Waiver.
type Waiver struct {
	Because *string `cue:"because" need:"true"`
	Until   *string `cue:"until" need:"true"`
}

// Task is #TaskSettings.
type Task struct {
	Timeout *string `cue:"timeout"`
	Retries *int64  `cue:"retries"`
}

// Right is #Right.
type Right struct {
	Groups    []string `cue:"groups"`
	Resources []string `cue:"resources" need:"true"`
	Names     []string `cue:"names"`
	Verbs     []string `cue:"verbs" need:"true"`
}

// Consume is #Consume.
type Consume struct {
	Ports    []string `cue:"ports"`
	Optional *bool    `cue:"optional"`
}

// Route is #Route.
type Route struct {
	_            struct{}      `oneof:"http,loadBalancer,ingress,route" need:"true"`
	HTTP         *HTTPRoute    `cue:"http"`
	LoadBalancer *LoadBalancer `cue:"loadBalancer"`
	Ingress      *Kubernetes   `cue:"ingress"`
	Route        *Kubernetes   `cue:"route"`
	Name         *string       `cue:"name"`
	Port         *string       `cue:"port"` // a name or a number
	Process      *string       `cue:"process"`
}

// HTTPRoute is #Route.http.
type HTTPRoute struct {
	Host        *string           `cue:"host" need:"true"`
	Hosts       []string          `cue:"hosts"`
	Path        *string           `cue:"path"`
	Paths       []string          `cue:"paths"`
	Match       *string           `cue:"match"`
	Class       *string           `cue:"class"`
	TLS         *string           `cue:"tls"`
	Annotations map[string]string `cue:"annotations"`
}

// LoadBalancer is #Route.loadBalancer.
type LoadBalancer struct {
	Port        *int64            `cue:"port"`
	Sources     []string          `cue:"sources"`
	Annotations map[string]string `cue:"annotations"`
}

// Network is #Fields.network.
type Network struct {
	To       map[string]Peer       `cue:"to"`
	From     map[string]Peer       `cue:"from"`
	Policies map[string]Kubernetes `cue:"policies"`
}

// Peer is #Peer.
type Peer struct {
	_         struct{} `oneof:"cidr,namespace" need:"true"`
	CIDR      *string  `cue:"cidr"`
	Namespace *string  `cue:"namespace"`
	Ports     []int64  `cue:"ports"`
}

// Release is #Release.
type Release struct {
	_        struct{}  `oneof:"rolling,recreate" need:"true"`
	Rolling  *Rolling  `cue:"rolling"`
	Recreate *struct{} `cue:"recreate"`
}

// Rolling is #Release.rolling.
type Rolling struct {
	Surge       *string `cue:"surge"`       // a number or a percentage
	Unavailable *string `cue:"unavailable"` // a number or a percentage
}

// Identity is #Identity.
type Identity struct {
	Account     *string               `cue:"account"`
	Annotations map[string]string     `cue:"annotations"`
	May         map[string]Right      `cue:"may"`
	Make        *bool                 `cue:"make"`
	Object      *Kubernetes           `cue:"object"`
	Accounts    map[string]Kubernetes `cue:"accounts"`
	Token       *bool                 `cue:"token"`
	Application *string               `cue:"application"`
	Configs     map[string]string     `cue:"configs"`
}
