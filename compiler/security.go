package compiler

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"slipway.dev/compiler/diag"
	"slipway.dev/compiler/ir"
)

// baselineCapabilities are those that Pod Security "baseline" lets a container add.
// https://kubernetes.io/docs/concepts/security/pod-security-standards/
var baselineCapabilities = []string{"AUDIT_WRITE", "CHOWN", "DAC_OVERRIDE", "FOWNER", "FSETID", "KILL", "MKNOD", "NET_BIND_SERVICE", "SETFCAP", "SETGID", "SETPCAP", "SETUID", "SYS_CHROOT"}

// exceeds says what a container does that Pod Security "restricted" forbids, and the
// strictest level that still admits it.
func exceeds(w *ir.Workload, c *ir.Container) (why []string, level string) {
	s, level := c.Security, "restricted"
	does := func(what, needs string) {
		why = append(why, what)
		if slices.Index(levels, needs) > slices.Index(levels, level) {
			level = needs
		}
	}
	user, nonRoot, privileged := first(s.User, w.Security.User), first(s.NonRoot, w.Security.NonRoot), yes(s.Privileged)
	switch {
	case user != nil && *user == 0 || nonRoot != nil && !*nonRoot:
		does("runs as root", "baseline")
	case nonRoot == nil:
		does("may run as root", "baseline")
	}
	for _, name := range s.Add {
		switch {
		case name == "NET_BIND_SERVICE":
		case slices.Contains(baselineCapabilities, name):
			does("adds "+name, "baseline")
		default:
			does("adds "+name, "privileged")
		}
	}
	if privileged {
		does("runs privileged", "privileged")
	}
	if !privileged && !slices.Contains(s.Drop, "ALL") {
		does("keeps capabilities", "baseline")
	}
	if !privileged && (s.Escalation == nil || *s.Escalation) {
		does("may gain privileges", "baseline")
	}
	switch cmp.Or(s.Seccomp, w.Security.Seccomp) {
	case "":
		does("has no seccomp profile", "baseline")
	case "Unconfined":
		does("has its seccomp profile turned off", "privileged")
	}
	if s.Unmasked {
		does("sees the host's /proc", "privileged")
	}
	for _, p := range c.Ports {
		if p.Host != 0 {
			does(fmt.Sprintf("takes port %d of its node", p.Host), "privileged")
		}
	}
	return why, level
}

// podExceeds is the same for what a pod does as a whole.
func podExceeds(w *ir.Workload) (why []string, level string) {
	level = "restricted"
	for _, h := range w.Host {
		why, level = append(why, "uses "+h), "privileged"
	}
	for _, v := range w.Volumes {
		switch {
		case v.Other == "hostPath" || v.Host != nil:
			why, level = append(why, fmt.Sprintf("mounts a folder of its node as %q", v.Name)), "privileged"
		case v.NFS != nil || v.Other != "" && !slices.Contains(restrictedVolumes, v.Other):
			why = append(why, fmt.Sprintf("mounts %s as %q", cmp.Or(v.Other, "nfs"), v.Name))
			if level == "restricted" {
				level = "baseline"
			}
		}
	}
	return why, level
}

// restrictedVolumes are the kinds that "restricted" admits.
var restrictedVolumes = []string{"configMap", "csi", "downwardAPI", "emptyDir", "ephemeral", "persistentVolumeClaim", "projected", "secret"}

func first[T any](a, b *T) *T {
	if a != nil {
		return a
	}
	return b
}

var levels = []string{"restricted", "baseline", "privileged"} // from the strictest

func checkRestricted(c *checker, i *ir.Instance) {
	for _, w := range judged(i) {
		at := w.At
		if w.Security.At.IsValid() {
			at = w.Security.At
		}
		why, level := podExceeds(w)
		c.restricted(i, at, w.Name, why, level)
		for _, ctr := range containers(w) {
			at := ctr.Security.At
			if !at.IsValid() {
				at = w.At
			}
			why, level := exceeds(w, ctr)
			c.restricted(i, at, ctr.Name, why, level)
		}
	}
}

func (c *checker) restricted(i *ir.Instance, at diag.Pos, name string, why []string, level string) {
	if len(why) == 0 {
		return
	}
	does := strings.Join(why, " and ")
	if slices.Index(levels, i.Env.PodSecurity) < slices.Index(levels, level) {
		c.used[diag.NotRestricted] = true
		c.ds.Errorf(diag.NotRestricted, at, "%q %s, but the environment admits only %q pods", name, does, i.Env.PodSecurity).
			WithRelated(i.Env.At, "the environment, %q", i.Env.Name).
			WithHint("do without it; or the platform gives the environment podSecurity: %q, and you say why: allow: %q: \"reason\"", level, diag.NotRestricted)
		return
	}
	c.unless(diag.NotRestricted, at, "%q %s, which Pod Security \"restricted\" forbids", name, does).
		WithHint("do without it, or say why it must be: allow: %q: \"reason\"", diag.NotRestricted)
}

// judged are all pods of an instance: those of process groups, and those that whole
// manifests make.
func judged(i *ir.Instance) []*ir.Workload {
	out := slices.Clone(i.Workloads)
	for _, m := range i.Manifests {
		if m.Pods != nil {
			out = append(out, m.Pods)
		}
	}
	return out
}
