package faults

import (
	"bytes"
	"errors"
	"fmt"
	"path"
	"strings"

	"sigs.k8s.io/yaml"

	"slipway.dev/targets/kube"
)

// Edit breaks a tree. It may only replace entries of the map, never bytes of a file, for
// the bytes are those of the good tree. An edit that finds nothing to break is an error:
// the good tree has changed and the fault must follow.
type Edit func(files map[string][]byte) error

// set puts a value at a path of a document. A document is named by its file, and where a
// file holds several, by "FILE#Kind name" or "FILE#Kind namespace/name".
func set(doc, path string, value any) Edit {
	return edit(doc, path, func(old any, there bool) (any, bool, error) {
		if there && fmt.Sprint(old) == fmt.Sprint(value) && fmt.Sprintf("%T", old) == fmt.Sprintf("%T", value) {
			return nil, false, errors.New("stands there already")
		}
		return value, true, nil
	})
}

// drop removes what stands at a path.
func drop(doc, path string) Edit {
	return edit(doc, path, func(_ any, there bool) (any, bool, error) {
		if !there {
			return nil, false, errors.New("not there")
		}
		return nil, false, nil
	})
}

// add appends values to the list at a path.
func add(doc, path string, values ...any) Edit {
	return edit(doc, path, func(old any, _ bool) (any, bool, error) {
		items, ok := old.([]any)
		if !ok && old != nil {
			return nil, false, errors.New("not a list")
		}
		return append(items, values...), true, nil
	})
}

// again appends a copy of the first item of the list at a path, changed or not.
func again(doc, path string, changes ...func(map[string]any)) Edit {
	return edit(doc, path, func(old any, _ bool) (any, bool, error) {
		items, ok := old.([]any)
		if !ok || len(items) == 0 {
			return nil, false, errors.New("no list with items")
		}
		item := clone(items[0])
		for _, c := range changes {
			c(item.(map[string]any))
		}
		return append(items, item), true, nil
	})
}

// rename gives the field at a path another key.
func rename(doc, path, key string) Edit {
	all := steps(path)
	last := all[len(all)-1].key
	return func(files map[string][]byte) error {
		return document(files, doc, func(object any) (any, error) {
			object, _, err := at(object, all[:len(all)-1], func(old any, _ bool) (any, bool, error) {
				m, ok := old.(map[string]any)
				if _, there := m[last]; !ok || !there {
					return nil, false, fmt.Errorf("no field %q", last)
				}
				m[key] = m[last]
				delete(m, last)
				return m, true, nil
			})
			return object, err
		})
	}
}

// in replaces a part of the text at a path.
func in(doc, path, from, to string) Edit {
	return edit(doc, path, func(old any, _ bool) (any, bool, error) {
		s, ok := old.(string)
		if !ok || !strings.Contains(s, from) {
			return nil, false, fmt.Errorf("no %q", from)
		}
		return strings.ReplaceAll(s, from, to), true, nil
	})
}

func edit(doc, path string, c change) Edit {
	all := steps(path)
	return func(files map[string][]byte) error {
		err := document(files, doc, func(object any) (any, error) {
			object, _, err := at(object, all, c)
			return object, err
		})
		if err != nil {
			return fmt.Errorf("%s: %w", path, err)
		}
		return nil
	}
}

// raw replaces a text in a file's bytes.
func raw(file, from, to string) Edit {
	return func(files map[string][]byte) error {
		file, err := find(files, file)
		if err != nil {
			return err
		}
		if !bytes.Contains(files[file], []byte(from)) {
			return fmt.Errorf("%s: no %q", file, from)
		}
		files[file] = bytes.Replace(files[file], []byte(from), []byte(to), 1)
		return nil
	}
}

// gone removes a file.
func gone(file string) Edit {
	return func(files map[string][]byte) error {
		file, err := find(files, file)
		if err != nil {
			return err
		}
		delete(files, file)
		return nil
	}
}

// more appends documents to a file.
func more(file, documents string) Edit {
	return func(files map[string][]byte) error {
		file, err := find(files, file)
		if err != nil {
			return err
		}
		files[file] = append(bytes.Clone(files[file]), "---\n"+documents...)
		return nil
	}
}

// both is several edits, one after another.
func both(edits ...Edit) Edit {
	return func(files map[string][]byte) error {
		for _, e := range edits {
			if err := e(files); err != nil {
				return err
			}
		}
		return nil
	}
}

// document reads, changes and writes one document of a file, in the compiler's own YAML,
// so that a fault is what was changed and not how it is written. The other documents keep
// their bytes; a document that is changed to nil is removed.
func document(files map[string][]byte, doc string, change func(any) (any, error)) error {
	pattern, which, _ := strings.Cut(doc, "#")
	file, err := find(files, pattern)
	if err != nil {
		return err
	}
	content := files[file]
	parts := bytes.Split(content, []byte("\n---\n"))
	for i, part := range parts {
		var object map[string]any
		if err := yaml.Unmarshal(part, &object); err != nil {
			return fmt.Errorf("%s: %w", file, err)
		}
		if which != "" && !answers(object, which) {
			continue
		}
		changed, err := change(object)
		if err != nil {
			return fmt.Errorf("%s: %w", doc, err)
		}
		if changed == nil {
			parts = append(parts[:i:i], parts[i+1:]...)
		} else {
			parts[i] = bytes.TrimSuffix(kube.Encode(kube.FromObject(changed)), []byte("\n"))
		}
		files[file] = append(bytes.Join(parts, []byte("\n---\n")), '\n')
		return nil
	}
	return fmt.Errorf("%s: no such document", doc)
}

// find is the one file that a pattern means: tasks are named by their content.
func find(files map[string][]byte, pattern string) (string, error) {
	if _, there := files[pattern]; there {
		return pattern, nil
	}
	var found []string
	for file := range files {
		if ok, _ := path.Match(pattern, file); ok {
			found = append(found, file)
		}
	}
	if len(found) != 1 {
		return "", fmt.Errorf("%s: %d such files", pattern, len(found))
	}
	return found[0], nil
}

// answers says whether a document is the one that "Kind name" or "Kind namespace/name" means.
func answers(object map[string]any, which string) bool {
	m, _ := object["metadata"].(map[string]any)
	kind, name := fmt.Sprint(object["kind"]), fmt.Sprint(m["name"])
	return which == kind+" "+name || which == fmt.Sprintf("%s %v/%s", kind, m["namespace"], name)
}

// clone copies a value made of maps and lists.
func clone(v any) any {
	switch v := v.(type) {
	case map[string]any:
		c := make(map[string]any, len(v))
		for k, field := range v {
			c[k] = clone(field)
		}
		return c
	case []any:
		c := make([]any, len(v))
		for i, item := range v {
			c[i] = clone(item)
		}
		return c
	}
	return v
}

// clearAt removes what stands at a path, if anything does.
func clearAt(doc, path string) Edit {
	return edit(doc, path, func(any, bool) (any, bool, error) { return nil, false, nil })
}

// repeat appends the first item of a list of texts once more.
func repeat(doc, path string) Edit {
	return edit(doc, path, func(old any, _ bool) (any, bool, error) {
		items, ok := old.([]any)
		if !ok || len(items) == 0 {
			return nil, false, errors.New("no list with items")
		}
		return append(items, items[0]), true, nil
	})
}

// copied writes the bytes of a file to another one.
func copied(file, to string) Edit {
	return func(files map[string][]byte) error {
		file, err := find(files, file)
		if err != nil {
			return err
		}
		files[to] = files[file]
		return nil
	}
}

// second writes the object of a file to another file, with another name.
func second(file, to, name string) Edit {
	return both(copied(file, to), set(to, "metadata.name", name))
}
