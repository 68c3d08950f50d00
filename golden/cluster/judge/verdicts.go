package judge

import (
	"crypto/sha256"
	"encoding/json"
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
	content, err := json.Marshal(o.Object)
	if err != nil {
		panic(err) // it was JSON a moment ago
	}
	var found []Finding
	for _, f := range v.once(content, judged) {
		found = append(found, Finding{judge, o.File, o.Name(), f.path, f.message})
	}
	return found
}

// once judges unless the same has been judged before.
func (v verdicts) once(what []byte, judged func() []fault) []fault {
	key := sha256.Sum256(what)
	said, ok := v.said.Load(key)
	if !ok {
		said, _ = v.said.LoadOrStore(key, judged())
	}
	return said.([]fault)
}
