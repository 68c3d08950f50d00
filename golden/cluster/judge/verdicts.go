package judge

import (
	"crypto/sha256"
	"sync"
)

// fault is what is wrong with one object, wherever it stands.
type fault struct{ path, message string }

// verdicts remembers what was said of an object: thousands of fleets hold the same ones.
// It serves several trees at once.
type verdicts struct{ said *sync.Map }

func newVerdicts() verdicts { return verdicts{new(sync.Map)} }

// of judges an object unless the same content has been judged before.
func (v verdicts) of(judge string, o Object, judged func() []fault) []Finding {
	var found []Finding
	for _, f := range v.once(o.sum, judged) {
		found = append(found, Finding{judge, o.File, o.Name(), f.path, f.message})
	}
	return found
}

// once judges unless the same has been judged before.
func (v verdicts) once(what [sha256.Size]byte, judged func() []fault) []fault {
	said, ok := v.said.Load(what)
	if !ok {
		said, _ = v.said.LoadOrStore(what, judged())
	}
	return said.([]fault)
}
