// Package targets is the one visible list of backends. It imports every target and is
// imported by commands and tests only.
package targets

import (
	"slipway.dev/catalog/tasks"
	"slipway.dev/compiler"
	"slipway.dev/compiler/plan"
	"slipway.dev/targets/argocd"
	"slipway.dev/targets/kustomize"
	"slipway.dev/targets/platform"
	"slipway.dev/targets/runbook"
	"slipway.dev/targets/tekton"
)

// All are the targets, in the order in which they are run. Adding one is its package and a
// line here.
func All() []plan.Target {
	return []plan.Target{
		kustomize.Target{},
		argocd.Target{},
		tekton.Target{},
		platform.Target{},
		runbook.Target{Pipelines: tekton.Drawn},
	}
}

// Options are the compiler's options with every target and what the task catalog offers.
func Options() compiler.Options {
	return compiler.Options{
		Targets: All(),
		Stages:  tekton.Stages(),
		Once:    tekton.Once(),
		Tools:   tasks.ToolNames(),
	}
}
