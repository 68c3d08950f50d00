package compiler

import (
	"cmp"
	"net/url"
	"path"
	"slices"
	"strings"

	"slipway.dev/compiler/diag"
	"slipway.dev/compiler/ir"
	"slipway.dev/compiler/layer"
	"slipway.dev/schema"
)

// git resolves the hosts that events come from, which of them has the fleet, and where they
// arrive.
func (p *platform) git(s *schema.Platform, ds *diag.List) {
	for _, name := range sorted(s.Git) {
		g := s.Git[name]
		h := &ir.GitHost{Name: name, Approval: text(g.Approval, "ok-to-test")}
		switch {
		case g.GitHub != nil:
			h.Kind, h.URL = ir.GitHub, text(g.GitHub.URL, "https://github.com")
			h.ChangedFiles = g.GitHub.ChangedFiles != nil && *g.GitHub.ChangedFiles
		case g.GitLab != nil:
			h.Kind, h.URL = ir.GitLab, text(g.GitLab.URL, "https://gitlab.com")
		case g.Generic != nil:
			h.Kind, h.URL, h.Interceptor = ir.Generic, text(g.Generic.URL, ""), text(g.Generic.Interceptor, "")
		default:
			continue // reported as missing
		}
		for _, other := range p.ir.Git {
			if address(other.URL) == address(h.URL) {
				ds.Errorf(diag.DuplicateGitHost, p.tree.LabelPos("git", name), "%q and %q are one Git host, %s", other.Name, name, address(h.URL)).
					WithPath("git."+name).WithRelated(p.tree.LabelPos("git", other.Name), "the other one").
					WithHint("remove one of them: each event would start two runs")
			}
		}
		p.ir.Git = append(p.ir.Git, h)
	}
	p.ir.Host, p.ir.Project = p.gitHost(p.ir.Repo)
	if w := s.Webhooks; w != nil {
		p.ir.Webhooks = &ir.Webhooks{Host: w.Host}
		p.ir.Webhooks.Ingress, p.ir.Webhooks.Gateway = routes(w.Routes)
		if len(s.Git) == 0 {
			ds.Errorf(diag.UnknownGitHost, p.tree.LabelPos("webhooks"), "events arrive at %s, but from no Git host", w.Host).
				WithPath("webhooks").WithHint("name the hosts, such as git: hub: github: {}, or remove this")
		}
	}
}

// address is what the addresses of one host have in common, however it is spoken to.
func address(s string) string {
	u, err := url.Parse(s)
	if err != nil {
		return strings.ToLower(s)
	}
	return strings.ToLower(u.Hostname() + strings.TrimSuffix(path.Clean("/"+u.Path), "/"))
}

// gitHost finds the host that a repository is on, and what the repository is called there.
func (p *platform) gitHost(repo string) (*ir.GitHost, string) {
	at := strings.TrimSuffix(address(repo), ".git")
	u, err := url.Parse(repo)
	if err != nil {
		return nil, ""
	}
	// The longest address first: one host may live in a folder of another's.
	hosts := slices.Clone(p.ir.Git)
	slices.SortStableFunc(hosts, func(a, b *ir.GitHost) int { return cmp.Compare(len(b.URL), len(a.URL)) })
	for _, h := range hosts {
		if project, ok := strings.CutPrefix(at, address(h.URL)+"/"); ok && project != "" {
			written := strings.TrimSuffix(strings.Trim(path.Clean(u.Path), "/"), ".git")
			return h, written[len(written)-len(project):] // as the spec has it, capitals included
		}
	}
	return nil, ""
}

// events finds the Git host of a service that is built; where none is known, a commit would
// silently start nothing.
func (r *resolver) events() {
	if len(r.p.ir.Git) == 0 || r.svc.Source == nil || r.svc.Build == nil {
		return
	}
	s := r.svc.Source
	s.Git, s.Project = r.p.gitHost(s.Repo)
	if s.Git != nil {
		return
	}
	var known []string
	for _, h := range r.p.ir.Git {
		known = append(known, h.URL)
	}
	r.ds.Errorf(diag.UnknownGitHost, r.tree.Pos("source", "repo"), "the repository of service %q is on none of the platform's Git hosts", r.svc.Name).
		WithPath("source.repo").WithRelated(r.p.tree.LabelPos("git"), "the hosts").
		WithHint("add its host to git in platform.cue; known: %s", strings.Join(known, ", "))
}

// routes are the two ways of which one is there.
func routes(r *schema.Routes) (*ir.Ingress, *ir.Gateway) {
	switch {
	case r != nil && r.Ingress != nil:
		return &ir.Ingress{Class: text(r.Ingress.Class, ""), Namespace: text(r.Ingress.Namespace, ""), TLSSecret: text(r.Ingress.TLSSecret, "")}, nil
	case r != nil && r.Gateway != nil:
		return nil, &ir.Gateway{Name: text(r.Gateway.Name, ""), Namespace: text(r.Gateway.Namespace, "")}
	}
	return nil, nil
}

// notified are those who are told of a team's releases.
func notified(s *schema.Platform, tree *layer.Node, names []string, ds *diag.List, at ...string) (out []ir.Notification) {
	at = append(at, "notify")
	for i, name := range names {
		if s.Notify[name] == "" {
			ds.Errorf(diag.UnknownNotification, tree.Find(at...).Items[i].At, "there is nobody called %q in notify", name).
				WithPath(strings.Join(at, ".")).WithHint("%s", diag.Suggest(name, sorted(s.Notify)))
		}
	}
	for _, name := range sorted(s.Notify) {
		if names == nil || slices.Contains(names, name) {
			out = append(out, ir.Notification{Name: name, Kind: s.Notify[name]})
		}
	}
	return out
}
