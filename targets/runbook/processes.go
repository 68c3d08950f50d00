package runbook

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"slipway.dev/compiler/ir"
)

// processes says of every process in the last environment what it listens on, how its state
// is asked, what it may use, and what it reads.
func (b *page) processes() {
	if len(b.last.Workloads) > 0 {
		b.f("\n## What runs in %s\n\n| %s | container | ports | ready | alive | memory | CPU |\n| --- | --- | --- | --- | --- | --- | --- |\n", b.last.Env.Name, "process")
	}
	for _, w := range b.last.Workloads {
		for _, c := range containers(w) {
			b.f("| %s `%s` | %s | %s | %s | %s | %s | %s |\n", w.Kind, w.Name, c.Name, ports(c), probe(c.Ready), probe(c.Live),
				amount(c.Resources.Memory, c.Resources.MemoryLimit), amount(c.Resources.CPU, c.Resources.CPULimit))
		}
	}
	var rest []string
	for _, m := range b.last.Manifests {
		rest = append(rest, fmt.Sprintf("%s `%s`", m.Kind, m.Object))
	}
	for _, line := range []struct{ about, list string }{
		{"Configuration", join(configs(b.last))},
		{"Secrets, by name", join(secrets(b.last))},
		{"Data", join(data(b.last))},
		{"Other objects", join(rest)},
	} {
		if line.list != "" {
			b.f("\n%s: %s.\n", line.about, line.list)
		}
	}
}

func containers(w *ir.Workload) []ir.Container {
	return slices.Concat([]ir.Container{w.Main}, w.Sidecars, w.Init)
}

func ports(c ir.Container) string {
	var out []string
	for _, p := range c.Ports {
		s := fmt.Sprintf("%s %d", p.Name, p.Number)
		if p.Service != 0 && p.Service != p.Number {
			s += fmt.Sprintf(" (called at %d)", p.Service)
		}
		out = append(out, s)
	}
	return cmp.Or(join(out), "–")
}

func probe(p *ir.Probe) string {
	switch {
	case p == nil:
		return "–"
	case p.HTTP != nil:
		return code("GET "+p.HTTP.Path) + " on " + port(p.HTTP.Port)
	case p.GRPC != nil:
		return "gRPC on " + port(p.GRPC.Port)
	case p.TCP != nil:
		return "TCP on " + port(*p.TCP)
	}
	return code(strings.Join(p.Exec, " "))
}

func port(p ir.PortRef) string { return cmp.Or(p.Name, fmt.Sprint(p.Number)) }

func amount(request, limit string) string {
	switch {
	case limit != "" && limit != request:
		return cmp.Or(request, "–") + ", at most " + limit
	case limit != "":
		return "at most " + limit
	}
	return cmp.Or(request, "–")
}

// configs are the ConfigMaps that containers read, by the names in the spec where they are
// its own: those in the cluster change with their content.
func configs(i *ir.Instance) []string {
	var out []string
	own := func(name string) {
		for _, c := range i.Configs {
			if c.Name == name && !c.Kept {
				name = "`" + strings.TrimSuffix(c.Name, c.Name[strings.LastIndexByte(c.Name, '-'):]) + "-…`"
				out = append(out, name)
				return
			}
		}
		out = append(out, code(name))
	}
	for _, w := range i.Workloads {
		for _, c := range containers(w) {
			for _, e := range c.EnvFrom {
				if e.Config != "" {
					own(e.Config)
				}
			}
			for _, e := range c.Env {
				if e.Config != nil {
					own(e.Config.Name)
				}
			}
		}
		for _, v := range w.Volumes {
			if v.Config != nil {
				own(v.Config.Name)
			}
		}
	}
	return unique(out)
}

// secrets are the Secrets that must be there, never what is in them.
func secrets(i *ir.Instance) []string {
	var out []string
	for _, w := range i.Workloads {
		for _, c := range containers(w) {
			for _, e := range c.EnvFrom {
				if e.Secret != "" {
					out = append(out, code(e.Secret))
				}
			}
			for _, e := range c.Env {
				if e.Secret != nil {
					out = append(out, code(e.Secret.Name))
				}
			}
		}
		for _, v := range w.Volumes {
			if v.Secret != nil {
				out = append(out, code(v.Secret.Name))
			}
		}
	}
	for _, name := range i.PullSecrets {
		out = append(out, code(name))
	}
	return unique(out)
}

// data is where what must not be lost lies.
func data(i *ir.Instance) []string {
	var out []string
	for _, w := range i.Workloads {
		for _, v := range w.Volumes {
			switch {
			case v.Storage != nil:
				out = append(out, fmt.Sprintf("`%s` in the claims %s (%s each)", where(w, v.Name), code(v.Name+"-"+w.Name+"-0, …"), v.Storage.Size))
			case v.Claim != "":
				out = append(out, fmt.Sprintf("`%s` in the claim %s", where(w, v.Name), code(v.Claim)))
			case v.NFS != nil:
				out = append(out, fmt.Sprintf("`%s` on %s", where(w, v.Name), code(v.NFS.Server+":"+v.NFS.Path)))
			case v.Host != nil:
				out = append(out, fmt.Sprintf("`%s` on the node, %s", where(w, v.Name), code(v.Host.Path)))
			}
		}
	}
	return unique(out)
}

func stores(i *ir.Instance) bool { return len(data(i)) > 0 }

// where is the path at which a volume is mounted first.
func where(w *ir.Workload, volume string) string {
	for _, c := range containers(w) {
		for _, m := range c.Mounts {
			if m.Volume == volume {
				return strings.ReplaceAll(m.Path, "`", "'")
			}
		}
	}
	return volume
}
