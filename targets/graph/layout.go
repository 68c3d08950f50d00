package graph

import (
	"cmp"
	"slices"
)

// A layout puts boxes into columns from left to right. All numbers are whole, so that the
// same graph is the same picture on every machine.

// box is a rectangle; its place is its left top corner.
type box struct {
	x, y, w, h int
	side       side // where it must be
}

// side is where links enter a group or leave it: beside all its boxes.
type side int

const (
	inside side = iota
	atLeft
	atRight
)

func (b box) middle() int { return b.y + b.h/2 }

// link leads from one box to another, by their numbers.
type link struct{ from, to int }

// point is a point of a link's way.
type point struct{ x, y int }

// layout is what layered returns.
type layout struct {
	w, h  int
	boxes []box
	back  []bool    // links that lead to the left
	ways  [][]point // between the two ends of each link: where it passes the columns in between
}

// layered places boxes, of which only the sizes are given: as far to the right as the
// longest way that leads there, in the order that crosses few links (barycenters, as in
// Sugiyama's method), and near to what they are linked with.
func layered(sizes []box, links []link, gapX, gapY int) layout {
	l := layering{sizes: sizes, gapY: gapY}
	l.columns(links)
	l.split(links)
	l.order()
	return l.place(links, gapX)
}

// cell is a box, or where a link passes a column.
type cell struct {
	box      int // -1: a link passes
	column   int
	h        int
	y        int
	from, to []int // cells of the columns before and after
}

type layering struct {
	sizes []box
	gapY  int
	cells []cell
	rows  [][]int // cells by column, from top to bottom
	ways  [][]int // cells that each link passes, from left to right
	back  []bool  // links that lead to the left
}

// columns gives every box its column; links that close a circle count the other way round.
func (l *layering) columns(links []link) {
	next := make([][]int, len(l.sizes)) // numbers of links
	degree := make([]int, len(l.sizes))
	for i, k := range links {
		if k.from != k.to {
			next[k.from] = append(next[k.from], i)
			degree[k.from]++
			degree[k.to]++
		}
	}
	l.back = make([]bool, len(links))
	state := make([]int, len(l.sizes)) // 1: on the way from here, 2: done
	var done []int                     // those that come last stand first
	var visit func(v int)
	visit = func(v int) {
		state[v] = 1
		for _, i := range next[v] {
			switch to := links[i].to; state[to] {
			case 0:
				visit(to)
			case 1:
				l.back[i] = true
			}
		}
		state[v] = 2
		done = append(done, v)
	}
	for v := range l.sizes {
		if state[v] == 0 {
			visit(v)
		}
	}
	column := make([]int, len(l.sizes))
	for _, v := range slices.Backward(done) {
		for _, i := range next[v] {
			if !l.back[i] {
				column[links[i].to] = max(column[links[i].to], column[v]+1)
			}
		}
	}
	for i, k := range links { // the other way round, they may lead further still
		if l.back[i] {
			column[k.from] = max(column[k.from], column[k.to]+1)
		}
	}
	l.spread(column, degree)
	l.aside(column)
	for v, c := range column {
		l.cells = append(l.cells, cell{box: v, column: c, h: l.sizes[v].h})
		for len(l.rows) <= c {
			l.rows = append(l.rows, nil)
		}
		l.rows[c] = append(l.rows[c], v)
	}
}

// spread puts boxes without links where columns are short, so that many make a block and
// not a tower.
func (l *layering) spread(column, degree []int) {
	var heights []int
	alone, area := 0, 0
	for v, d := range degree {
		if d == 0 {
			alone++
			area += (l.sizes[v].h + l.gapY) * 5 // a box is some five times as wide as high
			continue
		}
		for len(heights) <= column[v] {
			heights = append(heights, 0)
		}
		heights[column[v]] += l.sizes[v].h + l.gapY
	}
	if alone == 0 {
		return
	}
	for n := len(heights); n == 0 || n*n*(l.sizes[0].h+l.gapY)*5 < area && n < alone; n++ {
		heights = append(heights, 0)
	}
	for v, d := range degree {
		if d == 0 {
			c := slices.Index(heights, slices.Min(heights))
			column[v] = c
			heights[c] += l.sizes[v].h + l.gapY
		}
	}
}

// aside moves what must be at a side there, beside everything else.
func (l *layering) aside(column []int) {
	left, last := 0, 0
	for v, b := range l.sizes {
		if b.side == atLeft {
			left = 1
		}
		if b.side == inside {
			last = max(last, column[v])
		}
	}
	first := last // the column where all that is inside begins
	for v, b := range l.sizes {
		if b.side == inside {
			first = min(first, column[v])
		}
	}
	for v, b := range l.sizes {
		switch b.side {
		case atLeft:
			column[v] = 0
		case atRight:
			column[v] = last - first + left + 1
		default:
			column[v] += left - first
		}
	}
}

// split makes links of more than one column into several of one.
func (l *layering) split(links []link) {
	l.ways = make([][]int, len(links))
	for i, k := range links {
		a, b := k.from, k.to
		if l.back[i] {
			a, b = b, a
		}
		at := a
		for c := l.cells[a].column + 1; c < l.cells[b].column; c++ {
			n := len(l.cells)
			l.cells = append(l.cells, cell{box: -1, column: c, h: 2})
			l.rows[c] = append(l.rows[c], n)
			l.ways[i] = append(l.ways[i], n)
			l.join(at, n)
			at = n
		}
		if l.cells[a].column < l.cells[b].column {
			l.join(at, b)
		}
	}
}

func (l *layering) join(a, b int) {
	l.cells[a].to = append(l.cells[a].to, b)
	l.cells[b].from = append(l.cells[b].from, a)
}

// order sweeps to the right and to the left, and keeps the best order seen.
func (l *layering) order() {
	best, crossings := l.copyRows(), l.crossings()
	for sweep := 0; sweep < 12 && crossings > 0; sweep++ {
		for c := range l.rows {
			if sweep%2 == 1 {
				c = len(l.rows) - 1 - c
			}
			l.sortColumn(c, sweep%2 == 0)
		}
		if n := l.crossings(); n < crossings {
			best, crossings = l.copyRows(), n
		}
	}
	l.rows = best
}

func (l *layering) copyRows() [][]int {
	out := make([][]int, len(l.rows))
	for c, row := range l.rows {
		out[c] = slices.Clone(row)
	}
	return out
}

func (l *layering) sortColumn(c int, right bool) {
	place := l.places()
	weight := map[int]int{}
	for i, id := range l.rows[c] {
		near := l.cells[id].to
		if right {
			near = l.cells[id].from
		}
		weight[id] = i * 1000
		if len(near) > 0 {
			sum := 0
			for _, n := range near {
				sum += place[n] * 1000
			}
			weight[id] = sum / len(near)
		}
	}
	slices.SortStableFunc(l.rows[c], func(a, b int) int { return cmp.Compare(weight[a], weight[b]) })
}

// places are the places of cells in their columns.
func (l *layering) places() []int {
	place := make([]int, len(l.cells))
	for _, row := range l.rows {
		for i, id := range row {
			place[id] = i
		}
	}
	return place
}

// crossings counts pairs of links that cross.
func (l *layering) crossings() (n int) {
	place := l.places()
	for _, row := range l.rows {
		var ends []int // places in the next column, of links in the order of where they begin
		for _, id := range row {
			to := make([]int, 0, len(l.cells[id].to))
			for _, t := range l.cells[id].to {
				to = append(to, place[t])
			}
			slices.Sort(to)
			ends = append(ends, to...)
		}
		for i, a := range ends {
			for _, b := range ends[:i] {
				if b > a {
					n++
				}
			}
		}
	}
	return n
}

// place gives cells their heights, near to the middle of what they are linked with, and
// boxes and ways their places.
func (l *layering) place(links []link, gapX int) layout {
	for c := range l.rows {
		l.stack(c, func(id int) int { return 0 })
	}
	for sweep := range 8 {
		for c := range l.rows {
			if sweep%2 == 1 {
				c = len(l.rows) - 1 - c
			}
			l.stack(c, func(id int) int {
				near := l.cells[id].from
				if sweep%2 == 1 {
					near = l.cells[id].to
				}
				if len(near) == 0 {
					return l.cells[id].y
				}
				sum := 0
				for _, n := range near {
					sum += l.cells[n].y + l.cells[n].h/2
				}
				return sum/len(near) - l.cells[id].h/2
			})
		}
	}
	l.gather()
	out := layout{boxes: slices.Clone(l.sizes), back: l.back}
	top := 0
	for i, c := range l.cells {
		if i == 0 || c.y < top {
			top = c.y
		}
	}
	left, right := make([]int, len(l.rows)), make([]int, len(l.rows))
	for c, row := range l.rows {
		if c > 0 {
			out.w += gapX
		}
		left[c] = out.w
		width := 0
		for _, id := range row {
			if b := l.cells[id].box; b >= 0 {
				width = max(width, l.sizes[b].w)
			}
		}
		out.w += width
		right[c] = out.w
	}
	for i := range l.cells {
		c := &l.cells[i]
		c.y -= top
		out.h = max(out.h, c.y+c.h)
		if c.box >= 0 {
			out.boxes[c.box].x, out.boxes[c.box].y = left[c.column], c.y
		}
	}
	for i := range links {
		var way []point
		for _, id := range l.ways[i] {
			c := l.cells[id]
			way = append(way, point{left[c.column], c.y + 1}, point{right[c.column], c.y + 1})
		}
		if l.back[i] {
			slices.Reverse(way)
		}
		out.ways = append(out.ways, way)
	}
	return out
}

// stack places a column from top to bottom, each cell where it wants to be or below the one
// above it, and moves the whole by what they were pushed on average.
func (l *layering) stack(c int, wants func(id int) int) {
	row, pushed := l.rows[c], 0
	for i, id := range row {
		want := wants(id)
		y := want
		if i > 0 {
			above := l.cells[row[i-1]]
			y = max(y, above.y+above.h+l.gap(row[i-1], id))
		}
		l.cells[id].y = y
		pushed += y - want
	}
	if len(row) == 0 {
		return
	}
	for _, id := range row {
		l.cells[id].y -= pushed / len(row)
	}
}

// gap is the room between two cells of a column; links that pass take little.
func (l *layering) gap(a, b int) int {
	if l.cells[a].box < 0 && l.cells[b].box < 0 {
		return l.gapY / 3
	}
	return l.gapY
}

// gather moves cells without links to their neighbours, from which the others moved away.
func (l *layering) gather() {
	for _, row := range l.rows {
		for i := len(row) - 2; i >= 0; i-- {
			c, below := &l.cells[row[i]], l.cells[row[i+1]]
			if c.alone() {
				c.y = max(c.y, below.y-l.gapY-c.h)
			}
		}
		for i := 1; i < len(row); i++ {
			c, above := &l.cells[row[i]], l.cells[row[i-1]]
			if c.alone() {
				c.y = min(c.y, above.y+above.h+l.gapY)
			}
		}
	}
}

func (c cell) alone() bool { return len(c.from)+len(c.to) == 0 }
