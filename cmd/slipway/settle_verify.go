package main

import (
	"context"
	"errors"
	"io/fs"
	"path"
	"regexp"
	"strconv"
	"strings"
	"time"

	"slipway.dev/catalog/deployed"
	"slipway.dev/catalog/versions"
	"slipway.dev/cmd/slipway/internal/disk"
	"slipway.dev/compiler/ir"
	"slipway.dev/targets/tekton"
)

// What settle does about tests of what is deployed: it has them started, and believes their
// verdict.

// testedAs is the sum of what is to be tested: the release with the spec that the environment
// has, which is the one as it stands where it follows head.
func testedAs(f *fleet, i *ir.Instance, rec *versions.Record, tests []string) (string, error) {
	if len(tests) == 0 {
		return "", nil
	}
	spec := rec.Spec
	if i.Env.Head {
		text, err := fs.ReadFile(f.fs(), path.Join("services", i.Service.Name+".cue"))
		if errors.Is(err, fs.ErrNotExist) {
			text, err = fs.ReadFile(f.fs(), path.Join("services", i.Service.Name, "service.cue"))
		}
		if err != nil {
			return "", err
		}
		spec = versions.SpecSum(text)
	}
	return rec.Tested(spec, tests), nil
}

// failedIn is the hold of a release that failed its tests, with the sum of what was tested: a
// later verdict lifts it, and a spec that is another since is tested anew. All other holds stay.
var failedIn = regexp.MustCompile(`^(?:a test|[a-z0-9-]+) failed in run [a-z0-9.-]+/[a-z0-9.-]+ \(([0-9a-f]{16})\)$`)

// holds reports whether a hold is still one of the release whose sum is tested, or byNight for
// the tests of the night; a sum is empty where there are no such tests.
func holds(hold, tested, byNight string) bool {
	m := failedIn.FindStringSubmatch(hold)
	return hold != "" && (m == nil || m[1] == tested || m[1] == byNight || tested == "" && byNight == "")
}

// madeBy reports whether a hold was made by tests of a sum.
func madeBy(hold, sum string) bool {
	m := failedIn.FindStringSubmatch(hold)
	return m != nil && m[1] == sum
}

// believe takes a verdict into the record, when it is on the release that is there now.
func (s *settling) believe(f *fleet, i *ir.Instance, rec *versions.Record, tested, byNight string, say func(string, ...any)) (done []string, err error) {
	v, other := s.said, holds(rec.Hold, tested, byNight) && !madeBy(rec.Hold, tested)
	switch {
	case v.release != tested:
		say("the verdict of run %s is on another release, and says nothing on this one", v.run)
		return nil, nil
	case other:
		say("the verdict of run %s lifts no hold but one that these tests made", v.run)
		return nil, nil
	case v.verdict == failed:
		why := v.why()
		if rec.Hold == why {
			return nil, nil
		}
		rec.Hold, rec.Verified = why, nil
		done = []string{held(i, why)}
	case rec.Verified != nil && rec.Verified.Release == tested && rec.Hold == "":
		return nil, nil
	default:
		rec.Hold, rec.Verified = "", &versions.Verified{At: s.w.now().UTC().Format(time.RFC3339), Run: v.run, Release: tested}
		say("passed its tests in run %s", v.run)
		done = []string{i.Service.Name + ": passed its tests in " + i.Env.Name + "\n\nRun " + v.run + "\n\nSlipway-Verified: " + i.Env.Name + "/" + i.Service.Name}
	}
	return done, disk.WriteFile(f.root, versions.Path(i.Env.Name, i.Service.Name), versions.Encode(*rec))
}

// believeNight takes the verdict of a night: a release that failed is held, when it is what was
// deployed since before the run was asked for, and one that passed is held no more by an earlier night. Nothing else waits
// for a night, so that nothing is written of one that found nothing.
func (s *settling) believeNight(ctx context.Context, c *checkout, f *fleet, p *ir.Platform, i *ir.Instance, rec *versions.Record, tested, byNight string, say func(string, ...any)) (done []string, err error) {
	v, before := s.said, madeBy(rec.Hold, byNight)
	switch {
	case !before && holds(rec.Hold, tested, byNight):
		say("the verdict of run %s lifts no hold but one that these tests made", v.run)
		return nil, nil
	case v.verdict == passed && !before:
		say("passed the tests of the night in run %s", v.run)
		return nil, nil
	case v.verdict == passed:
		rec.Hold = ""
		say("passed the tests of the night in run %s, and is held no more", v.run)
		done = []string{i.Service.Name + ": no longer hold the release in " + i.Env.Name + "\n\nIt passed in run " + v.run + "\n\nSlipway-Verified: " + i.Env.Name + "/" + i.Service.Name}
	case rec.Hold == v.why():
		return nil, nil
	default:
		now, err := s.judge(ctx, c, i, rec)
		if err != nil {
			return nil, err
		}
		if why := unsure(now, v.began(s.w.now().Add(-longestRun(p, i.Service)))); why != "" {
			say("what failed in run %s may not have been the release: %s", v.run, why)
			return nil, nil
		}
		rec.Hold = v.why()
		done = []string{held(i, rec.Hold)}
	}
	return done, disk.WriteFile(f.root, versions.Path(i.Env.Name, i.Service.Name), versions.Encode(*rec))
}

// unsure says why a run that began at some time, or later, may have tested something else than the
// release that Argo CD judged: it was not there yet, or is not what answers. Of one that is degraded
// the pods of the one before may answer; what becomes of it settle decides without the tests.
func unsure(now deployed.Verdict, began time.Time) string {
	switch {
	case now.State != deployed.Deployed:
		return now.Why
	case now.Since.IsZero():
		return "Argo CD does not say since when it is deployed"
	case now.Since.After(began):
		return "it is deployed and well since " + now.Since.UTC().Format(time.RFC3339) + ", and the run may have begun before"
	}
	return ""
}

// longestRun is the longest time from the beginning of a run of the tests to its verdict: what the run
// may take, and half an hour on the way.
func longestRun(p *ir.Platform, svc *ir.Service) time.Duration {
	return tekton.RunTime(p, svc, tekton.Verify) + 30*time.Minute
}

// askAgain is how long a verdict may be waited for before the tests are run once more: two hours,
// and longer than a run may take, so that there is one at a time.
func askAgain(p *ir.Platform, svc *ir.Service) time.Duration {
	return max(2*time.Hour, longestRun(p, svc).Truncate(time.Hour)+time.Hour)
}

// ask has the tests of a release started: once in the time of askAgain, counted from the release, or from
// when it was well, until there is a verdict. The run is named by the release and that time, so
// that asking again in between, which happens with every round, starts no second one.
func (s *settling) ask(ctx context.Context, p *ir.Platform, i *ir.Instance, rec *versions.Record, well time.Time, tests []string, tested string, say func(string, ...any)) error {
	names := strings.Join(tests, ", ")
	switch {
	case !s.start.able():
		say("it goes on when it passed %s, which nobody starts without --start-key", names)
		return nil
	case !fullSHA.MatchString(rec.Commit):
		say("it goes on when it passed %s, but its record names no full commit to test at: promote it with --commit", names)
		return nil
	}
	since, err := time.Parse(time.RFC3339, rec.Since)
	if err != nil {
		panic("settle: since " + rec.Since) // records have times
	}
	if well.After(since) {
		since = well
	}
	pipeline := tekton.PipelineName(i.Service.Name, tekton.Verify)
	err = s.start.start(ctx, s.w, start{
		Fleet: p.Name, Pipeline: pipeline,
		Name: runOnce(pipeline, tested, strconv.Itoa(int(s.w.now().Sub(since)/askAgain(p, i.Service)))),
		With: map[string]string{
			"environment": i.Env.Name, "revision": rec.Commit, "image": rec.Image, "tests": strings.Join(tests, " "), "release": tested,
			"asked": s.w.now().UTC().Format(time.RFC3339),
		},
	}, s.pause)
	if err == nil {
		say("it goes on when it passed %s: asked for a run of %s", names, pipeline)
	}
	return err
}
