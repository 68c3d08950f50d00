package systems

import "fmt"

// Jobs is one service: a web process, a worker and two dozen cron jobs of one image.
func Jobs() System {
	type cron struct {
		Name, Cron, Task string
		Suspended        bool
	}
	s := rendered("jobs", []string{"staging", "production"}, func(e int) []any {
		var crons []cron
		for k := range 24 + 2*e { // production has some that staging has not
			crons = append(crons, cron{fmt.Sprintf("task-%02d", k), fmt.Sprintf("%d %d * * *", 7*k%60, k%24), fmt.Sprintf("cron:task_%d", k), e == 0 && k%3 == 0})
		}
		return []any{struct {
			Env, LogLevel string
			Replicas      int
			Crons         []cron
		}{[]string{"staging", "production"}[e], []string{"debug", "info"}[e], 2 + 2*e, crons}}
	})
	s.Services = []string{"ledger"}
	return s
}
