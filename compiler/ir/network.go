package ir

import "slipway.dev/compiler/diag"

// ConfigMap is a config set as it is emitted: immutable, named by its content.
type ConfigMap struct {
	At   diag.Pos
	Set  string  // the name in the spec
	Name string  // SERVICE-SET-HASH; a name of its own for one that is Kept
	Kept bool    // changed in place, not immutable
	Data []Datum // sorted by key
}

// Datum is one key of a config set.
type Datum struct {
	At         diag.Pos
	Key, Value string
}

// Consume is a service that is called, with what its interface says in this environment.
type Consume struct {
	At       diag.Pos
	Service  string
	Ports    []Port // the ports that are called, sorted by name
	Optional bool
}

// Route is a way in from outside the cluster: one of HTTP, LoadBalancer.
type Route struct {
	At           diag.Pos
	Name         string // the emitted object's name, SERVICE-ROUTE
	Route        string // the name in the spec
	Process      string // the process group whose pods are reached
	Service      string // the Kubernetes Service in front of them
	Port         Port
	ByNumber     bool // the port is named by its number
	HTTP         *HTTPRoute
	LoadBalancer *LoadBalancer
}

// HTTPRoute is a host name and a path prefix.
type HTTPRoute struct {
	Hosts       []string // as written, at least one
	Paths       []string // as written, at least one
	Match       string   // Prefix, Exact or ImplementationSpecific
	Class       string   // empty: the environment's
	TLS         string   // Secret with the certificate; empty: the environment's
	Annotations []Pair   // sorted by name
}

// LoadBalancer is an address of its own.
type LoadBalancer struct {
	Port        int32
	Sources     []string // CIDRs, as written
	Annotations []Pair   // sorted by name
}

// Peer is somebody outside the environment: one of CIDR, Namespace.
type Peer struct {
	At        diag.Pos
	Name      string
	CIDR      string
	Namespace string
	Ports     []int32 // sorted; empty: all
}
