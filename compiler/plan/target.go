package plan

import "slipway.dev/compiler/ir"

// Target is a backend: IR in, files out. It is a pure function of the IR; an error is a bug
// of ours, since every mistake a user can make was reported before. Work for one service
// and work for the fleet are apart, so that one changed service costs one service's work.
type Target interface {
	// Name is what --target calls it.
	Name() string
	// Service emits the files that the service owns.
	Service(*ir.Platform, *ir.Service) ([]File, error)
	// Fleet emits the files that belong to no single service. They depend on platform.cue
	// alone, so that adding a service changes no shared file.
	Fleet(*ir.Platform) ([]File, error)
}
