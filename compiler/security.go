package compiler

import (
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
func exceeds(s ir.Security, root bool) (why []string, level string) {
	level = "restricted"
	if root {
		why, level = append(why, "runs as root"), "baseline"
	}
	for _, c := range s.Capabilities {
		if c != "NET_BIND_SERVICE" {
			why = append(why, "adds "+c)
			if level = "baseline"; !slices.Contains(baselineCapabilities, c) {
				level = "privileged"
			}
		}
	}
	if s.Privileged {
		why, level = append(why, "runs privileged"), "privileged"
	}
	return why, level
}

var levels = []string{"restricted", "baseline", "privileged"} // from the strictest

func checkRestricted(c *checker, i *ir.Instance) {
	for _, w := range i.Workloads {
		for _, ctr := range containers(w) {
			s := ctr.Security
			at := s.At
			if !at.IsValid() {
				at = w.At
			}
			why, level := exceeds(s, s.Root || s.User == nil && w.User != nil && *w.User == 0)
			if len(why) == 0 {
				continue
			}
			does := strings.Join(why, " and ")
			if slices.Index(levels, i.Env.PodSecurity) < slices.Index(levels, level) {
				c.used[diag.NotRestricted] = true
				c.ds.Errorf(diag.NotRestricted, at, "%q %s, but the environment admits only %q pods", ctr.Name, does, i.Env.PodSecurity).
					WithRelated(i.Env.At, "the environment, %q", i.Env.Name).
					WithHint("do without it; or the platform gives the environment podSecurity: %q, and you say why: allow: %q: \"reason\"", level, diag.NotRestricted)
				continue
			}
			c.unless(diag.NotRestricted, at, "%q %s, which Pod Security \"restricted\" forbids", ctr.Name, does).
				WithHint("do without it, or say why it must be: allow: %q: \"reason\"", diag.NotRestricted)
		}
	}
}
