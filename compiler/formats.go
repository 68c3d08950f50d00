package compiler

import (
	"net/netip"
	"regexp"
	"slices"
	"strings"

	"github.com/robfig/cron/v3"
	"k8s.io/apimachinery/pkg/api/resource"
	"k8s.io/apimachinery/pkg/util/validation"

	"slipway.dev/compiler/diag"
	"slipway.dev/compiler/ir"
)

// What the API server would refuse, although its form is that of the schema.

// podFields are what the downward API gives as variables.
// https://kubernetes.io/docs/concepts/workloads/pods/downward-api/
var (
	podFields      = regexp.MustCompile(`^(metadata\.(name|namespace|uid)|metadata\.(labels|annotations)\['[^']+'\]|spec\.(nodeName|serviceAccountName)|status\.(hostIP|hostIPs|podIP|podIPs))$`)
	resourceFields = regexp.MustCompile(`^(limits|requests)\.(cpu|memory|ephemeral-storage|hugepages-.+)$`)
)

// minMemory is less than any process needs: who writes "128m" means megabytes, but it is a
// thousandth of a byte.
var minMemory = resource.MustParse("1Mi")

func checkFormats(c *checker, i *ir.Instance) {
	wrong := func(at diag.Pos, format string, args ...any) *diag.Diagnostic {
		return c.ds.Errorf(diag.WrongValue, at, format, args...)
	}
	for _, w := range i.Workloads {
		for _, ctr := range containers(w) {
			for _, p := range ctr.Ports {
				if errs := validation.IsValidPortName(p.Name); p.Name != "" && len(errs) > 0 {
					wrong(p.At, "%q is not a port's name: %s", p.Name, errs[0])
				}
			}
			for _, e := range ctr.Env {
				if e.Field != "" && !podFields.MatchString(e.Field) {
					wrong(e.At, "field: a pod has no field %q that a variable can take", e.Field).WithHint("take one such as metadata.namespace, status.podIP or spec.nodeName")
				}
				if e.Resource != "" && !resourceFields.MatchString(e.Resource) {
					wrong(e.At, "resource: a container has no resource %q", e.Resource).WithHint("take one such as limits.memory or requests.cpu")
				}
			}
			for name, p := range map[string]*ir.Probe{"ready": ctr.Ready, "live": ctr.Live, "start": ctr.Start} {
				if p != nil && p.HTTP == nil && p.GRPC == nil && p.TCP == nil && len(p.Exec) == 0 {
					wrong(ctr.At, "%s.exec of %q is an empty command", name, ctr.Name)
				}
			}
			for _, m := range []string{ctr.Resources.Memory, ctr.Resources.MemoryLimit} {
				if q, err := resource.ParseQuantity(m); m != "" && (err != nil || q.Cmp(minMemory) < 0) {
					wrong(ctr.Resources.At, "%q has %s of memory, which no process can run in", ctr.Name, m).WithHint("memory is counted in Mi and Gi: \"128Mi\"")
				}
			}
			for _, name := range ctr.Security.Add {
				if strings.HasPrefix(name, "CAP_") {
					wrong(ctr.Security.At, "%q is not what Kubernetes calls it", name).WithHint("leave out CAP_: %q", strings.TrimPrefix(name, "CAP_"))
				}
			}
		}
		for _, ctr := range w.Init {
			if ctr.Native {
				continue
			}
			for name, p := range map[string]*ir.Probe{"ready": ctr.Ready, "live": ctr.Live, "start": ctr.Start} {
				if p != nil {
					wrong(ctr.At, "%s: init container %q ends before anybody could ask it", name, ctr.Name).WithHint("remove %s", name)
				}
			}
		}
		for _, v := range w.Volumes {
			if v.Storage != nil {
				if q, err := resource.ParseQuantity(v.Storage.Size); err != nil || q.Sign() <= 0 {
					wrong(v.At, "%q is no size for a disk", v.Storage.Size)
				}
			}
		}
	}
	for _, r := range i.Routes {
		if r.HTTP != nil {
			for _, h := range r.HTTP.Hosts {
				host := strings.TrimPrefix(h, "*.")
				if _, err := netip.ParseAddr(host); err == nil || len(validation.IsDNS1123Subdomain(host)) > 0 {
					wrong(r.At, "%q is not a host name", h).WithHint("give a name such as shop.example.com")
				}
			}
			for _, p := range r.HTTP.Paths {
				if r.HTTP.Match != "ImplementationSpecific" && (strings.Contains(p, "//") || strings.Contains(p, "/./") || strings.Contains(p, "/../") || strings.ContainsAny(p, "%*")) {
					wrong(r.At, "%q is not a plain path", p).WithHint("everything below it is meant anyway: give a prefix such as /api")
				}
			}
		}
		if r.LoadBalancer != nil {
			for _, s := range r.LoadBalancer.Sources {
				cidr(c.ds, r.At, s)
			}
		}
	}
	for _, d := range i.Claims {
		if q, err := resource.ParseQuantity(d.Size); err != nil || q.Sign() <= 0 {
			wrong(d.At, "%q is no size for a disk", d.Size)
		}
	}
	checkPeers(c.ds, slices.Concat(i.To, i.From))
}

func checkPeers(ds *diag.List, list []ir.Peer) {
	for _, p := range list {
		if p.CIDR != "" {
			cidr(ds, p.At, p.CIDR)
		}
	}
}

func cidr(ds *diag.List, at diag.Pos, s string) {
	p, err := netip.ParsePrefix(s)
	switch {
	case err != nil:
		ds.Errorf(diag.WrongValue, at, "%q is not an address range", s).WithHint("write one such as 203.0.113.0/24, or ADDRESS/32 for a single address")
	case p.Masked() != p:
		ds.Errorf(diag.WrongValue, at, "%q names an address within its range", s).WithHint("write the range: %s, or %s/%d for the one address", p.Masked(), p.Addr(), p.Addr().BitLen())
	}
}

// checkCron reads a time as the controller of CronJobs does, and refuses the zone in it that the
// API server refuses.
func checkCron(ds *diag.List, at diag.Pos, s string) {
	_, err := cron.ParseStandard(s)
	switch {
	case strings.Contains(s, "TZ="):
		ds.Errorf(diag.WrongValue, at, "%q has a time zone in it, which Kubernetes refuses", s).WithHint("leave it out; a cronjob has it beside: schedule: {cron: \"30 2 * * *\", zone: \"Europe/Berlin\"}")
	case err != nil:
		ds.Errorf(diag.WrongValue, at, "%q is no time by which something runs: %s", s, strings.TrimPrefix(err.Error(), "cron: ")).
			WithHint("give minute, hour, day, month and weekday, such as \"30 2 * * *\"")
	}
}

// reserved labels say what selectors and policies rely on.
var reserved = []string{"app.kubernetes.io/name", "app.kubernetes.io/component", "app.kubernetes.io/managed-by", "app.kubernetes.io/version"}

func checkLabels(c *checker, i *ir.Instance) {
	if i.AsWritten {
		return // selectors are as written too
	}
	ours := func(path string, labels []ir.Pair) {
		for _, l := range labels {
			prefix, _, _ := strings.Cut(l.Name, "/")
			if slices.Contains(reserved, l.Name) || prefix == "slipway.dev" || strings.HasSuffix(prefix, ".slipway.dev") {
				c.ds.Errorf(diag.BadName, i.Service.At, "label %q is ours: selectors and network policies rely on it", l.Name).
					WithPath(path+l.Name).WithHint("choose another key, such as example.com/%s", l.Name[strings.LastIndex(l.Name, "/")+1:])
			}
		}
	}
	ours("labels.", i.Labels)
	ours("objects.labels.", i.Objects.Labels)
	for _, s := range i.Single {
		ours("objects.only."+s.Kind+"/"+s.Object+".labels.", s.Labels)
		for _, name := range s.Without {
			ours("objects.only."+s.Kind+"/"+s.Object+".without.", []ir.Pair{{Name: name}})
		}
	}
}

// checkOwnNames looks for two containers of a pod, or two objects of the service, with one
// name.
func checkOwnNames(c *checker, i *ir.Instance) {
	type key struct{ kind, name string }
	first := map[key]diag.Pos{}
	for _, o := range objects(i) {
		k := key{o.kind, o.name}
		if at, ok := first[k]; ok {
			c.ds.Errorf(diag.DuplicateName, o.at, "this makes a second %s called %q", o.kind, o.name).
				WithRelated(at, "the first one").WithHint("%s", o.rename)
			continue
		}
		first[k] = o.at
	}
	for _, w := range i.Workloads {
		seen := map[string]diag.Pos{}
		for _, ctr := range containers(w) {
			if first, ok := seen[ctr.Name]; ok {
				c.ds.Errorf(diag.DuplicateName, ctr.At, "two containers of %q are called %q", w.Process, ctr.Name).
					WithRelated(first, "the other one").WithHint("rename one of them; the program itself is called %q", w.Main.Name)
			}
			seen[ctr.Name] = ctr.At
		}
	}
}
