package faults

import (
	"bytes"
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"

	"sigs.k8s.io/yaml"
)

// Systematic makes two faults of every field that the documents of a tree have, the first
// time that it comes in a kind: one misspelt, one of another type. Items of a list are one
// field. A patch is a kind of its own, for a decoder sees it apart.
func Systematic(good map[string][]byte) ([]Fault, error) {
	var all []Fault
	seen := map[string]bool{}
	for _, file := range slices.Sorted(maps.Keys(good)) {
		if path.Ext(file) != ".yaml" {
			continue
		}
		for _, part := range bytes.Split(good[file], []byte("\n---\n")) {
			var object map[string]any
			if err := yaml.Unmarshal(part, &object); err != nil {
				return nil, fmt.Errorf("%s: %w", file, err)
			}
			meta, _ := object["metadata"].(map[string]any)
			doc, kind := file, fmt.Sprint(object["kind"])
			if bytes.Contains(good[file], []byte("\n---\n")) {
				doc = fmt.Sprintf("%s#%s %v", file, kind, meta["name"])
			}
			if strings.HasPrefix(path.Base(file), "patch-") {
				kind = "patch of a " + kind
			}
			fields(object, "", "", func(at, collapsed string, value any) {
				if seen[kind+collapsed] {
					return
				}
				seen[kind+collapsed] = true
				key := at[strings.LastIndexByte(at, '.')+1:]
				all = append(all,
					Fault{Name: kind + ": " + collapsed + " is misspelt", Area: "misspelt", Edit: rename(doc, at, key+key[len(key)-1:])},
					Fault{Name: kind + ": " + collapsed + " is of another type", Area: "of another type", Edit: set(doc, at, otherType(value))})
			})
		}
	}
	return all, nil
}

// free are the maps whose keys people choose: no decoder can know one to be misspelt.
var free = map[string]bool{
	"labels": true, "annotations": true, "matchLabels": true, "data": true, "binaryData": true,
	"pairs": true, "requests": true, "limits": true, "selector": true, "args": true,
	"valuesObject": true,
}

// fields calls back for every field, with its path and the same path without places of lists.
func fields(v any, at, collapsed string, field func(at, collapsed string, value any)) {
	switch v := v.(type) {
	case map[string]any:
		for _, key := range slices.Sorted(maps.Keys(v)) {
			here, short := strings.TrimPrefix(at+"."+key, "."), strings.TrimPrefix(collapsed+"."+key, ".")
			field(here, short, v[key])
			if _, isMap := v[key].(map[string]any); isMap && free[key] && !structured(v[key]) {
				continue
			}
			fields(v[key], here, short, field)
		}
	case []any:
		for i, item := range v {
			fields(item, fmt.Sprintf("%s[%d]", at, i), collapsed+"[]", field)
		}
	}
}

// structured says of a map under a free name that it is none of those: the selector of a
// workload holds matchLabels, that of a Service labels.
func structured(v any) bool {
	m, _ := v.(map[string]any)
	_, has := m["matchLabels"]
	return has
}

// otherType is a value of a type that a field with this value does not have.
func otherType(v any) any {
	switch v := v.(type) {
	case string:
		return m{"value": v}
	case map[string]any, []any:
		return "text"
	}
	return fmt.Sprint(v)
}
