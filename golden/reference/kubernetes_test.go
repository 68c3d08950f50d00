package reference

import (
	"bytes"
	"cmp"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
)

// candidate is a field that something in Kubernetes comes from.
type candidate struct {
	part  *part
	field *field
	path  string // where it was said
	exact bool   // the whole of it comes from the field, and nothing around it
	gone  bool   // it is there unless the field says otherwise
	size  int    // how many places come from the field
}

// rows are the fields of Kubernetes objects, and the fields of the spec that they come from,
// nearest first.
func (b *book) rows() map[spot][]candidate {
	all := map[spot][]candidate{}
	for _, p := range b.parts {
		for f, r := range p.results {
			if _, id := b.structOf(f.expr); r.coarse || id == "#Fields" || f.path() == "run" || f.path() == "environments" {
				continue // they are about everything
			}
			for _, r := range append([]*result{r}, r.more...) {
				if r.gone && f.name != "hardening" {
					continue
				}
				for _, s := range sorted(slices.Concat(r.leaves, r.tops)) {
					c := candidate{p, f, r.from.path, slices.Contains(r.tops, s), r.gone, len(r.leaves)}
					if at, ok := rowOf(s); ok && (c.exact || c.size < broad || c.gone || isOpen(f.expr) || f.name == "manifests") {
						all[at] = append(all[at], c)
					}
				}
			}
		}
	}
	for at, cs := range all {
		all[at] = nearest(cs)
	}
	for at, cs := range all { // other words for what fields say in parts
		if isOpen(cs[0].field.expr) && slices.ContainsFunc(slices.Collect(maps.Keys(all)), func(s spot) bool {
			return s.kind == at.kind && at.path != "" && strings.HasPrefix(s.path, at.path+"[].") && !isOpen(all[s][0].field.expr)
		}) {
			delete(all, at)
		}
	}
	return all
}

// broad is a field that does too much to be the one that people look for.
const broad = 15

// nearest are the fields that say the least beside it.
func nearest(cs []candidate) []candidate {
	slices.SortFunc(cs, func(a, b candidate) int {
		return cmp.Or(order(a.gone, b.gone), order(b.exact, a.exact), a.size-b.size,
			len(a.path)-len(b.path), strings.Compare(a.part.file+a.path, b.part.file+b.path))
	})
	cs = slices.CompactFunc(cs, func(a, b candidate) bool { return a.field == b.field })
	for k := range cs {
		if k == 3 || cs[k].exact != cs[0].exact || cs[k].gone != cs[0].gone || cs[k].size > cs[0].size+4 {
			return cs[:k]
		}
	}
	return cs
}

func order(a, b bool) int {
	switch {
	case a == b:
		return 0
	case a:
		return 1
	}
	return -1
}

var (
	inContainer = regexp.MustCompile(`^spec\.(?:jobTemplate\.spec\.)?template\.spec\.(?:containers|initContainers)\[\]\.(.*)$`)
	inPod       = regexp.MustCompile(`^spec\.(?:jobTemplate\.spec\.)?template\.(?:spec\.)?(.*)$`)
	everywhere  = regexp.MustCompile(`^(apiVersion|kind|metadata|metadata\.name|spec)$`)
	ours        = regexp.MustCompile(`^(metadata\.(labels|namespace)|spec\.selector\.matchLabels)$`) // those of a Deployment tell
)

// rowOf is the place as people look for it: what pods and containers are does not depend on
// the kind that makes them.
func rowOf(s spot) (spot, bool) {
	if s.kind == "Pipeline" || s.kind == "Task" || everywhere.MatchString(s.path) {
		return s, false
	}
	if s.kind != "Deployment" && s.kind != "Service" && ours.MatchString(s.path) {
		return s, false
	}
	s.path = strings.TrimSuffix(s.path, "[]")
	if !slices.Contains(workloads, s.kind) {
		return s, true
	}
	if m := inContainer.FindStringSubmatch(s.path); m != nil {
		return spot{"Container", m[1]}, true
	}
	if m := inPod.FindStringSubmatch(s.path); m != nil {
		return spot{"Pod", m[1]}, true
	}
	if rest, ok := strings.CutPrefix(s.path, "spec.jobTemplate."); ok && s.kind == "CronJob" {
		return spot{"Job", rest}, true
	}
	return s, true
}

var workloads = []string{"Deployment", "StatefulSet", "DaemonSet", "Rollout", "Job", "CronJob"}

const aboutKubernetes = `# From Kubernetes field to spec field

<!-- Written by ` + "`make golden`" + ` from schema/ and golden/reference/specs.txtar: do not edit. -->

Look for the field that a manifest has; the table names the field of the spec that it comes from. Every row was measured:
without that field, the output lacks what the row names. Pods and containers are told once for all kinds of workloads, init
containers and sidecars included; NAME is a name of yours.

What is not here can be said in Kubernetes' own words, and is held against Kubernetes' types:

| where | in the spec |
| --- | --- |
| any field of a container | [run.NAME.container](reference.md#runnamecontainer), and of init containers and sidecars |
| any field of a pod | [run.NAME.pod](reference.md#runnamepod) |
| any field of pods' metadata | [run.NAME.workload.pods](reference.md#runnameworkloadpods) |
| any field of a Deployment, StatefulSet, DaemonSet, Rollout, Job or CronJob | [run.NAME.workload](reference.md#runnameworkload) |
| any field of a Service | [run.NAME.service.spec](reference.md#runnameservicespec) |
| any field of an autoscaler | [run.NAME.scale.spec](reference.md#runnamescalespec) |
| any field of another object that a field of the spec makes | [patches](reference.md#patches) |
| any other object, of kinds that platform.cue permits | [manifests](reference.md#manifests) |
| kinds of the whole cluster, such as ClusterRole and ClusterRoleBinding | not in a service's file: whoever runs the cluster makes them |
| a Secret with its values | never in a spec; it exists, or [secrets](reference.md#secrets) fills it |
| DeploymentConfig | a Deployment: [run.NAME.kind](reference.md#runnamekind) |
`

// kubernetes is the page.
func (b *book) kubernetes() []byte {
	var w bytes.Buffer
	w.WriteString(aboutKubernetes)
	rows := b.rows()
	var spots []spot
	for s := range rows {
		spots = append(spots, s)
	}
	slices.SortFunc(spots, func(a, b spot) int {
		if d := areaRank(a.kind) - areaRank(b.kind); d != 0 {
			return d
		}
		return strings.Compare(strings.ToLower(a.String()), strings.ToLower(b.String()))
	})
	kind := ""
	for _, s := range spots {
		if s.kind != kind {
			kind = s.kind
			fmt.Fprintf(&w, "\n## %s\n\n| Kubernetes | in the spec |\n| --- | --- |\n", kind)
		}
		path := "`" + s.path + "`"
		if s.path == "" {
			path = "the object"
		}
		var from []string
		for _, c := range rows[s] {
			from = append(from, b.link(c))
		}
		fmt.Fprintf(&w, "| %s | %s |\n", path, strings.Join(from, ", "))
	}
	return w.Bytes()
}

func (b *book) link(c candidate) string {
	text := c.path
	if c.part.kind != "service" {
		text = c.part.file + ": " + text
	}
	text = fmt.Sprintf("[%s](reference.md#%s)", text, anchor(c.part.heading(c.field)))
	if isOpen(c.field.expr) {
		text += " in Kubernetes' words"
	}
	if c.gone {
		text = "by default; not with " + text + " `asWritten`"
	}
	return text
}

func areaRank(kind string) int {
	order := append([]string{"Pod", "Container"}, append(workloads, "Service")...)
	if i := slices.Index(order, kind); i >= 0 {
		return i
	}
	return len(order)
}
