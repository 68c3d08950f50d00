package ir

import (
	"path"
	"slices"
)

// Where targets must agree on a folder, the fact is here. All paths are relative to the
// output folder.

// BaseDir is the base that the environments which follow head share.
func (s *Service) BaseDir() string { return path.Join("services", s.Name, "base") }

// OverlayDir is the overlay of the instance: what its Application reads.
func (i *Instance) OverlayDir() string {
	return path.Join("services", i.Service.Name, "overlays", i.Env.Name)
}

// PipelinesDir holds the Tekton objects of every service, and of the fleet.
const PipelinesDir = "pipelines"

// PipelinesDir is where the Tekton objects of the service lie.
func (s *Service) PipelinesDir() string { return path.Join(PipelinesDir, s.Name) }

// PlatformDir is where that lies what the cluster must have before services can run on it:
// namespaces, to begin with.
func (c *Cluster) PlatformDir() string { return path.Join("platform", c.Name) }

// TasksNamespace is where the catalog's Tasks live, once for all teams.
const TasksNamespace = "slipway-tasks"

// PromoterNamespace is where releases are written into the fleet. No team's code runs there.
const PromoterNamespace = "slipway-promoter"

// PromoterAddress is that of the promoter's listener in its own cluster.
const PromoterAddress = "http://el-promoter." + PromoterNamespace + ".svc:8080"

// PipelineNamespace is where the runs of a team's pipelines live; those of pull requests,
// which run code that nobody has reviewed, have a namespace of their own.
func PipelineNamespace(owner string, pullRequest bool) string {
	if pullRequest {
		return "ci-" + owner + "-pr"
	}
	return "ci-" + owner
}

// PipelineNamespaces are all of them, the Tasks' own and the promoter's, sorted.
func (p *Platform) PipelineNamespaces() []string {
	out := []string{TasksNamespace, PromoterNamespace}
	for _, o := range p.Owners {
		out = append(out, PipelineNamespace(o.Name, false), PipelineNamespace(o.Name, true))
	}
	slices.Sort(out)
	return out
}
