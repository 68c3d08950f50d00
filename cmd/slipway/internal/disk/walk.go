package disk

import (
	"os"
	"strings"
	"sync"
)

// walk goes from folder to folder below a root. It opens each from the one above it and
// keeps open those on the way to the last, so that over sorted paths every folder is
// opened about once, however deep, and few are open at a time. It belongs to one
// goroutine.
type walk struct {
	root *os.Root
	way  []opened // outermost first
}

type opened struct {
	name   string
	folder *os.Root
}

// to returns the folder dir, which stays open until the walk goes elsewhere. Whether a
// symlink is on the way has been asked before; here it could lead no further than to
// below the folder that it is in.
func (w *walk) to(dir string) (*os.Root, error) {
	folder, depth := w.root, 0
	if dir == "." {
		return folder, nil
	}
	for name := range strings.SplitSeq(dir, "/") {
		if depth == len(w.way) || w.way[depth].name != name {
			w.back(depth)
			below, err := folder.OpenRoot(name)
			if err != nil {
				return nil, err
			}
			w.way = append(w.way, opened{name, below})
		}
		folder = w.way[depth].folder
		depth++
	}
	return folder, nil
}

// back closes all but the outermost folders.
func (w *walk) back(depth int) {
	for _, o := range w.way[depth:] {
		o.folder.Close()
	}
	w.way = w.way[:depth]
}

// walks lends walks to goroutines that come for one file at a time. What they hold open
// must be closed before anything rests on a folder still being the one of its name.
type walks struct {
	mu   sync.Mutex
	idle []*walk
}

func (s *walks) borrow(root *os.Root) *walk {
	s.mu.Lock()
	defer s.mu.Unlock()
	n := len(s.idle)
	if n == 0 {
		return &walk{root: root}
	}
	w := s.idle[n-1]
	s.idle = s.idle[:n-1]
	return w
}

func (s *walks) giveBack(w *walk) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.idle = append(s.idle, w)
}

func (s *walks) close() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, w := range s.idle {
		w.back(0)
	}
	s.idle = nil
}
