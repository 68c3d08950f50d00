package judge

import (
	"crypto/sha256"
	"sync"
)

// Reader makes trees, and remembers what it read and built: for trees of which one differs
// from the next in a file. The nil Reader remembers nothing. It serves several at once.
type Reader struct {
	files  sync.Map // [sha256.Size]byte → reading
	builds sync.Map // [sha256.Size]byte → building
}

type reading struct {
	documents []Document
	err       error
}

type building struct {
	objects []Object
	err     error
}

func (r *Reader) split(name string, content []byte) ([]Document, error) {
	if r == nil {
		return split(name, content)
	}
	key := sum([]byte(name), content)
	known, ok := r.files.Load(key)
	if !ok {
		documents, err := split(name, content)
		known, _ = r.files.LoadOrStore(key, reading{documents, err})
	}
	return known.(reading).documents, known.(reading).err
}

func (r *Reader) build(t *Tree, d Delivery) ([]Object, error) {
	if r == nil {
		return kustomize(t, d)
	}
	parts := [][]byte{[]byte(d.Path), []byte(d.Namespace)}
	for _, name := range d.Reads {
		parts = append(parts, []byte(name), t.Files[name])
	}
	key := sum(parts...)
	known, ok := r.builds.Load(key)
	if !ok {
		objects, err := kustomize(t, d)
		known, _ = r.builds.LoadOrStore(key, building{objects, err})
	}
	return known.(building).objects, known.(building).err
}

// sum is the hash of texts, none of which runs into the next.
func sum(parts ...[]byte) [sha256.Size]byte {
	h := sha256.New()
	for _, p := range parts {
		s := sha256.Sum256(p)
		h.Write(s[:])
	}
	return [sha256.Size]byte(h.Sum(nil))
}
