package ir

import "slipway.dev/compiler/diag"

// Kind is a workload's kind.
type Kind string

// The kinds of workload, by the word that specs use.
const (
	Deployment  Kind = "deployment"
	StatefulSet Kind = "statefulset"
	DaemonSet   Kind = "daemonset"
	Rollout     Kind = "rollout"
	Job         Kind = "job"
	CronJob     Kind = "cronjob"
)

// Object is what the object that makes the pods is to Kubernetes.
func (k Kind) Object() (apiVersion, kind string) {
	o := objects[k]
	return o[0], o[1]
}

var objects = map[Kind][2]string{
	Deployment: {"apps/v1", "Deployment"}, StatefulSet: {"apps/v1", "StatefulSet"}, DaemonSet: {"apps/v1", "DaemonSet"},
	Rollout: {"argoproj.io/v1alpha1", "Rollout"}, Job: {"batch/v1", "Job"}, CronJob: {"batch/v1", "CronJob"},
}

// Workload is a process group: pods that run one program.
type Workload struct {
	At          diag.Pos
	Name        string // the object's name: the service's for the process "main", SERVICE-PROCESS for others
	Process     string // the name in the spec
	Named       bool   // the name is one that exists already
	Kind        Kind
	Main        Container
	Init        []Container // in starting order
	Sidecars    []Container // sorted by name
	Volumes     []Volume    // sorted by name; only those that some container mounts
	Replicas    *int32      // nil when Scale is set, and for jobs
	Scale       *Scale
	Metrics     *Metrics
	Budget      *Budget // nil: no PodDisruptionBudget
	Strategy    Strategy
	StopAfter   *int64 // seconds; nil: Kubernetes decides
	Deadline    *int64 // seconds; jobs only
	Retries     *int32 // jobs only
	Annotations []Pair // of the pods, sorted by name
	Security    PodSecurity
	Service     *KubeService   // nil when it listens on nothing
	Services    []*KubeService // more of them, sorted by name
	Governing   string         // name of the headless Service that names a StatefulSet's pods; empty for other kinds
	Headless    bool           // that Service is made
	Selector    []Pair         // labels that select its pods, sorted by name; empty: name and component
	Schedule    *Schedule      // cron jobs only
	Hook        *Hook          // jobs only; nil: runs once per release
	Place       Place
	Links       *bool  // enableServiceLinks; nil: Kubernetes decides
	DNS         string // dnsPolicy; empty: Kubernetes decides
	Restart     string // restartPolicy; empty: Kubernetes decides
	History     *int32 // revisionHistoryLimit
	Settle      int32  // minReadySeconds
	Labels      []Pair // of the pods, sorted by name
	Own         Own
	Host        []string // what of the host the pods use, such as "the host's network"
	Pod         Tree     // laid over the pod's spec
}

// UDP reports whether the port is not TCP but UDP.
func (p Port) UDP() bool { return p.Protocol == "UDP" }

// Place says which nodes pods run on, and before whom.
type Place struct {
	Nodes     []Pair // labels, sorted by name
	Tolerate  []Toleration
	Priority  string
	Scheduler string
}

// Toleration is a taint that pods put up with.
type Toleration struct {
	Key, Value, Effect string // Value and Effect empty: any
	For                *int64 // seconds
}

// Schedule is when a cron job runs.
type Schedule struct {
	Cron, Zone, Overlap string // Zone and Overlap empty: Kubernetes decides
	Suspended           *bool
	Succeeded, Failed   *int32 // finished runs that are kept
}

// Hook is a point of every sync, in Argo CD's words.
type Hook struct {
	At     string
	Remove []string // as written
	Wave   *int64
}

// Own is what is said of the object that makes pods, beyond the pods.
type Own struct {
	Labels, Annotations []Pair // sorted by name
	Spec                Tree   // laid over its spec
	Pods                Tree   // laid over its pods' metadata
}

// Container is a container of a pod.
type Container struct {
	At        diag.Pos
	Name      string
	Native    bool // an init container that keeps running
	ImageAt   diag.Pos
	Image     string // NAME@sha256:…, or the service's placeholder that the release replaces
	Command   []string
	Args      []string
	Pull      string    // imagePullPolicy; empty: Kubernetes decides
	Ports     []Port    // sorted by name
	EnvFrom   []EnvFrom // as written: later ones win
	Env       []Env     // sorted by name, but a variable after those that its value names
	Mounts    []Mount   // sorted by path
	Resources Resources
	Ready     *Probe
	Live      *Probe
	Start     *Probe
	Sleep     *int64   // seconds before it is told to stop; at most one of Sleep, Exec
	Exec      []string // what it runs before it is told to stop
	Security  Security
	Words     Tree // laid over all of it; the fields above say the same where they can
}

// Port is a port a container listens on.
type Port struct {
	At       diag.Pos
	Name     string
	Number   int32  // in the container
	Service  int32  // towards other services; 0: none of their business
	Host     int32  // of the node; 0: none
	Protocol string // TCP, UDP, SCTP; empty: Kubernetes' default, TCP
	Unnamed  bool   // its name is only the spec's
	Target   string // of a Service's port: the container's port, by name or number; empty: by its name
	Same     bool   // of a Service\'s port: the container\'s has the same number, and it is not said
	Node     int32  // of a Service's port: the number on every node; 0: none
	Process  string // the process group that listens; what a caller's network policy selects
}

// Env is a variable: a value, or one of the references.
type Env struct {
	At       diag.Pos
	Name     string
	Value    string
	Secret   *KeyRef
	Config   *KeyRef // Name is the ConfigMap's, content hash included for a config set
	Field    string
	Resource string
}

// KeyRef is one key of a Secret or ConfigMap.
type KeyRef struct {
	Name, Key string
	Optional  bool
}

// EnvFrom is all keys of a Secret or a ConfigMap as variables.
type EnvFrom struct {
	At       diag.Pos
	Config   string // the ConfigMap's name; one of Config, Secret
	Secret   string
	Prefix   string
	Optional bool
}

// Volume is storage that containers mount: one of the fields after Name.
type Volume struct {
	At      diag.Pos
	Name    string
	Scratch *Scratch
	Config  *Files
	Secret  *Files
	Claim   string
	Storage *Storage
	NFS     *NFS
	Host    *HostPath
	Other   string // the field of Kubernetes' Volume that a volume of pod.volumes has, such as hostPath
}

// NFS is a folder of an NFS server.
type NFS struct {
	Server, Path string
	ReadOnly     bool
}

// HostPath is a folder of the node.
type HostPath struct {
	Path, Type string // Type empty: whatever is there
}

// Scratch is storage that is empty at every start.
type Scratch struct {
	Size   string // a quantity; empty: no bound
	Memory bool
}

// Files are the files of a ConfigMap or Secret.
type Files struct {
	Name     string
	Items    []Pair // key to file, sorted by key
	Mode     *int32
	Optional bool
}

// Storage is a disk of its own for every pod of a StatefulSet.
type Storage struct {
	Size, Class string   // Class empty: the cluster's default
	Access      []string // as written; empty: one node at a time
}

// Mount is where a volume appears.
type Mount struct {
	At                diag.Pos
	Volume, Path, Sub string
	ReadOnly          bool
}

// Resources are Kubernetes quantities; empty: none.
type Resources struct {
	At                               diag.Pos
	CPU, Memory, Disk                string // requests
	CPULimit, MemoryLimit, DiskLimit string
	LimitsAt                         [3]diag.Pos // of the limits, in their order
}

// Probe asks a container for its state: one of HTTP, GRPC, TCP, Exec. Zero times and
// counts are left to Kubernetes.
type Probe struct {
	At        diag.Pos
	HTTP      *HTTPGet
	GRPC      *GRPC
	TCP       *PortRef
	Exec      []string
	Every     int32 // seconds
	After     int32 // seconds
	Timeout   int32 // seconds
	Failures  int32
	Successes int32
}

// PortRef is a port of the same container.
type PortRef struct {
	Name     string
	Number   int32
	ByNumber bool // it is asked by its number
}

// HTTPGet is a probe by HTTP.
type HTTPGet struct {
	Path    string
	Port    PortRef
	HTTPS   bool
	Headers []Pair // sorted by name
}

// GRPC is a probe by the gRPC health protocol.
type GRPC struct {
	Port    PortRef
	Service string
}

// Security is a container's security context. What is nil or empty is left to the pod's, or
// to Kubernetes.
type Security struct {
	At         diag.Pos
	User       *int64
	Group      *int64
	NonRoot    *bool
	ReadOnly   *bool // the root file system
	Privileged *bool
	Escalation *bool    // allowPrivilegeEscalation
	Add, Drop  []string // capabilities, sorted
	Seccomp    string   // type of the profile
	Unmasked   bool     // procMount shows the host's /proc
}

// PodSecurity is the security context of every container that does not say otherwise.
type PodSecurity struct {
	At          diag.Pos // zero where nothing is said of it
	User, Group *int64
	VolumeGroup *int64
	NonRoot     *bool
	Seccomp     string // type of the profile; empty: none is set
}

// Scale is a HorizontalPodAutoscaler.
type Scale struct {
	At          diag.Pos
	Name        string // the object's
	Min, Max    int32
	Unbounded   bool    // below: KEDA's own minimum, which is 0, is left to it
	CPU, Memory int32   // percent of the request; 0: not watched
	Events      []Event // sorted by name
	KEDA        bool    // KEDA scales, by a ScaledObject
	Words       Tree    // laid over the autoscaler's spec
}

// Budget is a PodDisruptionBudget: one of the fields, a number or a percentage.
type Budget struct {
	At                           diag.Pos // zero for the one that nobody asked for
	Name                         string   // the object's
	MinAvailable, MaxUnavailable string
}

// Strategy is how new pods replace old ones.
type Strategy struct {
	Given              bool // otherwise Kubernetes decides
	Recreate           bool
	Surge, Unavailable string // a number or a percentage
}

// KubeService is the Kubernetes Service in front of a workload.
type KubeService struct {
	At          diag.Pos
	Name        string
	Type        string // empty: Kubernetes decides
	Headless    bool
	Ports       []Port // sorted by name
	Selector    []Pair // sorted by name; empty: the workload's
	Labels      []Pair // sorted by name
	Annotations []Pair // sorted by name
	Words       Tree   // laid over its spec
}
