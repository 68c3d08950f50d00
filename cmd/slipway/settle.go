package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"slipway.dev/catalog/deployed"
	"slipway.dev/catalog/versions"
	"slipway.dev/cmd/slipway/internal/disk"
	"slipway.dev/cmd/slipway/internal/land"
	"slipway.dev/compiler"
	"slipway.dev/compiler/diag"
	"slipway.dev/compiler/ir"
)

func newSettle(w world) *cobra.Command {
	var r remote
	var o settling
	var all bool
	c := &cobra.Command{
		Use:   "settle APPLICATION | --all",
		Short: "See what became of releases, and promote or hold them",
		Long: `Settle asks Argo CD what became of a release. One that is deployed and well goes on to
the environments that take releases by themselves (promote: "auto", after or tag in
platform.cue); one that is not well is held: its record says so, and it goes no
further until something else is released there or somebody promotes it with a
reason. While Argo CD is not done nothing is changed.

A release of a service with tests of what is deployed (test: smoke, e2e) goes on once
they passed. Settle has them started, by an event that --start-key signs, and is called
again with their --verdict; a release that fails them is held.

--fleet is the address of the fleet's repository: what Argo CD deployed is compared
with its history, and what is decided is pushed there.`,
		Args: func(_ *cobra.Command, args []string) error {
			if (len(args) == 1) == all || len(args) > 1 {
				return errors.New("settle takes one Application, SERVICE-ENV, or --all")
			}
			return nil
		},
		RunE: func(c *cobra.Command, args []string) error {
			if !r.elsewhere() {
				return errors.New("settle needs the address of the fleet's repository: --fleet https://…")
			}
			if !all {
				o.only = args[0]
			}
			if o.said.verdict != "" && all {
				return errors.New("a verdict is on one Application, SERVICE-ENV, not on --all")
			}
			if err := o.said.check(); err != nil {
				return err
			}
			o.pause = r.patience.Pause
			s, err := r.newSources()
			if err != nil {
				return err
			}
			defer s.close()
			o.w, o.sources = w, s
			err = r.change(c.Context(), w, land.History, o.round)
			if err == nil && o.failed {
				return exit(exitFindings)
			}
			return err
		},
	}
	f := c.Flags()
	f.BoolVar(&all, "all", false, "all Applications of the fleet that something follows on")
	f.StringVar(&o.argo.dir, "applications", "", "a folder with server, token and ca.crt, by which Applications are read")
	f.StringVar(&o.argo.namespace, "namespace", "argocd", "Argo CD's namespace")
	o.images.flags(f)
	o.start.flags(f)
	o.broker.flags(f)
	f.StringVar(&o.said.verdict, "verdict", "", "what tests of the deployed release came to: passed or failed")
	f.StringVar(&o.said.release, "verdict-release", "", "the sum of what was tested; of another release the verdict says nothing")
	f.StringVar(&o.said.run, "verdict-run", "", "the pipeline run that tested, NAMESPACE/NAME")
	f.StringVar(&o.said.asked, "verdict-asked", "", "when that run was asked for; when not given, as long before as it may take")
	f.StringVar(&o.said.test, "verdict-test", "", "the test that failed")
	r.flags(f)
	required(c, "applications")
	return c
}

// settling is one run of settle.
type settling struct {
	w       world
	argo    argoReader
	sources *sources
	images  images
	start   runStarter
	broker  contracts
	deaf    bool          // the broker did not answer once: it is asked no more, which takes its time for each release
	pause   time.Duration // the longest first one between tries to start a run
	said    said          // a verdict that came; on only
	only    string        // the one Application that is asked for; empty: all
	failed  bool          // of one release or another; the others go on
}

// round decides on what a checkout of the fleet says, and writes it there.
func (s *settling) round(ctx context.Context, c *checkout) (message string, err error) {
	s.failed = false
	f, err := openFleet(c.dir)
	if err != nil {
		return "", err
	}
	defer f.root.Close()
	p, err := readableFleet(s.w, f)
	if err != nil {
		return "", err
	}
	var done []string
	known := false
	for _, svc := range p.Services { // those with mistakes of their own stay where they are
		for _, i := range svc.Instances {
			if s.only != "" && i.Application() != s.only {
				continue
			}
			known = true
			said, err := s.release(ctx, c, f, p, i)
			var code exit
			switch {
			case errors.As(err, &code) && code == exitFindings: // said already
				s.failed = true
			case err != nil && s.only != "" && len(said) == 0: // otherwise what it decided before is kept
				return "", err
			case err != nil:
				fmt.Fprintf(s.w.err, "%s: %v\n", i.Application(), err)
				s.failed = true
			}
			done = append(done, said...)
		}
	}
	if s.only != "" && !known {
		return "", fmt.Errorf("the fleet has no Application %q", s.only)
	}
	switch len(done) {
	case 0:
		return "", nil
	case 1:
		return done[0], nil
	}
	// Trailers are the last paragraph of each.
	subject := fmt.Sprintf("settle %d releases\n\n", len(done))
	var trailers []string
	for _, d := range done {
		first, _, _ := strings.Cut(d, "\n")
		subject += "- " + first + "\n"
		trailers = append(trailers, d[strings.LastIndex(d, "\n\n")+2:])
	}
	return subject + "\n" + strings.Join(trailers, "\n"), nil
}

// following are the environments that take their releases from where an instance runs, and
// do so by themselves; any says whether some do, be it by hand.
func following(i *ir.Instance) (by []*ir.Environment, any bool) {
	for _, to := range i.Service.RunsIn {
		if before := i.Service.Before(to); before == nil || before.Name != i.Env.Name {
			continue
		}
		any = true
		if to.Promote.How != ir.Manual {
			by = append(by, to)
		}
	}
	return by, any
}

// release decides on the release that an instance runs. It returns what a commit says of
// each thing that it wrote.
func (s *settling) release(ctx context.Context, c *checkout, f *fleet, p *ir.Fleet, i *ir.Instance) (done []string, err error) {
	say := func(format string, args ...any) {
		fmt.Fprintf(s.w.out, "%s: "+format+"\n", append([]any{i.Application()}, args...)...)
	}
	rec, err := readRecord(f, i)
	if err != nil {
		return nil, err
	}
	by, any := following(i)
	tests := i.Verified()
	told := s.said.verdict != "" && len(i.ByNight()) > 0 // also where nothing follows on
	if rec == nil || !any && len(tests) == 0 && !told && !s.broker.concern(i.Service) {
		if s.only != "" {
			say("nothing follows on it")
		}
		return nil, nil
	}
	tested, err := testedAs(f, i, rec, tests)
	if err != nil {
		return nil, err
	}
	byNight, err := testedAs(f, i, rec, i.ByNight())
	if err != nil {
		return nil, err
	}
	switch {
	case s.said.verdict == "":
	case s.said.release == byNight:
		done, err = s.believeNight(ctx, c, f, p.Platform, i, rec, tested, byNight, say)
	default:
		done, err = s.believe(f, i, rec, tested, byNight, say)
	}
	if err != nil {
		return nil, err
	}
	verified := len(tests) == 0 || rec.Verified != nil && rec.Verified.Release == tested
	switch {
	case holds(rec.Hold, tested, byNight):
		say("held: %s", rec.Hold)
		return done, nil
	case verified && !any && !s.broker.concern(i.Service):
		if s.only != "" && rec.Verified != nil {
			say("passed its tests in run %s, and nothing follows on it", rec.Verified.Run)
		}
		return done, nil
	}
	verdict, err := s.judge(ctx, c, i, rec)
	if err != nil {
		return done, err
	}
	switch verdict.State {
	case deployed.Waiting:
		say("waiting: %s", verdict.Why)
		return done, nil
	case deployed.Degraded:
		if !any && len(tests) == 0 { // nothing that a hold could stop
			say("not well: %s", verdict.Why)
			return done, nil
		}
		rec.Hold = verdict.Why
		if err := disk.WriteFile(f.root, versions.Path(i.Env.Name, i.Service.Name), versions.Encode(*rec)); err != nil {
			return done, err
		}
		say("held: %s", verdict.Why)
		return append(done, held(i, verdict.Why)), nil
	}
	say("deployed: %s", verdict.Why)
	if !s.deaf {
		s.deaf = !s.broker.record(ctx, s.w, i, rec, say)
	}
	if !verified {
		return done, s.ask(ctx, p.Platform, i, rec, verdict.Since, tests, tested, say)
	}
	var wrong error
	for _, to := range by {
		version, ready, err := s.due(ctx, i, rec, to, verdict, say)
		if err == nil && ready && s.deaf && s.broker.concern(i.Service) {
			say("to %s when the Pact Broker answers", to.Name)
			ready = false
		}
		if err == nil && ready {
			var message string
			message, err = promote(ctx, s.w, c.dir, compiler.Promotion{
				Service: i.Service.Name, From: i.Env.Name, To: to.Name, Version: version, By: "slipway settle", Now: s.w.now(),
			}, releasing{s.sources, true}, s.images, s.broker)
			if message != "" {
				done = append(done, message)
			}
			if errors.Is(err, unfit{}) {
				say("to %s when the Pact Broker says that it fits", to.Name)
				err = nil
			}
		}
		wrong = errors.Join(wrong, err)
	}
	return done, wrong
}

// judge asks Argo CD what became of the release that an instance runs.
func (s *settling) judge(ctx context.Context, c *checkout, i *ir.Instance, rec *versions.Record) (v deployed.Verdict, err error) {
	app, err := s.argo.read(ctx, i.Application())
	if err != nil {
		return v, err
	}
	if app == nil {
		return deployed.Verdict{State: deployed.Waiting, Why: "Argo CD does not have it yet"}, nil
	}
	// A release is an image and a spec; where the environment follows head, the spec is the one
	// that was merged last, and is released by that.
	files := []string{path.Join(c.home, versions.Path(i.Env.Name, i.Service.Name))}
	if i.Env.Head {
		files = append(files, path.Join(c.home, "services", i.Service.Name+".cue"), path.Join(c.home, "services", i.Service.Name))
	}
	commit, err := c.clone.LastChange(ctx, files...)
	if err != nil {
		return v, err
	}
	return app.Judge(rec.Image, func(revision string) (bool, error) {
		if !c.clone.Knows(ctx, revision) {
			return false, nil // a branch that was forced, or a commit that is newer than ours
		}
		return c.clone.Descends(ctx, revision, commit)
	})
}

// held is what a commit says of a hold.
func held(i *ir.Instance, why string) string {
	return fmt.Sprintf("%s: hold the release in %s\n\n%s\n\nSlipway-Hold: %s/%s", i.Service.Name, i.Env.Name, why, i.Env.Name, i.Service.Name)
}

// due reports whether a release that is deployed goes on into an environment now, and under
// which version.
func (s *settling) due(ctx context.Context, i *ir.Instance, rec *versions.Record, to *ir.Environment, v deployed.Verdict, say func(string, ...any)) (version string, ready bool, err error) {
	switch to.Promote.How {
	case ir.Auto:
		return "", true, nil
	case ir.After:
		wait, err := time.ParseDuration(to.Promote.After)
		if err != nil {
			panic("settle: after " + to.Promote.After) // the schema knows durations
		}
		if at := v.Since.Add(wait); s.w.now().Before(at) {
			say("to %s not before %s", to.Name, at.UTC().Format(time.RFC3339))
			return "", false, nil
		}
		return "", true, nil
	case ir.Tag:
		if rec.Commit == "" || i.Service.Source == nil {
			return "", false, nil
		}
		src, err := s.sources.of(ctx, *i.Service.Source)
		if err != nil {
			return "", false, err
		}
		tag, err := src.Tag(ctx, rec.Commit, to.Promote.Tag)
		if err == nil && tag == "" {
			say("to %s when commit %s has a tag %s", to.Name, rec.Commit, to.Promote.Tag)
		}
		if err != nil || tag == "" {
			return "", false, err
		}
		return path.Base(tag), true, nil
	}
	return "", false, nil
}

// readRecord is the record of a release; nil when there is none.
func readRecord(f *fleet, i *ir.Instance) (*versions.Record, error) {
	text, err := fs.ReadFile(f.fs(), versions.Path(i.Env.Name, i.Service.Name))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var ds diag.List
	rec := versions.Parse(i.Env.Name, i.Service.Name, text, &ds)
	if rec == nil {
		return nil, fmt.Errorf("the release record %s is damaged", versions.Path(i.Env.Name, i.Service.Name))
	}
	return rec, nil
}
