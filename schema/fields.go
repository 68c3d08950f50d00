package schema

// The decode types mirror the definitions of service.cue field by field; a test holds the
// two together in both directions. They also carry what CUE is not asked to say:
//
//	cue:"name"          the field's name in the spec
//	short:"name"        a value that is no struct stands for {name: VALUE}
//	oneof:"a,b"         at most one of these fields; a later layer that gives another one replaces it
//	need:"true"         it, or one field of the oneof, must be given once all layers are known
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
	Test        *Tests                    `cue:"test"`
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
	Release     *Release                  `cue:"release"`
	Identity    *Identity                 `cue:"identity"`
	Hardening   *string                   `cue:"hardening"`
	PullSecrets []string                  `cue:"pullSecrets"`
	Labels      map[string]string         `cue:"labels"`
	Annotations map[string]string         `cue:"annotations"`
	Manifests   map[string]Kubernetes     `cue:"manifests"`
	Patches     map[string]Patch          `cue:"patches"`
	Allow       map[string]string         `cue:"allow"`
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
	Repo   *string `cue:"repo" need:"true"`
	Path   *string `cue:"path"`
	Branch *string `cue:"branch"`
}

// Build is #Build.
type Build struct {
	_          struct{}    `oneof:"dockerfile,ko" need:"true"`
	Dockerfile *Dockerfile `cue:"dockerfile"`
	Ko         *Ko         `cue:"ko"`
}

// Dockerfile is #Build.dockerfile.
type Dockerfile struct {
	Path    *string           `cue:"path"`
	Context *string           `cue:"context"`
	Target  *string           `cue:"target"`
	Args    map[string]string `cue:"args"`
}

// Ko is #Build.ko.
type Ko struct {
	Main *string `cue:"main"`
}

// Tests is #Fields.test.
type Tests struct {
	Unit *Test `cue:"unit"`
}

// Test is #Test.
type Test struct {
	Image *string  `cue:"image" need:"true"`
	Run   []string `cue:"run" need:"true"`
	User  *int64   `cue:"user"`
}

// Task is #TaskSettings.
type Task struct {
	Timeout *string `cue:"timeout"`
	Retries *int64  `cue:"retries"`
}

// Process is #Process.
type Process struct {
	_            struct{} `oneof:"replicas,scale"`
	Container    `cue:",inline"`
	Kind         *string                `cue:"kind"`
	Replicas     *int64                 `cue:"replicas"`
	Scale        *Scale                 `cue:"scale"`
	Init         []InitContainer        `cue:"init"`
	Schedule     *Schedule              `cue:"schedule"`
	Hook         *Hook                  `cue:"hook"`
	Service      *KubeService           `cue:"service"`
	Services     map[string]KubeService `cue:"services"`
	Identity     *ProcessIdentity       `cue:"identity"`
	Nodes        map[string]string      `cue:"nodes"`
	Tolerate     map[string]Toleration  `cue:"tolerate"`
	Priority     *string                `cue:"priority"`
	Scheduler    *string                `cue:"scheduler"`
	DNS          *string                `cue:"dns"`
	ServiceLinks *bool                  `cue:"serviceLinks"`
	Restart      *string                `cue:"restart"`
	History      *int64                 `cue:"history"`
	Settle       *string                `cue:"settle"`
	Sidecars     map[string]Sidecar     `cue:"sidecars"`
	StopAfter    *string                `cue:"stopAfter"`
	Deadline     *string                `cue:"deadline"`
	Retries      *int64                 `cue:"retries"`
	Annotations  map[string]string      `cue:"annotations"`
	Metrics      *Metrics               `cue:"metrics"`
	Disruption   *Disruption            `cue:"disruption"`
	User         *int64                 `cue:"user"`
	Group        *int64                 `cue:"group"`
	VolumeGroup  *int64                 `cue:"volumeGroup"`
	Labels       map[string]string      `cue:"labels"`
	Pod          *Kubernetes            `cue:"pod"`
	Workload     *Workload              `cue:"workload"`
}

// Schedule is #Schedule.
type Schedule struct {
	_         struct{} `short:"cron"`
	Cron      *string  `cue:"cron" need:"true"`
	Zone      *string  `cue:"zone"`
	Overlap   *string  `cue:"overlap"`
	Suspended *bool    `cue:"suspended"`
	Succeeded *int64   `cue:"succeeded"`
	Failed    *int64   `cue:"failed"`
}

// Hook is #Hook.
type Hook struct {
	_      struct{} `short:"at"`
	At     *string  `cue:"at" need:"true"`
	Remove []string `cue:"remove"`
	Wave   *int64   `cue:"wave"`
}

// ProcessIdentity is #ProcessIdentity.
type ProcessIdentity struct {
	Name      *string           `cue:"name"`
	Container *string           `cue:"container"`
	Selector  map[string]string `cue:"selector"`
	Service   *string           `cue:"service"`
	Pods      *string           `cue:"pods"`
}

// KubeService is #KubeService.
type KubeService struct {
	Type        *string                `cue:"type"`
	Headless    *bool                  `cue:"headless"`
	Ports       map[string]ServicePort `cue:"ports"`
	Selector    map[string]string      `cue:"selector"`
	Labels      map[string]string      `cue:"labels"`
	Annotations map[string]string      `cue:"annotations"`
	Spec        *Kubernetes            `cue:"spec"`
}

// ServicePort is #ServicePort.
type ServicePort struct {
	_        struct{} `short:"port"`
	Port     *int64   `cue:"port" need:"true"`
	Target   *string  `cue:"target"` // a name or a number
	Node     *int64   `cue:"node"`
	Protocol *string  `cue:"protocol"`
	Unnamed  *bool    `cue:"unnamed"`
}

// Toleration is #Toleration.
type Toleration struct {
	_      struct{} `short:"value"`
	Value  *string  `cue:"value"`
	Effect *string  `cue:"effect"`
	For    *string  `cue:"for"`
}

// Workload is #Workload.
type Workload struct {
	Labels      map[string]string `cue:"labels"`
	Annotations map[string]string `cue:"annotations"`
	Pods        *Kubernetes       `cue:"pods"`
	Spec        *Kubernetes       `cue:"spec"`
}

// Container is #Container.
type Container struct {
	Image      *string          `cue:"image"`
	Command    []string         `cue:"command"`
	Args       []string         `cue:"args"`
	Ports      map[string]Port  `cue:"ports"`
	Pull       *string          `cue:"pull"`
	BeforeStop *BeforeStop      `cue:"beforeStop"`
	Env        map[string]Env   `cue:"env"`
	EnvFrom    []EnvFrom        `cue:"envFrom"`
	Mounts     map[string]Mount `cue:"mounts"`
	Resources  *Resources       `cue:"resources"`
	Ready      *Probe           `cue:"ready"`
	Live       *Probe           `cue:"live"`
	Start      *Probe           `cue:"start"`
	Security   *Security        `cue:"security"`
	Words      *Kubernetes      `cue:"container"`
}

// InitContainer is #InitContainer.
type InitContainer struct {
	Container `cue:",inline"`
	Name      string `cue:"name"`
	Native    *bool  `cue:"native"`
}

// Sidecar is #Sidecar.
type Sidecar struct {
	Container `cue:",inline"`
	Native    *bool `cue:"native"`
}

// BeforeStop is #BeforeStop.
type BeforeStop struct {
	_     struct{} `oneof:"sleep,exec" need:"true"`
	Sleep *string  `cue:"sleep"`
	Exec  []string `cue:"exec"`
}

// Port is #Port.
type Port struct {
	_        struct{} `short:"port"`
	Port     *int64   `cue:"port" need:"true"`
	Service  *int64   `cue:"service"`
	Protocol *string  `cue:"protocol"`
	Host     *int64   `cue:"host"`
	Unnamed  *bool    `cue:"unnamed"`
}

// Env is #Env.
type Env struct {
	_        struct{} `short:"value" oneof:"value,secret,config,field,resource" need:"true"`
	Value    *string  `cue:"value"` // numbers and booleans as CUE writes them
	Secret   *KeyRef  `cue:"secret"`
	Config   *KeyRef  `cue:"config"`
	Field    *string  `cue:"field"`
	Resource *string  `cue:"resource"`
}

// KeyRef is #KeyRef.
type KeyRef struct {
	Name     *string `cue:"name" need:"true"`
	Key      *string `cue:"key" need:"true"`
	Optional *bool   `cue:"optional"`
}

// EnvFrom is #EnvFrom.
type EnvFrom struct {
	_        struct{} `oneof:"config,secret" need:"true"`
	Config   *string  `cue:"config"`
	Secret   *string  `cue:"secret"`
	Prefix   *string  `cue:"prefix"`
	Optional *bool    `cue:"optional"`
}

// ConfigSet is #ConfigSet; numbers and booleans as CUE writes them.
type ConfigSet map[string]string

// ExternalSecret is #ExternalSecret.
type ExternalSecret struct {
	Store *string                `cue:"store" need:"true"`
	Kind  *string                `cue:"kind"`
	Every *string                `cue:"every"`
	Keys  map[string]ExternalKey `cue:"keys"`
	All   []string               `cue:"all"`
}

// ExternalKey is #ExternalKey.
type ExternalKey struct {
	_        struct{} `short:"from"`
	From     *string  `cue:"from" need:"true"`
	Property *string  `cue:"property"`
	Version  *string  `cue:"version"`
}

// Volume is #Volume.
type Volume struct {
	_       struct{}  `oneof:"scratch,config,secret,claim,disk,storage,nfs,host" need:"true"`
	Scratch *Scratch  `cue:"scratch"`
	Config  *Files    `cue:"config"`
	Secret  *Files    `cue:"secret"`
	Claim   *string   `cue:"claim"`
	Disk    *Disk     `cue:"disk"`
	Storage *Storage  `cue:"storage"`
	NFS     *NFS      `cue:"nfs"`
	Host    *HostPath `cue:"host"`
}

// Disk is #Volume.disk.
type Disk struct {
	Size   *string  `cue:"size" need:"true"`
	Class  *string  `cue:"class"`
	Access []string `cue:"access"`
	Name   *string  `cue:"name"`
}

// NFS is #Volume.nfs.
type NFS struct {
	Server   *string `cue:"server" need:"true"`
	Path     *string `cue:"path" need:"true"`
	ReadOnly *bool   `cue:"readOnly"`
}

// HostPath is #Volume.host.
type HostPath struct {
	Path *string `cue:"path" need:"true"`
	Type *string `cue:"type"`
}

// Scratch is #Volume.scratch.
type Scratch struct {
	Size   *string `cue:"size"`
	Memory *bool   `cue:"memory"`
}

// Storage is #Volume.storage.
type Storage struct {
	Size   *string  `cue:"size" need:"true"`
	Class  *string  `cue:"class"`
	Access []string `cue:"access"`
}

// Files is #Files.
type Files struct {
	_        struct{}          `short:"name"`
	Name     *string           `cue:"name" need:"true"`
	Items    map[string]string `cue:"items"`
	Mode     *string           `cue:"mode"`
	Optional *bool             `cue:"optional"`
}

// Mount is #Mount.
type Mount struct {
	_        struct{} `short:"path"`
	Path     *string  `cue:"path" need:"true"`
	Volume   *string  `cue:"volume"`
	Sub      *string  `cue:"sub"`
	ReadOnly *bool    `cue:"readOnly"`
}

// Resources is #Resources.
type Resources struct {
	CPU         *string `cue:"cpu"`
	Memory      *string `cue:"memory"`
	Disk        *string `cue:"disk"`
	CPULimit    *string `cue:"cpuLimit"`
	MemoryLimit *string `cue:"memoryLimit"`
	DiskLimit   *string `cue:"diskLimit"`
}

// Probe is #Probe.
type Probe struct {
	_         struct{} `oneof:"http,grpc,tcp,exec" need:"true"`
	HTTP      *HTTPGet `cue:"http"`
	GRPC      *GRPC    `cue:"grpc"`
	TCP       *TCP     `cue:"tcp"`
	Exec      []string `cue:"exec"`
	Every     *string  `cue:"every"`
	After     *string  `cue:"after"`
	Timeout   *string  `cue:"timeout"`
	Failures  *int64   `cue:"failures"`
	Successes *int64   `cue:"successes"`
}

// HTTPGet is #Probe.http.
type HTTPGet struct {
	_       struct{}          `short:"path"`
	Path    *string           `cue:"path"`
	Port    *string           `cue:"port"`
	Scheme  *string           `cue:"scheme"`
	Headers map[string]string `cue:"headers"`
}

// GRPC is #Probe.grpc.
type GRPC struct {
	_       struct{} `short:"port"`
	Port    *string  `cue:"port"`
	Service *string  `cue:"service"`
}

// TCP is #Probe.tcp.
type TCP struct {
	_    struct{} `short:"port"`
	Port *string  `cue:"port"`
}

// Security is #Security.
type Security struct {
	User         *int64   `cue:"user"`
	Group        *int64   `cue:"group"`
	Root         *bool    `cue:"root"`
	Writable     *bool    `cue:"writable"`
	Privileged   *bool    `cue:"privileged"`
	Capabilities []string `cue:"capabilities"`
	Drop         []string `cue:"drop"`
	Escalation   *bool    `cue:"escalation"`
	Seccomp      *string  `cue:"seccomp"`
}

// Scale is #Scale.
type Scale struct {
	Min    *int64           `cue:"min"`
	Max    *int64           `cue:"max" need:"true"`
	CPU    *int64           `cue:"cpu"`
	Memory *int64           `cue:"memory"`
	Events map[string]Event `cue:"events"`
	Spec   *Kubernetes      `cue:"spec"`
}

// Event is #Event.
type Event struct {
	Type     *string           `cue:"type" need:"true"`
	Metadata map[string]string `cue:"metadata"`
	Auth     *string           `cue:"auth"`
}

// Metrics is #Metrics.
type Metrics struct {
	_     struct{} `short:"port"`
	Port  *string  `cue:"port"`
	Path  *string  `cue:"path"`
	Every *string  `cue:"every"`
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
	_            struct{}      `oneof:"http,loadBalancer" need:"true"`
	HTTP         *HTTPRoute    `cue:"http"`
	LoadBalancer *LoadBalancer `cue:"loadBalancer"`
	Port         *string       `cue:"port"`
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
	To   map[string]Peer `cue:"to"`
	From map[string]Peer `cue:"from"`
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

// Disruption is #Disruption.
type Disruption struct {
	_              struct{}  `oneof:"minAvailable,maxUnavailable,none" need:"true"`
	MinAvailable   *string   `cue:"minAvailable"`
	MaxUnavailable *string   `cue:"maxUnavailable"`
	None           *struct{} `cue:"none"`
}

// Identity is #Identity.
type Identity struct {
	Account     *string           `cue:"account"`
	Annotations map[string]string `cue:"annotations"`
	May         map[string]Right  `cue:"may"`
	Make        *bool             `cue:"make"`
	Token       *bool             `cue:"token"`
	Configs     map[string]string `cue:"configs"`
}
