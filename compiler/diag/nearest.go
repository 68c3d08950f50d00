package diag

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// fewNames is how many names a hint lists when none is near; more would hide the message.
const fewNames = 8

// maxWord is the longest word, in bytes, that is compared letter by letter; names are at most 253 bytes long
// (RFC 1123), and a pasted certificate resembles nothing.
const maxWord = 253

// Suggest returns the text of a hint for a word that is not among the candidates: the one that was probably meant, or
// all of them, in the order given, if they are few; "" if there is nothing useful to say.
func Suggest(word string, candidates []string) string {
	if near, ok := Nearest(word, candidates); ok {
		return fmt.Sprintf("did you mean %q?", near)
	}
	if len(candidates) == 0 || len(candidates) > fewNames {
		return ""
	}
	quoted := make([]string, len(candidates))
	for i, c := range candidates {
		quoted[i] = fmt.Sprintf("%q", c)
	}
	return "known: " + strings.Join(quoted, ", ")
}

// Nearest returns the candidate that was probably meant by word, and whether there is one. It knows slips of the
// keyboard (swapped, missing, doubled and wrong letters), other ways to write a compound (memory_limit, memory-limit,
// memoryLimit), singular for plural, and abbreviations (prod for production). Of equally near candidates the first in
// the alphabet is returned, whatever their order; the word itself is never one.
func Nearest(word string, candidates []string) (string, bool) {
	return nearest(word, candidates, far-1)
}

// Slip returns the candidate that word is almost: written in another way, singular for plural, or one letter away.
func Slip(word string, candidates []string) (string, bool) {
	return nearest(word, candidates, oneSlip)
}

// nearest is the likest candidate that is at least as like as a rank.
func nearest(word string, candidates []string, within int) (string, bool) {
	if word == "" || len(word) > maxWord {
		return "", false
	}
	w := plain(word)
	best, bestRank := "", within+1
	for _, c := range candidates {
		if c == word || c == "" || len(c) > maxWord {
			continue
		}
		r := rank(w, plain(c))
		if r < bestRank || r == bestRank && r <= within && c < best {
			best, bestRank = c, r
		}
	}
	return best, bestRank <= within
}

// Ranks order the kinds of likeness from strong to weak. A prefix stands between one slip and two: "prod" is more
// likely "production" than "pond". Prefixes that leave less unsaid come first, hence the room after asPrefix.
const (
	same     = 0
	plural   = 1
	oneSlip  = 2
	asPrefix = 3
	twoSlips = asPrefix + maxWord + 1
	far      = twoSlips + 10
)

// rank says how much two plain words resemble each other.
func rank(word, candidate string) int {
	if word == candidate {
		return same
	}
	if singular(word) == singular(candidate) {
		return plural
	}
	a, b := []rune(word), []rune(candidate)
	limit := min(max((len(a)+2)/3, 1), 3) // one slip in three letters, at most three
	d := distance(a, b, limit)
	if d >= max(len(a), len(b)) {
		d = limit + 1 // no letter in common
	}
	short, long := word, candidate
	if len(short) > len(long) {
		short, long = long, short
	}
	switch {
	case d <= min(limit, 1):
		return oneSlip
	case utf8.RuneCountInString(short) >= 2 && strings.HasPrefix(long, short):
		return asPrefix + len(long) - len(short)
	case d <= limit:
		return twoSlips + d
	}
	return far
}

// plain removes what people write in different ways: case and the signs between the parts of a compound.
func plain(s string) string {
	p := strings.NewReplacer("-", "", "_", "", " ", "").Replace(strings.ToLower(s))
	if p == "" {
		return s
	}
	return p
}

// singular removes an English plural's ending, roughly: it is only compared with its like.
func singular(s string) string {
	switch {
	case len(s) > 4 && strings.HasSuffix(s, "ies"):
		return s[:len(s)-3] + "y"
	case len(s) > 2 && strings.HasSuffix(s, "s"):
		return strings.TrimSuffix(s[:len(s)-1], "e")
	}
	return strings.TrimSuffix(s, "e")
}

// distance is the Damerau-Levenshtein distance of two words (optimal string alignment: no letter is moved twice), or
// limit+1 if the lengths alone show that it is larger than limit.
func distance(a, b []rune, limit int) int {
	if len(a)-len(b) > limit || len(b)-len(a) > limit {
		return limit + 1
	}
	before, last, row := make([]int, len(b)+1), make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range last {
		last[j] = j
	}
	for i := 1; i <= len(a); i++ {
		row[0] = i
		for j := 1; j <= len(b); j++ {
			change := last[j-1]
			if a[i-1] != b[j-1] {
				change++
			}
			row[j] = min(change, last[j]+1, row[j-1]+1)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				row[j] = min(row[j], before[j-2]+1)
			}
		}
		before, last, row = last, row, before
	}
	return last[len(b)]
}
