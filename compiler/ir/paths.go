package ir

import (
	"path"
	"slices"
	"strings"
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

// FleetNamespace is where the fleet's own pipelines run: they check changes of the fleet, and
// write nothing.
const FleetNamespace = "slipway-fleet"

// PromoterAddress is that of the promoter's listener in its own cluster.
const PromoterAddress = "http://el-promoter." + PromoterNamespace + ".svc:8080"

// EventsNamespace is where the listener for the events of Git hosts runs.
const EventsNamespace = "slipway-events"

// Listener is the name of that listener, and of nothing else in its namespace; Tekton
// calls its Service el-git.
const Listener = "git"

// ListenerAccount is what listeners run as, each in its namespace.
const ListenerAccount = "listener"

// PipelineNamespace is where the runs of a team's pipelines live; those of pull requests,
// which run code that nobody has reviewed, have a namespace of their own.
func PipelineNamespace(owner string, pullRequest bool) string {
	if pullRequest {
		return "ci-" + owner + "-pr"
	}
	return "ci-" + owner
}

// PipelineNamespaces are all of them, the Tasks' own, the promoter's, the fleet's and the
// listener's, sorted.
func (p *Platform) PipelineNamespaces() []string {
	out := []string{TasksNamespace, PromoterNamespace, FleetNamespace}
	if len(p.Git) > 0 {
		out = append(out, EventsNamespace)
	}
	for _, o := range p.Owners {
		out = append(out, PipelineNamespace(o.Name, false), PipelineNamespace(o.Name, true))
	}
	slices.Sort(out)
	return out
}

// Watched are the files and folders of the repository whose change concerns the service,
// sorted; nil when all do. Where a Dockerfile's context is wider than the service's folder,
// all of the context does.
func (s *Service) Watched() []string {
	if s.Source == nil {
		return nil
	}
	out := append([]string{path.Clean(s.Source.Path)}, s.Source.Also...)
	if s.Build != nil && s.Build.Dockerfile != nil {
		d := s.Build.Dockerfile
		out = append(out, path.Join(s.Source.Path, d.Context), path.Join(s.Source.Path, d.Path))
	}
	for i := range out {
		out[i] = path.Clean(out[i])
	}
	if slices.Contains(out, ".") {
		return nil
	}
	slices.Sort(out)
	out = slices.Compact(out)
	return slices.DeleteFunc(slices.Clone(out), func(p string) bool { // what another one holds
		return slices.ContainsFunc(out, func(dir string) bool { return strings.HasPrefix(p, dir+"/") })
	})
}

// AsksForRelease reports whether the service's release pipeline asks for a release into its
// first environment: whether it has one, and platform.cue does not leave that to people.
func (s *Service) AsksForRelease() bool {
	if s.Build == nil || s.Source == nil || len(s.RunsIn) == 0 {
		return false
	}
	to := s.RunsIn[0].Promote
	return !to.Said || to.How != Manual
}
