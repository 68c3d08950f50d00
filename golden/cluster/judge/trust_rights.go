package judge

import (
	"fmt"
	"slices"
	"strings"

	rbac "k8s.io/api/rbac/v1"
	"k8s.io/apimachinery/pkg/runtime"
)

// looking are the verbs that change nothing.
var looking = []string{"get", "list", "watch"}

// closed are the resources that show more than they seem to.
var closed = []string{"secrets", "pods/exec", "pods/attach", "pods/portforward", "serviceaccounts/token", "nodes/proxy"}

// rights judges one object of RBAC: people may look, nothing but people is given anything,
// and nobody may change what is written in Git.
func (j *trust) rights(o Object) {
	var role rbac.Role
	var binding rbac.RoleBinding
	read := func(into any) bool {
		return runtime.DefaultUnstructuredConverter.FromUnstructured(o.Object, into) == nil
	}
	switch {
	case o.GetKind() == "ClusterRoleBinding":
		j.add(o.place(), "", "nothing of Slipway needs rights in a whole cluster")
	case (o.GetKind() == "Role" || o.GetKind() == "ClusterRole") && read(&role): // they have the same rules
		if o.GetKind() == "ClusterRole" {
			j.add(o.place(), "", "nothing of Slipway needs rights in a whole cluster")
		}
		for i, r := range role.Rules {
			at := fmt.Sprintf("rules[%d]", i)
			for _, v := range r.Verbs {
				if !slices.Contains(looking, v) {
					j.add(o.place(), at+".verbs", "%q is more than to look", v)
				}
				if v == "impersonate" && len(r.ResourceNames) == 0 {
					j.add(o.place(), at+".resourceNames", "it may act as everybody")
				}
				if v == "create" && strings.HasPrefix(o.GetNamespace(), "slipway-") && !slices.Equal(r.Resources, []string{"pipelineruns"}) {
					j.add(o.place(), at+".resources", "it may make %v, and nothing but runs of pipelines are made", r.Resources)
				}
			}
			for _, what := range slices.Concat(r.APIGroups, r.Resources) {
				if strings.Contains(what, "*") {
					j.add(o.place(), at, "%q is more than it names", what)
				}
			}
			for _, what := range r.Resources {
				if slices.Contains(closed, what) {
					j.add(o.place(), at+".resources", "who sees %q sees credentials", what)
				}
			}
		}
	case o.GetKind() == "RoleBinding" && read(&binding):
		if binding.RoleRef.Kind != "Role" {
			j.add(o.place(), "roleRef", "the role %s is the cluster's, so nobody here says what it allows", binding.RoleRef.Name)
		}
		for i, s := range binding.Subjects {
			at := fmt.Sprintf("subjects[%d]", i)
			switch {
			case s.Kind == rbac.ServiceAccountKind:
				j.add(o.place(), at, "pods of the account %s are given rights", s.Name)
			case s.Name == "" || s.Name == "*" || strings.HasPrefix(s.Name, "system:"):
				j.add(o.place(), at, "%q is not a group of people", s.Name)
			}
		}
	}
}
