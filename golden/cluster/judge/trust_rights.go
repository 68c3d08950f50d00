package judge

import (
	"fmt"
	"slices"
	"strings"

	rbac "k8s.io/api/rbac/v1"
	"k8s.io/apimachinery/pkg/api/equality"
	"k8s.io/apimachinery/pkg/runtime"
)

// looking are the verbs that change nothing.
var looking = []string{"get", "list", "watch"}

// closed are the resources that show more than they seem to.
var closed = []string{"secrets", "pods/exec", "pods/attach", "pods/portforward", "serviceaccounts/token", "nodes/proxy"}

// duties are all that accounts may do, by the name of the account and of its role: exactly
// this.
var duties = map[string][]rbac.PolicyRule{
	"report":    {{APIGroups: []string{"tekton.dev"}, Resources: []string{"pipelineruns"}, Verbs: []string{"get", "list"}}},
	"supersede": {{APIGroups: []string{"tekton.dev"}, Resources: []string{"pipelineruns"}, Verbs: []string{"get", "list", "patch"}}},
	"trigger":   {{APIGroups: []string{"tekton.dev"}, Resources: []string{"pipelineruns"}, Verbs: []string{"create"}}},
	"listener":  {{APIGroups: []string{""}, Resources: []string{"serviceaccounts"}, ResourceNames: []string{"trigger"}, Verbs: []string{"impersonate"}}},
	// Its token goes into a Secret of the promoter; no pod has this account.
	"slipway-observer": {{APIGroups: []string{"argoproj.io"}, Resources: []string{"applications"}, Verbs: []string{"get", "list"}}},
}

// fleetNamespace is where changes of the fleet itself are checked.
const fleetNamespace = "slipway-fleet"

// eventsNamespace is where the listener for Git hosts runs; listening are all with a listener,
// and eventsKinds what they read in the whole cluster: objects in which there are no secrets.
const eventsNamespace = "slipway-events"

var (
	listening   = []string{promoterNamespace, eventsNamespace}
	eventsKinds = []string{"clusterinterceptors", "clustertriggerbindings", "eventlisteners", "interceptors", "triggerbindings", "triggers", "triggertemplates"}
)

// startsBinding lets the promoter's listener act as the account "trigger" of a team's release
// namespace: that of the promoter's own events, by which it starts runs that nobody pushed for.
const startsBinding = "promoter"

// listenersRole is the one of a whole cluster.
const listenersRole = "slipway-listeners"

// rights judges one object of RBAC: people may look, accounts do their one duty and nothing
// else, and nobody may change what is written in Git.
func (j *trust) rights(o Object) {
	var role rbac.Role
	var binding rbac.RoleBinding
	read := func(into any) bool {
		return runtime.DefaultUnstructuredConverter.FromUnstructured(o.Object, into) == nil
	}
	switch {
	case o.GetKind() == "ClusterRole" && o.GetName() == listenersRole:
		if !read(&role) || len(role.Rules) != 1 || !slices.Equal(role.Rules[0].APIGroups, []string{"triggers.tekton.dev"}) {
			j.add(o.place(), "rules", "the listener reads triggers, and nothing else")
			return
		}
		for _, what := range role.Rules[0].Resources {
			if !slices.Contains(eventsKinds, what) {
				j.add(o.place(), "rules[0].resources", "the listener does not need %q", what)
			}
		}
		for _, v := range role.Rules[0].Verbs {
			if !slices.Contains(looking, v) {
				j.add(o.place(), "rules[0].verbs", "%q is more than to look", v)
			}
		}
	case o.GetKind() == "ClusterRoleBinding" && o.GetName() == listenersRole:
		if !read(&binding) || binding.RoleRef.Name != listenersRole || slices.ContainsFunc(binding.Subjects, func(s rbac.Subject) bool {
			return s.Kind != rbac.ServiceAccountKind || s.Name != "listener" || !slices.Contains(listening, s.Namespace)
		}) {
			j.add(o.place(), "subjects", "it gives the listeners' rights to somebody else, or other rights to a listener")
		}
	case strings.HasPrefix(o.GetKind(), "Cluster"):
		j.add(o.place(), "", "nothing of Slipway needs rights in a whole cluster")
	case o.GetKind() == "Role" && read(&role):
		if duty, ok := duties[role.Name]; ok {
			// The fleet's checks release nothing, so that those of pull requests are beside the others.
			if role.Name == "supersede" && !strings.HasSuffix(role.Namespace, "-pr") && role.Namespace != fleetNamespace {
				j.add(o.place(), "metadata.namespace", "who cancels runs for pull requests has nothing to do where releases run")
			}
			if !equality.Semantic.DeepEqual(role.Rules, duty) {
				j.add(o.place(), "rules", "they are not what the account %s needs", role.Name)
			}
			return
		}
		for i, r := range role.Rules {
			at := fmt.Sprintf("rules[%d]", i)
			for _, v := range r.Verbs {
				if !slices.Contains(looking, v) {
					j.add(o.place(), at+".verbs", "%q is more than to look", v)
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
		_, ok := duties[binding.RoleRef.Name]
		home := binding.Namespace
		if binding.RoleRef.Name == "listener" && home != promoterNamespace {
			home = eventsNamespace // the one for Git hosts starts runs in other namespaces
			if binding.Name == startsBinding && !strings.HasSuffix(binding.Namespace, "-pr") {
				home = promoterNamespace // so does the promoter's, where releases run
			}
		}
		for i, s := range binding.Subjects {
			at := fmt.Sprintf("subjects[%d]", i)
			switch {
			case ok && s.Kind == rbac.ServiceAccountKind && s.Name == binding.RoleRef.Name && s.Namespace == home:
			case ok:
				j.add(o.place(), at, "%s %s is not the account whose duty this is", s.Kind, s.Name)
			case s.Kind == rbac.ServiceAccountKind:
				j.add(o.place(), at, "pods of the account %s are given rights", s.Name)
			case s.Name == "" || s.Name == "*" || strings.HasPrefix(s.Name, "system:"):
				j.add(o.place(), at, "%q is not a group of people", s.Name)
			}
		}
	}
}
