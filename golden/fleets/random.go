package fleets

// random is splitmix64: enough for choices that look like life, and the same ones on every
// machine and with every Go, which math/rand does not promise.
type random struct{ state uint64 }

func (r *random) next() uint64 {
	r.state += 0x9e3779b97f4a7c15
	z := r.state
	z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
	z = (z ^ z>>27) * 0x94d049bb133111eb
	return z ^ z>>31
}

// below is a number from 0 to n-1.
func (r *random) below(n int) int { return int(r.next() % uint64(n)) }

// between is a number from low to high.
func (r *random) between(low, high int) int { return low + r.below(high-low+1) }

// percent is true so many times in a hundred.
func (r *random) percent(p float64) bool { return float64(r.next()%100_000) < p*1000 }

// few is a number from 1 to most, and more often a small one: services have one config set
// or two, rarely six.
func (r *random) few(most int) int { return 1 + min(r.below(most), r.below(most)) }

func pick[T any](r *random, from []T) T { return from[r.below(len(from))] }

// shuffled is the order 0 to n-1, mixed.
func (r *random) shuffled(n int) []int {
	out := make([]int, n)
	for i := range out {
		j := r.below(i + 1)
		out[i], out[j] = out[j], i
	}
	return out
}

const hexadecimal = "0123456789abcdef"

// hex is a text of n hexadecimal digits: a digest or a commit.
func (r *random) hex(n int) string {
	out := make([]byte, n)
	for i := range out {
		out[i] = hexadecimal[r.below(16)]
	}
	return string(out)
}
