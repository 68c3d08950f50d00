package fleets

import "fmt"

// Words of names. No two of them make the name of another service's process or route.
var (
	areas = []string{
		"account", "audit", "basket", "billing", "campaign", "card", "catalog", "claim", "content", "credit", "customer", "delivery",
		"device", "document", "fraud", "identity", "inventory", "invoice", "ledger", "loan", "location", "mail", "media", "order",
		"partner", "payment", "pricing", "product", "report", "search", "shipping", "stock", "tax", "user",
	}
	roles = []string{
		"aggregator", "archive", "backend", "broker", "cache", "calculator", "checker", "collector", "controller", "enricher",
		"exporter", "feed", "forecast", "frontend", "gateway", "history", "importer", "indexer", "limits", "manager", "matching",
		"monitor", "notifier", "planner", "profile", "quote", "registry", "relay", "resolver", "rules", "scheduler", "service",
		"store", "sync", "tracker", "validator",
	}
	teams = []string{
		"accounts", "analytics", "billing", "checkout", "compliance", "content", "customers", "data", "fulfilment", "growth",
		"identity", "insights", "integrations", "inventory", "lending", "logistics", "marketing", "media", "messaging", "mobile",
		"operations", "partners", "payments", "pricing", "products", "reporting", "risk", "search", "security", "shipping",
		"storefront", "subscriptions", "support", "tax", "treasury", "trust", "vendors", "warehouse", "web", "wholesale",
	}
	people   = []string{"aiko.tanaka", "ben.okafor", "carla.rossi", "dmitri.ivanov", "promoter"}
	topics   = []string{"CACHE", "CATALOG", "CLIENT", "DATABASE", "EVENTS", "EXPORT", "HTTP", "IMPORT", "JOBS", "KAFKA", "LEDGER", "LIMITER", "MAIL", "METRICS", "ORDERS", "POOL", "QUEUE", "REDIS", "RETRY", "SEARCH", "SESSION", "STORAGE", "TRACING", "UPLOAD"}
	settings = []string{"ADDRESS", "BATCH_SIZE", "ENABLED", "HOST", "INTERVAL", "LIMIT", "MODE", "PATH", "REGION", "SIZE", "THREADS", "TIMEOUT", "TOPIC", "TTL"}
	clouds   = []string{"eks.amazonaws.com/role-arn", "iam.gke.io/gcp-service-account"}
)

// serviceNames are n names, all different, in the order in which services are made.
func (r *random) serviceNames(n int) []string {
	all := len(areas) * len(roles)
	order := r.shuffled(all)
	out := make([]string, n)
	for i := range out {
		k := order[i%all]
		out[i] = areas[k/len(roles)] + "-" + roles[k%len(roles)]
		if i >= all {
			out[i] += fmt.Sprintf("-%d", i/all+1)
		}
	}
	return out
}

func ownerNames(n int) []string { return teams[:n] }

// setting is the name of a variable and a value that fits it.
func (r *random) setting() (name, value string) {
	what := pick(r, settings)
	name = pick(r, topics) + "_" + what
	switch what {
	case "ENABLED":
		return name, pick(r, []string{"true", "false"})
	case "BATCH_SIZE", "LIMIT", "SIZE", "THREADS", "TTL":
		return name, fmt.Sprint(r.between(1, 5000))
	case "INTERVAL", "TIMEOUT":
		return name, quoted(fmt.Sprintf("%ds", r.between(1, 300)))
	case "ADDRESS", "HOST":
		return name, quoted(pick(r, areas) + ".internal.example.com:" + fmt.Sprint(r.between(1000, 9999)))
	case "PATH":
		return name, quoted("/var/lib/" + pick(r, areas))
	case "REGION":
		return name, quoted(pick(r, []string{"eu-central", "eu-west", "us-east", "ap-south"}))
	}
	return name, quoted(pick(r, roles) + "." + pick(r, areas))
}
