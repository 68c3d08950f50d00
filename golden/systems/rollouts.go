package systems

// progress is an environment of rollouts.yaml, and one of its services.
type progress struct {
	Name, Suffix, Env, Pause, Version string
	Replicas                          int
	Weights                           []int // of the storefront's canary
	Promoted                          bool  // the checkout is promoted by itself
}

// Of is the same for a service, and one of its Services.
func (p progress) Of(name, suffix string) progress {
	p.Name, p.Suffix = name, suffix
	return p
}

// Rollouts are services that Argo Rollouts brings from version to version: at once where they are
// tried, step by step where people shop.
func Rollouts() System {
	s := rendered("rollouts", []string{"dev", "staging", "production"}, func(e int) []any {
		return []any{progress{
			Env: []string{"dev", "staging", "production"}[e], Pause: []string{"10s", "1m", "30m"}[e], Version: []string{"1.9.0", "1.8.2", "1.8.2"}[e],
			Replicas: 1 + 2*e, Weights: [][]int{{100}, {20, 60}, {5, 20, 60}}[e], Promoted: e < 2,
		}}
	})
	s.Services = []string{"catalog", "checkout", "search", "storefront"}
	return s
}
