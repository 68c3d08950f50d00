package plan

import (
	"regexp"
	"strings"
)

// Owner is who a file belongs to: one service, or the fleet. A run that speaks
// for an owner may write all of its files and none of anybody else's.
type Owner string

// Fleet owns what belongs to no single service.
const Fleet Owner = "fleet"

const servicePrefix = "service/"

// Service is the owner of the files of the service called name.
func Service(name string) Owner { return Owner(servicePrefix + name) }

// Service returns the name of the service that o is; false for the fleet.
func (o Owner) Service() (name string, ok bool) {
	return strings.CutPrefix(string(o), servicePrefix)
}

// serviceName is a DNS label (RFC 1123), as for every name in Kubernetes that
// a service's objects are named after. Nothing in it can end a comment.
var serviceName = regexp.MustCompile(`^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$`)

func (o Owner) wellFormed() bool {
	name, ok := o.Service()
	if ok {
		return serviceName.MatchString(name)
	}
	return o == Fleet
}

// check panics on an owner that the first line could not give back: its file
// would be written once, and be foreign ever after.
func (o Owner) check() {
	if !o.wellFormed() {
		panic("plan: owner " + string(o))
	}
}
