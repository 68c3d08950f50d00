package argocd

import (
	argo "github.com/argoproj/argo-cd/v2/pkg/apis/application/v1alpha1"

	"slipway.dev/compiler/ir"
)

// Names of the Applications above those of services have a dot or no dash: those of
// services, SERVICE-ENV, have a dash and no dot, so that they never meet.

// newBootstrap applies the projects, the roots and itself.
func newBootstrap(p *ir.Platform) *application {
	return newDirectory(p, "bootstrap", platformProject, bootstrapDir, argoCD(p), keep)
}

// newRoot applies the Applications of a cluster. They are objects of Argo CD, and so are in
// Argo CD's own cluster, wherever they deploy to. They are all in one wave: an Application
// has no health of its own in Argo CD, so waves between them would order nothing. A root
// takes Applications over from another: so an environment moves to another cluster.
func newRoot(p *ir.Platform, c *ir.Cluster) *application {
	root := newDirectory(p, "root."+c.Name, platformProject, clusterDir(c), argoCD(p), keep)
	root.Spec.SyncPolicy.SyncOptions = root.Spec.SyncPolicy.SyncOptions.RemoveOption(noTakeover)
	return root
}

// newPlatformApplication applies what the cluster must have. Its objects name their
// namespaces themselves.
func newPlatformApplication(p *ir.Platform, c *ir.Cluster) *application {
	return newDirectory(p, "platform."+c.Name, platformProject, c.PlatformDir(), namespacesOn(p, c)[0], keep)
}

// newPipelinesApplication applies the Tekton objects. They name their namespaces themselves.
func newPipelinesApplication(p *ir.Platform) *application {
	to := argo.ApplicationDestination{Server: p.Pipelines.Cluster.Server, Namespace: ir.TasksNamespace}
	return newDirectory(p, "pipelines."+p.Pipelines.Cluster.Name, pipelinesProject, ir.PipelinesDir, to, prune)
}

// newDirectory makes an Application of all YAML files below dir.
func newDirectory(p *ir.Platform, name, project, dir string, to argo.ApplicationDestination, pruning pruning) *application {
	app := newApplication(p, name, project, dir, to, pruning)
	app.Spec.Source.Directory = &argo.ApplicationSourceDirectory{Recurse: true}
	return app
}

// argoCD is where Argo CD's own objects are.
func argoCD(p *ir.Platform) argo.ApplicationDestination {
	return argo.ApplicationDestination{Server: argo.KubernetesInternalAPIServerAddr, Namespace: p.ArgoCD}
}

// tektonItself is where Tekton runs; its settings are part of the platform.
func tektonItself(p *ir.Platform) argo.ApplicationDestination {
	return argo.ApplicationDestination{Server: p.Pipelines.Cluster.Server, Namespace: "tekton-pipelines"}
}

// namespacesOn are the namespaces of the platform on a cluster: those of environments in
// promotion order, then those of pipelines.
func namespacesOn(p *ir.Platform, c *ir.Cluster) []argo.ApplicationDestination {
	var out []argo.ApplicationDestination
	for _, env := range p.Environments {
		if env.Cluster == c {
			out = append(out, argo.ApplicationDestination{Server: c.Server, Namespace: env.Namespace})
		}
	}
	if c == p.Pipelines.Cluster {
		for _, ns := range p.PipelineNamespaces() {
			out = append(out, argo.ApplicationDestination{Server: c.Server, Namespace: ns})
		}
	}
	return out
}

// inUse reports whether anything of the platform is on the cluster.
func inUse(p *ir.Platform, c *ir.Cluster) bool { return len(namespacesOn(p, c)) > 0 }
