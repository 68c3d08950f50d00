package judge

import (
	"crypto/sha256"
	"sync"
)

// recent remembers what was made lately, by what it was made of: for what is too large to
// be kept for thousands of fleets. It serves several trees at once.
type recent[V any] struct {
	mutex sync.Mutex
	made  map[[sha256.Size]byte]V
}

// enough is how many are kept: those of a small fleet, several times.
const enough = 2000

// get returns what is remembered, or makes it.
func (r *recent[V]) get(key [sha256.Size]byte, fresh func() V) V {
	r.mutex.Lock()
	v, ok := r.made[key]
	r.mutex.Unlock()
	if ok {
		return v
	}
	v = fresh() // twice in parallel at worst
	r.mutex.Lock()
	defer r.mutex.Unlock()
	if r.made == nil || len(r.made) >= enough {
		r.made = map[[sha256.Size]byte]V{}
	}
	r.made[key] = v
	return v
}
