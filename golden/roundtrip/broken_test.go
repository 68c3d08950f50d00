package main

import (
	"flag"
	"math/rand/v2"
	"runtime/debug"
	"testing"
	"testing/fstest"

	"slipway.dev/compiler/intake"
	"slipway.dev/targets"
	"slipway.dev/targets/kube"
)

var mutilations = flag.Uint64("mutilations", 12, "how many mutilated systems to import")

// Manifests that lack this and that are imported or refused; nothing of them makes us fall.
func TestMutilatedManifestsDoNoHarm(t *testing.T) {
	t.Parallel()
	whole := tickets(t)
	for seed := range *mutilations {
		r := rand.New(rand.NewPCG(seed, 7))
		var docs []kube.Node
		for _, s := range whole.result.Services {
			for _, o := range s.Objects["production"] {
				n, err := kube.Decode(o.YAML())
				if err != nil {
					t.Fatal(err)
				}
				mutilate(r, &n[0], 0)
				docs = append(docs, n[0])
			}
		}
		files := fstest.MapFS{"all.yaml": {Data: kube.Encode(docs...)}}
		func() {
			defer func() {
				if p := recover(); p != nil {
					t.Errorf("seed %d: %v\n%s\n%s", seed, p, debug.Stack(), files["all.yaml"].Data)
				}
			}()
			if _, err := intake.Import(files, intake.Options{Sources: []intake.Source{{Env: "prod", Path: "all.yaml"}}, By: "ada", Now: "2026-01-01T00:00:00Z", Compiler: targets.Options()}); err != nil {
				t.Errorf("seed %d: %v", seed, err)
			}
		}()
	}
}

// mutilate removes some fields and items, the deeper the likelier, and empties others.
func mutilate(r *rand.Rand, n *kube.Node, depth int) {
	for i := len(n.Fields) - 1; i >= 0; i-- {
		switch {
		case depth > 1 && r.IntN(40) == 0:
			n.Fields = append(n.Fields[:i], n.Fields[i+1:]...)
		case depth > 1 && r.IntN(80) == 0 && len(n.Fields[i].Value.Fields) > 0:
			n.Fields[i].Value = kube.NewMap()
		default:
			mutilate(r, &n.Fields[i].Value, depth+1)
		}
	}
	for i := len(n.Items) - 1; i >= 0; i-- {
		if r.IntN(60) == 0 {
			n.Items = append(n.Items[:i], n.Items[i+1:]...)
			continue
		}
		mutilate(r, &n.Items[i], depth+1)
	}
}
