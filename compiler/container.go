package compiler

import (
	"regexp"
	"slices"
	"strconv"
	"strings"

	"slipway.dev/compiler/diag"
	"slipway.dev/compiler/ir"
	"slipway.dev/schema"
)

// container resolves the container at path. own is the service's image; service-wide
// variables belong to programs (main), not to what runs beside them.
func (r *resolver) container(name, own string, ownAt diag.Pos, c *schema.Container, program bool, path ...string) ir.Container {
	at := func(more ...string) []string { return append(slices.Clone(path), more...) }
	out := ir.Container{
		At: r.tree.LabelPos(path...), Name: name, Image: text(c.Image, own), ImageAt: ownAt,
		Command: c.Command, Args: c.Args, Pull: text(c.Pull, ""),
	}
	if b := c.BeforeStop; b != nil {
		if out.Exec = b.Exec; b.Sleep != nil {
			out.Sleep = ptr(seconds(b.Sleep))
		}
	}
	if c.Image != nil {
		out.ImageAt = r.tree.Pos(at("image")...)
	}
	for _, port := range order(r, c.Ports, at("ports")...) {
		p := c.Ports[port]
		o := ir.Port{At: r.tree.LabelPos(at("ports", port)...), Name: port, Number: int32(*p.Port), Service: int32(*p.Port), Protocol: r.protocol(p.Protocol), Process: path[1], Unnamed: yes(p.Unnamed)}
		if p.Service != nil {
			o.Service = int32(*p.Service)
		}
		if p.Host != nil {
			o.Host = int32(*p.Host)
		}
		out.Ports = append(out.Ports, o)
	}
	env, envAt := c.Env, func(n string) []string { return at("env", n) }
	if program {
		env = merged(r.f.Env, c.Env)
		envAt = func(n string) []string {
			if _, ok := c.Env[n]; ok {
				return at("env", n)
			}
			return []string{"env", n}
		}
		out.EnvFrom = r.envFrom(r.f.EnvFrom, "envFrom")
	}
	out.EnvFrom = append(out.EnvFrom, r.envFrom(c.EnvFrom, at("envFrom")...)...)
	if program {
		r.shadowed(c.Env, path)
	}
	for _, n := range r.envOrder(env, program, at("env")) {
		out.Env = append(out.Env, r.env1(n, env[n], envAt(n)))
	}
	if !r.loose {
		out.Env = afterNamed(out.Env)
	}
	for _, name := range order(r, c.Mounts, at("mounts")...) {
		m := c.Mounts[name]
		v := text(m.Volume, name)
		if _, ok := r.f.Volumes[v]; !ok && !r.podVolumes[v] {
			r.ds.Errorf(diag.UnknownVolume, r.tree.LabelPos(at("mounts", name)...), "%s mounts volume %q, which the service does not have", strings.Join(path, "."), v).
				WithPath(strings.Join(at("mounts", name), ".")).WithHint("%s", cmpOr(diag.Suggest(v, sorted(r.f.Volumes)), "add volumes: "+v+": scratch: {}"))
		}
		out.Mounts = append(out.Mounts, ir.Mount{At: r.tree.LabelPos(at("mounts", name)...), Volume: v, Path: text(m.Path, ""), Sub: text(m.Sub, ""), ReadOnly: yes(m.ReadOnly)})
	}
	if !r.loose {
		slices.SortStableFunc(out.Mounts, func(a, b ir.Mount) int { return strings.Compare(a.Path, b.Path) })
	}
	if res := c.Resources; res != nil {
		out.Resources = resources(res)
		out.Resources.At = r.tree.LabelPos(at("resources")...)
		for i, name := range []string{"cpuLimit", "memoryLimit", "diskLimit"} {
			out.Resources.LimitsAt[i] = r.tree.Pos(at("resources", name)...)
		}
	}
	out.Ready = r.probe(c.Ready, out.Ports, at("ready"))
	out.Live = r.probe(c.Live, out.Ports, at("live"))
	out.Start = r.probe(c.Start, out.Ports, at("start"))
	for name, p := range map[string]*ir.Probe{"live": out.Live, "start": out.Start} {
		if p != nil && p.Successes > 1 {
			r.ds.Errorf(diag.WrongValue, r.tree.Pos(at(name, "successes")...), "successes: %d is not 1, the only number that Kubernetes takes for %s", p.Successes, name).
				WithPath(strings.Join(at(name, "successes"), ".")).WithHint("remove it; only ready can ask for several")
		}
	}
	out.Security = r.security(c.Security, at("security"))
	r.containerWords(&out, path)
	return out
}

// security is Pod Security "restricted" but for what the spec says otherwise.
func (r *resolver) security(s *schema.Security, path []string) ir.Security {
	out := ir.Security{Escalation: ptr(false), ReadOnly: ptr(true), Drop: []string{"ALL"}}
	if r.loose {
		out = ir.Security{}
	}
	if s == nil {
		return out
	}
	out.At, out.User, out.Group = r.tree.LabelPos(path...), s.User, s.Group
	out.Add, out.Seccomp = slices.Sorted(slices.Values(s.Capabilities)), text(s.Seccomp, "")
	if s.Writable != nil {
		out.ReadOnly = ptr(!*s.Writable)
	}
	if yes(s.Privileged) || r.loose {
		out.Privileged = s.Privileged
	}
	if yes(s.Privileged) && !r.loose {
		out.Escalation, out.Drop = ptr(true), nil // a privileged container has them all
	}
	if s.Drop != nil {
		out.Drop = s.Drop
	}
	over(&out.Escalation, s.Escalation)
	switch {
	case s.Root != nil && (*s.Root || r.loose):
		out.NonRoot = ptr(!*s.Root)
	case s.User != nil && *s.User == 0 && !r.loose:
		out.NonRoot = ptr(false)
	}
	return out
}

// protocol is as Kubernetes calls it; what is as written may leave it to Kubernetes.
func (r *resolver) protocol(p *string) string {
	if p == nil && r.loose {
		return ""
	}
	return strings.ToUpper(text(p, "tcp"))
}

// envOrder are the names of a container's variables in order: those of every process come
// first where they are as written.
func (r *resolver) envOrder(env map[string]schema.Env, program bool, own []string) []string {
	if !r.loose || !program {
		return order(r, env, own...)
	}
	var out []string
	for _, name := range append(order(r, r.f.Env, "env"), order(r, env, own...)...) {
		if !slices.Contains(out, name) {
			out = append(out, name)
		}
	}
	return out
}

// shadowed warns of a variable that an environment sets for the whole service while the
// process has one of its own: the process's wins, so that the line does nothing.
func (r *resolver) shadowed(own map[string]schema.Env, path []string) {
	for _, name := range r.here.Get("env").SortedKeys() {
		_, has := own[name]
		if !has || r.here.Find(path...).Get("env").Get(name) != nil {
			continue
		}
		at := strings.Join(path, ".")
		r.ds.Warnf(diag.DuplicateEnv, r.here.Get("env").Get(name).LabelOr(), "this does nothing: %s has a variable %q of its own", at, name).
			WithPath("environments."+r.env.Name+".env."+name).WithRelated(r.tree.LabelPos(append(slices.Clone(path), "env", name)...), "the variable that wins").
			WithHint("say it there: environments: %s: %s: env: %s: …", label(r.env.Name), strings.ReplaceAll(at, ".", ": "), name)
	}
}

func (r *resolver) env1(name string, e schema.Env, path []string) ir.Env {
	at := func(more ...string) []string { return append(slices.Clone(path), more...) }
	out := ir.Env{At: r.tree.Pos(path...), Name: name, Value: text(e.Value, ""), Field: text(e.Field, ""), Resource: text(e.Resource, "")}
	if e.Value != nil {
		out.At = r.tree.Pos(at("value")...)
	}
	if e.Secret != nil {
		out.Secret = &ir.KeyRef{Name: text(e.Secret.Name, ""), Key: text(e.Secret.Key, ""), Optional: yes(e.Secret.Optional)}
	}
	if c := e.Config; c != nil {
		set := text(c.Name, "")
		out.Config = &ir.KeyRef{Name: r.configName(set, at("config", "name")...), Key: text(c.Key, ""), Optional: yes(c.Optional)}
		if own, ok := r.f.Config[set]; ok {
			if _, ok := own[out.Config.Key]; !ok {
				r.ds.Errorf(diag.UnknownConfig, r.tree.Pos(at("config", "key")...), "config set %q has no key %q", set, out.Config.Key).
					WithPath(strings.Join(path, ".")).WithHint("%s", diag.Suggest(out.Config.Key, sorted(own)))
			}
		}
	}
	return out
}

func (r *resolver) envFrom(list []schema.EnvFrom, path ...string) (out []ir.EnvFrom) {
	for i, e := range list {
		item := append(slices.Clone(path), strconv.Itoa(i))
		o := ir.EnvFrom{At: r.tree.Pos(item...), Secret: text(e.Secret, ""), Prefix: text(e.Prefix, ""), Optional: yes(e.Optional)}
		if e.Config != nil {
			o.Config = r.configName(*e.Config, append(item, "config")...)
		}
		out = append(out, o)
	}
	return out
}

var named = regexp.MustCompile(`\$\(([A-Za-z_][A-Za-z0-9_.-]*)\)`)

// afterNamed moves a variable behind those that its value names by $(…): Kubernetes expands
// only what comes before. The rest stays in order.
func afterNamed(env []ir.Env) []ir.Env {
	byName := make(map[string]int, len(env))
	for i, e := range env {
		byName[e.Name] = i
	}
	out, done := make([]ir.Env, 0, len(env)), make([]bool, len(env))
	var add func(i int)
	add = func(i int) {
		if done[i] {
			return
		}
		done[i] = true
		if strings.Contains(env[i].Value, "$(") {
			for _, m := range named.FindAllStringSubmatch(env[i].Value, -1) {
				if j, ok := byName[m[1]]; ok {
					add(j)
				}
			}
		}
		out = append(out, env[i])
	}
	for i := range env {
		add(i)
	}
	return out
}

func (r *resolver) probe(p *schema.Probe, ports []ir.Port, path []string) *ir.Probe {
	if p == nil {
		return nil
	}
	out := &ir.Probe{At: r.tree.LabelPos(path...), Every: int32(seconds(p.Every)), After: int32(seconds(p.After)), Timeout: int32(seconds(p.Timeout)), Exec: p.Exec}
	for name, d := range map[string]*string{"every": p.Every, "timeout": p.Timeout} {
		if d != nil && seconds(d) < 1 {
			r.ds.Errorf(diag.WrongValue, r.tree.Pos(append(slices.Clone(path), name)...), "%s: %q is less than a second, the shortest time that Kubernetes knows", name, *d).
				WithPath(strings.Join(path, ".")+"."+name).WithHint("write %s: \"1s\"", name)
		}
	}
	if p.Failures != nil {
		out.Failures = int32(*p.Failures)
	}
	if p.Successes != nil {
		out.Successes = int32(*p.Successes)
	}
	at := func(kind string) []string { return append(slices.Clone(path), kind, "port") }
	switch {
	case p.HTTP != nil:
		out.HTTP = &ir.HTTPGet{Path: text(p.HTTP.Path, "/"), HTTPS: text(p.HTTP.Scheme, "http") == "https", Headers: pairs(p.HTTP.Headers)}
		out.HTTP.Port = r.port(p.HTTP.Port, ports, at("http"))
	case p.GRPC != nil:
		out.GRPC = &ir.GRPC{Service: text(p.GRPC.Service, ""), Port: r.port(p.GRPC.Port, ports, at("grpc"))}
	case p.TCP != nil:
		out.TCP = ptr(r.port(p.TCP.Port, ports, at("tcp")))
	}
	return out
}

// port finds the port that a probe or a route means: the named one, or the only one.
func (r *resolver) port(name *string, ports []ir.Port, path []string) ir.PortRef {
	if name != nil {
		if n, err := strconv.ParseInt(*name, 10, 32); err == nil {
			return r.byNumber(int32(n), ports, path)
		}
	}
	p := r.findPort(name, ports, path)
	return ir.PortRef{Name: p.Name, Number: p.Number, ByNumber: p.Unnamed}
}

func (r *resolver) byNumber(n int32, ports []ir.Port, path []string) ir.PortRef {
	for _, p := range ports {
		if p.Number == n {
			return ir.PortRef{Name: p.Name, Number: n, ByNumber: true}
		}
	}
	r.ds.Errorf(diag.UnknownPort, r.tree.Pos(path...), "%s: there is no port %d", strings.Join(path[:len(path)-1], "."), n).WithPath(strings.Join(path, ".")).
		WithHint("declare it: ports: NAME: %d", n)
	return ir.PortRef{Number: n, ByNumber: true}
}

func (r *resolver) findPort(name *string, ports []ir.Port, path []string) ir.Port {
	var names []string
	for _, p := range ports {
		if name != nil && p.Name == *name {
			return p
		}
		names = append(names, p.Name)
	}
	where := strings.Join(path, ".")
	label := r.tree.LabelPos(path[:len(path)-1]...)
	switch {
	case name == nil && len(ports) == 1:
		return ports[0]
	case name == nil && len(ports) == 0:
		r.ds.Errorf(diag.UnknownPort, label, "%s: there is no port to ask", strings.Join(path[:len(path)-1], ".")).WithPath(where).
			WithHint("declare one: ports: http: 8080")
	case name == nil:
		r.ds.Errorf(diag.UnknownPort, label, "%s: there are several ports, so say which one", strings.Join(path[:len(path)-1], ".")).WithPath(where).
			WithHint("port is one of %s", strings.Join(quote(names), ", "))
	default:
		r.ds.Errorf(diag.UnknownPort, r.tree.Pos(path...), "%s: there is no port %q", strings.Join(path[:len(path)-1], "."), *name).WithPath(where).
			WithHint("%s", cmpOr(diag.Suggest(*name, names), "declare it: ports: "+*name+": 8080"))
	}
	return ir.Port{}
}

func cmpOr(s, otherwise string) string {
	if s != "" {
		return s
	}
	return otherwise
}

func resources(res *schema.Resources) ir.Resources {
	return ir.Resources{
		CPU: text(res.CPU, ""), Memory: text(res.Memory, ""), Disk: text(res.Disk, ""),
		CPULimit: text(res.CPULimit, ""), MemoryLimit: text(res.MemoryLimit, ""), DiskLimit: text(res.DiskLimit, ""),
	}
}
