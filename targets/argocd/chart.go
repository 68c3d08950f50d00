package argocd

import (
	"encoding/json"
	"strings"

	argo "github.com/argoproj/argo-cd/v2/pkg/apis/application/v1alpha1"
	"k8s.io/apimachinery/pkg/runtime"

	"slipway.dev/compiler/ir"
)

// newChartSource has Argo CD render a chart. Custom resource definitions that come in its
// crds/ folder are left out: they belong to the whole cluster, and no team's project permits
// anything of that.
func newChartSource(c *ir.Chart) *argo.ApplicationSource {
	s := &argo.ApplicationSource{
		RepoURL: chartRepository(c.Repo), Chart: c.Name, TargetRevision: c.Version,
		Helm: &argo.ApplicationSourceHelm{ReleaseName: c.Release, SkipCrds: true},
	}
	if c.Values.Kind != ir.Nothing {
		raw, err := json.Marshal(plain(c.Values))
		if err != nil {
			panic("argocd: " + err.Error()) // a tree is JSON
		}
		s.Helm.ValuesObject = &runtime.RawExtension{Raw: raw}
	}
	return s
}

// chartRepository is a repository as Argo CD names it: one in a registry has no scheme; with
// it, Argo CD 3 takes it for a source of its own that is no chart.
// https://argo-cd.readthedocs.io/en/stable/user-guide/helm/
func chartRepository(repo string) string { return strings.TrimPrefix(repo, "oci://") }

// plain is a tree as encoding/json takes it.
func plain(t ir.Tree) any {
	switch t.Kind {
	case ir.Map:
		m := map[string]any{}
		for _, f := range t.Fields {
			m[f.Name] = plain(f.Value)
		}
		return m
	case ir.List:
		l := make([]any, len(t.Items))
		for i, item := range t.Items {
			l[i] = plain(item)
		}
		return l
	case ir.Text:
		return t.Text
	case ir.Bool, ir.Number:
		return json.RawMessage(t.Text)
	}
	return nil
}
