package load

import (
	"bytes"
	"unicode/utf8"

	"slipway.dev/compiler/diag"
)

// MaxSize is the largest spec that is read, in bytes. Real ones stay below 50 KB.
const MaxSize = 1 << 20

// gate refuses, before CUE sees them, files that no person wrote: not text, or far too large.
func gate(file string, src []byte, ds *diag.List) bool {
	at := diag.Pos{File: file, Line: 1, Col: 1}
	switch {
	case len(src) > MaxSize:
		ds.Errorf(diag.UnreadableFile, at, "the file has %d bytes, more than the %d that a spec may have", len(src), MaxSize)
	case bytes.IndexByte(src, 0) >= 0:
		ds.Errorf(diag.UnreadableFile, offset(file, src, bytes.IndexByte(src, 0)), "the file holds a NUL byte, so it is not text")
	case !utf8.Valid(src):
		ds.Errorf(diag.UnreadableFile, offset(file, src, firstInvalid(src)), "the file is not UTF-8 text").
			WithHint("save it as UTF-8")
	default:
		return true
	}
	return false
}

func firstInvalid(src []byte) int {
	for i := 0; i < len(src); {
		r, n := utf8.DecodeRune(src[i:])
		if r == utf8.RuneError && n == 1 {
			return i
		}
		i += n
	}
	return 0
}

// offset is the position of a byte of src.
func offset(file string, src []byte, i int) diag.Pos {
	line := bytes.Count(src[:i], []byte("\n"))
	return diag.Pos{File: file, Line: line + 1, Col: i - bytes.LastIndexByte(src[:i], '\n')}
}
