package intake

import (
	"slices"

	"slipway.dev/compiler/layer"
)

// hardening notes what the defaults would add to a workload that is as written now.
func (r *Result) hardening() {
	for _, s := range r.Services {
		for _, env := range r.Environments {
			policy := false
			for _, o := range s.Objects[env.Name] {
				policy = policy || o.Kind == "NetworkPolicy"
				if pods := o.Pods(); pods != nil {
					for _, text := range soft(pods.Get("spec")) {
						r.Report.Notes = append(r.Report.Notes, Note{Topic: Hardening, Service: s.Name, Env: env.Name, Text: text})
					}
				}
			}
			if !policy && len(s.Objects[env.Name]) > 0 {
				r.Report.Notes = append(r.Report.Notes, Note{Topic: Hardening, Service: s.Name, Env: env.Name, Text: "admit and call only what consumes, expose and network say (NetworkPolicy)"})
			}
		}
	}
}

// soft says what a pod does without that the defaults insist on.
func soft(pod *layer.Node) (out []string) {
	say := func(missing bool, text string) {
		if missing && !slices.Contains(out, text) {
			out = append(out, text)
		}
	}
	var all []*layer.Node
	for _, l := range []string{"initContainers", "containers"} {
		if n := pod.Get(l); n != nil {
			all = append(all, n.Items...)
		}
	}
	is := func(c *layer.Node, value, field string) bool {
		v := c.Find("securityContext", field)
		if v == nil {
			v = pod.Find("securityContext", field)
		}
		return v != nil && v.Text == value
	}
	for _, c := range all {
		say(!is(c, "true", "runAsNonRoot"), "refuse to run as root (security.root)")
		say(!is(c, "true", "readOnlyRootFilesystem"), "make the root file system read-only (security.writable)")
		say(!is(c, "false", "allowPrivilegeEscalation"), "permit no gain of privileges (security.escalation)")
		drop := c.Find("securityContext", "capabilities", "drop")
		say(drop == nil || !slices.ContainsFunc(drop.Items, func(n *layer.Node) bool { return n.Text == "ALL" }), "drop all capabilities (security.drop)")
		seccomp := c.Find("securityContext", "seccompProfile", "type")
		if seccomp == nil {
			seccomp = pod.Find("securityContext", "seccompProfile", "type")
		}
		say(seccomp == nil, "confine system calls (security.seccomp)")
		say(c.Find("resources", "requests", "cpu") == nil || c.Find("resources", "requests", "memory") == nil, "ask for CPU and memory (resources)")
	}
	say(textBool(pod, "automountServiceAccountToken") != "false", "mount no token of the Kubernetes API (identity.token)")
	say(textBool(pod, "enableServiceLinks") != "false", "make no variables of the namespace's Services (serviceLinks)")
	return out
}

func textBool(n *layer.Node, field string) string {
	if v := n.Get(field); v != nil {
		return v.Text
	}
	return ""
}
