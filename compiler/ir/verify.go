package ir

import "slices"

// Address is where tests of what is deployed reach a service.
type Address struct {
	URL  string
	Port *Port // of the Service that URL names; nil where URL is a host name, reached from outside
}

// DeployedTests are the service's tests of what is deployed: smoke, e2e, in this order.
func (s *Service) DeployedTests() (out []*Test) {
	for k := range s.Tests {
		if s.Tests[k].Deployed {
			out = append(out, &s.Tests[k])
		}
	}
	return out
}

// Verified are the tests that a release of the instance has to pass before it goes on:
// those that the spec which runs here asks for, as far as pipelines, which follow the spec as
// it stands, have them for this environment. So a new test counts from the release on that
// brings it.
func (i *Instance) Verified() []string { return i.had(i.Tests) }

// ByNight are the tests of what is deployed that run by night, of which the same is true: what
// goes on does not wait for them.
func (i *Instance) ByNight() []string { return i.had(i.NightTests) }

// had are those of some tests that pipelines have for the instance's environment.
func (i *Instance) had(tests []string) (out []string) {
	for _, t := range i.Service.DeployedTests() {
		if slices.Contains(t.In, i.Env) && slices.Contains(tests, t.Name) {
			out = append(out, t.Name)
		}
	}
	return out
}

// TestedIn is the service in each environment for which its spec as it stands has tests of what
// is deployed, in promotion order: as it runs there, and where it cannot be reached, or does
// not run yet, as the spec stands.
func (s *Service) TestedIn() (out []*Instance) {
	if len(s.DeployedTests()) == 0 {
		return nil
	}
	for _, i := range s.AsItStands() {
		if len(i.Verified())+len(i.ByNight()) == 0 {
			continue
		}
		if k := slices.IndexFunc(s.Instances, func(o *Instance) bool { return o.Env == i.Env && o.Address != nil }); k >= 0 {
			i = s.Instances[k]
		}
		out = append(out, i)
	}
	return out
}
