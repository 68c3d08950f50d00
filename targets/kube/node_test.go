package kube_test

import (
	"testing"

	"slipway.dev/targets/kube"
)

func TestGetAndSetFollowPaths(t *testing.T) {
	t.Parallel()
	var n kube.Node
	n.Set(kube.Str("web"), "metadata", "name")
	n.Set(kube.Integer(2), "spec", "replicas")
	n.Set(kube.Str("api"), "metadata", "name")
	n.Set(kube.Node{}, "status", "never")
	if got, want := string(kube.Encode(n)), "metadata:\n  name: api\nspec:\n  replicas: 2\n"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	n.Set(kube.Node{}, "spec", "replicas")
	if spec := n.Get("spec"); !spec.Exists() || !spec.IsEmpty() || n.Get("spec", "replicas").Exists() || n.Get("metadata", "name", "x").Exists() {
		t.Errorf("got %s", kube.Encode(n))
	}
}

func TestAChangedCloneLeavesTheOriginal(t *testing.T) {
	t.Parallel()
	a := kube.NewMap(kube.Field{Key: "l", Value: kube.NewList(kube.NewMap(kube.Field{Key: "x", Value: kube.Integer(1)}))})
	b := a.Clone()
	if !kube.Equal(a, b) {
		t.Error("a clone differs")
	}
	b.Fields[0].Value.Items[0].Set(kube.Integer(2), "x")
	if kube.Equal(a, b) || a.Get("l").Items[0].Get("x").Text != "1" {
		t.Error("the original changed with its clone")
	}
}

func TestEqualKnowsTypesAndListOrderButNotKeyOrder(t *testing.T) {
	t.Parallel()
	field := func(key string, i int64) kube.Field { return kube.Field{Key: key, Value: kube.Integer(i)} }
	if !kube.Equal(kube.NewMap(field("a", 1), field("b", 2)), kube.NewMap(field("b", 2), field("a", 1))) {
		t.Error("the order of keys counts")
	}
	for _, pair := range [][2]kube.Node{
		{kube.Integer(1), kube.Str("1")},
		{kube.NewMap(), kube.NewList()},
		{kube.NewMap(), {}},
		{kube.NewList(kube.Integer(1), kube.Integer(2)), kube.NewList(kube.Integer(2), kube.Integer(1))},
		{kube.NewMap(field("a", 1)), kube.NewMap(field("b", 1))},
	} {
		if kube.Equal(pair[0], pair[1]) {
			t.Errorf("%v and %v are equal", pair[0], pair[1])
		}
	}
}
