package disk

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"

	"slipway.dev/compiler/plan"
)

// write is one file to be written.
type write struct {
	entry   plan.Entry
	temp    string      // beside the target; may not exist yet
	mode    fs.FileMode // of the file that is replaced
	was     []byte      // its content; nil if there was none
	settled bool        // somebody else wrote just this meanwhile
	renamed bool
}

// stage writes all new contents beside their targets and makes them durable.
// Nobody sees a difference yet, and a full disk, a folder that may not be
// written to and a file that changed meanwhile have shown themselves.
func (r *run) stage(ctx context.Context) error {
	for _, w := range r.writes {
		if err := r.makeFolder(path.Dir(w.entry.Path)); err != nil {
			return err
		}
		w.temp = path.Join(path.Dir(w.entry.Path), r.tempName())
	}
	err := r.each(func(w *write) error {
		if err := context.Cause(ctx); err != nil {
			return fmt.Errorf("write %s: %w", r.dir, err)
		}
		return r.stageFile(w)
	})
	if err != nil {
		return err
	}
	if err := r.step("sync", "."); err != nil {
		return r.wrap("write", ".", err)
	}
	return r.syncTemps()
}

// makeFolder creates dir with all above it, and remembers what it created.
func (r *run) makeFolder(dir string) error {
	if dir == "." {
		return nil
	}
	if known, ok := r.folders.Load(dir); ok && known == nil {
		return nil
	}
	if err := r.makeFolder(path.Dir(dir)); err != nil {
		return err
	}
	err := r.lstatFolder(dir)
	if errors.Is(err, fs.ErrNotExist) {
		if err = r.step("mkdir", dir); err == nil {
			err = r.root.Mkdir(dir, 0o755)
		}
		if err == nil {
			r.created = append(r.created, dir)
			if r.fresh == nil {
				r.fresh = map[string]bool{}
			}
			r.fresh[dir] = true
		}
	}
	if err != nil {
		return r.wrap("create folder", dir, err)
	}
	r.folders.Store(dir, nil)
	return nil
}

func (r *run) stageFile(w *write) error {
	p := w.entry.Path
	if err := r.verify(w); err != nil || w.settled {
		return err
	}
	if err := r.step("create", p); err != nil {
		return r.wrap("write", p, err)
	}
	if err := r.writeTemp(w.temp, w.mode, w.entry.New, p); err != nil {
		return r.wrap("write", p, err)
	}
	return nil
}

// verify makes sure that the target is still what was compared, as everything
// that was decided rests on that.
func (r *run) verify(w *write) error {
	e := w.entry
	if r.fresh[path.Dir(e.Path)] { // made a moment ago, by us
		w.mode = 0o644
		return nil
	}
	now, err := r.Read(e.Path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		w.mode = 0o644
		return nil
	case err != nil:
		return err
	case bytes.Equal(now, e.New):
		w.settled = true
		return nil
	case e.State == plan.Missing || !bytes.Equal(now, e.Old):
		return fmt.Errorf("write %s: it changed since it was compared; nothing was written, run it again", r.name(e.Path))
	}
	info, err := r.root.Lstat(e.Path)
	if err != nil {
		return r.wrap("write", e.Path, err)
	}
	w.mode, w.was = info.Mode().Perm(), now
	return nil
}

// writeTemp creates temp, and removes nothing if it fails: unstage does.
func (r *run) writeTemp(temp string, mode fs.FileMode, content []byte, target string) error {
	f, err := r.root.OpenFile(temp, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	if err != nil {
		return err
	}
	if err = r.step("write", target); err == nil {
		_, err = f.Write(content)
	}
	if mode != 0o644 {
		f.Chmod(mode) // some file systems have no modes
	}
	return errors.Join(err, f.Close())
}

// unstage takes back what stage did, as far as it got. What it cannot remove
// the next run will.
func (r *run) unstage() {
	for _, w := range r.writes {
		if w.temp != "" && !w.renamed {
			r.root.Remove(w.temp)
		}
	}
	for _, dir := range slices.Backward(r.created) {
		r.root.Remove(dir) // fails if somebody else put something there
	}
}

// each calls f for all writes, several at a time as they mostly wait for the
// disk. After an error no further ones are begun; the first in order returns.
func (r *run) each(f func(*write) error) error {
	errs := make([]error, len(r.writes))
	var next atomic.Int64
	var failed atomic.Bool
	var wg sync.WaitGroup
	for range min(len(r.writes), 4*runtime.GOMAXPROCS(0)) {
		wg.Go(func() {
			for !failed.Load() {
				i := int(next.Add(1)) - 1
				if i >= len(r.writes) {
					return
				}
				if errs[i] = f(r.writes[i]); errs[i] != nil {
					failed.Store(true)
				}
			}
		})
	}
	wg.Wait()
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}
