package intake

import (
	"math/rand/v2"
	"testing"

	"slipway.dev/compiler/layer"
	"slipway.dev/schema"
)

// What is shared and what differs, laid over each other, are what was there: for any specs,
// in the order that reaches pods.
func TestSharedAndOwnAreWhatWasThere(t *testing.T) {
	t.Parallel()
	fields := layer.TypeOf[schema.Fields]()
	for seed := range uint64(2000) {
		r := rand.New(rand.NewPCG(seed, 1))
		all := make([]*layer.Node, 2+r.IntN(3))
		for i := range all {
			all[i] = randomSpec(r)
		}
		shared, own := factor(fields, "", all)
		for i, n := range all {
			if !same("", layer.Merge(fields, shared, own[i]), n) {
				t.Fatalf("seed %d, environment %d:\n%s\nis laid together from\n%s\nand\n%s", seed, i, encode(n), encode(shared), encode(own[i]))
			}
		}
	}
}

// randomSpec is a service that says this and that.
func randomSpec(r *rand.Rand) *layer.Node {
	n := newStruct()
	maybe := func(v *layer.Node, path ...string) {
		if r.IntN(3) > 0 {
			put(n, v, path...)
		}
	}
	pick := func(texts ...string) *layer.Node { return str(texts[r.IntN(len(texts))]) }
	put(n, pick("a:1", "a:2"), "image")
	for _, name := range []string{"A", "B", "C", "D"} {
		if r.IntN(2) == 0 {
			maybe(pick("x", "y"), "run", "main", "env", name, "value")
		} else {
			maybe(pick("s", "t"), "run", "main", "env", name, "secret", "name")
		}
	}
	if env := n.Find("run", "main", "env"); env != nil {
		r.Shuffle(len(env.Keys), func(i, j int) { env.Keys[i], env.Keys[j] = env.Keys[j], env.Keys[i] })
	}
	if r.IntN(2) == 0 {
		put(n, num("2"), "run", "main", "replicas")
	} else {
		maybe(num("3"), "run", "main", "scale", "max")
	}
	maybe(list(pick("serve", "work")), "run", "main", "args")
	maybe(pick("front", "back"), "run", "main", "labels", "tier")
	var hosts, words []*layer.Node
	for _, name := range []string{"one", "two", "three"} {
		if r.IntN(2) == 0 {
			item := newStruct()
			put(item, str(name), "name")
			put(item, pick("1", "2"), "value")
			hosts = append(hosts, item)
			words = append(words, pick("p", "q"))
		}
	}
	if len(hosts) > 0 {
		put(n, list(hosts...), "run", "main", "pod", "dnsConfig", "options")
		put(n, list(words...), "run", "main", "pod", "dnsConfig", "searches")
	}
	maybe(boolean(true), "run", "main", "pod", "hostNetwork")
	maybe(newStruct(), "run", "main", "pod", "securityContext")
	return n
}
