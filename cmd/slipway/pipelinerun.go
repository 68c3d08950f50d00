package main

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"time"

	"github.com/spf13/cobra"
	v1 "github.com/tektoncd/pipeline/pkg/apis/pipeline/v1"

	"slipway.dev/compiler/diag"
	"slipway.dev/compiler/ir"
	"slipway.dev/targets/kube"
	"slipway.dev/targets/tekton"
)

var fullSHA = regexp.MustCompile(`^([0-9a-f]{40}|[0-9a-f]{64})$`)

func newRun(w world) *cobra.Command {
	var dir, revision, env string
	var nightly bool
	c := &cobra.Command{
		Use:   "run SERVICE PIPELINE",
		Short: "Print the PipelineRun that starts a pipeline for a commit",
		Long: `Run prints a Tekton PipelineRun of one of the service's pipelines, pull-request,
release or verify: what a trigger would create, every task with the account of its
trust class and only the credentials that it needs.

verify tests the release that --env has: its commit, its image. A verdict on a release
that failed its tests before lifts that hold, or keeps it. --nightly runs the tests that
it has by night instead.

"fleet" stands for the fleet itself, unless a service is called so: its pipelines are
pull-request and push, and the commit is one of the fleet's repository.`,
		Example: `  slipway run checkout release --revision $(git rev-parse HEAD) | kubectl create -f -
  slipway run checkout verify --env dev | kubectl create -f -
  slipway run fleet pull-request --revision $(git rev-parse HEAD) | kubectl create -f -`,
		Args: arguments("SERVICE", "PIPELINE"),
		RunE: func(_ *cobra.Command, args []string) error {
			verify := args[1] == string(tekton.Verify)
			switch {
			case verify && (env == "" || revision != ""):
				return errors.New("verify tests what is released: give --env ENV, and no --revision")
			case !verify && (env != "" || nightly):
				return fmt.Errorf("%s is not about an environment; --env and --nightly are for verify", args[1])
			case !verify && !fullSHA.MatchString(revision):
				return fmt.Errorf("%q is not a full commit SHA; `git rev-parse HEAD` prints one", revision)
			}
			f, err := openFleet(dir)
			if err != nil {
				return err
			}
			return printRun(w, f, args[0], args[1], revision, env, nightly)
		},
	}
	c.Flags().StringVar(&revision, "revision", "", "the commit, as a full SHA")
	c.Flags().StringVar(&env, "env", "", "with verify: the environment")
	c.Flags().BoolVar(&nightly, "nightly", false, "with verify: the tests that run by night")
	c.Flags().StringVar(&dir, "fleet", ".", "the fleet's folder")
	return c
}

// kindOf is the one of some kinds that a name means.
func kindOf(kinds []tekton.Kind, name string) (tekton.Kind, error) {
	var names []string
	for _, k := range kinds {
		if string(k) == name {
			return k, nil
		}
		names = append(names, string(k))
	}
	return "", fmt.Errorf("there is no pipeline %q; %s", name, diag.Suggest(name, names))
}

func printRun(w world, f *fleet, service, pipeline, revision, env string, nightly bool) error {
	if _, err := f.root.Stat("services/" + service + ".cue"); service == tekton.FleetName && err != nil {
		return printFleetRun(w, f, pipeline, revision)
	}
	kind, err := kindOf(tekton.Kinds(), pipeline)
	if err != nil {
		return err
	}
	r, err := faultless(w, f, service)
	if err != nil {
		return err
	}
	svc := r.Fleet.Services[0]
	if svc.External {
		return fmt.Errorf("%s has no pipelines: another CI builds it (ci: \"external\")", service)
	}
	if svc.Build == nil {
		return fmt.Errorf("%s has no pipelines: others make what it runs", service)
	}
	var pr *v1.PipelineRun
	if kind == tekton.Verify {
		pr, err = verificationOf(w.now(), f, r.Fleet.Platform, svc, env, nightly)
		if err != nil {
			return err
		}
	} else if pr, err = tekton.NewRun(r.Fleet.Platform, svc, kind, revision); err != nil {
		panic(err) // Tekton refuses what we made
	}
	_, err = w.out.Write(kube.Encode(kube.FromObject(pr)))
	return err
}

// printFleetRun prints a run of one of the fleet's own pipelines. Mistakes in specs do not
// hinder it: that is what the run is to find.
func printFleetRun(w world, f *fleet, pipeline, revision string) error {
	kind, err := kindOf(tekton.FleetKinds(), pipeline)
	if err != nil {
		return err
	}
	r, err := readableFleet(w, f)
	if err != nil {
		return err
	}
	pr, err := tekton.NewFleetRun(r.Platform, kind, revision)
	if err != nil {
		panic(err) // Tekton refuses what we made
	}
	_, err = w.out.Write(kube.Encode(kube.FromObject(pr)))
	return err
}

// verificationOf is the run that tests what is released in an environment.
func verificationOf(now time.Time, f *fleet, p *ir.Platform, svc *ir.Service, env string, nightly bool) (*v1.PipelineRun, error) {
	k := slices.IndexFunc(svc.Instances, func(i *ir.Instance) bool { return i.Env.Name == env })
	if k < 0 {
		return nil, fmt.Errorf("%s has no release in %q", svc.Name, env)
	}
	i := svc.Instances[k]
	tests, when := i.Verified(), "; --nightly runs those of the night"
	if nightly {
		tests, when = i.ByNight(), " by night"
	} else if len(i.ByNight()) == 0 {
		when = ""
	}
	if len(tests) == 0 || i.Address == nil {
		return nil, fmt.Errorf("%s has no tests of what is deployed in %s (test: smoke, e2e)%s", svc.Name, env, when)
	}
	rec, err := readRecord(f, i)
	if err != nil {
		return nil, err
	}
	if rec == nil {
		return nil, fmt.Errorf("%s is not released in %s yet", svc.Name, env)
	}
	if !fullSHA.MatchString(rec.Commit) {
		return nil, fmt.Errorf("the release of %s in %s names no full commit to test at", svc.Name, env)
	}
	tested, err := testedAs(f, i, rec, tests)
	if err != nil {
		return nil, err
	}
	run, err := tekton.NewVerification(p, i, tekton.Verification{Image: rec.Image, Commit: rec.Commit, Tests: tests, Release: tested, Asked: now.UTC().Format(time.RFC3339)})
	if err != nil {
		panic(err) // Tekton refuses what we made
	}
	return run, nil
}
