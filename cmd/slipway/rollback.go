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
release pipelines leave it until there is a newer release, which goes in as usual.
Who promotes it by hand does bring it back.

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
			return r.change(c.Context(), w, land.History, func(ctx context.Context, c *checkout) (string, error) {
				p.Now = w.now()
				return rollback(ctx, w, c, p)
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
// registry and the Pact Broker are not asked: it ran there.
func rollback(ctx context.Context, w world, c *checkout, p compiler.Promotion) (message string, err error) {
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
	svc := r.Fleet.Services[0]
	k := slices.IndexFunc(svc.Instances, func(i *ir.Instance) bool { return i.Env.Name == p.To })
	if k < 0 {
		return "", fmt.Errorf("%s has no release in %q", p.Service, p.To)
	}
	i := svc.Instances[k]
	if p.Back, err = releaseBefore(ctx, c, f, i); err != nil {
		return "", err
	}
	message, err = promote(ctx, w, c.dir, p, nil, images{}, contracts{})
	if message == "" || err != nil {
		return message, err
	}
	fmt.Fprintf(w.out, "  no machine brings back what it had; a newer release goes in as usual\n")
	return strings.Replace(message, ": release to ", ": roll back in ", 1), nil
}

// furthest is how many changes of a record are looked through.
const furthest = 100

// releaseBefore is the release that an environment had before the one that it has: the last one in
// the history of the record that was not held, nor left by a rollback since.
func releaseBefore(ctx context.Context, c *checkout, f *fleet, i *ir.Instance) (*compiler.Past, error) {
	now, err := readRecord(f, i)
	if err != nil {
		return nil, err
	}
	if now == nil {
		return nil, fmt.Errorf("%s takes image and spec as they stand in %s: undo the change in services/", i.Service.Name, i.Env.Name)
	}
	repo, home := c.clone, c.home
	if repo == nil {
		repo, home = &land.Clone{Dir: f.dir}, "."
	}
	file := versions.Path(i.Env.Name, i.Service.Name)
	log, err := repo.Git(ctx, "log", fmt.Sprint("-n", furthest), "--format=%H", "--", path.Join(home, file))
	if err != nil {
		return nil, fmt.Errorf("the release before is in the history of %s, which cannot be read: %w", file, err)
	}
	// A rollback's record is of a release that was there before: from that one on, further back.
	current, returned := now.Release(), len(now.RolledBack) > 0
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
		if r.Release().Same(current, i.Env.Head) {
			returned = len(r.RolledBack) > 0
			continue
		}
		if r.Hold != "" {
			held = append(held, r.Release())
		}
		if returned || slices.ContainsFunc(held, func(h versions.Release) bool { return h.Same(r.Release(), i.Env.Head) }) {
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
	return nil, fmt.Errorf("%s had no other release in %s to go back to, as far as the history of %s says", i.Service.Name, i.Env.Name, file)
}
