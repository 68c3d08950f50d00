package compiler

import (
	"regexp"
	"slices"

	"slipway.dev/compiler/diag"
	"slipway.dev/compiler/ir"
	"slipway.dev/compiler/layer"
)

// isChart reports whether a chart is all that a spec's service is, in whatever environment.
func isChart(head *layer.Node) bool {
	if head.Get("chart") != nil {
		return true
	}
	envs := head.Get("environments")
	return slices.ContainsFunc(envs.SortedKeys(), func(name string) bool { return envs.Find(name, "chart") != nil })
}

// besideChart are the fields that a service which is a chart may have.
var besideChart = []string{"chart", "allow", "hardening"}

// chartAlone resolves the chart. Everything else in a spec makes objects or images of ours,
// and Argo CD would deploy none of them beside a chart.
func (r *resolver) chartAlone() {
	for _, e := range r.tree.Keys {
		if e.Name == "identity" { // its Application has a name; accounts and rights are the chart's to make
			e.Value = e.Value.Without("application")
		}
		if !slices.Contains(besideChart, e.Name) && (len(e.Value.Keys) > 0 || e.Name != "identity") && !onlyDefaults(e.Value) {
			r.ds.Errorf(diag.SeveralChoices, r.tree.LabelPos(e.Name), "service %q has both chart and %s, but the chart alone says what runs", r.svc.Name, e.Name).
				WithPath(e.Name).WithRelated(r.tree.LabelPos("chart"), "chart is given here").
				WithHint("say it in chart: values, or make it a service of its own")
		}
	}
	c := r.f.Chart
	if c == nil {
		return // it lacks something, and that is reported
	}
	r.inst.Chart = &ir.Chart{
		At: r.tree.LabelPos("chart"), Repo: *c.Repo, Name: *c.Name, Version: *c.Version, Release: text(c.Release, r.svc.Name),
		ValuesAt: r.tree.LabelPos("chart", "values"), Values: tree(r.tree.Find("chart", "values")),
	}
	if !slices.Contains(r.p.ir.Charts, *c.Repo) {
		r.ds.Errorf(diag.UnknownChartRepository, r.tree.Pos("chart", "repo"), "platform.cue permits no charts from %q", *c.Repo).WithPath("chart.repo").
			WithHint("%s", cmpOr(diag.Suggest(*c.Repo, r.p.ir.Charts), "add it to charts in platform.cue: Argo CD deploys only what comes from there"))
	}
}

// notValue are names of values that speak of a Secret without holding one, as charts have them.
var notValue = regexp.MustCompile(`(?i)existing|key$|ref$|secret$|secrets$`)

// checkChartSecrets looks for credentials among a chart's values.
func checkChartSecrets(c *checker, i *ir.Instance) {
	if i.Chart == nil {
		return
	}
	var walk func(name string, t ir.Tree)
	walk = func(name string, t ir.Tree) {
		for _, f := range t.Fields {
			walk(f.Name, f.Value)
		}
		for _, item := range t.Items {
			walk("", item)
		}
		if t.Kind != ir.Text {
			return
		}
		if notValue.MatchString(name) {
			name = ""
		}
		c.secret(i.Chart.ValuesAt, "value", name, t.Text).
			WithHint("have the chart take it from a Secret, such as by existingSecret; if it was real, replace it now")
	}
	walk("", i.Chart.Values)
}
