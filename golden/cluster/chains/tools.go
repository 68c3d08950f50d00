//go:build tools

// Package chains names what the cluster's programs need of Tekton Chains; it is a module of
// its own, since its dependencies are others than ours.
package chains

import _ "github.com/tektoncd/chains/cmd/controller"
