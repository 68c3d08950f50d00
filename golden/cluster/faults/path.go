package faults

import (
	"fmt"
	"strconv"
	"strings"
)

// step is one part of a path: a key of a map, a place in a list, or the item of a list
// that has a name. The place -1 is the last.
type step struct {
	key   string
	place int
	named bool // key is the name of an item
	list  bool
}

// steps reads a path such as spec.containers[shop].env[0].value or
// metadata.labels['example.com/name'].
func steps(path string) []step {
	var all []step
	for rest := path; rest != ""; {
		rest = strings.TrimPrefix(rest, ".")
		if quoted, ok := strings.CutPrefix(rest, "['"); ok {
			key, after, _ := strings.Cut(quoted, "']")
			all, rest = append(all, step{key: key}), after
			continue
		}
		if inside, ok := strings.CutPrefix(rest, "["); ok {
			item, after, _ := strings.Cut(inside, "]")
			rest = after
			if place, err := strconv.Atoi(item); err == nil {
				all = append(all, step{list: true, place: place})
			} else {
				all = append(all, step{list: true, named: true, key: item})
			}
			continue
		}
		end := strings.IndexAny(rest, ".[")
		if end < 0 {
			end = len(rest)
		}
		all, rest = append(all, step{key: rest[:end]}), rest[end:]
	}
	return all
}

// change is what an edit does to the value at the end of a path: it is given the value, or
// nil and false, and says what stands there then, if anything.
type change func(old any, there bool) (value any, keep bool, err error)

// at applies a change at a path below a value, and returns the value with the change.
// Maps on the way are made; items of lists must be there.
func at(value any, path []step, c change) (any, bool, error) {
	if len(path) == 0 {
		return c(value, value != nil)
	}
	s := path[0]
	if s.list {
		items, ok := value.([]any)
		if !ok {
			return nil, false, fmt.Errorf("no list to find [%s%d] in", s.key, s.place)
		}
		i := s.place
		if i < 0 {
			i += len(items)
		}
		if s.named {
			i = indexOf(items, s.key)
		}
		if i < 0 || i >= len(items) {
			return nil, false, fmt.Errorf("no item [%s%d]", s.key, s.place)
		}
		item, keep, err := at(items[i], path[1:], c)
		if err != nil {
			return nil, false, err
		}
		if !keep {
			return append(items[:i:i], items[i+1:]...), true, nil
		}
		items[i] = item
		return items, true, nil
	}
	m, ok := value.(map[string]any)
	if !ok && value != nil {
		return nil, false, fmt.Errorf("no map to find %q in", s.key)
	}
	if m == nil {
		m = map[string]any{}
	}
	old, there := m[s.key]
	var field any
	var keep bool
	var err error
	if len(path) == 1 {
		field, keep, err = c(old, there)
	} else {
		field, keep, err = at(old, path[1:], c)
	}
	if err != nil {
		return nil, false, fmt.Errorf("%s: %w", s.key, err)
	}
	if keep {
		m[s.key] = field
	} else {
		delete(m, s.key)
	}
	return m, true, nil
}

// indexOf finds the item whose name (or kind, where items have no name) is given.
func indexOf(items []any, name string) int {
	for i, item := range items {
		if item == name {
			return i
		}
		m, _ := item.(map[string]any)
		for _, key := range []string{"name", "kind", "key", "namespace", "mountPath", "path"} {
			if m[key] == name {
				return i
			}
		}
	}
	return -1
}
