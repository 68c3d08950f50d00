package main

import (
	"context"
	"errors"
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"slipway.dev/catalog/versions"
	"slipway.dev/cmd/slipway/internal/land"
	"slipway.dev/compiler"
	"slipway.dev/compiler/diag"
	"slipway.dev/compiler/ir"
)

func newRollback(w world) *cobra.Command {
	var r remote
	var p compiler.Promotion
	c := &cobra.Command{
		Use:   "rollback SERVICE --in ENV",
		Short: "Go back to the release before",
		Long: `Rollback releases what an environment had before, image and spec, as the history of
the fleet's repository has it; a release that was held there is passed over. Once more,
it goes one further back. Where the environment follows head, the spec stays as it
stands: a change of it is undone in services/.

The record notes what was rolled back, and no machine brings that again: settle and the
release pipelines leave it until there is a newer release, which goes in as usual. With
another image before, it is the image that stays away, whatever the spec; otherwise the
spec. Who promotes it by hand does bring it back.

--fleet may be the address of the fleet's repository: rollback clones it, commits and
pushes, as promote does.`,
		Example: `  slipway rollback checkout --in prod --reason "orders are lost"
  slipway rollback checkout --in prod --fleet https://git.example.com/acme/fleet`,
		Args: arguments("SERVICE"),
		RunE: func(c *cobra.Command, args []string) error {
			p.Service = args[0]
			if p.By == "" {
				p.By = w.user()
			}
			var seen *versions.Release
			return r.change(c.Context(), w, land.History, func(ctx context.Context, c *checkout) (string, error) {
				p.Now = w.now()
				return rollback(ctx, w, c, p, &seen)
			})
		},
	}
	f := c.Flags()
	f.StringVar(&p.To, "in", "", "the environment")
	f.StringVar(&p.By, "by", "", "who goes back; you, when not given")
	f.StringVar(&p.Reason, "reason", "", "why")
	r.flags(f)
	required(c, "in")
	return c
}

// rollback writes the release before into the fleet's folder, as promote writes a new one. The
// registry and the Pact Broker are not asked: it ran there. seen is the release that is to be left,
// which the first try finds: when the push is lost to somebody else's, and this is called again,
// what they brought is not what was to be left.
func rollback(ctx context.Context, w world, c *checkout, p compiler.Promotion, seen **versions.Release) (message string, err error) {
	f, err := openFleet(c.dir)
	if err != nil {
		return "", err
	}
	defer f.root.Close()
	r, err := understood(w, f, p.Service)
	if err != nil {
		return "", err
	}
	if r.Diags.HasErrors() {
		newPrinter(w, f, "text").diagnostics(r.Diags.All())
		return "", exit(exitFindings)
	}
	var names []string
	for _, e := range r.Fleet.Platform.Environments {
		names = append(names, e.Name)
	}
	if !slices.Contains(names, p.To) {
		return "", fmt.Errorf("there is no environment %q; %s", p.To, diag.Suggest(p.To, names))
	}
	svc := r.Fleet.Services[0]
	k := slices.IndexFunc(svc.Instances, func(i *ir.Instance) bool { return i.Env.Name == p.To })
	if k < 0 {
		return "", fmt.Errorf("%s has no release in %q", p.Service, p.To)
	}
	i := svc.Instances[k]
	now, err := readRecord(f, i)
	if err != nil {
		return "", err
	}
	if now == nil {
		return "", fmt.Errorf("%s takes image and spec as they stand in %s: undo the change in services/", i.Service.Name, i.Env.Name)
	}
	switch left := now.Release(); {
	case *seen == nil:
		*seen = &left
	case left == **seen:
	case now.WentBack() && slices.ContainsFunc(now.RolledBack, func(l versions.Left) bool { return l.Is(**seen) }):
		fmt.Fprintf(w.out, "%s was already rolled back in %s, from %s to %s, by %s\n", p.Service, p.To, (*seen).Name(), left.Name(), now.By)
		return "", nil
	default:
		fmt.Fprintf(w.err, "%s has %s of %s since %s by %s, no longer %s: nothing was written; look again before you go back\n",
			p.To, left.Name(), p.Service, now.Since, now.By, (*seen).Name())
		return "", exit(exitFindings)
	}
	if p.Back, err = releaseBefore(ctx, c, f, i, now); err != nil {
		return "", err
	}
	message, err = promote(ctx, w, c.dir, p, releasing{}, images{}, contracts{})
	if message == "" || err != nil {
		return message, err
	}
	fmt.Fprintf(w.out, "  no machine brings back what it had; a newer release goes in as usual\n")
	return strings.Replace(message, ": release to ", ": roll back in ", 1), nil
}

// furthest is how many changes of a record are looked through.
const furthest = 100

// releaseBefore is the release that an environment had before the one that it has now: the last one in
// the history of the record that was not held, nor left by a rollback since.
func releaseBefore(ctx context.Context, c *checkout, f *fleet, i *ir.Instance, now *versions.Record) (*compiler.Past, error) {
	repo, home := c.clone, c.home
	if repo == nil {
		repo, home = &land.Clone{Dir: f.dir}, "."
	}
	file := versions.Path(i.Env.Name, i.Service.Name)
	// Clusters follow the branch: what a merged branch had in between never ran.
	log, err := repo.Git(ctx, "log", "--first-parent", fmt.Sprint("-n", furthest), "--format=%H", "--", path.Join(home, file))
	if err != nil {
		return nil, fmt.Errorf("the release before is in the history of %s, which cannot be read: %w", file, err)
	}
	// A rollback's record is of a release that was there before: from that one on, further back.
	current, returned, list := now.Release(), now.WentBack(), now.RolledBack
	passed := func(r versions.Release) bool {
		return slices.ContainsFunc(now.RolledBack, func(l versions.Left) bool { return l.Is(r) })
	}
	var held []versions.Release
	for commit := range strings.FieldsSeq(log) {
		text, err := repo.File(ctx, commit, path.Join(home, file))
		if err != nil {
			continue // the commit that removed it
		}
		r := versions.Parse(i.Env.Name, i.Service.Name, text, &diag.List{})
		if r == nil {
			continue
		}
		if r.Release().Is(current, i.Env.Head) {
			returned, list = r.WentBack(), r.RolledBack
			continue
		}
		if slices.Equal(r.RolledBack, list) {
			returned = false // the image stayed, with another spec: nobody went back in between
		}
		if r.Hold != "" {
			held = append(held, r.Release())
		}
		if returned || passed(r.Release()) || slices.ContainsFunc(held, func(o versions.Release) bool { return o.Is(r.Release(), i.Env.Head) }) {
			continue
		}
		past := &compiler.Past{Record: *r}
		if i.Env.Head {
			return past, nil
		}
		past.Spec, err = repo.File(ctx, commit, path.Join(home, versions.SpecPath(i.Env.Name, i.Service.Name)))
		if err == nil && versions.SpecSum(past.Spec) != r.Spec {
			err = errors.New("it is another one there")
		}
		if err != nil {
			return nil, fmt.Errorf("the spec of %s as it was released with %s: %w", i.Service.Name, r.Release().Name(), err)
		}
		return past, nil
	}
	if cut, err := repo.Git(ctx, "rev-parse", "--is-shallow-repository"); err == nil && cut == "true" {
		return nil, fmt.Errorf("the history of %s is cut off here, and has no other release to go back to: git fetch --unshallow, or --fleet ADDRESS", file)
	}
	return nil, fmt.Errorf("%s had no other release in %s to go back to, as far as the history of %s says", i.Service.Name, i.Env.Name, file)
}
