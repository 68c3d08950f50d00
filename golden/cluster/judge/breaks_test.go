package judge

import (
	"strings"
	"testing"
)

// broken is one fault: in a file, a text instead of another, and what the judge says of it.
type broken struct {
	name     string
	file     string // its path, or how it ends
	old, new string
	want     string // part of a finding
}

// part is what of a tree lies below any of some folders.
func part(files map[string][]byte, folders ...string) map[string][]byte {
	out := map[string][]byte{}
	for name, content := range files {
		for _, f := range folders {
			if strings.HasPrefix(name, f) {
				out[name] = content
			}
		}
	}
	return out
}

// with is the tree with one file changed.
func with(t *testing.T, files map[string][]byte, b broken) map[string][]byte {
	t.Helper()
	out, done := map[string][]byte{}, false
	for name, content := range files {
		if strings.HasSuffix(name, b.file) {
			if !strings.Contains(string(content), b.old) {
				t.Fatalf("%s does not hold %q", name, b.old)
			}
			content, done = []byte(strings.Replace(string(content), b.old, b.new, 1)), true
		}
		out[name] = content
	}
	if !done {
		t.Fatalf("no file ends with %s", b.file)
	}
	return out
}

// catches wants a judge to accept a tree, and to find every fault in it.
func catches(t *testing.T, j Judge, files map[string][]byte, faults []broken) {
	t.Helper()
	tree, _ := NewTree(files)
	for _, f := range Find(tree, j) {
		t.Errorf("before any fault: %s", f)
	}
	for _, b := range faults {
		t.Run(b.name, func(t *testing.T) {
			t.Parallel()
			tree, _ := NewTree(with(t, files, b))
			found := Find(tree, j)
			for _, f := range found {
				if strings.Contains(f.String(), b.want) {
					return
				}
			}
			t.Errorf("not found; the judge says: %v", found)
		})
	}
}
