package systems

// Custom has custom resources of kinds that nobody has heard of.
func Custom() System {
	envs := []string{"dev", "qa", "production"}
	s := rendered("custom", envs, func(e int) []any {
		return []any{struct {
			Env, Size string
			Replicas  int
			Names     []string
		}{envs[e], []string{"10Gi", "10Gi", "500Gi"}[e], 1 + 2*e, []string{"rater", "ledger-export", "mediation", "collector"}}}
	})
	s.Services = []string{"collector", "ledger-export", "mediation", "rater"}
	return s
}
