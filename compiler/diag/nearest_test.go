package diag

import (
	"slices"
	"strings"
	"testing"
)

func TestTheNearestNameIsFound(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ word, candidates, want string }{
		{"ownr", "name owner source", "owner"},
		{"onwer", "name owner source", "owner"},
		{"ownerr", "name owner source", "owner"},
		{"Owner", "name owner source", "owner"},
		{"deploymnt", "deployment stateful daemon", "deployment"},
		{"memory_limit", "memory memoryLimit cpuLimit", "memoryLimit"},
		{"environment", "environments env", "environments"},
		{"policies", "policy patches", "policy"},
		{"ports", "port path", "port"},
		{"prod", "dev staging production", "production"},
		{"production", "dev staging prod", "prod"},
		{"prod", "production prod-eu preprod", "prod-eu"},
		{"eu", "eu-west-1 us-east-1", "eu-west-1"},
		{"kee", "key name", "key"},
		{"api", "app apii web", "apii"},
		{"brn", "bcn ban", "ban"}, // equally near: alphabetical
		{"brn", "ban bcn", "ban"},
		{"chéckout", "checkout cart", "checkout"},

		{"frobnicate", "name owner source", ""},
		{"a", "b c", ""},     // nothing in common
		{"cat", "dog", ""},   //
		{"us", "eu", ""},     //
		{"name", "name", ""}, // never the word itself
		{"name", "name nme", "nme"},
		{"", "a b", ""},
		{"x", "", ""},
		{strings.Repeat("x", 1<<20), "name", ""},
	} {
		got, ok := Nearest(c.word, strings.Fields(c.candidates))
		if got != c.want || ok != (c.want != "") {
			t.Errorf("Nearest(%.20q, %q) is %q, %t; want %q", c.word, c.candidates, got, ok, c.want)
		}
	}
}

// A slip is what hardly anybody meant otherwise; that two words merely resemble each other is none.
func TestASlipIsAlmostTheWord(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		word string
		want string
	}{
		{"port", "ports"}, {"prots", "ports"}, {"memory_limit", "memoryLimit"}, {"por", ""}, {"parrot", ""}, {"replicas", ""}, {"ports", ""},
	} {
		if got, ok := Slip(c.word, []string{"release", "ports", "memoryLimit"}); got != c.want || ok != (c.want != "") {
			t.Errorf("Slip(%q) = %q, %v; want %q", c.word, got, ok, c.want)
		}
	}
}

func TestTheNearestNameDoesNotDependOnOrder(t *testing.T) {
	t.Parallel()
	names := []string{"prod", "pod", "product", "rod", "produce", "PROD", "prods"}
	want, _ := Nearest("prodd", names)
	for range names {
		names = append(names[1:], names[0])
		backwards := slices.Clone(names)
		slices.Reverse(backwards)
		for _, order := range [][]string{names, backwards} {
			if got, _ := Nearest("prodd", order); got != want {
				t.Errorf("in the order %q it is %q, before %q", order, got, want)
			}
		}
	}
}

func TestAHintNamesTheNearestOrTheFew(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ word, candidates, want string }{
		{"ownr", "name owner", `did you mean "owner"?`},
		{"zzzz", "staging prod", `known: "staging", "prod"`}, // in the order given
		{"zzzz", "a1 b1 c1 d1 e1 f1 g1 h1 i1", ""},
		{"zzzz", "", ""},
	} {
		if got := Suggest(c.word, strings.Fields(c.candidates)); got != c.want {
			t.Errorf("Suggest(%q, %q) is %q, want %q", c.word, c.candidates, got, c.want)
		}
	}
}

func TestDistanceCountsSlips(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		a, b string
		want int
	}{
		{"", "", 0}, {"a", "", 1}, {"", "abc", 3}, {"abc", "abc", 0},
		{"abc", "acb", 1}, {"abc", "xbc", 1}, {"ca", "abc", 3}, {"kitten", "sitting", 3}, {"日本", "本日", 1},
	} {
		if got := distance([]rune(c.a), []rune(c.b), 9); got != c.want {
			t.Errorf("distance(%q, %q) is %d, want %d", c.a, c.b, got, c.want)
		}
		if got := distance([]rune(c.b), []rune(c.a), 9); got != c.want {
			t.Errorf("distance(%q, %q) is %d, want %d", c.b, c.a, got, c.want)
		}
	}
}
