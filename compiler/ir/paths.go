package ir

import "path"

// Where targets must agree on a folder, the fact is here. All paths are relative to the
// output folder.

// BaseDir is the base that the environments which follow head share.
func (s *Service) BaseDir() string { return path.Join("services", s.Name, "base") }

// OverlayDir is the overlay of the instance: what its Application reads.
func (i *Instance) OverlayDir() string {
	return path.Join("services", i.Service.Name, "overlays", i.Env.Name)
}

// PipelinesDir is where the Tekton objects of the service lie.
func (s *Service) PipelinesDir() string { return path.Join("pipelines", s.Name) }
