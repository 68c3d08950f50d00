package schema

// ConfigSet is #ConfigSet; numbers and booleans as CUE writes them.
type ConfigSet map[string]string

// ExternalSecret is #ExternalSecret.
type ExternalSecret struct {
	Store *string                `cue:"store" need:"true"`
	Kind  *string                `cue:"kind"`
	Every *string                `cue:"every"`
	Keys  map[string]ExternalKey `cue:"keys"`
	All   []string               `cue:"all"`
	API   *string                `cue:"api"`
	Spec  *Kubernetes            `cue:"spec"`
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
