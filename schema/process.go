package schema

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
	Scaler    *string           `cue:"scaler"`
	Budget    *string           `cue:"budget"`
	Monitor   *string           `cue:"monitor"`
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
	_     struct{}    `short:"port"`
	Port  *string     `cue:"port"`
	Path  *string     `cue:"path"`
	Every *string     `cue:"every"`
	Spec  *Kubernetes `cue:"spec"`
}

// Disruption is #Disruption.
type Disruption struct {
	_              struct{}  `oneof:"minAvailable,maxUnavailable,none" need:"true"`
	MinAvailable   *string   `cue:"minAvailable"`
	MaxUnavailable *string   `cue:"maxUnavailable"`
	None           *struct{} `cue:"none"`
}
