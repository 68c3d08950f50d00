package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"testing/fstest"
	"time"

	"github.com/spf13/cobra"

	"slipway.dev/catalog/versions"
	"slipway.dev/cmd/slipway/internal/disk"
	"slipway.dev/cmd/slipway/internal/land"
	"slipway.dev/compiler"
	"slipway.dev/compiler/ir"
	"slipway.dev/compiler/plan"
)

func newPromote(w world) *cobra.Command {
	var p compiler.Promotion
	var r remote
	var i images
	var k contracts
	var ifNewer bool
	c := &cobra.Command{
		Use:   "promote SERVICE (--image REF@DIGEST | --from ENV) --to ENV",
		Short: "Release a service into an environment",
		Long: `Promote writes the release record releases/ENV/SERVICE.yaml, a copy of the spec
where the environment follows releases, and what the service compiles to with
them. Commit these files together; Argo CD does the rest.

A release is an image and a spec: --from takes both from another environment, so
that a change of configuration is promoted like a new image. Where the environment
has a registry of its own, the image must be there under its digest; --copy brings
it there first, with its signatures and SBOMs. --tag tags it with the version, in that
registry; a version that is another image there is refused.

--fleet may be the address of the fleet's repository: promote clones it, commits
and pushes, and begins anew when somebody else pushed first. With --if-newer, a
commit that comes before the released one changes nothing: it is superseded; nor does
a release that was rolled back there, which only a person brings again. Where the record
there cannot be read, it releases nothing.`,
		Example: `  slipway promote checkout --image registry.example.com/shop/checkout@sha256:… --to dev
  slipway promote checkout --from staging --to prod --reason "release 1.8"`,
		Args: arguments("SERVICE"),
		RunE: func(c *cobra.Command, args []string) error {
			p.Service = args[0]
			if (p.Image == "") == (p.From == "") {
				return errors.New("promote needs one of --image and --from")
			}
			if p.From != "" && (p.Commit != "" || p.Message != "") {
				return errors.New("--commit and --message belong to --image; --from takes them from the other environment")
			}
			if p.From == p.To {
				return errors.New("--from and --to name one environment")
			}
			if p.By == "" {
				p.By = w.user()
			}
			s, err := r.newSources()
			if err != nil {
				return err
			}
			defer s.close()
			return r.change(c.Context(), w, land.Latest, func(ctx context.Context, f *checkout) (string, error) {
				p.Now = w.now()
				return promote(ctx, w, f.dir, p, releasing{s, ifNewer}, i, k)
			})
		},
	}
	f := c.Flags()
	f.StringVar(&p.Image, "image", "", "the image to release, by digest")
	f.StringVar(&p.From, "from", "", "the environment whose release to take over")
	f.StringVar(&p.To, "to", "", "the environment to release into")
	f.StringVar(&p.Version, "version", "", "what people call the image's version; with --from, that of the release there when not given")
	f.StringVar(&p.Commit, "commit", "", "the commit that the image was built from")
	f.StringVar(&p.Message, "message", "", "the first line of that commit's message")
	f.StringVar(&p.By, "by", "", "who releases; you, when not given")
	f.StringVar(&p.Reason, "reason", "", "why")
	f.BoolVar(&ifNewer, "if-newer", false, "change nothing when the source says that the commit is older than the released one, or when this release was rolled back")
	i.flags(f)
	k.flags(f)
	r.flags(f)
	required(c, "to")
	return c
}

// instead says why a machine leaves what an environment has: a release of a later commit, one that
// somebody went back to from this one, or one that the environment before went back from, which is
// no release that goes on. It is empty when the release is newer.
func (s *sources) instead(ctx context.Context, svc *ir.Service, p *compiler.Promoted) (why string, err error) {
	rec, before := p.Record, p.Before
	if before == nil {
		return "", nil
	}
	back := fmt.Sprintf("since %s by %s", before.Since, before.By)
	left := ", " + back
	if !before.WentBack() {
		left = " before what runs " + back
	}
	older := func(released string) (bool, error) {
		if svc.Source == nil || rec.Commit == "" || released == "" {
			return false, nil
		}
		return s.older(ctx, *svc.Source, rec.Commit, released)
	}
	for _, r := range before.RolledBack {
		if before.KeepsOut(r, rec.Release()) {
			return fmt.Sprintf("rolled back: %s left %s in %s%s, and a newer one goes in; only a person promotes this one again", rec.Service, r.Name(), rec.Environment, left), nil
		}
	}
	for _, r := range before.RolledBack {
		if before.Runs(rec.Release()) {
			break // another spec for the image that somebody went back to
		}
		if old, err := older(r.Commit); err != nil {
			return "", err
		} else if old {
			return fmt.Sprintf("superseded: %s left %s in %s%s; %s comes before even that", rec.Service, r.Name(), rec.Environment, left, rec.Commit), nil
		}
	}
	if from := p.From; from != nil && from.WentBack() && slices.ContainsFunc(from.RolledBack, func(l versions.Left) bool { return l.Is(before.Release()) }) {
		return fmt.Sprintf("superseded: %s runs %s in %s, %s; %s went back from that, and only a person does so here", rec.Service, before.Release().Name(), rec.Environment, back, from.Environment), nil
	}
	old, err := older(before.Commit)
	if err != nil || !old {
		return "", err
	}
	return fmt.Sprintf("superseded: %s runs commit %s in %s, %s; %s comes before it", rec.Service, before.Commit, rec.Environment, back, rec.Commit), nil
}

// stillLeft is what was rolled back where a release goes in, and stays away from there: all but what
// comes again with it, and what it is newer than. What the source cannot say, as when there is none
// or nobody reaches it in a minute, is not newer.
func (s *sources) stillLeft(ctx context.Context, svc *ir.Service, p *compiler.Promoted) (out []versions.Left) {
	ctx, stop := context.WithTimeout(ctx, time.Minute)
	defer stop()
	rec := p.Record.Release()
	for _, l := range p.Before.RolledBack {
		if p.Before.KeepsOut(l, rec) {
			continue
		}
		if svc.Source != nil && l.Commit != "" && rec.Commit != "" {
			if newer, err := s.older(ctx, *svc.Source, l.Commit, rec.Commit); err == nil && newer {
				continue
			}
		}
		l.Earlier = l.Earlier || !p.Before.Runs(rec)
		out = append(out, l)
	}
	return out
}

// releasing is how a release looks at those before it.
type releasing struct {
	sources *sources
	ifNewer bool // as a machine does: it replaces no newer one, nor brings what was rolled back
}

// promote writes a release into the fleet's folder, and returns what a commit of it says;
// nothing when there is nothing to commit.
func promote(ctx context.Context, w world, dir string, p compiler.Promotion, before releasing, i images, k contracts) (message string, err error) {
	f, err := openFleet(dir)
	if err != nil {
		return "", err
	}
	print := newPrinter(w, f, "text")
	o, stop := watched(w, f)
	defer stop()
	done, ds, err := compiler.Promote(f.fs(), p, o)
	if err != nil {
		return "", readable(f, err)
	}
	if done == nil {
		print.diagnostics(ds.All())
		return "", exit(exitFindings)
	}
	if before.ifNewer && len(done.Damaged) > 0 {
		print.diagnostics(done.Damaged)
		fmt.Fprintln(w.err, "nobody can say whether this is newer than what runs there, or was rolled back; nothing was written")
		return "", exit(exitFindings)
	}
	if done.Same() {
		fmt.Fprintf(w.out, "%s already runs this in %s, since %s by %s\n", p.Service, p.To, done.Before.Since, done.Before.By)
		return "", nil
	}
	// Compile with the release in place before anything is written: a release that does
	// not compile changes nothing.
	o.Services = []string{p.Service}
	print.files = overlay{f.fs(), done.Files()}
	result, err := compiler.Compile(print.files, o)
	if err != nil {
		return "", readable(f, err)
	}
	print.diagnostics(result.Diags.All())
	if result.Diags.HasErrors() {
		fmt.Fprintln(w.err, "nothing was written")
		return "", exit(exitFindings)
	}
	if pin := result.Fleet.Platform.Compiler; !pinAllows(pin) {
		return "", fmt.Errorf("the fleet is compiled with %s, but this is slipway %s; nothing was written", pin, compiler.Version)
	}
	if before.ifNewer && len(result.Fleet.Services) > 0 {
		if why, err := before.sources.instead(ctx, result.Fleet.Services[0], done); err != nil || why != "" {
			if why != "" {
				fmt.Fprintln(w.out, why)
			}
			return "", err
		}
	}
	if p.Back == nil && done.Before != nil && len(result.Fleet.Services) > 0 {
		done.Record.RolledBack = before.sources.stillLeft(ctx, result.Fleet.Services[0], done)
	}
	if len(result.Fleet.Services) > 0 {
		if ds, err := k.fit(ctx, w, result.Fleet.Services[0], done.Record); err != nil {
			return "", err
		} else if ds.HasErrors() {
			print.diagnostics(ds.All())
			fmt.Fprintln(w.err, "nothing was written")
			return "", unfit{}
		}
	}
	if ds, err := i.place(ctx, w, done); err != nil {
		return "", err
	} else if ds.HasErrors() {
		print.diagnostics(ds.All())
		fmt.Fprintln(w.err, "nothing was written")
		return "", exit(exitFindings)
	}
	out, err := disk.Open(f.output(""))
	if err != nil {
		return "", err
	}
	defer out.Close()
	pl, _ := plan.New(result.Files)
	entries, err := plan.Compare(pl, out, plan.Scope{Owners: []plan.Owner{plan.Service(p.Service)}})
	if err != nil {
		return "", err
	}
	for _, file := range done.Files() {
		if err := disk.WriteFile(f.root, file.Path, file.Content); err != nil {
			return "", err
		}
	}
	if _, err := out.Commit(ctx, entries, disk.CommitOptions{Wait: 10 * time.Second}); err != nil {
		return "", fmt.Errorf("the release is recorded, but its output is not written: %w; run `slipway compile`", err)
	}
	what := done.Record.Image
	if what == "" {
		what = "its spec"
	}
	fmt.Fprintf(w.out, "released %s in %s: %s\n", p.Service, p.To, what)
	if done.Before != nil {
		before := "another spec"
		if done.Before.Image != done.Record.Image {
			before = done.Before.Image
		}
		fmt.Fprintf(w.out, "  before: %s, since %s by %s\n", before, done.Before.Since, done.Before.By)
	}
	for _, file := range done.Files() {
		fmt.Fprintf(w.out, "  wrote %s\n", file.Path)
	}
	fmt.Fprintf(w.out, "  %s changed in %s\n", count(len(plan.Findings(entries)), "file", "files"), f.output(""))
	return announce(done.Record), nil
}

// announce is a commit's message. It is made of what was checked: the message of the
// source's commit could forge a trailer.
func announce(r versions.Record) string {
	text := fmt.Sprintf("%s: release to %s\n", r.Service, r.Environment)
	if r.Image != "" {
		text += "\nImage: " + r.Image
	}
	if r.Commit != "" {
		text += "\nSource: " + r.Commit
	}
	return text + fmt.Sprintf("\n\nSlipway-Release: %s/%s", r.Environment, r.Service)
}

// overlay is a fleet with some files in place of its own.
type overlay struct {
	fs.FS
	files []compiler.PromotedFile
}

func (o overlay) with(name string) fs.FS {
	for _, f := range o.files {
		if f.Path == name {
			return fstest.MapFS{name: {Data: f.Content}}
		}
	}
	return o.FS
}

func (o overlay) Open(name string) (fs.File, error)          { return o.with(name).Open(name) }
func (o overlay) ReadFile(name string) ([]byte, error)       { return fs.ReadFile(o.with(name), name) }
func (o overlay) Lstat(name string) (fs.FileInfo, error)     { return fs.Lstat(o.with(name), name) }
func (o overlay) ReadDir(name string) ([]fs.DirEntry, error) { return fs.ReadDir(o.FS, name) }
func (o overlay) ReadLink(name string) (string, error)       { return fs.ReadLink(o.FS, name) }
