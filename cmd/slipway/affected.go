package main

import (
	"context"
	"fmt"
	"os/exec"
	"path"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"slipway.dev/compiler"
	"slipway.dev/compiler/ir"
	"slipway.dev/targets/kube"
	"slipway.dev/targets/tekton"
)

func newAffected(w world) *cobra.Command {
	var r remote
	var since, repo, dir string
	c := &cobra.Command{
		Use:   "affected --since COMMIT",
		Short: "List the services that a change of a repository concerns",
		Long: `Affected compares the commit that is checked out with another one, usually the last
that was released, and prints the services that the difference concerns, one a line.
A push that nobody saw is in the difference all the same.

With --repo it is about the source of services: those from that repository of which
something has changed: their folder, what else belongs to them (source.also), or what
their image is built from. Without, it is about the fleet: services whose spec or
records have changed, and all of them when platform.cue has. A commit that the
repository does not know concerns all.`,
		Example: "  slipway affected --since $RELEASED --repo https://git.example.com/acme/shop --fleet ../fleet",
		Args:    cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			return r.read(c.Context(), func(f *checkout) error {
				p, err := wholeFleet(w, f.dir)
				if err != nil {
					return err
				}
				at := dir
				if repo == "" && dir == "." {
					at = f.dir
				}
				files, known := changed(c.Context(), at, since)
				if !known {
					fmt.Fprintf(w.err, "%s has no commit %q, so everything counts as changed\n", at, since)
				}
				for _, s := range p.Services {
					if repo != "" && (s.Source == nil || !sameRepo(s.Source.Repo, repo)) {
						continue
					}
					if !known || concerns(s, repo == "", files) {
						fmt.Fprintln(w.out, s.Name)
					}
				}
				return nil
			})
		},
	}
	c.Flags().StringVar(&since, "since", "", "the commit to compare with")
	c.Flags().StringVar(&repo, "repo", "", "the address of the source repository that is checked out, as specs name it; the fleet when not given")
	c.Flags().StringVar(&dir, "dir", ".", "the folder where it is checked out")
	r.reading(c.Flags())
	required(c, "since")
	return c
}

// wholeFleet is what the fleet in a folder means, as readableFleet has it.
func wholeFleet(w world, dir string) (*ir.Fleet, error) {
	f, err := openFleet(dir)
	if err != nil {
		return nil, err
	}
	defer f.root.Close()
	return readableFleet(w, f)
}

// changed are the files, relative to the repository's top, that differ between a commit and
// the one that is checked out; known is false when the repository lacks the commit.
func changed(ctx context.Context, dir, since string) (files []string, known bool) {
	cmd := exec.CommandContext(ctx, "git", "-C", dir, "diff", "--name-only", "-z", "--no-renames", "--end-of-options", since, "HEAD")
	out, err := cmd.Output()
	if err != nil {
		return nil, false
	}
	if len(out) == 0 {
		return nil, true
	}
	return strings.Split(strings.TrimSuffix(string(out), "\x00"), "\x00"), true
}

// concerns reports whether files of a repository belong to a service.
func concerns(s *ir.Service, fleet bool, files []string) bool {
	return slices.ContainsFunc(files, func(file string) bool {
		if fleet {
			file = "/" + file // the fleet may be in a folder of its repository
			return strings.HasSuffix(file, "/"+compiler.PlatformFile) || strings.HasSuffix(file, "/services/"+s.Name+".cue") ||
				strings.Contains(file, "/services/"+s.Name+"/") && !strings.Contains(file, "/"+compiler.OutputDir+"/") ||
				strings.Contains(file, "/releases/") && (path.Base(file) == s.Name+".yaml" || path.Base(file) == s.Name+".cue")
		}
		watched := s.Watched()
		return watched == nil || slices.ContainsFunc(watched, func(at string) bool { return file == at || strings.HasPrefix(file, at+"/") })
	})
}

// sameRepo compares addresses as people write them.
func sameRepo(a, b string) bool {
	trim := func(s string) string { return strings.TrimSuffix(strings.TrimSuffix(s, "/"), ".git") }
	return trim(a) == trim(b)
}

func newCatchUp(w world) *cobra.Command {
	var r remote
	var runs bool
	c := &cobra.Command{
		Use:   "catch-up",
		Short: "Find commits that no release run came of",
		Long: `Catch-up compares the branch of each service's source with what was released into the
service's first environment, and prints the services that are behind, each with the
commit to release: pushes that nobody saw, and runs that failed or were never
started. In a repository of several services only those count whose folders changed.

With --runs it prints the PipelineRuns instead, for kubectl create.`,
		Example: "  slipway catch-up --fleet https://git.example.com/acme/fleet --runs | kubectl create -f -",
		Args:    cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			s, err := r.newSources()
			if err != nil {
				return err
			}
			defer s.close()
			return r.read(c.Context(), func(f *checkout) error { return catchUp(c.Context(), w, f, s, runs) })
		},
	}
	c.Flags().BoolVar(&runs, "runs", false, "print PipelineRuns")
	r.reading(c.Flags())
	return c
}

func catchUp(ctx context.Context, w world, f *checkout, s *sources, runs bool) error {
	p, err := wholeFleet(w, f.dir)
	if err != nil {
		return err
	}
	failed := false
	var objects []kube.Node
	for _, svc := range p.Services {
		if !svc.AsksForRelease() {
			continue
		}
		released := ""
		for _, i := range svc.Instances {
			if i.Env == svc.RunsIn[0] && i.Release != nil {
				released = i.Release.Commit
			}
		}
		commit, behind, err := lag(ctx, p.Platform, s, svc, released)
		if err != nil {
			fmt.Fprintf(w.err, "%s: %v\n", svc.Name, err)
			failed = true
			continue
		}
		if !behind {
			continue
		}
		if !runs {
			fmt.Fprintln(w.out, svc.Name, commit)
			continue
		}
		run, err := tekton.NewRun(p.Platform, svc, tekton.Release, commit)
		if err != nil {
			panic(err) // Tekton refuses what we made
		}
		objects = append(objects, kube.FromObject(run))
	}
	if len(objects) > 0 {
		if _, err := w.out.Write(kube.Encode(objects...)); err != nil {
			return err
		}
	}
	if failed {
		return exit(exitUsage)
	}
	return nil
}

// lag is the newest commit of a service's branch, and whether it has something of the
// service that the released commit has not. A released commit that the source does not know
// any more says nothing, so that the newest counts.
func lag(ctx context.Context, p *ir.Platform, s *sources, svc *ir.Service, released string) (commit string, behind bool, err error) {
	c, err := s.of(ctx, *svc.Source)
	if err != nil {
		return "", false, err
	}
	if commit, err = c.Head(ctx); err != nil {
		return "", false, err
	}
	switch {
	case released == "" || !c.Knows(ctx, released):
		return commit, true, nil
	case strings.HasPrefix(commit, released):
		return commit, false, nil
	}
	older, err := c.Descends(ctx, released, commit)
	if err != nil || older { // somebody released more than the branch has
		return commit, false, err
	}
	watched := svc.Watched()
	if sameRepo(p.Repo, svc.Source.Repo) { // what we commit ourselves is no change of the service
		if watched == nil {
			watched = []string{"."}
		}
		watched = append(slices.Clip(watched), ":(exclude)"+p.Dir, ":(exclude)"+path.Join(p.Home, "releases"))
	}
	behind, err = c.Differ(ctx, released, commit, watched...)
	return commit, behind, err
}
