// Package argocd is the Argo CD target: who may deploy what where, and one Application for
// every released service in every environment.
//
//	argocd/bootstrap/                 applied once by hand; from then on it applies itself
//	  projects/PROJECT.yaml           one AppProject for each owner, "pipelines" and "platform"
//	  roots/CLUSTER.yaml              one Application for each cluster
//	  self.yaml                       the Application of this folder
//	argocd/clusters/CLUSTER/          what the cluster's root applies
//	  platform.yaml                   the Application of platform/CLUSTER
//	  pipelines.yaml                  the Application of pipelines/, on the pipelines' cluster
//	  settling.yaml                   beside it: what Argo CD tells the promoter
//	  applications/ENV/SERVICE.yaml   the Application of one service
//
// Applications are static, never generated in the cluster, and carry no finalizer: deleting
// one, by whatever accident, leaves everything running. What is pruned is decided once, in
// application.go. Only fields that Argo CD 2.14 and 3 both have are written.
package argocd

import (
	"fmt"
	"path"

	"slipway.dev/compiler/ir"
	"slipway.dev/compiler/plan"
	"slipway.dev/targets/kube"
)

// Target is the Argo CD target.
type Target struct{}

// Name is what --target calls it.
func (Target) Name() string { return "argocd" }

// Service emits an Application for each environment that the service was released to.
func (Target) Service(p *ir.Platform, svc *ir.Service) ([]plan.File, error) {
	e := emitter{owner: plan.Service(svc.Name), projects: []*project{newTeamProject(p, owner(p, svc))}}
	for _, i := range svc.Instances {
		if i.Deployed() {
			e.application(path.Join(clusterDir(i.Env.Cluster), "applications", i.Env.Name, svc.Name), newServiceApplication(p, i))
		}
	}
	return e.files, e.err
}

// Fleet emits what belongs to no single service: projects, and the Applications above those
// of services. It depends on platform.cue alone.
func (Target) Fleet(p *ir.Platform) ([]plan.File, error) {
	e := emitter{owner: plan.Fleet, projects: newProjects(p)}
	for _, project := range e.projects {
		e.project(path.Join(bootstrapDir, "projects", project.Name), project)
	}
	for _, c := range p.Clusters {
		if !inUse(p, c) {
			continue
		}
		e.application(path.Join(bootstrapDir, "roots", c.Name), newRoot(p, c))
		e.application(path.Join(clusterDir(c), "platform"), newPlatformApplication(p, c))
		if c == p.Pipelines.Cluster {
			e.application(path.Join(clusterDir(c), "pipelines"), newPipelinesApplication(p))
			e.files = append(e.files, settling(p))
		}
	}
	e.application(path.Join(bootstrapDir, "self"), newBootstrap(p))
	return e.files, e.err
}

// bootstrapDir is what a person applies once. kubectl applies files in the order of their
// paths: projects stand before the Applications that name them.
const bootstrapDir = "argocd/bootstrap"

// clusterDir is what the root of a cluster applies.
func clusterDir(c *ir.Cluster) string { return path.Join("argocd/clusters", c.Name) }

// owner is the team that the service belongs to.
func owner(p *ir.Platform, svc *ir.Service) ir.Owner {
	for _, o := range p.Owners {
		if o.Name == svc.Owner {
			return o
		}
	}
	panic("argocd: service without owner") // resolve knows every service's
}

type emitter struct {
	owner    plan.Owner
	projects []*project // that its Applications may be in
	files    []plan.File
	err      error // the first
}

func (e *emitter) project(name string, project *project) {
	e.fail(validateProject(project), "project", project.Name)
	e.add(name, project)
}

func (e *emitter) application(name string, app *application) {
	e.fail(validateApplication(e.projects, app), "application", app.Name)
	e.add(name, app)
}

func (e *emitter) add(name string, object any) {
	e.files = append(e.files, plan.File{Path: name + ".yaml", Owner: e.owner, Body: kube.Encode(kube.FromObject(object))})
}

func (e *emitter) fail(err error, kind, name string) {
	if err != nil && e.err == nil {
		e.err = fmt.Errorf("argocd: %s %q: %w", kind, name, err)
	}
}
