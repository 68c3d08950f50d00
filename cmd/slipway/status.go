package main

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"slipway.dev/catalog/versions"
	"slipway.dev/cmd/slipway/internal/kubeapi"
	"slipway.dev/compiler"
	"slipway.dev/compiler/diag"
	"slipway.dev/compiler/ir"
	"slipway.dev/targets/graph"
)

type statusFlags struct {
	fleet, format string
	clusters      kubeapi.Config
}

// asks reports whether a cluster is to be asked: never, unless somebody said which.
func (o statusFlags) asks() bool {
	return o.clusters != (kubeapi.Config{}) || os.Getenv("KUBECONFIG") != ""
}

func newStatus(w world) *cobra.Command {
	var o statusFlags
	c := &cobra.Command{
		Use:   "status [SERVICE]",
		Short: "Say what is released where, what comes next, and what blocks it",
		Long: `Status says for every environment which version of a service was released there,
since when and by whom, whether its spec is the one of services/ or an older one,
what waits for its promotion, and what stands in its way. It reads Git: the
records in releases/, and what changed since. Without SERVICE it is a table of
the fleet.

With --kubeconfig, --context or $KUBECONFIG it also asks clusters for the last
runs of pipelines and for what Argo CD says of the Applications. A cluster's
context is the one that is called as the cluster, else the current one.`,
		Example: "  slipway status checkout\n  slipway status --format json",
		Args:    optional("SERVICE"),
		RunE: func(c *cobra.Command, args []string) error {
			if o.format != "text" && o.format != "json" {
				return fmt.Errorf("there is no format %q: text, json", o.format)
			}
			return status(c.Context(), w, o, strings.Join(args, ""))
		},
	}
	f := c.Flags()
	f.StringVar(&o.format, "format", "text", "how it is printed: text, json")
	f.StringVar(&o.clusters.Kubeconfig, "kubeconfig", "", "a kubeconfig; without it and $KUBECONFIG no cluster is asked")
	f.StringVar(&o.clusters.Context, "context", "", "the context of the kubeconfig, for every cluster")
	f.StringVar(&o.fleet, "fleet", ".", "the fleet's folder")
	return c
}

// serviceStatus is what is known of a service; its fields are those of --format json.
type serviceStatus struct {
	Service      string      `json:"service"`
	Owner        string      `json:"owner,omitempty"`
	Mistakes     int         `json:"mistakes,omitempty"` // in the spec as it stands
	Environments []envStatus `json:"environments"`
	Runs         []runStatus `json:"runs,omitempty"` // the last ones, newest first
}

// envStatus is what is known of a service in an environment.
type envStatus struct {
	Environment string           `json:"environment"`
	Release     *releaseStatus   `json:"release,omitempty"` // none: not released there
	Spec        string           `json:"spec"`              // head: as it stands; same, older, or fixed: an image that the spec names
	Behind      []string         `json:"behind,omitempty"`  // changes of the spec that are not there yet, newest first
	From        string           `json:"from,omitempty"`    // the environment that releases come from
	Waits       *releaseStatus   `json:"waits,omitempty"`   // what is in From and not here
	Goes        string           `json:"goes,omitempty"`    // what brings it by itself; none where somebody must
	Next        string           `json:"next,omitempty"`    // the command that brings it
	Blocked     []string         `json:"blocked,omitempty"`
	Held        string           `json:"held,omitempty"`       // why the release goes no further
	RolledBack  []string         `json:"rolledBack,omitempty"` // what was left for this release, the last first; no machine brings it again
	KeptOut     []string         `json:"keptOut,omitempty"`    // what was rolled back before this release, and stays away all the same
	Verified    string           `json:"verified,omitempty"`   // the run in which its tests passed
	Tests       []string         `json:"tests,omitempty"`      // that it has to pass, and has not
	Application *argocdStatus    `json:"application,omitempty"`
	record      *versions.Record // as read
	app         string           // the Application's name
}

type releaseStatus struct {
	Image   string `json:"image,omitempty"`
	Version string `json:"version,omitempty"`
	Commit  string `json:"commit,omitempty"`
	Message string `json:"message,omitempty"`
	Since   string `json:"since"`
	By      string `json:"by"`
	Reason  string `json:"reason,omitempty"`
}

func newRelease(r *versions.Record) *releaseStatus {
	return &releaseStatus{r.Image, r.Version, r.Commit, r.Message, r.Since, r.By, r.Reason}
}

// name is what people would call it.
func (r *releaseStatus) name() string {
	return versions.Release{Image: r.Image, Version: r.Version, Commit: r.Commit}.Name()
}

func status(ctx context.Context, w world, o statusFlags, service string) error {
	f, err := openFleet(o.fleet)
	if err != nil {
		return err
	}
	var only []string
	if service != "" {
		only = []string{service}
	}
	r, err := understood(w, f, only...)
	if err != nil {
		return err
	}
	files, err := compiler.Services(f.fs(), &diag.List{})
	if err != nil {
		return readable(f, err)
	}
	if service != "" {
		files = slices.DeleteFunc(files, func(s compiler.ServiceFile) bool { return s.Name != service })
	}
	if r.Fleet == nil || len(files) == 0 && service != "" {
		newPrinter(w, f, "text").diagnostics(r.Diags.All())
		return exit(exitFindings)
	}
	var all []*serviceStatus
	for _, file := range files {
		s, err := statusOf(ctx, f, r, file, service != "")
		if err != nil {
			return err
		}
		all = append(all, s)
	}
	note := "no cluster was asked: --kubeconfig, --context or $KUBECONFIG name one"
	if o.asks() {
		note = askClusters(ctx, o.clusters, r.Fleet.Platform, all, service != "")
	}
	if o.format == "json" {
		if o.asks() && note != "" {
			fmt.Fprintln(w.err, note)
		}
		enc := json.NewEncoder(w.out)
		enc.SetIndent("", "  ")
		return enc.Encode(all)
	}
	if service != "" {
		writeStatus(w, all[0])
	} else {
		writeStatuses(w, r.Fleet.Platform, all)
	}
	if note != "" {
		fmt.Fprintln(w.out, "\n"+note)
	}
	return nil
}

// statusOf reads what Git says of a service.
func statusOf(ctx context.Context, f *fleet, r *compiler.Result, file compiler.ServiceFile, whole bool) (*serviceStatus, error) {
	out := &serviceStatus{Service: file.Name, Environments: []envStatus{}}
	spec, err := fs.ReadFile(f.fs(), file.Path)
	if err != nil {
		return nil, err
	}
	k := slices.IndexFunc(r.Fleet.Services, func(s *ir.Service) bool { return s.Name == file.Name })
	var runs []*ir.Environment
	fixed := false
	apps := map[string]string{} // by environment
	if k >= 0 {
		svc := r.Fleet.Services[k]
		out.Owner, runs, fixed = svc.Owner, svc.RunsIn, svc.Build == nil && !svc.External
		for _, i := range svc.AsItStands() {
			apps[i.Env.Name] = i.Application()
		}
	} else {
		runs = r.Fleet.Platform.Environments
	}
	for _, d := range r.Diags.All() {
		if d.Severity == diag.Error && d.Subject == file.Name {
			out.Mistakes++
		}
	}
	sum := versions.SpecSum(spec)
	for _, env := range runs {
		e := envStatus{Environment: env.Name, Spec: "older", app: cmp.Or(apps[env.Name], file.Name+"-"+env.Name)}
		content, err := fs.ReadFile(f.fs(), versions.Path(env.Name, file.Name))
		switch {
		case errors.Is(err, fs.ErrNotExist):
		case err != nil:
			return nil, err
		default:
			var ds diag.List
			if e.record = versions.Parse(env.Name, file.Name, content, &ds); e.record == nil {
				e.Blocked = append(e.Blocked, "its release record has mistakes: slipway compile")
			} else {
				e.Release = newRelease(e.record)
			}
		}
		switch {
		case env.Head && fixed && e.record == nil:
			e.Spec = "fixed"
		case env.Head:
			e.Spec = "head"
		case e.record == nil:
			e.Spec = ""
		case e.record.Spec == sum:
			e.Spec = "same"
		case whole:
			e.Behind = changes(ctx, f, file.Path, e.record.Spec)
		}
		if k >= 0 && e.record != nil {
			if err := e.tested(f, r.Fleet.Services[k]); err != nil {
				return nil, err
			}
		}
		out.next(&e, env, runs)
		out.Environments = append(out.Environments, e)
	}
	return out, nil
}

// tested says what tests of what is deployed came to, and whether the release is held.
func (e *envStatus) tested(f *fleet, svc *ir.Service) error {
	e.Held = e.record.Hold
	names := &e.KeptOut
	if e.record.WentBack() {
		names = &e.RolledBack
	}
	for _, r := range e.record.RolledBack {
		*names = append(*names, r.Name())
	}
	k := slices.IndexFunc(svc.Instances, func(i *ir.Instance) bool { return i.Env.Name == e.Environment })
	if k < 0 {
		return nil
	}
	tests := svc.Instances[k].Verified()
	as, err := testedAs(f, svc.Instances[k], e.record, tests)
	switch v := e.record.Verified; {
	case err != nil || len(tests) == 0:
		return err
	case v != nil && v.Release == as:
		e.Verified = v.Run
	case e.Held == "":
		e.Tests = tests
	}
	return nil
}

// next says what comes next in an environment, and what stands in the way.
func (s *serviceStatus) next(e *envStatus, env *ir.Environment, runs []*ir.Environment) {
	from := graph.Before(env, runs)
	if from == nil {
		if e.Release == nil && e.Spec != "fixed" {
			e.Next = fmt.Sprintf("slipway promote %s --image REF@DIGEST --to %s", s.Service, env.Name)
			e.Blocked = append(e.Blocked, "no release yet: the release pipeline makes the first one")
		}
	} else {
		e.From = from.Name
		k := slices.IndexFunc(s.Environments, func(o envStatus) bool { return o.Environment == from.Name })
		before := s.Environments[k]
		older := e.Spec == "older" && (before.Spec == "head" || before.Spec == "same" || before.Spec == "fixed")
		switch b, h := before.record, e.record; {
		case e.Spec == "fixed":
		case b == nil && before.Spec != "fixed":
			e.Blocked = append(e.Blocked, "nothing is released in "+from.Name)
		case b != nil && (h == nil || digest(b.Image) != digest(h.Image)):
			e.Waits = newRelease(b)
			fallthrough
		case h == nil, older:
			e.Next = fmt.Sprintf("slipway promote %s --from %s --to %s", s.Service, from.Name, env.Name)
			e.Goes = goes(env, from.Name)
		}
		if e.Next != "" && before.Held != "" {
			e.Blocked = append(e.Blocked, "it is held in "+from.Name+", and goes no further but by slipway promote --reason")
		}
	}
	if s.Mistakes > 0 && e.Next != "" {
		e.Blocked = append(e.Blocked, "the spec as it stands has mistakes: slipway compile")
	}
}

// goes says what brings what waits into an environment by itself; "" where somebody must.
func goes(env *ir.Environment, from string) string {
	switch p := env.Promote; p.How {
	case ir.Auto:
		return "by itself, when it is well in " + from
	case ir.After:
		return "by itself, when it has been well in " + from + " for " + p.After
	case ir.Tag:
		return "by itself, when it is well in " + from + " and its commit is tagged " + p.Tag
	}
	return ""
}

// digest is what an image is, whichever registry it lies in.
func digest(image string) string {
	_, sum, _ := strings.Cut(image, "@")
	return sum
}

// ago is how long ago a time was, in its largest unit.
func ago(now time.Time, since string) string {
	t, err := time.Parse(time.RFC3339, since)
	if err != nil {
		return since
	}
	d := now.Sub(t)
	switch {
	case d < time.Minute:
		return "less than a minute"
	case d < 2*time.Hour:
		return count(int(d/time.Minute), "minute", "minutes")
	case d < 48*time.Hour:
		return count(int(d/time.Hour), "hour", "hours")
	}
	return count(int(d/(24*time.Hour)), "day", "days")
}
