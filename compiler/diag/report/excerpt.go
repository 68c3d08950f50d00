package report

import (
	"bytes"
	"strings"
	"unicode"
	"unicode/utf8"
)

const (
	tabStop  = 4
	ellipsis = "..." // not "…": build logs are not always UTF-8
)

// lineOf returns the line with the given number, from 1, without its end; false if the file has no such line.
func lineOf(src []byte, number int) ([]byte, bool) {
	for ; number > 1; number-- {
		end := bytes.IndexByte(src, '\n')
		if end < 0 {
			return nil, false
		}
		src = src[end+1:]
	}
	if end := bytes.IndexByte(src, '\n'); end >= 0 {
		src = src[:end]
	}
	return bytes.TrimSuffix(src, []byte("\r")), number == 1
}

// excerpt is a line of source made fit for a terminal.
type excerpt struct {
	text string // printable, tabs expanded, no wider than asked for
	mark string // goes below text: blanks, a caret and tildes; "" if the column is unknown
}

// cell is one character of the source as it is shown.
type cell struct {
	text        string
	left, right int // the columns that it starts at and ends before, from 0
}

// newExcerpt shows the part of a line around byte col (from 1; 0 is unknown) in at most width columns. A column beyond
// the line's end marks its end.
func newExcerpt(line []byte, col, width int) excerpt {
	begin, end := 0, 0 // the marked bytes
	if col > 0 {
		begin = runeStart(line, min(col-1, len(line)))
		end = begin + wordLen(line[begin:])
	}
	// What is four times as far away as the width is not seen, whatever the encoding: a line may be megabytes long.
	from, to := runeStart(line, max(0, begin-4*width)), runeStart(line, min(len(line), begin+4*width))

	var cells []cell
	var left, caret, tail int // columns: of the next cell, of the mark's begin and of its end
	for at := from; at < to; {
		r, size := utf8.DecodeRune(line[at:])
		text, w := shown(r, string(line[at:at+size]), left)
		cells = append(cells, cell{text, left, left + w})
		if at < begin {
			caret = left + w
		}
		if at < end {
			tail = left + w
		}
		left += w
		at += size
	}

	first := 0
	if from > 0 || left > width && max(tail, caret+1) > width-len(ellipsis) {
		start := caret - width/2                                   // half for what stands before,
		start = max(start, min(tail+2*len(ellipsis)-width, caret)) // less if the marked word needs more,
		if to == len(line) {
			start = min(start, left+1+len(ellipsis)-width) // more if nothing follows
		}
		for first < len(cells)-1 && cells[first].left < start {
			first++
		}
	}
	e := window(cells[first:], first > 0 || from > 0, to < len(line), caret, tail, width)
	if col <= 0 {
		e.mark = ""
	}
	return e
}

// window puts cells together as far as width goes; moreLeft and moreRight tell that the line goes on beyond them.
func window(cells []cell, moreLeft, moreRight bool, caret, tail, width int) excerpt {
	var text strings.Builder
	start := 0 // the column of the source that is shown first
	if len(cells) > 0 {
		start = cells[0].left
	}
	if moreLeft {
		text.WriteString(ellipsis)
		start -= len(ellipsis)
	}
	limit := start + width
	if moreRight || len(cells) > 0 && cells[len(cells)-1].right > limit {
		limit -= len(ellipsis)
	}
	for _, c := range cells {
		if c.right > limit {
			moreRight = true
			tail = min(tail, c.left)
			break
		}
		text.WriteString(c.text)
	}
	if moreRight {
		text.WriteString(ellipsis)
	}
	mark := strings.Repeat(" ", caret-start) + "^" + strings.Repeat("~", max(0, tail-caret-1))
	return excerpt{strings.TrimRight(text.String(), " "), mark}
}

// shown returns how a rune is shown at a column, and how many columns that takes.
func shown(r rune, raw string, left int) (string, int) {
	if r == '\t' {
		w := tabStop - left%tabStop
		return strings.Repeat(" ", w), w
	}
	text := cleanRune(r, raw)
	if text == raw {
		return text, columns(r)
	}
	return text, len(text) // an escape is ASCII
}

// runeStart moves back from the middle of a UTF-8 sequence to its start.
func runeStart(line []byte, at int) int {
	for back := 0; back < utf8.UTFMax && at-back >= 0; back++ {
		if at == len(line) || utf8.RuneStart(line[at-back]) {
			return at - back
		}
	}
	return at // not UTF-8: each byte is a character
}

// wordLen returns the length of what a mistake at the start of b is about: a name, a number or a quoted string.
func wordLen(b []byte) int {
	if len(b) == 0 {
		return 0
	}
	if quote := b[0]; quote == '"' || quote == '\'' {
		for i := 1; i < len(b); i++ {
			switch b[i] {
			case '\\':
				i++
			case quote:
				return i + 1
			}
		}
		return 1
	}
	n := bytes.IndexFunc(b, func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsDigit(r) && !unicode.Is(unicode.Mn, r) && !strings.ContainsRune("_$#-.", r)
	})
	if n < 0 {
		n = len(b)
	}
	return max(n, 1)
}
