//go:build tools

// Package lifecycle names what the cluster's programs need of Cloud Native Buildpacks; it is
// a module of its own, since its dependencies are older than ours.
package lifecycle

import (
	_ "github.com/buildpacks/lifecycle/cmd/launcher"
	_ "github.com/buildpacks/lifecycle/cmd/lifecycle"
)
