package conformance

import (
	"context"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"time"

	v1 "github.com/tektoncd/pipeline/pkg/apis/pipeline/v1"
)

// night: the CronJob has a run started for the image that is released, once, and one for the
// service that no release came of, which is vulnerable and stays so.
func night(ctx context.Context, f *Fleet) (string, error) {
	before, err := f.Env.Cluster.Head("shop", "main")
	if err != nil {
		return "", err
	}
	for range 2 { // the second night of a day finds that all of it began
		if err := f.runCron(ctx, "nightly"); err != nil {
			return "", err
		}
	}
	for _, want := range []struct{ pipeline, prefix, fails string }{
		{"greeter-nightly", "greeter-nightly-", ""},
		{"vulnerable-release", "vulnerable-catch-up-", "scan"},
	} {
		var runs []*v1.PipelineRun
		err := until(ctx, time.Minute, func() error {
			if runs, err = f.startedAs(ctx, want.pipeline, want.prefix); err == nil && len(runs) == 0 {
				err = notYet("no run of %s was started", want.pipeline)
			}
			return err
		})
		if err != nil {
			return "", err
		}
		if _, err := f.came(ctx, try{name: runs[0].Name, fails: want.fails}, runs[0], 6*time.Minute); err != nil {
			return "", err
		}
		if runs, err = f.startedAs(ctx, want.pipeline, want.prefix); err != nil || len(runs) != 1 {
			return "", fmt.Errorf("two nights of one day started %d runs of %s: %w", len(runs), want.pipeline, err)
		}
	}
	after, err := f.Env.Cluster.Head("shop", "main")
	if err == nil && after != before {
		err = fmt.Errorf("the night moved the fleet from %s to %s", before, after)
	}
	return "what is released is scanned once; what never was is built, and stopped by its scan", err
}

// startedAs are the team's runs of a pipeline whose names begin so.
func (f *Fleet) startedAs(ctx context.Context, pipeline, prefix string) ([]*v1.PipelineRun, error) {
	runs, err := f.Env.runs(ctx, secretNamespace, "")
	return slices.DeleteFunc(runs, func(run *v1.PipelineRun) bool {
		return !strings.HasPrefix(run.Name, prefix) || run.Spec.PipelineRef.Name != pipeline
	}), err
}

// checked: a pull request of the fleet is checked as it would be merged. One says what it would
// change; one whose specs were not compiled is refused, and so is one that was compiled and
// then touched.
func checked(ctx context.Context, f *Fleet) (string, error) {
	if err := f.Pull(ctx); err != nil {
		return "", err
	}
	defer f.git(context.WithoutCancel(ctx), "switch", "--quiet", "--force", "main")
	spec := filepath.Join("services", "greeter.cue")
	greet := func(s string) string { return strings.Replace(s, `"good day"`, `"good night"`, 1) }
	impact := ""
	for _, p := range []struct {
		branch  string
		compile bool
		touch   bool
		fails   string
	}{
		{"proposal", true, false, ""},
		{"not-compiled", false, false, "check"},
		{"touched", true, true, "check"},
	} {
		if _, err := f.git(ctx, "switch", "--quiet", "--force", "--create", p.branch, "main"); err != nil {
			return "", err
		}
		if err := f.Edit(spec, greet); err != nil {
			return "", err
		}
		if p.compile {
			if _, err := f.slipway(ctx, "compile", "."); err != nil {
				return "", err
			}
		}
		if p.touch {
			files, err := filepath.Glob(filepath.Join(f.Dir, "deploy", "services", "greeter", "base", "kustomization.yaml"))
			if err != nil || len(files) == 0 {
				return "", fmt.Errorf("greeter has no overlay: %w", err)
			}
			rel, err := filepath.Rel(f.Dir, slices.Min(files))
			if err != nil {
				return "", err
			}
			if err := f.Edit(rel, func(s string) string { return s + "# touched\n" }); err != nil {
				return "", err
			}
		}
		for _, args := range [][]string{
			{"add", "--all"},
			{"commit", "--quiet", "--message", "Greet at night"},
			{"push", "--quiet", f.Env.pushURL(f.Name), "HEAD:refs/heads/" + p.branch},
		} {
			if _, err := f.git(ctx, args...); err != nil {
				return "", err
			}
		}
		head, err := f.Env.Cluster.Head(f.Name, p.branch)
		if err != nil {
			return "", err
		}
		t := try{name: "a-change-" + p.branch, service: "fleet", kind: "pull-request", revision: head, fails: p.fails}
		// Longer than the scheduler leaves a pod alone whose volume came just after it looked: five minutes.
		tasks, err := f.tried(ctx, t, 7*time.Minute)
		if err != nil {
			return "", err
		}
		if p.fails != "" {
			continue
		}
		if impact = strings.TrimSpace(result(tasks["check"], "impact")); impact == "" {
			return "", fmt.Errorf("the check of %s says nothing of what it would change", p.branch)
		}
	}
	return "one that would bring " + impact + "; 2 refused", nil
}
