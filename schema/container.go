package schema

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
