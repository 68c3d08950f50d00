package factor_test

import (
	"fmt"
	"testing"

	"sigs.k8s.io/kustomize/api/krusty"
	kustomize "sigs.k8s.io/kustomize/api/types"
	"sigs.k8s.io/kustomize/kyaml/filesys"

	"slipway.dev/targets/kube"
	"slipway.dev/targets/kustomize/factor"
)

// fataler is what testing.T and rapid.T share.
type fataler interface {
	Helper()
	Fatalf(format string, args ...any)
}

// build lays the result out as targets/kustomize does, with the environment's
// part as a component, and builds each environment. kustomize refuses a
// kustomization that says nothing, so those are left out.
func build(t fataler, r factor.Result) [][]kube.Node {
	t.Helper()
	fs := filesys.MakeFsInMemory()
	write := func(path string, nodes ...kube.Node) {
		if err := fs.WriteFile(path, kube.Encode(nodes...)); err != nil {
			t.Fatalf("%v", err)
		}
	}
	all := func(dir string, nodes []kube.Node) []string {
		var names []string
		for i, n := range nodes {
			name := fmt.Sprintf("%s-%d.yaml", n.Get("kind").Text, i)
			write(dir+"/"+name, n)
			names = append(names, name)
		}
		return names
	}
	if len(r.Base) > 0 {
		write("/base/kustomization.yaml", kube.FromObject(kustomize.Kustomization{Resources: all("/base", r.Base)}))
	}
	var out [][]kube.Node
	for i, env := range r.Environments {
		dir := fmt.Sprintf("/overlays/%d", i)
		spec := kustomize.Kustomization{
			TypeMeta:  kustomize.TypeMeta{APIVersion: kustomize.ComponentVersion, Kind: kustomize.ComponentKind},
			Resources: all(dir+"/spec", env.Resources),
		}
		for j, p := range env.Patches {
			name := fmt.Sprintf("patch-%d.yaml", j)
			write(dir+"/spec/"+name, p)
			spec.Patches = append(spec.Patches, kustomize.Patch{Path: name})
		}
		var overlay kustomize.Kustomization
		if len(r.Base) > 0 {
			overlay.Resources = []string{"../../base"}
		}
		if len(spec.Resources)+len(spec.Patches) > 0 {
			write(dir+"/spec/kustomization.yaml", kube.FromObject(spec))
			overlay.Components = []string{"spec"}
		}
		if len(overlay.Resources)+len(overlay.Components) == 0 {
			out = append(out, nil)
			continue
		}
		write(dir+"/kustomization.yaml", kube.FromObject(overlay))
		built, err := krusty.MakeKustomizer(krusty.MakeDefaultOptions()).Run(fs, dir)
		if err != nil {
			t.Fatalf("build: %v", err)
		}
		data, err := built.AsYaml()
		if err != nil {
			t.Fatalf("%v", err)
		}
		nodes, err := kube.Decode(data)
		if err != nil {
			t.Fatalf("%v", err)
		}
		out = append(out, nodes)
	}
	return out
}

// wantRestored factors envs and compares what kustomize builds with them.
func wantRestored(t fataler, envs [][]kube.Node) factor.Result {
	t.Helper()
	r := factor.Split(envs)
	for i, got := range build(t, r) {
		if len(got) != len(envs[i]) {
			t.Fatalf("environment %d has %d objects, built %d", i, len(envs[i]), len(got))
		}
		for _, want := range envs[i] {
			built := find(got, want)
			if !kube.Equal(built, want) {
				t.Fatalf("environment %d: kustomize builds\n%s\nwant\n%s\nbase\n%s\npatch\n%s", i, encode(built), encode(want),
					encode(find(r.Base, want)), encode(find(r.Environments[i].Patches, want)))
			}
		}
	}
	return r
}

func find(nodes []kube.Node, like kube.Node) kube.Node {
	for _, n := range nodes {
		if n.Get("kind").Text == like.Get("kind").Text && n.Get("metadata", "name").Text == like.Get("metadata", "name").Text {
			return n
		}
	}
	return kube.Node{}
}

func encode(n kube.Node) string {
	if !n.Exists() {
		return "(nothing)"
	}
	return string(kube.Encode(n))
}

func decode(t *testing.T, yaml string) []kube.Node {
	t.Helper()
	nodes, err := kube.Decode([]byte(yaml))
	if err != nil {
		t.Fatal(err)
	}
	return nodes
}
