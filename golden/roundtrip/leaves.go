package main

import (
	"fmt"
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/api/resource"

	"slipway.dev/targets/kube"
)

// leaves are the values of objects by their paths: items of lists by what names them,
// quantities by value. Left out are the namespace, which is the environment's, the status,
// and the labels by which the tool marks its own.
func leaves(objects []kube.Node) map[string]string {
	out := map[string]string{}
	for _, o := range objects {
		walk(out, o.Get("kind").Text+"/"+o.Get("metadata", "name").Text, o)
	}
	for path, v := range out {
		switch {
		case strings.HasSuffix(path, " metadata namespace") && strings.Count(path, " ") == 2,
			strings.HasSuffix(path, " metadata labels app.kubernetes.io/managed-by") && v == "slipway",
			strings.HasSuffix(path, " metadata labels slipway.dev/owner"),
			strings.Contains(path, " env [") && strings.HasSuffix(path, "] value") && v == "":
			delete(out, path)
		}
	}
	return out
}

func walk(out map[string]string, path string, n kube.Node) {
	switch {
	case n.Kind == kube.Null || !n.Exists():
	case n.Kind == kube.Map && len(n.Fields) > 0:
		for _, f := range n.Fields {
			walk(out, path+" "+f.Key, f.Value)
		}
	case n.Kind == kube.List && len(n.Items) > 0:
		key := keyOf(n.Items)
		for i, item := range n.Items {
			name := fmt.Sprint(i)
			if key != nil {
				name = item.Get(key...).Text
			}
			walk(out, path+" ["+name+"]", item)
		}
	case n.Kind == kube.Map:
		out[path] = "{}"
	case n.Kind == kube.List:
		out[path] = "[]"
	default:
		out[path] = n.Text
		if q, err := resource.ParseQuantity(n.Text); err == nil && isQuantity(path) {
			out[path] = fmt.Sprint(q.AsApproximateFloat64())
		}
	}
}

// keys are what names items of lists, most telling first.
var keys = [][]string{{"mountPath"}, {"name"}, {"metadata", "name"}, {"containerPort"}, {"port"}, {"key"}, {"ip"}}

func keyOf(items []kube.Node) []string {
	for _, key := range keys {
		seen := map[string]bool{}
		if !slices.ContainsFunc(items, func(n kube.Node) bool {
			v := n.Get(key...)
			again := seen[v.Text]
			seen[v.Text] = true
			return v.Kind != kube.String && v.Kind != kube.Int || again
		}) {
			return key
		}
	}
	return nil
}

func isQuantity(path string) bool {
	for _, parent := range []string{" requests ", " limits ", " sizeLimit", " divisor"} {
		if strings.Contains(path, parent) {
			return true
		}
	}
	return false
}
