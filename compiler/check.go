package compiler

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"k8s.io/apimachinery/pkg/api/resource"

	"slipway.dev/catalog/versions"
	"slipway.dev/compiler/diag"
	"slipway.dev/compiler/ir"
)

// instanceChecks judge a service in one environment. Adding a check is one function here
// and one case in golden/errors.
var instanceChecks = []func(*checker, *ir.Instance){
	checkNames,
	checkPorts,
	checkEnv,
	checkMounts,
	checkLimits,
	checkImages,
	checkSecrets,
	checkRestricted,
	checkDrain,
	checkFormats,
	checkLabels,
	checkOwnNames,
	checkManifestSecrets,
	checkChartSecrets,
	checkScaled,
	checkBudgets,
	checkProbePorts,
	checkWordsTwice,
}

// serviceChecks judge what a service says once for all environments.
var serviceChecks = []func(*checker, *ir.Service){
	checkTasks,
	checkBuild,
	checkTests,
	checkStages,
	checkPipelineNames,
	checkBuildSecrets,
	checkDockerfile,
	checkVolumes,
	checkIdentity,
	checkApplications,
}

// fleetChecks judge services against each other; they run only when the whole fleet is
// compiled.
var fleetChecks = []func(*ir.Fleet, *diag.List){
	checkCycles,
	checkRoutes,
	checkObjectNames,
}

// checker reports findings of one service, except those that it allows.
type checker struct {
	ds *diag.List
	// stages are those of the pipelines, by name, and what each waits for; nil for what nothing
	// is before or after.
	stages map[string][]string
	once   map[string]string // those that are not tried again, and why
	allow  []ir.Allow
	used   map[diag.Code]bool
}

// check runs the checks that need nothing but the service itself; with quiet, since there
// are mistakes already, those that give advice are left out.
func check(svc *ir.Service, o Options, quiet bool, ds *diag.List) {
	c := &checker{ds: ds, stages: o.Stages, once: o.Once, used: map[diag.Code]bool{}}
	var allowed []ir.Allow
	for _, inst := range slices.Concat(svc.Instances, svc.Pending) {
		c.allow = inst.Allow
		for _, f := range instanceChecks {
			f(c, inst)
		}
		allowed = append(allowed, inst.Allow...)
	}
	c.allow = allowed
	for _, f := range serviceChecks {
		f(c, svc)
	}
	quiet = quiet || ds.HasErrors()
	for _, inst := range slices.Concat(svc.Instances, svc.Pending) {
		c.allow = inst.Allow
		for _, f := range adviceChecks {
			if !quiet {
				f(c, inst)
			}
		}
	}
	for _, a := range allowed {
		if a.At.File == PlatformFile || quiet && slices.Contains(advice, a.Code) {
			continue // what a platform accepts need not be there in every service
		}
		if _, known := diag.Lookup(a.Code); !known {
			ds.Warnf(diag.UnusedAllow, a.At, "there is no finding called %q", a.Code).WithPath("allow").
				WithHint("%s", diag.Suggest(string(a.Code), allowable))
		} else if !slices.Contains(allowable, string(a.Code)) {
			ds.Warnf(diag.UnusedAllow, a.At, "%q cannot be allowed: it would not work", a.Code).WithPath("allow").WithHint("remove it")
		} else if !c.used[a.Code] {
			ds.Warnf(diag.UnusedAllow, a.At, "nothing here needs %q to be allowed", a.Code).WithPath("allow").WithHint("remove it")
		}
	}
}

// allowable are the findings that a service may accept with a reason, sorted.
var allowable = []string{
	string(diag.BlockedDrain), string(diag.IdentityChanged), string(diag.ImmutableJob), string(diag.LiteralSecret), string(diag.NoHealthcheck), string(diag.NoReadiness), string(diag.NoRequests),
	string(diag.NotRestricted), string(diag.RootImage), string(diag.SameProbe), string(diag.UnpinnedImage),
}

// unless reports a finding unless the service allows it.
func (c *checker) unless(code diag.Code, at diag.Pos, format string, args ...any) *diag.Diagnostic {
	for _, a := range c.allow {
		if a.Code == code {
			c.used[code] = true
			return &diag.Diagnostic{}
		}
	}
	return c.ds.Errorf(code, at, format, args...)
}

// asWritten reports what Kubernetes takes and nobody should write: a warning where the
// objects are as they were before their spec.
func (c *checker) asWritten(i *ir.Instance, code diag.Code, at diag.Pos, format string, args ...any) *diag.Diagnostic {
	if i.AsWritten {
		return c.ds.Warnf(code, at, format, args...)
	}
	return c.ds.Errorf(code, at, format, args...)
}

// Longest names, by what Kubernetes makes of them: a label value and a DNS label have 63
// characters; a StatefulSet's pods carry a label with its name and eleven more
// (controller-revision-hash), a Job's pods its name and six more, a CronJob's Jobs its name and eleven.
const (
	maxLabel       = 63
	maxStatefulSet = 52
	maxJob         = 57
	maxCronJob     = 52
)

// bootstrap is the one Application of the Argo CD target whose name has neither a dot nor an
// environment in it.
const bootstrap = "bootstrap"

func checkNames(c *checker, i *ir.Instance) {
	for _, w := range i.Workloads {
		if w.Named {
			continue // it exists already
		}
		limit, what := maxLabel, "a Service"
		switch w.Kind {
		case ir.StatefulSet:
			limit, what = maxStatefulSet, "a StatefulSet"
		case ir.Job:
			limit, what = maxJob, "a Job"
		case ir.CronJob:
			limit, what = maxCronJob, "a CronJob"
		}
		c.length(w.At, w.Name, limit, what)
	}
	for _, r := range i.Routes {
		c.length(r.At, r.Name, maxLabel, "a route")
	}
	c.length(i.Service.At, i.Application(), maxLabel, "an Argo CD Application")
	if i.App == bootstrap {
		c.ds.Errorf(diag.DuplicateName, i.Service.At, "the Application of %q cannot be called %q: that one applies all projects", i.Service.Name, i.App).
			WithPath("identity.application").WithHint("leave identity: application out, and hand over to a new one: slipway adopt")
	}
}

func (c *checker) length(at diag.Pos, name string, limit int, what string) {
	if len(name) > limit {
		c.ds.Errorf(diag.NameTooLong, at, "%q has %d characters, but the name of %s has at most %d", name, len(name), what, limit).
			WithHint("shorten the service's name or its part of this name")
	}
}

// checkPorts looks for one number twice in a pod, where containers share it, and twice in
// a Service.
func checkPorts(c *checker, i *ir.Instance) {
	for _, w := range i.Workloads {
		inside, outside := map[string]ir.Port{}, map[string]ir.Port{}
		names := map[string]ir.Port{}
		for _, ctr := range containers(w) {
			for _, p := range ctr.Ports {
				proto := strings.ToLower(cmp.Or(p.Protocol, "TCP"))
				in, out := fmt.Sprint(p.Number, proto), fmt.Sprint(p.Service, proto)
				if p.Service == 0 {
					out = ""
				}
				if first, ok := inside[in]; ok {
					c.asWritten(i, diag.DuplicatePort, p.At, "ports %q and %q of %q are both %d/%s", first.Name, p.Name, w.Process, p.Number, proto).
						WithRelated(first.At, "the other one").WithHint("containers of a pod share their ports: give one of them another number")
				} else if first, ok := outside[out]; ok && out != "" {
					c.asWritten(i, diag.DuplicatePort, p.At, "ports %q and %q of %q are both %d/%s towards other services", first.Name, p.Name, w.Process, p.Service, proto).
						WithRelated(first.At, "the other one").WithHint("give one of them another service number")
				} else if first, ok := names[p.Name]; ok && p.Name != "" {
					c.asWritten(i, diag.DuplicatePort, p.At, "two containers of %q have a port called %q", w.Process, p.Name).
						WithRelated(first.At, "the other one").WithHint("give one of them another name")
				}
				inside[in], outside[out], names[p.Name] = p, p, p
			}
		}
	}
}

// checkEnv looks for variables that a container is given twice: by its env and by a config
// set that it takes whole, or by two config sets.
func checkEnv(c *checker, i *ir.Instance) {
	sets := map[string]ir.ConfigMap{}
	for _, cm := range i.Configs {
		sets[cm.Name] = cm
	}
	for _, w := range i.Workloads {
		for _, ctr := range containers(w) {
			from := map[string]string{}
			for _, e := range ctr.EnvFrom {
				for _, d := range sets[e.Config].Data {
					name := e.Prefix + d.Key
					if first, ok := from[name]; ok && first != e.Config {
						c.asWritten(i, diag.DuplicateEnv, d.At, "variable %q of %q is given twice: by config sets %q and %q", name, ctr.Name, sets[first].Set, sets[e.Config].Set).
							WithHint("keep one of them")
					}
					from[name] = e.Config
				}
			}
			for _, e := range ctr.Env {
				if set, ok := from[e.Name]; ok {
					c.asWritten(i, diag.DuplicateEnv, e.At, "variable %q of %q is given twice: by env and by config set %q", e.Name, ctr.Name, sets[set].Set).
						WithHint("keep one of them")
				}
			}
		}
	}
}

// checkWordsTwice looks for variables that a list in Kubernetes' words gives twice.
func checkWordsTwice(c *checker, i *ir.Instance) {
	twice := func(at diag.Pos, name string, env ir.Tree) {
		seen := map[string]bool{}
		for _, e := range env.Items {
			v := e.Get("name").Text
			if seen[v] {
				c.asWritten(i, diag.DuplicateEnv, at, "variable %q of %q is given twice", v, name).WithHint("keep one of them")
			}
			seen[v] = true
		}
	}
	for _, w := range i.Workloads {
		for _, ctr := range containers(w) {
			twice(ctr.At, ctr.Name, ctr.Words.Get("env"))
		}
	}
}

func checkMounts(c *checker, i *ir.Instance) {
	for _, w := range judged(i) {
		for _, ctr := range containers(w) {
			for k, m := range ctr.Mounts {
				if k > 0 && ctr.Mounts[k-1].Path == m.Path {
					c.ds.Errorf(diag.DuplicateMount, m.At, "volumes %q and %q are both mounted at %s of %q", ctr.Mounts[k-1].Volume, m.Volume, m.Path, ctr.Name).
						WithRelated(ctr.Mounts[k-1].At, "the other one").WithHint("mount one of them elsewhere")
				}
			}
		}
	}
}

func checkLimits(c *checker, i *ir.Instance) {
	for _, w := range judged(i) {
		for _, ctr := range containers(w) {
			r := ctr.Resources
			for _, x := range []struct {
				name, request, limit string
				at                   diag.Pos
			}{
				{"cpu", r.CPU, r.CPULimit, r.LimitsAt[0]}, {"memory", r.Memory, r.MemoryLimit, r.LimitsAt[1]}, {"disk", r.Disk, r.DiskLimit, r.LimitsAt[2]},
			} {
				if x.request == "" || x.limit == "" {
					continue
				}
				request, limit := resource.MustParse(x.request), resource.MustParse(x.limit)
				if limit.Cmp(request) < 0 {
					c.ds.Errorf(diag.LimitBelowRequest, x.at, "%q asks for %s %s, but may take at most %s", ctr.Name, x.request, x.name, x.limit).
						WithHint("give resources: %s: %q or less", x.name, x.limit)
				}
			}
		}
	}
}

func checkImages(c *checker, i *ir.Instance) {
	for _, w := range judged(i) {
		for _, ctr := range containers(w) {
			if ctr.Image != i.Service.Placeholder() && !pinned(ctr.Image) {
				c.unless(diag.UnpinnedImage, ctr.ImageAt, "image %q is not pinned: another image may be behind it tomorrow", ctr.Image).
					WithHint("%s", pinHint)
			}
		}
	}
}

const pinHint = "add its digest: NAME:TAG@sha256:…"

func pinned(image string) bool { return versions.Digest.MatchString(image) }

func unpinned(ds *diag.List, at diag.Pos, path, image string) {
	ds.Errorf(diag.UnpinnedImage, at, "image %q is not pinned: another image may be behind it tomorrow", image).WithPath(path).WithHint("%s", pinHint)
}

// checkVolumes warns of volumes that no environment mounts.
func checkVolumes(c *checker, s *ir.Service) {
	all := slices.Concat(s.Instances, s.Pending)
	for k, i := range all {
		for _, v := range i.Unused {
			same := func(o ir.Unused) bool { return o.Name == v.Name }
			if k == 0 && !slices.ContainsFunc(all, func(o *ir.Instance) bool { return !slices.ContainsFunc(o.Unused, same) }) {
				c.ds.Warnf(diag.UnusedVolume, v.At, "volume %q is mounted nowhere", v.Name).WithPath("volumes."+v.Name).
					WithHint("mount it: run: main: mounts: %s: \"/…\", or remove it", label(v.Name))
			}
		}
	}
}

// checkDrain looks for disruption budgets under which no node could ever be drained.
func checkDrain(c *checker, i *ir.Instance) {
	for _, w := range i.Workloads {
		b, low := w.Budget, lowest(w)
		if b == nil || low == 0 {
			continue
		}
		blocked := b.MaxUnavailable != "" && zero(b.MaxUnavailable) || b.MinAvailable != "" && share(b.MinAvailable, low) >= low
		if blocked {
			c.unless(diag.BlockedDrain, b.At, "the disruption budget of %q lets no pod go while it has %d, so no node could be drained", w.Process, low).
				WithHint("run more pods than must stay, or say disruption: maxUnavailable: 1")
		}
	}
}

// share is a number or percentage of n pods, rounded up as Kubernetes does.
func share(s string, n int32) int32 {
	if p, ok := strings.CutSuffix(s, "%"); ok {
		f, _ := strconv.ParseFloat(p, 64)
		return int32(math.Ceil(f * float64(n) / 100))
	}
	v, _ := strconv.ParseInt(s, 10, 32)
	return int32(v)
}
