package intake

import (
	"fmt"
	"path"
	"slices"
	"strings"

	"slipway.dev/catalog/versions"
	"slipway.dev/compiler"
	"slipway.dev/compiler/layer"
	"slipway.dev/schema"
)

// files writes the fleet. allow is what each service accepts, by its name.
func (r *Result) files(o Options, specs []*spec) []File {
	var out []File
	for _, s := range specs {
		content := r.service(s)
		out = append(out, File{path.Join("services", s.service.Name, "service.cue"), content})
		for i, env := range s.envs {
			head := r.Environments[0].Name == env && i == 0 // the first environment follows the spec as it stands
			if head && s.images == nil {
				continue // the spec names the image
			}
			rec := versions.Record{Service: s.service.Name, Environment: env, Image: s.images[env], Spec: versions.SpecSum(content), Since: o.Now, By: o.By, Reason: "imported as it ran"}
			out = append(out, File{versions.Path(env, s.service.Name), versions.Encode(rec)})
			if !head {
				out = append(out, File{versions.SpecPath(env, s.service.Name), content})
			}
		}
	}
	out = append(out, File{compiler.PlatformFile, r.platform(specs)})
	out = append(out, r.fleetManifests()...)
	slices.SortFunc(out, func(a, b File) int { return strings.Compare(a.Path, b.Path) })
	return out
}

// service writes the spec of a service.
func (r *Result) service(s *spec) []byte {
	all := make([]*layer.Node, len(s.envs))
	for i, env := range s.envs {
		all[i] = s.byEnv[env]
	}
	w := writer{comments: map[string]string{}}
	n := newStruct()
	put(n, str(s.service.Name), "name")
	owner, found := r.owner(s.service)
	put(n, str(owner), "owner")
	if !found {
		w.comments["owner"] = "DECIDE: whose it is; the manifests do not say. One of platform.cue's owners."
	}
	if len(s.envs) < len(r.Environments) {
		var names []*layer.Node
		for _, env := range s.envs {
			names = append(names, str(env))
		}
		put(n, list(names...), "runsIn")
	}
	shared, own := factor(layer.TypeOf[schema.Fields](), "", all)
	if shared == nil {
		shared = newStruct()
	}
	shared = clone(shared)
	sortStruct(shared, fields...)
	for _, e := range shared.Keys {
		put(n, e.Value, e.Name)
	}
	for _, code := range sortedKeys(s.allow) {
		put(n, str(s.allow[code]), "allow", code)
		w.comments["allow."+code] = decisions[code]
	}
	for i, env := range s.envs {
		if own[i] != nil && len(own[i].Keys) > 0 {
			o := clone(own[i])
			sortStruct(o, fields...)
			put(n, o, "environments", env)
		}
	}
	w.comments["hardening"] = "As it ran before. Without this line the defaults apply; `slipway diff` then shows what they change."
	if c := pinning(n.Get("image")); c != "" {
		w.comments["image"] = c
	}
	w.comments["ci"] = "DECIDE: who builds it ends with `slipway promote " + s.service.Name + " --to " + s.envs[0] + " --image REF@DIGEST`; or let the\nfleet build it: source and build."
	return w.file("#Service", layer.TypeOf[schema.Service](), n, "")
}

// owner is the team that labels of its workloads name.
func (r *Result) owner(s *Service) (string, bool) {
	found := map[string]bool{}
	for _, objects := range s.Objects {
		for _, o := range objects {
			for _, l := range []string{"slipway.dev/owner", "team", "owner", "app.kubernetes.io/team"} {
				if v := textOf(o.Labels(), l); serviceName.MatchString(v) {
					found[v] = true
				}
			}
		}
	}
	if names := sortedKeys(found); len(names) == 1 {
		return names[0], true
	}
	return "undecided", false
}

// platform writes a platform.cue to begin with.
func (r *Result) platform(specs []*spec) []byte {
	w := writer{comments: map[string]string{
		"name":         "DECIDE: what your organisation or product is called.",
		"fleet":        "DECIDE: the repository that this file is in.",
		"owners":       "DECIDE: the teams; group is theirs in Argo CD's single sign-on.",
		"clusters":     "DECIDE: the addresses by which Argo CD knows the clusters.",
		"registries":   "DECIDE: where images that the fleet builds are pushed to.",
		"environments": "In the order in which a release goes through them. podSecurity is the strictest level that\nadmits what runs there today.",
		"pipelines":    "DECIDE: where pipelines run, and who builds Dockerfiles (buildkit).",
		"kinds":        "Kinds that services bring along, and that Argo CD is permitted to make.",
	}}
	n := newStruct()
	put(n, str("imported"), "name")
	put(n, str(compiler.Version), "slipway")
	put(n, str("https://git.example.com/acme/fleet"), "fleet", "repo")
	owners := map[string]bool{}
	kinds := map[string]bool{}
	for _, s := range specs {
		name, _ := r.owner(s.service)
		owners[name] = true
		for k := range s.kinds {
			kinds[k] = true
		}
	}
	for _, name := range sortedKeys(owners) {
		put(n, newStruct(), "owners", name)
	}
	clusters := r.clusters()
	for _, c := range clusters {
		server := "https://kubernetes.default.svc"
		if c != "main" {
			server = "https://" + c + ".k8s.example.com"
		}
		put(n, str(server), "clusters", c, "server")
	}
	put(n, str("registry.example.com/acme"), "registries", "main", "url")
	envs := list()
	for i, e := range r.Environments {
		env := newStruct()
		put(env, str(e.Name), "name")
		put(env, str(clusters[i]), "cluster")
		put(env, str(e.Namespace), "namespace")
		if e.PodSecurity != "restricted" {
			put(env, str(e.PodSecurity), "podSecurity")
		}
		if class, ok := r.routed.class[e.Name]; ok {
			put(env, newStruct(), "routes", "ingress")
			if class != "" {
				put(env, str(class), "routes", "ingress", "class")
			}
		}
		envs.Items = append(envs.Items, env)
	}
	put(n, envs, "environments")
	put(n, str(clusters[0]), "pipelines", "cluster")
	if len(kinds) > 0 {
		var names []*layer.Node
		for _, k := range sortedKeys(kinds) {
			if !strings.HasPrefix(k, "/") {
				names = append(names, str(k))
			}
		}
		put(n, list(names...), "kinds")
	}
	return w.file("#Platform", layer.TypeOf[schema.Platform](), n, "The platform, as far as manifests tell it. What they do not tell is marked DECIDE.")
}

// clusters are those of the environments: one, unless two share a namespace's name.
func (r *Result) clusters() []string {
	out := make([]string, len(r.Environments))
	seen, apart := map[string]bool{}, false
	for i, e := range r.Environments {
		apart = apart || seen[e.Namespace]
		seen[e.Namespace] = true
		out[i] = "main"
	}
	for i, e := range r.Environments {
		if apart {
			out[i] = word(e.Source)
		}
	}
	return out
}

// fleetManifests writes the objects that belong to no service, a file each.
func (r *Result) fleetManifests() (out []File) {
	taken := map[string]bool{}
	for _, o := range r.Fleet {
		if isSecret(o) {
			continue
		}
		env := o.Env
		if env == "" {
			env = o.Source
		}
		base := path.Join("manifests", env, word(o.Kind)+"-"+word(o.Name))
		p := base + ".yaml"
		for i := 2; taken[p]; i++ {
			p = fmt.Sprintf("%s-%d.yaml", base, i)
		}
		taken[p] = true
		out = append(out, File{p, append([]byte("# Belongs to no service; `slipway import` put it here, and nothing applies it.\n"), encode(o.Body)...)})
	}
	return out
}
