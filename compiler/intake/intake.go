// Package intake makes specs of manifests that exist: objects in, a fleet's files out.
//
//	read      kustomize folders, YAML files and folders of manifests to objects (read.go, kustomize.go)
//	group     which objects are one service (group.go, companions.go)
//	say       a service's objects in an environment as a spec (say.go, process.go, container.go, …)
//	factor    what all environments share, and what one says differently (factor.go)
//	settle    what the compiler finds is accepted by name, for people to decide (settle.go)
//	write     specs as CUE, release records, platform.cue, the rest as manifests (cue.go, files.go)
//
// A spec is made by taking: every field that a word of the spec says is taken out of the
// object, and what is left goes into Kubernetes' own words. So nothing is lost, and nothing
// is said that the object did not. What cannot be placed is in the report.
//
// The package reads an fs.FS and returns data; it touches neither disk nor clock.
package intake

import (
	"io/fs"

	"slipway.dev/compiler"
	"slipway.dev/compiler/diag"
)

// Source is where the manifests of an environment lie: a folder with a kustomization, a
// YAML file, or a folder of YAML files.
type Source struct {
	Env, Path string
}

// Options say what to import.
type Options struct {
	Sources  []Source         // in the order in which a release goes through the environments
	By       string           // who imports, for the release records
	Now      string           // RFC 3339, UTC
	Compiler compiler.Options // how what was made is judged; its targets are left out
}

// File is a file of the new fleet.
type File struct {
	Path    string // below the fleet's folder
	Content []byte
}

// Result is the new fleet. Where the sources have mistakes there are only Diags. What the compiler
// finds in the files is in Diags too, at their places.
type Result struct {
	Files        []File // sorted by path
	Environments []Environment
	Services     []*Service // sorted by name
	Fleet        []*Object  // objects that belong to no service, as read
	Report       Report
	Diags        *diag.List
	Compiled     *compiler.Result // what Files mean

	routed *routed
}

// Environment is a namespace of a source. A source whose objects are in several namespaces
// makes several environments.
type Environment struct {
	Name, Source, Namespace string
	PodSecurity             string
}

// Service is what became one.
type Service struct {
	Name    string
	Objects map[string][]*Object // by environment, as read
	Hatch   map[string][]Hatch   // by environment
}

// Hatch is an object, or a part of one, that no word of the spec says.
type Hatch struct {
	Object *Object
	Leaves int
	Known  bool // Kubernetes, or we, know the kind
}

// Import makes a fleet of what the sources hold. The error is the world's: a file that
// could not be read.
func Import(files fs.FS, o Options) (*Result, error) {
	r := &Result{Diags: &diag.List{}}
	var objects []*Object
	for _, s := range o.Sources {
		found, err := read(files, s, r.Diags)
		if err != nil {
			return nil, err
		}
		objects = append(objects, found...)
	}
	if r.Diags.HasErrors() {
		return r, nil
	}
	objects = r.lift(objects)
	removed(objects, r.Diags)
	r.environments(o, objects)
	duplicates(objects, r.Diags)
	if r.Diags.HasErrors() {
		return r, nil
	}
	groups := newGroups(objects)
	r.assign(groups, objects)
	r.routed = r.routes()
	specs := make([]*spec, len(r.Services))
	for i, s := range r.Services {
		specs[i] = r.say(groups, s)
	}
	r.hardening()
	r.settle(o, specs)
	return r, nil
}
