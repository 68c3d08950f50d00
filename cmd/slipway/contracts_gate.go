package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"slipway.dev/catalog/versions"
	"slipway.dev/cmd/slipway/internal/pact"
	"slipway.dev/compiler/diag"
	"slipway.dev/compiler/ir"
)

// unfit is what promote returns of a release that the broker does not let go on: a finding to
// people, and nothing but a reason to wait to settle, which asks again.
type unfit struct{}

func (unfit) Error() string { return exit(exitFindings).Error() }

// concern reports whether the broker knows of a service.
func (k contracts) concern(svc *ir.Service) bool { return k.URL != "" && svc.Contract() != nil }

// at is the broker, asked by a client of the command's.
func (k contracts) at(w world) pact.Broker {
	b := k.Broker
	b.HTTP = w.http
	return b
}

// fit asks whether a release may go where it goes. A service without contracts fits anywhere.
func (k contracts) fit(ctx context.Context, w world, svc *ir.Service, r versions.Record) (*diag.List, error) {
	ds := &diag.List{}
	if svc.Contract() == nil {
		return ds, nil
	}
	if k.URL == "" {
		fmt.Fprintf(w.out, "nobody was asked whether %s fits what runs in %s; --pact-broker asks\n", svc.Name, r.Environment)
		return ds, nil
	}
	no := func(format string, args ...any) *diag.Diagnostic {
		return ds.Errorf(diag.UnverifiedContract, diag.Pos{}, format, args...)
	}
	if !fullSHA.MatchString(r.Commit) {
		no("the release of %s says no commit, by which the Pact Broker would know it", svc.Name).WithHint("give the full SHA: --commit")
		return ds, nil
	}
	v, err := k.at(w).CanIDeploy(ctx, svc.Name, r.Commit, r.Environment)
	if err != nil {
		return ds, fmt.Errorf("ask the Pact Broker: %s", printable(err.Error()))
	}
	switch why := printable(strings.ReplaceAll(v.Why, "\n", "; ")); {
	case v.Yes:
		fmt.Fprintf(w.out, "%s at %s fits what runs in %s: %s\n", svc.Name, r.Commit, r.Environment, why)
	case v.NoEnvironment:
		no("the Pact Broker knows no environment %q", r.Environment).
			WithHint("make it once: pact-broker create-environment --name %s", r.Environment)
	case v.NoService:
		no("the Pact Broker knows no %q: nothing was published of it yet", svc.Name).
			WithHint("the release pipeline publishes (contracts-publish); release a commit that went through it")
	case v.Broken:
		no("%s at %s breaks a contract with what runs in %s: %s", svc.Name, r.Commit, r.Environment, why).WithHint("see %s", v.Link)
	default:
		no("nobody has verified that %s at %s fits what runs in %s: %s", svc.Name, r.Commit, r.Environment, why).
			WithHint("let the provider verify what is expected, or release the other side first; see %s", v.Link)
	}
	return ds, nil
}

// record tells the broker that a release is deployed; whether it hears it holds nothing up.
// heard is false when it did not answer, or not as one that works.
func (k contracts) record(ctx context.Context, w world, i *ir.Instance, r *versions.Record, say func(string, ...any)) (heard bool) {
	if !k.concern(i.Service) {
		return true
	}
	if !fullSHA.MatchString(r.Commit) {
		say("the Pact Broker is not told: the release says no commit")
		return true
	}
	ctx, cancel := context.WithTimeout(ctx, 20*time.Second)
	defer cancel()
	if err := k.at(w).Deployed(ctx, i.Service.Name, r.Commit, i.Env.Name); err != nil {
		say("the Pact Broker is not told: %s", printable(err.Error()))
		var refused *pact.Refusal
		return errors.Is(err, pact.ErrUnknown) || errors.As(err, &refused) && refused.Code < http.StatusInternalServerError
	}
	say("the Pact Broker knows that %s is deployed", r.Commit)
	return true
}
