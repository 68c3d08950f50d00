package impact_test

import (
	"strings"
	"testing"

	"slipway.dev/targets/impact"
	"slipway.dev/targets/kube"
)

func TestChangesAreClassifiedByWhatTheyDo(t *testing.T) {
	t.Parallel()
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			var got []string
			for _, change := range impact.Compare(decode(t, c.before), decode(t, c.after)) {
				got = append(got, change.String())
			}
			if want := strings.TrimSpace(c.want); strings.Join(got, "\n") != want {
				t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), want)
			}
		})
	}
}

func TestOrderOfTheInputChangesNothing(t *testing.T) {
	t.Parallel()
	before := decode(t, deployment+"---"+service+"---"+claim)
	after := decode(t, ingress+"---"+with(service, "port: 80", "port: 81"))
	want := lines(impact.Compare(before, after))
	before[0], before[2] = before[2], before[0]
	after[0], after[1] = after[1], after[0]
	if got := lines(impact.Compare(before, after)); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

func TestObjectsOfOneNameAreMatchedInOrder(t *testing.T) {
	t.Parallel()
	one, two := service, with(service, "port: 80", "port: 81")
	got := lines(impact.Compare(decode(t, one+"---"+two), decode(t, one)))
	if got != "delete Service/checkout" {
		t.Errorf("got %s", got)
	}
}

func TestTallyCountsWorstFirst(t *testing.T) {
	t.Parallel()
	count := func(classes ...impact.Class) string {
		var changes []impact.Change
		for _, c := range classes {
			changes = append(changes, impact.Change{Class: c})
		}
		return impact.Count(changes).String()
	}
	for _, c := range []struct{ got, want string }{
		{count(), "no impact"},
		{count(impact.None, impact.Metadata, impact.Stay), "1 stays, 1 metadata, 1 in place"},
		{count(impact.Restart, impact.Delete, impact.Restart, impact.Replace, impact.Unknown, impact.Create), "1 unknown, 1 delete, 1 replace, 2 restarts, 1 create"},
		{count(impact.Stay, impact.Stay, impact.Create, impact.Create, impact.Delete, impact.Delete, impact.Replace, impact.Replace), "2 deletes, 2 replaces, 2 creates, 2 stay"},
	} {
		if c.got != c.want {
			t.Errorf("got %q, want %q", c.got, c.want)
		}
	}
}

// with replaces pieces of an object's text, by pairs of old and new, all places of each.
func with(object string, pairs ...string) string {
	for i := 0; i < len(pairs); i += 2 {
		if !strings.Contains(object, pairs[i]) {
			panic("a case replaces " + pairs[i] + ", which its object does not have")
		}
		object = strings.ReplaceAll(object, pairs[i], pairs[i+1])
	}
	return object
}

func decode(t *testing.T, yaml string) []kube.Node {
	t.Helper()
	nodes, err := kube.Decode([]byte(yaml))
	if err != nil {
		t.Fatalf("%v in\n%s", err, yaml)
	}
	return nodes
}

func lines(changes []impact.Change) string {
	var out []string
	for _, c := range changes {
		out = append(out, c.String())
	}
	return strings.Join(out, "\n")
}
