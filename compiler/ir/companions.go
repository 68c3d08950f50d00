package ir

import "slipway.dev/compiler/diag"

// Claim is a disk that the pods of a service share.
type Claim struct {
	At     diag.Pos
	Volume string // the name in the spec
	Name   string
	Size   string   // a quantity
	Class  string   // empty: the cluster's default
	Access []string // as written; empty: one node at a time
}

// ExternalSecret is a Secret that an external store fills.
type ExternalSecret struct {
	At          diag.Pos
	Name        string
	Store, Kind string
	Every       string        // a Go duration; empty: the operator's own
	Keys        []ExternalKey // sorted by key; as written where everything is
	All         []string      // entries of the store, as written
	API         string        // version of external-secrets.io
	Words       Tree          // laid over its spec
}

// ExternalKey is where a key comes from.
type ExternalKey struct {
	Key, From, Property, Version string // Property and Version empty: all of it, the latest
}

// Right is what a service may do with objects of its namespace.
type Right struct {
	Groups, Resources, Names, Verbs []string // as written; no Groups: the core
}

// Event is an event source of KEDA.
type Event struct {
	Name, Type, Auth string // Auth empty: none
	Metadata         []Pair // sorted by name
}

// Metrics is where Prometheus reads.
type Metrics struct {
	Name  string // the object's
	Port  PortRef
	Path  string
	Every string // a Go duration; empty: Prometheus' own
	Words Tree   // laid over its spec
}
