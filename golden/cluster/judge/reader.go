package judge

import "crypto/sha256"

// Reader makes trees, and remembers what it read and built lately: for trees that have files
// in common. The nil Reader remembers nothing. It serves several at once.
type Reader struct {
	files  recent[reading]
	builds recent[building]
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
	known := r.files.get(sum([]byte(name), content), func() reading {
		documents, err := split(name, content)
		return reading{documents, err}
	})
	return known.documents, known.err
}

func (r *Reader) build(t *Tree, d Delivery) ([]Object, error) {
	if r == nil {
		return kustomize(t, d)
	}
	parts := [][]byte{[]byte(d.Path), []byte(d.Namespace)}
	for _, name := range d.Reads {
		parts = append(parts, []byte(name), t.Files[name])
	}
	known := r.builds.get(sum(parts...), func() building {
		objects, err := kustomize(t, d)
		return building{objects, err}
	})
	return known.objects, known.err
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
