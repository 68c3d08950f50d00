package reference

import (
	"regexp"
	"slices"
	"strings"
)

// spot is a place in all objects of a kind.
type spot struct{ kind, path string }

func (s spot) String() string { return strings.TrimSpace(s.kind + " " + s.path) }

func (r *result) differ(before, after objects) {
	fits := func(string) bool { return true }
	r.measured = true
	if r.tops, r.leaves = added(before, after, fits); len(r.leaves) == 0 {
		if r.tops, r.leaves = added(after, before, fits); len(r.leaves) > 0 {
			r.gone = true
		}
	}
	if r.gone {
		before, after = after, before
	}
	for at, v := range after {
		if old, ok := before[at]; !ok || old != v {
			r.words += at.kind + " " + at.path + " " + v + "\n"
		}
	}
}

// narrow keeps of what a struct does the places that have the value at hand.
func (r *result) narrow(before, after objects, at *tree) bool {
	var values []string
	items := []*tree{at}
	if at.list {
		items = at.kids
	}
	for _, item := range items {
		if item.lit != "" {
			values = append(values, strings.Trim(item.lit, `"`))
		}
	}
	_, leaves := added(before, after, func(v string) bool { return slices.Contains(values, v) })
	if len(leaves) == 0 {
		return false
	}
	r.tops, r.leaves = leaves, leaves
	return true
}

// added is what after has and before has not, or otherwise.
func added(before, after objects, fits func(string) bool) (tops, leaves []spot) {
	there := map[place]bool{} // every place that leads to a value
	for at := range before {
		for p := at.path; ; p = above(p) {
			at.path = p
			if there[at] = true; p == "" {
				break
			}
		}
	}
	for at, v := range after {
		if old, ok := before[at]; ok && old == v || !fits(v) {
			continue
		}
		leaves = append(leaves, at.spot())
		for !there[at] && at.path != "" {
			up := at
			if up.path = above(at.path); there[up] {
				break
			}
			at = up
		}
		tops = append(tops, at.spot())
	}
	return sorted(tops), sorted(leaves)
}

// above is the path of what holds the value at a path.
func above(path string) string {
	i := strings.LastIndexAny(path, ".[")
	return path[:max(i, 0)]
}

var (
	item = regexp.MustCompile(`\[[^]]*\]`)
	// Keys below these are the user's.
	ownKeys = regexp.MustCompile(`((^|[. ])(labels|annotations|matchLabels|nodeSelector|data|args|stringData)|Service spec\.selector|triggers\[\]\.metadata|(affinity|schedulingGates)\.[a-zA-Z]+\.[a-zA-Z]+|configMap\.items\[\]|topologySpreadConstraints|(ephemeral|projected|csi|dnsConfig|hostAliases)|^[A-Z][a-zA-Z]+ spec\.groups)[.[].*$`)
)

func (p place) spot() spot {
	kind, path, _ := strings.Cut(ownKeys.ReplaceAllString(p.kind+" "+item.ReplaceAllString(p.path, "[]"), "$1"), " ")
	return spot{kind, strings.ReplaceAll(path, "·", ".")}
}

// sorted are the places once each, workloads first.
func sorted(spots []spot) []spot {
	slices.SortFunc(spots, func(a, b spot) int {
		if d := rank(a.kind) - rank(b.kind); d != 0 {
			return d
		}
		return strings.Compare(a.String(), b.String())
	})
	return slices.Compact(spots)
}

func rank(kind string) int {
	order := []string{"Deployment", "StatefulSet", "DaemonSet", "CronJob", "Job", "Service", "ConfigMap"}
	if i := slices.Index(order, kind); i >= 0 {
		return i
	}
	return len(order)
}
