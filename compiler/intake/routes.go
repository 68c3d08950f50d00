package intake

// routed is what Ingress objects of all services say of their environments.
type routed struct {
	class   map[string]string // the IngressClass of all, "" where they differ, by environment; only those with any
	claimed map[*Object]bool  // those with a host and path that another one has too
}

func (r *Result) routes() *routed {
	out := &routed{class: map[string]string{}, claimed: map[*Object]bool{}}
	for _, env := range r.Environments {
		first := map[string]*Object{}
		for _, s := range r.Services {
			for _, o := range s.Objects[env.Name] {
				if o.APIVersion != "networking.k8s.io/v1" || o.Kind != "Ingress" {
					continue
				}
				class := textOf(o.Body, "spec", "ingressClassName")
				if was, ok := out.class[env.Name]; ok && was != class || !serviceName.MatchString(class) {
					class = ""
				}
				out.class[env.Name] = class
				visitPaths(o, func(host, path string) {
					if other := first[host+path]; other != nil && other != o {
						out.claimed[o], out.claimed[other] = true, true
					}
					first[host+path] = o
				})
			}
		}
	}
	return out
}

func visitPaths(o *Object, f func(host, path string)) {
	for _, rule := range itemsOf(o.Body.Find("spec", "rules")) {
		for _, p := range itemsOf(rule.Find("http", "paths")) {
			f(textOf(rule, "host"), textOf(p, "path"))
		}
	}
}
