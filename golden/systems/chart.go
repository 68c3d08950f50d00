package systems

import (
	"fmt"
	"hash/fnv"
	"strings"
)

// release is one service in one environment, as the values of chart.yaml.
type release struct {
	Name, Env, Namespace, Registry, Version, Account, Region, LogLevel, Host, Cron, Checksum string
	CPU, Memory, MemoryLimit                                                                 string
	Patch, Replicas, Max, Timeout                                                            int
	Scaled, Database, Feature                                                                bool
	Vars                                                                                     []struct{ Name, Value string }
}

var charted = strings.Fields(`accounts address-book basket billing catalog checkout coupons currency delivery fraud-check
	gift-cards images inventory invoices loyalty mailer orders payments pricing recommendations returns reviews search shipping tax-rates`)

// Chart is a fleet of two dozen services that are rendered from one chart.
func Chart() System {
	s := rendered("chart", []string{"dev", "staging", "production"}, func(e int) (all []any) {
		for k := range charted {
			all = append(all, newRelease(k, e))
		}
		return all
	})
	s.Services = charted
	return s
}

// newRelease varies a service as its number says, and environments as people do: smaller at
// first, another registry, account, host and log level; some settings in one place only.
func newRelease(k, e int) release {
	name := charted[k]
	env := []string{"dev", "staging", "production"}[e]
	r := release{
		Name: name, Env: env, Namespace: "storefront", Registry: "registry.example.com/storefront", Version: fmt.Sprintf("%d.%d.%d", 1+k%3, 4+k, 12-e),
		Account: []string{"111111111111", "222222222222", "333333333333"}[e], Region: "eu-central-1", LogLevel: []string{"debug", "info", "info"}[e],
		CPU: []string{"50m", "100m", "250m"}[(e+k)%3], Memory: "128Mi", MemoryLimit: []string{"256Mi", "256Mi", "512Mi"}[e],
		Patch: 7, Replicas: []int{1, 1, 3}[e], Max: 12, Timeout: 500 + 50*(k%4),
		Database: k%3 != 1, Scaled: k%2 == 0 && e == 2, Feature: e == 0 || k%5 == 0,
	}
	if k%4 == 0 {
		r.Host = name + []string{".dev", ".staging", ""}[e] + ".example.com"
	}
	if k%5 == 2 {
		r.Cron = fmt.Sprintf("%d 3 * * *", k)
	}
	for v := range k % 6 {
		r.Vars = append(r.Vars, struct{ Name, Value string }{fmt.Sprintf("OPTION_%d", v), fmt.Sprint(v * k)})
	}
	if e == 2 && k%7 == 3 {
		r.Vars = append(r.Vars, struct{ Name, Value string }{"TRACE_RATIO", "0.01"})
	}
	h := fnv.New64a()
	fmt.Fprint(h, name, env, r.LogLevel)
	r.Checksum = fmt.Sprintf("%016x%016x", h.Sum64(), h.Sum64()*31)
	return r
}
