package main

import (
	"context"
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"slipway.dev/catalog/versions"
	"slipway.dev/cmd/slipway/internal/land"
	"slipway.dev/cmd/slipway/internal/registry"
	"slipway.dev/compiler/ir"
	"slipway.dev/targets/tekton"
)

func newNightly(w world) *cobra.Command {
	var r remote
	var n night
	var credentials string
	c := &cobra.Command{
		Use:   "nightly",
		Short: "Look after all services, as the night's CronJob does",
		Long: `Nightly looks at every service that the fleet builds, and says what is to be run:

  - a release of the newest commit, where no release came of it: a push that nobody
    saw, or a run that failed (see catch-up);
  - a release of the released commit, where ko's base image is another one since;
  - the nightly pipeline for each image that is released somewhere: tests that do not
    run on every commit, and scans with the day's database.

With --start-key it has these started, by events that the promoter's listener takes.
Each starts once: a second run of the same name is refused by the cluster.`,
		Example: "  slipway nightly --fleet https://git.example.com/acme/fleet",
		Args:    cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			if err := n.start.check(); err != nil {
				return err
			}
			s, err := r.newSources()
			if err != nil {
				return err
			}
			defer s.close()
			n.w, n.sources, n.images = w, s, w.registry(login(credentials))
			return r.readWith(c.Context(), land.History, func(f *checkout) error {
				fleet, err := wholeFleet(w, f.dir)
				if err != nil {
					return err
				}
				n.fleet, n.history = fleet, f.clone
				return n.pass(c.Context(), r.patience)
			})
		},
	}
	n.start.flags(c.Flags())
	c.Flags().StringVar(&credentials, "registry-credentials", "", "a folder with config.json or .dockerconfigjson; that of docker login when not given")
	r.flags(c.Flags())
	return c
}

// night is one pass over a fleet.
type night struct {
	w       world
	fleet   *ir.Fleet
	sources *sources
	images  registry.Client
	start   runStarter
	history *land.Clone // of the fleet; nil for a folder
}

// pass goes on with other services when one fails.
func (n *night) pass(ctx context.Context, p land.Patience) error {
	failed := false
	for _, svc := range n.fleet.Services {
		if svc.Build == nil {
			continue
		}
		due, err := n.due(ctx, svc)
		for _, e := range due {
			fmt.Fprintf(n.w.out, "%s: %s: commit %s%s\n", svc.Name, e.why, e.With["revision"], e.about())
			if n.start.able() {
				if startErr := n.start.start(ctx, n.w, e.start, p.Pause); startErr != nil && err == nil {
					err = startErr
				}
			}
		}
		if err != nil {
			fmt.Fprintf(n.w.err, "%s: %v\n", svc.Name, err)
			failed = true
		}
	}
	if failed {
		return exit(exitUsage)
	}
	return nil
}

// dueRun is a run that is to start, and why.
type dueRun struct {
	start
	why string
}

func (d dueRun) about() string {
	if image := d.With["image"]; image != "" {
		return ", " + image
	}
	return ""
}

// due are the runs of a service. What could not be asked for is an error beside those that
// are known.
func (n *night) due(ctx context.Context, svc *ir.Service) (out []dueRun, err error) {
	asked := func(name, why string, with map[string]string, reasons ...string) dueRun {
		return dueRun{start{Fleet: n.fleet.Platform.Name, Pipeline: name, Name: runOnce(name, reasons...), With: with}, why}
	}
	if svc.AsksForRelease() {
		commit, why, base, lagErr := n.behind(ctx, svc)
		if err = lagErr; why != "" {
			out = append(out, asked(tekton.CatchUpName(svc.Name), why, map[string]string{"revision": commit}, commit, base))
		}
	}
	today := n.w.now().UTC().Format("2006-01-02")
	var seen []string // by digest: it is the same image in every registry
	for _, i := range svc.Instances {
		if i.Release == nil || i.Release.Image == "" {
			continue
		}
		image, digest, err := registry.Split(i.Release.Image) // without a tag, which no trigger takes
		if err != nil {
			return out, err
		}
		if slices.Contains(seen, digest) {
			continue
		}
		seen = append(seen, digest)
		if !fullSHA.MatchString(i.Release.Commit) {
			fmt.Fprintf(n.w.err, "%s: the release in %s names no full commit, so that nothing can be run for it\n", svc.Name, i.Env.Name)
			continue
		}
		name := tekton.PipelineName(svc.Name, tekton.Nightly)
		out = append(out, asked(name, "nightly", map[string]string{"revision": i.Release.Commit, "image": image + "@" + digest}, today, digest))
	}
	return out, err
}

// releasedBefore reports whether the fleet's history has a release of a commit into the service's
// first environment.
func (n *night) releasedBefore(ctx context.Context, svc *ir.Service, commit string) bool {
	if n.history == nil {
		return false
	}
	file := path.Join(n.fleet.Platform.Home, versions.Path(svc.RunsIn[0].Name, svc.Name))
	out, err := n.history.Git(ctx, "log", "-1", "--format=%H", "-S"+commit, "--", file)
	return err == nil && strings.TrimSpace(out) != ""
}

// behind is the commit to release of a service and why; why is empty when there is nothing to
// release. base is the image that it shall be built on, where that is the reason.
func (n *night) behind(ctx context.Context, svc *ir.Service) (commit, why, base string, err error) {
	var released ir.Release
	for _, i := range svc.Instances {
		if i.Env == svc.RunsIn[0] && i.Release != nil {
			released = *i.Release
		}
	}
	commit, behind, err := lag(ctx, n.fleet.Platform, n.sources, svc, released.Commit)
	switch {
	case err != nil:
		return "", "", "", err
	case behind && n.releasedBefore(ctx, svc, commit):
		return "", "", "", nil // somebody went back to an older one
	case behind:
		return commit, "no release came of it", "", nil
	case svc.Build.Ko == nil || released.Image == "" || !fullSHA.MatchString(released.Commit):
		return "", "", "", nil
	}
	base = tekton.ImageOf(n.fleet.Platform, "ko-base")
	on, err := n.images.BuiltOn(ctx, released.Image, base)
	if err != nil || on {
		return "", "", "", err
	}
	name, _, _ := strings.Cut(base, "@")
	return released.Commit, "its base image " + name + " is another one since", base, nil
}
