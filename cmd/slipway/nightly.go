package main

import (
	"context"
	"fmt"
	"path"
	"slices"
	"strings"
	"time"

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
  - a release of the released commit, where the image below is another one since: ko's
    and that of buildpacks, which the fleet names, or the one that an image itself says
    it lies on, by a tag (org.opencontainers.image.base.name);
  - the nightly pipeline for each image that is released somewhere: tests that do not
    run on every commit, and scans with the day's database;
  - tests of what is deployed that run by night (test: e2e: on: "nightly"), for each
    environment whose release is an hour old.

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
			n.bases.Client = n.images
			return r.readWith(c.Context(), land.History, func(f *checkout) error {
				fleet, err := wholeFleet(w, f.dir)
				if err != nil {
					return err
				}
				if n.files, err = openFleet(f.dir); err != nil {
					return err
				}
				defer n.files.root.Close()
				n.fleet, n.history = fleet, f.clone
				n.bases.Asks = asksBase(fleet.Platform)
				return n.pass(c.Context(), r.patience)
			})
		},
	}
	n.start.flags(c.Flags())
	c.Flags().StringVar(&credentials, "registry-credentials", "", "a folder with config.json or .dockerconfigjson; that of docker login when not given")
	r.reading(c.Flags())
	return c
}

// night is one pass over a fleet.
type night struct {
	w       world
	fleet   *ir.Fleet
	files   *fleet
	sources *sources
	images  registry.Client
	bases   registry.Bases
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
	for _, i := range svc.Instances {
		with, why, testErr := n.tests(i)
		if testErr != nil {
			return out, testErr
		}
		if with != nil {
			out = append(out, asked(tekton.PipelineName(svc.Name, tekton.Verify), why, with, today, with["release"]))
		}
	}
	return out, err
}

// settled is how old a release is before a night tests it where it is deployed: it should be there.
const settled = time.Hour

// tests are what the run that tests an instance by night is given; nil when there is none.
func (n *night) tests(i *ir.Instance) (with map[string]string, why string, err error) {
	tests := i.ByNight()
	if len(tests) == 0 || i.Address == nil {
		return nil, "", nil
	}
	rec, err := readRecord(n.files, i)
	if err != nil || rec == nil || !fullSHA.MatchString(rec.Commit) {
		return nil, "", err
	}
	if since, err := time.Parse(time.RFC3339, rec.Since); err != nil || n.w.now().Sub(since) < settled {
		fmt.Fprintf(n.w.out, "%s: %s in %s is released since %s, and is tested in the night to come\n", i.Service.Name, rec.Release().Name(), i.Env.Name, rec.Since)
		return nil, "", nil
	}
	sum, err := testedAs(n.files, i, rec, tests)
	names := strings.Join(tests, " ")
	return map[string]string{"environment": i.Env.Name, "revision": rec.Commit, "image": rec.Image, "tests": names, "release": sum, "asked": n.w.now().UTC().Format(time.RFC3339)}, names + " in " + i.Env.Name, err
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
	var first *ir.Instance
	for _, i := range svc.Instances {
		if i.Env == svc.RunsIn[0] && i.Release != nil {
			first, released = i, *i.Release
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
	case released.Image == "" || !fullSHA.MatchString(released.Commit):
		return "", "", "", nil
	}
	ctx, stop := context.WithTimeout(ctx, basePatience)
	defer stop()
	base = n.renewed(ctx, svc, released.Image)
	if base == "" || n.rebuilt(ctx, svc, released, base) {
		return "", "", "", nil
	}
	switch left, err := n.leftBuild(first); {
	case err != nil:
		return "", "", "", err
	case left:
		fmt.Fprintf(n.w.err, "%s: its base image is another one since, but somebody went back from a build of commit %s: the next commit is built on it\n", svc.Name, released.Commit)
		return "", "", "", nil
	}
	name, _, _ := strings.Cut(base, "@")
	return released.Commit, "its base image " + name + " is another one since", base, nil
}

// leftBuild reports whether somebody went back from another build of the commit that is released: no
// machine brings one of those again.
func (n *night) leftBuild(i *ir.Instance) (bool, error) {
	rec, err := readRecord(n.files, i)
	if err != nil || rec == nil {
		return false, err
	}
	return slices.ContainsFunc(rec.RolledBack, func(l versions.Left) bool { return l.Commit == rec.Commit && !rec.Runs(l.Release) }), nil
}

// basePatience is how long registries may take to say what an image lies on.
const basePatience = time.Minute

// renewed is the base image of a released one, by digest, where it is another one since; "" when
// it is not. The fleet names ko's and that of buildpacks; of others, what they say of themselves
// is looked at. It stops no night when it cannot be.
func (n *night) renewed(ctx context.Context, svc *ir.Service, image string) (base string) {
	unknown := func(err error) {
		fmt.Fprintf(n.w.err, "%s: whether its base image was renewed is not known: %v\n", svc.Name, err)
	}
	switch b := svc.Build; {
	case b.Ko != nil:
		base = tekton.ImageOf(n.fleet.Platform, "ko-base")
	case b.Buildpacks != nil:
		base, _ = registry.FullName(b.Buildpacks.Run)
	default:
		base, err := n.bases.Stale(ctx, image)
		if err != nil {
			unknown(err)
		}
		return base
	}
	on, err := n.images.BuiltOn(ctx, image, base)
	if err != nil {
		unknown(err)
	}
	if err != nil || on {
		return ""
	}
	return base
}

// rebuilt reports whether the released image is already what came of building its commit on a
// base image: the run that built it is a tag of it. Such an image does not lie on what it says,
// and building it once more, night after night, would not change that.
func (n *night) rebuilt(ctx context.Context, svc *ir.Service, released ir.Release, base string) bool {
	run := runOnce(tekton.CatchUpName(svc.Name), released.Commit, base)
	_, digest, err := registry.Split(released.Image)
	if err != nil {
		return false
	}
	if built, err := n.images.Tagged(ctx, released.Image, run); err != nil || built != digest {
		return false
	}
	fmt.Fprintf(n.w.err, "%s: run %s built it again for %s, and it does not lie on that: its base image is not what it says\n", svc.Name, run, base)
	return true
}

// publicRegistries are where base images are that everybody builds upon.
var publicRegistries = []string{
	"cgr.dev", "docker.io", "gcr.io", "ghcr.io", "mcr.microsoft.com", "nvcr.io", "public.ecr.aws", "quay.io",
	"registry.access.redhat.com", "registry.gitlab.com", "registry.k8s.io", "registry.suse.com",
}

// asksBase says which registries the night asks for base images: the platform's and those that
// everybody knows. An image that says it lies on one of any other host, such as one inside, would
// have us call that host.
func asksBase(p *ir.Platform) func(host string) bool {
	hosts := slices.Clone(publicRegistries)
	for _, address := range p.Registries {
		host, _, _ := strings.Cut(address, "/")
		hosts = append(hosts, host)
	}
	return func(host string) bool { return slices.Contains(hosts, host) }
}
