//go:build tools

// Package buildkit names what the cluster's programs need of BuildKit; it is a module of its own,
// since its dependencies are newer than ours.
package buildkit

import (
	_ "github.com/moby/buildkit/cmd/buildctl"
	_ "github.com/moby/buildkit/cmd/buildkitd"
)
